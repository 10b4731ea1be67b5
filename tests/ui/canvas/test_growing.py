"""A wire drawn to an addition whose inputs are wired: a third port appears below them, and takes it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from backprop_studio.document.graph import Wire
from backprop_studio.ui.canvas.boxes import Port
from backprop_studio.ui.canvas.view import CanvasView
from tests.ui.canvas.conftest import Builder, Mouse, show
from tests.ui.canvas.test_repainting import check, painted


def sum_of_two() -> Builder:
    """s = a + b with 2, 3; beside it c = 4, and L = s²."""
    built = Builder().source("parameter", "a", 2.0, 0, 0).source("parameter", "b", 3.0, 0, 120)
    built.source("parameter", "c", 4.0, 0, 240)
    return built.op("add", "s", 240, 60, "a", "b").op("square", "L", 460, 60, "s")


def growing(canvas: CanvasView) -> Port | None:
    return canvas.overlay.growing


def steps(canvas: CanvasView) -> int:
    return canvas.session.undo_stack.count()


def gradient(canvas: CanvasView, node: int) -> float:
    canvas.session.flush()
    found = canvas.session.evaluation.gradient(node)
    assert found is not None
    return float(found)


def test_a_third_port_appears_under_the_wire_and_takes_it(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, sum_of_two())
    before, overlay = canvas.session.graph, canvas.overlay
    end = canvas.port_point(ids["s"], 2)
    assert end.y() > canvas.port_point(ids["s"], 1).y()
    mouse.drag(canvas.port_point(ids["c"], None), end + QPointF(-12, 6), release=False)
    assert overlay.snapped == growing(canvas) == Port(ids["s"], "in", 2)
    assert overlay.hint == "Adds a third input to s."
    assert not overlay.refused
    mouse.release(end + QPointF(-12, 6))
    assert growing(canvas) is None
    assert canvas.session.graph.nodes[ids["s"]].op_name == "add_n"
    assert canvas.session.graph.inputs_of(ids["s"]) == (ids["a"], ids["b"], ids["c"])
    assert canvas.port_point(ids["s"], 2) == end, "the port stands where it was shown"
    assert [gradient(canvas, ids[name]) for name in "abc"] == [18.0, 18.0, 18.0]
    check(canvas)
    assert steps(canvas) == 1
    canvas.session.undo()
    assert canvas.session.graph == before
    assert gradient(canvas, ids["a"]) == 10.0
    check(canvas)


def test_what_the_taller_node_would_cover_makes_room_in_the_same_step(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, sum_of_two().op("tanh", "t", 240, 160, "c"))
    before = canvas.session.graph
    mouse.drag(canvas.port_point(ids["c"], None), canvas.node_rect(ids["s"]).center())
    assert canvas.node_rect(ids["s"]).bottom() < canvas.node_rect(ids["t"]).top()
    check(canvas)
    assert steps(canvas) == 1
    canvas.session.undo()
    assert canvas.session.graph == before


def test_it_is_painted_below_the_others_while_the_wire_is_near(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, sum_of_two())
    at = canvas.node_rect(ids["s"]).bottomLeft() + QPointF(70, 10)
    place = (at * canvas.devicePixelRatioF()).toPoint()
    bare = painted(canvas).pixelColor(place)
    mouse.drag(canvas.port_point(ids["c"], None), at, release=False)
    mouse.move(at)
    assert growing(canvas) is not None
    assert painted(canvas).pixelColor(place) != bare
    mouse.move(QPointF(60, 520))
    assert growing(canvas) is None
    mouse.release(QPointF(60, 520))


@pytest.mark.parametrize("slot", [0, 1])
def test_an_occupied_port_is_still_replaced(canvas: CanvasView, mouse: Mouse, slot: int) -> None:
    ids = show(canvas, sum_of_two())
    mouse.drag(canvas.port_point(ids["c"], None), canvas.port_point(ids["s"], slot))
    assert canvas.session.graph.nodes[ids["s"]].op_name == "add"
    assert canvas.session.graph.inputs_of(ids["s"])[slot] == ids["c"]


def test_a_wire_dropped_on_the_body_is_one_more(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, sum_of_two())
    mouse.drag(canvas.port_point(ids["c"], None), canvas.node_rect(ids["s"]).center())
    assert canvas.session.graph.inputs_of(ids["s"]) == (ids["a"], ids["b"], ids["c"])


def test_the_end_of_another_wire_is_put_there_in_one_step(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, sum_of_two().op("tanh", "t", 240, 240, "c"))
    mouse.drag(canvas.port_point(ids["t"], 0), canvas.port_point(ids["s"], 2))
    assert canvas.session.graph.inputs_of(ids["s"]) == (ids["a"], ids["b"], ids["c"])
    assert (ids["t"], 0) not in canvas.session.graph.sources
    assert steps(canvas) == 1


def test_the_end_of_a_wire_of_its_own_leaves_no_need_to_grow(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, sum_of_two())
    below = canvas.port_point(ids["s"], 2)
    mouse.drag(canvas.port_point(ids["s"], 0), below, release=False)
    assert growing(canvas) is None
    mouse.release(below)
    assert list(canvas.session.graph.wires) == [
        Wire(ids["s"], ids["L"], 0), Wire(ids["a"], ids["s"], 1)
    ]  # fmt: skip


@pytest.mark.qt_log_ignore(r"raise\(\)")  # said of tooltips, off screen only
def test_a_cycle_is_still_told_of_the_ports_that_are_there(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, sum_of_two())
    end = canvas.node_rect(ids["s"]).center()
    mouse.drag(canvas.port_point(ids["L"], None), end, release=False)
    assert growing(canvas) is None
    assert canvas.overlay.refused
    assert "cycle" in canvas.overlay.hint
    mouse.release(end)
    assert steps(canvas) == 0
    QToolTip.hideText()


def test_shapes_that_do_not_go_together_are_told_at_the_port(canvas: CanvasView, mouse: Mouse) -> None:
    built = Builder().source("parameter", "a", [1.0, 2.0], 0, 0).source("parameter", "b", 3.0, 0, 120)
    built.source("parameter", "c", [1.0, 2.0, 3.0], 0, 240)
    ids = show(canvas, built.op("add", "s", 240, 60, "a", "b"))
    end = canvas.port_point(ids["s"], 2)
    mouse.drag(canvas.port_point(ids["c"], None), end, release=False)
    assert canvas.overlay.hint == "s: shapes (2,) and (3,) do not broadcast: axis 0 has 2 against 3."
    mouse.release(end)
    assert canvas.session.graph.inputs_of(ids["s"]) == (ids["a"], ids["b"], ids["c"])


def test_a_wire_begun_at_an_input_or_near_another_operation_shows_none(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, sum_of_two().op("multiply", "m", 240, 260, "a", "b").op("tanh", "t", 460, 260))
    mouse.drag(canvas.port_point(ids["c"], None), canvas.node_rect(ids["m"]).center(), release=False)
    assert growing(canvas) is None
    canvas.pointer.cancel()
    mouse.release(canvas.node_rect(ids["m"]).center())
    mouse.drag(canvas.port_point(ids["t"], 0), canvas.node_rect(ids["s"]).center(), release=False)
    assert growing(canvas) is None
    canvas.pointer.cancel()
    mouse.release(QPointF(60, 520))


def test_keys_reach_the_port_too(canvas: CanvasView) -> None:
    ids = show(canvas, sum_of_two())
    canvas.session.select({ids["c"]})
    before = canvas.session.graph
    for key in (Qt.Key.Key_W, Qt.Key.Key_Up, Qt.Key.Key_Up):
        QTest.keyClick(canvas, key)
    assert canvas.overlay.snapped == Port(ids["s"], "in", 0)
    assert growing(canvas) is None
    QTest.keyClick(canvas, Qt.Key.Key_Down)
    QTest.keyClick(canvas, Qt.Key.Key_Down)
    assert growing(canvas) == canvas.overlay.snapped == Port(ids["s"], "in", 2)
    assert canvas.overlay.hint.startswith("c → third input of s, one more than it has. Enter connects")
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert growing(canvas) is None
    assert canvas.session.graph.inputs_of(ids["s"]) == (ids["a"], ids["b"], ids["c"])
    canvas.session.undo()
    assert canvas.session.graph == before
