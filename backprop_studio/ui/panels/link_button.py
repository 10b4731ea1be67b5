"""A link as wide as its column: what it leads to at the left, ending in "…" where it must, its number whole."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QStyle, QStyleOptionButton, QStylePainter

from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import text_font

PADDING, GAP = 8, 10
"""Pixels beside the text, and between text and number."""
LINE = 24
"""Pixels of its height."""
TYPE = 12


class LinkButton(QPushButton):
    """``text()`` stands at the left, ``number`` at the right; the tooltip has both, and what a click ``does``."""

    def __init__(self, name: str, text: str, number: str, does: str) -> None:
        super().__init__(plain(text))
        self.setObjectName(name)
        self.number = plain(number)
        self.setFont(text_font(TYPE))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        whole = f"{text} {number}".strip()
        self.setAccessibleName(plain(whole))
        self.setToolTip(tooltip(f"{whole}\n{does}"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        """Room for the whole of it."""
        metrics = QFontMetrics(self.font())
        return QSize(metrics.horizontalAdvance(self.text() + self.number) + 2 * PADDING + GAP, LINE)

    def minimumSizeHint(self) -> QSize:
        """The number alone."""
        return QSize(QFontMetrics(self.font()).horizontalAdvance(self.number) + 2 * PADDING, LINE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The button of the style, with our own text on it."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        QStylePainter(self).drawControl(QStyle.ControlElement.CE_PushButton, option)
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(option.palette.buttonText().color())
        metrics = QFontMetrics(self.font())
        area = QRectF(self.rect()).adjusted(PADDING, 0, -PADDING, 0)
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self.number)
        room = area.width() - (metrics.horizontalAdvance(self.number) + GAP if self.number else 0)
        shown = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, max(int(room), 0))
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
