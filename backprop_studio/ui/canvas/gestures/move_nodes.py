"""Moving nodes, frames and comments; putting a node into a wire, taking some out of theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt

from backprop_studio.document import edits
from backprop_studio.document.arranging import Box, Guides, boxes
from backprop_studio.document.bundles import insert_on_wires, insertion_into_all_problem
from backprop_studio.document.graph import Graph, Point, Wire
from backprop_studio.document.items import with_content
from backprop_studio.document.parts import Rect
from backprop_studio.document.rewiring import detach
from backprop_studio.session import edit_texts as texts
from backprop_studio.ui.canvas.gestures.base import Gesture

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

STEP = 10.0
"""Dragged nodes keep to multiples of this, so that wires can run straight; with Shift they do not."""
NEAR = 7.0
"""Pixels within which nodes jump into line with others."""
MOST_OTHERS = 300
"""With more nodes in view than this, none are lined up with."""
WIRE_REACH = 18.0
"""How near the middle of a node must come to a wire to be put into it, in scene units."""


class MoveNodes(Gesture):
    """Drags what is selected; ``grabbed`` is the node, frame or comment under the pointer, pressed with ``modifiers``.

    Frames take along what they carry. With Alt, held at any time of the drag since some window managers keep a
    press with Alt to themselves, nodes leave their wires, which heal. A single node or group that nothing uses is put
    into the wire it is dropped on.
    """

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, canvas: CanvasView, grabbed: int, modifiers: Qt.KeyboardModifier) -> None:
        super().__init__(canvas)
        self._grabbed = grabbed
        self._before: dict[int, Point] = {}
        """Where everything stood that is dragged; ``_notes`` are the frames and comments among it."""
        self._notes: dict[int, Rect] = {}
        self._start = QPointF()
        self._graph = canvas.scene.graph
        self._pressed_with = modifiers
        self._detaches = False
        self._guides: Guides | None = None
        self._boxes: list[Box] = []
        self._bends: dict[Wire, tuple[Point, ...]] = {}

    def start(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Lift the nodes off the static layer."""
        canvas, graph = self.canvas, self.canvas.scene.graph
        self._start = canvas.camera.to_scene(at)
        if self._grabbed not in canvas.session.selected_items:  # a key has chosen otherwise since the press
            canvas.session.select({self._grabbed})
        dragged = sorted(with_content(graph, canvas.session.selected_items))
        self._before = {item: edits.item_rect(graph, item)[:2] for item in dragged}
        self._notes = {i: edits.item_rect(graph, i) for i in dragged if i in graph.frames or i in graph.comments}
        self._graph = graph
        self._heed(modifiers | self._pressed_with)
        self._bends = {
            wire: points
            for wire, points in canvas.scene.geometry.bends.items()
            if self._before.keys() >= set(canvas.scene.drawn_line(wire)[1])
        }
        if canvas.guides:
            self._find_guides(graph)
        canvas.lift(self._nodes())

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Let the nodes follow the pointer."""
        overlay = self.canvas.overlay
        self._heed(modifiers)
        positions = self._positions(at, modifiers)
        overlay.wire_target = self._wire_under(positions)
        overlay.inserted = self._grabbed if overlay.wire_target is not None else None
        if overlay.wire_target is not None:
            overlay.guides = ()  # going in, it makes room for itself: what it stands in line with now says nothing
        if self._detaches:
            overlay.cut = self._wires_left()
        self._place(positions)

    def finish(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Set the nodes down: one undo step, none where nothing moved."""
        positions = self._positions(at, modifiers)
        wire = self._wire_under(positions)
        self._place(positions)
        self._lower()
        if positions == self._before:
            return
        if not self._detaches and wire is None:
            self.canvas.session.move_nodes(positions)
        elif not self._set_down(positions, wire):
            self._place(self._before)
            self.canvas.spoil_nodes(self._nodes(), with_wires=True)

    def cancel(self) -> None:
        """Put everything back."""
        self._place(self._before)
        self._lower()

    def _heed(self, modifiers: Qt.KeyboardModifier) -> None:
        """From the first time on that Alt is held, the nodes leave their wires."""
        if modifiers & Qt.KeyboardModifier.AltModifier and not self._detaches and not self._notes:
            self._detaches = True
            self._graph = detach(self._graph, self._before)

    def _place(self, positions: dict[int, Point]) -> None:
        """Show what is dragged, and the bends of the wires among the nodes, somewhere else."""
        (x, y), (left, top) = positions[self._grabbed], self._before[self._grabbed]
        for wire, points in self._bends.items():
            self.canvas.scene.geometry.bends[wire] = tuple((px + x - left, py + y - top) for px, py in points)
        self.canvas.place_lifted({item: place for item, place in positions.items() if item not in self._notes})
        self.canvas.place_notes({note: (*positions[note], *rect[2:]) for note, rect in self._notes.items()})

    def _nodes(self) -> list[int]:
        """What is dragged that is drawn as a box: nodes and collapsed groups, not what lies hidden in these."""
        return [item for item in self._before if item in self.canvas.scene.geometry.node_row]

    def _lower(self) -> None:
        self.canvas.lower()
        self.canvas.place_notes({})

    def _set_down(self, positions: dict[int, Point], wire: Wire | None) -> bool:
        """Move the nodes out of their wires, into another one, or both."""
        detaches, grabbed = self._detaches, self._grabbed
        wires = self._drawn_with(wire) if wire is not None else ()

        def edit(graph: Graph) -> Graph:
            after = edits.move(detach(graph, positions) if detaches else graph, positions)
            return insert_on_wires(after, wires, grabbed) if wires else after

        if wire is None:
            return self.canvas.session.edit(edit, f"Detach {texts.nodes_name(self._graph, positions)}")
        name = texts.nodes_name(self._graph, [grabbed])
        into = texts.wire_name(self._graph, wire.source, wire.target)
        return self.canvas.session.edit(edit, f"Insert {name} into {into}")

    def _wire_under(self, positions: dict[int, Point]) -> Wire | None:
        """The wire that the one dragged node or group would be put into."""
        if self.canvas.session.selected_items != {self._grabbed} or positions == self._before:
            return None
        if self._grabbed not in self.canvas.scene.geometry.node_row or self._graph_uses(self._grabbed):
            return None
        geometry = self.canvas.scene.geometry
        x, y = positions[self._grabbed]
        size = geometry.node_rect(self._grabbed).size()
        wire = geometry.wire_at(x + size.width() / 2, y + size.height() / 2, WIRE_REACH)
        if wire is None or insertion_into_all_problem(self._graph, self._drawn_with(wire), self._grabbed) is not None:
            return None
        return wire

    def _graph_uses(self, item: int) -> bool:
        """Is a node wired to something already? A group's insertion judges that by its ports."""
        return item in self._graph.nodes and bool(self._graph.wires_from(item))

    def _drawn_with(self, wire: Wire) -> tuple[Wire, ...]:
        geometry = self.canvas.scene.geometry
        return geometry.wires_at(geometry.wire_row[wire])

    def _wires_left(self) -> list[Wire]:
        """The wires that leave or enter the nodes dragged: detaching takes them away."""
        geometry = self.canvas.scene.geometry
        rows = geometry.wires_of(self._nodes()).tolist()
        ends = {row: {port.item for port in geometry.ends[row]} for row in rows}
        return [geometry.wires[row] for row, items in ends.items() if not items <= self._before.keys()]

    def _find_guides(self, graph: Graph) -> None:
        canvas = self.canvas
        view = canvas.camera.rect_to_scene(QRectF(canvas.rect()))
        others = [node for node in canvas.scene.geometry.nodes_in(view) if node >= 0 and node not in self._before]
        nodes = self._nodes()
        if 0 < len(others) <= MOST_OTHERS and 0 < len(nodes) <= MOST_OTHERS:
            self._guides = Guides(boxes(graph, others).values())
            self._boxes = list(boxes(graph, nodes).values())

    def _positions(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> dict[int, Point]:
        now = self.canvas.camera.to_scene(at)
        dx, dy = now.x() - self._start.x(), now.y() - self._start.y()
        self.canvas.overlay.guides = ()
        if not modifiers & Qt.KeyboardModifier.ShiftModifier:
            dx, dy = self._snapped(dx, dy)
        return {node: (x + dx, y + dy) for node, (x, y) in self._before.items()}

    def _snapped(self, dx: float, dy: float) -> tuple[float, float]:
        """The shift that brings the nodes into line with others, or else onto the grid, along either axis."""
        # What a frame carries is on the grid, not the frame itself.
        x, y = self._before[self._grabbed] if self._grabbed not in self._graph.frames else (0.0, 0.0)
        on_grid = round((x + dx) / STEP) * STEP - x, round((y + dy) / STEP) * STEP - y
        if self._guides is None:
            return on_grid
        snap = self._guides.snap([_shifted(box, dx, dy) for box in self._boxes], NEAR / self.canvas.camera.zoom)
        self.canvas.overlay.guides = snap.guides
        axes = {guide.axis for guide in snap.guides}
        return (dx + snap.dx if "x" in axes else on_grid[0]), (dy + snap.dy if "y" in axes else on_grid[1])


def _shifted(box: Box, dx: float, dy: float) -> Box:
    x, y, width, height = box.rect
    return Box((x + dx, y + dy, width, height), tuple(level + dy for level in box.levels))
