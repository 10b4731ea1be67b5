"""Labels that never read markup: one that shortens itself, one for numbers, one for headings."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import number_font


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
        fitting = QFontMetrics(self.font()).elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), self._alignment, fitting)


def plain_label(name: str = "", text: str = "", *, wrap: bool = False, variant: str = "") -> QLabel:
    """A label that shows text as it is; ``variant`` is a property of the style sheet, such as "quiet"."""
    label = QLabel(plain(text))
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    if variant:
        label.setProperty(variant, True)
    return label


def number_label(name: str) -> QLabel:
    """A right-aligned label for a number, which can be selected and copied."""
    label = plain_label(name)
    label.setFont(number_font(13))
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return label
