"""Moving frames, with what they carry, and resizing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from backprop_studio.document import edits
from backprop_studio.document.edits import EditError
from backprop_studio.document.graph import Point
from backprop_studio.document.parts import Rect
from backprop_studio.ui.canvas.gestures.base import Gesture
from backprop_studio.ui.canvas.gestures.move_nodes import STEP

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

LEAST = 60.0
"""A frame can not be made smaller than this by hand."""


class DragFrame(Gesture):
    """Drags a frame by its title, or its lower right corner. One undo step."""

    def __init__(self, canvas: CanvasView, frame: int, *, resizes: bool) -> None:
        super().__init__(canvas)
        self._frame, self._resizes = frame, resizes
        self.cursor = Qt.CursorShape.SizeFDiagCursor if resizes else Qt.CursorShape.SizeAllCursor
        self._graph = canvas.scene.graph
        self._start = QPointF()
        self._nodes: dict[int, Point] = {}
        self._rects: dict[int, Rect] = {frame: self._graph.frames[frame].rect}

    def start(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Find what goes along."""
        self._start = self.canvas.camera.to_scene(at)
        if self._resizes:
            return
        graph, (x, y, _, _) = self._graph, self._rects[self._frame]
        try:
            moved = edits.move_frame(graph, self._frame, (x + STEP, y))
        except EditError:
            return
        self._nodes = {i: node.position for i, node in graph.nodes.items() if moved.nodes[i] is not node}
        self._rects.update({i: box.rect for i, box in graph.frames.items() if moved.frames[i] is not box})
        self.canvas.lift(self._nodes)

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Show the frame, and what it carries, where the pointer has it."""
        dx, dy = self._shift(at, modifiers)
        canvas = self.canvas
        if self._resizes:
            canvas.scene.frame_rects = {self._frame: self._resized(dx, dy)}
        else:
            canvas.scene.frame_rects = {i: (x + dx, y + dy, w, h) for i, (x, y, w, h) in self._rects.items()}
            canvas.place_lifted({node: (x + dx, y + dy) for node, (x, y) in self._nodes.items()})
        canvas.spoil_all()

    def finish(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Leave the frame there."""
        dx, dy = self._shift(at, modifiers)
        frame, rect = self._frame, self._resized(dx, dy)
        title = self._graph.frames[frame].title or "frame"
        x, y, _, _ = self._rects[frame]
        self.cancel()
        if (dx, dy) == (0.0, 0.0):
            return
        if self._resizes:
            self.canvas.session.edit(lambda graph: edits.resize_frame(graph, frame, rect), f"Resize {title[:24]}")
        else:
            place = (x + dx, y + dy)
            self.canvas.session.edit(lambda graph: edits.move_frame(graph, frame, place), f"Move {title[:24]}")

    def cancel(self) -> None:
        """Put everything back."""
        self.canvas.scene.frame_rects = {}
        self.canvas.place_lifted(self._nodes)
        self.canvas.lower()
        self.canvas.spoil_all()

    def _resized(self, dx: float, dy: float) -> Rect:
        x, y, width, height = self._rects[self._frame]
        return x, y, max(width + dx, LEAST), max(height + dy, LEAST)

    def _shift(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> Point:
        now = self.canvas.camera.to_scene(at)
        dx, dy = now.x() - self._start.x(), now.y() - self._start.y()
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            return dx, dy
        return round(dx / STEP) * STEP, round(dy / STEP) * STEP
