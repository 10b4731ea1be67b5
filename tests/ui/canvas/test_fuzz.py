"""Anything done in any order: no exception, and what is painted piece by piece is what is painted anew."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from backprop_studio.document.growing import growth_slot
from backprop_studio.ui.canvas.view import CanvasView
from tests.ui.canvas.conftest import Mouse, fan_out, show
from tests.ui.canvas.test_geometry import check_against_fresh
from tests.ui.canvas.test_repainting import check

KEYS = [
    Qt.Key.Key_Delete, Qt.Key.Key_Escape, Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Space,
    Qt.Key.Key_Right,
]  # fmt: skip
OPS = ["add", "sigmoid", "parameter", "concatenate", "matmul", "input"]
MODIFIERS = [Qt.KeyboardModifier.NoModifier] * 3 + [
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
]


def within(point: QPointF) -> QPointF:
    """The point, or the one nearest to it in the widget."""
    return QPointF(min(max(point.x(), 1), 898), min(max(point.y(), 1), 598))


class Hand:
    """Does one random thing after another."""

    def __init__(self, canvas: CanvasView, seed: int) -> None:
        self.canvas, self.mouse, self.random = canvas, Mouse(canvas), random.Random(seed)

    def point(self) -> QPointF:
        """A port, a node, a wire or anywhere."""
        canvas, kind = self.canvas, self.random.random()
        nodes = list(canvas.session.graph.nodes)
        wires = list(canvas.session.graph.wires)
        if nodes and kind < 0.4:
            node = self.random.choice(nodes)
            grows = growth_slot(canvas.session.graph, node) is not None
            slot = self.random.choice([None, *range(canvas.session.graph.slot_count(node) + grows)])
            return canvas.port_point(node, slot)
        if nodes and kind < 0.7:
            return canvas.node_rect(self.random.choice(nodes)).center()
        if wires and kind < 0.8:
            return canvas.wire_point(self.random.choice(wires))
        return QPointF(self.random.uniform(0, 900), self.random.uniform(0, 600))

    def inside(self) -> QPointF:
        """A point of the widget; the window system delivers no other."""
        return within(self.point())

    def act(self) -> None:
        """Do one thing."""
        canvas, session = self.canvas, self.canvas.session
        action = self.random.randrange(17)
        if action <= 4:
            self.mouse.drag(self.inside(), self.inside(), modifiers=self.random.choice(MODIFIERS))
        elif action == 5:
            self.mouse.click(self.inside(), modifiers=self.random.choice(MODIFIERS))
        elif action == 6:
            self.interrupted_drag()
        elif action == 7:
            QTest.keyClick(canvas, self.random.choice(KEYS))
        elif action == 8:
            self.random.choice([session.undo, session.redo])()
        elif action == 9:
            session.add_node(self.random.choice(OPS), (self.random.uniform(-50, 700), self.random.uniform(-50, 450)))
        elif action == 10:
            canvas.set_zoom(self.random.choice([0.1, 0.2, 0.4, 0.8, 1.0, 1.7]), self.inside())
        elif action == 11:
            session.timeline.seek(self.random.randrange(4))
        elif action == 12:
            self.random.choice([session.select_all, session.clear_selection, canvas.fit, session.timeline.stop])()
        elif action == 13:
            self.mouse.double_click(self.inside())
        elif action == 14:
            control, right = Qt.KeyboardModifier.ControlModifier, Qt.MouseButton.RightButton
            self.mouse.drag(self.inside(), self.inside(), right, control)
        elif action == 15:
            QTest.keyClick(canvas, self.random.choice(["t", "3", "+", Qt.Key.Key_Tab]))
        else:
            self.bend()
        self.answer()
        if canvas.editing.editor is not None:
            QTest.keyClick(canvas.editing.editor, Qt.Key.Key_Escape)
        session.timeline.pause()

    def bend(self) -> None:
        """Bend a wire, or drag a bend."""
        canvas = self.canvas
        wires = list(canvas.session.graph.wires)
        bends = [point for points in canvas.session.graph.bends.values() for point in points]
        if bends and self.random.random() < 0.6:
            self.mouse.drag(within(canvas.camera.to_widget(QPointF(*self.random.choice(bends)))), self.inside())
        elif wires:
            self.mouse.double_click(within(canvas.wire_point(self.random.choice(wires))))

    def answer(self) -> None:
        """Choose something in the quick-add field, where it is open, or leave it."""
        popup = self.canvas.quick_add.popup
        if popup is None:
            return
        QTest.keyClicks(popup.field, self.random.choice(["", "add", "x*w", "0.5", "zzz", "tanh(a)"]))
        QTest.keyClick(popup.field, self.random.choice([Qt.Key.Key_Return, Qt.Key.Key_Escape]))
        self.canvas.quick_add.close()

    def interrupted_drag(self) -> None:
        """A drag during which something else happens."""
        start, end = self.inside(), self.inside()
        self.mouse.drag(start, end, release=False)
        session = self.canvas.session
        self.random.choice([session.undo, session.delete_selection, session.redo, self.canvas.clearFocus])()
        self.mouse.move((start + end) / 2)
        self.mouse.release(end)
        self.canvas.setFocus()


@pytest.mark.qt_log_ignore(r"raise\(\)")  # said of tooltips, off screen only
@pytest.mark.parametrize("seed", range(4))
def test_anything_in_any_order(canvas: CanvasView, seed: int) -> None:
    show(canvas, fan_out())
    original = canvas.session.graph
    hand = Hand(canvas, seed)
    for _ in range(12):
        for _ in range(10):
            hand.act()
        canvas.session.flush()
        canvas.pointer.forget_hover()
        QApplication.processEvents()
        assert canvas.pointer.gesture is None
        assert canvas.scene.hidden_wire is None
        assert canvas.overlay.pending is None
        check_against_fresh(canvas.scene.geometry, canvas.session.graph)
        check(canvas)
    canvas.session.timeline.stop()
    final, stack = canvas.session.graph, canvas.session.undo_stack
    final_index = stack.index()
    stack.setIndex(0)
    assert canvas.session.graph == original
    stack.setIndex(final_index)
    assert canvas.session.graph == final
