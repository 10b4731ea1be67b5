"""A monkey at the window: random presses, drags, keys, wheels and menu entries, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from backprop_studio.document.graph import Graph
from tests.ui.window_support import Opened

EXAMPLES = ("sum-times-c", "fan-out", "xor", "sigmoid-neuron")
ROUND = 2_000
"""After this many events everything is undone and done again, and another document is begun."""
MOST_NODES = 60
ACTIONS = (
    "undo", "undo", "undo", "redo", "delete", "select_all", "cut", "copy", "paste", "duplicate", "duplicate_wired",
    "fit", "zoom_selection", "zoom_in", "zoom_out", "zoom_actual", "tidy", "tidy_selection", "bypass", "mute", "detach",
    "set_loss", "rename", "edit_value", "find", "find_next", "find_previous", "minimap", "magnitudes", "show_outline",
    "show_history", "show_inspector", "show_explanation", "present", "step", "step_back", "to_end", "to_start", "stop",
    "train_step", "quick_add", "guides", "align_left", "distribute_y",
)  # fmt: skip
KEYS = (
    Qt.Key.Key_Delete, Qt.Key.Key_Escape, Qt.Key.Key_Escape, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up,
    Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Space, Qt.Key.Key_N, Qt.Key.Key_W, Qt.Key.Key_A,
    Qt.Key.Key_1, Qt.Key.Key_Asterisk, Qt.Key.Key_Backspace, Qt.Key.Key_BracketRight,
)  # fmt: skip
OPERATIONS = ("add", "multiply", "sigmoid", "parameter", "input", "concatenate", "matmul", "tanh", "mse_loss")
HELD = [Qt.KeyboardModifier.NoModifier] * 5 + [
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
]
LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton


class Monkey:
    """Counts its ``events``; ``run`` does so many and checks the history at the end of every round."""

    def __init__(self, opened: Opened, seed: int) -> None:
        self.opened, self.random = opened, random.Random(seed)
        self.canvas = opened.workspace.canvas
        self.events = 0
        self._deeds: list[tuple[Callable[[], None], int]] = [
            (self.drag, 30), (self.click, 15), (self.key, 20), (self.act, 14), (self.place, 5), (self.wheel, 6),
            (self.double_click, 4), (self.hover, 6), (self.right_click, 2),
        ]  # fmt: skip

    def run(self, events: int) -> None:
        """Do at least so many events."""
        end = self.events + events
        while self.events < end:
            self.round(min(ROUND, end - self.events))
        QApplication.clipboard().clear()  # off screen what is on it outlives Python, and would take it down

    def round(self, events: int) -> None:
        """One document: play with it, then undo and redo all."""
        self.opened.session.load_example(self.random.choice(EXAMPLES))
        self.opened.session.timeline.animate = "off"
        original = self.opened.session.graph
        end = self.events + events
        deeds, weights = zip(*self._deeds, strict=True)
        while self.events < end:
            self.random.choices(deeds, weights)[0]()
            self.calm()
        self.check_history(original)

    def check_history(self, original: Graph) -> None:
        """Undo all is the original, redo all the final graph; nothing dangles."""
        session = self.opened.session
        self.canvas.cancel_gesture()
        session.timeline.stop()
        session.training.pause()
        QApplication.processEvents()
        final, stack = session.graph, session.undo_stack
        while stack.canUndo():
            stack.undo()
        assert session.graph == original, "undoing all does not lead back to the original"
        while stack.canRedo():
            stack.redo()
        assert session.graph == final, "redoing all does not lead to the final graph"
        for wire in final.wires:
            assert {wire.source, wire.target} <= final.nodes.keys()
            assert wire.slot < final.slot_count(wire.target)
        assert self.canvas.scene.hidden_wire is None
        assert set(self.canvas.scene.geometry.ids) <= final.nodes.keys() | final.groups.keys()

    def calm(self) -> None:
        """Close what popped up; keep the graph small."""
        QApplication.processEvents()
        popup = QApplication.activePopupWidget()
        while popup is not None:
            popup.close()
            popup = QApplication.activePopupWidget()
        if len(self.opened.session.graph.nodes) > MOST_NODES:
            self.canvas.cancel_gesture()
            self.opened.session.select(self.random.sample(list(self.opened.session.graph.nodes), MOST_NODES // 2))
            self.opened.session.delete_selection()

    # deeds

    def point(self) -> QPoint:
        """On a port, a node, a wire, or anywhere on the canvas."""
        canvas, kind = self.canvas, self.random.random()
        graph, geometry = canvas.session.graph, canvas.scene.geometry
        nodes = [node for node in graph.nodes if node in geometry.node_row]
        wires = [wire for wire in graph.wires if wire in geometry.wire_row]
        at = QPointF(self.random.uniform(1, canvas.width() - 1), self.random.uniform(1, canvas.height() - 1))
        if nodes and kind < 0.4:
            node = self.random.choice(nodes)
            at = canvas.port_point(node, self.random.choice([None, *range(graph.slot_count(node))]))
        elif nodes and kind < 0.7:
            at = canvas.node_rect(self.random.choice(nodes)).center()
        elif wires and kind < 0.8:
            at = canvas.wire_point(self.random.choice(wires))
        x, y = (min(max(v, 1.0), size - 2.0) for v, size in ((at.x(), canvas.width()), (at.y(), canvas.height())))
        return QPointF(x, y).toPoint()

    def drag(self) -> None:
        """Press, move, release; at times something else happens in between."""
        button = self.random.choices((LEFT, MIDDLE, RIGHT), (12, 1, 1))[0]
        held = self.random.choice(HELD)
        start, end = self.point(), self.point()
        QTest.mousePress(self.canvas, button, held, start)
        for step in range(1, 5):
            QTest.mouseMove(self.canvas, start + (end - start) * step / 4)
            QApplication.processEvents()
        if self.random.random() < 0.15:
            self.random.choice((self.key, self.act, self.place))()
        QTest.mouseRelease(self.canvas, button, held, end)
        self.events += 6

    def click(self) -> None:
        """One click."""
        QTest.mouseClick(self.canvas, LEFT, self.random.choice(HELD), self.point())
        self.events += 2

    def double_click(self) -> None:
        """Two of them."""
        QTest.mouseDClick(self.canvas, LEFT, Qt.KeyboardModifier.NoModifier, self.point())
        self.events += 4

    def right_click(self) -> None:
        """Ask for the menu."""
        QTest.mouseClick(self.canvas, RIGHT, Qt.KeyboardModifier.NoModifier, self.point())
        self.events += 2

    def hover(self) -> None:
        """Move without a button."""
        QTest.mouseMove(self.canvas, self.point())
        self.events += 1

    def wheel(self) -> None:
        """Turn the wheel."""
        at = QPointF(self.point())
        turn = QPoint(0, self.random.choice((120, -120, 240)))
        held = self.random.choice(HELD)
        event = QWheelEvent(
            at, QPointF(self.canvas.mapToGlobal(at.toPoint())), QPoint(), turn, Qt.MouseButton.NoButton, held,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(self.canvas, event)
        self.events += 1

    def key(self) -> None:
        """A key, to the field that is open on the canvas or to the canvas."""
        focus = QApplication.focusWidget()
        on_field = isinstance(focus, QLineEdit) and self.canvas.isAncestorOf(focus)
        target: QWidget = focus if on_field and focus is not None else self.canvas
        QTest.keyClick(target, self.random.choice(KEYS), self.random.choice(HELD[:6]))
        self.events += 2

    def act(self) -> None:
        """An entry of a menu."""
        self.opened.workspace.refresh()
        action = self.opened.window.actions_table[self.random.choice(ACTIONS)]
        if action.isEnabled():
            action.trigger()
        self.events += 1

    def place(self) -> None:
        """An operation from the palette."""
        self.opened.workspace.place(self.random.choice(OPERATIONS))
        self.events += 1
