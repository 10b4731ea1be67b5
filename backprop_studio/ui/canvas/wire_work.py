"""What is done to the selected wire from a menu: a reroute dot, a node put into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF

from backprop_studio.document import edits
from backprop_studio.document.graph import Point, Wire
from backprop_studio.session.edit_texts import wire_name
from backprop_studio.ui.canvas.bent import nearest_piece

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView


class WireWork:
    """Works on wires of one canvas."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas

    def toggle_dot(self, at: QPointF | None = None) -> None:
        """Bend the wire under a point of the widget there; at a bend, straighten it.

        Without a point, bend the selected wire: where the pointer is on it, else in its middle.
        """
        at = at if at is not None else self._place()
        if at is None:
            return
        canvas = self._canvas
        found = canvas.pointer.bend_at(at)
        if found is not None:
            wire, index = found
            points = canvas.scene.geometry.bends[wire]
            self._lead(wire, (*points[:index], *points[index + 1 :]), "Straighten")
            return
        under = canvas.pointer.wire_at(at)
        if under is None:
            return
        geometry, point = canvas.scene.geometry, canvas.camera.to_scene(at)
        place, chain, points = (point.x(), point.y()), geometry.chains.get(under), geometry.bends.get(under, ())
        piece = 0 if chain is None else nearest_piece(chain, *place)
        self._lead(under, (*points[:piece], place, *points[piece:]), "Bend")

    def _lead(self, wire: Wire, points: tuple[Point, ...], verb: str) -> None:
        """Lead the line that a wire names through points, as one undo step."""
        session = self._canvas.session
        wires, faces = self._canvas.scene.drawn_line(wire)
        name = wire_name(session.graph, wire.source, wire.target)
        session.edit(lambda graph: edits.bend_line(graph, wires, faces, points), f"{verb} {name}")

    def insert(self) -> None:
        """Ask for an operation to put into the selected wire, where the pointer is on it, else in its middle."""
        at, wire = self._place(), self._canvas.session.selected_wire
        if at is not None and wire is not None:
            self._canvas.quick_add.open(at, into=wire)

    def _place(self) -> QPointF | None:
        """The point of the selected wire that is meant, in coordinates of the widget; None where it is not shown."""
        canvas, wire = self._canvas, self._canvas.session.selected_wire
        if wire is None or wire not in canvas.scene.geometry.wire_row:
            return None
        last = canvas.pointer.last
        if last is not None and canvas.pointer.wire_at(last) == wire:
            return last
        middle = canvas.wire_point(wire)
        if not QRectF(canvas.rect()).contains(middle):
            canvas.show_area(canvas.scene.geometry.wire_rect(canvas.scene.geometry.wire_row[wire]))
        return canvas.wire_point(wire)
