"""A 2-3-1 sigmoid network built, played and trained a step by the keyboard alone."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.end_to_end.network import FORMULAS, OUTPUT, TABLE, check_passes, check_trained
from tests.ui.window_support import Opened

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
MOST_STEPS = 400
NUMBERS = TABLE["typed"]
SOURCES: dict[str, float] = {**NUMBERS["inputs"], **NUMBERS["parameters"]}
"""The value of each source, by its name."""


class Typist:
    """Hands on the keyboard and no mouse. Every key goes to the window and from there to whatever has the focus."""

    def __init__(self, opened: Opened) -> None:
        self.opened, self.canvas = opened, opened.workspace.canvas
        self.window = opened.window.windowHandle()
        self.strokes = 0

    def press(self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Strike a key."""
        QTest.keyClick(self.window, key, held)
        QApplication.processEvents()
        self.strokes += 1

    def type(self, text: str) -> None:
        """Strike the keys of a text, and Return."""
        for letter in text:
            QTest.keyClick(self.window, ord(letter))
        self.strokes += len(text)
        self.press(Qt.Key.Key_Return)

    def add(self, text: str) -> None:
        """Quick-add an operation, a number or a formula."""
        self.press(Qt.Key.Key_Space)
        self.type(text)

    def add_named(self, operation: str, name: str) -> None:
        """Quick-add an operation and name it."""
        self.add(operation)
        self.press(Qt.Key.Key_F2)
        self.press(Qt.Key.Key_A, CONTROL)
        self.type(name)

    def selected(self) -> str:
        """The name of the one selected node."""
        (node,) = self.opened.session.selection
        return self.opened.session.graph.nodes[node].name

    def walk_to(self, name: str) -> None:
        """Strike Tab until the node is selected."""
        for _ in range(len(self.opened.session.graph.nodes) + 1):
            self.press(Qt.Key.Key_Tab)
            if self.selected() == name:
                return
        raise AssertionError(f"Tab does not lead to {name}")

    def wire_to(self, end: str) -> None:
        """Draw a wire from the selected node to an input, as the canvas calls it, by W, arrows and Return."""
        self.press(Qt.Key.Key_W)
        for key in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Up):
            if end in self.canvas.overlay.hint:
                break
            self.press(key)
        assert end in self.canvas.overlay.hint
        self.press(Qt.Key.Key_Return)

    def fill_in(self, values: dict[str, float]) -> None:
        """Type the value of every source; Tab leads from each to the next."""
        self.walk_to(next(iter(values)))
        self.press(Qt.Key.Key_Return)
        for _ in values:
            self.press(Qt.Key.Key_A, CONTROL)
            for letter in repr(values[self.selected()]):
                QTest.keyClick(self.window, ord(letter))
                self.strokes += 1
            self.press(Qt.Key.Key_Tab)
        self.press(Qt.Key.Key_Escape)


def build(typist: Typist) -> None:
    """The network, its loss wired by W and Return, and all values."""
    for name in ("x1", "x2"):
        typist.add_named("input", name)
    for formula in (*FORMULAS, OUTPUT):
        typist.add(formula)
    typist.add_named("mse", "L")
    typist.walk_to("y")
    typist.wire_to("input of L")
    typist.add_named("target", "t")
    typist.wire_to("target of L")
    typist.fill_in(SOURCES)


def test_a_network_of_2_3_1_is_built_played_and_trained_by_keyboard_alone(opened: Opened, qtbot: QtBot) -> None:
    opened.canvas.setFocus()
    typist = Typist(opened)
    build(typist)
    names = {name: opened.id(name) for name in (*SOURCES, *NUMBERS["values"])}
    graph = opened.session.graph
    assert graph.source_of(names["L"], 0) == names["y"]
    assert graph.source_of(names["L"], 1) == names["t"]
    check_passes(opened, names, NUMBERS)
    assert typist.strokes < 600

    timeline = opened.session.timeline
    typist.press(Qt.Key.Key_F10)
    assert timeline.is_active
    for _ in range(MOST_STEPS):
        if timeline.gradient_known(names["w11"]) == "known":
            break
        typist.press(Qt.Key.Key_F10)
    assert timeline.gradient_known(names["w11"]) == "known"
    typist.press(Qt.Key.Key_Escape)
    assert not timeline.is_active

    typist.press(Qt.Key.Key_T, CONTROL | SHIFT)
    qtbot.waitUntil(lambda: opened.session.training.step_count == 1 and opened.session.training.state != "running")
    check_trained(opened, names, NUMBERS)
