"""A group is a set of nodes; its ports are the wires cut by its border."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backprop_studio.document import edits, groups
from backprop_studio.document.changes import difference
from backprop_studio.document.edits import EditError
from backprop_studio.document.evaluation import evaluate_graph
from backprop_studio.document.graph import Graph, Wire, frozen
from backprop_studio.document.groups import DrawnWire, End, GroupPort
from backprop_studio.document.node_size import group_shape
from tests.document.support import check_invariants, graph_of


def neuron() -> Graph:
    """mse(sigmoid(x*w + b), t): x 1, w 2, b 3, t 4, multiply 5, add 6, sigmoid 7, mse_loss 8."""
    ops = {1: "input", 2: "parameter", 3: "parameter", 4: "target", 5: "multiply", 6: "add", 7: "sigmoid"}
    wires = {(5, 0): 1, (5, 1): 2, (6, 0): 5, (6, 1): 3, (7, 0): 6, (8, 0): 7, (8, 1): 4}
    return graph_of(ops | {8: "mse_loss"}, wires)


def grouped(*ids: int, **settings) -> tuple[Graph, int]:
    return edits.make_group(neuron(), ids, **settings)


def test_ports_are_the_cut_wires():
    graph, group = grouped(2, 3, 5, 6)
    found = groups.ports(graph, group)
    assert found.inputs == (GroupPort(1, (Wire(1, 5, 0),), ((5, 0),), name=graph.nodes[1].name),)
    assert found.outputs == (GroupPort(6, (Wire(6, 7, 0),), name=graph.nodes[6].name),)
    assert found.shape == group_shape(1, 1)


def test_one_port_for_one_source_however_many_wires_it_feeds():
    graph = graph_of({1: "input", 2: "square", 3: "multiply", 4: "exp"}, {(2, 0): 1, (3, 0): 1, (3, 1): 2, (4, 0): 2})
    graph, group = edits.make_group(graph, [2, 3])
    found = groups.ports(graph, group)
    assert [(port.node, port.slots) for port in found.inputs] == [(1, ((2, 0), (3, 0)))]
    assert [(port.node, len(port.wires)) for port in found.outputs] == [(2, 1), (3, 0)]


def test_inputs_without_a_wire_are_ports_too_and_keep_their_place_when_wired():
    graph, group = grouped(5, 6)
    graph = edits.disconnect(graph, 5, 1)
    assert [port.node for port in groups.ports(graph, group).inputs] == [1, None, 3]
    assert groups.ports(graph, group).inputs[1].slots == ((5, 1),)
    graph = edits.connect(graph, 4, 5, 1)
    assert [port.node for port in groups.ports(graph, group).inputs] == [1, 4, 3]


def test_the_loss_is_an_output():
    graph, group = grouped(5, 6, 7)
    assert [port.node for port in groups.ports(graph, group).outputs] == [7]
    assert [port.node for port in groups.ports(edits.set_loss(graph, 6), group).outputs] == [6, 7]


def test_a_group_computes_what_its_nodes_compute():
    graph, _ = grouped(2, 3, 5, 6)
    before, after = evaluate_graph(neuron()), evaluate_graph(graph)
    assert all(before.gradient(node) == after.gradient(node) for node in graph.nodes if before.gradient(node))
    assert graph.sources == neuron().sources


def test_at_the_top_a_collapsed_group_is_drawn_as_one():
    graph, group = grouped(2, 3, 5, 6)
    level = groups.visible(graph)
    assert level.nodes == (1, 4, 7, 8)
    assert (level.groups, level.open_groups) == ((group,), ())
    assert DrawnWire(End(1, 0), End(group, 0), (Wire(1, 5, 0),)) in level.wires
    assert DrawnWire(End(group, 0), End(7, 0), (Wire(6, 7, 0),)) in level.wires
    assert len(level.wires) == 4
    assert level.shown_as[5] == group
    assert level.ports[group] == groups.ports(graph, group)


def test_an_open_group_shows_its_nodes():
    graph, group = grouped(2, 3, 5, 6, collapsed=False)
    level = groups.visible(graph)
    assert level.nodes == tuple(graph.nodes)
    assert (level.groups, level.open_groups) == ((), (group,))
    assert [wire.wires for wire in level.wires] == [(wire,) for wire in graph.wires]


def test_inside_a_group_wires_end_at_its_edges():
    graph, group = grouped(2, 3, 5, 6)
    level = groups.visible(graph, group)
    assert level.nodes == (2, 3, 5, 6)
    assert DrawnWire(End(group, 0), End(5, 0), (Wire(1, 5, 0),)) in level.wires
    assert DrawnWire(End(6, 0), End(group, 0), (Wire(6, 7, 0),)) in level.wires
    assert len(level.wires) == 5


def test_wires_between_two_groups_are_drawn_as_one():
    graph = graph_of({1: "input", 2: "square", 3: "multiply"}, {(2, 0): 1, (3, 0): 1, (3, 1): 1})
    graph, first = edits.make_group(graph, [1])
    graph, second = edits.make_group(graph, [2, 3])
    (wire,) = groups.visible(graph).wires
    assert (wire.source, wire.target) == (End(first, 0), End(second, 0))
    assert set(wire.wires) == set(graph.wires)


def test_groups_lie_in_groups():
    graph, inner = grouped(5, 6)
    graph, outer = edits.make_group(graph, [inner, 7], "layer")
    assert graph.groups[inner].parent == outer
    assert groups.breadcrumbs(graph, inner) == (outer, inner)
    assert groups.breadcrumbs(graph, None) == ()
    assert groups.nodes_within(graph, outer) == (7, 5, 6)
    assert groups.visible(graph).groups == (outer,)
    level = groups.visible(graph, outer)
    assert (level.nodes, level.groups) == ((7,), (inner,))
    assert groups.visible(graph, inner).nodes == (5, 6)
    opened = groups.visible(edits.set_collapsed(graph, outer, False))
    assert (opened.groups, opened.open_groups) == ((inner,), (outer,))
    check_invariants(graph)


def test_a_group_of_nodes_in_a_group_lies_in_that_group():
    graph, outer = grouped(5, 6, 7)
    graph, inner = edits.make_group(graph, [5, 6])
    assert graph.groups[inner].parent == outer
    graph, across = edits.make_group(graph, [5, 8])
    assert graph.groups[across].parent is None
    assert graph.members[inner] == (6,)


def test_names_of_groups():
    graph, first = grouped(5)
    graph, second = edits.make_group(graph, [6])
    assert (graph.groups[first].name, graph.groups[second].name) == ("group_1", "group_2")
    assert edits.rename_group(graph, first, "Layer 1 · hidden").groups[first].name == "Layer 1 · hidden"


def test_ungrouping_gives_back_what_was():
    graph, group = grouped(2, 3, 5, 6)
    assert edits.ungroup(graph, group).nodes == neuron().nodes
    assert not edits.ungroup(graph, group).groups
    nested, outer = edits.make_group(graph, [group, 7])
    flat = edits.ungroup(nested, outer)
    assert flat.groups[group].parent is None
    assert flat.nodes[7].group is None


def test_nodes_come_and_go():
    graph, group = grouped(5, 6)
    assert edits.add_to_group(graph, [7], group).members[group] == (5, 6, 7)
    assert edits.remove_from_group(graph, [6]).members[group] == (5,)
    assert not edits.remove_from_group(graph, [5, 6]).groups
    graph, other = edits.make_group(graph, [7])
    graph = edits.add_to_group(graph, [other], group)
    assert graph.groups[other].parent == group
    with pytest.raises(EditError, match="cannot be put into"):
        edits.add_to_group(graph, [group], other)
    with pytest.raises(EditError, match="cannot be put into"):
        edits.add_to_group(graph, [group], group)


def test_an_empty_group_vanishes_and_what_else_is_in_it_moves_out():
    graph, outer = grouped(5, 6, 7)
    graph, inner = edits.make_group(graph, [5])
    graph, frame = edits.add_frame(graph, (0, 0, 50, 50), group=inner)
    graph, comment = edits.add_comment(graph, "note", (0, 0), group=inner)
    after = edits.remove(graph, [5])
    assert set(after.groups) == {outer}
    assert after.frames[frame].group == after.comments[comment].group == outer
    check_invariants(after)
    assert not edits.remove(after, [6, 7]).groups


def test_a_removed_group_takes_all_in_it_along():
    graph, inner = grouped(5)
    graph, outer = edits.make_group(graph, [inner, 6])
    graph, frame = edits.add_frame(graph, (0, 0, 50, 50), group=inner)
    after = edits.remove(graph, [outer])
    assert set(after.nodes) == {1, 2, 3, 4, 7, 8}
    assert not after.groups
    assert not after.frames
    assert frame


def test_a_moved_group_moves_its_nodes():
    graph, inner = grouped(5)
    graph, outer = edits.make_group(graph, [inner, 6])
    x, y = graph.groups[outer].position
    after = edits.move_group(graph, outer, (x + 30, y - 10))
    assert after.nodes[5].position == after.nodes[6].position == (30.0, -10.0)
    assert after.groups[inner].position == (graph.groups[inner].position[0] + 30, graph.groups[inner].position[1] - 10)
    assert after.nodes[7] == graph.nodes[7]


def test_collapsing_places_the_group_in_the_middle_of_its_nodes():
    graph, group = grouped(5, 6, collapsed=False)
    graph = edits.move(graph, {5: (0, 0), 6: (400, 200)})
    graph = edits.set_collapsed(graph, group, True)
    assert graph.groups[group].position == (170.0, 40.0)
    assert edits.set_collapsed(graph, group, True) is graph


def test_a_new_node_can_be_put_into_the_group_that_is_shown():
    graph, group = grouped(5)
    graph, node = edits.add_node(graph, "relu", (0, 0), group=group)
    assert graph.members[group] == (5, node)
    assert edits.set_mode(graph, [group], "bypassed").nodes[5].mode == "bypassed"


def test_changes_tell_of_groups():
    graph, group = grouped(5, 6)
    change = difference(neuron(), graph)
    assert (change.groups, change.grouped, change.changed) == ({group}, {5, 6}, {5, 6})
    assert not change.modes
    assert difference(graph, edits.rename_group(graph, group, "g")).groups == {group}


def test_groups_are_not_nested_without_end():
    graph, group = grouped(5)
    for _ in range(29):
        graph, group = edits.make_group(graph, [group])
    with pytest.raises(EditError, match="30 deep"):
        edits.make_group(graph, [group])
    check_invariants(graph)


def test_nothing_makes_no_group():
    with pytest.raises(EditError, match="at least one node"):
        grouped()
    with pytest.raises(EditError, match="nothing with the id 99"):
        grouped(5, 99)


def test_two_thousand_nodes_in_groups_are_drawn_as_twenty():
    ops = {1: "input"} | dict.fromkeys(range(2, 2002), "add")
    graph = graph_of(ops, {(i, slot): max(1, i - 1 - slot) for i in range(2, 2002) for slot in (0, 1)})
    for start in range(2, 2002, 100):
        graph, _ = edits.make_group(graph, range(start, start + 100))
    level = groups.visible(graph)
    assert len(level.groups) == 20
    assert sum(len(wire.wires) for wire in level.wires) == 20 * 3


def test_a_graph_of_other_nodes_and_wires_is_made_sound():
    graph, group = grouped(5, 6)
    graph = edits.add_bend(graph, 7, 0, 0, (5, 5))
    assert edits.settled(graph) == graph
    nodes = {i: node.with_(group=99) for i, node in graph.nodes.items() if i != 7}
    sources = {end: source for end, source in graph.sources.items() if 7 not in (source, end[0])}
    after = edits.settled(replace(graph, nodes=frozen(nodes), sources=frozen(sources)))
    check_invariants(after)
    assert not after.groups
    assert not after.bends
    assert group not in after.members
