"""From graph code to values, gradients and contributions by node and wire; problems told by node."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_studio.document import edits
from backprop_studio.document.compilation import compile_graph, find_loss
from backprop_studio.document.evaluation import Evaluation, evaluate_compilation, evaluate_graph
from backprop_studio.document.graph import EMPTY_GRAPH, Graph
from backprop_studio.document.values import Value
from backprop_studio.engine.program import FaultKind
from backprop_studio.exchange.graph_code import parse_graph_code


def evaluate(code: str, **values: float) -> Evaluation:
    return evaluate_graph(parse_graph_code(code, {name: Value(value) for name, value in values.items()}))


def named(evaluation: Evaluation, name: str) -> int:
    node = evaluation.graph.node_named(name)
    assert node is not None
    return node.id


def gradient(evaluation: Evaluation, name: str) -> float:
    found = evaluation.gradient(named(evaluation, name))
    assert found is not None
    return float(found)


# Published numbers: code, values, loss, gradients.
WORKED = [
    ("L = (a+b)*c", {"a": 2, "b": 3, "c": 4}, 20, {"a": 4, "b": 4, "c": 5}),
    ("L = x**2", {"x": 3}, 9, {"x": 6}),
    ("L = square(3*x+2)", {"x": 1}, 25, {"x": 30}),
    ("L = (a+b)*(b+1)", {"a": 2, "b": 1}, 6, {"a": 2, "b": 5}),
    ("L = (x+y)*z", {"x": -2, "y": 5, "z": -4}, -12, {"x": -4, "y": -4, "z": 3}),
    ("L = a+a", {"a": 3}, 6, {"a": 2}),
    ("L = sigmoid(w0*x0+w1*x1+w2)", {"w0": 2, "w1": -3, "w2": -3, "x0": -1, "x1": -2}, 0.7311, {
        "w0": -0.1966, "w1": -0.3932, "w2": 0.1966, "x0": 0.3932, "x1": -0.5898}),
    ("t = target(1.)\nL = binary_cross_entropy(p, t)", {"p": 0.8}, 0.223144, {"p": -1.25}),
    ("t = target(1.)\nL = binary_cross_entropy(p, t)", {"p": 0.1}, 2.302585, {"p": -10}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "values", "loss", "gradients"), WORKED)
def test_published_numbers(code: str, values: dict[str, float], loss: float, gradients: dict[str, float]) -> None:
    evaluation = evaluate(code, **values)
    assert evaluation.loss == named(evaluation, "L")
    assert evaluation.value(evaluation.loss) == pytest.approx(loss, abs=6e-5)
    for name, wanted in gradients.items():
        assert gradient(evaluation, name) == pytest.approx(wanted, abs=6e-5)


def test_contributions_add_up_to_the_gradient() -> None:
    evaluation = evaluate("L = (a+b)*(b+1)", a=2, b=1)
    b = named(evaluation, "b")
    arriving = [evaluation.contribution(wire) for wire in evaluation.graph.wires_from(b)]
    assert sorted(float(part) for part in arriving) == [2.0, 3.0]


def test_a_constant_has_no_gradient_and_class_indices_have_none() -> None:
    evaluation = evaluate("x = input([[2., 1., .1]])\nt = target([0])\nL = cross_entropy(x*3, t)")
    graph = evaluation.graph
    constant = next(node.id for node in graph.nodes.values() if node.op_name == "constant")
    assert evaluation.gradient(constant) is None
    assert evaluation.gradient(named(evaluation, "t")) is None
    assert evaluation.value(named(evaluation, "t")).dtype.kind == "i"


def build(*ops: str) -> tuple[Graph, list[int]]:
    graph, ids = EMPTY_GRAPH, []
    for op in ops:
        graph, made = edits.add_node(graph, op, (0, 0))
        ids.append(made)
    return graph, ids


def test_an_unfinished_graph_is_computed_as_far_as_it_goes() -> None:
    graph, (x, total, squared) = build("parameter", "add", "square")
    graph = edits.connect(edits.connect(graph, x, total, 0), total, squared, 0)
    evaluation = evaluate_graph(graph)
    assert evaluation.value(x) == 1.0
    assert evaluation.problems[total].kind is FaultKind.MISSING_INPUT
    assert evaluation.problems[total].slot == 1
    assert evaluation.problems[squared].kind is FaultKind.BLOCKED
    assert set(evaluation.faulty) == {total}
    assert evaluation.gradient(x) is None


def test_a_shape_clash_names_both_shapes_and_spares_the_rest() -> None:
    evaluation = evaluate("y = input([[1., 2.], [3., 4.]]) @ parameter([[1.], [2.], [3.]])\nz = a + 1", a=1)
    clash = next(iter(evaluation.faulty.values()))
    assert clash.kind is FaultKind.SHAPE
    assert "(2, 2)" in clash.sentence
    assert "(3, 1)" in clash.sentence
    assert evaluation.value(named(evaluation, "z")) == 2.0


def test_a_class_index_out_of_range_is_a_problem_of_the_loss() -> None:
    evaluation = evaluate("L = cross_entropy(input([[2., 1.]]), target([5]))")
    loss = named(evaluation, "L")
    assert evaluation.problems[loss].kind is FaultKind.VALUE
    assert "5" in evaluation.problems[loss].sentence
    assert evaluation.value(loss) is None


def test_a_tensor_too_large_to_allocate_is_refused_before_it_is_made() -> None:
    code = "y = parameter(shape=(40000, 1), init='ones') + parameter(shape=(1, 40000), init='ones')"
    fault = next(iter(evaluate(code).faulty.values()))
    assert fault.kind is FaultKind.TOO_LARGE
    assert "(40000, 40000)" in fault.sentence


def test_the_loss_is_the_one_chosen_else_the_best_candidate() -> None:
    graph = parse_graph_code("x = parameter(1.)\nt = target(2.)\nL = mse_loss(x, t)\nz = sin(x)")
    by_name = {node.name: node.id for node in graph.nodes.values()}
    assert graph.loss == by_name["z"]  # the last assigned name, said so because the rule would choose L
    assert find_loss(edits.set_loss(graph, None)) == by_name["L"]
    assert compile_graph(edits.set_loss(graph, by_name["L"])).loss == by_name["L"]


def test_nodes_beside_a_loss_do_not_take_its_place() -> None:
    graph = parse_graph_code("L = (a + b) * (b + 1)", {"a": Value(2.0), "b": Value(1.0)})
    loss = find_loss(graph)
    assert loss is not None
    graph, lone = edits.add_node(graph, "multiply", (0.0, 0.0))
    assert find_loss(graph) == loss, "an operation without a wire is no loss"
    inner = next(node.id for node in graph.nodes.values() if node.op_name == "add")
    graph = edits.connect(edits.connect(graph, inner, lone, 0), inner, lone, 1)
    assert find_loss(graph) == loss, "neither is what was added beside it, though it depends on parameters"
    graph, above = edits.add_node(graph, "square", (0.0, 0.0))
    assert find_loss(edits.connect(graph, loss, above, 0)) == above, "what is built upon a loss is the loss"


def test_an_operation_without_a_wire_is_no_loss() -> None:
    graph, _ = edits.add_node(EMPTY_GRAPH, "multiply", (0.0, 0.0))
    assert find_loss(graph) is None


def test_what_depends_on_a_parameter_is_the_loss_before_what_does_not() -> None:
    graph = parse_graph_code("z = mse_loss(input(1.), target(2.))\nL = square(parameter(3.))")
    assert find_loss(edits.set_loss(graph, None)) == next(n.id for n in graph.nodes.values() if n.name == "L")


def test_a_loss_that_is_no_single_number_is_told_and_has_no_gradients() -> None:
    evaluation = evaluate("y = parameter([1., 2.]) * 2")
    assert "shape (2,)" in evaluation.notice
    assert all(evaluation.gradient(node) is None for node in evaluation.graph.nodes)


def test_a_loss_of_one_entry_is_a_single_number() -> None:
    evaluation = evaluate("w = parameter([[3.]])\ny = w * w")
    np.testing.assert_array_equal(evaluation.gradient(named(evaluation, "w")), [[6.0]])


def test_the_first_value_that_is_not_finite_is_named() -> None:
    evaluation = evaluate("y = log(x)\nL = y * 2", x=0)
    assert evaluation.notice == "y is −∞: ln 0 has no finite result."


def test_an_empty_graph_evaluates() -> None:
    evaluation = evaluate_graph(EMPTY_GRAPH)
    assert evaluation.loss is None
    assert len(evaluation.trace) == 0


def test_what_an_edit_did_not_touch_is_taken_over() -> None:
    lines = [f"n{i} = sin({'x' if i == 0 else f'n{i - 1}'})" for i in range(60)]
    graph = parse_graph_code("x = parameter(0.5)\nw = parameter(2.)\n" + "\n".join(lines) + "\nL = n59*w")
    before = evaluate_graph(graph)
    edited = edits.set_value(graph, graph.node_named("w").id, Value(3.0))
    again = evaluate_compilation(edited, compile_graph(edited), before)
    fresh = evaluate_graph(edited)
    for node in edited.nodes:
        np.testing.assert_array_equal(again.value(node), fresh.value(node))
        np.testing.assert_array_equal(again.gradient(node), fresh.gradient(node))
    kept = graph.node_named("n30").id
    assert again.value(kept) is before.value(kept)


def test_evaluations_of_arrays_can_be_compared() -> None:
    graph = parse_graph_code("x = input([1., 2.])\nw = parameter([3., 4.])\nL = sum(x * w)")
    one, other = evaluate_graph(graph), evaluate_graph(graph)
    assert one in (one, other)
    assert one != other
    assert len({one, other}) == 2


def test_what_is_not_finite_tells_which_operation_on_which_numbers() -> None:
    for code, told in (
        ("a = parameter(0.)\nb = parameter(0.)\nq = a / b\nL = q * 2", "q is NaN: 0 / 0 has no finite result."),
        ("a = parameter([1., -3.])\nl = log(a)\nL = sum(l)", "l[1] is NaN: ln (−3) has no finite result."),
    ):
        assert evaluate_graph(parse_graph_code(code)).notice == told
