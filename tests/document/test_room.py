"""What is in the way of a new or larger item makes room, along with all that this comes upon."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from backprop_studio.document import edits
from backprop_studio.document.blocks import build_block
from backprop_studio.document.graph import EMPTY_GRAPH, Graph
from backprop_studio.document.groups import group_rect
from backprop_studio.document.items import item_group, item_rect, outline_rect, seen_rect
from backprop_studio.document.node_size import NODE_WIDTH
from backprop_studio.document.opening import close_group, open_group
from backprop_studio.document.parts import Rect
from backprop_studio.document.room import GAP_X, with_room, with_room_for_taller
from tests.document.support import check_invariants


def overlap(one: Rect, other: Rect) -> bool:
    """Do two rectangles share any area?"""
    return all(one[a] < other[a] + other[a + 2] and other[a] < one[a] + one[a + 2] for a in (0, 1))


def overlaps(graph: Graph, home: int | None = None) -> list[tuple[int, int]]:
    """The pairs of nodes and groups of a level that lie on each other."""
    items = [i for i in (*graph.nodes, *graph.groups) if item_group(graph, i) == home]
    return [pair for pair in combinations(items, 2) if overlap(*(seen_rect(graph, item) for item in pair))]


def field(columns: int, rows: int) -> Graph:
    """Nodes in the columns and rows of a tidied graph."""
    graph = EMPTY_GRAPH
    for number in range(columns * rows):
        graph, _ = edits.add_node(graph, "relu", (number % columns * 210.0, number // columns * 110.0))
    return graph


def test_what_is_far_enough_stays() -> None:
    graph = field(3, 3)
    assert with_room(graph, [5]) is graph


def test_neighbours_of_a_new_group_are_pushed_and_push_others() -> None:
    graph, group = edits.make_group(field(5, 5), [12, 13, 14])
    assert group_rect(graph, group)[3] > 110  # three inputs: higher than a row
    assert overlaps(graph)
    after = with_room(graph, [group])
    check_invariants(after)
    assert not overlaps(after)
    assert group_rect(after, group) == group_rect(graph, group)
    assert {item: node.position for item, node in after.nodes.items() if item in (12, 13, 14)} == {
        item: graph.nodes[item].position for item in (12, 13, 14)
    }
    assert after.nodes[8].position[1] < graph.nodes[8].position[1]
    assert after.nodes[3].position[1] < graph.nodes[3].position[1], "what is pushed pushes on"
    assert after.nodes[1].position == graph.nodes[1].position


def test_what_stood_close_to_what_is_pushed_is_not_in_its_way() -> None:
    graph = EMPTY_GRAPH
    for number in range(3):
        graph, _ = edits.add_node(graph, "relu", (number * (NODE_WIDTH + GAP_X - 10), -40.0 * number))
    pushed = item_rect(graph, 1)
    graph, new = edits.add_node(graph, "tanh", (pushed[0] - 40.0, pushed[1] + pushed[3] - 10))
    after = with_room(graph, [new])
    assert not overlaps(after)
    assert after.nodes[1].position[1] < graph.nodes[1].position[1]
    assert all(after.nodes[node].position == graph.nodes[node].position for node in (2, 3))


@given(st.data())
def test_wherever_a_block_is_placed_nothing_is_covered(data: st.DataObject) -> None:
    graph = field(data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5)))
    steps = st.integers(-30, 120).map(lambda step: step * 10.0)
    part = build_block(data.draw(st.sampled_from(["dense", "mlp"])))
    after, ids = edits.insert(graph, part, data.draw(st.tuples(steps, steps)))
    group = ids[next(iter(part.groups))]
    if data.draw(st.booleans()):
        after = open_group(after, group)
    after = with_room(after, [group])
    check_invariants(after)
    assert not overlaps(after)


def test_an_outer_open_group_grows_and_what_is_around_it_makes_room() -> None:
    part = build_block("mlp")
    graph, ids = edits.insert(field(1, 1), part, (400.0, 0.0))
    inner = ids[next(iter(part.groups))]
    graph, outer = edits.make_group(graph, [inner], collapsed=False)
    graph, beside = edits.add_node(graph, "exp", (seen_rect(graph, outer)[0] + seen_rect(graph, outer)[2] + 50, 0.0))
    opened = open_group(graph, inner)
    assert outline_rect(opened, outer)[2] > outline_rect(graph, outer)[2]
    assert not overlaps(opened)
    assert not overlaps(opened, outer)
    closed = close_group(opened, inner)
    assert closed.nodes[beside].position == graph.nodes[beside].position
    assert closed.nodes[1].position == graph.nodes[1].position


def test_a_frame_fits_itself_around_what_was_pushed() -> None:
    graph, frame = edits.add_frame(field(3, 1), (-30.0, -40.0, 190.0, 160.0), "F")
    graph, group = edits.make_group(graph, [2])
    x, y, _, _ = group_rect(graph, group)
    after = with_room(edits.move(graph, {group: (x - 60, y)}), [group])
    left, _, width, _ = after.frames[frame].rect
    assert after.nodes[1].position[0] < 0
    assert left < after.nodes[1].position[0] < left + width - 140


def test_comments_are_pushed_as_well_and_items_that_lie_on_each_other_end_somewhere() -> None:
    graph, comment = edits.add_comment(field(1, 1), "here", (20.0, 20.0))
    for _ in range(8):
        graph, _ = edits.add_node(graph, "relu", (0.0, 0.0))
    after = with_room(graph, [1])
    assert not overlap(seen_rect(after, 1), seen_rect(after, comment))
    assert not [pair for pair in overlaps(after) if 1 in pair]


def test_a_node_that_wires_make_taller_pushes_what_it_would_cover() -> None:
    graph = EMPTY_GRAPH
    places = {"add": (0.0, 0.0), "tanh": (0.0, 96.0), "sin": (0.0, 400.0)}
    ids = {}
    for name, place in places.items():
        graph, ids[name] = edits.add_node(graph, name, place)
    graph, source = edits.add_node(graph, "input", (-400.0, 0.0))
    for slot in range(2):
        wired = edits.connect(graph, source, ids["add"], slot)
        assert with_room_for_taller(graph, wired) is wired, "as tall as before"
        graph = wired
    grown = edits.connect(graph, source, ids["add"], 2)
    after = with_room_for_taller(graph, grown)
    assert not overlaps(after)
    assert after.nodes[ids["tanh"]].position[1] > 96.0
    assert all(after.nodes[ids[name]].position == places[name] for name in ("add", "sin"))
    apart = edits.move(graph, {ids["tanh"]: (0.0, 200.0)})
    grown = edits.connect(apart, source, ids["add"], 2)
    assert with_room_for_taller(apart, grown) is grown
