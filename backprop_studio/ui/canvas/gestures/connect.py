"""Drawing, rerouting and taking away wires."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtWidgets import QToolTip

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Graph, Wire
from backprop_studio.document.growing import op_with_wire
from backprop_studio.document.outputs import OutputOf
from backprop_studio.engine.errors import EngineError
from backprop_studio.session import edit_texts as texts
from backprop_studio.ui.canvas import bezier
from backprop_studio.ui.canvas.geometry import Port
from backprop_studio.ui.canvas.gestures.base import Gesture
from backprop_studio.ui.canvas.growth import growth_near, growth_words, is_growth, port_point
from backprop_studio.ui.plain_text import tooltip

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.scene import Scene
    from backprop_studio.ui.canvas.view import CanvasView

SNAP = 20.0
"""Pixels within which the end of a wire jumps to a port."""
REFUSAL_MILLISECONDS = 3000
"""How long it is said where a wire was dropped why it was not made."""
OUTPUTS = "Both ends are outputs. Pull the wire to an input, on the left of a node."
INPUTS = "Both ends are inputs. Pull the wire to an output, on the right of a node."
NOT_FED = "Nothing outside feeds this input of the group yet. Leave the group and wire to it there."
NOT_USED = "Nothing outside uses this output of the group yet. Leave the group and wire from it there."
MOST_SHOWN = 400
"""With more ports that fit than this, none are highlighted."""


class Connect(Gesture):
    """Draws a wire from an output to an input, or the other way round.

    Where it begins at an input that is wired, it takes that wire's end: dropped on another input it
    reroutes the wire, dropped on empty canvas it takes the wire away.
    """

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: CanvasView, begin: Port) -> None:
        super().__init__(canvas)
        self._taken: tuple[Wire, ...] = ()
        self._begin = self._fixed = begin
        row = canvas.scene.geometry.line_into(begin) if begin.is_input else None
        if row is not None:
            self._taken = canvas.scene.geometry.wires_at(row)
            self._fixed = canvas.scene.geometry.ends[row][0]
        self._excluded: set[int] = set()

    def start(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Find the ports that fit, and hide the wire whose end is taken."""
        if self._taken:
            self.canvas.hide_wire(self._taken[0])
        self.canvas.overlay.fitting, self._excluded = fitting_ports(self.canvas, self._fixed)
        self.canvas.overlay.hovered_node = None

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Draw the wire to the pointer, or to the port it snaps to; say why where it can not end there."""
        overlay = self.canvas.overlay
        end = self._port_near(at)
        problem = self._problem(end) if end is not None else None
        overlay.snapped, overlay.refused, overlay.growing = end, problem is not None, self._growth_near(at)
        told = problem or self._misfit(at, end) or self._clash(end) or self._growth(end)
        overlay.hint, overlay.hint_at = told, at
        fixed = self.canvas.scene.geometry.port_point(self._fixed)
        free = self.canvas.camera.to_scene(at)
        if end is not None:
            free = port_point(self.canvas.scene, end)
        ends = (free, fixed) if self._fixed.is_input else (fixed, free)
        first, last = (np.array([[point.x(), point.y()]]) for point in ends)
        overlay.live_curve = bezier.between(first, last)[0]
        self.canvas.update()

    def finish(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Make, reroute or take away the wire."""
        end = self._port_near(at)
        taken, session = self._taken, self.canvas.session
        self.canvas.hide_wire(None)
        refusal = self._misfit(at, end) if end is None else self._problem(end)
        if refusal:
            place = self.canvas.mapToGlobal(at.toPoint())
            QToolTip.showText(place, tooltip(refusal), self.canvas, QRect(), REFUSAL_MILLISECONDS)
            return
        if end is None:
            if taken:
                session.unwire_all(taken)
            elif self.canvas.rect().contains(at.toPoint()) and self.canvas.pointer.node_at(at) is None:
                self.canvas.quick_add.open(at, begin=self._fixed)
            return
        output, entry = self._ordered(end)
        source, slots = self.canvas.scene.source_of(output), self.canvas.scene.slots_of(entry)
        if source is None or (entry == self._begin and taken):
            return
        if len(taken) == 1 and len(slots) == 1:
            session.reroute(taken[0], source.node, *slots[0], source.output)
        else:
            session.join(source, slots, taken)

    def cancel(self) -> None:
        """Show the wire that was taken as it was."""
        self.canvas.hide_wire(None)

    def _problem(self, end: Port) -> str | None:
        output, entry = self._ordered(end)
        source, slots = self.canvas.scene.source_of(output), self.canvas.scene.slots_of(entry)
        if source is None:
            return NOT_FED
        return self.canvas.session.join_problem(source, slots) if slots else NOT_USED

    def _ordered(self, end: Port) -> tuple[Port, Port]:
        """The port that is fixed and the one at the free end, the output first."""
        return (end, self._fixed) if self._fixed.is_input else (self._fixed, end)

    def _misfit(self, at: QPointF, end: Port | None) -> str:
        """Why a wire can not end at what is under the pointer, where it snaps to no port; "" on empty canvas."""
        if end is not None:
            return ""
        port, node = self.canvas.pointer.port_at(at), self.canvas.pointer.node_at(at)
        from_output = not self._fixed.is_input
        if port is not None and port != self._fixed and port.side == self._fixed.side:
            return OUTPUTS if from_output else INPUTS
        if node is not None and node != self._fixed.item and from_output:
            name = texts.nodes_name(self.canvas.scene.graph, [node])
            return f"{name} takes no input. Pull the wire to a port on the left of another node."
        return ""

    def _clash(self, end: Port | None) -> str:
        """Why the shapes at both ends do not go together; the wire may be made all the same."""
        if end is None:
            return ""
        scene, (output, entry) = self.canvas.scene, self._ordered(end)
        begin = scene.node_port(output)
        if begin is None:
            return ""
        ends = (Port(target, "in", slot) for target, slot in scene.slots_of(entry))
        clashes = (shape_clash(self.canvas.session.evaluation, begin, each) for each in ends)
        return next((clash for clash in clashes if clash), "")

    def _growth(self, end: Port | None) -> str:
        """What a wire to the port by which a node grows does; "" at another port."""
        scene = self.canvas.scene
        if end is None or not is_growth(scene, end):
            return ""
        return f"Adds a {growth_words(scene, end)} to {scene.graph.nodes[end.item].name}."

    def _growth_near(self, at: QPointF) -> Port | None:
        """The port by which the node at the pointer would grow, unless the wire that is drawn leaves it an input."""
        if self._fixed.is_input:
            return None
        reach, left = SNAP / self.canvas.camera.zoom, {wire.target for wire in self._taken}
        return growth_near(self.canvas.scene, self.canvas.camera.to_scene(at), reach, self._excluded | left)

    def _port_near(self, at: QPointF) -> Port | None:
        """The port to end at: the nearest within SNAP, first of those that fit; else that of the node under it.

        Away from its ports, a node that can grow takes the wire as one more.
        """
        geometry = self.canvas.scene.geometry
        point = self.canvas.camera.to_scene(at)
        x, y = point.x(), point.y()
        reach = SNAP / self.canvas.camera.zoom
        wants_input = not self._fixed.is_input
        found = geometry.nearest_of(x, y, reach, inputs=wants_input, without=self._excluded)
        if found is None:
            found = geometry.nearest_of(x, y, reach, inputs=wants_input)
        growing, on_port = self._growth_near(at), self.canvas.pointer.port_at(at) is not None
        if growing is not None and (self._is_nearer(point, growing, found) if found is not None else not on_port):
            return growing
        if found is None and not on_port:
            node = geometry.node_at(x, y)
            if node is not None and node != self._fixed.item:
                found = geometry.nearest_of(x, y, float("inf"), inputs=wants_input, only=node)
        return found if found != self._fixed else None

    def _is_nearer(self, point: QPointF, one: Port, other: Port) -> bool:
        """Is the first of two ports nearer to a point of the scene?"""
        ways = (port_point(self.canvas.scene, port) - point for port in (one, other))
        first, second = (math.hypot(way.x(), way.y()) for way in ways)
        return first < second


