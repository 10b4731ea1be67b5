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
    """Moves a canvas's camera to a node or a point. Another jump, or a moved camera, ends the one before."""

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
        """Bring a node to the middle of the view; at once where the desktop or the person wants no animations.

        Where it lies in a collapsed group, that is entered.
        """
        if node not in self._canvas.scene.geometry.node_row:
            self._canvas.session.open_way_to(node)
        if node not in self._canvas.scene.geometry.node_row:
            return
        rect = self._canvas.scene.geometry.node_rect(node)
        self.move_to(rect.center(), max(self._canvas.zoom, LEAST_ZOOM))

    def move_to(self, point: QPointF, zoom: float) -> None:
        """Bring a point of the scene to the middle of the view, at a zoom."""
        self.stop()
        canvas = self._canvas
        self._from = self._now()
        self._to = (point.x(), point.y(), zoom)
        self._set = None
        if canvas.session.timeline.animate != "full" or not canvas.isVisible():
            self._show(self._to)
            return
        self.setDuration(MILLISECONDS)
        self.start()

    @property
    def was_moved(self) -> bool:
        """Has somebody moved the view since it was last moved here?"""
        camera = self._canvas.camera
        return self._set is not None and self._set != (camera.x, camera.y, camera.zoom)

    def forget(self) -> None:
        """Take the view for unmoved, wherever it is now."""
        self.stop()
        self._set = None

    def finish(self) -> None:
        """Be there now."""
        if self.state() is self.State.Running:
            self.stop()
            self._show(self._to)

    def _now(self) -> tuple[float, float, float]:
        return (*self._canvas.centre_of_view(), self._canvas.zoom)

    def _step(self, share: float) -> None:
        if self.was_moved:
            self.stop()
            return
        a, b = self._from, self._to
        self._show((a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] * (b[2] / a[2]) ** share))

    def _show(self, view: tuple[float, float, float]) -> None:
        canvas = self._canvas
        canvas.camera.zoom_at(QPointF(), view[2])
        canvas.camera.centre_on(QPointF(view[0], view[1]), QRectF(canvas.rect()).adjusted(0, 0, 0, -canvas.foot))
        self._set = (canvas.camera.x, canvas.camera.y, canvas.zoom)
        canvas.camera_moved()
