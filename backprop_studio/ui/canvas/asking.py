"""Where a click asks why: on the number of a gradient, or on those at a port of a collapsed group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from backprop_studio.document.graph import Wire
from backprop_studio.document.node_size import HEADER_HEIGHT, PADDING, ROW_HEIGHT
from backprop_studio.ui.canvas.boxes import Port
from backprop_studio.ui.canvas.scene import Scene

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

_NUMBER_FROM = 0.4
"""The share of a row's width that its caption takes; the number stands right of it."""
_PORT_SHARE = 0.4
"""The share of a group's width, from either side, in which the numbers at its ports stand."""


def gradient_at(canvas: CanvasView, at: QPointF) -> int | None:
    """The node on whose gradient a point of the widget is, None for none and for one that shows no text there."""
    point, scene = canvas.camera.to_scene(at), canvas.scene
    node = scene.geometry.node_at(point.x(), point.y())
    if node is None or node not in scene.graph.nodes or not scene.labels[node].gradient.text:
        return None
    rect = scene.geometry.node_rect(node)
    top = rect.top() + HEADER_HEIGHT + PADDING + ROW_HEIGHT
    in_row = top <= point.y() <= top + ROW_HEIGHT
    return node if in_row and point.x() > rect.left() + _NUMBER_FROM * rect.width() else None


def port_at_number(canvas: CanvasView, at: QPointF) -> Port | None:
    """The port of a collapsed group on whose value or gradient a point of the widget is."""
    point, scene = canvas.camera.to_scene(at), canvas.scene
    group = scene.geometry.node_at(point.x(), point.y())
    if group is None or group not in scene.graph.groups or canvas.frame().is_far:
        return None
    rect, shape = scene.geometry.node_rect(group), scene.geometry.shapes[scene.geometry.node_row[group]]
    across = (point.x() - rect.left()) / rect.width()
    if _PORT_SHARE < across < 1 - _PORT_SHARE:
        return None  # so that a double click that enters the group asks nothing
    is_input = across < _PORT_SHARE
    heights = shape.inputs if is_input else shape.outputs
    found = (n for n, height in enumerate(heights) if abs(point.y() - rect.top() - height) <= ROW_HEIGHT)
    return next((Port(group, "in" if is_input else "out", number) for number in found), None)


def subject_of(scene: Scene, port: Port) -> int | Wire | None:
    """What explains the numbers at a port of a group: the one wire behind it, of several the node that they join."""
    found = scene.group_port(port)
    if found is None or found.node is None:
        return None
    return found.wires[0] if len(found.wires) == 1 and port.is_input else found.node
