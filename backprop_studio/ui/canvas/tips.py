"""Tooltips: what is wrong with a node, or its numbers in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRect
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip

from backprop_studio.document.graph import Wire
from backprop_studio.document.node_size import HEADER_HEIGHT, PADDING, ROW_HEIGHT
from backprop_studio.document.number_text import full, shape_text
from backprop_studio.engine.op import Array
from backprop_studio.ui.canvas.geometry import Port
from backprop_studio.ui.canvas.labels import HIDDEN
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.plain_text import tooltip

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

MOST_SHOWN = 24
"""Arrays with more entries than this show their shape only."""


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
        return _port_tip(scene, port)
    node = scene.geometry.node_at(point.x(), point.y())
    if node is None:
        wire = scene.geometry.wire_at(point.x(), point.y(), 6.0 / canvas.zoom)
        return "" if wire is None else _wire_tip(scene, wire)
    label = scene.labels[node]
    if label.problem is not None:
        return label.problem
    below = point.y() - scene.geometry.node_rect(node).top()
    if below < HEADER_HEIGHT:
        op = scene.graph.nodes[node].op
        return f"{scene.graph.nodes[node].name}: {op.sentence}"
    row = int((below - HEADER_HEIGHT - PADDING) // ROW_HEIGHT)
    if row == 0 and label.value.text != HIDDEN:
        return _in_full(scene.labels.value(node))
    if row == 1 and label.gradient.text not in ("", HIDDEN) and "·" not in label.gradient.text:
        return _in_full(scene.labels.gradient(node))
    return ""


def _port_tip(scene: Scene, port: Port) -> str:
    """What a port is called, and what it carries."""
    node = scene.graph.nodes[port.item]
    source = scene.graph.source_of(port.item, port.number) if port.is_input else port.item
    name = f"input {node.op.input_for(port.number).name}" if port.is_input else "output"
    value = scene.labels.value(source) if source is not None else None
    if source is None or value is None:
        return f"{name}. Drag from here to wire it."
    shape = f", shape {shape_text(value.shape)}" if value.ndim else ""
    return f"{name}: {scene.ranks.of(source).word}{shape}"


def _wire_tip(scene: Scene, wire: Wire) -> str:
    """What a wire joins, and what can be done to it."""
    name = scene.graph.nodes[wire.target].op.input_for(wire.slot).name
    ends = f"{scene.graph.nodes[wire.source].name} → {name} of {scene.graph.nodes[wire.target].name}"
    return f"{ends}\nDouble-click bends it; Ctrl and the right button slice wires."


def _in_full(array: Array | None) -> str:
    if array is None:
        return ""
    return full(array) if array.size <= MOST_SHOWN else f"shape {shape_text(array.shape)}"
