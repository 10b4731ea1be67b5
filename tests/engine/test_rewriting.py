"""Each rule that rewrites a plan's calls: what it makes of them, and that the numbers stay those of the interpreter."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from backprop_studio.engine import rewriting
from backprop_studio.engine.interpreter import run
from backprop_studio.engine.planning import Plan
from backprop_studio.engine.program import Program
from backprop_studio.engine.rewriting import Draft
from backprop_studio.engine.symbols import Kind
from backprop_studio.engine.tracing import trace_program
from tests.engine.support import program_of

RNG = np.random.default_rng(0)
Calls = list[tuple[str, str, Any]]


def parameters(**shapes: tuple[int, ...]) -> Calls:
    return [(name, "parameter", RNG.normal(size=shape)) for name, shape in shapes.items()]


DATA: Calls = [("x", "input", RNG.normal(size=(6, 3))), ("t", "target", RNG.normal(size=(6, 2)))]
DENSE: Calls = [("m", "matmul", ("x", "w")), ("z", "add", ("m", "b")), ("a", "tanh", ("z",))]
GRAPHS: dict[str, Calls] = {
    "dense": [*DATA, *parameters(w=(3, 2), b=(2,)), *DENSE, ("L", "mse_loss", ("a", "t"))],
    "bias apart": [*DATA, *parameters(b=(2,), w=(3, 2)), *DENSE, ("L", "mse_loss", ("a", "t"))],
    "penalty": [
        *DATA, *parameters(w=(3, 2), b=(2,), v=(2, 2)), *DENSE, ("o", "matmul", ("a", "v")),
        ("e", "mse_loss", ("o", "t")), ("p", "l2_penalty", ("w", "b", "v", {"alpha": 0.1})), ("L", "add", ("e", "p")),
    ],
    "one neuron": [
        ("x", "input", RNG.normal(size=(6, 3))), *parameters(w=(3, 1), b=(1,), c=(1,)),
        ("m", "matmul", ("x", "w")), ("z", "add", ("b", "m")), ("a", "tanh", ("z",)), ("y", "multiply", ("a", "c")),
        ("L", "mean", ("y",)),
    ],
    "one gradient needs another": [
        *parameters(w=(4,), v=(4,)), ("a", "multiply", ("w", "v")), ("s", "sin", ("a",)), ("d", "add", ("s", "w")),
        ("q", "multiply", ("d", "a")), ("L", "sum", ("q",)),
    ],
    "shared": [
        *parameters(w=(4,), v=(4,)), ("a", "add", ("w", "v")), ("q", "square", ("a",)), ("L", "sum", ("q",)),
    ],
    "target": [*DATA, *parameters(w=(3, 2)), ("a", "matmul", ("x", "w")), ("L", "mse_loss", ("a", "t"))],
    "unused parameter": [
        *DATA, *parameters(w=(3, 2), u=(2, 2)), ("a", "matmul", ("x", "w")), ("L", "mse_loss", ("a", "t")),
    ],
    "squares of sums": [
        *parameters(w=(4,), v=(4,)), ("q", "square", ("w",)), ("r", "square", ("v",)), ("a", "sum", ("q",)),
        ("b", "sum", ("r",)), ("L", "add", ("a", "b")),
    ],
}  # fmt: skip


def program(name: str, dtype: str = "float64") -> Program:
    made, faults, _ = program_of(GRAPHS[name], "L", dtype)
    assert not faults
    return made


def trainable(made: Program) -> list[int]:
    return [index for index, call in enumerate(made.calls) if call.op.name == "parameter"]


def draft_of(made: Program, everything: bool = False) -> Draft:
    """The calls as they are recorded."""
    wanted = trainable(made)
    traced = trace_program(made, wanted, wanted, everything)
    spans, start = {}, 0
    for index in wanted:
        spans[traced.values[index].index] = slice(start, start + made.leaves[index].size)
        start += made.leaves[index].size
    later = [*traced.values, *traced.gradients.values(), *traced.contributions.values()] if everything else []
    assert made.loss is not None
    gradients = [traced.gradients[index] for index in wanted if index in traced.gradients]
    return Draft(traced.tape, [traced.values[made.loss]], later, spans, gradients)


def calls(draft: Draft) -> Counter[Any]:
    """How often each function is called in a step."""
    return Counter(made.function for made in draft.instructions if made.index in draft.needed)


def after(rule: Any, name: str, everything: bool = False) -> tuple[Counter[Any], Counter[Any]]:
    """The calls of a step before and after a rule."""
    draft = draft_of(program(name), everything)
    before = calls(draft)
    rule(draft)
    draft.order()
    return before, calls(draft)


@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", GRAPHS)
def test_the_numbers_stay(name: str, dtype: str, everything: bool) -> None:
    made = program(name, dtype)
    plan = Plan(made, trainable(made), keep_everything=everything)
    close = {"rtol": 1e-10, "atol": 1e-12} if dtype == "float64" else {"rtol": 1e-4, "atol": 1e-5}
    for _ in range(3):
        expected = run(made, {index: view.copy() for index, view in plan.parameter_views.items()})
        assert plan.step() == pytest.approx(float(expected.values[made.loss]), rel=close["rtol"])  # type: ignore[index, arg-type]
        for index, view in plan.gradient_views.items():
            gradient = expected.gradients[index]
            np.testing.assert_allclose(view, 0.0 if gradient is None else gradient, **close)
        plan.parameters -= plan.gradient * np.asarray(0.1, dtype)  # what is read is of the step before
        if everything:
            for index, value in plan.values().items():
                np.testing.assert_allclose(value, expected.values[index], **close)
            for index, gradient in plan.gradients().items():
                np.testing.assert_allclose(gradient, expected.gradients[index], **close)
            for edge, contribution in plan.contributions().items():
                np.testing.assert_allclose(contribution, expected.contributions[edge], **close)


def test_a_bias_becomes_a_row_of_the_weight() -> None:
    before, now = after(rewriting.bias_as_a_row, "dense")
    assert before[np.add] == 1
    assert now[np.add] == 0
    assert now[np.dot] == before[np.dot]


def test_a_bias_that_does_not_follow_its_weight_is_added() -> None:
    _, now = after(rewriting.bias_as_a_row, "bias apart")
    assert now[np.add] == 1


def test_a_product_that_is_read_is_computed_when_it_is_read() -> None:
    draft = draft_of(program("dense"), everything=True)
    rewriting.bias_as_a_row(draft)
    draft.order()
    later = [made.function for made in draft.instructions if made.index not in draft.needed]
    assert np.add not in calls(draft)
    assert np.dot in later


def test_the_gradients_of_weight_and_bias_are_one_product() -> None:
    before, now = after(rewriting.gradient_of_a_bias_as_a_row, "dense")
    assert now[np.dot] == before[np.dot] - 1
    before, now = after(rewriting.gradient_of_a_bias_as_a_row, "bias apart")
    assert now[np.dot] == before[np.dot]


def test_like_calls_on_neighbours_become_one() -> None:
    before, now = after(rewriting.neighbours_as_one, "penalty")
    assert before[np.add] - now[np.add] == 2  # the gradients of three parameters, each a sum of two contributions
    assert before[np.multiply] - now[np.multiply] == 2  # 2αw, of each


def test_gradients_of_which_one_needs_another_stay_apart() -> None:
    before, now = after(rewriting.neighbours_as_one, "one gradient needs another")
    assert now == before


def test_one_gradient_for_two_parameters_stays_one() -> None:
    before, now = after(rewriting.neighbours_as_one, "shared")
    assert now == before


@pytest.mark.parametrize("name", ["penalty", "squares of sums"])
def test_sums_of_squares_become_one_product(name: str) -> None:
    before, now = after(rewriting.sums_of_squares_as_one, name)
    squares = len(trainable(program(name)))
    assert before[np.dot] - now[np.dot] == squares - 1
    assert before[np.add] - now[np.add] == squares - 1


def test_a_single_entry_is_added_as_a_number() -> None:
    draft = draft_of(program("one neuron"))
    rewriting.single_entry_as_number(draft)
    draft.order()
    spread = [made for made in draft.instructions if made.kind is Kind.UFUNC and made.size > 1]
    shapes = [part.shape for made in spread for part in made.arguments if hasattr(part, "shape")]
    assert () in shapes
    assert (1,) not in shapes


def test_an_opposite_is_negated() -> None:
    draft = draft_of(program("target"), everything=True)
    before = Counter(made.function for made in draft.instructions)
    rewriting.opposite_of_known(draft)
    draft.order()
    now = Counter(made.function for made in draft.instructions)
    assert before[np.subtract] == 2
    assert now[np.subtract] == 1
    assert now[np.negative] == 1
    assert now[np.multiply] == before[np.multiply] - 1


def test_binding_feeds_leaves_what_is_to_be_read_of_the_step_before() -> None:
    made = program("dense")
    plan = Plan(made, trainable(made), keep_everything=True)
    plan.step()
    expected = run(made)
    index = next(at for at, call in enumerate(made.calls) if call.name == "m")
    data = next(at for at, call in enumerate(made.calls) if call.name == "x")
    plan.bind({data: np.zeros((6, 3))})
    np.testing.assert_allclose(plan.values()[index], expected.values[index], rtol=1e-12)
    plan.step()
    np.testing.assert_array_equal(plan.values()[index], np.zeros((6, 2)))
