"""Following the passes with the camera: what happens is in view, and large enough to be read from afar."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, Slot

from backprop_studio.ui.canvas.camera_move import CameraMove

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

WHOLE = 0.6
"""A graph that fits at this share of the readable zoom, or more, stays in view as a whole: nobody loses their way, and
what happens is told in large type on the bar and the card."""
ROOM = 40.0
"""Pixels to the edge of the view within which nothing that happens may lie."""


class EventFollow(QObject):
    """While it is on, the camera goes where numbers travel, save where a person has moved it since the passes began."""

    def __init__(self, canvas: CanvasView, camera: CameraMove, fit: Callable[[], None]) -> None:
        super().__init__(canvas)
        self._canvas, self._camera, self._fit = canvas, camera, fit
        self._is_on = self._was_active = False
        self._fitted = 1.0
        self.readable = 1.8
        """The zoom at which numbers are read across a room."""
        canvas.session.timeline.changed.connect(self._follow)

    def set_on(self, on: bool) -> None:
        """Follow from now on, from a graph that is seen as a whole; or no more."""
        self._is_on, self._was_active = on, False
        self._fitted = self._canvas.zoom
        self._camera.forget()
        if on:
            self._follow()

    @property
    def was_moved(self) -> bool:
        """Has somebody moved the view since the camera went somewhere?"""
        return self._camera.was_moved

    @Slot()
    def _follow(self) -> None:
        if not self._is_on:
            return
        canvas, timeline = self._canvas, self._canvas.session.timeline
        was_active, self._was_active = self._was_active, timeline.is_active
        if not timeline.is_active:
            if was_active:
                self._fit()
                self._fitted = canvas.zoom
                self._camera.forget()
            return
        if not was_active:
            self._fitted = canvas.zoom
            self._camera.forget()
        area = self._area()
        if area is None or self._fitted >= WHOLE * self.readable or self._camera.was_moved:
            return
        room = QRectF(canvas.rect()).adjusted(ROOM, ROOM, -ROOM, -ROOM - canvas.foot)
        zoom = max(min(self.readable, room.width() / area.width(), room.height() / area.height()), self._fitted)
        if canvas.zoom < zoom * 0.99 or not room.contains(canvas.camera.rect_to_widget(area)):
            self._camera.move_to(area.center(), zoom)

    def _area(self) -> QRectF | None:
        """Where something happens: the active wires with their nodes, or the node that computes; None for nowhere."""
        timeline, geometry = self._canvas.session.timeline, self._canvas.scene.geometry
        area = QRectF()
        wires = [wire for wire in timeline.active_wires() if wire in geometry.wire_row]
        for wire in wires:
            area = area.united(geometry.wire_rect(geometry.wire_row[wire]))
        node = timeline.active_node()
        nodes = {end for wire in wires for end in (wire.source, wire.target)} | ({node} if node is not None else set())
        for item in nodes:
            if item in geometry.node_row:
                area = area.united(geometry.node_rect(item))
        return None if area.isEmpty() else area
