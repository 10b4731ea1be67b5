"""One formula: its plain text at once, typeset as soon as that is done."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QStaticText,
    QTextOption,
    QTransform,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from backprop_studio.document.symbols_text import Written, before_result
from backprop_studio.ui.formula_shelf import FormulaKey, FormulaShelf
from backprop_studio.ui.panels.inspector_facts import Role
from backprop_studio.ui.panels.inspector_parts import role_color
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import ThemeManager, number_font

LETTERS = 15.0
SMALLEST = 0.62
"""A formula wider than the panel is scaled down to this; one that is wider still stands as text, over several lines."""
BROKEN_BELOW = 0.9
"""A formula that would be scaled to less is broken before its result."""
ABOVE, BELOW, LEADING = 3, 3, 2


@dataclass(slots=True)
class _Part:
    """A formula, or a line of one, and its picture once that is made."""

    key: FormulaKey
    renderer: QSvgRenderer | None = None
    width: float = 0.0
    height: float = 0.0

    def scale(self, room: float) -> float:
        """How much smaller it is drawn in so many pixels."""
        return min(1.0, room / self.width) if self.width else 1.0


class FormulaView(QWidget):
    """Shows a formula; Ctrl+C and its menu copy it as text or as LaTeX. Read aloud as its text."""

    def __init__(self, shelf: FormulaShelf, themes: ThemeManager) -> None:
        super().__init__()
        self.setObjectName("formula")
        self._shelf, self._themes = shelf, themes
        self._written = Written("", "")
        self._role: Role = "text"
        self._whole: tuple[_Part, ...] = ()
        """The formula as one line, nothing where it is text only."""
        self._lines: tuple[_Part, ...] = ()
        """The formula as two lines, nothing where it was never too wide for one."""
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
        return bool(self._parts(self.width()))

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
        parts = self._parts(width)
        if parts:
            heights = (part.height * part.scale(width) for part in parts)
            return round(sum(heights) + LEADING * (len(parts) - 1)) + ABOVE + BELOW
        return self._text_height(width)

    def sizeHint(self) -> QSize:
        """A modest width, and the height that goes with it."""
        return QSize(240, self.heightForWidth(max(self.width(), 120)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the formula where the panel has become too narrow for it."""
        super().resizeEvent(event)
        self._break()

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
        parts = self._parts(self.width())
        if parts:
            top = (self.height() - self.heightForWidth(self.width())) / 2 + ABOVE
            for part in parts:
                scale = part.scale(self.width())
                assert part.renderer is not None
                part.renderer.render(painter, QRectF(0, top, part.width * scale, part.height * scale))
                top += part.height * scale + LEADING
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
        for part in (*self._whole, *self._lines):
            if part.renderer is None:
                self._shelf.forget(part.key)
        self._whole, self._lines = self._made(self._written.latex), ()
        self._fetch()
        self.updateGeometry()
        self.update()

    def _made(self, *formulas: str) -> tuple[_Part, ...]:
        color = role_color(self._themes.theme, self._role)
        return tuple(_Part(FormulaKey(latex, color, LETTERS)) for latex in formulas if latex)

    def _take(self, key: FormulaKey) -> None:
        if any(part.key == key and part.renderer is None for part in (*self._whole, *self._lines)):
            self._fetch()
            self.updateGeometry()
            self.update()

    def _fetch(self) -> None:
        for part in (*self._whole, *self._lines):
            made = self._shelf.formula(part.key) if part.renderer is None else None
            if made is not None:
                part.renderer = QSvgRenderer(QByteArray(made.svg))
                part.width, part.height = made.width, made.height
        self._break()

    def _parts(self, width: int) -> tuple[_Part, ...]:
        """What is drawn in so many pixels: the formula as one line, else as two; nothing where it stands as text."""
        whole, lines = self._whole, self._lines
        if not whole or whole[0].renderer is None:
            return ()
        fits = whole[0].scale(width) >= BROKEN_BELOW
        is_broken = not fits and bool(lines) and all(part.renderer is not None for part in lines)
        parts = lines if is_broken else whole
        return parts if min(part.scale(width) for part in parts) >= SMALLEST else ()

    def _break(self) -> None:
        """Have the formula made as two lines where it is too wide for one."""
        whole = self._whole
        if not whole or self._lines or whole[0].scale(self.width()) >= BROKEN_BELOW:
            return
        halves = before_result(self._written.latex)
        if halves is not None:
            self._lines = self._made(*halves)
            self._fetch()
            self.updateGeometry()

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
