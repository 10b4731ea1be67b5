"""Slicing wires: a line drawn through them takes them away."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt

from backprop_studio.document import edits
from backprop_studio.document.graph import Wire
from backprop_studio.ui.canvas.gestures.base import Gesture


class Slice(Gesture):
    """Takes away every wire that the line crosses, as one undo step; Esc leaves them all."""

    cursor = Qt.CursorShape.CrossCursor

    def start(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Set the line's beginning."""
        self._cut: dict[Wire, None] = {}
        self.canvas.overlay.slice_line = [self.canvas.camera.to_scene(at)]

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Draw the line on; the wires that it has crossed are marked."""
        overlay, geometry = self.canvas.overlay, self.canvas.scene.geometry
        point = self.canvas.camera.to_scene(at)
        last = overlay.slice_line[-1]
        if point == last:
            return
        rows = geometry.crossed(np.array([[last.x(), last.y()], [point.x(), point.y()]]))
        self._cut.update(dict.fromkeys(wire for row in rows for wire in geometry.wires_at(row)))
        overlay.slice_line.append(point)
        overlay.cut = list(self._cut)
        self.canvas.update()

    def finish(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Take the wires away."""
        cut = list(self._cut)
        if cut:
            text = "Slice 1 wire" if len(cut) == 1 else f"Slice {len(cut)} wires"
            self.canvas.session.edit(lambda graph: edits.slice_wires(graph, cut), text)
