"""Gradients accumulate in the leaves as in PyTorch, whose numbers are recorded here and compared live where it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backprop_studio.engine.accumulation import Accumulation
from backprop_studio.engine.program import Program
from tests.engine.support import program_of

# (a + b) · d at 3, 2, 1; PyTorch 2.13: .grad of a, b, d and of the sum (retained) after each call of backward().
RECORDED = [((1.0, 1.0, 5.0), 1.0), ((2.0, 2.0, 10.0), 1.0), ((3.0, 3.0, 15.0), 1.0)]
CALLS = [
    ("a", "parameter", 3.0), ("b", "parameter", 2.0), ("d", "parameter", 1.0), ("s", "add", ("a", "b")),
    ("L", "multiply", ("s", "d")),
]  # fmt: skip


def sum_times_d() -> tuple[Program, dict[str, int]]:
    program, _, keys = program_of(CALLS, "L")
    return program, {name: program.position[key] for name, key in keys.items()}


def grads(accumulation: Accumulation, at: dict[str, int]) -> tuple[float, ...]:
    return tuple(float(accumulation.gradients[at[name]]) for name in "abd")


def test_leaves_accumulate_and_what_lies_between_does_not() -> None:
    program, at = sum_times_d()
    accumulation = Accumulation(program)
    for leaves, between in RECORDED:
        passed = accumulation.backward()
        assert grads(accumulation, at) == leaves
        assert passed.gradients[at["s"]] == between
        assert (passed.gradients[at["a"]], passed.gradients[at["d"]]) == (1.0, 5.0)
    assert accumulation.passes == 3


def test_zero_grad_starts_again() -> None:
    program, at = sum_times_d()
    accumulation = Accumulation(program)
    accumulation.backward()
    accumulation.zero_grad()
    assert accumulation.gradients == {}
    assert accumulation.passes == 0
    accumulation.backward()
    assert grads(accumulation, at) == RECORDED[0][0]
    accumulation.zero_grad(set_to_none=False)
    assert grads(accumulation, at) == (0.0, 0.0, 0.0)


def test_other_leaves_between_the_passes_add_up_as_well() -> None:
    program, at = sum_times_d()
    accumulation = Accumulation(program)
    accumulation.backward()
    accumulation.backward({at["d"]: np.array(4.0)})
    assert grads(accumulation, at) == (5.0, 5.0, 10.0)


def test_what_was_handed_out_does_not_change() -> None:
    program, at = sum_times_d()
    accumulation = Accumulation(program)
    accumulation.backward()
    first = accumulation.gradients[at["a"]]
    accumulation.backward()
    assert float(first) == 1.0
    with pytest.raises(ValueError, match="read-only"):
        first[...] = 2.0


def test_a_fan_out_does_not_double_inside_a_pass() -> None:
    program, _, keys = program_of([("a", "parameter", 3.0), ("s", "square", ("a",)), ("L", "add", ("s", "s"))], "L")
    accumulation = Accumulation(program)
    for times in (1, 2):
        assert accumulation.backward().gradients[program.position[keys["s"]]] == 2.0
        assert float(accumulation.gradients[program.position[keys["a"]]]) == 12.0 * times


def test_without_a_scalar_loss_nothing_is_added() -> None:
    program, _, _ = program_of([("a", "parameter", [3.0, 1.0]), ("L", "square", ("a",))], "L")
    accumulation = Accumulation(program)
    with pytest.raises(ValueError, match="no gradients"):
        accumulation.backward()
    assert accumulation.passes == 0


def test_pytorch_gives_the_recorded_numbers() -> None:
    torch: Any = pytest.importorskip("torch")
    a, b, d = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (3.0, 2.0, 1.0))
    for leaves, between in RECORDED:
        s = a + b
        s.retain_grad()
        (s * d).backward()
        assert tuple(one.grad.item() for one in (a, b, d)) == leaves
        assert s.grad.item() == between
