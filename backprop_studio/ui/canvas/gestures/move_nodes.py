"""Moving nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from backprop_studio.document.graph import Point
from backprop_studio.ui.canvas.gestures.base import Gesture

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

STEP = 10.0
"""Dragged nodes keep to multiples of this, so that wires can run straight; with Shift they do not."""


class MoveNodes(Gesture):
    """Drags the selected nodes; ``grabbed`` is the one under the pointer."""

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, canvas: CanvasView, grabbed: int) -> None:
        super().__init__(canvas)
        self._grabbed = grabbed
        self._before: dict[int, Point] = {}
        self._start = QPointF()

    def start(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Lift the nodes off the static layer."""
        graph = self.canvas.scene.graph
        self._start = self.canvas.camera.to_scene(at)
        self._before = {node: graph.nodes[node].position for node in sorted(self.canvas.session.selection)}
        self.canvas.lift(self._before)

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Let the nodes follow the pointer."""
        self.canvas.place_lifted(self._positions(at, modifiers))

    def finish(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Set the nodes down: one undo step, none where nothing moved."""
        positions = self._positions(at, modifiers)
        self.canvas.place_lifted(positions)
        self.canvas.lower()
        if positions != self._before:
            self.canvas.session.move_nodes(positions)

    def cancel(self) -> None:
        """Put the nodes back."""
        self.canvas.place_lifted(self._before)
        self.canvas.lower()

    def _positions(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> dict[int, Point]:
        now = self.canvas.camera.to_scene(at)
        dx, dy = now.x() - self._start.x(), now.y() - self._start.y()
        if not modifiers & Qt.KeyboardModifier.ShiftModifier:
            x, y = self._before[self._grabbed]
            dx, dy = round((x + dx) / STEP) * STEP - x, round((y + dy) / STEP) * STEP - y
        return {node: (x + dx, y + dy) for node, (x, y) in self._before.items()}