def shape_clash(evaluation: Evaluation, output: Port, entry: Port) -> str:
    """Why an input can not take the shape of an output, given its other inputs; "" where it can, or who knows."""
    graph = evaluation.graph
    source, target, slot = output.item, entry.item, entry.number
    if source not in graph.nodes or target not in graph.nodes:
        return ""
    inputs: list[OutputOf | None] = [
        None if node is None else OutputOf(node, graph.output_of(target, number))
        for number, node in enumerate(graph.inputs_of(target))
    ]
    inputs[slot : slot + 1] = [OutputOf(source, output.number)]
    values = [evaluation.value(*given) if given is not None else None for given in inputs]
    node, op = graph.nodes[target], op_with_wire(graph, target, slot)
    shapes = [None if value is None else value.shape for value in values]
    known = [
        value is not None or (given is None and op.input_for(number).optional)
        for number, (value, given) in enumerate(zip(values, inputs, strict=True))
    ]
    try:
        if all(known):
            op.shape(*shapes, **op.complete_settings(node.settings))
    except EngineError as error:
        return f"{node.name}: {error}"
    return ""


def fitting_ports(canvas: CanvasView, port: Port) -> tuple[list[Port], set[int]]:
    """The ports that ``port`` may be joined to (none where they are too many to show), and the boxes it may not."""
    fitting = joinable_ports(canvas, port)
    items = {end.item for end in fitting}
    barred = {item for item in canvas.scene.geometry.ids if item not in items}
    return (fitting if len(fitting) <= MOST_SHOWN else []), barred


def joinable_ports(canvas: CanvasView, port: Port) -> list[Port]:
    """The ports that ``port`` may be joined to without a cycle."""
    scene = canvas.scene
    begin = scene.node_port(port)
    if begin is None:
        return []
    excluded = reachable(scene.graph, begin.item, upstream=not port.is_input)
    ends = scene.geometry.all_ports("out" if port.is_input else "in")
    return [end for end in ends if _leads_to_none(scene, end, excluded)]


def _leads_to_none(scene: Scene, port: Port, excluded: set[int]) -> bool:
    """Does a port stand for something, and for none of the nodes that are excluded?"""
    if port.item in scene.graph.nodes:
        return port.item not in excluded
    if port.is_input:
        slots = scene.slots_of(port)
        return bool(slots) and not any(target in excluded for target, _ in slots)
    source = scene.source_of(port)
    return source is not None and source.node not in excluded


def reachable(graph: Graph, start: int, *, upstream: bool) -> set[int]:
    """``start`` and all nodes that lead to it (``upstream``) or to which it leads."""
    seen = {start}
    waiting = [start]
    while waiting:
        node = waiting.pop()
        following = graph.feeding.get(node, ()) if upstream else [wire.target for wire in graph.wires_from(node)]
        for other in following:
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen
