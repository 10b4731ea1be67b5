"""Bends of wires at ports of groups: made, saved, moved, copied, and gone with what they led to."""

from __future__ import annotations

import pytest

from backprop_studio.document import edits
from backprop_studio.document.changes import difference
from backprop_studio.document.edits import EditError
from backprop_studio.document.file_format import dumps, loads
from backprop_studio.document.graph import Graph, Wire
from backprop_studio.document.groups import visible
from backprop_studio.document.parts import PortBends
from backprop_studio.document.port_bends import bends_drawn, faces_of
from backprop_studio.document.tidying import tidy
from tests.document.support import chain, check_invariants

POINTS = ((50.0, 60.0), (80.0, 60.0))


def nested() -> tuple[Graph, int, int]:
    """1 → 2 → [3 → [4]] → 5: node 4 in an inner group in an outer one, both collapsed."""
    graph, inner = edits.make_group(chain(4), [4])
    graph, outer = edits.make_group(graph, [3, inner])
    return graph, inner, outer


def led(graph: Graph, inner: int, outer: int) -> Graph:
    """All three lines that the wires 2 → 3, 3 → 4 and 4 → 5 have at ports, bent."""
    graph = edits.bend_line(graph, [Wire(2, 3, 0)], (2, outer), POINTS)
    graph = edits.bend_line(graph, [Wire(2, 3, 0)], (outer, 3), POINTS[:1])
    graph = edits.bend_line(graph, [Wire(3, 4, 0)], (3, inner), POINTS[1:])
    return edits.bend_line(graph, [Wire(4, 5, 0)], (inner, outer), POINTS)


def test_a_wire_has_bends_of_its_own_at_every_level() -> None:
    graph, inner, outer = nested()
    assert faces_of(graph, Wire(4, 5, 0)) == {(inner, 5), (outer, 5), (4, inner), (4, outer), (inner, outer)}
    assert faces_of(graph, Wire(1, 2, 0)) == set()
    drawn = {
        (line.source.item, line.target.item)
        for inside in (None, outer, inner)
        for line in visible(graph, inside).wires
        if line.wires == (Wire(4, 5, 0),)
    }
    assert drawn == {(outer, 5), (inner, outer), (4, inner)}
    graph = led(graph, inner, outer)
    check_invariants(graph)
    assert graph.bends == {}
    assert graph.port_bends[3, 0] == (PortBends(2, outer, POINTS), PortBends(outer, 3, POINTS[:1]))
    assert bends_drawn(graph, [Wire(2, 3, 0)], (2, outer)) == POINTS
    assert bends_drawn(graph, [Wire(2, 3, 0)], (2, inner)) == ()
    straight = edits.bend_line(graph, [Wire(2, 3, 0)], (2, outer), ())
    assert straight.port_bends[3, 0] == (PortBends(outer, 3, POINTS[:1]),)
    assert loads(dumps(graph), "memory") == graph


def test_a_plain_line_is_bent_as_its_wire() -> None:
    assert edits.bend_line(chain(2), [Wire(2, 3, 0)], (2, 3), POINTS).bends == {(3, 0): POINTS}


def test_bends_that_cannot_be_are_refused() -> None:
    graph, inner, outer = nested()
    with pytest.raises(EditError, match="not drawn there any more"):
        edits.bend_line(graph, [Wire(2, 3, 0)], (2, inner), POINTS)
    with pytest.raises(EditError, match="at most 50 bends"):
        edits.bend_line(graph, [Wire(2, 3, 0)], (2, outer), POINTS * 26)


def test_all_wires_of_a_line_keep_its_bends() -> None:
    graph = edits.connect(edits.add_node(chain(1), "add", (0, 0))[0], 1, 3, 0)
    graph, group = edits.make_group(graph, [2, 3])
    wires = [Wire(1, 2, 0), Wire(1, 3, 0)]
    graph = edits.bend_line(graph, wires, (1, group), POINTS)
    left = edits.disconnect(graph, 2, 0)
    assert bends_drawn(left, wires[1:], (1, group)) == POINTS


def test_bends_go_with_their_wire_and_with_their_port() -> None:
    graph, inner, outer = nested()
    graph = led(graph, inner, outer)
    assert set(edits.disconnect(graph, 3, 0).port_bends) == {(4, 0), (5, 0)}
    assert set(edits.connect(graph, 1, 3, 0).port_bends) == {(4, 0), (5, 0)}
    apart = edits.ungroup(graph, outer)
    check_invariants(apart)
    assert set(apart.port_bends) == {(4, 0)}
    assert not edits.ungroup(apart, inner).port_bends
    assert edits.remove(graph, [inner]).port_bends.keys() == {(3, 0)}


def test_bends_move_and_are_copied_with_both_ends() -> None:
    graph, inner, outer = nested()
    graph = led(graph, inner, outer)
    x, y = graph.groups[outer].position
    moved = edits.move(graph, {outer: (x + 10, y), 2: (210.0, 0.0), 5: (0.0, 7.0)})
    assert moved.port_bends[3, 0][0].points == POINTS  # 2 moved otherwise
    assert moved.port_bends[3, 0][1].points == ((60.0, 60.0),)
    assert moved.port_bends[5, 0][0].points == ((60.0, 60.0), (90.0, 60.0))
    after, copies = edits.duplicate(graph, [2, outer], (100.0, 0.0), with_incoming=True)
    check_invariants(after)
    first, second = after.port_bends[copies[3], 0]
    assert first == PortBends(copies[2], copies[outer], tuple((x + 100, y) for x, y in POINTS))
    assert second[:2] == (copies[outer], copies[3])


def test_tidying_straightens_the_lines_of_its_level() -> None:
    graph, inner, outer = nested()
    graph = led(graph, inner, outer)
    assert [bends[:2] for bends in tidy(graph).port_bends[3, 0]] == [(outer, 3)]
    assert set(tidy(graph, inside=outer).port_bends) == {(3, 0)}
    assert tidy(graph, inside=outer).port_bends[3, 0] == (PortBends(2, outer, POINTS),)


def test_changed_bends_are_told_by_wire() -> None:
    graph, inner, outer = nested()
    assert difference(graph, led(graph, inner, outer)).bends == {Wire(2, 3, 0), Wire(3, 4, 0), Wire(4, 5, 0)}
