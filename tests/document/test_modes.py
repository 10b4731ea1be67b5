"""Bypassed nodes pass their first input and its gradient on; muted ones give zeros and pass none."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from backprop_studio.document import edits
from backprop_studio.document.changes import GraphChange, difference
from backprop_studio.document.compilation import compile_graph
from backprop_studio.document.edits import EditError
from backprop_studio.document.evaluation import Evaluation, evaluate_graph
from backprop_studio.document.graph import Graph
from backprop_studio.document.modes import muted_call
from backprop_studio.document.narration import narrate
from backprop_studio.engine.interpreter import forward_pass
from backprop_studio.engine.ops import registry
from backprop_studio.engine.program import CallSpec, FaultKind, assemble
from backprop_studio.exchange.graph_code import graph_code, parse_graph_code
from backprop_studio.training.trainer import train

CODE = "x = input([1., -2.])\nw = parameter([0.5, 3.])\nz = x*w\na = relu(z)\nL = sum(a**2)\n"


def with_mode(code: str, mode, *names: str) -> tuple[Graph, Evaluation]:
    graph = parse_graph_code(code)
    graph = edits.set_mode(graph, [graph.node_named(name).id for name in names], mode)
    return graph, evaluate_graph(graph)


def number(evaluation: Evaluation, name: str, what: str = "value"):
    node = evaluation.graph.node_named(name)
    assert node is not None
    return getattr(evaluation, what)(node.id)


def test_a_bypassed_node_passes_value_and_gradient_straight_through():
    _, evaluation = with_mode(CODE, "bypassed", "a")
    assert not evaluation.problems
    np.testing.assert_array_equal(number(evaluation, "a"), [0.5, -6.0])
    np.testing.assert_array_equal(number(evaluation, "z", "gradient"), number(evaluation, "a", "gradient"))
    np.testing.assert_array_equal(number(evaluation, "w", "gradient"), [2 * 0.5 * 1, 2 * -6 * -2])


def test_a_bypassed_node_needs_its_first_input_alone():
    graph, evaluation = with_mode(CODE, "bypassed", "z")
    np.testing.assert_array_equal(number(evaluation, "z"), [1.0, -2.0])
    assert number(evaluation, "w", "gradient") is None
    z = graph.node_named("z").id
    evaluation = evaluate_graph(edits.disconnect(graph, z, 1))
    np.testing.assert_array_equal(number(evaluation, "z"), [1.0, -2.0])
    fault = evaluate_graph(edits.disconnect(graph, z, 0)).problems[z]
    assert fault.kind is FaultKind.MISSING_INPUT


def test_a_bypassed_node_must_keep_the_shape():
    graph, evaluation = with_mode("x = parameter([1., 2.])\ns = sum(x)\nt = exp(s)\n", "bypassed", "s")
    ids = {name: graph.node_named(name).id for name in "xst"}
    assert evaluation.problems[ids["s"]].sentence == (
        "s: it is bypassed, but its first input has shape (2,) and its result has shape (). Switch it on, or mute it."
    )
    assert evaluation.problems[ids["t"]].kind is FaultKind.BLOCKED
    assert evaluation.value(ids["x"]) is not None


def test_a_bypassed_node_after_one_that_does_not_fit_is_judged_anew():
    _, evaluation = with_mode("x = parameter([1., 2.])\ns = sum(x)\nm = mean(s)\n", "bypassed", "s", "m")
    assert [fault.kind for fault in evaluation.problems.values()] == [FaultKind.SHAPE, FaultKind.BLOCKED]


def test_a_muted_node_gives_zeros_of_its_own_shape_and_no_gradient():
    _, evaluation = with_mode(CODE + "M = L + sum(w)\n", "muted", "z")
    assert not evaluation.problems
    np.testing.assert_array_equal(number(evaluation, "z"), [0.0, 0.0])
    np.testing.assert_array_equal(number(evaluation, "w", "gradient"), [1.0, 1.0])
    _, evaluation = with_mode("x = parameter([[1., 2.]])\ns = sum(x, axis=1)\nL = mean(s + x)\n", "muted", "s")
    assert number(evaluation, "s").shape == (1,)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_zeros_have_the_type_of_the_program(dtype):
    graph, _ = with_mode(CODE, "muted", "a")
    assert all(value.dtype == dtype for value in evaluate_graph(graph, dtype).run.values if value is not None)


def test_a_muted_source_is_a_constant_zero():
    graph, evaluation = with_mode(CODE, "muted", "w")
    np.testing.assert_array_equal(number(evaluation, "w"), [0.0, 0.0])
    assert number(evaluation, "w", "gradient") is None
    assert graph.node_named("w").value is not None


def test_a_muted_variadic_node_gives_zeros():
    _, evaluation = with_mode("a = parameter([1.])\nb = parameter([2.])\nL = sum(concatenate(a, b))", "muted", "L")
    assert number(evaluation, "L") == 0.0
    _, evaluation = with_mode("a = parameter([1.])\nj = stack(a, a)\nL = sum(j)", "muted", "j")
    np.testing.assert_array_equal(number(evaluation, "j"), [[0.0], [0.0]])


@pytest.mark.parametrize(
    "op", [op for op in registry if any(port.optional for port in op.inputs)], ids=lambda op: op.name
)
def test_a_muted_node_may_lack_its_optional_inputs(op):
    sample = next(sample for sample in op.samples if all(array.dtype.kind == "f" for array in sample.inputs[:1]))
    keys = tuple(None if port.optional else slot for slot, port in enumerate(op.inputs))
    given = [
        CallSpec(slot, f"x{slot}", registry["input"], value=sample.inputs[slot]) for slot in keys if slot is not None
    ]
    muted = muted_call(CallSpec(99, "y", op, keys, sample.settings))
    program, faults = assemble([*given, muted])
    values = forward_pass(program)[0]
    assert not faults
    assert not np.any(values[program.position[99]])


def test_training_heeds_modes():
    for mode, expected in (("bypassed", False), ("muted", True)):
        graph, _ = with_mode(CODE + "M = L + sum(w)\n", mode, "z")
        program = compile_graph(graph).program
        (first, second) = islice(train(program, learning_rate=0.1), 2)
        weights = program.position[graph.node_named("w").id]
        assert np.array_equal(first.parameters[weights], program.leaves[weights] - 0.1)
        assert (first.loss == 3.5) is expected
        assert second.loss == pytest.approx(first.loss - 0.2)


def test_every_event_is_told_in_any_mode():
    for mode in ("bypassed", "muted"):
        _, evaluation = with_mode(CODE, mode, "z", "a")
        for index in range(len(evaluation.trace)):
            narration = narrate(evaluation, index)
            assert "$" not in narration.sentence + narration.arithmetic


def test_sources_cannot_be_bypassed_nor_anything_be_in_an_unknown_mode():
    with pytest.raises(EditError, match="x holds a value and has no input"):
        with_mode(CODE, "bypassed", "a", "x")
    with pytest.raises(EditError, match=r"no mode 'off'. Choose one of on, bypassed, muted"):
        with_mode(CODE, "off", "a")


def test_modes_are_told_and_go_back():
    graph = parse_graph_code(CODE)
    muted = edits.set_mode(graph, [1, 3], "muted")
    assert difference(graph, muted) == GraphChange(changed=frozenset({1, 3}), modes=frozenset({1, 3}))
    assert edits.set_mode(muted, [1, 3], "muted") is muted
    assert edits.set_mode(muted, [1, 3], "on") == graph


def test_graph_code_tells_of_modes_in_comments():
    graph, _ = with_mode("x = input(2.)\nL = relu(x + 1) * w\n", "bypassed", "add_1")
    graph = edits.set_mode(graph, [graph.node_named("w").id], "muted")
    assert graph_code(graph) == (
        "x = input(2.0)\n# muted: w\nw = parameter()\n# bypassed: add_1\nadd_1 = x + 1\nL = relu(add_1)*w\n"
    )
    again = parse_graph_code(graph_code(graph))
    assert all(node.mode == "on" for node in again.nodes.values())
    assert {node.name for node in again.nodes.values()} == {node.name for node in graph.nodes.values()}
