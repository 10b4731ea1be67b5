"""Operations with any number of inputs: wires fill the slots from the first on, in order, and leave none out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_studio.document import edits
from backprop_studio.document.changes import difference
from backprop_studio.document.edits import EditError
from backprop_studio.document.evaluation import evaluate_graph
from backprop_studio.document.file_format import dumps, loads
from backprop_studio.document.graph import MAX_INPUTS, Graph, Wire
from backprop_studio.document.narration import narrate
from backprop_studio.exchange.graph_code import graph_code, parse_graph_code
from tests.document.support import check_invariants, graph_of

JOIN = 9
CODE = "a = parameter([1.0, 2.0])\nb = parameter([3.0])\nL = sum(concatenate(a, b))\n"


def joined(*wired: int) -> Graph:
    """Sources 1 to 5, and a node that joins some of them."""
    ops = dict.fromkeys(range(1, 6), "parameter") | {JOIN: "concatenate"}
    return graph_of(ops, {(JOIN, slot): source for slot, source in enumerate(wired)})


def test_there_is_always_a_free_slot_and_never_less_than_two():
    assert [joined(*range(1, count + 1)).slot_count(JOIN) for count in range(5)] == [2, 2, 3, 4, 5]
    assert joined().inputs_of(JOIN) == (None,)
    assert joined(4, 2).inputs_of(JOIN) == (4, 2)
    assert joined().slot_count(1) == 0


def test_a_wire_to_the_free_slot_grows_the_node():
    graph = edits.connect(joined(1, 2), 3, JOIN, 2)
    assert graph.inputs_of(JOIN) == (1, 2, 3)
    assert graph.slot_count(JOIN) == 4
    assert edits.connect(graph, 5, JOIN, 1).inputs_of(JOIN) == (1, 5, 3)


def test_the_second_of_two_free_slots_is_as_good_as_the_first():
    assert edits.connect(joined(), 3, JOIN, 1).inputs_of(JOIN) == (3,)


def test_no_wire_beyond_the_free_slot():
    with pytest.raises(EditError, match=r"no input slot 3. Its input slots: 0 \(x1\), 1 \(x2\), 2 \(x3\)"):
        edits.connect(joined(1, 2), 3, JOIN, 3)


def test_wires_after_the_one_taken_away_move_up():
    assert edits.disconnect(joined(1, 2, 3), JOIN, 1).inputs_of(JOIN) == (1, 3)
    assert edits.remove(joined(1, 2, 1, 3), [1]).inputs_of(JOIN) == (2, 3)
    assert edits.slice_wires(joined(1, 2, 3, 4), [Wire(1, JOIN, 0), Wire(3, JOIN, 2)]).inputs_of(JOIN) == (2, 4)


@pytest.mark.parametrize(
    ("slot", "to", "found"), [(0, 3, (2, 3, 1)), (0, 1, (1, 3)), (2, 0, (3, 2)), (1, 3, (1, 3, 2))]
)
def test_a_wire_put_elsewhere_at_the_same_node(slot, to, found):
    graph = joined(1, 2, 3)
    old = Wire(slot + 1, JOIN, slot)
    assert edits.reroute(graph, old, old.source, JOIN, to).inputs_of(JOIN) == found
    assert edits.reroute(graph, old, 4, JOIN, slot).inputs_of(JOIN)[slot] == 4


def test_there_is_a_largest_number_of_inputs():
    full = graph_of({1: "input", JOIN: "stack"}, {(JOIN, slot): 1 for slot in range(MAX_INPUTS)})
    assert full.slot_count(JOIN) == MAX_INPUTS
    assert "the most there can be" in (edits.connection_problem(full, 1, JOIN, MAX_INPUTS) or "")
    assert edits.connection_problem(full, 1, JOIN, MAX_INPUTS - 1) is None


def test_a_node_that_shows_another_number_of_slots_is_told():
    graph = joined(1, 2)
    assert difference(graph, edits.connect(graph, 3, JOIN, 2)).resized == {JOIN}
    assert difference(graph, edits.connect(graph, 3, JOIN, 1)).resized == frozenset()
    assert difference(graph, edits.remove(graph, [2])).resized == {JOIN}
    assert difference(graph, edits.remove(graph, [JOIN])).resized == frozenset()


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(-3, 6)), max_size=30))
def test_any_wiring_leaves_no_slot_out(steps):
    graph = joined()
    for source, slot in steps:
        count = graph.wired_count(JOIN)
        if slot < 0 and -slot <= count:
            graph = edits.disconnect(graph, JOIN, -slot - 1)
        elif 0 <= slot < graph.slot_count(JOIN):
            graph = edits.connect(graph, source, JOIN, slot)
        check_invariants(graph)
        assert None not in graph.inputs_of(JOIN) or graph.wired_count(JOIN) == 0
        assert loads(dumps(graph)) == graph


def test_values_and_gradients_of_joined_vectors():
    graph = parse_graph_code(CODE)
    evaluation = evaluate_graph(graph)
    assert not evaluation.problems
    joint = next(node.id for node in graph.nodes.values() if node.op_name == "concatenate")
    np.testing.assert_array_equal(evaluation.value(joint), [1.0, 2.0, 3.0])
    assert evaluation.loss is not None
    np.testing.assert_array_equal(evaluation.value(evaluation.loss), 6.0)
    for name, size in (("a", 2), ("b", 1)):
        node = graph.node_named(name)
        assert node is not None
        np.testing.assert_array_equal(evaluation.gradient(node.id), np.ones(size))


def test_every_event_of_a_variadic_call_is_told():
    evaluation = evaluate_graph(parse_graph_code(CODE))
    told = [narrate(evaluation, index) for index in range(len(evaluation.trace))]
    assert any("concatenate" in narration.sentence and "a, b" in narration.sentence for narration in told)
    assert not any("$" in narration.sentence + narration.arithmetic for narration in told)


def test_graph_code_and_files_keep_any_number_of_inputs():
    graph = parse_graph_code(CODE)
    assert graph_code(graph) == CODE
    assert loads(dumps(graph)) == graph
    empty = parse_graph_code("j = stack(None)\n")
    assert graph_code(empty) == "j = stack(None)\n"
    assert not empty.sources
    assert parse_graph_code("a = input(1.)\nj = stack(None, a)").inputs_of(2) == (1,)


def test_a_document_that_leaves_slots_out_is_read_in_order():
    data = dumps(joined(1, 2, 3)).replace(b'"slot": 1}', b'"slot": 7}')
    assert loads(data).inputs_of(JOIN) == (1, 3, 2)
