"""Operations and blocks dropped from the palette."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent

from backprop_studio.document.bundles import insert_on_wires
from backprop_studio.document.edits import add_node
from backprop_studio.document.graph import Graph, Point, Wire, slots_shown
from backprop_studio.document.node_size import NODE_WIDTH, node_height
from backprop_studio.engine.op import Op
from backprop_studio.engine.ops import registry
from backprop_studio.session.edit_texts import wire_name
from backprop_studio.ui.canvas.gestures.move_nodes import WIRE_REACH
from backprop_studio.ui.drag import BLOCK_MIME, OPERATION_MIME

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView


class Drop:
    """Shows where a dragged operation would land, and places it there: centred at the pointer."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas

    def enter(self, event: QDragEnterEvent) -> None:
        """Accept what is an operation or a block."""
        self.move(event)

    def move(self, event: QDragMoveEvent) -> None:
        """Accept it here too, and let the ghost of an operation follow the pointer."""
        if event.mimeData().hasFormat(BLOCK_MIME):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
        elif _operation(event.mimeData()) is not None:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._show(event)

    def leave(self) -> None:
        """Take the ghost away."""
        self._canvas.overlay.ghost = self._canvas.overlay.wire_target = None
        self._canvas.update()

    def drop(self, event: QDropEvent) -> None:
        """Place the operation or block and select it."""
        self.leave()
        if event.mimeData().hasFormat(BLOCK_MIME):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            key = bytes(event.mimeData().data(BLOCK_MIME).data()).decode("utf-8", "replace")
            point = self._canvas.camera.to_scene(event.position())
            self._canvas.blocks.place(key, (point.x(), point.y()))
            return
        op = _operation(event.mimeData())
        if op is None:
            return
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self._place(op, event.position())
        self._canvas.quick_add.remember(op.name)
        self._canvas.setFocus(Qt.FocusReason.MouseFocusReason)

    def _show(self, event: QDropEvent) -> None:
        op = _operation(event.mimeData())
        assert op is not None
        self._canvas.overlay.ghost = (op.name, self._corner(op, event.position()))
        self._canvas.overlay.wire_target = self._wire_at(op, event.position())
        self._canvas.update()

    def _place(self, op: Op, at: QPointF) -> None:
        """Place the operation, into the wire under it if there is one, and select it."""
        wire, corner, session = self._wire_at(op, at), self._corner(op, at), self._canvas.session
        if wire is None:
            node = session.add_node(op.name, corner)
            if node is not None:
                session.select({node})
            return
        added: list[int] = []
        geometry = self._canvas.scene.geometry
        wires = geometry.wires_at(geometry.wire_row[wire])

        def edit(graph: Graph) -> Graph:
            after, node = add_node(graph, op.name, corner)
            added[:] = [node]
            return insert_on_wires(after, wires, node)

        into = wire_name(session.graph, wire.source, wire.target)
        if session.edit(edit, f"Insert {op.name} into {into}"):
            session.select(added)

    def _wire_at(self, op: Op, at: QPointF) -> Wire | None:
        """The wire that the operation would be put into."""
        if op.is_source:
            return None
        point = self._canvas.camera.to_scene(at)
        return self._canvas.scene.geometry.wire_at(point.x(), point.y(), WIRE_REACH)

    def _corner(self, op: Op, at: QPointF) -> Point:
        point = self._canvas.camera.to_scene(at)
        return point.x() - NODE_WIDTH / 2, point.y() - node_height(slots_shown(op)) / 2


def _operation(data: QMimeData) -> Op | None:
    if not data.hasFormat(OPERATION_MIME):
        return None
    name = bytes(data.data(OPERATION_MIME).data()).decode("utf-8", "replace")
    return registry.get(name)
