"""The playing pass: active wires with their pulses and numbers, nodes that receive them, weights that move."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTransform

from backprop_studio.document.number_text import brief
from backprop_studio.engine.op import Array
from backprop_studio.engine.trace import EventKind, Stage
from backprop_studio.session.shown_numbers import MOST_IN_FLIGHT
from backprop_studio.session.timeline import Timeline
from backprop_studio.ui.canvas.bezier import eased
from backprop_studio.ui.canvas.frame import VERY_FAR, Frame
from backprop_studio.ui.canvas.group_work import working
from backprop_studio.ui.canvas.labels import NodeLabel, Row, Tone, number_row
from backprop_studio.ui.canvas.painter import GraphPainter
from backprop_studio.ui.canvas.pulses import Pulses
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.canvas.sprites import RADIUS, paint_port
from backprop_studio.ui.canvas.wire_marks import Carried, WireMark
from backprop_studio.ui.canvas.wire_painter import PILL_LIFT, PILL_PAD, PILL_REACH
from backprop_studio.ui.heat_map import shrunk

HALO = 7.0
CARRIED = {Stage.BACKWARD: Carried.BACKWARD, Stage.TANGENT: Carried.TANGENT}
LONGEST_STEP = 14
"""Characters that fit a node's row."""
PILL_FROM, PILL_TO = 0.35, 0.65
"""The pill keeps to the middle part of the wire while its number travels."""


class PassPainter:
    """Paints the current event of a timeline in one theme."""

    def __init__(self, graph_painter: GraphPainter) -> None:
        self._painter = graph_painter
        self.theme = graph_painter.theme
        self.pulses = Pulses(graph_painter.theme, graph_painter.wires)

    def pixels(self, frame: Frame, scene: Scene) -> QRect:
        """Where this paints: the active wires and the nodes that glow."""
        timeline = scene.marks.playing
        if timeline is None:
            return QRect()
        geometry = scene.geometry
        found = QRect()
        for row in self._rows(scene, timeline):
            found = found.united(frame.pixels(geometry.wire_rect(row), PILL_REACH))
        for item in _items(scene, timeline):
            if item in geometry.node_row:
                reach = PILL_REACH if item in scene.graph.groups else HALO + 4
                found = found.united(frame.pixels(geometry.node_rect(item), reach))
        return found

    def paint(self, painter: QPainter, frame: Frame, scene: Scene) -> None:
        """Paint the current events, in pixels of the frame."""
        timeline = scene.marks.playing
        if timeline is None or timeline.stage is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_gliding(painter, frame, scene, timeline)
        before = painter.transform()
        painter.setTransform(QTransform(frame.scale, 0, 0, frame.scale, frame.x, frame.y), True)
        for item, (strength, stage) in _items(scene, timeline).items():
            self._paint_glow(painter, scene, item, strength, self._color(stage), with_ports=frame.zoom >= VERY_FAR)
        painter.setTransform(before)
        rows, backward = self._rows(scene, timeline), timeline.stage is Stage.BACKWARD
        if rows:
            color = self._color(timeline.stage)
            self.pulses.paint(painter, frame, scene, rows, color, timeline.progress, backward=backward)
        if rows and not frame.is_far:
            self._paint_pills(painter, frame, scene, rows, timeline)
        if not frame.is_far:
            self._paint_work(painter, frame, scene, timeline)

    def _paint_work(self, painter: QPainter, frame: Frame, scene: Scene, timeline: Timeline) -> None:
        """What goes on inside collapsed groups, on a pill at the foot of each."""
        faces = self._painter.faces(frame, painter.device())
        for group, work in working(scene, timeline).items():
            rect = scene.geometry.node_rect(group)
            carried = CARRIED.get(work.stage, Carried.FORWARD)
            at = QPointF(rect.center().x(), rect.bottom() + 3.0)
            mark = WireMark(carried, work.caption)
            self._painter.wires.paint_pill(painter, frame, faces, mark, at, 0.0, least_pad=PILL_PAD)

    @staticmethod
    def _rows(scene: Scene, timeline: Timeline) -> list[int]:
        """The rows of the active wires, as far as they are drawn."""
        known = scene.geometry.wire_row
        return sorted({known[wire] for wire in timeline.active_wires() if wire in known})

    def _paint_pills(self, painter: QPainter, frame: Frame, scene: Scene, rows: list[int], timeline: Timeline) -> None:
        """The numbers that travel, each beside its pulse."""
        geometry, travelled = scene.geometry, timeline.progress
        faces = self._painter.faces(frame, painter.device())
        middle = min(max(eased(travelled), PILL_FROM), PILL_TO)
        places = geometry.places(rows, 1.0 - middle if timeline.stage is Stage.BACKWARD else middle).tolist()
        for row, place in zip(rows, places, strict=True):
            wires = geometry.wires_at(row)
            mark = scene.marks.travelling(next((wire for wire in wires if wire in timeline.active_wires()), wires[0]))
            if mark is not None:
                at, lift = QPointF(*place), PILL_LIFT
                if travelled <= 0.0:
                    at, lift = self._painter.wires.resting_place(geometry.curves[row])
                self._painter.wires.paint_pill(painter, frame, faces, mark, at, lift)

    def _paint_gliding(self, painter: QPainter, frame: Frame, scene: Scene, timeline: Timeline) -> None:
        """Parameters that are taking their step: the old and the new number, and a heat map on its way."""
        if timeline.stage is not Stage.UPDATE or timeline.progress <= 0.0 or frame.is_far:
            return
        faces = self._painter.faces(frame, painter.device())
        for node in {timeline.evaluation.node_of(call) for call in _calls(timeline)} if timeline.evaluation else ():
            before, after = scene.labels.value(node), timeline.value_under_way(node)
            row = scene.geometry.node_row.get(node)
            if before is not None and after is not None and row is not None:
                with scene.labels.standing_in(node, gliding(scene.labels[node], before, after, timeline.progress)):
                    self._painter.nodes.paint(painter, frame, faces, scene, [row])

    def _paint_glow(
        self, painter: QPainter, scene: Scene, node: int, strength: float, color: QColor, *, with_ports: bool
    ) -> None:
        if node not in scene.geometry.node_row or strength <= 0.02:
            return
        rect = QRectF(scene.geometry.node_rect(node))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for width, opacity in ((HALO, 55), (2.2, 255)):
            line = QColor(color)
            line.setAlpha(round(opacity * strength))
            painter.setPen(QPen(line, width))
            painter.drawRoundedRect(rect, RADIUS, RADIUS)
        for port in scene.geometry.ports_of(node) if with_ports else ():
            paint_port(painter, self.theme, scene.geometry.port_point(port))

    def _color(self, stage: Stage | None) -> QColor:
        if stage in (Stage.UPDATE, Stage.ZERO_GRAD):
            return self.theme.update
        if stage is Stage.TANGENT:
            return self.theme.tangent
        return self.theme.backward if stage is Stage.BACKWARD else self.theme.forward


