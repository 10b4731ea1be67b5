"""The arrays against brute force: they hold what a fresh start would, and hit tests find the nearest."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF

from backprop_studio.document import edits
from backprop_studio.document.changes import difference
from backprop_studio.document.edits import EditError
from backprop_studio.document.graph import EMPTY_GRAPH, Graph
from backprop_studio.document.node_size import NODE_WIDTH, node_height, port_offset_in, port_offset_out
from backprop_studio.ui.canvas import bezier
from backprop_studio.ui.canvas.geometry import Geometry, Port

OPS = ["parameter", "add", "multiply", "sigmoid", "input", "concatenate"]
coordinate = st.integers(-600, 600).map(float)
edit = st.one_of(
    st.tuples(st.just("add"), st.sampled_from(OPS), coordinate, coordinate),
    st.tuples(st.just("move"), st.integers(1, 12), coordinate, coordinate),
    st.tuples(st.just("wire"), st.integers(1, 12), st.integers(1, 12), st.integers(0, 1)),
    st.tuples(st.just("unwire"), st.integers(1, 12), st.integers(0, 1)),
    st.tuples(st.just("remove"), st.sets(st.integers(1, 12), min_size=1, max_size=4)),
)


def applied(graph: Graph, step: tuple) -> Graph:
    """The graph after a step, or as it was where the step is refused."""
    kind, *rest = step
    try:
        if kind == "add":
            return edits.add_node(graph, rest[0], (rest[1], rest[2]))[0]
        if kind == "move":
            return edits.move(graph, {rest[0]: (rest[1], rest[2])})
        if kind == "wire":
            return edits.connect(graph, *rest)
        if kind == "unwire":
            return edits.disconnect(graph, *rest)
        return edits.remove(graph, {node for node in rest[0] if node in graph.nodes})
    except EditError:
        return graph


def check_against_fresh(geometry: Geometry, graph: Graph) -> None:
    """Compare everything that can be asked by id or wire with a geometry made from the graph at once."""
    fresh = Geometry()
    fresh.reset(graph)
    assert sorted(geometry.ids) == sorted(fresh.ids) == sorted(graph.nodes)
    assert set(geometry.wires) == set(graph.wires)
    assert sorted(geometry.all_ports("in")) == sorted(fresh.all_ports("in"))
    for node in graph.nodes:
        assert geometry.node_rect(node) == fresh.node_rect(node)
        assert len(geometry.shapes[geometry.node_row[node]].inputs) == graph.slot_count(node)
        assert geometry.port_point(Port(node, "out")) == fresh.port_point(Port(node, "out"))
    for wire in graph.wires:
        row, other = geometry.wire_row[wire], fresh.wire_row[wire]
        np.testing.assert_array_equal(geometry.curves[row], fresh.curves[other])
        assert geometry.wire_rect(row) == fresh.wire_rect(other)
        assert geometry.path(row) == fresh.path(other)
        chain = geometry.chains.get(wire, geometry.curves[row : row + 1])
        start, end = chain[0][0], chain[-1][3]
        assert QPointF(*start) == geometry.port_point(Port(wire.source, "out"))
        assert QPointF(*end) == geometry.port_point(Port(wire.target, "in", wire.slot))


@settings(max_examples=60, deadline=None)
@given(st.lists(edit, max_size=25))
def test_updates_lead_where_a_fresh_start_leads(steps: list[tuple]) -> None:
    geometry, graph = Geometry(), EMPTY_GRAPH
    for step in steps:
        after = applied(graph, step)
        geometry.update(after, difference(graph, after))
        graph = after
        for row in range(len(geometry.wires)):
            geometry.path(row)  # so that a path that should have been dropped would be found
    check_against_fresh(geometry, graph)


def some_graph(steps: list[tuple]) -> tuple[Graph, Geometry]:
    graph = EMPTY_GRAPH
    for step in steps:
        graph = applied(graph, step)
    geometry = Geometry()
    geometry.reset(graph)
    return graph, geometry


@settings(max_examples=60, deadline=None)
@given(st.lists(edit, max_size=25), coordinate, coordinate, st.floats(0.5, 60))
def test_hits_against_brute_force(steps: list[tuple], x: float, y: float, reach: float) -> None:
    graph, geometry = some_graph(steps)
    inside = [
        node.id
        for node in graph.nodes.values()
        if QRectF(*node.position, NODE_WIDTH, node_height(graph.slot_count(node.id))).contains(x, y)
    ]
    assert geometry.node_at(x, y) == (inside[-1] if inside else None)

    def distance(port: Port) -> float:
        node = graph.nodes[port.item]
        dx, dy = port_offset_in(graph.slot_count(node.id), port.number) if port.is_input else port_offset_out()
        return math.hypot(node.position[0] + dx - x, node.position[1] + dy - y)

    ports = [Port(node, "out") for node in graph.nodes] + geometry.all_ports("in")
    near = [distance(port) for port in ports if distance(port) <= reach]
    found = geometry.port_at(x, y, reach)
    assert (found is not None) == bool(near)
    if found is not None:
        assert distance(found) == pytest.approx(min(near))
    area = QRectF(x, y, 300.0, 200.0)
    touched = {
        node.id
        for node in graph.nodes.values()
        if QRectF(*node.position, NODE_WIDTH, node_height(graph.slot_count(node.id))).intersects(area)
    }
    assert geometry.nodes_in(area) == touched


@settings(max_examples=60, deadline=None)
@given(st.lists(edit, max_size=25), coordinate, coordinate)
def test_nearest_wire_against_dense_sampling(steps: list[tuple], x: float, y: float) -> None:
    _, geometry = some_graph(steps)
    reach = 30.0
    dense = np.linspace(0.0, 1.0, 2000)
    distances = {
        wire: float(np.hypot(*(bezier.points(geometry.curves[row], dense) - (x, y)).T).min())
        for row, wire in enumerate(geometry.wires)
    }
    found = geometry.wire_at(x, y, reach)
    slack = 4.0  # the curve is measured as straight pieces
    if found is None:
        assert all(distance > reach - slack for distance in distances.values())
    else:
        assert distances[found] <= min(distances.values()) + slack
        assert distances[found] <= reach + slack


@settings(max_examples=40, deadline=None)
@given(st.lists(edit, max_size=25), coordinate, coordinate)
def test_culling_leaves_nothing_out(steps: list[tuple], x: float, y: float) -> None:
    graph, geometry = some_graph(steps)
    area = QRectF(x, y, 250.0, 150.0)
    nodes = {geometry.ids[row] for row in geometry.visible_nodes(area).tolist()}
    wires = {geometry.wires[row] for row in geometry.visible_wires(area).tolist()}
    for node in graph.nodes:
        if geometry.node_rect(node).intersects(area):
            assert node in nodes
    dense = np.linspace(0.0, 1.0, 400)
    for row, wire in enumerate(geometry.wires):
        points = bezier.points(geometry.curves[row], dense)
        if ((points >= (x, y)) & (points <= (x + 250.0, y + 150.0))).all(1).any():
            assert wire in wires


def test_unknown_ports_and_empty_arrays() -> None:
    geometry = Geometry()
    assert geometry.node_at(0, 0) is None
    assert geometry.port_at(0, 0, 50) is None
    assert geometry.wire_at(0, 0, 50) is None
    assert geometry.bounds() is None
    assert geometry.nodes_in(QRectF(0, 0, 10, 10)) == frozenset()
    graph, node = edits.add_node(EMPTY_GRAPH, "add", (0, 0))
    geometry.reset(graph)
    with pytest.raises(KeyError):
        geometry.port_point(Port(node, "in", 2))


def test_only_touched_wires_are_computed_anew() -> None:
    graph = EMPTY_GRAPH
    for x in (0, 200):
        graph, a = edits.add_node(graph, "parameter", (x, 0))
        graph, b = edits.add_node(graph, "sigmoid", (x, 200))
        graph = edits.connect(graph, a, b, 0)
    geometry = Geometry()
    geometry.reset(graph)
    kept, lost = geometry.path(0), geometry.path(1)
    after = edits.move(graph, {3: (210.0, 30.0)})
    geometry.update(after, difference(graph, after))
    assert geometry.path(0) is kept
    assert geometry.path(1) is not lost


@pytest.mark.parametrize(("across", "down"), [(300, 0), (30, 5), (-200, 40), (0, 0), (-2000, 300)])
def test_wires_leave_to_the_right_and_arrive_from_the_left(across: float, down: float) -> None:
    curve = bezier.between(np.array([[0.0, 0.0]]), np.array([[across, down]], float))[0]
    assert curve[1][0] >= curve[0][0]
    assert curve[2][0] <= curve[3][0]
    assert curve[1][1] == curve[0][1]
    assert curve[2][1] == curve[3][1]
    left, top, right, bottom = bezier.bounds(curve[None])[0]
    points = bezier.points(curve, np.linspace(0, 1, 500))
    assert (points[:, 0] >= left - 1e-9).all()
    assert (points[:, 0] <= right + 1e-9).all()
    assert (points[:, 1] >= top - 1e-9).all()
    assert (points[:, 1] <= bottom + 1e-9).all()
