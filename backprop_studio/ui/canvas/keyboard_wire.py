"""The graph by the keyboard: walking from node to node, and drawing a wire without a pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent

from backprop_studio.document.graph import Wire
from backprop_studio.document.growing import op_with_wire
from backprop_studio.document.ordering import walking_order
from backprop_studio.engine.input_words import input_words
from backprop_studio.session import edit_texts
from backprop_studio.session.messages import Message
from backprop_studio.ui.canvas import bezier
from backprop_studio.ui.canvas.geometry import Port
from backprop_studio.ui.canvas.gestures.connect import joinable_ports
from backprop_studio.ui.canvas.growth import growth_ports, is_growth, port_point

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

_ARROWS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta)
SIDEWAYS = 2.5
"""How much more a step to the side counts than one in the direction of the arrow."""


def walk(canvas: CanvasView, by: int) -> bool:
    """Select the next node in the order of computation, or the one before. False where there is none."""
    session = canvas.session
    order = _order(canvas)
    if not order:
        return False
    chosen = [at for at, node in enumerate(order) if node in session.selected_items]
    here = (chosen[-1] if by > 0 else chosen[0]) if chosen else (-1 if by > 0 else 0)
    node = order[(here + by) % len(order)]
    session.select({node})
    canvas.reveal(node)
    return True


def _order(canvas: CanvasView) -> list[int]:
    """What is drawn, in the order of computation; a collapsed group stands where its first node would."""
    scene = canvas.scene
    shown = (scene.item_of(node) for node in walking_order(scene.graph))
    return list(dict.fromkeys(item for item in shown if item is not None))


class KeyboardWire:
    """A wire from the selected node: arrows choose where it ends, W its next output, Enter makes it, Esc does not."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas
        self._source: Port | None = None
        self._ports: list[Port] = []
        self._end: Port | None = None

    @property
    def is_active(self) -> bool:
        """Is a wire being drawn?"""
        return self._source is not None

    def wants(self, event: QKeyEvent) -> bool:
        """Is this a key that drawing the wire needs before any shortcut gets it?"""
        return self.is_active and (event.key() in _ARROWS or event.key() in (*_ENTER, Qt.Key.Key_Escape))

    def begin(self) -> bool:
        """Draw a wire from the one selected node. False where there is no such node."""
        canvas = self._canvas
        scene, selection = canvas.scene, canvas.session.selected_items
        if len(selection) != 1 or canvas.pointer.gesture is not None:
            return False
        begin = Port(next(iter(selection)), "out")
        if begin.item not in scene.geometry.node_row or scene.source_of(begin) is None:
            return False
        joinable = joinable_ports(canvas, begin)
        items = {port.item for port in joinable}
        self._ports = [*joinable, *(port for port in growth_ports(scene) if port.item in items)]
        if not self._ports:
            name = edit_texts.nodes_name(scene.graph, [begin.item])
            text = f"There is no input that {name} could be wired to. Add an operation first."
            canvas.session.tell(Message(text, "info"))
            return True
        self._source = begin
        start = self._point(self._source)
        free = [port for port in joinable if scene.geometry.line_into(port) is None]
        self._choose(min(free or self._ports, key=lambda port: _distance(start, self._point(port))))
        return True

    def press(self, event: QKeyEvent) -> bool:
        """A key went down while the wire is drawn. False where it is none of the wire's, which then is given up."""
        if event.key() in _ARROWS:
            self._step(*_ARROWS[Qt.Key(event.key())])
        elif event.key() in _ENTER:
            self._connect()
        elif event.key() == Qt.Key.Key_W and self._next_output() is not None:
            assert self._end is not None
            self._source = self._next_output()
            self._choose(self._end)
        elif event.key() not in _MODIFIERS:
            self.cancel()
            return event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_W)
        return True

    def cancel(self) -> None:
        """Draw no wire any more."""
        if self._source is not None:
            self._source, self._ports, self._end = None, [], None
            self._canvas.overlay.end_gesture()
            self._canvas.update()

    def _connect(self) -> None:
        source, end = self._source, self._end
        self.cancel()
        if source is not None and end is not None:
            output = self._canvas.scene.source_of(source)
            if output is not None:
                self._canvas.session.join(output, self._canvas.scene.slots_of(end))

    def _next_output(self) -> Port | None:
        """The output after the one that the wire begins at, None where that is the last."""
        source = self._source
        if source is None:
            return None
        following = source._replace(number=source.number + 1)
        return following if following in self._canvas.scene.geometry.ports_of(source.item) else None

    def _step(self, right: float, down: float) -> None:
        """Choose the nearest port in a direction; there is none beyond the last."""
        assert self._end is not None
        here = self._point(self._end)

        def cost(port: Port) -> float:
            """How far, where sideways counts more; infinite behind."""
            way = self._point(port) - here
            along = way.x() * right + way.y() * down
            aside = abs(way.x() * down) + abs(way.y() * right)
            return along + SIDEWAYS * aside if along > 0.5 else float("inf")

        best = min(self._ports, key=cost)
        if cost(best) < float("inf"):
            self._choose(best)

    def _choose(self, port: Port) -> None:
        canvas, overlay = self._canvas, self._canvas.overlay
        assert self._source is not None
        self._end = port
        canvas.reveal(port.item)
        scene, graph = canvas.scene, canvas.scene.graph
        begin, entry = scene.node_port(self._source), scene.node_port(port)
        assert begin is not None
        assert entry is not None
        target = graph.nodes[entry.item]
        replaced = graph.source_of(entry.item, entry.number)
        start, end = self._point(self._source), self._point(port)
        overlay.live_curve = bezier.between(np.array([[start.x(), start.y()]]), np.array([[end.x(), end.y()]]))[0]
        overlay.snapped, overlay.refused = port, False
        overlay.growing = port if is_growth(scene, port) else None
        name = graph.nodes[begin.item].names[begin.number]
        text = f"{name} → {input_words(op_with_wire(graph, entry.item, entry.number), entry.number)} of {target.name}"
        if overlay.growing is not None:
            text += ", one more than it has"
        if replaced is not None:
            text += f", in place of {graph.source_name(Wire(replaced, entry.item, entry.number))}"
        if self._next_output() is not None:
            text += ". W takes the next output"
        self._hint(f"{text}. Enter connects, arrows choose, Esc cancels.", end)

    def _hint(self, text: str, at: QPointF) -> None:
        overlay = self._canvas.overlay
        overlay.hint, overlay.hint_at = text, self._canvas.camera.to_widget(at)
        self._canvas.setAccessibleDescription(text)
        self._canvas.update()

    def _point(self, port: Port) -> QPointF:
        return port_point(self._canvas.scene, port)


def _distance(a: QPointF, b: QPointF) -> float:
    """Ports to the right are nearer than those to the left: wires run that way."""
    way = b - a
    return abs(way.x()) * (1.0 if way.x() >= 0 else 3.0) + abs(way.y())
