"""Layouts flow to the right, overlap nowhere, keep chains straight and are the same every time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings

from backprop_studio.document import edits
from backprop_studio.document.graph import EMPTY_GRAPH, Graph, Point, frozen
from backprop_studio.document.layers import crossings, layered
from backprop_studio.document.layout import COLUMN_PITCH, layered_layout
from backprop_studio.document.node_size import NODE_WIDTH, node_height, port_offset_in, port_offset_out
from tests.document.support import chain, graph_of, graphs, wires_of


def check(graph: Graph, positions: dict[int, Point]) -> None:
    """On the grid, within the scene, without overlap, every wire from left to right."""
    columns = defaultdict(list)
    for identifier, (x, y) in positions.items():
        assert x % 10 == 0
        assert y % 10 == 0
        assert max(abs(x), abs(y)) <= 1e6
        columns[x].append((y, identifier))
    for first, second in pairwise(sorted(columns)):
        assert second - first >= NODE_WIDTH + 60
    for column in columns.values():
        for (y, identifier), (below, _) in pairwise(sorted(column)):
            assert below - y - node_height(graph.slot_count(identifier)) >= 20
    for wire in graph.wires:
        if wire.source in positions and wire.target in positions:
            assert positions[wire.source][0] < positions[wire.target][0]


def drop(graph: Graph, positions: dict[int, Point], source: int, target: int, slot: int) -> float:
    """How far the end of a wire lies below its start."""
    start = positions[source][1] + port_offset_out()[1]
    return positions[target][1] + port_offset_in(graph.slot_count(target), slot)[1] - start


@settings(deadline=None)
@given(graphs())
def test_any_graph_is_laid_out_soundly_and_the_same_every_time(graph):
    positions = layered_layout(graph)
    assert set(positions) == set(graph.nodes)
    check(graph, positions)
    turned = replace(
        graph,
        nodes=frozen(dict(reversed(graph.nodes.items()))),
        sources=frozen(dict(reversed(graph.sources.items()))),
    )
    assert layered_layout(turned) == positions
    assert layered_layout(edits.move(graph, positions)) == positions
    if positions:
        assert min(x for x, _ in positions.values()) == 0
        assert min(y for _, y in positions.values()) == 0


def test_an_empty_graph_needs_no_place():
    assert layered_layout(EMPTY_GRAPH) == {}
    assert layered_layout(chain(2), []) == {}


def test_a_chain_is_one_straight_line():
    positions = layered_layout(chain(6))
    assert [positions[number] for number in range(1, 8)] == [(COLUMN_PITCH * column, 0.0) for column in range(7)]


def neuron() -> Graph:
    """square(sigmoid(x*w + b) − t), with the ids x 1, w 2, b 3, t 4, then the operations in order."""
    ops = {1: "input", 2: "parameter", 3: "parameter", 4: "target"}
    ops |= {5: "multiply", 6: "add", 7: "sigmoid", 8: "subtract", 9: "square"}
    wires = {(5, 0): 1, (5, 1): 2, (6, 0): 5, (6, 1): 3, (7, 0): 6, (8, 0): 7, (8, 1): 4, (9, 0): 8}
    return graph_of(ops, wires)


def test_the_operations_of_a_neuron_stand_on_straight_wires():
    graph = neuron()
    positions = layered_layout(graph)
    check(graph, positions)
    for source, target in ((5, 6), (6, 7), (7, 8), (8, 9)):
        assert drop(graph, positions, source, target, 0) == 0
    assert positions[1][1] < positions[2][1]
    assert abs(drop(graph, positions, 1, 5, 0) + drop(graph, positions, 2, 5, 1)) <= 10  # level, but for the grid


def test_sources_stand_next_to_their_users():
    graph = neuron()
    positions = layered_layout(graph)
    for source, user in ((1, 5), (2, 5), (3, 6), (4, 8)):
        assert positions[user][0] - positions[source][0] == COLUMN_PITCH


def test_what_hangs_on_sources_alone_moves_with_them():
    graph = graph_of(
        {1: "input", 2: "negative", 3: "negative", 4: "negative", 5: "add", 6: "parameter", 7: "exp"},
        {(2, 0): 1, (3, 0): 2, (4, 0): 3, (5, 0): 4, (7, 0): 6, (5, 1): 7},
    )
    positions = layered_layout(graph)
    assert positions[5][0] - positions[7][0] == COLUMN_PITCH
    assert positions[7][0] - positions[6][0] == COLUMN_PITCH
    assert drop(graph, positions, 6, 7, 0) == 0


def tree(depth: int) -> Graph:
    """A full binary tree of additions, its leaves numbered so that the first order of ids would cross."""
    ops, wires, level = {}, {}, []
    leaves = 2**depth
    for number in range(leaves):
        identifier = (number * 37) % leaves + 1
        ops[identifier] = "input"
        level.append(identifier)
    following = leaves + 1
    while len(level) > 1:
        pairs, level = list(zip(level[::2], level[1::2], strict=True)), []
        for pair in pairs:
            ops[following] = "add"
            wires |= {(following, slot): source for slot, source in enumerate(pair)}
            level.append(following)
            following += 1
    return graph_of(dict(sorted(ops.items())), wires)


def crossings_of(graph: Graph, positions: dict[int, Point]) -> int:
    """Pairs of wires between the same two columns whose ends are in opposite order."""
    ends = defaultdict(list)
    for source, target, slot in graph.wires:
        (x0, y0), (x1, y1) = positions[source], positions[target]
        ends[x0, x1].append((y0, y1 + port_offset_in(graph.slot_count(target), slot)[1]))
    return sum(
        (one[0] - other[0]) * (one[1] - other[1]) < 0
        for pairs in ends.values()
        for number, one in enumerate(pairs)
        for other in pairs[:number]
    )


def test_a_tree_has_no_crossings_and_each_parent_stands_between_its_children():
    graph = tree(5)
    positions = layered_layout(graph)
    check(graph, positions)
    assert crossings_of(graph, positions) == 0
    for identifier, node in graph.nodes.items():
        if not node.op.is_source:
            first, second = (positions[source][1] for source in graph.inputs_of(identifier) if source)
            assert first < positions[identifier][1] < second


def test_sweeps_undo_avoidable_crossings():
    """Two layers of which the second uses the first in reverse order."""
    count = 8
    ops = {1: "input"} | dict.fromkeys(range(2, 2 * count + 2), "negative")
    wires = {(number, 0): 1 for number in range(2, count + 2)}
    wires |= {(count + number, 0): count + 3 - number for number in range(2, count + 2)}
    graph = graph_of(ops, wires)
    assert crossings_of(graph, layered_layout(graph)) == 0


def test_counting_crossings():
    layers = layered([[], [], [(0, 0, 2), (1, 1, 2)], [(0, 0, 2), (1, 1, 2)]])
    assert crossings(layers) == 1
    layers.order[1].reverse()
    assert crossings(layers) == 1
    layers.order[0].reverse()
    layers.order[1].reverse()
    assert crossings(layers) == 3


def test_the_long_wire_of_an_operation_runs_straight_and_clear_of_the_nodes_it_passes():
    ops = {1: "input", 2: "negative", 3: "exp", 4: "sin", 5: "add"}
    graph = graph_of(ops, {(2, 0): 1, (3, 0): 2, (4, 0): 3, (5, 0): 4, (5, 1): 2})
    positions = layered_layout(graph)
    check(graph, positions)
    assert drop(graph, positions, 2, 5, 1) == 0
    assert drop(graph, positions, 3, 4, 0) == 0
    line = positions[2][1] + port_offset_out()[1]
    for identifier in (3, 4):
        top = positions[identifier][1]
        assert not top - 10 < line < top + node_height(graph.slot_count(identifier)) + 10


def test_parts_stand_below_each_other_and_single_nodes_in_rows():
    ops = {1: "input", 2: "negative", 3: "input", 4: "negative"} | dict.fromkeys(range(5, 15), "input")
    graph = graph_of(ops, {(2, 0): 1, (4, 0): 3})
    positions = layered_layout(graph)
    check(graph, positions)
    assert positions[1] == (0.0, 0.0)
    assert positions[3][0] == 0.0
    assert positions[3][1] >= positions[1][1] + 86 + 50
    rows = sorted({positions[number][1] for number in range(5, 15)})
    assert len(rows) == 3
    assert rows[0] >= positions[3][1] + 86 + 50


def test_some_nodes_stay_where_they_were():
    graph = edits.move(neuron(), {identifier: (500.0 + 3 * identifier, -300.0) for identifier in range(1, 10)})
    positions = layered_layout(graph, [5, 6, 3])
    assert set(positions) == {3, 5, 6}
    assert (min(x for x, _ in positions.values()), min(y for _, y in positions.values())) == (510.0, -300.0)
    check(graph, positions)


def test_both_inputs_from_one_node():
    graph = graph_of({1: "input", 2: "multiply"}, {(2, 0): 1, (2, 1): 1})
    assert layered_layout(graph) == {1: (0.0, 0.0), 2: (COLUMN_PITCH, 0.0)}


def test_a_chain_of_50000_is_folded_into_the_scene():
    graph = chain(50_000)
    positions = layered_layout(graph)
    assert len(set(positions.values())) == 50_001
    assert max(max(map(abs, point)) for point in positions.values()) <= 1e6
    assert positions[2][1] == positions[3000][1]


def test_one_source_used_by_thousands_of_columns():
    ops = {1: "input"} | dict.fromkeys(range(2, 3002), "multiply")
    wires = {(number, slot): source for number in range(2, 3002) for slot, source in enumerate((number - 1, 1))}
    check(graph_of(ops, wires), layered_layout(graph_of(ops, wires)))


def test_a_column_too_tall_for_the_scene_is_drawn_together():
    graph = graph_of({1: "input"} | dict.fromkeys(range(2, 20_002), "negative"), {(n, 0): 1 for n in range(2, 20_002)})
    positions = layered_layout(graph)
    assert max(max(map(abs, point)) for point in positions.values()) <= 1e6
    assert len(positions) == 20_001


@pytest.mark.parametrize("slots", range(8))
def test_ports_sit_on_the_edges_of_the_body(slots):
    height = node_height(slots)
    assert height >= 86
    assert (height == 86) == (slots <= 2)
    heights = [port_offset_in(slots, slot)[1] for slot in range(slots)]
    assert all(26 < y < height for y in heights)
    assert all(below - y == 20 for y, below in pairwise(heights))
    assert all((y - port_offset_out()[1]) % 10 == 0 for y in heights)
    assert [port_offset_out(slots, port)[1] for port in range(slots)] == heights
    assert port_offset_out()[0] == NODE_WIDTH
    for slot in (-1, slots):
        with pytest.raises(IndexError, match="port"):
            port_offset_out(slots, slot)
        with pytest.raises(IndexError, match="slot"):
            port_offset_in(slots, slot)


def test_the_graph_itself_is_not_changed():
    graph = neuron()
    wires = wires_of(graph)
    layered_layout(graph)
    assert wires_of(graph) == wires
    assert all(node.position == (0.0, 0.0) for node in graph.nodes.values())
