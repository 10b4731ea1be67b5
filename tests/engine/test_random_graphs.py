"""Random graphs: the interpreter's gradients are the central differences of its own forward pass."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_studio.engine.errors import ShapeError
from backprop_studio.engine.interpreter import forward_pass, run
from backprop_studio.engine.ops import registry
from backprop_studio.engine.program import CallSpec, Program, assemble
from tests.engine.support import numeric_vjp

UNARY = (
    "negative",
    "sin",
    "cos",
    "sigmoid",
    "tanh",
    "softplus",
    "gelu",
    "silu",
    "softmax",
    "transpose",
    "mean",
    "logsumexp",
)
BINARY = ("add", "subtract", "multiply", "matmul")
VARIADIC = ("add_n", "concatenate", "stack", "l2_penalty")
SHAPES = ((), (3,), (2, 3), (3, 2), (1, 3), (2, 1), (2, 2, 3))


@st.composite
def graphs(draw: st.DrawFn) -> Program:
    """A program of some leaves and some operations, with the mean of the last value as loss."""
    specs: list[CallSpec] = []
    shapes: list[tuple[int, ...]] = []
    seed = draw(st.integers(0, 10**6))
    rng = np.random.default_rng(seed)
    for key in range(draw(st.integers(1, 4))):
        shape = draw(st.sampled_from(SHAPES))
        specs.append(CallSpec(key, f"v{key}", registry["parameter"], value=rng.normal(0, 1, shape)))
        shapes.append(shape)
    for _ in range(draw(st.integers(1, 12))):
        key = len(specs)
        op = registry[draw(st.sampled_from(UNARY + BINARY + VARIADIC))]
        count = draw(st.integers(1, 3)) if op.variadic else len(op.inputs)
        # Favour what was made last, so that graphs are deep as well as wide.
        wired = tuple(draw(st.integers(max(0, key - 4), key - 1)) for _ in range(count))
        try:
            shape = op.shape(*(shapes[one] for one in wired), **op.complete_settings({}))
        except ShapeError:
            continue
        specs.append(CallSpec(key, f"v{key}", op, wired))
        shapes.append(shape)
    last = len(specs)
    specs.append(CallSpec(last, "loss", registry["mean"], (last - 1,)))
    program, faults = assemble(specs, last)
    assert not faults
    return program


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_gradients_are_central_differences(program: Program) -> None:
    done = run(program)
    assert program.loss is not None
    for index, leaf in program.leaves.items():

        def loss_at(array: np.ndarray, index: int = index) -> np.ndarray:
            values, _ = forward_pass(program, {index: array})
            assert program.loss is not None
            result = values[program.loss]
            assert result is not None
            return result

        expected = numeric_vjp(loss_at, np.array(leaf), np.array(1.0), step=1e-5)
        gradient = done.gradients[index]
        if gradient is None:
            assert not expected.any()
        else:
            assert gradient.shape == leaf.shape
            scale = 1 + np.abs(gradient).max(initial=0) + abs(float(loss_at(np.array(leaf))))
            np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-7 * scale)


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_forward_mode_agrees_with_reverse_mode(program: Program) -> None:
    """⟨gradient, direction⟩ from the backward pass is the tangent that the JVPs carry forward."""
    done = run(program)
    rng = np.random.default_rng(5)
    tangents: list[np.ndarray] = []
    expected = 0.0
    for index, call in enumerate(program.calls):
        value = done.values[index]
        assert value is not None
        if call.op.is_source:
            tangents.append(rng.normal(0, 1, value.shape))
            gradient = done.gradients[index]
            expected += 0.0 if gradient is None else float((gradient * tangents[index]).sum())
            continue
        assert call.op.jvp is not None
        inputs = [done.values[one] for one in call.inputs]
        tangent = call.op.jvp([tangents[one] for one in call.inputs], value, *inputs, **call.keywords)
        tangents.append(np.broadcast_to(tangent, value.shape))
    assert program.loss is not None
    np.testing.assert_allclose(float(tangents[program.loss].sum()), expected, rtol=1e-9, atol=1e-9)
