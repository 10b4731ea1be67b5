"""Copies have fresh ids and free names, and are wired as their originals are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_studio.document import edits
from backprop_studio.document.edits import EditError
from backprop_studio.document.evaluation import evaluate_graph
from backprop_studio.document.graph import EMPTY_GRAPH, Graph, Wire
from backprop_studio.exchange.graph_code import parse_graph_code
from tests.document.support import check_invariants, graph_of, graphs

CODE = "x = input(2.)\nw = parameter(3.)\nz = x*w\nL = square(z)\n"


def named(graph: Graph, *names: str) -> list[int]:
    return [graph.node_named(name).id for name in names]


@settings(deadline=None, max_examples=60)
@given(graphs(), graphs())
def test_an_inserted_graph_is_there_as_it_was(graph, other):
    after, ids = edits.insert(graph, other, (10, 20))
    check_invariants(after)
    assert set(after.nodes) == set(graph.nodes) | {ids[i] for i in other.nodes}
    assert all(after.nodes[i] is node for i, node in graph.nodes.items())
    wires = {Wire(ids[s], ids[t], slot) for s, t, slot in other.wires}
    assert set(after.wires) == set(graph.wires) | wires
    for old, node in other.nodes.items():
        new = after.nodes[ids[old]]
        assert (new.op_name, new.value, new.settings, new.mode) == (node.op_name, node.value, node.settings, node.mode)


@settings(deadline=None, max_examples=60)
@given(graphs(), st.randoms())
def test_a_part_put_back_is_the_part(graph, random):
    items = sorted({*graph.nodes, *graph.frames, *graph.comments, *graph.groups})
    chosen = {i for i in items if random.random() < 0.6}
    part = edits.sub_graph(graph, chosen)
    check_invariants(part)
    assert chosen & graph.nodes.keys() <= part.nodes.keys()
    assert edits.sub_graph(part, [*part.nodes, *part.frames, *part.comments, *part.groups]) == part
    after, copies = edits.duplicate(graph, chosen, (0, 0), with_incoming=True)
    check_invariants(after)
    for old, new in copies.items():
        if old in graph.nodes:
            expected = tuple(copies.get(s, s) if s is not None else None for s in graph.inputs_of(old))
            assert after.inputs_of(new) == expected


def test_names_that_are_taken_go_on_counting():
    graph = parse_graph_code("x = input(1.)\nadd_1 = x + 1\nz = add_1*x\n")
    after, ids = edits.insert(graph, graph, (0, 0))
    assert [after.nodes[ids[i]].name for i in graph.nodes] == ["x1", "c1", "add_2", "z1"]


def test_an_empty_graph_takes_over_the_loss():
    graph = edits.set_loss(parse_graph_code(CODE), 3)
    assert edits.insert(EMPTY_GRAPH, graph, (0, 0))[0] == graph
    other = parse_graph_code("a = exp(b)")
    assert edits.insert(other, graph, (0, 0))[0].loss is None


def test_groups_frames_and_bends_come_along():
    graph = parse_graph_code(CODE)
    z, loss = named(graph, "z", "L")
    graph, inner = edits.make_group(graph, [z])
    graph, outer = edits.make_group(graph, [inner, loss])
    graph = edits.add_bend(graph, loss, 0, 0, (5, 5))
    graph, frame = edits.add_frame(graph, (0, 0, 50, 50), "F", group=outer)
    graph, comment = edits.add_comment(graph, "C", (0, 0))
    after, ids = edits.insert(graph, graph, (100, 0))
    assert after.groups[ids[inner]].parent == ids[outer]
    assert after.nodes[ids[z]].group == ids[inner]
    assert after.bends[ids[loss], 0] == ((105.0, 5.0),)
    assert after.frames[ids[frame]].rect == (100.0, 0.0, 50.0, 50.0)
    assert after.frames[ids[frame]].group == ids[outer]
    assert after.comments[ids[comment]].position == (100.0, 0.0)
    into, ids = edits.insert(graph, parse_graph_code("a = exp(b)"), (0, 0), group=inner)
    assert all(into.nodes[new].group == inner for new in ids.values())


def test_a_part_of_a_group_lies_in_no_group_and_its_copy_in_the_same():
    graph = parse_graph_code(CODE)
    z, loss = named(graph, "z", "L")
    graph, group = edits.make_group(graph, [z, loss])
    assert edits.sub_graph(graph, [z]).nodes[z].group is None
    after, copies = edits.duplicate(graph, [z], (0, 30))
    assert after.nodes[copies[z]].group == group
    after, copies = edits.duplicate(graph, [group], (0, 30))
    assert after.nodes[copies[z]].group == copies[group]
    assert after.groups[copies[group]].parent is None


def test_a_duplicate_with_incoming_wires_computes_the_same():
    graph = parse_graph_code(CODE)
    z, loss, w = named(graph, "z", "L", "w")
    after, copies = edits.duplicate(graph, [z, loss], (0, 200), with_incoming=True)
    assert after.inputs_of(copies[z]) == graph.inputs_of(z)
    assert evaluate_graph(after).value(copies[loss]) == evaluate_graph(graph).value(loss)
    bare, copies = edits.duplicate(graph, [z, w], (0, 200))
    assert bare.inputs_of(copies[z]) == (None, copies[w])


def test_a_duplicated_join_keeps_the_order_of_its_inputs():
    graph = graph_of({1: "input", 2: "input", 3: "stack"}, {(3, 0): 1, (3, 1): 2, (3, 2): 1})
    after, copies = edits.duplicate(graph, [2, 3], (0, 0), with_incoming=True)
    assert after.inputs_of(copies[3]) == (1, copies[2], 1)
    after, copies = edits.duplicate(graph, [2, 3], (0, 0))
    assert after.inputs_of(copies[3]) == (copies[2],)


def test_a_node_dropped_on_a_wire_is_put_into_it():
    graph = parse_graph_code(CODE)
    z, loss = named(graph, "z", "L")
    graph = edits.move(graph, {z: (0, 0), loss: (210, 0)})
    graph, node = edits.add_node(graph, "tanh", (100, 20))
    after = edits.insert_on_wire(graph, Wire(z, loss, 0), node)
    assert (after.inputs_of(node), after.inputs_of(loss)) == ((z,), (node,))
    assert after.nodes[node].position == (190.0, 20.0)
    assert after.nodes[loss].position == (380.0, 0.0)
    assert after.nodes[z].position == (0.0, 0.0)
    roomy = edits.move(graph, {loss: (900, 0), node: (400, 0)})
    assert edits.insert_on_wire(roomy, Wire(z, loss, 0), node).nodes == roomy.nodes


def test_the_first_free_input_is_taken():
    graph = parse_graph_code(CODE)
    x, z, loss = named(graph, "x", "z", "L")
    graph, node = edits.add_node(graph, "add", (0, 0))
    graph = edits.connect(graph, x, node, 0)
    assert edits.insert_on_wire(graph, Wire(z, loss, 0), node).inputs_of(node) == (x, z)


def test_nodes_that_cannot_be_put_into_a_wire_are_refused():
    graph = parse_graph_code(CODE)
    x, w, z, loss = named(graph, "x", "w", "z", "L")
    graph, node = edits.add_node(graph, "exp", (0, 0))
    wired = edits.connect(graph, loss, node, 0)
    for start, wire, what, words in (
        (graph, Wire(z, loss, 0), w, "holds a value"),
        (graph, Wire(z, loss, 0), loss, "at an end"),
        (graph, Wire(x, loss, 0), node, "no longer there"),
        (wired, Wire(z, loss, 0), node, "Every input of exp_1 is wired"),
    ):
        assert words in (edits.insertion_problem(start, wire, what) or "")
        with pytest.raises(EditError, match=words):
            edits.insert_on_wire(start, wire, what)
    later, add = edits.add_node(graph, "add", (0, 0))
    later = edits.connect(later, loss, add, 1)
    assert "cycle" in (edits.insertion_problem(later, Wire(z, loss, 0), add) or "")


def test_a_detached_node_leaves_a_healed_wire():
    graph = parse_graph_code("x = input(2.)\na = x*w\nb = a + c\nL = exp(b)\nM = exp(b)\n")
    x, a, b, loss, m = named(graph, "x", "a", "b", "L", "M")
    after = edits.detach(graph, [b])
    assert after.inputs_of(b) == (None, None)
    assert after.inputs_of(loss) == after.inputs_of(m) == (a,)
    after = edits.detach(graph, [a, b])
    assert after.inputs_of(b) == (a, None)
    assert after.inputs_of(loss) == (x,)
    assert edits.detach(graph, [loss]).inputs_of(loss) == (None,)
    assert edits.detach(after, [a, b]) is after


def test_what_has_no_first_input_leaves_no_wire():
    graph = parse_graph_code(CODE)
    w, z = named(graph, "w", "z")
    assert edits.detach(graph, [w]).inputs_of(z) == (named(graph, "x")[0], None)


def test_healing_a_join_keeps_its_order():
    graph = graph_of(
        {1: "input", 2: "exp", 3: "stack", 4: "parameter"}, {(2, 0): 1, (3, 0): 4, (3, 1): 2, (3, 2): 1, (3, 3): 4}
    )
    assert edits.detach(graph, [2]).inputs_of(3) == (4, 1, 1, 4)
    assert edits.detach(graph, [4]).inputs_of(3) == (2, 1)


def test_several_wires_at_once():
    graph = graph_of({1: "input", 2: "parameter", 3: "add"}, {(3, 0): 1})
    after = edits.connect_all(graph, [Wire(2, 3, 0), Wire(2, 3, 1)])
    assert after.inputs_of(3) == (2, 2)
    assert not edits.slice_wires(after, after.wires).sources
    with pytest.raises(EditError, match="no longer there"):
        edits.slice_wires(graph, [Wire(2, 3, 0)])
