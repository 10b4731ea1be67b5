"""Placing blocks on the canvas: at once, or after asking for their settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPointF, QRectF, Slot

from backprop_studio.document.blocks import BLOCKS
from backprop_studio.document.edits import item_rect
from backprop_studio.document.graph import Graph, Point
from backprop_studio.session.block_shelf import BlockEntry, BlockError, BlockShelf
from backprop_studio.session.joining import offset_to
from backprop_studio.session.messages import Message
from backprop_studio.ui.canvas.block_form import BlockForm

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

STEP, MOST_TRIES = 40.0, 50


class Blocks(QObject):
    """Blocks on one canvas."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.shelf = BlockShelf(self)
        self.form: BlockForm | None = None

    def entries(self) -> list[BlockEntry]:
        """All blocks, a person's own last."""
        return [*self.shelf.ready(), *self.shelf.own()]

    def place(self, key: str, at: Point | None = None) -> None:
        """Place a block with its middle at a point of the scene, by default in the middle of the view.

        A ready block asks for its settings first; one that still waits for its own is placed as its form stands.
        """
        canvas = self._canvas
        centre = at if at is not None else canvas.centre_of_view()
        block = BLOCKS.get(key)
        if block is None:
            problem = self._add(key, at, {})
            if problem is not None:
                canvas.session.tell(Message(problem, "error"))
            return
        if self.form is not None:
            self.form.accept()
        if self.form is not None:
            return  # its settings are refused, and it says why
        self.form = BlockForm(block, lambda given: self._add(key, at, given), canvas.painter.theme, canvas)
        self.form.closed.connect(self._forget)
        point = canvas.camera.to_widget(QPointF(*centre))
        self.form.open(point - QPointF(self.form.width() / 2, 40.0))

    @Slot()
    def _forget(self) -> None:
        self.form = None

    def _add(self, key: str, at: Point | None, given: Mapping[str, Any]) -> str | None:
        """Build a block and place it, at a point where others make room, or where there is room; why not, or None."""
        canvas = self._canvas
        centre = at if at is not None else canvas.centre_of_view()
        try:
            part = self.shelf.build(key, given)
        except BlockError as error:
            return str(error)
        outer = [group.id for group in part.groups.values() if group.parent is None]
        name = part.groups[outer[0]].name
        offset = offset_to(part, outer, centre)
        if at is None:
            offset = self._free(part, outer[0], offset)
        if canvas.session.insert_graph(part, offset, f"Add {name[:24]}"):
            for group in canvas.session.selected_groups:
                canvas.reveal(group)
        return None

    def _free(self, part: Graph, group: int, wanted: Point) -> Point:
        """The shift wanted, further down where the block would cover something."""
        geometry = self._canvas.scene.geometry
        rect = QRectF(*item_rect(part, group)).translated(*wanted)
        for _ in range(MOST_TRIES):
            if not geometry.nodes_in(rect):
                break
            rect.translate(0.0, STEP)
        return wanted[0], wanted[1] + rect.y() - (item_rect(part, group)[1] + wanted[1])
