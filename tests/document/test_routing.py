"""Wires are led round boxes when a level is tidied, and through the room that blocks are laid out with."""

from __future__ import annotations

import random

import numpy as np
import pytest

from backprop_studio.document import edits
from backprop_studio.document.bends import line_bends
from backprop_studio.document.blocks import BLOCKS, build_block
from backprop_studio.document.examples import all_examples
from backprop_studio.document.file_format import load
from backprop_studio.document.graph import Graph
from backprop_studio.document.groups import visible
from backprop_studio.document.layout import layered_layout
from backprop_studio.document.led_wires import course_of, rects_of
from backprop_studio.document.level_boxes import level_boxes
from backprop_studio.document.opening import close_group, open_group
from backprop_studio.document.routing import Course, Router, passes_behind
from backprop_studio.document.tidying import tidy
from backprop_studio.document.wire_curves import chain
from tests.document.support import check_invariants, graph_of


def lines_behind_boxes(graph: Graph, inside: int | None = None) -> int:
    """How many lines of a level pass behind a box that they do not join."""
    level = visible(graph, inside)
    boxes = level_boxes(graph, level)
    by_item, rects = {box.item: (row, box) for row, box in enumerate(boxes)}, rects_of(boxes)
    count = 0
    for line in level.wires:
        bends = line_bends(graph, line.wires, (line.source.item, line.target.item))
        count += bool(len(passes_behind(course_of(level, line, by_item), bends, rects)))
    return count


def net(nodes: int, seed: int = 0) -> Graph:
    """Operations of two inputs each, from among the sixty before."""
    draw = random.Random(seed)
    sources = max(3, nodes // 20)
    ops = {number: "parameter" if number <= sources else "add" for number in range(1, nodes + 1)}
    wires = {
        (number, slot): draw.randint(max(1, number - 60), number - 1)
        for number in range(sources + 1, nodes + 1)
        for slot in (0, 1)
    }
    return graph_of(ops, wires)


@pytest.mark.parametrize("seed", range(4))
def test_no_wire_of_a_tidied_net_passes_behind_a_node(seed: int) -> None:
    graph = net(60, seed)
    assert lines_behind_boxes(edits.move(graph, layered_layout(graph))) > 20
    after = tidy(graph)
    check_invariants(after)
    assert lines_behind_boxes(after) == 0
    assert tidy(after) == after


@pytest.mark.parametrize("name", BLOCKS)
def test_no_wire_of_a_block_passes_behind_a_node(name: str) -> None:
    graph = build_block(name)
    for group in graph.groups:
        assert lines_behind_boxes(graph, group) == 0


def test_no_wire_of_a_tidied_example_passes_behind_a_node() -> None:
    for example in all_examples():
        assert lines_behind_boxes(tidy(load(example.path))) == 0


def test_a_wire_into_a_block_has_room_above_its_weights() -> None:
    graph = build_block("mlp", {"sizes": (2, 3, 1)})
    [group] = graph.groups
    level = visible(graph, group)
    first = next(node for node in graph.nodes.values() if node.op_name == "matmul")
    height = first.position[1] + 46
    for box in level_boxes(graph, level):
        x, y = box.corner
        if box.item > 0 and x < first.position[0]:
            assert not y < height < y + box.shape.height


def test_a_way_round_a_box_is_short_and_keeps_clear_of_other_wires() -> None:
    rects = np.array([[0.0, 0.0, 140.0, 86.0], [210.0, 0.0, 140.0, 86.0], [420.0, 0.0, 140.0, 86.0]])
    course = Course((1, 0), (140.0, 40.0), (420.0, 40.0), frozenset({0, 2}))
    assert passes_behind(course, (), rects).tolist() == [1]
    router = Router(rects)
    first = router.bends(course)
    assert not len(passes_behind(course, first, rects))
    assert {y for _, y in first} == {-14.0}
    other = router.bends(Course((2, 0), (140.0, 40.0), (420.0, 40.0), frozenset({0, 2})))
    assert other
    assert not {y for _, y in first} & {y for _, y in other}
    assert router.bends(course) == first, "what carries the same runs together"


def test_what_is_in_no_way_runs_straight() -> None:
    rects = np.array([[0.0, 0.0, 140.0, 86.0], [210.0, 300.0, 140.0, 86.0], [420.0, 0.0, 140.0, 86.0]])
    assert Router(rects).bends(Course((1, 0), (140.0, 40.0), (420.0, 40.0), frozenset({0, 2}))) == ()
    backwards = Course((1, 0), (560.0, 40.0), (0.0, 40.0), frozenset({0, 2}))
    assert Router(rects).bends(backwards) == ()


def test_a_level_run_between_two_bends_is_straight() -> None:
    found = chain(np.array([0.0, 0.0]), ((60.0, 200.0), (300.0, 200.0)), np.array([360.0, 0.0]))
    assert np.all(found[1, :, 1] == 200.0)
    assert found[..., 0].min() == 0.0
    assert found[..., 0].max() == 360.0


def test_wires_into_a_group_that_is_opened_in_place_are_led_round_its_nodes() -> None:
    graph = edits.add_node(build_block("mlp"), "input", (-300.0, 400.0))[0]
    [group] = graph.groups
    source = max(graph.nodes)
    first = next(node.id for node in graph.nodes.values() if node.op_name == "matmul")
    graph = edits.connect(graph, source, first, 0)
    opened = open_group(graph, group)
    check_invariants(opened)
    assert lines_behind_boxes(opened) == 0
    assert close_group(opened, group).nodes[source] == graph.nodes[source]
