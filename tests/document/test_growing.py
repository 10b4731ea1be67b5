"""A fully wired addition grows by a wire to the slot after its last one, and shrinks when wires go."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_studio.document import bundles, edits
from backprop_studio.document.changes import difference
from backprop_studio.document.edits import EditError
from backprop_studio.document.evaluation import evaluate_graph
from backprop_studio.document.file_format import dumps, loads
from backprop_studio.document.graph import Graph, Node, Wire
from backprop_studio.document.groups import visible
from backprop_studio.document.growing import growth_slot, op_with_wire
from backprop_studio.document.outputs import OutputOf
from backprop_studio.engine.ops import registry
from backprop_studio.exchange.graph_code import GraphCodeError, graph_code, parse_graph_code
from tests.document.support import check_invariants, graph_of

SUM = 9


def added(*wired: int, op: str = "add") -> Graph:
    """Sources 1 to 5, and a node that adds some of them."""
    ops = dict.fromkeys(range(1, 6), "parameter") | {SUM: op}
    return graph_of(ops, {(SUM, slot): source for slot, source in enumerate(wired)})


def named(graph: Graph, name: str) -> Node:
    node = graph.node_named(name)
    assert node is not None
    return node


def test_a_fully_wired_addition_alone_can_grow() -> None:
    assert growth_slot(added(1, 2), SUM) == 2
    assert growth_slot(added(1), SUM) is None
    assert growth_slot(added(1, 2, op="subtract"), SUM) is None
    assert growth_slot(added(1, 2, 3, op="add_n"), SUM) is None  # it has a free slot
    assert growth_slot(added(), 1) is None
    assert op_with_wire(added(1, 2), SUM, 2).name == "add_n"
    assert op_with_wire(added(1, 2), SUM, 1).name == "add"


def test_a_third_wire_makes_it_the_sum_of_several() -> None:
    before = added(1, 2)
    after = edits.connect(before, 3, SUM, 2)
    assert after.nodes[SUM] == before.nodes[SUM].with_(op_name="add_n")
    assert after.inputs_of(SUM) == (1, 2, 3)
    assert difference(before, after).resized == {SUM}
    assert difference(before, after).wires_added == {Wire(3, SUM, 2)}
    assert edits.connect(after, 4, SUM, 3).inputs_of(SUM) == (1, 2, 3, 4)
    assert before == added(1, 2)


def test_an_occupied_slot_is_still_replaced() -> None:
    after = edits.connect(added(1, 2), 3, SUM, 1)
    assert after.nodes[SUM].op_name == "add"
    assert after.inputs_of(SUM) == (1, 3)


@pytest.mark.parametrize(("wired", "slot"), [((1,), 2), ((1, 2), 3), ((), 2)])
def test_no_wire_beyond_the_slot_by_which_it_grows(wired: tuple[int, ...], slot: int) -> None:
    with pytest.raises(EditError, match=rf"no input slot {slot}\. Its input slots: 0 \(x\), 1 \(y\)"):
        edits.connect(added(*wired), 3, SUM, slot)


def test_a_cycle_is_refused_at_the_slot_by_which_it_grows() -> None:
    graph = graph_of({1: "parameter", 2: "parameter", SUM: "add", 10: "tanh"}, {(SUM, 0): 1, (SUM, 1): 2, (10, 0): SUM})
    assert "would form a cycle" in (edits.connection_problem(graph, 10, SUM, 2) or "")
    with pytest.raises(EditError, match="cycle"):
        edits.connect(graph, 10, SUM, 2)


@pytest.mark.parametrize(
    "lose",
    [
        lambda graph: edits.disconnect(graph, SUM, 1),
        lambda graph: edits.remove(graph, [2]),
        lambda graph: edits.slice_wires(graph, [Wire(2, SUM, 1)]),
        lambda graph: edits.reroute(graph, Wire(2, SUM, 1), 2, 10, 0),
        lambda graph: edits.detach(graph, [2]),
    ],
)
def test_it_is_an_addition_again_with_two_wires_left(lose: Callable[[Graph], Graph]) -> None:
    graph = graph_of(
        {1: "input", 2: "input", 3: "input", SUM: "add_n", 10: "tanh"}, {(SUM, i): i + 1 for i in range(3)}
    )
    after = lose(graph)
    assert after.nodes[SUM] == graph.nodes[SUM].with_(op_name="add")
    assert after.inputs_of(SUM) == (1, 3)


def test_however_the_wires_go_the_same_is_left() -> None:
    at_once = edits.slice_wires(added(1, 2, 3, op="add_n"), [Wire(2, SUM, 1), Wire(3, SUM, 2)])
    one_by_one = edits.disconnect(edits.disconnect(added(1, 2, 3, op="add_n"), SUM, 2), SUM, 1)
    assert at_once == one_by_one
    assert at_once.nodes[SUM].op_name == "add"


def test_a_sum_of_several_that_never_had_three_wires_or_has_them_still_stays_one() -> None:
    graph = edits.disconnect(added(1, 2, op="add_n"), SUM, 0)
    assert graph.nodes[SUM].op_name == "add_n"
    graph = edits.remove(added(1, 2, 3, 4, op="add_n"), [4])
    assert graph.nodes[SUM].op_name == "add_n"


def test_a_wire_put_elsewhere_at_the_same_node() -> None:
    graph = added(1, 2, 3, op="add_n")
    moved = edits.reroute(graph, Wire(1, SUM, 0), 1, SUM, 3)
    assert (moved.nodes[SUM].op_name, moved.inputs_of(SUM)) == ("add_n", (2, 3, 1))
    joined = edits.reroute(graph, Wire(1, SUM, 0), 1, SUM, 2)
    assert (joined.nodes[SUM].op_name, joined.inputs_of(SUM)) == ("add", (2, 1))
    with pytest.raises(EditError, match="no input slot 2"):
        edits.reroute(added(1, 2), Wire(1, SUM, 0), 1, SUM, 2)  # without that wire it has a free input


def test_the_end_of_another_wire_put_there() -> None:
    graph = graph_of({1: "input", 2: "input", SUM: "add", 10: "tanh"}, {(SUM, 0): 1, (SUM, 1): 2, (10, 0): 1})
    for after in (
        edits.reroute(graph, Wire(1, 10, 0), 1, SUM, 2),
        bundles.join(graph, OutputOf(1, 0), [(SUM, 2)], [Wire(1, 10, 0)]),
    ):
        assert after.inputs_of(SUM) == (1, 2, 1)
        assert (10, 0) not in after.sources


def test_what_belongs_to_the_wires_stays_with_them() -> None:
    graph = edits.add_bend(added(1, 2), SUM, 1, 0, (50.0, 50.0))
    graph = edits.connect(graph, 3, SUM, 2)
    assert graph.bends == {(SUM, 1): ((50.0, 50.0),)}
    assert edits.disconnect(graph, SUM, 0).bends == {(SUM, 0): ((50.0, 50.0),)}


def test_values_and_gradients_of_what_has_grown() -> None:
    code = "a = parameter([1., 2.])\nb = parameter(3.)\nc = parameter([[1.], [2.]])\ns = a + b\nL = sum(s**2)\n"
    graph = parse_graph_code(code)
    graph = edits.connect(graph, named(graph, "c").id, named(graph, "s").id, 2)
    evaluation = evaluate_graph(graph)
    assert not evaluation.problems
    total = np.array([[5.0, 6.0], [6.0, 7.0]])
    np.testing.assert_array_equal(evaluation.value(named(graph, "s").id), total)
    np.testing.assert_array_equal(evaluation.gradient(named(graph, "a").id), (2 * total).sum(0))
    np.testing.assert_array_equal(evaluation.gradient(named(graph, "b").id), (2 * total).sum())
    np.testing.assert_array_equal(evaluation.gradient(named(graph, "c").id), (2 * total).sum(1, keepdims=True))


def test_graph_code_and_files() -> None:
    code = "a = parameter(1.0)\nb = parameter(2.0)\nc = parameter(3.0)\nL = add_n(a, b, c)\n"
    graph = parse_graph_code(code)
    assert graph_code(graph) == code
    assert loads(dumps(graph)) == graph
    assert parse_graph_code(code.replace("add_n", "add")) == graph
    assert [node.op_name for node in parse_graph_code("L = a + b + c").nodes.values()].count("add") == 2
    with pytest.raises(GraphCodeError, match="add takes 2 inputs, not 1"):
        parse_graph_code("L = add(a)")


def test_a_grown_node_with_a_name_of_its_own_making_is_read_back_under_it() -> None:
    graph = parse_graph_code("a = parameter(1.0)\nb = parameter(2.0)\nL = tanh(a + b)\n")
    inner = next(node for node in graph.nodes.values() if node.op_name == "add")
    graph = edits.connect(graph, named(graph, "a").id, inner.id, 2)
    again = parse_graph_code(graph_code(graph))
    assert named(again, inner.name).op_name == "add_n"
    assert graph_code(again) == graph_code(graph)


def test_copies_keep_what_they_are_copies_of() -> None:
    graph = added(1, 2, 3, op="add_n")
    part = edits.sub_graph(graph, [1, 2, SUM])
    assert (part.nodes[SUM].op_name, part.inputs_of(SUM)) == ("add_n", (1, 2))
    after, copies = edits.duplicate(graph, [1, SUM], (30.0, 30.0), with_incoming=True)
    assert after.inputs_of(copies[SUM]) == (copies[1], 2, 3)
    assert after.nodes[copies[SUM]].op_name == "add_n"
    check_invariants(after)


def test_the_wire_by_which_it_grows_is_a_port_of_its_group() -> None:
    graph, group = edits.make_group(added(1, 2), [SUM])
    graph = edits.connect(graph, 3, SUM, 2)
    ports = visible(graph, None).ports[group]
    assert [port.slots for port in ports.inputs] == [((SUM, 0),), ((SUM, 1),), ((SUM, 2),)]


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(-6, 6)), max_size=30))
def test_any_wiring_of_an_addition_is_sound(steps: list[tuple[int, int]]) -> None:
    graph = added()
    for source, slot in steps:
        wired = sorted(end for target, end in graph.sources if target == SUM)
        if slot < 0 and wired:
            graph = edits.disconnect(graph, SUM, wired[slot % len(wired)])
        elif edits.connection_problem(graph, source, SUM, slot) is None:
            graph = edits.connect(graph, source, SUM, slot)
        check_invariants(graph)
        several = len([end for end in graph.sources if end[0] == SUM]) > len(registry["add"].inputs)
        assert graph.nodes[SUM].op_name == ("add_n" if several else "add")
        assert loads(dumps(graph)) == graph
