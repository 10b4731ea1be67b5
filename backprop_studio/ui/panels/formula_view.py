"""One formula: its plain text at once, typeset as soon as that is done."""

from __future__ import annotations

import math

from PySide6.QtCore import QByteArray, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QStaticText,
    QTextOption,
    QTransform,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from backprop_studio.document.symbols_text import Written
from backprop_studio.ui.formula_shelf import FormulaKey, FormulaShelf
from backprop_studio.ui.panels.inspector_facts import Role
from backprop_studio.ui.panels.inspector_parts import role_color
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import ThemeManager, number_font

LETTERS = 15.0
SMALLEST = 0.62
"""A formula wider than the panel is scaled down to this; one that is wider still stands as text, over several lines."""
ABOVE, BELOW = 3, 3


class FormulaView(QWidget):
    """Shows a formula; Ctrl+C and its menu copy it as text or as LaTeX. Read aloud as its text."""

    def __init__(self, shelf: FormulaShelf, themes: ThemeManager) -> None:
        super().__init__()
        self.setObjectName("formula")
        self._shelf, self._themes = shelf, themes
        self._written = Written("", "")
        self._role: Role = "text"
        self._key: FormulaKey | None = None
        self._renderer: QSvgRenderer | None = None
        self._size = (0.0, 0.0)
        self.setFont(number_font(12))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        shelf.ready.connect(self._take)
        themes.changed.connect(self._restyle)

    @property
    def text(self) -> str:
        """The formula as plain text."""
        return self._written.text

    @property
    def is_typeset(self) -> bool:
        """Is it shown typeset, not as text?"""
        return self._renderer is not None and self._scale(self.width()) >= SMALLEST

    def show_formula(self, written: Written, role: Role = "text") -> None:
        """Show a formula in the colour of a role."""
        if (written, role) == (self._written, self._role):
            return
        self._written, self._role = written, role
        self.setAccessibleName(plain(written.text))
        self.setToolTip(tooltip(written.text))
        self._restyle()

    def hasHeightForWidth(self) -> bool:
        """Text is broken where the panel is narrow."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Room for the formula at that width."""
        scale = self._scale(width)
        if self._renderer is not None and scale >= SMALLEST:
            return round(self._size[1] * scale) + ABOVE + BELOW
        return self._text_height(width)

    def sizeHint(self) -> QSize:
        """A modest width, and the height that goes with it."""
        return QSize(240, self.heightForWidth(max(self.width(), 120)))

    def minimumSizeHint(self) -> QSize:
        """As narrow as the panel may become."""
        return QSize(80, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the typeset formula, or its text."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(self._themes.theme.forward)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        scale = self._scale(self.width())
        if self._renderer is not None and scale >= SMALLEST:
            width, height = self._size[0] * scale, self._size[1] * scale
            self._renderer.render(painter, QRectF(0, (self.height() - height) / 2, width, height))
            return
        painter.setPen(QColor(role_color(self._themes.theme, self._role)))
        painter.setFont(self.font())
        text = self._broken(self.width())
        painter.drawStaticText(QPointF(0, (self.height() - text.size().height()) / 2), text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy as text."""
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self._written.text)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to copy."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        clipboard = QGuiApplication.clipboard()
        menu.addAction("Copy as Text").triggered.connect(lambda: clipboard.setText(self._written.text))
        menu.addAction("Copy as LaTeX").triggered.connect(lambda: clipboard.setText(self._written.latex))
        menu.popup(event.globalPos())

    def _restyle(self) -> None:
        if self._key is not None and self._renderer is None:
            self._shelf.forget(self._key)
        self._key = None
        if self._written.latex:
            self._key = FormulaKey(self._written.latex, role_color(self._themes.theme, self._role), LETTERS)
        self._renderer = None
        self._fetch()
        self.updateGeometry()
        self.update()

    def _take(self, key: FormulaKey) -> None:
        if key == self._key and self._renderer is None:
            self._fetch()
            self.updateGeometry()
            self.update()

    def _fetch(self) -> None:
        made = self._shelf.formula(self._key) if self._key is not None else None
        if made is not None:
            self._renderer = QSvgRenderer(QByteArray(made.svg))
            self._size = (made.width, made.height)

    def _scale(self, width: int) -> float:
        return min(1.0, width / self._size[0]) if self._size[0] else 1.0

    def _text_height(self, width: int) -> int:
        return math.ceil(self._broken(width).size().height()) + ABOVE + BELOW

    def _broken(self, width: int) -> QStaticText:
        """The text in lines of that width: broken between numbers, within one only where it alone is too wide."""
        text = QStaticText(plain(self._written.text))
        text.setTextFormat(Qt.TextFormat.PlainText)
        option = QTextOption(Qt.AlignmentFlag.AlignLeft)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        text.setTextOption(option)
        text.setTextWidth(max(width, 40))
        text.prepare(QTransform(), self.font())
        return text
