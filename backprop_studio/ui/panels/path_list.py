"""A list whose rows take as many lines as their texts need."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QSizePolicy

from backprop_studio.ui.panels.labels import breakable
from backprop_studio.ui.plain_text import plain
from backprop_studio.ui.theme import number_font

MOST_SEEN = 7
"""Lines seen at once; the others are scrolled to."""
PADDING, FRAME = 8, 6


class PathList(QListWidget):
    """Paths from node to node, wrapped between the nodes."""

    def __init__(self) -> None:
        super().__init__()
        self.setFont(number_font(12))
        self.setWordWrap(True)
        self.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_texts(self, texts: list[str]) -> None:
        """Show these rows."""
        self.clear()
        for text in texts:
            self.addItem(QListWidgetItem(plain(breakable(text))))
        self.setVisible(bool(texts))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap the rows anew."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()

    def _fit(self) -> None:
        """Give every row its height, and the list that of its first rows."""
        metrics, total = QFontMetrics(self.font()), 0
        room = max(60, self.viewport().width() - 2 * PADDING)
        most = MOST_SEEN * (metrics.height() + PADDING)
        for row in range(self.count()):
            item = self.item(row)
            text = metrics.boundingRect(QRect(0, 0, room, 1 << 20), Qt.TextFlag.TextWordWrap, item.text())
            height = text.height() + PADDING
            item.setSizeHint(QSize(10, height))
            total += height
        self.setFixedHeight(min(total, most) + FRAME)