def glowing(timeline: Timeline) -> list[tuple[int, float, Stage]]:
    """Nodes that glow, how strongly, in which stage's colour: those whose number filled in last, and that compute."""
    trace, evaluation, progress = timeline.trace, timeline.evaluation, timeline.progress
    if trace is None or evaluation is None:
        return []
    found: dict[int, tuple[float, Stage]] = {}
    done = range(timeline.flight_start, timeline.position) if timeline.is_active else range(0)
    ahead = timeline.current_events if progress > 0.0 else range(0)
    for events, strength in ((done, 1.0 - progress), (ahead, progress)):
        for index in events if len(events) <= MOST_IN_FLIGHT else ():
            event = trace.events[index]
            if event.kind is EventKind.COMPUTE or (event.stage is Stage.BACKWARD and events is done):
                received = event.source if event.kind is EventKind.CARRY else event.call
                found[evaluation.node_of(received)] = (strength, event.stage)
    return [(node, strength, stage) for node, (strength, stage) in found.items()]


def _items(scene: Scene, timeline: Timeline) -> dict[int, tuple[float, Stage]]:
    """The boxes that glow, how strongly, and in which stage's colour: nodes, and the groups that hide them."""
    found: dict[int, tuple[float, Stage]] = {}
    for node, strength, stage in glowing(timeline):
        item = scene.item_of(node)
        if item is not None and strength >= found.get(item, (0.0, stage))[0]:
            found[item] = (strength, stage)
    found.update({group: (1.0, work.stage) for group, work in working(scene, timeline).items()})
    return found


def gliding(label: NodeLabel, before: Array, after: Array, progress: float) -> NodeLabel:
    """The label of a parameter that takes its step: a heat map part of the way; a number where it is and will be.

    A number that counted would be read, and be false.
    """
    if before.size == 1:
        old, new = brief(before), brief(after)
        forms = f"{old} → {new}", f"{old}→{new}", f"→ {new}"
        return replace(label, value=Row("", next(text for text in forms if len(text) <= LONGEST_STEP), Tone.UPDATE))
    start, end = shrunk(before), shrunk(after)
    with np.errstate(all="ignore"):
        value = np.asarray(start + (end - start) * eased(progress))
    row = replace(number_row("value", value, Tone.UPDATE), text=number_row("value", before, Tone.UPDATE).text)
    return replace(label, value=row)


def _calls(timeline: Timeline) -> list[int]:
    trace = timeline.trace
    return [trace.events[index].call for index in timeline.current_events] if trace is not None else []
