"""The canvas by keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from backprop_studio.document.graph import Wire
from backprop_studio.document.ordering import walking_order
from backprop_studio.ui.canvas.view import CanvasView
from tests.ui.canvas.conftest import Mouse, fan_out, product_of_sum, show

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_delete_takes_the_selection_away(canvas: CanvasView, key: Qt.Key) -> None:
    ids = show(canvas, product_of_sum())
    canvas.session.select({ids["a"], ids["d"]})
    QTest.keyClick(canvas, key)
    assert set(canvas.session.graph.nodes) == {ids["b"], ids["c"], ids["L"]}
    assert canvas.session.undo_stack.count() == 1


def test_delete_takes_the_selected_wire_away(canvas: CanvasView) -> None:
    ids = show(canvas, product_of_sum())
    wire = Wire(ids["d"], ids["L"], 0)
    canvas.session.select((), wire)
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert wire not in set(canvas.session.graph.wires)
    assert len(canvas.session.graph.nodes) == 5


@pytest.mark.parametrize(
    ("key", "dx", "dy"),
    [(Qt.Key.Key_Left, -1, 0), (Qt.Key.Key_Right, 1, 0), (Qt.Key.Key_Up, 0, -1), (Qt.Key.Key_Down, 0, 1)],
)
def test_arrows_move_by_ten_and_with_shift_by_one(canvas: CanvasView, key: Qt.Key, dx: int, dy: int) -> None:
    ids = show(canvas, product_of_sum())
    canvas.session.select({ids["a"], ids["b"]})
    QTest.keyClick(canvas, key)
    assert canvas.session.graph.nodes[ids["a"]].position == (10.0 * dx, 10.0 * dy)
    assert canvas.session.graph.nodes[ids["b"]].position == (10.0 * dx, 140 + 10.0 * dy)
    QTest.keyClick(canvas, key, SHIFT)
    assert canvas.session.graph.nodes[ids["a"]].position == (11.0 * dx, 11.0 * dy)
    assert canvas.session.undo_stack.count() == 2


def test_an_arrow_held_down_is_one_undo_step(canvas: CanvasView) -> None:
    ids = show(canvas, product_of_sum())
    canvas.session.select({ids["a"]})
    for _ in range(5):
        QTest.keyPress(canvas, Qt.Key.Key_Right)
    assert canvas.node_rect(ids["a"]).x() == 40 + 50
    assert canvas.session.undo_stack.count() == 0
    QTest.keyRelease(canvas, Qt.Key.Key_Right)
    assert canvas.session.graph.nodes[ids["a"]].position == (50.0, 0.0)
    assert canvas.session.undo_stack.count() == 1


def test_escape_puts_back_what_an_arrow_still_held_moved(canvas: CanvasView) -> None:
    ids = show(canvas, product_of_sum())
    canvas.session.select({ids["a"]})
    QTest.keyPress(canvas, Qt.Key.Key_Right)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    QTest.keyRelease(canvas, Qt.Key.Key_Right)
    assert canvas.node_rect(ids["a"]).topLeft() == QPointF(40, 40)
    assert canvas.session.undo_stack.count() == 0


def test_arrows_pan_where_nothing_is_selected(canvas: CanvasView) -> None:
    show(canvas, product_of_sum())
    x, y = canvas.centre_of_view()
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    QTest.keyClick(canvas, Qt.Key.Key_Down)
    assert canvas.centre_of_view() == (x + 40, y + 40)
    assert canvas.session.undo_stack.count() == 0


def test_escape_leaves_the_pass_first_and_then_the_selection(canvas: CanvasView) -> None:
    ids = show(canvas, fan_out())
    canvas.session.select({ids["a"]})
    canvas.session.timeline.seek(3)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert not canvas.session.timeline.is_active
    assert canvas.session.selection == {ids["a"]}
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.session.selection == frozenset()


def is_adding(canvas: CanvasView) -> bool:
    """Is quick-add open?"""
    return canvas.quick_add.popup is not None


def test_space_pauses_and_goes_on_while_the_passes_are_shown(canvas: CanvasView) -> None:
    show(canvas, fan_out())
    timeline = canvas.session.timeline
    timeline.seek(2)
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    assert timeline.is_playing
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    assert not timeline.is_playing
    assert timeline.is_active
    assert not is_adding(canvas)


def test_space_opens_quick_add_where_nothing_plays(canvas: CanvasView) -> None:
    show(canvas, fan_out())
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    assert is_adding(canvas)
    assert not canvas.session.timeline.is_active


def test_tab_opens_quick_add_only_where_no_node_is_selected(canvas: CanvasView) -> None:
    show(canvas, fan_out())
    order = walking_order(canvas.session.graph)
    canvas.session.select({order[0]})
    QTest.keyClick(canvas, Qt.Key.Key_Tab)
    assert canvas.session.selection == {order[1]}
    QTest.keyClick(canvas, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(canvas, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert canvas.session.selection == {order[-1]}, "it goes round"
    assert not is_adding(canvas)
    canvas.session.clear_selection()
    QTest.keyClick(canvas, Qt.Key.Key_Tab)
    assert is_adding(canvas)


def test_space_and_drag_pans_and_does_nothing_else(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, fan_out())
    at = canvas.node_rect(ids["a"]).center()
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    assert canvas.cursor().shape() is Qt.CursorShape.OpenHandCursor
    mouse.drag(at, at + QPointF(50, 20))
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert canvas.node_rect(ids["a"]).center() == at + QPointF(50, 20)
    assert not canvas.session.timeline.is_active
    assert not is_adding(canvas)
    assert canvas.session.selection == frozenset()
    assert canvas.session.undo_stack.count() == 0


def send_space(canvas: CanvasView, kind: QEvent.Type, at: int) -> None:
    """Space as X11 sends it: with a time, and without saying that it is a repeat."""
    event = QKeyEvent(kind, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " ")
    event.setTimestamp(at)
    QApplication.sendEvent(canvas, event)


def test_space_held_long_is_no_tap_even_where_repeats_do_not_say_so(canvas: CanvasView) -> None:
    show(canvas, fan_out())
    send_space(canvas, QEvent.Type.KeyPress, 1000)
    for at in range(1660, 2000, 40):
        send_space(canvas, QEvent.Type.KeyRelease, at)
        assert not is_adding(canvas)
        send_space(canvas, QEvent.Type.KeyPress, at)
        assert canvas.keys.space_held
    send_space(canvas, QEvent.Type.KeyRelease, 2010)
    assert not is_adding(canvas)
    send_space(canvas, QEvent.Type.KeyPress, 3000)
    send_space(canvas, QEvent.Type.KeyRelease, 3090)
    assert is_adding(canvas)


def test_enter_edits_the_selected_source_only(canvas: CanvasView) -> None:
    ids = show(canvas, product_of_sum())
    canvas.session.select({ids["d"]})
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert canvas.editing.editor is None
    canvas.session.select({ids["a"]})
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert canvas.editing.editor is not None
    assert canvas.editing.editor.text() == "2.0"
    QTest.keyClick(canvas.editing.editor, Qt.Key.Key_Escape)


def test_losing_the_focus_keeps_what_the_arrows_moved(canvas: CanvasView) -> None:
    ids = show(canvas, product_of_sum())
    canvas.session.select({ids["a"]})
    QTest.keyPress(canvas, Qt.Key.Key_Down)
    canvas.clearFocus()
    QApplication.processEvents()
    assert canvas.session.graph.nodes[ids["a"]].position == (0.0, 10.0)
