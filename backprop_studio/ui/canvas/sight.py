"""Where things are on the canvas, and what part of the scene it shows."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QWidget

from backprop_studio.document.edits import item_rect
from backprop_studio.document.graph import Point, Wire
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.ui.canvas import bent, bezier, growth
from backprop_studio.ui.canvas.boxes import Port
from backprop_studio.ui.canvas.camera import Camera
from backprop_studio.ui.canvas.frame_boxes import note_rect
from backprop_studio.ui.canvas.scene import Scene

FIT_MARGIN = 16.0


class Sight(QWidget):
    """A widget that shows part of a scene through a camera."""

    session: EditorSession
    camera: Camera
    scene: Scene
    head: float
    foot: float

    def camera_moved(self) -> None:
        """The camera shows something else."""
        self.update()

    # -- where things are -----------------------------------------------------------------------

    @property
    def zoom(self) -> float:
        """Pixels a scene unit; 1 is the natural size."""
        return self.camera.zoom

    def centre_of_view(self) -> Point:
        """The point of the scene in the middle of the canvas."""
        point = self.camera.to_scene(QRectF(self.rect()).center())
        return point.x(), point.y()

    def node_rect(self, node: int) -> QRectF:
        """The rectangle of a node in coordinates of the widget."""
        return self.camera.rect_to_widget(self.scene.geometry.node_rect(node))

    def port_point(self, node: int, slot: int | None, output: int = 0) -> QPointF:
        """The centre of an input port, or of an output for None, in coordinates of the widget."""
        return self.point_of(Port(node, "out", output) if slot is None else Port(node, "in", slot))

    def point_of(self, port: Port) -> QPointF:
        """The centre of a port, be it one by which a node would grow, in coordinates of the widget."""
        return self.camera.to_widget(growth.port_point(self.scene, port))

    def wire_point(self, wire: Wire) -> QPointF:
        """The middle of a wire in coordinates of the widget."""
        geometry = self.scene.geometry
        chain = geometry.chains.get(wire)
        if chain is not None:
            return self.camera.to_widget(QPointF(*bent.place(chain, 0.5)))
        return self.camera.to_widget(bezier.point(geometry.curves[geometry.wire_row[wire]], 0.5))

    # -- the view -------------------------------------------------------------------------------

    def fit(self) -> None:
        """Show the whole graph."""
        self._fit(self.scene.bounds())

    def zoom_to_selection(self) -> None:
        """Show what is selected as large as it goes."""
        found = [note_rect(self.scene, note) for note in self.session.selected_notes]
        rows = self.scene.geometry.node_row
        nodes = self.scene.geometry.bounds([item for item in self.session.selected_items if item in rows])
        found += [nodes] if nodes is not None else []
        if found:
            self._fit(reduce(QRectF.united, found))

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom around a point of the widget, by default its middle."""
        self.set_zoom(self.camera.zoom * factor, at)

    def set_zoom(self, zoom: float, at: QPointF | None = None) -> None:
        """Set the zoom (clipped to 0.05 … 8) around a point of the widget, by default its middle."""
        self.camera.zoom_at(at if at is not None else QRectF(self.rect()).center(), zoom)
        self.camera_moved()

    def reveal(self, node: int) -> None:
        """Bring a node or a group into view where it is not; where it lies in a group, by entering that."""
        if node not in self.scene.geometry.node_row:
            self.session.open_way_to(node)
        if node not in self.scene.geometry.node_row:
            return
        room = QRectF(self.rect()).adjusted(0, 0, 0, -self.foot)
        if not room.contains(self.node_rect(node)):
            self.camera.centre_on(self.scene.geometry.node_rect(node).center(), room)
            self.camera_moved()

    def reveal_wire(self, wire: Wire) -> None:
        """Open the way to a wire that is hidden in a collapsed group, or lies in another than the one entered."""
        if wire.target not in self.scene.graph.nodes:
            return
        source, target = self.scene.item_of(wire.source), self.scene.item_of(wire.target)
        if source == target:
            self.session.open_way_to(wire.target)

    def show_area(self, area: QRectF) -> None:
        """Bring a rectangle of the scene into view where it is not, smaller where it is larger than the view."""
        room = self._room()
        shown = self.camera.rect_to_widget(area)
        if room.contains(shown):
            return
        if shown.width() > room.width() or shown.height() > room.height():
            self._fit(area)
        else:
            self.camera.centre_on(area.center(), room)
            self.camera_moved()

    def bring_in(self, items: Iterable[int], *, zooms: bool = True) -> None:
        """Bring items of the graph into view, to where they stand once none glides any more."""
        rects = [QRectF(*item_rect(self.session.graph, item)) for item in items]
        if rects:
            self.bring_area_in(reduce(QRectF.united, rects), zooms=zooms)

    def bring_area_in(self, area: QRectF, *, zooms: bool = True) -> None:
        """Bring a rectangle of the scene into view by the shortest way.

        Where it is larger than the view, it is shown smaller; without ``zooms`` the view stays as it is.
        """
        room, shown = self._room(), self.camera.rect_to_widget(area)
        if shown.width() > room.width() or shown.height() > room.height():
            if zooms:
                self._fit(area)
            return
        dx = max(room.left() - shown.left(), 0.0) + min(room.right() - shown.right(), 0.0)
        dy = max(room.top() - shown.top(), 0.0) + min(room.bottom() - shown.bottom(), 0.0)
        if dx or dy:
            self.camera.pan(dx, dy)
            self.camera_moved()

    def _room(self) -> QRectF:
        """The part of the widget in which all of a graph is to be seen."""
        return QRectF(self.rect()).adjusted(FIT_MARGIN, FIT_MARGIN + self.head, -FIT_MARGIN, -FIT_MARGIN - self.foot)

    def _fit(self, area: QRectF | None) -> None:
        if area is None:
            self.set_zoom(1.0)
            return
        room = self._room()
        if room.width() < 1 or room.height() < 1:
            room = QRectF(self.rect())
        self.camera.fit(area, room)
        self._keep_something_in_sight(room)
        self.camera_moved()

    def _keep_something_in_sight(self, room: QRectF) -> None:
        """What is too wide to be seen whole may have nothing in its middle: go to the box nearest to that."""
        geometry = self.scene.geometry
        seen = self.camera.rect_to_scene(room)
        if len(geometry.ids) and not len(geometry.visible_nodes(seen)):
            middle = seen.center()
            with np.errstate(over="ignore"):  # boxes may stand as far apart as floats go
                away = np.abs(geometry.position - (middle.x(), middle.y())).max(1)
            self.camera.centre_on(geometry.node_rect(geometry.ids[int(away.argmin())]).center(), room)
