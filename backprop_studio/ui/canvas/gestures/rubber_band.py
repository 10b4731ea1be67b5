"""Selecting by a rectangle."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt

from backprop_studio.document.graph import Wire
from backprop_studio.ui.canvas.frame_boxes import notes_in
from backprop_studio.ui.canvas.gestures.base import Gesture


class RubberBand(Gesture):
    """Selects what a rectangle touches (frames: holds); with Shift in addition, with Ctrl the other way round."""

    cursor = Qt.CursorShape.CrossCursor
    _start = QPointF()
    _before: frozenset[int] = frozenset()
    _wire_before: Wire | None = None

    def start(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Set the first corner."""
        self._start = self.canvas.camera.to_scene(at)
        self._before = self.canvas.session.selected_items
        self._wire_before = self.canvas.session.selected_wire

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Move the opposite corner; what lies between is selected at once."""
        band = QRectF(self._start, self.canvas.camera.to_scene(at)).normalized()
        self.canvas.overlay.rubber_band = band
        touched = self.canvas.scene.geometry.nodes_in(band) | notes_in(self.canvas.scene, band)
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            touched = self._before ^ touched
        elif modifiers & Qt.KeyboardModifier.ShiftModifier:
            touched = self._before | touched
        if touched != self.canvas.session.selected_items or self.canvas.session.selected_wire is not None:
            self.canvas.session.select(touched)
        self.canvas.update()

    def finish(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Keep what is selected."""
        self.move(at, modifiers)

    def cancel(self) -> None:
        """Select what was selected before."""
        self.canvas.session.select(self._before, self._wire_before)
