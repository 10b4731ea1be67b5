"""Dashed outlines that look the same however little of them is painted at a time.

Qt's dashes depend on what is clipped: an outline painted piece by piece, as a canvas is when something moves over
it, would show seams.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPainterPathStroker, QPen

DASH, GAP = 5.0, 4.0
"""Their lengths, in widths of the pen."""


def dashed_line(painter: QPainter, pen: QPen, path: QPainterPath) -> None:
    """Paint a path with the dashes of ``pen``."""
    stroker = QPainterPathStroker(pen)
    painter.fillPath(stroker.createStroke(path), pen.brush())


def dashed_outline(painter: QPainter, pen: QPen, rect: QRectF, radius: float, seen: QRectF) -> None:
    """Paint a rounded rectangle with solid corners and dashed edges, each dash where it stands by itself.

    Only dashes within ``seen`` are made.
    """
    dash, gap = DASH * pen.widthF(), GAP * pen.widthF()
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    left, right, top, bottom = rect.left(), rect.right(), rect.top(), rect.bottom()
    radius = min(radius, rect.width() / 2, rect.height() / 2)
    lines: list[QLineF] = []
    for y in (top, bottom):
        if seen.top() <= y <= seen.bottom():
            ends = _dashes(left + radius, right - radius, dash, gap, seen.left(), seen.right())
            lines += [QLineF(a, y, b, y) for a, b in ends]
    for x in (left, right):
        if seen.left() <= x <= seen.right():
            ends = _dashes(top + radius, bottom - radius, dash, gap, seen.top(), seen.bottom())
            lines += [QLineF(x, a, x, b) for a, b in ends]
    painter.drawLines(lines)
    side = 2 * radius
    corners = ((right - side, top), (left, top), (left, bottom - side), (right - side, bottom - side))
    for quarter, (x, y) in enumerate(corners):
        painter.drawArc(QRectF(x, y, side, side), quarter * 90 * 16, 90 * 16)


def _dashes(start: float, end: float, dash: float, gap: float, low: float, high: float) -> list[tuple[float, float]]:
    """Where dashes from ``start`` to ``end`` begin and stop, of those that are between ``low`` and ``high``."""
    step = dash + gap
    first = max(0, math.floor((low - start) / step))
    last = math.floor((min(end, high) - start) / step)
    found = ((start + n * step, min(start + n * step + dash, end)) for n in range(first, last + 1))
    return [(a, b) for a, b in found if b > a]
