"""The playing pass: the active wire with its pulse and number, and the node that receives it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTransform

from backprop_studio.document.graph import Wire
from backprop_studio.engine.trace import EventKind, Stage
from backprop_studio.session.timeline import Timeline
from backprop_studio.ui.canvas.frame import Frame
from backprop_studio.ui.canvas.painter import GraphPainter
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.canvas.sprites import RADIUS, paint_port
from backprop_studio.ui.canvas.wire_painter import ACTIVE_WIDTH, PILL_LIFT, PILL_REACH

PULSE_RADIUS = 6.5
TRAIL = ((0.045, 5.2, 150), (0.09, 4.2, 95), (0.135, 3.2, 50))
"""Dots behind the pulse: how far back, their radius, their opacity of 255."""
HALO = 7.0
PILL_FROM, PILL_TO = 0.35, 0.65
"""The pill keeps to the middle part of the wire while its number travels."""


class PassPainter:
    """Paints the current event of a timeline in one theme."""

    def __init__(self, graph_painter: GraphPainter) -> None:
        self._painter = graph_painter
        self.theme = graph_painter.theme

    def pixels(self, frame: Frame, scene: Scene) -> QRect:
        """Where this paints: the active wire and the nodes that glow."""
        timeline = scene.marks.playing
        if timeline is None:
            return QRect()
        geometry = scene.geometry
        found = QRect()
        wire = timeline.active_wire()
        if wire is not None and wire in geometry.wire_row:
            found = frame.pixels(geometry.wire_rect(geometry.wire_row[wire]), PILL_REACH)
        for node, _ in self._glowing(timeline):
            if node in geometry.node_row:
                found = found.united(frame.pixels(geometry.node_rect(node), HALO + 4))
        return found

    def paint(self, painter: QPainter, frame: Frame, scene: Scene) -> None:
        """Paint the current event, in pixels of the frame."""
        timeline = scene.marks.playing
        if timeline is None or timeline.stage is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        before = painter.transform()
        painter.setTransform(QTransform(frame.scale, 0, 0, frame.scale, frame.x, frame.y), True)
        for node, strength in self._glowing(timeline):
            self._paint_glow(painter, scene, node, strength, self._color(self._stage_of(timeline, node)))
        wire = timeline.active_wire()
        if wire is not None and wire in scene.geometry.wire_row:
            at, lift = self._paint_wire(painter, frame, scene, wire, timeline)
            painter.setTransform(before)
            mark = scene.marks.travelling(wire)
            if mark is not None and not frame.is_far:
                faces = self._painter.faces(frame, painter.device())
                self._painter.wires.paint_pill(painter, frame, faces, mark, at, lift)
        painter.setTransform(before)

    def _paint_wire(
        self, painter: QPainter, frame: Frame, scene: Scene, wire: Wire, timeline: Timeline
    ) -> tuple[QPointF, float]:
        """Paint the active wire with its pulse; returns where its pill belongs, and how far above."""
        row = scene.geometry.wire_row[wire]
        self.paint_pulses(painter, frame, scene, [row], timeline.stage, timeline.progress)
        curve = scene.geometry.curves[row]
        travelled = timeline.progress
        if travelled <= 0.0:
            return self._painter.wires.resting_place(curve)
        middle = min(max(_eased(travelled), PILL_FROM), PILL_TO)
        middle = 1.0 - middle if timeline.stage is Stage.BACKWARD else middle
        return QPointF(*scene.geometry.places([row], middle)[0].tolist()), PILL_LIFT

    def paint_pulses(
        self, painter: QPainter, frame: Frame, scene: Scene, rows: list[int], stage: Stage | None, travelled: float
    ) -> None:
        """Paint some wires as active, each with a pulse that has come so far, 0 to 1; in scene units."""
        geometry, color = scene.geometry, self._color(stage)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._painter.wires.pen(frame, color, max(ACTIVE_WIDTH, 2.0 / frame.scale)))
        for row in rows:
            painter.drawPath(geometry.path(row))
        if not frame.is_far:
            for row in rows:
                for port in geometry.ends[row]:
                    paint_port(painter, self.theme, geometry.port_point(port), color)
        if travelled <= 0.0:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        least = 2.5 / frame.scale  # so that the pulse is seen from far away too
        trail = () if frame.is_far else tuple(reversed(TRAIL))  # far away its dots would be as large as the pulse
        for behind, radius, opacity in (*trail, (0.0, PULSE_RADIUS, 255)):
            along = max(_eased(travelled) - behind, 0.0)
            dot = QColor(color)
            dot.setAlpha(opacity)
            painter.setBrush(dot)
            size = max(radius, least)
            places = geometry.places(rows, 1.0 - along if stage is Stage.BACKWARD else along)
            for x, y in places.tolist():
                painter.drawEllipse(QPointF(x, y), size, size)

    def _paint_glow(self, painter: QPainter, scene: Scene, node: int, strength: float, color: QColor) -> None:
        if node not in scene.geometry.node_row or strength <= 0.02:
            return
        rect = QRectF(scene.geometry.node_rect(node))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for width, opacity in ((HALO, 55), (2.2, 255)):
            line = QColor(color)
            line.setAlpha(round(opacity * strength))
            painter.setPen(QPen(line, width))
            painter.drawRoundedRect(rect, RADIUS, RADIUS)
        for port in scene.geometry.ports_of(node):
            paint_port(painter, self.theme, scene.geometry.port_point(port))

    def _glowing(self, timeline: Timeline) -> list[tuple[int, float]]:
        """Nodes that glow, with how strongly: the one whose number filled in last, and the one that computes."""
        trace, evaluation = timeline.trace, timeline.evaluation
        if trace is None or evaluation is None:
            return []
        glowing = []
        position, progress = timeline.position, timeline.progress
        if position > 0:
            event = trace.events[position - 1]
            if event.kind is EventKind.COMPUTE or event.stage is Stage.BACKWARD:
                received = event.source if event.kind is EventKind.CARRY else event.call
                glowing.append((evaluation.node_of(received), 1.0 - progress))
        if progress > 0.0 and position < len(trace) and trace.events[position].kind is EventKind.COMPUTE:
            glowing.append((evaluation.node_of(trace.events[position].call), progress))
        return glowing

    def _stage_of(self, timeline: Timeline, node: int) -> Stage | None:
        """The stage of the event that makes a node glow: that of the event done last, where it is about this node."""
        trace, evaluation = timeline.trace, timeline.evaluation
        position = timeline.position
        if trace is not None and evaluation is not None and position > 0:
            event = trace.events[position - 1]
            if node in (evaluation.node_of(event.source), evaluation.node_of(event.call)):
                return event.stage
        return timeline.stage

    def _color(self, stage: Stage | None) -> QColor:
        if stage in (Stage.UPDATE, Stage.ZERO_GRAD):
            return self.theme.update
        return self.theme.backward if stage is Stage.BACKWARD else self.theme.forward


def _eased(travelled: float) -> float:
    """Slow at both ends."""
    return travelled * travelled * (3 - 2 * travelled)
