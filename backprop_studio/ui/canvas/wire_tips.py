"""Tooltips of wires, of the numbers on them and of ports: what travels there, at full precision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from backprop_studio.document.graph import Node, Wire
from backprop_studio.document.number_text import MINUS, full, number, shape_text
from backprop_studio.engine.input_words import input_words
from backprop_studio.engine.op import Array
from backprop_studio.engine.program import FaultKind
from backprop_studio.engine.trace import Stage
from backprop_studio.ui.canvas.geometry import Port
from backprop_studio.ui.canvas.group_tips import group_port_tip
from backprop_studio.ui.canvas.joinability import told
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.canvas.wire_painter import PILL_HEIGHT, PILL_REACH, WirePainter

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

MOST_SHOWN = 24
"""Of arrays with more entries than this only some are shown."""
PILL_HALF = 26.0
"""Half the width of the part of a pill that answers, in scene units."""
_CORNER = 2
"""Entries shown at either end of each axis of a large array."""


def in_full(array: Array | None) -> str:
    """A number at full precision; an array with its shape, all or some of its entries, and what they range over."""
    if array is None:
        return ""
    if array.ndim == 0:
        return full(array)
    if array.size <= MOST_SHOWN:
        return f"shape {shape_text(array.shape)}\n{full(array)}"
    some = np.array2string(
        array, threshold=MOST_SHOWN, edgeitems=_CORNER, floatmode="unique", separator=", ", max_line_width=10_000
    ).replace("-", MINUS)
    facts = f"shape {shape_text(array.shape)}, from {number(array.min())} to {number(array.max())}"
    return f"{facts}, mean {number(array.mean())}\n{some}"


def port_tip(canvas: CanvasView, port: Port) -> str:
    """What a port is called, what it carries, and what it may be joined to."""
    scene = canvas.scene
    node = scene.graph.nodes.get(port.item)
    if node is None:
        return group_port_tip(scene, port)
    graph = scene.graph
    name = input_words(node.op, port.number) if port.is_input else _output_name(node, port.number)
    source = graph.source_of(port.item, port.number) if port.is_input else port.item
    output = graph.output_of(port.item, port.number) if port.is_input else port.number
    value = scene.labels.value(source, output) if source is not None else None
    if source is None or value is None:
        loose = port.is_input and port.number in graph.loose_slots(port.item)
        lines = [
            f"{name}, which may stay unwired. Drag from here to wire it."
            if loose
            else f"{name}. Drag from here to wire it."
        ]
    else:
        shape = f", shape {shape_text(value.shape)}" if value.ndim else ""
        lines = [f"{name}: {scene.ranks.of(source, output).word}{shape}"]
    if canvas.overlay.hovered_port == port:
        lines.append(told(canvas, port, canvas.overlay.joinable))
    return "\n".join(line for line in lines if line)


def _output_name(node: Node, output: int) -> str:
    """What an output is called; where a node has several, by its name and what it holds: "output t (targets)"."""
    return f"output {node.names[output]} ({node.op.outputs[output]})" if node.more else "output"


def wire_tip(scene: Scene, wire: Wire) -> str:
    """What a wire joins, what is wrong with it, what has travelled on it, and what can be done to it."""
    graph = scene.graph
    target = graph.nodes[wire.target]
    name = input_words(target.op, wire.slot)
    lines = [f"{graph.source_name(wire)} → {name} of {target.name}"]
    evaluation = scene.labels.evaluation
    fault = evaluation.problems.get(wire.target) if evaluation is not None else None
    if fault is not None and fault.kind is FaultKind.SHAPE and fault.slot in (None, wire.slot):
        lines.append(fault.sentence)
    lines += _numbers(scene, wire)
    lines.append("Double-click bends it; Ctrl and the right button slice wires.")
    return "\n".join(lines)


def pill_at(canvas: CanvasView, point: QPointF) -> Wire | None:
    """The wire whose number stands at a point of the scene."""
    scene, geometry = canvas.scene, canvas.scene.geometry
    if not scene.marks.any or canvas.frame().is_far:
        return None
    around = QRectF(point.x() - 1, point.y() - 1, 2, 2)
    for row in geometry.visible_wires(around, PILL_REACH).tolist():
        wire = geometry.wires[row]
        mark = scene.mark_of(wire) or scene.marks.travelling(wire)
        if mark is None or not mark.text:
            continue
        at, lift = WirePainter.resting_place(geometry.curves[row])
        if abs(point.x() - at.x()) <= PILL_HALF and abs(point.y() - at.y() + lift) <= PILL_HEIGHT / 2:
            return wire
    return None


def _numbers(scene: Scene, wire: Wire) -> list[str]:
    """The value that a wire carries and the contribution that came back, as far as they are known by now."""
    labels, evaluation, playing = scene.labels, scene.labels.evaluation, scene.labels.playing
    if evaluation is None:
        return []
    value, contribution = labels.carried(wire), labels.contribution(wire)
    if playing is not None:
        travelled = playing.wire_number(wire)
        value = value if playing.value_known(wire.source) else None
        contribution = contribution if travelled is not None and travelled[0] is Stage.BACKWARD else None
    lines = [f"value: {in_full(value)}"] if value is not None else []
    if contribution is not None:
        loss = evaluation.graph.nodes[evaluation.loss].name if evaluation.loss is not None else "loss"
        name = evaluation.graph.source_name(wire)
        here = " in this pass" if playing is not None and playing.passes_held(wire.source) else ""
        lines.append(f"contribution to ∂{loss}/∂{name}{here}: {in_full(contribution)}")
    return lines
