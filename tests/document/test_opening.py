"""Groups opened where they stand, and wires that are drawn as one."""

from __future__ import annotations

import pytest

from backprop_studio.document import bundles, edits
from backprop_studio.document.bends import line_bends
from backprop_studio.document.blocks import build_block
from backprop_studio.document.edits import EditError
from backprop_studio.document.graph import Graph, Wire
from backprop_studio.document.groups import group_rect, visible
from backprop_studio.document.items import item_rect, outline_rect
from backprop_studio.document.led_wires import course_of, rects_of
from backprop_studio.document.level_boxes import level_boxes
from backprop_studio.document.opening import close_group, open_group, with_lines_led
from backprop_studio.document.outputs import OutputOf
from backprop_studio.document.parts import Rect
from backprop_studio.document.routing import passes_behind
from backprop_studio.exchange.graph_code import parse_graph_code
from tests.document.support import check_invariants, graph_of


def overlap(one: Rect, other: Rect) -> bool:
    """Do two rectangles share any area?"""
    return all(one[a] < other[a] + other[a + 2] and other[a] < one[a] + one[a + 2] for a in (0, 1))


def surrounded() -> tuple[Graph, int]:
    """A network in a collapsed group with nodes on all four sides of it."""
    graph = build_block("mlp", {"sizes": (2, 3, 1)})
    [group] = graph.groups
    x, y, width, height = group_rect(graph, group)
    for place in ((x - 200, y), (x + width + 60, y), (x, y - 130), (x, y + height + 40)):
        graph, _ = edits.add_node(graph, "relu", place)
    return graph, group


def test_what_stands_beside_a_group_makes_room_and_comes_back() -> None:
    graph, group = surrounded()
    opened = open_group(graph, group)
    check_invariants(opened)
    assert not opened.groups[group].collapsed
    outline = outline_rect(opened, group)
    outside = [node.id for node in graph.nodes.values() if node.group is None]
    for node in outside:
        assert not overlap(outline, item_rect(opened, node))
    closed = close_group(opened, group)
    assert group_rect(closed, group) == group_rect(graph, group)
    for node in outside:
        assert closed.nodes[node].position == graph.nodes[node].position
    assert open_group(opened, group) is opened
    assert close_group(graph, group) is graph


def test_a_group_opens_around_the_middle_of_its_box() -> None:
    graph, group = surrounded()
    graph = edits.move(graph, {group: (3000.0, -500.0)})
    x, y, width, height = group_rect(graph, group)
    left, top, wide, high = outline_rect(open_group(graph, group), group)
    assert left + wide / 2 == pytest.approx(x + width / 2, abs=10)
    assert top + high / 2 == pytest.approx(y + height / 2, abs=10)


def test_an_output_is_joined_to_all_inputs_of_a_port() -> None:
    graph = graph_of({1: "parameter", 2: "parameter", 3: "relu", 4: "tanh"}, {(3, 0): 1, (4, 0): 1})
    after = bundles.join(graph, OutputOf(2, 0), [(3, 0), (4, 0)])
    assert after.sources == {(3, 0): 2, (4, 0): 2}
    moved = bundles.join(after, OutputOf(2, 0), [(3, 0)], [Wire(2, 3, 0), Wire(2, 4, 0)])
    assert moved.sources == {(3, 0): 2}, "a wire that stays is not taken away"
    with pytest.raises(EditError, match="cycle"):
        bundles.join(graph_of({1: "relu", 2: "tanh", 3: "exp"}, {(2, 0): 1}), OutputOf(2, 0), [(3, 0), (1, 0)])


def test_a_node_is_put_into_all_wires_of_a_line() -> None:
    graph = graph_of({1: "parameter", 2: "relu", 3: "tanh", 4: "exp"}, {(3, 0): 1, (4, 0): 1})
    wires = [Wire(1, 3, 0), Wire(1, 4, 0)]
    assert bundles.insertion_into_all_problem(graph, wires, 2) is None
    after = bundles.insert_on_wires(graph, wires, 2)
    assert dict(after.sources) == {(2, 0): 1, (3, 0): 2, (4, 0): 2}
    assert bundles.insertion_into_all_problem(graph, wires, 4) is not None


def test_a_group_is_put_into_all_wires_of_a_line_where_it_has_a_free_input_and_one_output() -> None:
    graph = graph_of(
        {1: "parameter", 2: "relu", 3: "tanh", 4: "exp", 5: "sin", 6: "cos"}, {(3, 0): 1, (4, 0): 1, (6, 0): 5}
    )
    graph, group = edits.make_group(graph, [5, 6])
    wires = [Wire(1, 3, 0), Wire(1, 4, 0)]
    assert bundles.insertion_into_all_problem(graph, wires, group) is None
    after = bundles.insert_on_wires(graph, wires, group)
    check_invariants(after)
    assert dict(after.sources) == {(5, 0): 1, (6, 0): 5, (3, 0): 6, (4, 0): 6}
    assert "no longer" in (bundles.insertion_into_all_problem(after, wires, group) or "")
    assert "is at an end" in (bundles.insertion_into_all_problem(after, [Wire(1, 5, 0)], group) or "")
    other, second = edits.make_group(after, [3])
    assert "Every input" in (bundles.insertion_into_all_problem(other, [Wire(6, 4, 0)], second) or "")
    two, third = edits.make_group(graph, [2, 3])
    assert "no output" in (bundles.insertion_into_all_problem(two, [Wire(1, 4, 0)], third) or "")
    ring, fourth = edits.make_group(edits.connect(graph, 6, 2, 0), [2])
    with pytest.raises(EditError):
        bundles.insert_on_wires(ring, [Wire(1, 3, 0)], fourth)


def behind(graph: Graph, inside: int | None) -> int:
    """How many lines of a level pass behind a box that they do not join."""
    level = visible(graph, inside)
    boxes = level_boxes(graph, level)
    by_item = {box.item: (row, box) for row, box in enumerate(boxes)}
    found = 0
    for line in level.wires:
        faces = line.source.item, line.target.item
        course = course_of(level, line, by_item)
        found += bool(len(passes_behind(course, line_bends(graph, line.wires, faces), rects_of(boxes))))
    return found


def test_lines_at_a_new_group_and_within_it_are_led_round_what_they_would_pass_behind() -> None:
    graph = parse_graph_code(
        "X = input([[0., 1.]])\nW = parameter([[1.], [2.]])\nb = parameter([1.])\n"
        "m = X @ W\nz = m + b\nh = tanh(z)\ns = h * b\nL = mean(s)"
    )
    names = {node.name: node.id for node in graph.nodes.values()}
    graph = edits.move(graph, {names["W"]: (0.0, 400.0), names["b"]: (240.0, 300.0), names["X"]: (0.0, 0.0)})
    graph = edits.move(graph, {names[name]: (240.0 * at, 0.0) for at, name in enumerate(("m", "z", "h", "s", "L"), 1)})
    grouped, group = edits.make_group(graph, [names[name] for name in ("m", "z", "h", "s")])
    assert behind(grouped, None)
    assert behind(grouped, group)
    after = with_lines_led(grouped, [group])
    check_invariants(after)
    assert behind(after, None) == behind(after, group) == 0
    assert with_lines_led(after, [group]) is after
