"""A difference tells exactly what must be done to get from one graph to the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_studio.document import edits
from backprop_studio.document.changes import GraphChange, difference
from backprop_studio.document.graph import EMPTY_GRAPH, Graph, Wire
from tests.document.support import attempt, chain, edit_steps, graphs, wires_of


@settings(deadline=None)
@given(graphs(), graphs(), st.lists(edit_steps(), max_size=6))
def test_a_difference_applied_gives_the_other_graph(one, other, steps):
    edited = one
    for step in steps:
        edited = attempt(edited, step)
    for before, after in ((one, edited), (edited, one), (one, other)):
        change = difference(before, after)
        nodes = {i: node for i, node in before.nodes.items() if i not in change.removed}
        assert len(nodes) + len(change.removed) == len(before.nodes)
        nodes |= {i: after.nodes[i] for i in change.added | change.changed}
        assert nodes == dict(after.nodes)
        assert not change.added & set(before.nodes)
        assert all(before.nodes[i] != after.nodes[i] for i in change.changed)
        assert (wires_of(before) - change.wires_removed) | change.wires_added == wires_of(after)
        assert change.wires_removed <= wires_of(before)
        assert not change.wires_added & wires_of(before)
        assert change.loss_changed == (before.loss != after.loss)
        for told, old, new in (
            (change.frames, before.frames, after.frames),
            (change.comments, before.comments, after.comments),
            (change.groups, before.groups, after.groups),
        ):
            assert told == {i for i in old.keys() | new.keys() if old.get(i) != new.get(i)}
        both = set(before.nodes) & set(after.nodes)
        assert change.modes == {i for i in both if before.nodes[i].mode != after.nodes[i].mode}
        assert change.grouped == {i for i in both if before.nodes[i].group != after.nodes[i].group}
        assert change.modes | change.grouped <= change.changed
        assert change.resized == {i for i in both if before.slot_count(i) != after.slot_count(i)}
        shared = wires_of(before) & wires_of(after)
        led = [(graph.bends, graph.port_bends) for graph in (before, after)]
        assert change.bends == {w for w in shared if len({tuple(p.get(w[1:]) for p in parts) for parts in led}) > 1}
        assert change.is_empty == (replace(before, next_id=1) == replace(after, next_id=1))


@given(graphs())
def test_a_graph_does_not_differ_from_itself_or_an_equal_one(graph):
    assert difference(graph, graph).is_empty
    equal = {field.name: getattr(graph, field.name) for field in fields(graph)}
    copy = Graph(**{name: dict(part) if isinstance(part, Mapping) else part for name, part in equal.items()})
    assert difference(graph, copy).is_empty


def test_an_equal_node_that_is_another_object_has_not_changed():
    graph = chain(3)
    there_and_back = edits.move(edits.move(graph, {2: (5, 5)}), {2: (0, 0)})
    assert there_and_back.nodes[2] is not graph.nodes[2]
    assert difference(graph, there_and_back).is_empty


def test_each_kind_of_edit_shows_as_what_it_is():
    graph = chain(2)
    added, identifier = edits.add_node(graph, "add", (0, 0))
    assert difference(graph, added) == GraphChange(added=frozenset({identifier}))
    assert difference(added, graph) == GraphChange(removed=frozenset({identifier}))
    moved = edits.move(graph, {1: (9, 9)})
    assert difference(graph, moved) == GraphChange(changed=frozenset({1}))
    rewired = edits.connect(graph, 1, 3, 0)
    assert difference(graph, rewired) == GraphChange(
        wires_added=frozenset({Wire(1, 3, 0)}), wires_removed=frozenset({Wire(2, 3, 0)})
    )
    assert difference(graph, edits.set_loss(graph, 3)) == GraphChange(loss_changed=True)
    assert difference(EMPTY_GRAPH, graph).added == {1, 2, 3}


def test_a_removal_and_an_addition_at_once():
    graph = chain(2)
    other, identifier = edits.add_node(edits.remove(graph, [3]), "add", (0, 0))
    change = difference(graph, other)
    assert change.added == {identifier}
    assert change.removed == {3}
