"""Optimisers take PyTorch's steps."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_studio.training.algorithms import ALGORITHMS, SYMBOLS
from backprop_studio.training.optimizers import OPTIMIZERS, Optimizer, State, optimizer, setup

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


CHOSEN = [
    ("sgd", {"weight_decay": 0.1}, {"weight_decay": 0.1}),
    ("sgd", {"max_norm": 0.5}, {}),
    ("momentum", {"momentum": 0.7, "weight_decay": 0.05, "max_norm": 1.0}, {"momentum": 0.7, "weight_decay": 0.05}),
    ("nesterov", {"momentum": 0.5}, {"momentum": 0.5}),
    ("rmsprop", {"alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1}, {"alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1}),
    ("adam", {"beta1": 0.8, "beta2": 0.9, "weight_decay": 0.3}, {"betas": (0.8, 0.9), "weight_decay": 0.3}),
    ("adamw", {"weight_decay": 0.3, "eps": 1e-4, "max_norm": 2.0}, {"weight_decay": 0.3, "eps": 1e-4}),
]


@pytest.mark.parametrize(("name", "ours", "theirs"), CHOSEN)
def test_settings_are_those_of_pytorch(name: str, ours: dict[str, float], theirs: dict[str, object]) -> None:
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(3)
    start = random.normal(size=6)
    parameter = torch.nn.Parameter(torch.tensor(start))
    kind, fixed = TORCH[name]
    updater = getattr(torch.optim, kind)([parameter], **{"lr": 0.1, **fixed, **theirs})
    made, here = Optimizer(setup(name, lr=0.1, **ours)), start
    for _ in range(5):
        gradient = random.normal(size=6)
        parameter.grad = torch.tensor(gradient)
        if "max_norm" in ours:
            torch.nn.utils.clip_grad_norm_([parameter], ours["max_norm"])
        updater.step()
        here = made.step(here, gradient)
        np.testing.assert_allclose(here, parameter.detach().numpy(), rtol=1e-12, atol=1e-12)


def test_defaults_are_those_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    for name, (kind, fixed) in TORCH.items():
        theirs = getattr(torch.optim, kind)([torch.nn.Parameter(torch.ones(1))], **fixed).defaults
        for key, value in setup(name).values.items():
            if key.startswith("beta"):
                assert value == theirs["betas"][int(key[-1]) - 1]
            elif key != "max_norm":
                assert value == theirs[key], (name, key)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_is_reckoned_is_the_step_and_leaves_the_state(name: str) -> None:
    made = Optimizer(setup(name, lr=0.1, weight_decay=0.1, max_norm=0.5))
    here, gradient = np.array([1.0, -2.0]), np.array([0.5, 3.0])
    for _ in range(3):
        state = made.state
        told = list(made.reckon(here, gradient))
        assert made.state is state
        here = made.step(here, gradient)
        assert [each.equation for each in told] == list(ALGORITHMS[name].equations)
        np.testing.assert_array_equal(told[-1].result, here)
        for each in told:
            held = made.state.kept.get(each.equation.target)
            if held is not None:
                np.testing.assert_array_equal(each.result, held)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_state_taken_along_goes_on_as_if_nothing_had_been(name: str) -> None:
    gradients = np.random.default_rng(1).normal(size=(6, 3))
    straight, first = optimizer(name, 0.1), optimizer(name, 0.1)
    here = there = np.ones(3)
    for gradient in gradients:
        here = straight.step(here, gradient)
    for gradient in gradients[:3]:
        there = first.step(there, gradient)
    second = Optimizer(first.setup, first.state)
    for gradient in gradients[3:]:
        there = second.step(there, gradient)
    np.testing.assert_array_equal(here, there)
    assert second.state.steps == 6
    assert State().steps == 0


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_formula_read_is_the_formula_computed(name: str) -> None:
    """Every equation's text, read as arithmetic, gives what its code gives."""
    made = Optimizer(setup(name, lr=0.1, weight_decay=0.1, max_norm=0.5))
    here = np.array(0.7)
    for gradient in (0.5, -1.25):
        for each in made.reckon(here, np.array(gradient)):
            text = each.equation.formula.text
            if "Σ" in text:
                continue
            for key in sorted(SYMBOLS, key=len, reverse=True):
                text = text.replace(f"√${key}", f"np.sqrt(${key})").replace(f"${key}", f"scope[{key!r}]")
            for sign, spelled in (("×", "*"), ("−", "-"), ("^", "**"), ("²", "**2"), ("10⁻⁶", "1e-6")):
                text = text.replace(sign, spelled)
            np.testing.assert_allclose(eval(text, {"np": np, "scope": each.scope, "min": min}), each.result)
        here = made.step(here, np.array(gradient))


@pytest.mark.parametrize(("name", "key", "value", "told"), [
    ("sgd", "momentum", 0.9, "SGD has no setting momentum"), ("adam", "beta1", 1.0, "at most 0.99999, not 1.0"),
    ("rmsprop", "eps", -1.0, "at least 0"), ("nesterov", "momentum", 1.5, "at least 0 and at most 1"),
])  # fmt: skip
def test_settings_refused(name: str, key: str, value: float, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        setup(name, **{key: value})
    assert setup("adam", beta1=0.5).having(eps=0.0).values["beta1"] == 0.5
