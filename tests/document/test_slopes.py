"""The plot beside an explanation: the function, where it stands, and the slope that the backward pass uses."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_studio.document.evaluation import Evaluation, evaluate_graph
from backprop_studio.document.explanation import explain_node, explain_wire
from backprop_studio.document.graph import Wire
from backprop_studio.document.local_derivatives import scalar_local
from backprop_studio.document.slopes import Slope, slope_of, slope_of_input
from backprop_studio.engine.op import Op, Sample
from backprop_studio.exchange.graph_code import parse_graph_code
from tests.document.operation_graphs import SAMPLE_IDS, SAMPLES, around

SMOOTH = ("sigmoid", "tanh", "exp", "square", "softplus", "gelu", "silu", "sin", "cos", "negative")


def of_code(code: str) -> Evaluation:
    return evaluate_graph(parse_graph_code(code))


def named(evaluation: Evaluation, wanted: str) -> int:
    node = evaluation.graph.node_named(wanted)
    assert node is not None
    return node.id


def slope_at(code: str, name: str) -> Slope | None:
    evaluation = of_code(code)
    return slope_of(evaluation, explain_node(evaluation, named(evaluation, name)))


@pytest.mark.parametrize("op", SMOOTH)
@pytest.mark.parametrize("x", [-1.25, 0.5, 2.0])
def test_the_slope_is_the_local_derivative(op: str, x: float) -> None:
    evaluation = of_code(f"x = parameter({x})\nf = {op}(x)\nL = f * 3")
    f = named(evaluation, "f")
    slope = slope_of(evaluation, explain_node(evaluation, f))
    assert slope is not None
    call = evaluation.position(f)
    assert call is not None
    assert slope.slope == scalar_local(evaluation, call, 0)
    assert (slope.x, slope.x_name, slope.y_name) == (x, "x", "f")
    assert not slope.is_kink
    middle = len(slope.xs) // 2
    assert slope.xs[middle] == pytest.approx(x)
    assert slope.ys[middle] == pytest.approx(slope.y)
    width = slope.xs[1] - slope.xs[0]
    assert (slope.ys[middle + 1] - slope.ys[middle - 1]) / (2 * width) == pytest.approx(slope.slope, rel=0.01, abs=0.01)


@pytest.mark.parametrize(
    ("code", "left", "right", "used"),
    [("relu(x)", 0.0, 1.0, 0.0), ("absolute(x)", -1.0, 1.0, 0.0), ("leaky_relu(x)", 0.01, 1.0, 0.01)],
)
def test_a_kink_has_two_slopes(code: str, left: float, right: float, used: float) -> None:
    slope = slope_at(f"x = parameter(0.)\nf = {code}\nL = f * 2", "f")
    assert slope is not None
    assert slope.is_kink
    assert (slope.left, slope.right) == (pytest.approx(left), pytest.approx(right))
    assert slope.slope == used
    assert slope.sentence.startswith("A kink at x = 0")


def test_a_power_is_drawn_over_its_base() -> None:
    slope = slope_at("x = parameter(3.)\nf = x**2\nL = f * 1", "f")
    assert slope is not None
    assert (slope.x, slope.slope) == (3.0, 6.0)
    np.testing.assert_allclose(slope.ys, slope.xs**2)


def test_outside_its_domain_a_function_has_gaps() -> None:
    slope = slope_at("x = parameter(1.)\nf = log(x)\nL = f * 1", "f")
    assert slope is not None
    assert np.isnan(slope.ys[slope.xs < 0]).all()
    assert slope.slope == 1.0


def test_a_source_shows_the_loss_over_it() -> None:
    slope = slope_at("w = parameter(3.)\nx = input(2.)\nL = square(w*x - 1)", "w")
    assert slope is not None
    assert (slope.x, slope.y, slope.slope) == (3.0, 25.0, 20.0)
    np.testing.assert_allclose(slope.ys, (slope.xs * 2 - 1) ** 2)


def test_a_chosen_entry_of_an_array() -> None:
    evaluation = of_code("x = parameter([[1., -2.], [0.5, 3.]])\nf = tanh(x)\nL = sum(f)")
    explained = explain_node(evaluation, named(evaluation, "f"))
    slope = slope_of(evaluation, explained, (0, 1))
    assert slope is not None
    assert (slope.x, slope.x_name) == (-2.0, "x[0, 1]")
    assert slope.slope == pytest.approx(1 - np.tanh(2.0) ** 2)


def test_a_wire_shows_the_function_over_what_it_carries() -> None:
    evaluation = of_code("a = parameter(3.)\nb = parameter(4.)\nL = a * b")
    wire = Wire(named(evaluation, "b"), named(evaluation, "L"), 1)
    slope = slope_of(evaluation, explain_wire(evaluation, wire))
    assert slope is not None
    assert (slope.x, slope.slope) == (4.0, 3.0)


@pytest.mark.parametrize(("op", "number", "sample"), SAMPLES, ids=SAMPLE_IDS)
def test_every_operation_has_a_slope_or_none(op: Op, number: int, sample: Sample) -> None:
    evaluation = around(op, sample)
    call = evaluation.position(named(evaluation, "f"))
    assert call is not None
    for slot in range(len(evaluation.program.calls[call].inputs)):
        slope = slope_of_input(evaluation, call, slot)
        if evaluation.program.calls[call].op.elementwise and op.vjp_for(slot) is not None and not op.state:
            assert slope is not None
            assert slope.sentence.endswith(".")
        elif slope is not None:
            pytest.fail(f"{op.name} does not act entry by entry")


def test_what_is_infinite_has_no_slope_and_no_warning() -> None:
    slope = slope_at("x = parameter(800.)\nf = exp(x)\nL = f * 3", "f")
    assert slope is None or (slope.left, slope.right) == (None, None)


def test_the_slope_of_the_loss_is_called_a_gradient_and_that_of_an_operation_a_local_derivative() -> None:
    evaluation = evaluate_graph(parse_graph_code("w = parameter(.5)\nm = 2*w\ns = sigmoid(m)\nL = square(s)"))
    w, s = evaluation.graph.node_named("w"), evaluation.graph.node_named("s")
    assert w is not None
    assert s is not None
    over_source = slope_of(evaluation, explain_node(evaluation, w.id))
    over_input = slope_of(evaluation, explain_node(evaluation, s.id))
    assert over_source is not None
    assert over_input is not None
    assert over_source.sentence.endswith(": the gradient ∂L/∂w.")
    assert over_input.sentence.endswith(": the local derivative ∂s/∂m.")
