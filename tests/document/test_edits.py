"""Edits keep every promise of a graph, change nothing when they refuse, and say why."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_studio.document import edits
from backprop_studio.document.edits import EditError
from backprop_studio.document.graph import EMPTY_GRAPH, Graph, Wire
from backprop_studio.document.names import free_name
from backprop_studio.document.values import Value
from backprop_studio.engine.ops import registry
from tests.document.support import attempt, chain, check_invariants, edit_steps, graph_of, graphs


def refusal(function, *arguments, **keywords) -> str:
    """The sentence with which an edit is refused; connection_problem must agree where it applies."""
    with pytest.raises(EditError) as caught:
        function(*arguments, **keywords)
    sentence = str(caught.value)
    assert sentence[-1] == "."
    assert "\n" not in sentence
    return sentence


def small() -> Graph:
    """x → multiply_3 → add_4, with y the other input of both."""
    return graph_of({1: "input", 2: "parameter", 3: "multiply", 4: "add"}, {(3, 0): 1, (3, 1): 2, (4, 0): 3, (4, 1): 2})


@settings(deadline=None, max_examples=150)
@given(graphs(), st.lists(edit_steps(), max_size=20))
def test_any_sequence_of_edits_keeps_every_promise(graph, steps):
    check_invariants(graph)
    for step in steps:
        before = (dict(graph.nodes), dict(graph.sources), graph.loss, graph.next_id)
        after = attempt(graph, step)
        assert (dict(graph.nodes), dict(graph.sources), graph.loss, graph.next_id) == before
        check_invariants(after)
        graph = after


def test_names_follow_what_people_write():
    graph = EMPTY_GRAPH
    for op_name in ("input", "input", "target", "target", "parameter", "parameter", "constant", "add", "add", "relu"):
        graph, _ = edits.add_node(graph, op_name, (0, 0))
    found = [node.name for node in graph.nodes.values()]
    assert found == ["x", "x1", "y", "y1", "w", "w1", "c", "add_1", "add_2", "relu_1"]
    assert free_name(graph, "z") == "z"
    assert free_name(graph, "x") == "x2"


def test_a_freed_name_is_given_again_but_an_id_never():
    graph, first = edits.add_node(EMPTY_GRAPH, "input", (0, 0))
    graph, second = edits.add_node(edits.remove(graph, [first]), "input", (0, 0))
    assert graph.nodes[second].name == "x"
    assert second != first


@given(graphs(), st.text(max_size=50))
def test_a_free_name_is_always_allowed_and_free(graph, stem):
    for word in (stem, *(op.name for op in registry)):
        graph, identifier = edits.add_node(graph, "add", (0, 0), name=free_name(graph, word))
        check_invariants(graph)
        graph = edits.remove(graph, [identifier])


@pytest.mark.parametrize("op_name", ["input", "target", "parameter", "constant"])
def test_a_new_source_holds_one(op_name):
    graph, identifier = edits.add_node(EMPTY_GRAPH, op_name, (0, 0))
    assert graph.nodes[identifier].value == Value(1.0)


def test_a_parameter_with_a_shape_is_left_to_its_initialiser():
    graph, identifier = edits.add_node(EMPTY_GRAPH, "parameter", (0, 0), settings={"shape": [2, 8], "init": "he"})
    node = graph.nodes[identifier]
    assert node.value is None
    assert dict(node.settings) == {"shape": (2, 8), "init": "he"}


def test_a_setting_equal_to_its_default_is_not_kept():
    graph, identifier = edits.add_node(EMPTY_GRAPH, "parameter", (0, 0), settings={"seed": 0, "init": "he"})
    assert dict(graph.nodes[identifier].settings) == {"init": "he"}
    assert dict(edits.set_setting(graph, identifier, "init", "xavier").nodes[identifier].settings) == {}


def test_an_alias_sets_the_setting_itself():
    graph, identifier = edits.add_node(EMPTY_GRAPH, "sum", (0, 0))
    graph = edits.set_setting(graph, identifier, "dim", 1)
    assert dict(graph.nodes[identifier].settings) == {"axis": 1}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "needs a name"),
        ("a b", "is no name for a node"),
        ("2x", "begin with a letter"),
        ("lambda", "Python language"),
        ("add", "operation"),
        ("x" * 41, "at most 40 characters"),
        ("a\u202eb", "invisible"),
        ("a\nb", "control"),
        ("ﬁ", "Write fi"),
        ("s2", "already a node named s2"),
    ],
)
def test_a_bad_name_is_refused(name, words):
    assert words in refusal(edits.rename, small(), 1, name)
    assert words in refusal(edits.add_node, small(), "add", (0, 0), name=name)


@pytest.mark.parametrize("name", ["θ", "learning_rate", "été", "x" * 40, "_"])
def test_a_good_name_is_kept_with_all_wires(name):
    graph = edits.rename(small(), 3, name)
    assert graph.nodes[3].name == name
    assert graph.sources == small().sources


def test_a_taken_name_comes_with_a_free_one():
    assert "such as s2_1." in refusal(edits.rename, small(), 1, "s2")


def test_a_cycle_is_refused_with_the_names_on_it():
    graph = edits.disconnect(small(), 3, 0)
    sentence = refusal(edits.connect, graph, 4, 3, 0)
    assert "Wiring add_4 into multiply_3 would form a cycle: multiply_3 → add_4 → multiply_3." in sentence
    assert edits.connection_problem(graph, 4, 3, 0) == sentence


def test_a_node_wired_into_itself_is_a_cycle():
    assert "add_4 → add_4" in refusal(edits.connect, small(), 4, 4, 0)


def test_a_very_long_cycle_is_found_and_told_in_short():
    sentence = refusal(edits.connect, chain(50_000), 50_001, 2, 0)
    assert "negative_2 → negative_3" in sentence
    assert "… 49993 more …" in sentence
    assert len(sentence) < 300


def test_doubled_inputs_do_not_make_the_search_explode():
    ops = {1: "input"} | dict.fromkeys(range(2, 200), "add")
    graph = graph_of(ops, {(number, slot): number - 1 for number in range(2, 200) for slot in (0, 1)})
    assert edits.connection_problem(graph, 1, 199, 0) is None
    assert "cycle" in refusal(edits.connect, graph, 199, 2, 1)


def test_wires_that_lead_nowhere_are_refused():
    assert "no node with the id 9" in refusal(edits.connect, small(), 9, 4, 0)
    assert "no node with the id 9" in refusal(edits.connect, small(), 1, 9, 0)
    assert "no input slot 3. Its input slots: 0 (" in refusal(edits.connect, small(), 1, 4, 3)
    assert "s1 holds a value and has no input" in refusal(edits.connect, small(), 2, 1, 0)
    assert "no wire" in refusal(edits.disconnect, chain(1), 2, 1)


def test_one_node_may_feed_both_inputs():
    graph = graph_of({1: "input", 2: "multiply"}, {(2, 0): 1})
    assert set(edits.connect(graph, 1, 2, 1).wires) == {Wire(1, 2, 0), Wire(1, 2, 1)}


def test_connect_takes_the_place_of_the_wire_before():
    graph = edits.connect(small(), 1, 4, 1)
    assert graph.source_of(4, 1) == 1
    assert len(graph.sources) == len(small().sources)


def test_edits_that_change_nothing_return_the_same_graph():
    graph = edits.set_loss(small(), 4)
    assert edits.connect(graph, 3, 4, 0) is graph
    assert edits.move(graph, {1: (0.0, 0.0)}) is graph
    assert edits.rename(graph, 1, "s1") is graph
    assert edits.set_value(graph, 1, Value(1.0)) is graph
    assert edits.set_loss(graph, 4) is graph
    assert edits.remove(graph, []) is graph


def test_untouched_nodes_are_shared():
    graph = small()
    moved = edits.move(graph, {1: (5, 5)})
    assert moved.sources is graph.sources
    assert all(moved.nodes[identifier] is graph.nodes[identifier] for identifier in (2, 3, 4))


def test_remove_takes_wires_and_loss_with_it():
    graph = edits.remove(edits.set_loss(small(), 3), [3])
    assert graph.loss is None
    assert set(graph.wires) == {Wire(2, 4, 1)}
    assert edits.remove(edits.set_loss(small(), 4), [3]).loss == 4
    assert "nothing with the id 9" in refusal(edits.remove, small(), [1, 9])


@pytest.mark.parametrize("position", [(math.nan, 0), (0, math.inf), (1,), "ab", None, (1, 2, 3), (10**400, 0)])
def test_a_position_must_be_finite(position):
    assert "two finite numbers" in refusal(edits.move, small(), {1: position})
    assert "two finite numbers" in refusal(edits.add_node, small(), "add", position)


def test_positions_are_clipped_and_rounded():
    graph = edits.move(small(), {1: (1e300, -1e300), 2: (0.123456, 7)})
    assert graph.nodes[1].position == (1e6, -1e6)
    assert graph.nodes[2].position == (0.12, 7.0)


def test_move_checks_all_before_it_moves_any():
    graph = small()
    assert "id 9" in refusal(edits.move, graph, {1: (5, 5), 9: (5, 5)})
    assert graph.nodes[1].position == (0.0, 0.0)


def test_only_sources_hold_values():
    assert "computes its value" in refusal(edits.set_value, small(), 3, Value(1.0))
    assert "computes its value" in refusal(edits.add_node, small(), "add", (0, 0), value=Value(1.0))
    graph = edits.set_values(small(), {1: Value([1, 2]), 2: None})
    assert graph.nodes[1].value == Value([1, 2])
    assert graph.nodes[2].value is None


def test_values_without_numbers_or_with_too_many_axes_are_refused():
    assert "no number" in refusal(edits.set_value, small(), 1, Value([]))
    assert "axes" in refusal(edits.set_value, small(), 1, Value(np.ones((1,) * 40)))


def test_bad_settings_are_refused_with_what_is_allowed():
    graph, identifier = edits.add_node(EMPTY_GRAPH, "parameter", (0, 0))
    assert "w: parameter has no setting colour; its settings: shape, init, seed" in refusal(
        edits.set_setting, graph, identifier, "colour", 1
    )
    assert "'xavier'" in refusal(edits.set_setting, graph, identifier, "init", "best")
    assert "at least 0" in refusal(edits.set_setting, graph, identifier, "seed", -1)


def test_unknown_operations_are_refused_legibly():
    assert "'fo\\no'" in refusal(edits.add_node, small(), "fo\no", (0, 0))


def test_a_loss_must_exist():
    assert "no node" in refusal(edits.set_loss, small(), 77)
    assert edits.set_loss(edits.set_loss(small(), 4), None).loss is None
