"""A 2-3-1 sigmoid network built by the mouse alone."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QListView

from backprop_studio.ui.panels.palette_model import OPERATION_ROLE
from tests.ui.window_support import Opened

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
NEURONS = 3


class Hand:
    """A hand with a mouse and no keyboard."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self.canvas = opened.workspace.canvas

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

    def neuron(self, inputs: list[int], column: int, row: int) -> int:
        """sigmoid(w1·x1 + w2·x2 + … + b) of some nodes; the sigmoid's id."""
        total = self.place("parameter", column, row)
        for number, source in enumerate(inputs):
            weight = self.place("parameter", column, row + number + 1)
            product = self.place("multiply", column + 1, row + number + 1)
            self.wire(source, product, 0)
            self.wire(weight, product, 1)
            sum_ = self.place("add", column + 2 + number, row)
            self.wire(total, sum_, 0)
            self.wire(product, sum_, 1)
            total = sum_
        end = self.place("sigmoid", column + 2 + len(inputs), row)
        self.wire(total, end, 0)
        return end


def test_a_network_of_2_3_1_is_built_by_mouse_alone(opened: Opened) -> None:
    hand = Hand(opened)
    opened.window.resize(1920, 1200)
    for panel in ("inspector", "training"):
        opened.trigger("show_" + panel)
    QApplication.processEvents()
    hand.canvas.guides = False
    inputs = [hand.place("input", 0, 0), hand.place("input", 0, 1)]
    hidden = [hand.neuron(inputs, 1, 3 * number) for number in range(NEURONS)]
    output = hand.neuron(hidden, 6, 0)
    evaluation = opened.session.flush()
    assert len(opened.session.graph.nodes) == 2 + NEURONS * 8 + 11
    assert not evaluation.problems
    inner = 1 / (1 + np.exp(-3.0))
    expected = 1 / (1 + np.exp(-(NEURONS * inner + 1)))
    value = evaluation.value(output)
    assert value is not None
    np.testing.assert_allclose(float(value), expected, rtol=1e-12)
    assert evaluation.loss == output
    while opened.session.undo_stack.canUndo():
        opened.session.undo()
    assert not opened.session.graph.nodes
