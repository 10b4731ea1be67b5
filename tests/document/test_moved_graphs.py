"""What is taken over from a graph to one whose items only stand elsewhere is what would be worked out anew."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from backprop_studio.document import edits
from backprop_studio.document.graph import Graph
from backprop_studio.document.grouping import make_group, set_collapsed, ungroup
from backprop_studio.document.groups import ports, visible
from backprop_studio.document.items import move
from backprop_studio.document.opening import close_group, open_group
from backprop_studio.exchange.graph_code import parse_graph_code

CODE = "a = parameter(1.)\nb = parameter(2.)\nd = a + b\ne = d*b\nf = e + a\nL = f*d"
step = st.one_of(
    st.tuples(st.just("group"), st.sets(st.integers(1, 6), min_size=1, max_size=4)),
    st.tuples(st.just("toggle"), st.integers(0, 3)),
    st.tuples(st.just("fold"), st.integers(0, 3)),
    st.tuples(st.just("move"), st.integers(1, 9), st.integers(-9, 9)),
    st.tuples(st.just("ungroup"), st.integers(0, 3)),
    st.tuples(st.just("cut"), st.integers(0, 9)),
)


def done(graph: Graph, kind: str, *what: object) -> Graph:
    """The graph after a step; what makes no sense does nothing."""
    groups, at = sorted(graph.groups), what[0]
    if kind == "group":
        assert isinstance(at, set)
        return make_group(graph, at & graph.nodes.keys())[0]
    assert isinstance(at, int)
    if kind == "move":
        known = [*graph.nodes, *groups]
        return move(graph, {known[at % len(known)]: (float(str(what[1])) * 50.0, 40.0)})
    if kind == "cut":
        wires = list(graph.wires)
        return edits.slice_wires(graph, [wires[at % len(wires)]]) if wires else graph
    if not groups:
        return graph
    group = groups[at % len(groups)]
    if kind == "ungroup":
        return ungroup(graph, group)
    collapsed = graph.groups[group].collapsed
    if kind == "fold":
        return set_collapsed(graph, group, not collapsed)
    return open_group(graph, group) if collapsed else close_group(graph, group)


@given(st.lists(step, min_size=1, max_size=12))
def test_ports_and_levels_are_those_of_a_graph_that_knows_nothing(steps: list[tuple[object, ...]]) -> None:
    graph = parse_graph_code(CODE)
    for kind, *what in steps:
        graph = done(graph, str(kind), *what)
        fresh = replace(graph)
        assert fresh == graph
        assert {g: ports(graph, g) for g in graph.groups} == {g: ports(fresh, g) for g in fresh.groups}
        assert visible(graph) == visible(fresh)
        assert graph.members == fresh.members
        assert all(graph.wires_from(node) == fresh.wires_from(node) for node in graph.nodes)
        assert all(graph.node_named(node.name) is node for node in graph.nodes.values())


def test_opening_a_group_works_its_ports_out_once() -> None:
    graph, group = make_group(parse_graph_code(CODE), [3, 4])
    before = ports(graph, group)
    assert ports(open_group(graph, group), group) is before
    assert ports(edits.slice_wires(graph, list(graph.wires)[:1]), group) is not before
