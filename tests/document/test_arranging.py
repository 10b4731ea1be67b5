"""Aligning, distributing, guides and tidying."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_studio.document import edits, groups
from backprop_studio.document.arranging import Box, Guide, Guides, Snap, align, boxes, distribute, snapped
from backprop_studio.document.graph import Graph
from backprop_studio.document.layout import COLUMN_PITCH, layered_layout
from backprop_studio.document.tidying import tidy
from backprop_studio.exchange.graph_code import parse_graph_code
from tests.document.support import chain, check_invariants, graphs

BOXES = {1: Box((0, 0, 100, 50)), 2: Box((30, 200, 40, 30)), 3: Box((200, 90, 100, 20))}


@pytest.mark.parametrize(
    ("edge", "found"),
    [
        ("left", [(0, 0), (0, 200), (0, 90)]),
        ("right", [(200, 0), (260, 200), (200, 90)]),
        ("top", [(0, 0), (30, 0), (200, 0)]),
        ("bottom", [(0, 180), (30, 200), (200, 210)]),
        ("centre_x", [(100, 0), (130, 200), (100, 90)]),
        ("centre_y", [(0, 90), (30, 100), (200, 105)]),
    ],
)
def test_aligned_items_share_an_edge(edge, found):
    assert list(align(BOXES, edge).values()) == found
    assert align({}, edge) == {}


def test_distributed_items_have_equal_gaps():
    assert distribute(BOXES, "x") == {1: (0, 0), 2: (130, 200), 3: (200, 90)}
    assert distribute(BOXES, "y") == {1: (0, 0), 3: (200, 115), 2: (30, 200)}
    assert distribute({1: BOXES[1], 2: BOXES[2]}, "x") == {1: (0, 0), 2: (30, 200)}


boxes_drawn = st.dictionaries(
    st.integers(1, 9),
    st.tuples(*[st.integers(-200, 200).map(float)] * 2, *[st.integers(20, 90).map(float)] * 2).map(Box),
    min_size=1,
)


@given(boxes_drawn, st.sampled_from(["left", "right", "top", "bottom", "centre_x", "centre_y"]))
def test_aligning_twice_is_aligning_once(given_boxes, edge):
    once = align(given_boxes, edge)
    moved = {i: Box((*place, *given_boxes[i].rect[2:])) for i, place in once.items()}
    assert align(moved, edge) == once


def test_points_snap_to_the_grid():
    assert snapped((14.9, -15.1)) == (10.0, -20.0)
    assert snapped((5.0, 7.0), 4.0) == (4.0, 8.0)


def test_a_dragged_box_snaps_to_the_nearest_edge_and_shows_it():
    guides = Guides([Box((0, 0, 100, 50)), Box((300, 8, 100, 50))])
    assert guides.snap([Box((4, 200, 80, 40))], 6.0) == Snap(-4.0, 0.0, (Guide("x", 0.0, 0.0, 240.0),))
    assert guides.snap([Box((7, 200, 80, 40))], 6.0) == Snap()
    found = guides.snap([Box((150, 5, 60, 30))], 6.0)
    assert (found.dx, found.dy) == (0.0, 3.0)
    assert found.guides == (Guide("y", 8.0, 150.0, 400.0),)


def test_ports_come_before_edges_as_near():
    guides = Guides([Box((0, 0, 100, 50), (30.0,))])
    assert guides.snap([Box((200, 2, 100, 60), (28.0,))], 5.0).dy == 2.0
    assert guides.snap([Box((200, 1, 100, 60), (28.0,))], 5.0).dy == -1.0


@given(boxes_drawn, boxes_drawn, st.floats(0, 20))
def test_a_snap_is_small_and_lines_up(others, moving, tolerance):
    guides = Guides(others.values())
    found = guides.snap(list(moving.values()), tolerance)
    assert abs(found.dx) <= tolerance
    assert abs(found.dy) <= tolerance
    shifted = [Box((x + found.dx, y + found.dy, w, h)) for ((x, y, w, h), _) in moving.values()]
    if found.guides:
        assert guides.snap(shifted, 1e-6).guides
    assert bool(found.guides) or (found.dx, found.dy) == (0.0, 0.0)


def test_boxes_know_the_heights_of_ports():
    graph = chain(1)
    assert boxes(graph, [1, 2]) == {1: Box((0, 0, 140, 86), (56.0,)), 2: Box((0, 0, 140, 86), (56.0,))}
    graph, group = edits.make_group(graph, [2])
    graph, comment = edits.add_comment(graph, "note", (0, 0))
    found = boxes(graph, [group, comment])
    assert len(found[group].levels) == 1
    assert found[comment].levels == ()


CODE = "x = input(2.)\nz = x*w\na = relu(z)\nb = tanh(a)\nL = (b - t)**2\n"


def test_tidying_a_plain_graph_is_its_layout():
    graph = edits.move(parse_graph_code(CODE), {1: (999, 999), 3: (-50, 0)})
    after = tidy(graph)
    assert {i: node.position for i, node in after.nodes.items()} == layered_layout(graph)
    assert tidy(after) == after


def test_tidying_a_selection_keeps_its_place():
    graph = edits.move(chain(4), {2: (500, 300), 3: (520, 390), 4: (540, 480)})
    after = tidy(graph, [2, 3, 4])
    assert [after.nodes[i].position for i in (2, 3, 4)] == [(500 + COLUMN_PITCH * n, 300.0) for n in range(3)]
    assert (after.nodes[1], after.nodes[5]) == (graph.nodes[1], graph.nodes[5])


def with_group() -> tuple[Graph, int]:
    graph = parse_graph_code(CODE)
    return edits.make_group(graph, [graph.node_named(name).id for name in ("z", "a")])


def test_a_collapsed_group_is_laid_out_as_one():
    graph, group = with_group()
    graph = edits.move(graph, {group: (3000, 3000)})
    after = tidy(graph)
    x, b = (after.nodes[graph.node_named(name).id] for name in ("x", "b"))
    assert x.position[0] < after.groups[group].position[0] < b.position[0]
    z, a = (graph.node_named(name).id for name in ("z", "a"))
    before = graph.nodes[a].position[0] - graph.nodes[z].position[0]
    assert after.nodes[a].position[0] - after.nodes[z].position[0] == before
    check_invariants(after)


def test_the_inside_of_a_group_is_laid_out_alone():
    graph, group = with_group()
    z, a = (graph.node_named(name).id for name in ("z", "a"))
    graph = edits.move(graph, {z: (70, 80), a: (0, 500)})
    after = tidy(graph, inside=group)
    assert after.nodes[z].position == (0.0, 80.0)
    assert after.nodes[a].position == (COLUMN_PITCH, 80.0)
    assert all(after.nodes[i] == node for i, node in graph.nodes.items() if i not in (z, a))


def test_groups_that_feed_each_other_to_and_fro_are_laid_out():
    graph = chain(3)
    graph, one = edits.make_group(graph, [1, 3])
    graph, other = edits.make_group(graph, [2, 4])
    after = tidy(graph)
    assert after.groups[one].position != after.groups[other].position


def test_bends_between_what_is_tidied_go():
    graph = edits.add_bend(edits.add_bend(chain(3), 2, 0, 0, (5, 5)), 4, 0, 0, (6, 6))
    assert set(tidy(graph, [1, 2]).bends) == {(4, 0)}
    assert not tidy(graph).bends


def test_frames_fit_themselves_around_what_they_carry():
    graph = edits.move(chain(2), {1: (0, 0), 2: (0, 100), 3: (2000, 0)})
    graph, frame = edits.add_frame(graph, (-50, -50, 400, 400))
    graph, elsewhere = edits.add_frame(graph, (5000, 0, 50, 50))
    after = tidy(graph)
    assert after.frames[frame].rect == (-24.0, -34.0, COLUMN_PITCH + 140 + 48, 86.0 + 58)
    assert after.frames[elsewhere] == graph.frames[elsewhere]


@settings(deadline=None, max_examples=40)
@given(graphs(), st.randoms())
def test_any_graph_can_be_tidied(graph, random):
    group = random.choice([None, *graph.groups])
    check_invariants(tidy(graph, inside=group))
    level = groups.visible(graph, group)
    chosen = [i for i in (*level.nodes, *level.groups) if random.random() < 0.5]
    after = tidy(graph, chosen, inside=group)
    check_invariants(after)
    assert all(after.nodes[i] == graph.nodes[i] for i in level.nodes if i not in chosen)
