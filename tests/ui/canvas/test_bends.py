"""Wires led through bends, with real mouse events."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from backprop_studio.document.file_format import dumps, loads
from backprop_studio.document.graph import Wire
from backprop_studio.document.port_bends import bends_drawn
from backprop_studio.ui.canvas import bent, bezier
from backprop_studio.ui.canvas.view import CanvasView
from tests.ui.canvas.conftest import Builder, Mouse, show
from tests.ui.canvas.test_geometry import check_against_fresh
from tests.ui.canvas.test_gestures import header, steps
from tests.ui.canvas.test_repainting import check


def line() -> Builder:
    """x → relu r, far apart, on one height."""
    return Builder().source("parameter", "x", 2.0, 0, 100).op("relu", "r", 500, 100, "x")


def bent_wire(canvas: CanvasView, mouse: Mouse) -> tuple[Wire, QPointF]:
    ids = show(canvas, line())
    wire = Wire(ids["x"], ids["r"], 0)
    at = canvas.wire_point(wire)
    mouse.double_click(at)
    mouse.drag(at, at + QPointF(0, 150))
    return wire, at + QPointF(0, 150)


def test_a_double_click_on_a_wire_bends_it_and_the_bend_is_dragged(canvas: CanvasView, mouse: Mouse) -> None:
    wire, at = bent_wire(canvas, mouse)
    graph = canvas.session.graph
    [point] = graph.bends[wire.target, wire.slot]
    assert (canvas.camera.to_widget(QPointF(*point)) - at).manhattanLength() <= 10
    assert steps(canvas) == 2
    assert canvas.pointer.wire_at(at) == wire
    check_against_fresh(canvas.scene.geometry, graph)
    check(canvas)
    canvas.session.undo()
    canvas.session.undo()
    assert not canvas.session.graph.bends
    assert not canvas.scene.geometry.chains
    check(canvas)


def test_a_double_click_on_a_bend_straightens_the_wire(canvas: CanvasView, mouse: Mouse) -> None:
    _, at = bent_wire(canvas, mouse)
    mouse.double_click(at)
    assert not canvas.session.graph.bends
    assert canvas.quick_add.popup is None
    assert steps(canvas) == 3


def test_escape_puts_a_dragged_bend_back(canvas: CanvasView, mouse: Mouse) -> None:
    wire, at = bent_wire(canvas, mouse)
    before = canvas.session.graph
    mouse.drag(at, at + QPointF(60, 60), release=False)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    mouse.release(at)
    assert canvas.session.graph is before
    assert canvas.scene.geometry.bends[wire] == before.bends[wire.target, wire.slot]
    check(canvas)


def test_bends_go_along_when_both_ends_move(canvas: CanvasView, mouse: Mouse) -> None:
    wire, _ = bent_wire(canvas, mouse)
    [(x, y)] = canvas.session.graph.bends[wire.target, wire.slot]
    canvas.session.select_all()
    start = header(canvas, wire.source)
    mouse.drag(start, start + QPointF(30, 50))
    dx, dy = canvas.session.graph.nodes[wire.source].position
    assert canvas.session.graph.bends[wire.target, wire.slot] == ((x + dx, y + dy - 100),)
    check_against_fresh(canvas.scene.geometry, canvas.session.graph)
    check(canvas)


def test_a_second_bend_keeps_their_order_and_slicing_cuts_the_detour(canvas: CanvasView, mouse: Mouse) -> None:
    wire, at = bent_wire(canvas, mouse)
    curve = canvas.scene.geometry.chains[wire][1]
    mouse.double_click(canvas.camera.to_widget(bezier.point(curve, 0.5)))
    first, second = canvas.session.graph.bends[wire.target, wire.slot]
    assert first[0] < second[0]
    control, right = Qt.KeyboardModifier.ControlModifier, Qt.MouseButton.RightButton
    mouse.drag(at + QPointF(0, -30), at + QPointF(0, 30), right, control)
    assert not list(canvas.session.graph.wires)
    assert not canvas.session.graph.bends
    QApplication.processEvents()


def test_a_chain_passes_its_bends_without_corners_and_is_walked_evenly() -> None:
    chain = bent.pieces(np.array([0.0, 0.0]), ((100.0, 80.0), (200.0, -40.0)), np.array([300.0, 0.0]))
    assert chain.shape == (3, 4, 2)
    for before, after in pairwise(chain):
        assert np.array_equal(before[3], after[0])
        arriving, leaving = before[3] - before[2], after[1] - after[0]
        assert abs(arriving[0] * leaving[1] - arriving[1] * leaving[0]) < 1e-6
        assert arriving @ leaving > 0
    assert np.allclose(bent.place(chain, 0.0), (0, 0))
    assert np.allclose(bent.place(chain, 1.0), (300, 0))
    steps = np.array([bent.place(chain, share) for share in np.linspace(0, 1, 60)])
    assert np.hypot(*np.diff(steps, axis=0).T).max() < 25


def check_led_at_a_port(canvas: CanvasView, mouse: Mouse, wire: Wire) -> None:
    """Bend the line of a wire at a port of a group, drag the dot, straighten it; each is undone at once."""
    at, before = canvas.wire_point(wire), canvas.session.graph
    index = canvas.session.undo_stack.index()
    mouse.double_click(at)
    wires, faces = canvas.scene.drawn_line(wire)
    [(x, y)] = bends_drawn(canvas.session.graph, wires, faces)
    mouse.drag(at, at + QPointF(20, 90))
    [place] = bends_drawn(canvas.session.graph, wires, faces)
    assert canvas.scene.geometry.bends[wire] == (place,)
    assert abs(place[0] - x - 20 / canvas.zoom) <= 10
    assert abs(place[1] - y - 90 / canvas.zoom) <= 10
    assert canvas.pointer.wire_at(at + QPointF(20, 90)) == wire
    check(canvas)
    led = canvas.session.graph
    assert loads(dumps(led), "memory").port_bends == led.port_bends
    mouse.double_click(canvas.camera.to_widget(QPointF(*place)))
    assert canvas.session.graph.port_bends == before.port_bends
    assert canvas.session.undo_stack.index() == index + 3
    for _ in range(3):
        canvas.session.undo()
    assert canvas.session.graph == before
    check(canvas)


def test_wires_at_ports_of_groups_are_bent_outside_and_within(canvas: CanvasView, mouse: Mouse) -> None:
    built = Builder().source("parameter", "x", 2.0, 0, 100).op("relu", "r", 400, 100, "x").op("exp", "e", 800, 100, "r")
    ids = show(canvas, built)
    group = canvas.session.group_items([ids["r"]])
    assert group is not None
    canvas.fit()
    into, out = Wire(ids["x"], ids["r"], 0), Wire(ids["r"], ids["e"], 0)
    for inside in (None, group):
        canvas.session.enter(inside)
        canvas.fit()
        QApplication.processEvents()
        for wire in (into, out):
            check_led_at_a_port(canvas, mouse, wire)


def test_bends_at_a_port_go_along_when_both_boxes_are_dragged(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, line())
    group = canvas.session.group_items([ids["r"]])
    assert group is not None
    wire = Wire(ids["x"], ids["r"], 0)
    mouse.double_click(canvas.wire_point(wire))
    [(x, y)] = bends_drawn(canvas.session.graph, [wire], (ids["x"], group))
    canvas.session.select_all()
    start = header(canvas, ids["x"])
    mouse.drag(start, start + QPointF(30, 50))
    dx, dy = canvas.session.graph.nodes[ids["x"]].position
    assert bends_drawn(canvas.session.graph, [wire], (ids["x"], group)) == ((x + dx, y + dy - 100),)
    check(canvas)
