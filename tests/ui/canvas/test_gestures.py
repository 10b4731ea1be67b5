"""Gestures with real mouse events: what they do to the session, and that each is one undo step or none."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from backprop_studio.document.graph import Wire
from backprop_studio.ui.canvas.gestures.connect import Connect
from backprop_studio.ui.canvas.gestures.move_nodes import MoveNodes
from backprop_studio.ui.canvas.view import CanvasView
from tests.ui.canvas.conftest import Builder, Mouse, fan_out, product_of_sum, show

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
EMPTY = QPointF(700, 500)


def header(canvas: CanvasView, node: int) -> QPointF:
    return canvas.node_rect(node).topLeft() + QPointF(40, 12) * canvas.zoom


def steps(canvas: CanvasView) -> int:
    return canvas.session.undo_stack.count()


def test_click_selects_a_node_and_click_on_nothing_clears(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    mouse.click(header(canvas, ids["a"]))
    assert canvas.session.selection == {ids["a"]}
    mouse.click(header(canvas, ids["d"]))
    assert canvas.session.selection == {ids["d"]}
    mouse.click(EMPTY)
    assert canvas.session.selection == frozenset()
    assert steps(canvas) == 0


@pytest.mark.parametrize("modifier", [CONTROL, SHIFT])
def test_click_with_a_modifier_adds_and_takes_away(
    canvas: CanvasView, mouse: Mouse, modifier: Qt.KeyboardModifier
) -> None:
    ids = show(canvas, product_of_sum())
    mouse.click(header(canvas, ids["a"]))
    mouse.click(header(canvas, ids["d"]), modifiers=modifier)
    assert canvas.session.selection == {ids["a"], ids["d"]}
    mouse.click(header(canvas, ids["a"]), modifiers=modifier)
    assert canvas.session.selection == {ids["d"]}


def test_click_on_a_wire_selects_it(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    wire = Wire(ids["d"], ids["L"], 0)
    mouse.click(canvas.wire_point(wire))
    assert canvas.session.selected_wire == wire
    assert canvas.session.selection == frozenset()


def test_dragging_a_node_moves_it_in_one_undo_step(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    start = header(canvas, ids["a"])
    mouse.drag(start, start + QPointF(130, 70))
    assert canvas.session.graph.nodes[ids["a"]].position == (130.0, 70.0)
    assert steps(canvas) == 1
    assert canvas.node_rect(ids["a"]).topLeft() == QPointF(170, 110)
    canvas.session.undo()
    assert canvas.session.graph.nodes[ids["a"]].position == (0.0, 0.0)
    assert canvas.node_rect(ids["a"]).topLeft() == QPointF(40, 40)


def test_what_is_no_longer_selected_when_the_drag_begins_is_dragged_alone(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    start = header(canvas, ids["a"])
    mouse.press(start)
    canvas.session.select({ids["d"]})
    mouse.move(start + QPointF(60, 40))
    mouse.move(start + QPointF(130, 70))
    mouse.release(start + QPointF(130, 70))
    assert canvas.session.graph.nodes[ids["a"]].position == (130.0, 70.0)
    assert canvas.session.selection == {ids["a"]}


def test_dragged_nodes_keep_to_the_grid_unless_shift_is_held(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    start = header(canvas, ids["a"])
    mouse.drag(start, start + QPointF(53, 38))
    assert canvas.session.graph.nodes[ids["a"]].position == (50.0, 40.0)
    start = header(canvas, ids["b"])
    mouse.press(start)
    mouse.move(start + QPointF(53, 38))
    mouse.release(start + QPointF(53, 38), modifiers=SHIFT)
    assert canvas.session.graph.nodes[ids["b"]].position == (53.0, 178.0)


def test_dragging_at_another_zoom_moves_by_scene_units(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    canvas.set_zoom(0.5, QPointF(40, 40))
    start = header(canvas, ids["a"])
    mouse.drag(start, start + QPointF(60, 30))
    assert canvas.session.graph.nodes[ids["a"]].position == (120.0, 60.0)


def test_dragging_one_of_several_selected_moves_all_in_one_step(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    canvas.session.select({ids["a"], ids["b"]})
    start = header(canvas, ids["b"])
    mouse.drag(start, start + QPointF(20, 30))
    graph = canvas.session.graph
    assert graph.nodes[ids["a"]].position == (20.0, 30.0)
    assert graph.nodes[ids["b"]].position == (20.0, 170.0)
    assert canvas.session.selection == {ids["a"], ids["b"]}
    assert steps(canvas) == 1


def test_a_drag_that_ends_where_it_began_is_no_step(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    start = header(canvas, ids["a"])
    mouse.drag(start, start + QPointF(100, 50), release=False)
    mouse.move(start)
    mouse.release(start)
    assert steps(canvas) == 0


def test_a_twitch_is_a_click(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    start = header(canvas, ids["a"])
    mouse.drag(start, start + QPointF(2, 1))
    assert steps(canvas) == 0
    assert canvas.session.selection == {ids["a"]}


def test_escape_puts_dragged_nodes_back(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    start = header(canvas, ids["a"])
    mouse.drag(start, start + QPointF(100, 50), release=False)
    assert isinstance(canvas.pointer.gesture, MoveNodes)
    assert canvas.node_rect(ids["a"]).topLeft() == QPointF(140, 90)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.pointer.gesture is None
    assert canvas.node_rect(ids["a"]).topLeft() == QPointF(40, 40)
    mouse.release(start + QPointF(100, 50))
    assert steps(canvas) == 0
    assert canvas.session.selection == {ids["a"]}


def test_losing_the_focus_cancels_a_gesture(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    start = header(canvas, ids["a"])
    mouse.drag(start, start + QPointF(100, 50), release=False)
    canvas.clearFocus()
    assert canvas.pointer.gesture is None
    assert canvas.node_rect(ids["a"]).topLeft() == QPointF(40, 40)
    mouse.release(start)


def test_a_graph_that_changes_underneath_cancels_a_gesture(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    start = header(canvas, ids["a"])
    mouse.drag(start, start + QPointF(100, 50), release=False)
    canvas.session.select({ids["a"]})
    canvas.session.delete_selection()
    assert canvas.pointer.gesture is None
    assert ids["a"] not in canvas.scene.geometry.node_row
    mouse.release(start + QPointF(100, 50))
    assert steps(canvas) == 1


def test_rubber_band_selects_what_it_touches(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    mouse.drag(QPointF(20, 20), QPointF(60, 300), release=False)
    assert canvas.overlay.rubber_band is not None
    assert canvas.session.selection == {ids["a"], ids["b"]}
    mouse.release(QPointF(60, 300))
    assert canvas.overlay.rubber_band is None
    assert canvas.session.selection == {ids["a"], ids["b"]}
    assert steps(canvas) == 0


def test_rubber_band_adds_with_shift_and_turns_round_with_control(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    for modifier, expected in ((SHIFT, {ids["a"], ids["b"], ids["L"]}), (CONTROL, {ids["b"], ids["L"]})):
        canvas.session.select({ids["a"], ids["L"]})
        mouse.press(QPointF(20, 20), modifiers=modifier)
        for at in (QPointF(40, 200), QPointF(60, 300)):
            event_at = at.toPoint()
            _move_with(canvas, event_at, modifier)
        mouse.release(QPointF(60, 300), modifiers=modifier)
        assert canvas.session.selection == expected


def _move_with(canvas: CanvasView, at: QPoint, modifiers: Qt.KeyboardModifier) -> None:
    """A move of the mouse with a key held, which QTest can not send."""
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    left = Qt.MouseButton.LeftButton
    event = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(at), QPointF(canvas.mapToGlobal(at)), Qt.MouseButton.NoButton, left, modifiers
    )
    QApplication.sendEvent(canvas, event)


def test_escape_gives_the_selection_before_the_rubber_band_back(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    wire = Wire(ids["d"], ids["L"], 0)
    canvas.session.select((), wire)
    mouse.drag(QPointF(20, 20), QPointF(60, 300), release=False)
    assert canvas.session.selected_wire is None
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.session.selection == frozenset()
    assert canvas.session.selected_wire == wire
    mouse.release(QPointF(60, 300))


def two_loose() -> Builder:
    built = Builder().source("parameter", "a", 2.0, 0, 0).source("parameter", "b", 3.0, 0, 140)
    return built.op("add", "d", 300, 60, None, None)


def test_a_wire_is_drawn_from_output_to_input(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, two_loose())
    mouse.drag(canvas.port_point(ids["a"], None), canvas.port_point(ids["d"], 1))
    assert list(canvas.session.graph.wires) == [Wire(ids["a"], ids["d"], 1)]
    assert steps(canvas) == 1


def test_a_wire_is_drawn_from_input_to_output(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, two_loose())
    mouse.drag(canvas.port_point(ids["d"], 0), canvas.port_point(ids["b"], None))
    assert list(canvas.session.graph.wires) == [Wire(ids["b"], ids["d"], 0)]


def test_the_end_of_a_wire_snaps_to_a_port_nearby(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, two_loose())
    end = canvas.port_point(ids["d"], 0) + QPointF(-14, -8)
    mouse.drag(canvas.port_point(ids["a"], None), end, release=False)
    overlay = canvas.overlay
    assert overlay.snapped is not None
    assert (overlay.snapped.item, overlay.snapped.number) == (ids["d"], 0)
    assert {(port.item, port.number) for port in overlay.fitting} == {(ids["d"], 0), (ids["d"], 1)}
    assert overlay.live_curve is not None
    mouse.release(end)
    assert list(canvas.session.graph.wires) == [Wire(ids["a"], ids["d"], 0)]
    assert overlay.live_curve is None
    assert not overlay.fitting


def test_a_wire_dropped_on_a_node_takes_its_nearest_port(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, two_loose())
    mouse.drag(canvas.port_point(ids["a"], None), canvas.node_rect(ids["d"]).bottomRight() - QPointF(30, 8))
    assert list(canvas.session.graph.wires) == [Wire(ids["a"], ids["d"], 1)]


def test_a_wire_dropped_on_nothing_is_none(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, two_loose())
    mouse.drag(canvas.port_point(ids["a"], None), EMPTY)
    assert list(canvas.session.graph.wires) == []
    assert steps(canvas) == 0


@pytest.mark.qt_log_ignore(r"raise\(\)")  # said of tooltips, off screen only
def test_a_cycle_is_refused_beside_the_pointer_and_nothing_changes(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    end = canvas.port_point(ids["d"], 0)
    mouse.drag(canvas.port_point(ids["L"], None), end, release=False)
    assert canvas.overlay.refused
    assert "cycle" in canvas.overlay.hint
    assert canvas.overlay.hint == canvas.session.connection_problem(ids["L"], ids["d"], 0)
    before = canvas.session.graph
    mouse.release(end)
    assert canvas.session.graph is before
    assert not canvas.overlay.hint
    assert steps(canvas) == 0


@pytest.mark.qt_log_ignore(r"raise\(\)")  # said of tooltips, off screen only
def test_a_refusal_stays_where_the_wire_was_dropped(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    mouse.drag(canvas.port_point(ids["L"], None), canvas.port_point(ids["d"], 0))
    assert QToolTip.isVisible()
    assert "cycle" in QToolTip.text()
    assert steps(canvas) == 0
    QToolTip.hideText()


@pytest.mark.qt_log_ignore(r"raise\(\)")  # said of tooltips, off screen only
def test_output_to_output_says_why_nothing_happens(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    mouse.drag(canvas.port_point(ids["a"], None), canvas.port_point(ids["d"], None))
    assert "Both ends are outputs." in QToolTip.text()
    assert steps(canvas) == 0
    assert canvas.quick_add.popup is None
    mouse.drag(canvas.port_point(ids["d"], None), header(canvas, ids["a"]))
    assert "a takes no input." in QToolTip.text()
    assert steps(canvas) == 0
    QToolTip.hideText()


def test_the_end_of_a_wire_is_rerouted_in_one_step(canvas: CanvasView, mouse: Mouse) -> None:
    built = product_of_sum().op("multiply", "M", 440, 300, None, None)
    ids = show(canvas, built)
    old = Wire(ids["d"], ids["L"], 0)
    mouse.drag(canvas.port_point(ids["L"], 0), canvas.port_point(ids["M"], 1), release=False)
    assert isinstance(canvas.pointer.gesture, Connect)
    assert canvas.scene.hidden_wire == old
    mouse.release(canvas.port_point(ids["M"], 1))
    wires = set(canvas.session.graph.wires)
    assert old not in wires
    assert Wire(ids["d"], ids["M"], 1) in wires
    assert steps(canvas) == 1
    assert canvas.scene.hidden_wire is None
    canvas.session.undo()
    assert old in set(canvas.session.graph.wires)


def test_the_end_of_a_wire_dropped_on_nothing_takes_the_wire_away(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    mouse.drag(canvas.port_point(ids["L"], 0), QPointF(500, 60))
    assert Wire(ids["d"], ids["L"], 0) not in set(canvas.session.graph.wires)
    assert steps(canvas) == 1


def test_the_end_of_a_wire_put_back_is_no_step(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    at = canvas.port_point(ids["L"], 0)
    mouse.drag(at, at + QPointF(-90, -60), release=False)
    mouse.move(at)
    mouse.release(at)
    assert Wire(ids["d"], ids["L"], 0) in set(canvas.session.graph.wires)
    assert steps(canvas) == 0


def test_escape_leaves_a_wire_that_was_taken(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    mouse.drag(canvas.port_point(ids["L"], 0), QPointF(500, 60), release=False)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    mouse.release(QPointF(500, 60))
    assert Wire(ids["d"], ids["L"], 0) in set(canvas.session.graph.wires)
    assert canvas.scene.hidden_wire is None
    assert steps(canvas) == 0


def test_one_node_may_feed_both_inputs_of_another(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, two_loose())
    for slot in (0, 1):
        mouse.drag(canvas.port_point(ids["a"], None), canvas.port_point(ids["d"], slot))
    canvas.session.flush()
    assert canvas.scene.labels[ids["d"]].value.text == "4"
    assert canvas.scene.labels[ids["a"]].gradient.text == "2"


def test_a_second_button_does_not_disturb_a_gesture(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    start = header(canvas, ids["a"])
    mouse.drag(start, start + QPointF(100, 50), release=False)
    mouse.press(start + QPointF(100, 50), Qt.MouseButton.RightButton)
    mouse.release(start + QPointF(100, 50), Qt.MouseButton.RightButton)
    assert isinstance(canvas.pointer.gesture, MoveNodes)
    mouse.release(start + QPointF(100, 50))
    assert canvas.session.graph.nodes[ids["a"]].position == (100.0, 50.0)


def test_context_menu_is_asked_for_with_what_is_under_the_pointer(canvas: CanvasView, mouse: Mouse) -> None:
    from PySide6.QtGui import QContextMenuEvent

    ids = show(canvas, fan_out())
    asked: list[tuple[QPoint, object, object]] = []
    canvas.context_menu_requested.connect(lambda at, node, wire: asked.append((at, node, wire)))
    wire = Wire(ids["p"], ids["L"], 0)
    for at in (header(canvas, ids["p"]), canvas.wire_point(wire), EMPTY):
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at.toPoint(), canvas.mapToGlobal(at.toPoint()))
        QApplication.sendEvent(canvas, event)
    assert [(node, found) for _, node, found in asked] == [(ids["p"], None), (None, wire), (None, None)]
    assert asked[0][0] == canvas.mapToGlobal(header(canvas, ids["p"]).toPoint())
    assert canvas.session.selected_wire == wire
