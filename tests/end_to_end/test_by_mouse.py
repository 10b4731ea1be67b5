"""A 2-3-1 sigmoid network built, played and trained a step by the mouse alone."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QListView
from pytestqt.qtbot import QtBot

from backprop_studio.ui.panels.palette_model import OPERATION_ROLE
from tests.end_to_end.network import TABLE, check_passes, check_trained
from tests.ui.window_support import Opened

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
NEURONS, MOST_STEPS = 3, 400


class Hand:
    """A hand with a mouse and no keyboard."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self.canvas = opened.workspace.canvas
        self.made: dict[str, int] = {}
        """Nodes by their names in PyTorch's table."""

    def place(self, operation: str, column: int, row: int) -> int:
        """Double click an operation in the palette, then drag the node that came to its place in a grid."""
        palette = self.opened.widget(QListView, "palette_list")
        model = palette.model()
        at = next(i for i in range(model.rowCount()) if model.index(i, 0).data(OPERATION_ROLE) == operation)
        palette.scrollTo(model.index(at, 0))
        before = set(self.opened.session.graph.nodes)
        spot = palette.visualRect(model.index(at, 0)).center()
        QTest.mouseClick(palette.viewport(), LEFT, NONE, spot)
        QTest.mouseDClick(palette.viewport(), LEFT, NONE, spot)
        QApplication.processEvents()
        (node,) = set(self.opened.session.graph.nodes) - before
        self.opened.trigger("fit")
        wanted = self.canvas.camera.to_widget(QPointF(column * 180.0, row * 110.0))
        grip = self.canvas.node_rect(node).center()
        corner = self.canvas.node_rect(node).topLeft()
        self.opened.drag(grip, grip + wanted - corner)
        self.opened.trigger("fit")
        QApplication.processEvents()
        return node

    def wire(self, source: int, target: int, slot: int) -> None:
        """Drag from an output to an input."""
        self.opened.drag(self.canvas.port_point(source, None), self.canvas.port_point(target, slot))
        QApplication.processEvents()
        assert self.opened.session.graph.source_of(target, slot) == source

    def neuron(self, inputs: list[int], column: int, row: int, names: list[str]) -> int:
        """sigmoid(w1·x1 + w2·x2 + … + b) of some nodes; the names are the bias's, the weights' and the sigmoid's."""
        total = self.made[names[0]] = self.place("parameter", column, row)
        for number, source in enumerate(inputs):
            weight = self.made[names[number + 1]] = self.place("parameter", column, row + number + 1)
            product = self.place("multiply", column + 1, row + number + 1)
            self.wire(source, product, 0)
            self.wire(weight, product, 1)
            sum_ = self.place("add", column + 2 + number, row)
            self.wire(total, sum_, 0)
            self.wire(product, sum_, 1)
            total = sum_
        end = self.made[names[-1]] = self.place("sigmoid", column + 2 + len(inputs), row)
        self.wire(total, end, 0)
        return end


def build(hand: Hand) -> None:
    """Two inputs, three neurons, one; every value is 1 as it comes."""
    inputs = [hand.place("input", 0, 0), hand.place("input", 0, 1)]
    hidden = [
        hand.neuron(inputs, 1, 3 * (i - 1), [f"b{i}", f"w{i}1", f"w{i}2", f"h{i}"]) for i in range(1, NEURONS + 1)
    ]
    hand.neuron(hidden, 6, 0, ["c", "v1", "v2", "v3", "y"])


def test_a_network_of_2_3_1_is_built_played_and_trained_by_mouse_alone(opened: Opened, qtbot: QtBot) -> None:
    hand = Hand(opened)
    opened.window.resize(1920, 1200)
    for panel in ("inspector", "training"):
        opened.trigger("show_" + panel)
    QApplication.processEvents()
    hand.canvas.guides = False
    build(hand)
    assert len(opened.session.graph.nodes) == 2 + NEURONS * 8 + 11
    assert opened.session.flush().loss == hand.made["y"]
    check_passes(opened, hand.made, TABLE["ones"])

    timeline = opened.session.timeline
    for _ in range(MOST_STEPS):
        if timeline.gradient_known(hand.made["w11"]) == "known":
            break
        opened.workspace.refresh()
        opened.click("tool_step")
    assert timeline.gradient_known(hand.made["w11"]) == "known"
    opened.trigger("show_training")
    QApplication.processEvents()
    opened.click("training_step")
    qtbot.waitUntil(lambda: opened.session.training.step_count == 1 and opened.session.training.state != "running")
    check_trained(opened, hand.made, TABLE["ones"])

    while opened.session.undo_stack.canUndo():
        opened.session.undo()
    assert not opened.session.graph.nodes
