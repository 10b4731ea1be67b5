"""Plans agree with the interpreter: loss, gradients, and everything where everything is kept."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_studio.engine.interpreter import run
from backprop_studio.engine.ops import registry
from backprop_studio.engine.planning import Plan
from backprop_studio.engine.program import CallSpec, Program, assemble
from tests.engine.random_programs import random_program
from tests.engine.support import specs_of


def trainable(program: Program) -> list[int]:
    return [index for index, call in enumerate(program.calls) if call.op.name == "parameter"]


def assert_agrees(program: Program, plan: Plan, tolerance: float = 1e-9) -> None:
    """One step of ``plan`` against one pass of the interpreter at the plan's own parameters."""
    expected = run(program, {index: np.array(view) for index, view in plan.parameter_views.items()})
    with np.errstate(all="ignore"):
        loss = plan.step()
        if not (np.isfinite(loss) and np.isfinite(plan.gradient).all()):
            loss = plan.step_exactly()
    np.testing.assert_allclose(loss, float(expected.values[program.loss].item()), rtol=tolerance, atol=tolerance)
    for index, view in plan.gradient_views.items():
        wanted = expected.gradients[index]
        np.testing.assert_allclose(view, 0.0 if wanted is None else wanted, rtol=tolerance, atol=tolerance)


def assert_everything_agrees(program: Program, plan: Plan) -> None:
    expected = run(program, {index: np.array(view) for index, view in plan.parameter_views.items()})
    for index, value in plan.values().items():
        np.testing.assert_allclose(value, expected.values[index], rtol=1e-9, atol=1e-9)
    for index, gradient in plan.gradients().items():
        np.testing.assert_allclose(gradient, expected.gradients[index], rtol=1e-9, atol=1e-9)
    found = plan.contributions()
    assert found.keys() == expected.contributions.keys()
    for edge, contribution in found.items():
        np.testing.assert_allclose(contribution, expected.contributions[edge], rtol=1e-9, atol=1e-9)


SHAPES = st.sampled_from([[()] * 6, [(4, 3)] * 4, [(4, 3), (3,), (), (4, 1), (1, 3), (4, 3)], [(5,), (), (5,), ()]])


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(8, 120), shapes=SHAPES, everything=st.booleans())
def test_random_graphs(seed: int, size: int, shapes: list[tuple[int, ...]], everything: bool) -> None:
    program = random_program(seed, size, shapes)
    plan = Plan(program, trainable(program), keep_everything=everything)
    for _ in range(3):
        assert_agrees(program, plan)
        if everything:
            assert_everything_agrees(program, plan)
        plan.parameters -= 0.05 * plan.gradient


@pytest.mark.parametrize("op", [op for op in registry if not op.is_source], ids=lambda op: op.name)
@pytest.mark.parametrize("everything", [False, True])
def test_every_operation_on_its_samples(op, everything: bool) -> None:
    for sample in op.samples:
        specs = specs_of(op, sample)
        count = len(specs) - 1
        specs.append(CallSpec(count + 1, "squashed", registry["sin"], (count,)))
        specs.append(CallSpec(count + 2, "loss", registry["sum"], (count + 1,)))
        program, faults = assemble(specs, loss=count + 2)
        assert not faults
        plan = Plan(program, trainable(program), keep_everything=everything)
        assert_agrees(program, plan)
        if everything:
            assert_everything_agrees(program, plan)


def test_what_is_masked_stays_masked_beside_an_infinity() -> None:
    """The gradient of relu at −1 is 0 even where the upstream gradient is infinite."""
    specs = [
        CallSpec(0, "w", registry["parameter"], (), {}, np.array([-1.0, 1.0])),
        CallSpec(1, "r", registry["relu"], (0,)),
        CallSpec(2, "s", registry["sqrt"], (1,)),
        CallSpec(3, "loss", registry["sum"], (2,)),
    ]
    program, _ = assemble(specs, loss=3)
    plan = Plan(program, [0], keep_everything=True)
    assert_agrees(program, plan)
    assert plan.gradient.tolist() == [0.0, 0.5]
    assert_everything_agrees(program, plan)


