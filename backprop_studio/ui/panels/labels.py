"""Labels that never read markup: some shorten themselves, one breaks its lines anywhere."""

from __future__ import annotations

import re

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from backprop_studio.ui.plain_text import plain, tooltip

_LONG_WORD, _PIECE, _BREAK = re.compile(r"\S{24,}"), re.compile(r"\S{1,12}"), "\u200b"
"""Words from 24 characters on may break after every 12, at a zero-width space."""


class ElidedLabel(QWidget):
    """One line of text that ends in "…" where it does not fit; the whole of it is in the tooltip."""

    def __init__(self, name: str, font: QFont, alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setFont(font)
        self._alignment = alignment | Qt.AlignmentFlag.AlignVCenter
        self._text = ""
        self._color = QColor()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def text(self) -> str:
        """The whole text."""
        return self._text

    def show_text(self, text: str, color: QColor) -> None:
        """Show ``text`` in a colour."""
        shown = plain(text)
        if (shown, color) != (self._text, self._color):
            self._text, self._color = shown, color
            self.setAccessibleName(shown)
            self.setToolTip(tooltip(shown) if shown else "")
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """The size of the whole text."""
        metrics = QFontMetrics(self.font())
        return QSize(metrics.horizontalAdvance(self._text) + 2, metrics.height() + 2)

    def minimumSizeHint(self) -> QSize:
        """Room for a few letters."""
        return QSize(40, QFontMetrics(self.font()).height() + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint as much as fits."""
        painter = QPainter(self)
        painter.setPen(self._color)
        painter.setFont(self.font())
        room = self.contentsRect()
        fitting = QFontMetrics(self.font()).elidedText(self._text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, self._alignment, fitting)


class ShrinkingLabel(QLabel):
    """One line that ends in "…" where it does not fit, so that it never makes its panel wider; the whole as tooltip."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

    def text(self) -> str:
        """The whole text."""
        return self._whole

    def setText(self, text: str) -> None:
        """Show ``text``, or as much of it as fits."""
        if text != self._whole:
            self._whole = text
            self.updateGeometry()
            self._fit()

    def sizeHint(self) -> QSize:
        """The size of the whole text."""
        margins = self.contentsMargins()
        width = QFontMetrics(self.font()).horizontalAdvance(self._whole) + 2
        return QSize(width + margins.left() + margins.right(), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Room for a few letters."""
        return QSize(min(40, self.sizeHint().width()), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what fits now."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        shown = self._shortened(QFontMetrics(self.font()), max(self.contentsRect().width(), 1))
        super().setText(shown)
        self.setToolTip(tooltip(self._whole) if shown != self._whole else "")

    def _shortened(self, metrics: QFontMetrics, room: int) -> str:
        """As much of the text as fits in ``room`` pixels."""
        return metrics.elidedText(self._whole, Qt.TextElideMode.ElideRight, room)


class WrappingLabel(QLabel):
    """Lines that break inside a word where it is longer than any line may be."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = ""
        self.setWordWrap(True)

    def text(self) -> str:
        """The text as it was given."""
        return self._whole

    def setText(self, text: str) -> None:
        """Show ``text``."""
        self._whole = text
        super().setText(breakable(text))


def breakable(text: str) -> str:
    """``text`` with invisible places to break in its overlong words."""
    return _LONG_WORD.sub(lambda word: _BREAK.join(_PIECE.findall(word[0])), text)


def plain_label(name: str = "", text: str = "", *, wrap: bool = False, variant: str = "") -> QLabel:
    """A label that shows text as it is; ``variant`` is a property of the style sheet, such as "quiet"."""
    label = WrappingLabel() if wrap else QLabel()
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(plain(text))
    if variant:
        label.setProperty(variant, True)
    return label
