"""Moving what is selected by the arrow keys: held down they move on, and make one undo step in all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backprop_studio.document import edits
from backprop_studio.document.graph import Point
from backprop_studio.document.items import with_content
from backprop_studio.document.parts import Rect

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

STEP, FINE_STEP = 10.0, 1.0


class ArrowMove:
    """Nodes, frames with what they carry, and comments on their way to another place."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas
        self._rects: dict[int, Rect] = {}
        self._shift: Point = (0.0, 0.0)

    @property
    def is_active(self) -> bool:
        """Has anything been moved that is not an edit yet?"""
        return bool(self._rects)

    def step(self, right: float, down: float, *, fine: bool) -> None:
        """Show what is selected one step on."""
        canvas, graph = self._canvas, self._canvas.scene.graph
        if not self._rects:
            items = sorted(with_content(graph, canvas.session.selected_items))
            self._rects = {item: edits.item_rect(graph, item) for item in items}
            canvas.lift([item for item in self._rects if self._is_box(item)])
        size = FINE_STEP if fine else STEP
        self._shift = self._shift[0] + right * size, self._shift[1] + down * size
        self._show()

    def finish(self) -> None:
        """Leave everything there, as one undo step."""
        moved, places = self._shift != (0.0, 0.0), self._places()
        graph = self._canvas.scene.graph
        if self._end() and moved:
            left = graph.nodes.keys() | graph.frames.keys() | graph.comments.keys() | graph.groups.keys()
            self._canvas.session.move_nodes({item: place for item, place in places.items() if item in left})

    def cancel(self) -> None:
        """Put everything back."""
        self._shift = (0.0, 0.0)
        self._show()
        self._end()

    def _show(self) -> None:
        places = self._places()
        self._canvas.place_lifted({item: place for item, place in places.items() if self._is_box(item)})
        rects = {item: (*places[item], *rect[2:]) for item, rect in self._rects.items() if not self._is_box(item)}
        self._canvas.place_notes(rects)

    def _end(self) -> bool:
        """Nothing is on its way any more. False where nothing was."""
        was_active, self._rects, self._shift = bool(self._rects), {}, (0.0, 0.0)
        if was_active:
            self._canvas.lower()
            self._canvas.place_notes({})
        return was_active

    def _places(self) -> dict[int, Point]:
        dx, dy = self._shift
        return {item: (x + dx, y + dy) for item, (x, y, _, _) in self._rects.items()}

    def _is_box(self, item: int) -> bool:
        """Is it drawn as a node, not as a frame or a comment?"""
        return item in self._canvas.scene.geometry.node_row