@pytest.mark.parametrize("value", [0.5, [0.5, 1.5]])
def test_an_operation_may_hand_on_its_input_itself(value: object) -> None:
    specs = [
        CallSpec(0, "w", registry["parameter"], (), {}, np.array(value)),
        CallSpec(1, "x", registry["input"], (), {}, np.array(value)),
        CallSpec(2, "same", registry["identity"], (0,)),
        CallSpec(3, "also", registry["identity"], (1,)),
        CallSpec(4, "product", registry["multiply"], (2, 3)),
        CallSpec(5, "loss", registry["sum"], (4,)),
    ]
    program, _ = assemble(specs, loss=5)
    for everything in (False, True):
        plan = Plan(program, [0], keep_everything=everything)
        assert_agrees(program, plan)
        if everything:
            assert_everything_agrees(program, plan)


def test_feeds_outside_of_a_domain_warn_of_nothing_by_themselves() -> None:
    specs = [
        CallSpec(0, "w", registry["parameter"], (), {}, np.array([1.0, 2.0])),
        CallSpec(1, "x", registry["input"], (), {}, np.array([-1.0, 2.0])),
        CallSpec(2, "log", registry["log"], (1,)),
        CallSpec(3, "product", registry["multiply"], (0, 2)),
        CallSpec(4, "loss", registry["sum"], (3,)),
    ]
    program, _ = assemble(specs, loss=4)
    plan = Plan(program, [0], keep_everything=True)
    with np.errstate(all="ignore"):
        assert np.isnan(plan.step())


def test_feeds_are_bound_without_tracing_again() -> None:
    rng = np.random.default_rng(0)
    specs = [
        CallSpec(0, "x", registry["input"], (), {}, rng.normal(size=(8, 3))),
        CallSpec(1, "t", registry["target"], (), {}, rng.normal(size=(8, 2))),
        CallSpec(2, "w", registry["parameter"], (), {}, rng.normal(size=(3, 2))),
        CallSpec(3, "y", registry["matmul"], (0, 2)),
        CallSpec(4, "loss", registry["mse_loss"], (3, 1)),
    ]
    program, _ = assemble(specs, loss=4)
    plan = Plan(program, [program.position[2]])
    plan.step()
    feeds = {program.position[0]: rng.normal(size=(8, 3)), program.position[1]: rng.normal(size=(8, 2))}
    plan.bind(feeds)
    expected = run(program, feeds)
    assert plan.step() == pytest.approx(float(expected.values[program.loss]), rel=1e-12)
    np.testing.assert_allclose(plan.gradient, expected.gradients[program.position[2]].ravel(), rtol=1e-12)
    with pytest.raises(ValueError, match="x has shape"):
        plan.bind({program.position[0]: np.zeros((9, 3))})


@pytest.mark.parametrize(("op", "value"), [("exp", 1000.0), ("log", 0.0), ("sqrt", -1.0), ("log", -2.0)])
def test_float_code_answers_where_python_floats_raise(op: str, value: float) -> None:
    specs = [
        CallSpec(0, "w", registry["parameter"], (), {}, np.asarray(value)),
        CallSpec(1, "y", registry[op], (0,)),
        CallSpec(2, "loss", registry["multiply"], (1, 0)),
    ]
    program, _ = assemble(specs, loss=2)
    plan = Plan(program, [0], keep_everything=True)
    expected = run(program)
    with np.errstate(all="ignore"):
        np.testing.assert_equal(plan.step(), float(expected.values[2]))
    np.testing.assert_equal(plan.gradient[0], expected.gradients[0])
    np.testing.assert_equal(plan.values()[1], expected.values[1])


def test_float32_stays_float32() -> None:
    program = random_program(3, 60, [(4, 3), (3,), (), (4, 1)], "float32")
    plan = Plan(program, trainable(program))
    assert plan.parameters.dtype == np.float32
    assert_agrees(program, plan, 1e-4)


def test_making_a_plan_leaves_the_collector_as_it_was() -> None:
    program = random_program(5, 30, [(), ()])
    assert gc.isenabled()
    Plan(program, trainable(program))
    assert gc.isenabled()
    gc.disable()
    try:
        Plan(program, trainable(program))
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_everything_is_kept_of_a_program_without_parameters() -> None:
    specs = [CallSpec(0, "c", registry["constant"], (), {}, np.array(2.0)), CallSpec(1, "L", registry["square"], (0,))]
    program, _ = assemble(specs, loss=1)
    plan = Plan(program, [], keep_everything=True)
    assert plan.step() == 4.0
    assert {index: float(value) for index, value in plan.values().items()} == {0: 2.0, 1: 4.0}
