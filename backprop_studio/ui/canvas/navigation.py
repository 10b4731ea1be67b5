"""Moving the view by wheel and touchpad."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QInputDevice, QNativeGestureEvent, QWheelEvent

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

NOTCH = 1.2
"""Zoom of one notch of a mouse wheel."""
_DEGREES = 120.0
"""What Qt reports for one notch."""
_PIXELS_A_NOTCH = 60.0


class Navigation:
    """Touchpads pan, mouse wheels zoom at the pointer; with Ctrl both zoom, with Shift both pan sideways."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas

    def wheel(self, event: QWheelEvent) -> None:
        """Turn of a wheel, or two fingers on a touchpad."""
        event.accept()
        modifiers = event.modifiers()
        pixels, angle = event.pixelDelta(), event.angleDelta()
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            turned = angle.y() / _DEGREES if angle.y() else pixels.y() / _PIXELS_A_NOTCH
            self._canvas.zoom_by(NOTCH**turned, event.position())
        elif modifiers & Qt.KeyboardModifier.ShiftModifier:
            # Some systems turn the axes themselves while Shift is held.
            along = (pixels.x() or pixels.y()) or (angle.x() or angle.y()) / _DEGREES * _PIXELS_A_NOTCH
            self._pan(along, 0.0)
        elif not pixels.isNull():
            self._pan(pixels.x(), pixels.y())
        elif self._is_touchpad(event):
            self._pan(angle.x() / _DEGREES * _PIXELS_A_NOTCH, angle.y() / _DEGREES * _PIXELS_A_NOTCH)
        elif angle.y():
            self._canvas.zoom_by(NOTCH ** (angle.y() / _DEGREES), event.position())
        else:
            self._pan(angle.x() / _DEGREES * _PIXELS_A_NOTCH, 0.0)

    def event(self, event: QEvent) -> bool:
        """Pinches and pans that a touchpad reports as such. True where the event was one."""
        if not isinstance(event, QNativeGestureEvent):
            return False
        if event.gestureType() is Qt.NativeGestureType.ZoomNativeGesture:
            self._canvas.zoom_by(1.0 + event.value(), event.position())
        elif event.gestureType() is Qt.NativeGestureType.PanNativeGesture:
            self._pan(event.delta().x(), event.delta().y())
        else:
            return False
        event.accept()
        return True

    def _pan(self, dx: float, dy: float) -> None:
        self._canvas.camera.pan(dx, dy)
        self._canvas.camera_moved()

    @staticmethod
    def _is_touchpad(event: QWheelEvent) -> bool:
        if event.phase() is not Qt.ScrollPhase.NoScrollPhase:
            return True
        return event.pointingDevice().type() is QInputDevice.DeviceType.TouchPad
