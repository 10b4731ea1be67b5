"""The plot beside an explanation: the function, where it stands, and the slope that the backward pass uses."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_studio.document.evaluation import Evaluation, evaluate_graph
from backprop_studio.document.explanation import explain_node, explain_wire
from backprop_studio.document.graph import Wire
from backprop_studio.document.local_derivatives import scalar_local
from backprop_studio.document.slope_entries import Asked, Pair, moving
from backprop_studio.document.slopes import Slope, slope_of, slope_of_input
from backprop_studio.engine.op import Op, Sample
from backprop_studio.exchange.graph_code import parse_graph_code
from tests.document.evaluated import named, of_code
from tests.document.operation_graphs import SAMPLE_IDS, SAMPLES, around

SMOOTH = ("sigmoid", "tanh", "exp", "square", "softplus", "gelu", "silu", "sin", "cos", "negative")


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
    assert [slope.left, slope.right] == pytest.approx([left, right])
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


def check_tangent(evaluation: Evaluation, slope: Slope) -> None:
    """The slope is that of the curve, by differences on either side; where there is a kink it lies between both."""
    assert slope.sentence.endswith(".")
    middle = len(slope.xs) // 2
    assert slope.xs[middle] == pytest.approx(slope.x)
    assert slope.ys[middle] == pytest.approx(slope.y, rel=1e-6, abs=1e-9)
    if slope.left is not None and slope.right is not None:
        low, high = sorted((slope.left, slope.right))
        assert low - 1e-6 <= slope.slope <= high + 1e-6
        assert slope.sentence.startswith("A kink")


@pytest.mark.parametrize(("op", "number", "sample"), SAMPLES, ids=SAMPLE_IDS)
def test_every_input_that_has_a_derivative_has_a_slope_that_a_central_difference_confirms(
    op: Op, number: int, sample: Sample
) -> None:
    evaluation = around(op, sample)
    call = evaluation.position(named(evaluation, "f"))
    assert call is not None
    spec = evaluation.program.calls[call]
    for slot in range(len(spec.inputs)):
        slope = slope_of_input(evaluation, call, slot)
        if spec.op.vjp_for(slot) is None or evaluation.run.values[spec.inputs[slot]].dtype.kind != "f":  # type: ignore[union-attr]
            assert slope is None
            continue
        assert slope is not None
        check_tangent(evaluation, slope)
        for pair in (slope.entries, *slope.choices[:7]):
            assert pair is not None
            chosen = slope_of_input(evaluation, call, slot, Asked(pair.out, pair.given))
            assert chosen is not None
            assert chosen.entries == pair
            check_tangent(evaluation, chosen)
            if chosen.is_kink or chosen.note or not np.isfinite(chosen.slope):
                continue
            function, step = moving(evaluation, call, slot, pair), 1e-5
            below, above = function(np.array([chosen.x - step, chosen.x + step]))
            if np.isfinite([below, above]).all():
                assert (above - below) / (2 * step) == pytest.approx(chosen.slope, rel=1e-4, abs=1e-6)


ONE_INPUT = [
    (op, number, sample)
    for op, number, sample in SAMPLES
    if [
        array.dtype.kind
        for array, each in zip(sample.inputs, op.inputs, strict=False)
        if array is not None and each.differentiable | each.indices and not each.optional
    ].count("f")
    == 1
    and not op.variadic
]


@pytest.mark.parametrize(
    ("op", "number", "sample"), ONE_INPUT, ids=[f"{op.name}-{number}" for op, number, _ in ONE_INPUT]
)
def test_every_operation_of_one_input_has_a_plot(op: Op, number: int, sample: Sample) -> None:
    evaluation = around(op, sample)
    slope = slope_of(evaluation, explain_node(evaluation, named(evaluation, "f")))
    assert slope is not None
    assert slope.y_name.startswith("f")
    assert slope.note or slope.is_kink or "slope" in slope.sentence


def test_most_operations_have_one_input() -> None:
    assert len({op.name for op, _, _ in ONE_INPUT}) > 35


@pytest.mark.parametrize("op", ["sum", "mean", "logsumexp", "max", "softmax", "transpose", "layer_norm"])
def test_without_a_choice_the_entries_depend_on_each_other(op: str) -> None:
    evaluation = of_code(f"x = parameter([[1., -2., 0.5], [0.3, 3., 1.]])\nf = {op}(x)\nL = sum(square(f))")
    f = named(evaluation, "f")
    slope = slope_of(evaluation, explain_node(evaluation, f))
    assert slope is not None
    assert slope.slope != 0


def test_entries_are_named_and_can_be_chosen() -> None:
    evaluation = of_code("x = parameter([[1., -2., 0.5], [0.3, 3., 1.]])\nf = softmax(x)\nL = sum(square(f))")
    explained = explain_node(evaluation, named(evaluation, "f"))
    slope = slope_of(evaluation, explained, (1, 2))
    assert slope is not None
    assert slope.y_name == "f[1, 2]"
    assert [pair.given for pair in slope.choices] == [(1, 0), (1, 1), (1, 2)]
    other = slope_of(evaluation, explained, pair=Pair((1, 2), (1, 0)))
    assert other is not None
    assert (other.x_name, other.y_name, other.x) == ("x[1, 0]", "f[1, 2]", 0.3)
    assert other.slope < 0
    assert other.sentence.endswith(": the local derivative ∂f[1, 2]/∂x[1, 0], with all other entries as they are.")


def test_along_a_wire_the_entry_is_that_of_what_it_carries() -> None:
    evaluation = of_code("b = parameter([1., 2.])\nf = b + input([[1., 2.], [3., 4.], [5., 6.]])\nL = sum(square(f))")
    wire = Wire(named(evaluation, "b"), named(evaluation, "f"), 0)
    slope = slope_of(evaluation, explain_wire(evaluation, wire), (1,))
    assert slope is not None
    assert (slope.x_name, slope.y_name, slope.slope) == ("b[1]", "f[2, 1]", 1.0)
    assert [pair.out for pair in slope.choices] == [(0, 1), (1, 1), (2, 1)]


def test_a_tie_of_maxima_is_a_kink_and_a_point_beside_one_is_none() -> None:
    tied = slope_at("x = parameter([2., 2., 1.])\nf = max(x)\nL = f * 1", "f")
    assert tied is not None
    assert tied.is_kink
    assert [tied.left, tied.right, tied.slope] == pytest.approx([0.0, 1.0, 0.5])
    for code in ("x = parameter([2.000000001, 2., 1.])\nf = max(x)", "x = parameter(1e-9)\nf = relu(x)"):
        beside = slope_at(f"{code}\nL = f * 1", "f")
        assert beside is not None
        assert not beside.is_kink
        assert beside.slope == 1.0


def test_a_row_without_gradient_by_definition_says_so() -> None:
    code = "i = input([0, 2])\nE = parameter([[1., 2.], [3., 4.], [5., 6.]])\ne = embedding(i, E, padding_idx=2)"
    evaluation = of_code(f"{code}\nL = sum(e)")
    explained = explain_node(evaluation, named(evaluation, "e"))
    slope = slope_of(evaluation, explained, pair=Pair((1, 0), (2, 0)))
    assert slope is not None
    assert slope.slope == 0.0
    assert "by definition no gradient passes to row 2" in slope.sentence


def test_the_loss_over_an_entry_of_an_array() -> None:
    evaluation = of_code("W = parameter([[1., 2.], [3., -4.]])\nL = sum(square(W))")
    explained = explain_node(evaluation, named(evaluation, "W"))
    slope = slope_of(evaluation, explained)
    assert slope is not None
    assert (slope.x_name, slope.slope) == ("W[1, 1]", -8.0)
    slope = slope_of(evaluation, explained, (0, 1))
    assert slope is not None
    assert (slope.x_name, slope.slope) == ("W[0, 1]", 4.0)
    np.testing.assert_allclose(slope.ys, 26 + slope.xs**2)


def test_dropout_keeps_its_mask_on_the_plot() -> None:
    evaluation = of_code("x = parameter([1., 2., 3., 4.])\nf = dropout(x, p=0.5, seed=1)\nL = sum(f)")
    explained = explain_node(evaluation, named(evaluation, "f"))
    found = [slope_of(evaluation, explained, (at,)) for at in range(4)]
    assert {slope.slope for slope in found if slope is not None} == {0.0, 2.0}


def test_a_large_array_gets_fewer_points_and_a_huge_one_none() -> None:
    slope = slope_at("x = parameter(shape=(400, 400), seed=0)\nf = mean(x)\nL = f * 1", "f")
    assert slope is not None
    assert 11 <= len(slope.xs) < 121
    assert len(slope.xs) % 2
    assert slope_at("x = parameter(shape=(1000, 1000), seed=0)\nf = mean(x)\nL = f * 1", "f") is None


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
