"""Moving the view."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from backprop_studio.ui.canvas.gestures.base import Gesture


class Pan(Gesture):
    """Drags the scene along with the pointer."""

    cursor = Qt.CursorShape.ClosedHandCursor
    _last = QPointF()
    _start = (0.0, 0.0)

    def start(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Take hold of the scene."""
        self._last = at
        self._start = (self.canvas.camera.x, self.canvas.camera.y)

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Follow the pointer. What is lost to whole pixels is caught up with."""
        camera = self.canvas.camera
        step = at - self._last
        x, y = camera.x, camera.y
        camera.pan(step.x(), step.y())
        self._last += QPointF(camera.x - x, camera.y - y)
        self.canvas.camera_moved()

    def cancel(self) -> None:
        """Put the view back."""
        self.canvas.camera.place(*self._start)
        self.canvas.camera_moved()
