"""Moving a bend of a wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from backprop_studio.document import edits
from backprop_studio.document.graph import Point, Wire
from backprop_studio.session import edit_texts as texts
from backprop_studio.ui.canvas.gestures.base import Gesture
from backprop_studio.ui.canvas.gestures.move_nodes import STEP

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView


class MoveBend(Gesture):
    """Drags a bend; the wire follows."""

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, canvas: CanvasView, wire: Wire, index: int) -> None:
        super().__init__(canvas)
        self._wire, self._index = wire, index
        self._before = canvas.scene.geometry.bends[wire]

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Let the bend follow the pointer."""
        self._show(self._bent(at, modifiers))

    def finish(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Leave the bend there, as one undo step."""
        scene, wire = self.canvas.scene, self._wire
        bends = self._bent(at, modifiers)
        self._show(self._before)
        if bends != self._before:
            wires, faces = scene.drawn_line(wire)
            name = texts.wire_name(scene.graph, wire.source, wire.target)
            self.canvas.session.edit(lambda graph: edits.bend_line(graph, wires, faces, bends), f"Bend {name}")

    def cancel(self) -> None:
        """Put the bend back."""
        self._show(self._before)

    def _bent(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> tuple[Point, ...]:
        point = self.canvas.camera.to_scene(at)
        place = point.x(), point.y()
        if not modifiers & Qt.KeyboardModifier.ShiftModifier:
            place = round(place[0] / STEP) * STEP, round(place[1] / STEP) * STEP
        return *self._before[: self._index], place, *self._before[self._index + 1 :]

    def _show(self, bends: tuple[Point, ...]) -> None:
        canvas, wire = self.canvas, self._wire
        if wire in canvas.scene.geometry.wire_row:
            canvas.spoil_wires([wire])
            canvas.scene.geometry.bend(wire, bends)
            canvas.spoil_wires([wire])
