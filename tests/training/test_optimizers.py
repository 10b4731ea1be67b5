"""Optimisers take PyTorch's steps."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_studio.training.optimizers import OPTIMIZERS, Sgd, optimizer

TORCH = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "rmsprop": ("RMSprop", {}),
    "adam": ("Adam", {}),
    "adamw": ("AdamW", {}),
}


def descend(name: str, rate: float | None, steps: int) -> list[float]:
    """x² from 3."""
    made = optimizer(name, rate)
    x, path = np.array(3.0), []
    for _ in range(steps):
        x = made.step(x, 2 * x)
        path.append(float(x))
    return path


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("rate", [None, 0.05])
def test_steps_are_those_of_pytorch(name: str, rate: float | None) -> None:
    torch = pytest.importorskip("torch")
    kind, settings = TORCH[name]
    random = np.random.default_rng(0)
    start = random.normal(size=(3, 2))
    theirs = torch.nn.Parameter(torch.tensor(start))
    updater = getattr(torch.optim, kind)([theirs], **settings, **({} if rate is None else {"lr": rate}))
    made, ours = optimizer(name, rate), start
    for _ in range(25):
        gradient = random.normal(size=(3, 2))
        theirs.grad = torch.tensor(gradient)
        updater.step()
        ours = made.step(ours, gradient)
        np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-13, atol=1e-15)


def test_a_step_by_hand() -> None:
    assert optimizer("sgd", 0.1).step(np.array(2.0), np.array(-0.5)) == pytest.approx(2.05)
    assert descend("sgd", 0.1, 2) == pytest.approx([2.4, 1.92])
    assert descend("sgd", 0.5, 1) == [0.0]
    assert descend("sgd", 1.0, 4) == [-3.0, 3.0, -3.0, 3.0]
    assert descend("sgd", 1.1, 2) == pytest.approx([-3.6, 4.32])
    # v₁ = 6, v₂ = 0.9 · 6 + 2 · 2.4
    assert descend("momentum", 0.1, 2) == pytest.approx([2.4, 2.4 - 0.1 * (5.4 + 4.8)])
    assert descend("nesterov", 0.1, 1) == pytest.approx([3 - 0.1 * (6 + 0.9 * 6)])
    # √s = √0.01 · 6 = 0.6
    assert descend("rmsprop", 0.1, 1) == pytest.approx([3 - 0.1 * 6 / 0.6])
    assert descend("adam", 0.1, 1) == pytest.approx([2.9])
    assert descend("adamw", 0.1, 1) == pytest.approx([3 * (1 - 0.1 * 0.01) - 0.1])


def test_default_learning_rates() -> None:
    rates = {name: optimizer(name).learning_rate for name in OPTIMIZERS}
    assert rates == {
        "sgd": 1e-3, "momentum": 1e-3, "nesterov": 1e-3, "rmsprop": 1e-2, "adam": 1e-3, "adamw": 1e-3,
    }  # fmt: skip


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_nothing_given_is_written_to(name: str) -> None:
    parameter, gradient = np.array([1.0, 2.0]), np.array([0.5, -0.5])
    parameter.flags.writeable = gradient.flags.writeable = False
    made = optimizer(name, 0.1)
    before = parameter
    for _ in range(3):
        after = made.step(before, gradient)
        assert after is not before
        assert not np.array_equal(after, before)
        before = after
    assert parameter.tolist() == [1.0, 2.0]
    assert gradient.tolist() == [0.5, -0.5]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_float32_stays_float32(name: str) -> None:
    one = np.ones(2, dtype=np.float32)
    assert optimizer(name, 0.1).step(one, one).dtype == np.float32


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"no optimiser 'sdg'\. Use one of sgd, momentum"):
        optimizer("sdg")
    for rate in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="A learning rate is a number of at least 0"):
            optimizer("sgd", rate)


def test_runs_do_not_share_memory_of_the_past() -> None:
    first, second = optimizer("momentum", 0.1), optimizer("momentum", 0.1)
    first.step(np.array(3.0), np.array(6.0))
    assert second.step(np.array(3.0), np.array(6.0)) == pytest.approx(2.4)
    assert isinstance(second, Sgd)
