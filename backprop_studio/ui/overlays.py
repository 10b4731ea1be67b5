"""What floats on the canvas: the transport bar at its foot, the start card in its middle."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from backprop_studio.ui.canvas.view import CanvasView

MARGIN = 12


class Overlays(QObject):
    """Keeps two children of the canvas in place as it is resized, and tells it how much of its foot is covered."""

    def __init__(self, canvas: CanvasView, foot: QWidget, middle: QWidget) -> None:
        super().__init__(canvas)
        self._canvas, self._foot, self._middle = canvas, foot, middle
        self._moved: tuple[tuple[float, float, float], tuple[float, float, float]] | None = None
        """The view before and after it was moved for the foot."""
        for child in (foot, middle):
            child.setParent(canvas)
            child.installEventFilter(self)
        canvas.installEventFilter(self)
        self.place()

    def place(self) -> None:
        """Put both where they belong."""
        width, height = self._canvas.width(), self._canvas.height()
        foot = self._foot.sizeHint()
        wide = min(foot.width(), max(self._foot.minimumSizeHint().width(), width - 2 * MARGIN))
        self._foot.setGeometry((width - wide) // 2, height - foot.height() - MARGIN, wide, foot.height())
        self._middle.adjustSize()
        middle = self._middle.size()
        self._middle.move(max(0, (width - middle.width()) // 2), max(0, (height - middle.height()) // 2))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the canvas's size and the children's being shown."""
        if (watched is self._canvas and event.type() == QEvent.Type.Resize) or event.type() == QEvent.Type.Show:
            self.place()
        if watched is self._foot and event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            shown = event.type() == QEvent.Type.Show
            self._canvas.foot = float(self._foot.height() + MARGIN) if shown else 0.0
            self._make_room(shown)
        return super().eventFilter(watched, event)

    def _make_room(self, shown: bool) -> None:
        """Move the view up as far as the foot would cover nodes; back again when it goes, unless it was moved since."""
        canvas = self._canvas
        view = canvas.camera.x, canvas.camera.y, canvas.zoom
        bounds = canvas.scene.geometry.bounds()
        if shown and bounds is not None:
            area = canvas.camera.rect_to_widget(bounds)
            up = area.bottom() + MARGIN - (canvas.height() - canvas.foot)
            if not 0 < up <= canvas.foot + MARGIN:
                return  # nothing is covered, or the view shows a part of the graph only
            canvas.camera.pan(0.0, -up)
            self._moved = view, (canvas.camera.x, canvas.camera.y, canvas.zoom)
            canvas.camera_moved()
        elif not shown and self._moved is not None:
            (before, after), self._moved = self._moved, None
            if view == after:
                canvas.camera.place(before[0], before[1])
                canvas.camera_moved()
