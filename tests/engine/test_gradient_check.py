"""The gradient check passes what is right, finds what is wrong, and tells a kink from either."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_studio.engine.gradient_check import TOLERANCE, check_edge, check_leaf, directional_check
from backprop_studio.engine.interpreter import run
from backprop_studio.engine.op import Op, Sample
from backprop_studio.engine.ops import registry
from backprop_studio.engine.program import Program
from tests.engine.support import program_of
from tests.engine.test_forward_mode import SAMPLES, sample_program
from tests.engine.test_random_graphs import graphs


def checked(calls: list[tuple[str, str, Any]], off: float = 0.0, factor: float = 1.0) -> Any:
    """The check of the first source, its gradient multiplied by ``factor`` and shifted by ``off``."""
    program, _, _ = program_of(calls, calls[-1][0])
    gradient = run(program).gradients[0]
    assert gradient is not None
    return check_leaf(program, 0, factor * gradient + off)


def with_wrong_slope(program: Program, op_name: str) -> Program:
    """The program with one operation whose VJPs give 1 % too much."""
    calls = list(program.calls)
    for index, call in enumerate(calls):
        if call.op.name == op_name:
            vjps = tuple(lambda *a, vjp=vjp, **s: 1.01 * vjp(*a, **s) for vjp in call.op.vjps)
            calls[index] = replace(call, op=replace(call.op, vjps=vjps))
    return replace(program, calls=tuple(calls))


def test_a_right_gradient_passes_and_a_wrong_one_does_not() -> None:
    calls = [("x", "parameter", [0.5, -1.5, 2.0]), ("y", "sin", ("x",)), ("L", "mean", ("y",))]
    right, wrong = checked(calls), checked(calls, off=1e-3)
    assert right.passed
    assert right.worst < 1e-7
    assert not right.kink.any()
    assert not wrong.passed
    assert not wrong.kink.any()


@pytest.mark.parametrize(
    ("op", "values"),
    [
        ("relu", [0.0, 1.0, -1.0]),
        ("absolute", [0.0, 2.0, -3.0]),
        ("leaky_relu", [0.0, 0.5, 1.0]),
        ("max", [2.0, 2.0, 1.0]),
    ],
)
def test_a_kink_is_told_and_passes(op: str, values: list[float]) -> None:
    calls = [("x", "parameter", values), ("y", op, ("x",)), ("L", "sum", ("y",))]
    found = checked(calls)
    assert found.passed
    assert found.kink[0]
    assert not found.kink[2]
    if op != "max":
        assert not checked(calls, off=3.0).passed


@pytest.mark.parametrize("distance", [3e-6, 1e-7, 1e-9, 1e-12])
@pytest.mark.parametrize(
    ("op", "values", "apart"),
    [
        ("relu", [0.0, 1.0, -1.0], 1.0),
        ("relu", [0.0, 1.0, -1.0], -1.0),
        ("absolute", [0.0, 2.0, -3.0], -1.0),
        ("max", [2.0, 2.0, 1.0], 1.0),
        ("leaky_relu", [0.0, 0.5, 1.0], -1.0),
    ],
)
def test_beside_a_kink_the_side_without_it_is_compared(
    op: str, values: list[float], apart: float, distance: float
) -> None:
    calls = [("x", "parameter", [values[0] + apart * distance, *values[1:]]), ("y", op, ("x",)), ("q", "sin", ("y",)),
             ("L", "sum", ("q",))]  # fmt: skip
    found = checked(calls)
    assert found.passed
    assert not found.kink[0]
    assert found.near[0] == (distance < 6e-7)
    assert found.numeric[0] == pytest.approx(found.analytic[0], abs=1e-8)
    wrong = checked(calls, off=0.4)
    assert not wrong.passed
    assert not wrong.kink[0]


STEEP = [("log", 1e-6), ("sqrt", 1e-12), ("sqrt", 1e-6), ("sin", 1e6), ("sin", 1e9), ("log", 1e-10)]


@pytest.mark.parametrize(("op", "at"), STEEP)
def test_near_the_edge_of_a_domain_and_far_out_the_step_is_made_small(op: str, at: float) -> None:
    calls = [("a", "parameter", [at]), ("f", op, ("a",)), ("L", "sum", ("f",))]
    assert checked(calls).passed
    for factor in (1.001, 0.9, -1.0):
        assert not checked(calls, factor=factor).passed, "a wrong gradient is found all the same"


def test_between_two_kinks_the_short_difference_decides() -> None:
    calls = [("x", "parameter", 1e-9), ("y", "clamp", ("x", {"min": 0.0, "max": 2e-6})), ("L", "sum", ("y",))]
    assert checked(calls).passed
    assert checked(calls).near
    assert not checked(calls, off=0.5).passed


def test_of_a_wire_only_its_own_use_is_moved() -> None:
    program, _, at = program_of(
        [("a", "parameter", [2.0, -1.0]), ("b", "parameter", [1.0, 0.5]), ("s", "add", ("a", "b")),
         ("t", "sin", ("b",)), ("p", "multiply", ("s", "t")), ("L", "sum", ("p",))], "L",
    )  # fmt: skip
    passed = run(program)
    for (call, slot), contribution in passed.contributions.items():
        found = check_edge(program, call, slot, contribution)
        assert found.passed
        assert found.call == program.calls[call].inputs[slot]
        assert not check_edge(program, call, slot, contribution + 1e-3).passed
    through_s, through_t = (passed.contributions[at[name], slot] for name, slot in (("s", 1), ("t", 0)))
    assert not np.allclose(through_s, through_t)
    np.testing.assert_allclose(through_s + through_t, np.asarray(passed.gradients[at["b"]]))


@pytest.mark.parametrize(("op", "sample"), SAMPLES)
def test_every_wire_of_every_operation_passes(op: Op, sample: Sample) -> None:
    program = sample_program(op, sample)
    for (call, slot), contribution in run(program).contributions.items():
        if contribution.size <= 40:
            assert check_edge(program, call, slot, contribution).passed


def test_a_small_wrong_gradient_at_a_minimum_is_no_kink() -> None:
    calls = [("x", "parameter", 0.0), ("L", "square", ("x",))]
    assert checked(calls).passed
    wrong = checked(calls, off=4e-6)
    assert not wrong.passed
    assert not wrong.kink


def test_dropout_keeps_its_mask() -> None:
    calls = [
        ("x", "parameter", np.linspace(1.0, 2.0, 12)), ("d", "dropout", ("x", {"seed": 4})), ("q", "square", ("d",)),
        ("L", "sum", ("q",)),
    ]  # fmt: skip
    found = checked(calls)
    assert found.passed
    assert 0 < np.count_nonzero(found.numeric) < 12


@settings(max_examples=100, deadline=None)
@given(graphs(), st.integers(0, 100))
def test_one_direction_passes_on_random_graphs(program: Program, seed: int) -> None:
    assert directional_check(program, seed).error <= TOLERANCE


@pytest.mark.parametrize(("op", "sample"), SAMPLES)
def test_one_direction_passes_for_every_operation(op: Op, sample: Sample) -> None:
    assert directional_check(sample_program(op, sample), 3).error <= TOLERANCE


def test_one_direction_finds_a_wrong_rule() -> None:
    program, _, _ = program_of(
        [("x", "parameter", np.linspace(-1, 1, 20)), ("y", "tanh", ("x",)), ("z", "sin", ("y",)),
         ("L", "sum", ("z",))], "L",
    )  # fmt: skip
    assert directional_check(program).error < 1e-8
    assert directional_check(with_wrong_slope(program, "tanh")).error > 1e-3


def test_one_direction_passes_at_kinks_and_in_float32() -> None:
    calls = [("x", "parameter", [0.0, 1.0, -2.0]), ("y", "relu", ("x",)), ("L", "sum", ("y",))]
    assert directional_check(program_of(calls, "L")[0]).error == 0.0
    assert directional_check(program_of(calls, "L")[0]).kink
    smooth = [("x", "parameter", [0.3, 1.0, -2.0]), ("y", "tanh", ("x",)), ("L", "sum", ("y",))]
    assert directional_check(program_of(smooth, "L", "float32")[0]).error <= TOLERANCE


def test_a_direction_needs_a_loss_and_something_to_move() -> None:
    program, _, _ = program_of([("x", "parameter", [0.0, 1.0]), ("y", "relu", ("x",))], "y")
    with pytest.raises(ValueError, match="single number"):
        directional_check(program)
    with pytest.raises(ValueError, match="single number"):
        directional_check(replace(program, loss=None))
    fixed, _, _ = program_of([("c", "constant", 2.0), ("y", "square", ("c",))], "y")
    assert directional_check(fixed).error == 0.0
    assert registry["constant"].differentiable is False
