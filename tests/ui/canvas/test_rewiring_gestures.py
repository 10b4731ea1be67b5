"""Slicing, inserting, detaching and lining up, with real mouse events."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from backprop_studio.document.graph import Wire
from backprop_studio.ui.canvas import bezier
from backprop_studio.ui.canvas.geometry import Port
from backprop_studio.ui.canvas.joinability import Joinability
from backprop_studio.ui.canvas.tips import tip_at
from backprop_studio.ui.canvas.view import CanvasView
from tests.ui.canvas.conftest import Builder, Mouse, product_of_sum, show
from tests.ui.canvas.test_drop import carried, drag_over
from tests.ui.canvas.test_gestures import header, steps

CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


def chain() -> Builder:
    """x → relu r → L = square, far apart; and a free tanh."""
    built = Builder().source("parameter", "x", 2.0, 0, 100)
    return built.op("relu", "r", 260, 100, "x").op("square", "L", 560, 100, "r").op("tanh", "free", 300, 400)


def test_a_line_drawn_with_control_and_the_right_button_slices_wires(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    menus: list[object] = []
    canvas.context_menu_requested.connect(lambda *args: menus.append(args))
    start, end = QPointF(200, 60), QPointF(200, 260)
    mouse.drag(start, end, RIGHT, CONTROL, release=False)
    assert set(canvas.overlay.cut) == {Wire(ids["a"], ids["d"], 0), Wire(ids["b"], ids["d"], 1)}
    mouse.release(end, RIGHT, CONTROL)
    assert {wire.source for wire in canvas.session.graph.wires} == {ids["c"], ids["d"]}
    assert steps(canvas) == 1
    assert not menus
    assert canvas.overlay.slice_line == []
    canvas.session.undo()
    assert len(list(canvas.session.graph.wires)) == 4


def test_escape_slices_nothing(canvas: CanvasView, mouse: Mouse) -> None:
    show(canvas, product_of_sum())
    before = canvas.session.graph
    mouse.drag(QPointF(200, 60), QPointF(200, 260), RIGHT, CONTROL, release=False)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    mouse.release(QPointF(200, 260), RIGHT, CONTROL)
    assert canvas.session.graph is before
    assert canvas.overlay.cut == []


def test_a_line_that_crosses_nothing_is_no_step(canvas: CanvasView, mouse: Mouse) -> None:
    show(canvas, product_of_sum())
    mouse.drag(QPointF(700, 450), QPointF(800, 550), RIGHT, CONTROL)
    assert steps(canvas) == 0


def test_crossing_agrees_with_distance() -> None:
    random = np.random.default_rng(7)
    curves = bezier.between(random.uniform(0, 100, (200, 2)), random.uniform(0, 100, (200, 2)))
    line = np.array([[20.0, 10.0], [70.0, 90.0]])
    crossed = bezier.crosses(curves, line)
    steps = np.linspace(0, 1, 400)[:, None]
    nearest = np.min([bezier.distance(curves, x, y) for x, y in line[0] + (line[1] - line[0]) * steps], axis=0)
    assert 20 < crossed.sum() < 180
    assert np.all(nearest[crossed] < 0.3)
    assert np.all(crossed[nearest < 1e-9])


def test_a_node_dropped_on_a_wire_goes_into_it_and_makes_room(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, chain())
    start = header(canvas, ids["free"])
    offset = canvas.node_rect(ids["free"]).center() - start
    end = canvas.wire_point(Wire(ids["r"], ids["L"], 0)) - offset
    mouse.drag(start, end, release=False)
    assert canvas.overlay.wire_target == Wire(ids["r"], ids["L"], 0)
    assert canvas.overlay.inserted is not None
    assert canvas.overlay.guides == ()
    mouse.release(end)
    graph = canvas.session.graph
    assert graph.source_of(ids["free"], 0) == ids["r"]
    assert graph.source_of(ids["L"], 0) == ids["free"]
    assert graph.nodes[ids["L"]].position[0] >= graph.nodes[ids["free"]].position[0] + 140
    assert steps(canvas) == 1
    assert canvas.overlay.wire_target is None
    canvas.session.undo()
    assert canvas.session.graph.nodes[ids["free"]].position == (300.0, 400.0)
    assert canvas.session.graph.source_of(ids["L"], 0) == ids["r"]


def test_a_node_in_use_is_not_put_into_a_wire(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, chain())
    start = header(canvas, ids["x"])
    mouse.drag(start, start + QPointF(400, 0))
    assert canvas.session.graph.source_of(ids["L"], 0) == ids["r"]
    assert canvas.session.graph.source_of(ids["r"], 0) == ids["x"]


def test_alt_drag_takes_a_node_out_and_heals_the_wire(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, chain())
    start = header(canvas, ids["r"])
    mouse.drag(start, start + QPointF(0, 200), modifiers=ALT)
    graph = canvas.session.graph
    assert graph.source_of(ids["L"], 0) == ids["x"]
    assert graph.source_of(ids["r"], 0) is None
    assert graph.nodes[ids["r"]].position[1] == pytest.approx(300.0, abs=8)
    assert steps(canvas) == 1
    canvas.session.undo()
    assert canvas.session.graph.source_of(ids["r"], 0) == ids["x"]


def test_alt_may_come_after_the_press_which_a_window_manager_would_take(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, chain())
    start = header(canvas, ids["r"])
    mouse.drag(start, start + QPointF(0, 100), release=False)
    at = start + QPointF(0, 200)
    move = QMouseEvent(QEvent.Type.MouseMove, at, canvas.mapToGlobal(at), Qt.MouseButton.NoButton, LEFT, ALT)
    QApplication.sendEvent(canvas, move)
    assert Wire(ids["r"], ids["L"], 0) in canvas.overlay.cut
    mouse.release(at)
    assert canvas.session.graph.source_of(ids["L"], 0) == ids["x"]
    assert steps(canvas) == 1


def test_escape_detaches_nothing(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, chain())
    before = canvas.session.graph
    start = header(canvas, ids["r"])
    mouse.drag(start, start + QPointF(0, 200), modifiers=ALT, release=False)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    mouse.release(start)
    assert canvas.session.graph is before
    assert canvas.node_rect(ids["r"]).topLeft() == QPointF(300, 140)


def test_an_operation_dropped_on_a_wire_goes_into_it(canvas: CanvasView) -> None:
    ids = show(canvas, chain())
    wire = Wire(ids["r"], ids["L"], 0)
    at, data = canvas.wire_point(wire), carried("sigmoid")
    assert drag_over(canvas, data, at.toPoint())
    assert canvas.overlay.wire_target == wire
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(canvas, QDropEvent(at, copy, data, left, none))
    graph = canvas.session.graph
    new = max(graph.nodes)
    assert graph.nodes[new].op_name == "sigmoid"
    assert graph.source_of(new, 0) == ids["r"]
    assert graph.source_of(ids["L"], 0) == new
    assert steps(canvas) == 1
    assert canvas.session.selection == {new}


def test_dragged_nodes_line_up_with_the_ports_of_others(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, Builder().source("input", "x", 1.0, 3, 7).op("relu", "r", 300, 200))
    start = header(canvas, ids["r"])
    mouse.drag(start, start + QPointF(4, -189), release=False)
    assert canvas.overlay.guides
    mouse.release(start + QPointF(4, -189))
    assert canvas.session.graph.nodes[ids["r"]].position[1] == 7.0
    assert canvas.overlay.guides == ()
    canvas.guides = False
    mouse.drag(header(canvas, ids["r"]), header(canvas, ids["r"]) + QPointF(30, 4))
    assert canvas.session.graph.nodes[ids["r"]].position[1] == 10.0


def test_hovering_a_port_marks_what_it_may_join(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, chain())
    mouse.move(canvas.port_point(ids["r"], None))
    assert {port.item for port in canvas.overlay.joinable.fits} == {ids["L"], ids["free"]}
    mouse.move(QPointF(850, 20))
    assert canvas.overlay.joinable == Joinability()


def test_ports_that_do_not_fit_are_dimmed_and_the_tooltip_says_why(canvas: CanvasView, mouse: Mouse) -> None:
    built = Builder().source("input", "x", [1.0, 2.0], 0, 0).source("input", "y", [1.0, 2.0, 3.0], 0, 200)
    built.op("relu", "r", 250, 0, "x").op("add", "s", 450, 0, "r", "x").op("tanh", "t", 450, 200)
    ids = show(canvas, built)
    at = canvas.port_point(ids["s"], None)
    mouse.move(at)
    found = canvas.overlay.joinable
    assert found.fits == (Port(ids["t"], "in", 0),)
    assert dict(found.barred) == {Port(ids["r"], "in", 0): "cycle"}
    tip = tip_at(canvas, at)
    assert "Fits 1 of the 2 inputs in view." in tip
    assert "would form a cycle: r → s → r" in tip
    at = canvas.port_point(ids["y"], None)
    mouse.move(at)
    barred = dict(canvas.overlay.joinable.barred)
    assert {barred[Port(ids["s"], "in", slot)] for slot in (0, 1)} == {"shape"}
    assert tip_at(canvas, at).count("Does not fit. s: ") == 1
    at = canvas.port_point(ids["r"], 0)
    mouse.move(at)
    assert "Fits 3 of the 4 outputs in view." in tip_at(canvas, at)
    before = canvas.grab().toImage()
    mouse.move(QPointF(850, 580))
    assert canvas.grab().toImage() != before


def test_hovering_asks_for_what_is_in_view_alone_and_once(canvas: CanvasView, mouse: Mouse) -> None:
    built = Builder().source("input", "x", 1.0, 0, 0).op("relu", "r", 250, 0).op("relu", "away", 5000, 0)
    ids = show(canvas, built)
    at = canvas.port_point(ids["x"], None)
    mouse.move(at)
    found = canvas.overlay.joinable
    assert [port.item for port in found.fits] == [ids["r"]]
    mouse.move(at + QPointF(1, 0))
    assert canvas.overlay.joinable is found


def test_a_wire_whose_shapes_clash_says_so_before_it_is_made(canvas: CanvasView, mouse: Mouse) -> None:
    built = Builder().source("input", "x", [1.0, 2.0], 0, 0).source("input", "y", [1.0, 2.0, 3.0], 0, 200)
    ids = show(canvas, built.op("add", "s", 300, 100, "x"))
    end = canvas.port_point(ids["s"], 1)
    mouse.drag(canvas.port_point(ids["y"], None), end, release=False)
    assert "shape" in canvas.overlay.hint
    assert not canvas.overlay.refused
    mouse.release(end)
    assert canvas.session.graph.source_of(ids["s"], 1) == ids["y"]
