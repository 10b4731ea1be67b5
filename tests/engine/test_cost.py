"""The counted cost of both modes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backprop_studio.engine.cost import Work, measure_cost
from backprop_studio.engine.op import Op, Sample
from tests.engine.support import program_of
from tests.engine.test_forward_mode import SAMPLES, sample_program


def test_a_matrix_product_costs_rows_times_inner_times_columns() -> None:
    program, _, _ = program_of(
        [("x", "input", np.ones((5, 3))), ("w", "parameter", np.ones((3, 2))), ("y", "matmul", ("x", "w")),
         ("L", "sum", ("y",))], "L",
    )  # fmt: skip
    cost = measure_cost(program)
    assert cost.values == Work(multiplications=5 * 3 * 2, additions=5 * 2 * 2 + 9)
    # Backward: xᵀ g alone, since x is no parameter.
    assert cost.backward == Work(multiplications=3 * 5 * 2, additions=3 * 2 * 4)
    assert cost.parameters == 6
    # Forward mode: x @ ẇ, and ẋ @ w with ẋ = 0, which the operation computes as well, and their sum; 6 times.
    assert cost.tangents == Work(60, 40 + 10 + 9, 0).times(6)
    assert cost.forward_mode == cost.values.times(6) + cost.tangents
    assert cost.reverse_mode.multiplications == 60


def test_scalars_are_counted_one_by_one() -> None:
    program, _, _ = program_of(
        [("w", "parameter", 2.0), ("b", "parameter", 1.0), ("x", "input", 3.0), ("p", "multiply", ("w", "x")),
         ("z", "add", ("p", "b")), ("s", "tanh", ("z",)), ("L", "square", ("s",))], "L",
    )  # fmt: skip
    cost = measure_cost(program)
    assert cost.values == Work(2, 1, 1)
    # square: g × (2 × s); tanh: g × (1 − s × s); multiply: g × x; nothing for add.
    assert cost.backward == Work(5, 1, 0)
    # Along w all three; along b the last two.
    assert cost.tangents == Work(5 + 4, 2, 0)


def test_a_fan_out_costs_an_addition() -> None:
    program, _, _ = program_of([("a", "parameter", 3.0), ("L", "add", ("a", "a"))], "L")
    assert measure_cost(program).backward == Work(0, 1, 0)


def test_forward_mode_falls_behind_as_parameters_grow() -> None:
    ratios = []
    for width in (2, 8, 32):
        calls = [
            ("x", "input", np.ones((4, width))), ("t", "target", np.ones((4, width))),
            ("w", "parameter", np.full((width, width), 0.1)), ("h", "matmul", ("x", "w")), ("y", "tanh", ("h",)),
            ("L", "mse_loss", ("y", "t")),
        ]  # fmt: skip
        cost = measure_cost(program_of(calls, "L")[0])
        ratios.append(cost.forward_mode.multiplications / cost.reverse_mode.multiplications)
    assert ratios[0] < ratios[1] < ratios[2]
    assert ratios[2] > 32 * 32 / 4


def test_a_convolution_is_counted_through_its_windows() -> None:
    calls = [
        ("x", "input", np.ones((2, 1, 4, 4))), ("w", "parameter", np.ones((3, 1, 2, 2))),
        ("b", "parameter", np.zeros(3)), ("y", "conv2d", ("x", "w", "b")), ("L", "sum", ("y",)),
    ]  # fmt: skip
    places = 2 * 3 * 3 * 3
    assert measure_cost(program_of(calls, "L")[0]).values.multiplications == places * 4


@pytest.mark.parametrize(("op", "sample"), SAMPLES)
def test_every_operation_can_be_counted(op: Op, sample: Sample) -> None:
    program = sample_program(op, sample)
    cost = measure_cost(program)
    assert cost.parameters == sum(
        array.size for array in sample.inputs if array is not None and array.dtype.kind == "f"
    )
    assert cost.values.functions >= np.prod(program.calls[-2].shape)  # the sine behind the operation


def test_a_loss_is_needed() -> None:
    program, _, _ = program_of([("a", "parameter", [3.0, 1.0]), ("L", "square", ("a",))], "L")
    with pytest.raises(ValueError, match="single number"):
        measure_cost(program)
    with pytest.raises(ValueError, match="single number"):
        measure_cost(replace(program, loss=None))
