"""Marks that gestures leave on the scene while they go on: a slice, wires to go, guides, the wire to be split."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from backprop_studio.document.graph import Wire
from backprop_studio.ui.canvas.frame import Frame
from backprop_studio.ui.canvas.geometry import Port
from backprop_studio.ui.canvas.joinability import Bar
from backprop_studio.ui.canvas.overlay_state import Overlay
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.canvas.sprites import PORT_RADIUS, RADIUS
from backprop_studio.ui.theme import Theme, blend

STRIKE = 5.5
"""How far the line through a port that does not fit reaches to either side, in scene units."""
AROUND = (-20.0, -20.0, 20.0, 20.0)
"""Room around a wire for the line that marks it, in scene units."""
BEYOND = 12.0
"""How far a guide reaches beyond what it lines up, in scene units."""


def paint_marks(painter: QPainter, theme: Theme, frame: Frame, scene: Scene, overlay: Overlay) -> None:
    """Paint them all; the painter maps scene units to pixels."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for wire in overlay.cut:
        _paint_wire(painter, scene, wire, QPen(theme.error, max(2.5, 1.5 / frame.scale), Qt.PenStyle.DashLine))
    if overlay.wire_target is not None:
        _paint_insertion(painter, theme, frame, scene, overlay.wire_target, overlay.inserted)
    if len(overlay.slice_line) > 1:
        pen = QPen(theme.error, 2.0 / frame.zoom)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        line = QPainterPath(overlay.slice_line[0])
        for point in overlay.slice_line[1:]:
            line.lineTo(point)
        painter.drawPath(line)
    color = QColor(theme.loss)
    color.setAlpha(190)
    painter.setPen(QPen(color, 1.0 / frame.zoom))
    for axis, at, start, end in overlay.guides:
        ends = QPointF(at, start - BEYOND), QPointF(at, end + BEYOND)
        if axis == "y":
            ends = QPointF(start - BEYOND, at), QPointF(end + BEYOND, at)
        painter.drawLine(*ends)


def paint_barred(painter: QPainter, theme: Theme, scene: Scene, barred: Iterable[tuple[Port, Bar]]) -> None:
    """Dim ports that do not fit and strike them through, those whose shapes alone clash in the colour of errors."""
    for port, bar in barred:
        if port.item not in scene.geometry.node_row:
            continue
        point, color = scene.geometry.port_point(port), theme.error if bar == "shape" else theme.quiet
        painter.setPen(QPen(blend(color, theme.canvas, 0.6), 1.2))
        painter.setBrush(theme.canvas)
        painter.drawEllipse(point, PORT_RADIUS, PORT_RADIUS)
        reach = QPointF(STRIKE, -STRIKE)
        painter.setPen(QPen(color, 1.6))
        painter.drawLine(point - reach, point + reach)


def _paint_insertion(
    painter: QPainter, theme: Theme, frame: Frame, scene: Scene, wire: Wire, inserted: int | None
) -> None:
    """The wire that takes a node in, and around that node a line of the same colour; nothing across what it says."""
    painter.save()
    if inserted is not None and inserted in scene.geometry.node_row:
        box = scene.geometry.node_rect(inserted)
        painter.setPen(QPen(theme.forward, max(3.0, 1.5 / frame.scale)))
        painter.drawRoundedRect(box, RADIUS, RADIUS)
        around = QPainterPath()
        around.addRect(scene.geometry.wire_rect(scene.geometry.wire_row[wire]).adjusted(*AROUND).united(box))
        inside = QPainterPath()
        inside.addRoundedRect(box, RADIUS, RADIUS)
        painter.setClipPath(around - inside, Qt.ClipOperation.IntersectClip)
    _paint_wire(painter, scene, wire, QPen(theme.forward, max(4.0, 2.0 / frame.scale)))
    painter.restore()


def _paint_wire(painter: QPainter, scene: Scene, wire: Wire, pen: QPen) -> None:
    row = scene.geometry.wire_row.get(wire)
    if row is not None:
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPath(scene.geometry.path(row))
