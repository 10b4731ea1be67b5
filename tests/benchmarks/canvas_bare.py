"""The barest painter of a node graph: one widget, NumPy culling, a sprite a title, a cached path a wire. No numbers."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QWidget

NODE_WIDTH, NODE_HEIGHT = 150, 80
INPUTS, OUTPUT = ((0, 34), (0, 58)), (NODE_WIDTH, 46)
GROUND, BODY, EDGE = QColor(30, 30, 34), QColor(52, 54, 62), QColor(15, 15, 18)
IN_COLOR, OUT_COLOR, WIRE_COLOR = QColor(240, 190, 80), QColor(90, 200, 140), QColor(200, 200, 210)


class BareGraph(QWidget):
    """Paints nodes, given by place and title, and wires (source row, target row, slot)."""

    def __init__(self, nodes: list[tuple[tuple[float, float], str]], wires: list[tuple[int, int, int]]) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.places = np.array([place for place, _ in nodes], float)
        self.titles = [title for _, title in nodes]
        self.paths: list[QPainterPath] = []
        ends = np.array(wires, int).reshape(-1, 3)
        self.starts = self.places[ends[:, 0]] + OUTPUT
        self.stops = self.places[ends[:, 1]] + np.array(INPUTS, float)[ends[:, 2]]
        bend = np.maximum(40, np.abs(self.stops[:, 0] - self.starts[:, 0]) * 0.5)
        for (a, b), (c, d), by in zip(self.starts.tolist(), self.stops.tolist(), bend.tolist(), strict=True):
            path = QPainterPath(QPointF(a, b))
            path.cubicTo(QPointF(a + by, b), QPointF(c - by, d), QPointF(c, d))
            self.paths.append(path)
        self.scale, self.x, self.y = 1.0, 0.0, 0.0
        self.sprites: dict[str, QPixmap] = {}

    def fit(self) -> None:
        """Show everything."""
        wide, high = np.add(self.places.max(0), (NODE_WIDTH, NODE_HEIGHT)).tolist()
        self.scale, self.x, self.y = min((self.width() - 40) / wide, (self.height() - 40) / high), 20.0, 20.0
        self.sprites.clear()

    def pan(self, by: int) -> None:
        """Move what is shown."""
        self.x += by
        self.y += by

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, wires, nodes."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), GROUND)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale, area = self.scale, event.rect()
        left, top = (area.left() - self.x) / scale, (area.top() - self.y) / scale
        right, bottom = (area.right() - self.x) / scale, (area.bottom() - self.y) / scale
        low, high = np.minimum(self.starts, self.stops), np.maximum(self.starts, self.stops)
        seen = (high[:, 0] > left) & (low[:, 0] < right) & (high[:, 1] > top) & (low[:, 1] < bottom)
        painter.setTransform(QTransform(scale, 0, 0, scale, self.x, self.y))
        painter.setPen(QPen(WIRE_COLOR, 2.0))
        for row in np.flatnonzero(seen).tolist():
            painter.drawPath(self.paths[row])
        painter.resetTransform()
        x, y = self.places[:, 0], self.places[:, 1]
        seen = (x > left - NODE_WIDTH) & (x < right) & (y > top - NODE_HEIGHT) & (y < bottom)
        corners = np.floor(self.places * scale + (self.x - 6 * scale, self.y - 2 * scale)).astype(int).tolist()
        for row in np.flatnonzero(seen).tolist():
            painter.drawPixmap(*corners[row], self._sprite(self.titles[row]))
        painter.end()

    def _sprite(self, title: str) -> QPixmap:
        found = self.sprites.get(title)
        if found is None:
            scale = self.scale
            found = QPixmap(int((NODE_WIDTH + 12) * scale) + 2, int((NODE_HEIGHT + 4) * scale) + 2)
            found.fill(Qt.GlobalColor.transparent)
            painter = QPainter(found)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setTransform(QTransform(scale, 0, 0, scale, 6 * scale, 2 * scale))
            _paint_node(painter, title)
            painter.end()
            self.sprites[title] = found
        return found


def _paint_node(painter: QPainter, title: str) -> None:
    painter.setPen(QPen(EDGE, 1.0))
    painter.setBrush(BODY)
    painter.drawRoundedRect(QRectF(0, 0, NODE_WIDTH, NODE_HEIGHT), 8, 8)
    painter.setPen(Qt.PenStyle.NoPen)
    for port, color in ((INPUTS[0], IN_COLOR), (INPUTS[1], IN_COLOR), (OUTPUT, OUT_COLOR)):
        painter.setBrush(color)
        painter.drawEllipse(QPointF(*port), 5, 5)
    font = QFont("DejaVu Sans", 10)
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(Qt.GlobalColor.white)
    painter.drawText(QPointF(12, 18), title)
