"""Resizing frames and comments by their lower right corner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from backprop_studio.document import edits
from backprop_studio.document.graph import Graph
from backprop_studio.document.parts import Rect
from backprop_studio.session import edit_texts as texts
from backprop_studio.ui.canvas.comment_boxes import LEAST_WIDTH, text_height
from backprop_studio.ui.canvas.gestures.base import Gesture
from backprop_studio.ui.canvas.gestures.move_nodes import STEP

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

LEAST_FRAME = 60.0
"""A frame can not be made smaller than this by hand."""


class ResizeNote(Gesture):
    """Drags the corner of a frame or a comment; a comment stays large enough for its text. One undo step."""

    cursor = Qt.CursorShape.SizeFDiagCursor

    def __init__(self, canvas: CanvasView, note: int) -> None:
        super().__init__(canvas)
        self._note = note
        self._before = edits.item_rect(canvas.scene.graph, note)
        self._start = QPointF()

    def start(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Take hold of the corner."""
        self._start = self.canvas.camera.to_scene(at)

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Let the corner follow the pointer."""
        self.canvas.place_notes({self._note: self._rect(at, modifiers)})

    def finish(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Leave the corner there."""
        note, rect = self._note, self._rect(at, modifiers)
        self.cancel()
        if rect == self._before:
            return

        def edit(graph: Graph) -> Graph:
            if note in graph.frames:
                return edits.resize_frame(graph, note, rect)
            return edits.resize_comment(graph, note, rect[2:])

        self.canvas.session.edit(edit, f"Resize {texts.nodes_name(self.canvas.scene.graph, [note])}")

    def cancel(self) -> None:
        """Put the corner back."""
        self.canvas.place_notes({})

    def _rect(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> Rect:
        shift = self.canvas.camera.to_scene(at) - self._start
        x, y, width, height = self._before
        dx, dy = shift.x(), shift.y()
        if not modifiers & Qt.KeyboardModifier.ShiftModifier:
            dx, dy = round(dx / STEP) * STEP, round(dy / STEP) * STEP
        width, height = width + dx, height + dy
        comment = self.canvas.scene.graph.comments.get(self._note)
        if comment is None:
            return x, y, max(width, LEAST_FRAME), max(height, LEAST_FRAME)
        width = max(width, LEAST_WIDTH)
        return x, y, width, max(height, text_height(comment.text, width))
