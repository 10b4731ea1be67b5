"""Where a click asks why: on the number of a gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from backprop_studio.document.node_size import HEADER_HEIGHT, PADDING, ROW_HEIGHT

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

_NUMBER_FROM = 0.4
"""The share of a row's width that its caption takes; the number stands right of it."""


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
