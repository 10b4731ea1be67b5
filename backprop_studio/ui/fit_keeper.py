"""Keeps a graph fitted to the canvas while the window around it changes, until somebody moves the view."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, QTimer, Slot

from backprop_studio.document.changes import GraphChange
from backprop_studio.document.graph import Graph
from backprop_studio.ui.canvas.view import CanvasView

LINE = 64
"""Pixels of height that a message above the canvas may take."""
CLEAR = 12
"""Pixels that stay free at the canvas's edges, or the graph is fitted anew."""
SLACK = 1.0
"""Pixels by which the camera may be off, from rounding."""


class FitKeeper(QObject):
    """Fits the graph, and fits it again after a resize where the view is still as it was left."""

    def __init__(self, canvas: CanvasView, foot: float) -> None:
        """``foot`` is how many pixels at the canvas's foot are left free."""
        super().__init__(canvas)
        self._canvas = canvas
        self._foot = foot
        self._fitted: tuple[float, ...] | None = None
        """The camera as fitting left it, None where the graph has been edited since."""
        self._kept = False
        """Was the view as fitting left it when the canvas began to be resized?"""
        self._size = canvas.size()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._canvas_resized)
        self._graph = canvas.session.graph
        canvas.installEventFilter(self)
        canvas.session.graph_changed.connect(self._take_edit)

    def keep_free(self, foot: float) -> None:
        """Leave another height free at the foot from now on."""
        if foot != self._foot:
            untouched, self._foot = self._is_untouched(), foot
            if untouched:
                self.fit()

    def fit(self) -> None:
        """Show the whole graph, above the place where the transport bar may come to float."""
        shown, self._canvas.foot = self._canvas.foot, self._foot
        self._canvas.fit()
        self._canvas.foot = shown
        self._fitted, self._size, self._kept = self._view(), self._canvas.size(), True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice a resize; the canvas handles it first."""
        if watched is self._canvas and event.type() == QEvent.Type.Resize and not self._timer.isActive():
            self._kept = self._is_untouched()
            self._timer.start(0)
        return super().eventFilter(watched, event)

    def _canvas_resized(self) -> None:
        if not self._kept or self._fitted is None or not self._canvas.session.graph.nodes:
            return
        if self._is_good_still():
            self._fitted = self._view()
        else:
            self.fit()

    @Slot(object, object)
    def _take_edit(self, graph: Graph, change: GraphChange) -> None:
        """Whoever builds wants the view as it is. Where the whole graph has been replaced, it is fitted after this."""
        before, self._graph = self._graph, graph
        moved = (node for node in change.changed if before.nodes[node].position != graph.nodes[node].position)
        if change.added or change.removed or change.wires_added or change.wires_removed or any(moved):
            self._fitted = None

    def _is_good_still(self) -> bool:
        """Is it only a line more or less, such as a message, and is everything in view, clear of the edges?"""
        bounds, room = self._canvas.scene.bounds(), QRectF(self._canvas.rect())
        room.adjust(CLEAR, CLEAR, -CLEAR, -self._foot)
        change = self._canvas.size() - self._size
        is_line = change.width() == 0 and abs(change.height()) <= LINE
        return is_line and bounds is not None and room.contains(self._canvas.camera.rect_to_widget(bounds))

    def _is_untouched(self) -> bool:
        """Is the camera where fitting left it, or a resize since, but for rounding?"""
        if self._fitted is None:
            return False
        if self._timer.isActive():
            return self._kept
        (zoom, *place), (zoom_now, *place_now) = self._fitted, self._view()
        return zoom == zoom_now and max(abs(a - b) for a, b in zip(place, place_now, strict=True)) <= SLACK

    def _view(self) -> tuple[float, ...]:
        return self._canvas.zoom, self._canvas.camera.x, self._canvas.camera.y
