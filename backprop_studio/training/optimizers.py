"""Optimisers at work: from parameters and gradients to the next parameters, with the state that they hand on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any

import numpy as np

from backprop_studio.engine.errors import SettingError
from backprop_studio.engine.op import Array
from backprop_studio.engine.setting import SettingValue
from backprop_studio.training.algorithms import ALGORITHMS, Algorithm, Equation, Scope

OPTIMIZERS = tuple(ALGORITHMS)
"""The names of the optimisers."""


@dataclass(frozen=True)
class Setup:
    """An optimiser's name and all its settings, the learning rate as ``lr`` among them."""

    name: str
    values: Mapping[str, float]

    @property
    def algorithm(self) -> Algorithm:
        """The declaration."""
        return ALGORITHMS[self.name]

    @property
    def learning_rate(self) -> float:
        """How far a step goes."""
        return self.values["lr"]

    def having(self, **values: float) -> Setup:
        """The same with some settings changed. Raises ValueError with a sentence."""
        return setup(self.name, **{**self.values, **values})


def setup(name: str, **values: float) -> Setup:
    """An optimiser with PyTorch's settings, save those given. Raises ValueError with a sentence."""
    algorithm = ALGORITHMS.get(name) if isinstance(name, str) else None
    if algorithm is None:
        raise ValueError(f"There is no optimiser {name!r}. Use one of {', '.join(OPTIMIZERS)}.")
    chosen: dict[str, float] = {each.name: _number(each.default) for each in algorithm.settings}
    for key, value in values.items():
        if key not in chosen:
            raise ValueError(f"{algorithm.title} has no setting {key}. It has {', '.join(chosen)}.")
        if key == "lr" and isinstance(value, float) and not (isfinite(value) and value >= 0):
            raise ValueError(f"A learning rate is a number of at least 0, not {value:g}.")
        try:
            chosen[key] = _number(algorithm.setting(key).check(value))
        except SettingError as error:
            raise ValueError(str(error)) from None
    return Setup(name, chosen)


def _number(value: SettingValue) -> float:
    assert isinstance(value, int | float), "an optimiser's settings are numbers"
    return float(value)


@dataclass(frozen=True, eq=False)
class State:
    """What an optimiser knows of its past: how many steps it took, and what its equations keep. Never changes."""

    steps: int = 0
    kept: Mapping[str, Array] = field(default_factory=dict)
    """Arrays of the parameters' shape, by name; what is missing is 0."""


@dataclass(frozen=True, eq=False)
class Reckoning:
    """One equation of a step, with everything it could read and what it gave."""

    equation: Equation
    scope: Scope
    result: Any


class Optimizer:
    """Takes steps. ``state`` is replaced by every one of them, ``setup`` may be changed between them."""

    def __init__(self, chosen: Setup, state: State | None = None) -> None:
        self.state = state if state is not None else State()
        self._setup = chosen
        self._values = dict(chosen.values)
        self._equations = chosen.algorithm.equations_for(chosen.values)

    @property
    def setup(self) -> Setup:
        """The settings of the next step."""
        return self._setup

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next step."""
        return self._values["lr"]

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        if rate != self._values["lr"]:
            self._values["lr"] = rate
            self._setup = replace(self._setup, values=dict(self._values))

    def step(self, parameters: Array, gradient: Array) -> Array:
        """A new array with the parameters after one update. Writes to nothing that it is given."""
        scope = self._begin(parameters, gradient)
        for equation in self._equations:
            scope[equation.target] = equation.compute(scope)
        self.state = State(scope["t"], {key: np.asarray(scope[key]) for key in self._setup.algorithm.kept})
        return np.asarray(scope["theta"])

    def reckon(self, parameters: Array, gradient: Array, overall: Array | None = None) -> Iterator[Reckoning]:
        """The equations of the next step one by one, with their numbers. The state stays as it is.

        Where these are not all parameters, ``overall`` is the gradient of all of them, which clipping looks at.
        """
        scope = self._begin(parameters, gradient)
        if overall is not None:
            scope["all"] = overall
        for equation in self._equations:
            result = equation.compute(scope)
            yield Reckoning(equation, dict(scope), result)
            scope[equation.target] = result

    def _begin(self, parameters: Array, gradient: Array) -> dict[str, Any]:
        scope: dict[str, Any] = dict(self._values)
        for key in self._setup.algorithm.kept:
            held = self.state.kept.get(key)
            scope[key] = np.zeros_like(parameters) if held is None else held
        scope["theta"], scope["g"], scope["all"], scope["t"] = parameters, gradient, gradient, self.state.steps + 1
        return scope


def optimizer(name: str, learning_rate: float | None = None) -> Optimizer:
    """A fresh optimiser. Without a learning rate it has PyTorch's. Raises ValueError with a sentence."""
    return Optimizer(setup(name) if learning_rate is None else setup(name, lr=learning_rate))
