"""Training and evaluation mode through training: masks, running statistics, and what stays frozen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from backprop_studio.engine.gradient_check import check_leaf
from backprop_studio.engine.interpreter import advanced, run
from backprop_studio.engine.ops import registry
from backprop_studio.engine.planning import Plan
from backprop_studio.engine.program import CallSpec, Program, assemble, assemble_again
from backprop_studio.training.batches import minibatches
from backprop_studio.training.trainer import CannotTrain, StepResult, train

X = np.random.default_rng(0).normal(1.0, 2.0, (8, 3))
IMAGES = np.random.default_rng(1).normal(-1.0, 1.5, (4, 3, 2, 2))
SCALE, SHIFT = np.array([0.5, -1.0, 1.5]), np.array([0.1, 0.2, -0.3])


def normed(x: np.ndarray = X, dtype: str = "float64", training: bool = True, **settings: object) -> Program:
    """mean(sin(batch_norm(x × v))), with v, scale and shift as parameters."""
    specs = [
        CallSpec(0, "x", registry["input"], value=x),
        CallSpec(1, "v", registry["parameter"], value=np.array(0.7)),
        CallSpec(2, "scale", registry["parameter"], value=SCALE),
        CallSpec(3, "shift", registry["parameter"], value=SHIFT),
        CallSpec(4, "h", registry["multiply"], (0, 1)),
        CallSpec(5, "n", registry["batch_norm"], (4, 2, 3), settings),
        CallSpec(6, "y", registry["sin"], (5,)),
        CallSpec(7, "L", registry["mean"], (6,)),
    ]
    program, faults = assemble(specs, 7, dtype, training)
    assert not faults
    return program


def dropped(training: bool = True, **settings: object) -> Program:
    """mean(dropout(w)²)."""
    specs = [
        CallSpec(0, "w", registry["parameter"], value=np.linspace(1.0, 2.0, 40)),
        CallSpec(1, "d", registry["dropout"], (0,), settings),
        CallSpec(2, "q", registry["square"], (1,)),
        CallSpec(3, "L", registry["mean"], (2,)),
    ]
    return assemble(specs, 3, "float64", training)[0]


def plain(states: Mapping[int, Mapping[str, np.ndarray]]) -> dict[int, dict[str, list[float]]]:
    return {index: {name: array.tolist() for name, array in state.items()} for index, state in states.items()}


def follow(program: Program, steps: int, rate: float = 0.1) -> list[StepResult]:
    return list(train(program, learning_rate=rate, steps=steps))


@pytest.mark.parametrize("x", [X, IMAGES], ids=["1d", "2d"])
def test_ten_steps_of_batch_norm_then_evaluation_as_pytorch(x: np.ndarray) -> None:
    torch = pytest.importorskip("torch")
    layer = (torch.nn.BatchNorm1d if x.ndim == 2 else torch.nn.BatchNorm2d)(3, dtype=torch.float64)
    v = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(SCALE))
        layer.bias.copy_(torch.tensor(SHIFT))
    optimizer = torch.optim.SGD([v, layer.weight, layer.bias], lr=0.1)

    def loss() -> torch.Tensor:
        return torch.sin(layer(torch.tensor(x) * v)).mean()

    program = normed(x)
    for result in follow(program, 10):
        optimizer.zero_grad()
        told = loss()
        told.backward()
        assert result.loss == pytest.approx(told.item(), rel=1e-9)
        gradients = result.run.gradients
        for index, parameter in ((1, v), (2, layer.weight), (3, layer.bias)):
            np.testing.assert_allclose(gradients[index], parameter.grad.numpy(), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(result.states[5]["running_mean"], layer.running_mean.numpy(), rtol=1e-9)
        np.testing.assert_allclose(result.states[5]["running_var"], layer.running_var.numpy(), rtol=1e-9)
        optimizer.step()
    layer.eval()
    optimizer.zero_grad()
    told = loss()
    told.backward()
    evaluation = assemble_again(program.with_states(result.states), result.parameters, training=False)
    passed = run(evaluation)
    assert passed.values[7].item() == pytest.approx(told.item(), rel=1e-9)
    for index, parameter in ((1, v), (2, layer.weight), (3, layer.bias)):
        np.testing.assert_allclose(passed.gradients[index], parameter.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_running_statistics_are_mean_and_unbiased_variance_with_momentum() -> None:
    """Without PyTorch: the recurrence by hand, over two steps."""
    results = follow(normed(momentum=0.25), 2)
    mean, variance = np.zeros(3), np.ones(3)
    for result in results:
        h = X * result.plan.split(result.before)[1]
        mean = 0.75 * mean + 0.25 * h.mean(axis=0)
        variance = 0.75 * variance + 0.25 * h.var(axis=0, ddof=1)
        np.testing.assert_allclose(result.states[5]["running_mean"], mean, rtol=1e-12)
        np.testing.assert_allclose(result.states[5]["running_var"], variance, rtol=1e-12)


def test_dropout_as_pytorch_given_the_same_masks() -> None:
    torch = pytest.importorskip("torch")
    w = torch.linspace(1.0, 2.0, 40, dtype=torch.float64).requires_grad_()
    masks = []
    for result in follow(dropped(p=0.25, seed=3), 10, 0.5):
        values = result.run.values
        mask = np.round(values[1] / values[0] * 0.75, 9)
        masks.append(mask)
        loss = (w * torch.tensor(mask) / 0.75).square().mean()
        (gradient,) = torch.autograd.grad(loss, w)
        assert result.loss == pytest.approx(loss.item(), rel=1e-9)
        np.testing.assert_allclose(result.run.gradients[0], gradient.numpy(), rtol=1e-9)
        with torch.no_grad():
            w -= 0.5 * gradient
    assert set(np.unique(masks).tolist()) == {0.0, 1.0}
    assert len({mask.tobytes() for mask in masks}) == 10, "every step has a mask of its own"
    np.testing.assert_allclose(result.plan.split(result.after)[0], w.detach().numpy(), rtol=1e-9)


def test_runs_can_be_repeated_and_resumed() -> None:
    whole = follow(dropped(), 6)
    assert [result.loss for result in whole] == [result.loss for result in follow(dropped(), 6)]
    half = whole[2]
    resumed = follow(assemble_again(dropped().with_states(half.states), half.parameters, training=True), 3)
    assert [result.loss for result in whole[3:]] == [result.loss for result in resumed]


def test_a_mask_is_frozen_within_a_step_for_every_tier() -> None:
    program = dropped()
    plans = [Plan(program, [0]), Plan(program, [0], keep_everything=True)]
    for step in range(4):
        states = {1: {"step": np.array(float(step))}}
        passed = run(program.with_states(states))
        again = run(program.with_states(states))
        np.testing.assert_array_equal(passed.values[1], again.values[1])
        for plan in plans:
            plan.bind({}, states)
            assert plan.step() == plan.step() == pytest.approx(passed.values[3].item(), rel=1e-12)
            np.testing.assert_allclose(plan.gradient, passed.gradients[0], rtol=1e-12)
            assert plain(plan.advanced()) == {1: {"step": step + 1.0}}
            plan.step_exactly()
            np.testing.assert_allclose(plan.gradient, passed.gradients[0], rtol=1e-12)
            assert plain(plan.advanced()) == {1: {"step": step + 1.0}}
        np.testing.assert_array_equal(plans[1].values()[1], passed.values[1])
        assert check_leaf(program.with_states(states), 0, passed.gradients[0]).passed


def test_a_plan_is_not_traced_again_for_a_new_mask() -> None:
    results = follow(dropped(), 5)
    assert len({id(result.plan) for result in results}) == 1


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_running_statistics_have_the_type_of_the_program(dtype: str) -> None:
    program = normed(dtype=dtype)
    result = follow(program, 1)[0]
    assert {array.dtype.name for array in result.states[5].values()} == {dtype}
    expected = advanced(result.plan.program, result.run.values)[5]
    for name, array in result.states[5].items():
        np.testing.assert_allclose(array, expected[name], rtol=1e-5)


def test_training_is_in_training_mode_whatever_the_graphs() -> None:
    assert [r.loss for r in follow(normed(training=False), 3)] == [r.loss for r in follow(normed(), 3)]
    assert [r.loss for r in follow(dropped(training=False), 3)] == [r.loss for r in follow(dropped(), 3)]


def twice_dropped(names: tuple[str, str] = ("first", "second"), **settings: object) -> Program:
    """mean((dropout(w) + dropout(w))²), the two calls alike but for their names."""
    specs = [
        CallSpec(0, "w", registry["parameter"], value=np.linspace(1.0, 2.0, 40)),
        *(CallSpec(key, name, registry["dropout"], (0,), settings) for key, name in enumerate(names, 1)),
        CallSpec(3, "both", registry["add"], (1, 2)),
        CallSpec(4, "q", registry["square"], (3,)),
        CallSpec(5, "L", registry["mean"], (4,)),
    ]
    return assemble(specs, 5)[0]


def test_two_dropouts_of_one_seed_drop_independently_of_each_other() -> None:
    first, second = (run(twice_dropped()).values[index] == 0.0 for index in (1, 2))
    assert (first != second).sum() >= 8
    assert 4 <= (first & second).sum() <= 16, "a quarter of 40, as of two coins"
    again = run(twice_dropped(("second", "first"))).values
    np.testing.assert_array_equal(again[1] == 0.0, second)
    np.testing.assert_array_equal(again[2] == 0.0, first)


def test_masks_of_two_dropouts_are_the_same_in_every_tier_and_run() -> None:
    program = twice_dropped(p=0.3, seed=5)
    results, again = follow(program, 5), follow(twice_dropped(p=0.3, seed=5), 5)
    assert [result.loss for result in results] == [result.loss for result in again]
    for keep_everything in (False, True):
        plan = Plan(program, [0], keep_everything=keep_everything)
        for result in results:
            plan.bind({}, result.states_before)
            np.copyto(plan.parameters, result.before)
            passed = run(program.with_states(result.states_before), result.plan.split(result.before))
            assert plan.step() == pytest.approx(passed.values[5].item(), rel=1e-12)
            np.testing.assert_allclose(plan.gradient, passed.gradients[0], rtol=1e-12)
            assert result.loss == pytest.approx(passed.values[5].item(), rel=1e-12)


def test_a_node_in_evaluation_mode_stays_so_in_training() -> None:
    specs = [
        CallSpec(at, call.name, call.op, call.inputs, {"training": False} if at == 5 else {}, normed().leaves.get(at))
        for at, call in enumerate(normed().calls)
    ]
    (result,) = follow(assemble(specs, 7)[0], 1)
    assert result.states == {}
    np.testing.assert_allclose(result.run.values[5], (X * 0.7) / np.sqrt(1 + 1e-5) * SCALE + SHIFT, rtol=1e-12)


def test_a_node_in_training_mode_stays_so_in_evaluation() -> None:
    specs = [
        CallSpec(0, "x", registry["input"], value=np.ones(50)),
        CallSpec(1, "on", registry["dropout"], (0,), {"training": True}),
        CallSpec(2, "graph", registry["dropout"], (0,)),
    ]
    values = run(assemble(specs, None, "float64", training=False)[0]).values
    assert 0.0 in values[1]
    np.testing.assert_array_equal(values[2], values[0])


def test_minibatches_share_one_state() -> None:
    program = normed()
    results = list(train(program, learning_rate=0.0, steps=6, batches=minibatches(program, 3, seed=1)))
    assert len({id(result.plan) for result in results}) == 2, "three rows, and the two that are left"
    mean = np.zeros(3)
    for result in results:
        mean = 0.9 * mean + 0.1 * result.run.values[4].mean(axis=0)
        np.testing.assert_allclose(result.states[5]["running_mean"], mean, rtol=1e-12)


def test_a_batch_of_one_row_is_refused_in_a_sentence() -> None:
    program = normed()
    with pytest.raises(
        CannotTrain, match=r"x of shape \(1, 3\) has 1 value a channel, but training needs at least two"
    ):
        next(train(program, batches=minibatches(program, 7)))


def test_nothing_is_kept_of_state_that_has_another_shape() -> None:
    """Statistics of three channels are no beginning for four."""
    spec = CallSpec(1, "n", registry["batch_norm"], (0, None, None), state={"running_mean": np.ones(3)})
    program, _ = assemble([CallSpec(0, "x", registry["input"], value=np.ones((2, 4))), spec])
    assert plain(program.states)[1] == {"running_mean": [0.0] * 4, "running_var": [1.0] * 4}
