"""Forward mode agrees with reverse mode, and says where it cannot answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_studio.engine.errors import EngineError
from backprop_studio.engine.forward_mode import entry_direction, forward_mode
from backprop_studio.engine.interpreter import run
from backprop_studio.engine.op import Op, Sample
from backprop_studio.engine.ops import registry
from backprop_studio.engine.program import CallSpec, Program, assemble
from tests.engine.support import program_of, specs_of
from tests.engine.test_random_graphs import graphs

SAMPLES = [
    pytest.param(op, sample, id=f"{op.name}-{number}")
    for op in registry
    if not op.is_source
    for number, sample in enumerate(op.samples)
]


def random_direction(program: Program, seed: int) -> dict[int, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {index: rng.normal(size=leaf.shape) for index, leaf in program.leaves.items() if leaf.dtype.kind == "f"}


def directional_derivative(program: Program, direction: Mapping[int, np.ndarray]) -> float:
    """How fast the loss changes along a direction; 0 where it is not reached."""
    assert program.loss is not None
    tangent = forward_mode(program, direction).tangents[program.loss]
    return 0.0 if tangent is None else float(tangent.item())


def along_gradient(program: Program, direction: dict[int, np.ndarray]) -> float:
    gradients = run(program).gradients
    pairs = ((gradients[index], tangent) for index, tangent in direction.items())
    return sum(float((gradient * tangent).sum()) for gradient, tangent in pairs if gradient is not None)


@settings(max_examples=150, deadline=None)
@given(graphs(), st.integers(0, 1000))
def test_the_tangent_of_the_loss_is_the_gradient_times_the_direction(program: Program, seed: int) -> None:
    direction = random_direction(program, seed)
    np.testing.assert_allclose(
        directional_derivative(program, direction), along_gradient(program, direction), rtol=1e-9, atol=1e-9
    )


def sample_program(op: Op, sample: Sample) -> Program:
    """The sample's operation, squashed and summed to a loss."""
    specs = specs_of(op, sample)
    count = len(specs) - 1
    specs.append(CallSpec(count + 1, "squashed", registry["sin"], (count,)))
    specs.append(CallSpec(count + 2, "loss", registry["sum"], (count + 1,)))
    program, faults = assemble(specs, count + 2)
    assert not faults
    return program


@pytest.mark.parametrize(("op", "sample"), SAMPLES)
def test_every_operation_agrees_with_its_vjps(op: Op, sample: Sample) -> None:
    program = sample_program(op, sample)
    direction = random_direction(program, 7)
    expected = along_gradient(program, direction)
    np.testing.assert_allclose(directional_derivative(program, direction), expected, rtol=1e-9, atol=1e-12)
    values = run(program).values
    tangents = forward_mode(program, direction).tangents
    for value, tangent in zip(values, tangents, strict=True):
        assert tangent is None or (value is not None and tangent.shape == value.shape)


def test_one_entry_gives_one_column_of_the_jacobian() -> None:
    program, _, keys = program_of(
        [("w", "parameter", [[1.0, 2.0], [3.0, 4.0]]), ("x", "input", [5.0, 6.0]), ("y", "matmul", ("w", "x")),
         ("L", "sum", ("y",))], "L",
    )  # fmt: skip
    found = forward_mode(program, entry_direction(program, program.position[keys["w"]], (1, 0)))
    np.testing.assert_array_equal(found.tangents[program.position[keys["y"]]], [0.0, 5.0])
    assert found.tangents[program.position[keys["x"]]] is None
    assert float(found.tangents[program.position[keys["L"]]]) == 5.0
    with pytest.raises(IndexError, match=r"w has shape \(2, 2\)"):
        entry_direction(program, program.position[keys["w"]], (1,))


def test_a_fixed_exponent_does_not_poison_a_negative_base() -> None:
    program, _, keys = program_of(
        [("x", "parameter", -2.0), ("n", "constant", 3.0), ("y", "power", ("x", "n"))], "y"
    )  # fmt: skip
    assert directional_derivative(program, {program.position[keys["x"]]: np.array(1.0)}) == 12.0


def test_a_direction_that_does_not_reach_the_loss_changes_nothing() -> None:
    program, _, keys = program_of([("a", "parameter", 2.0), ("b", "parameter", 3.0), ("L", "square", ("a",))], "L")
    assert directional_derivative(program, {program.position[keys["b"]]: np.array(1.0)}) == 0.0


def test_what_cannot_be_done_is_told() -> None:
    program, _, _ = program_of([("a", "parameter", [2.0, 1.0]), ("s", "softmax", ("a",)), ("L", "sum", ("s",))], "L")
    with pytest.raises(EngineError, match=r"a has shape \(2,\), but its direction has shape \(3,\)"):
        forward_mode(program, {0: np.zeros(3)})
    lame = replace(program.calls[1], op=replace(program.calls[1].op, jvp=None))
    lamed = replace(program, calls=(program.calls[0], lame, program.calls[2]))
    with pytest.raises(EngineError, match="softmax has no rule for forward mode"):
        forward_mode(lamed, {0: np.ones(2)})
