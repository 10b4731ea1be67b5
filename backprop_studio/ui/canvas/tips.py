"""Tooltips: what is wrong with a node, or its numbers in full; what travels on a wire; what a port fits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRect
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip

from backprop_studio.document.fixed_sources import fixed_sentence, is_fixed
from backprop_studio.document.graph import Wire
from backprop_studio.document.node_size import HEADER_HEIGHT, PADDING, ROW_HEIGHT
from backprop_studio.engine.input_words import input_words
from backprop_studio.ui.canvas.group_tips import group_tip
from backprop_studio.ui.canvas.labels import HIDDEN, Row
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.canvas.sprites import BADGE_RADIUS, badge_centre
from backprop_studio.ui.canvas.wire_tips import in_full, pill_at, port_tip, wire_tip
from backprop_studio.ui.heat_map import LEGEND
from backprop_studio.ui.plain_text import tooltip

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView


def show_tip(canvas: CanvasView, event: QEvent) -> bool:
    """Answer Qt's question for a tooltip."""
    if not isinstance(event, QHelpEvent):
        return False
    text = tip_at(canvas, QPointF(event.pos()))
    if text:
        # Over another spot of the same node the text stays where it is.
        QToolTip.showText(event.globalPos(), tooltip(text), canvas, QRect())
    else:
        QToolTip.hideText()
        event.ignore()
    return True


def tip_at(canvas: CanvasView, at: QPointF) -> str:
    """The tooltip for a point of the canvas, "" where there is none; plain text."""
    point = canvas.camera.to_scene(at)
    scene = canvas.scene
    port = scene.geometry.port_at(point.x(), point.y(), 8.0)
    if port is not None:
        return port_tip(canvas, port)
    wire = pill_at(canvas, point)
    node = scene.geometry.node_at(point.x(), point.y()) if wire is None else None
    node = _badge_at(scene, point) if node is None and wire is None else node
    if node is None:
        wire = wire or scene.geometry.wire_at(point.x(), point.y(), 6.0 / canvas.zoom)
        return "" if wire is None else wire_tip(scene, wire)
    if node not in scene.graph.nodes:
        return group_tip(scene, node)
    label = scene.labels[node]
    if label.problem is not None:
        return label.problem
    below = point.y() - scene.geometry.node_rect(node).top()
    if below < HEADER_HEIGHT:
        return _header_tip(scene, node)
    row = int((below - HEADER_HEIGHT - PADDING) // ROW_HEIGHT)
    if label.outputs:
        return _value_tip(scene, node, row, label.outputs[row]) if 0 <= row < len(label.outputs) else ""
    if row == 0 and label.value.text != HIDDEN:
        return _value_tip(scene, node, 0, label.value)
    absence = scene.labels.absence(node) if row == 1 else None
    if absence is not None:
        return absence.sentence
    if row == 1 and label.gradient.text not in ("", HIDDEN) and HIDDEN not in label.gradient.text:
        return gradient_tip(scene, node)
    return ""


def _header_tip(scene: Scene, node: int) -> str:
    """What a node computes; where it has more than two inputs, what each is called and gets."""
    shown = scene.graph.nodes[node]
    lines = [f"{shown.label}: {shown.op.sentence}"]
    if not shown.op.variadic and len(shown.op.inputs) > 2:
        loose = scene.graph.loose_slots(node)
        for slot, source in enumerate(scene.graph.inputs_of(node)):
            wired = scene.graph.source_name(Wire(source, node, slot)) if source is not None else "not wired"
            lines.append(f"{input_words(shown.op, slot)}: {'not wired, optional' if slot in loose else wired}")
    return "\n".join(lines)


def gradient_tip(scene: Scene, node: int) -> str:
    """A gradient in full: that of this pass, and what has added up without zero_grad; and who needs it."""
    shown, playing = scene.graph.nodes[node], scene.labels.playing
    lines = [in_full(scene.labels.gradient(node))]
    passes = playing.passes_held(node) if playing is not None else 0
    held = playing.gradient_so_far(node) if playing is not None and passes else None
    if held is not None:
        lines[0] = f"this pass: {lines[0]}"
        lines.append(f"{shown.name}.grad, the sum of {passes} passes without zero_grad: {in_full(held)}")
    if is_fixed(shown):
        lines.append(fixed_sentence(shown))
    return "\n".join([*lines, "Click to see why."])


def _value_tip(scene: Scene, node: int, output: int, shown: Row) -> str:
    """The numbers of a value in full; where a heat map shows them, what its colours mean."""
    text = in_full(scene.labels.value(node, output))
    return text if shown.heat is None else f"{text}\n{LEGEND}"


def _badge_at(scene: Scene, point: QPointF) -> int | None:
    """The node whose badge, which reaches beyond its card, holds a point of the scene."""
    for node in (*scene.labels.mistaken, scene.labels.doubtful):
        if node in scene.geometry.node_row:
            reach = badge_centre(scene.geometry.node_rect(node).topRight()) - point
            if math.hypot(reach.x(), reach.y()) <= BADGE_RADIUS:
                return node
    return None
