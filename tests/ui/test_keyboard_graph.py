"""Walking through the graph and wiring it by the keyboard alone."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from backprop_studio.document.graph import Wire
from backprop_studio.document.ordering import walking_order
from tests.ui.window_support import Opened

SHIFT = Qt.KeyboardModifier.ShiftModifier


def press(opened: Opened, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(opened.canvas, key)
        QApplication.processEvents()


def test_n_walks_through_the_nodes(opened: Opened) -> None:
    opened.workspace.open_example("sum-times-c")
    opened.canvas.setFocus()
    order = walking_order(opened.session.graph)
    for node in [*order, order[0]]:
        press(opened, Qt.Key.Key_N)
        assert opened.session.selection == {node}
    QTest.keyClick(opened.canvas, Qt.Key.Key_N, SHIFT)
    assert opened.session.selection == {order[-1]}


def two_sums(opened: Opened) -> tuple[int, int, int]:
    session = opened.session
    source = session.add_node("parameter", (0.0, 0.0))
    near = session.add_node("add", (220.0, 0.0))
    far = session.add_node("add", (220.0, 200.0))
    assert source is not None
    assert near is not None
    assert far is not None
    session.select({source})
    opened.workspace.canvas.set_zoom(1.0)
    opened.canvas.setFocus()
    return source, near, far


def test_w_draws_a_wire_to_the_port_that_arrows_choose(opened: Opened) -> None:
    source, near, far = two_sums(opened)
    press(opened, Qt.Key.Key_W, Qt.Key.Key_Return)
    assert list(opened.session.graph.wires) == [Wire(source, near, 0)]
    press(opened, Qt.Key.Key_W)
    assert "Enter connects" in opened.workspace.canvas.overlay.hint
    press(opened, Qt.Key.Key_Down, Qt.Key.Key_Return)
    assert Wire(source, far, 0) in opened.session.graph.wires
    assert opened.workspace.canvas.overlay.live_curve is None
    opened.session.undo()
    assert list(opened.session.graph.wires) == [Wire(source, near, 0)], "one undo step"


def test_a_wire_drawn_by_keys_is_given_up(opened: Opened) -> None:
    source, _, _ = two_sums(opened)
    for leave in (
        lambda: press(opened, Qt.Key.Key_Escape),
        lambda: opened.canvas.clearFocus(),
        lambda: opened.session.add_node("add", (600.0, 0.0)),
        lambda: QTest.mouseClick(opened.canvas, Qt.MouseButton.LeftButton),
    ):
        opened.session.select({source})
        opened.canvas.setFocus()
        press(opened, Qt.Key.Key_W)
        assert opened.workspace.canvas.keys.wire.is_active
        leave()
        assert not opened.workspace.canvas.keys.wire.is_active
        assert opened.workspace.canvas.overlay.live_curve is None
        assert not list(opened.session.graph.wires)


def test_no_cycle_can_be_chosen(opened: Opened) -> None:
    _, near, far = two_sums(opened)
    opened.session.connect(near, far, 0)
    opened.session.select({far})
    told: list[str] = []
    opened.session.message.connect(lambda message: told.append(message.text))
    press(opened, Qt.Key.Key_W)
    assert not opened.workspace.canvas.keys.wire.is_active
    assert told
    assert "no input" in told[0]


def test_focus_that_came_by_a_key_is_seen(opened: Opened) -> None:
    opened.workspace.palette.focus_search()
    opened.canvas.setFocus(Qt.FocusReason.TabFocusReason)
    frame = opened.window.handlers.seek.focus_frame  # type: ignore[attr-defined]
    assert frame.is_shown
    QTest.mouseClick(opened.canvas, Qt.MouseButton.LeftButton)
    assert not frame.is_shown
