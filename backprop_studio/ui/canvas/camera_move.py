"""A short movement of the camera, so that the eye can follow where it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEasingCurve, QPointF, QRectF, QVariantAnimation

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

MILLISECONDS = 160
LEAST_ZOOM = 0.6
"""A jump zooms in to this at least: a node that was looked for is to be read."""


class CameraMove(QVariantAnimation):
    """Moves a canvas's camera to a node. Another jump, or a moved camera, ends the one before."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._from = self._to = (0.0, 0.0, 1.0)
        """Middle of the view in scene units, and the zoom."""
        self._set: tuple[float, float, float] | None = None
        self.setStartValue(0.0)
        self.setEndValue(1.0)
        self.setEasingCurve(QEasingCurve.Type.OutCubic)
        self.valueChanged.connect(self._step)

    def jump_to(self, node: int) -> None:
        """Bring a node to the middle of the view; at once where the desktop or the person wants no animations."""
        self.stop()
        canvas = self._canvas
        rect = canvas.scene.geometry.node_rect(node)
        self._from = self._now()
        self._to = (rect.center().x(), rect.center().y(), max(canvas.zoom, LEAST_ZOOM))
        self._set = None
        if canvas.session.timeline.animate != "full" or not canvas.isVisible():
            self._show(self._to)
            return
        self.setDuration(MILLISECONDS)
        self.start()

    def finish(self) -> None:
        """Be there now."""
        if self.state() is self.State.Running:
            self.stop()
            self._show(self._to)

    def _now(self) -> tuple[float, float, float]:
        return (*self._canvas.centre_of_view(), self._canvas.zoom)

    def _step(self, share: float) -> None:
        canvas = self._canvas
        if self._set is not None and self._set != (canvas.camera.x, canvas.camera.y, canvas.zoom):
            self.stop()  # somebody moved the view
            return
        a, b = self._from, self._to
        self._show((a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] * (b[2] / a[2]) ** share))
        self._set = (canvas.camera.x, canvas.camera.y, canvas.zoom)

    def _show(self, view: tuple[float, float, float]) -> None:
        canvas = self._canvas
        canvas.camera.zoom_at(QPointF(), view[2])
        canvas.camera.centre_on(QPointF(view[0], view[1]), QRectF(canvas.rect()))
        canvas.camera_moved()
