"""Optimisers: from parameters and gradients to the next parameters. All defaults are PyTorch's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from backprop_studio.engine.op import Array

Arrays = Mapping[int, Array]


class Optimizer(Protocol):
    """Turns parameters and their gradients, by key, into new parameters. Never writes to what it is given."""

    learning_rate: float

    def step(self, parameters: Arrays, gradients: Arrays) -> dict[int, Array]:
        """New arrays for all of ``parameters``. One that has no gradient stays as it is."""


def _each(parameters: Arrays, gradients: Arrays, update: Callable[[int, Array, Array], Array]) -> dict[int, Array]:
    """Apply ``update(key, parameter, gradient)`` wherever there is a gradient."""
    with np.errstate(all="ignore"):
        return {
            key: np.asarray(update(key, parameter, gradients[key])) if key in gradients else parameter
            for key, parameter in parameters.items()
        }


@dataclass
class Sgd:
    """Gradient descent, with momentum (heavy ball or Nesterov's) where ``momentum`` is above 0."""

    learning_rate: float = 1e-3
    momentum: float = 0.0
    nesterov: bool = False
    _velocity: dict[int, Array] = field(default_factory=dict, init=False, repr=False)

    def step(self, parameters: Arrays, gradients: Arrays) -> dict[int, Array]:
        """p − η·g; with momentum, p − η·v where v ← μ·v + g (Nesterov: p − η·(g + μ·v))."""
        return _each(parameters, gradients, self._update)

    def _update(self, key: int, parameter: Array, gradient: Array) -> Array:
        if self.momentum:
            before = self._velocity.get(key)
            velocity = gradient if before is None else self.momentum * before + gradient
            self._velocity[key] = velocity
            gradient = gradient + self.momentum * velocity if self.nesterov else velocity
        return np.asarray(parameter - self.learning_rate * gradient)


@dataclass
class RmsProp:
    """Divides the gradient by a running root mean square of itself."""

    learning_rate: float = 1e-2
    alpha: float = 0.99
    epsilon: float = 1e-8
    _mean_square: dict[int, Array] = field(default_factory=dict, init=False, repr=False)

    def step(self, parameters: Arrays, gradients: Arrays) -> dict[int, Array]:
        """p − η·g / (√s + ε), where s ← α·s + (1 − α)·g²."""
        return _each(parameters, gradients, self._update)

    def _update(self, key: int, parameter: Array, gradient: Array) -> Array:
        before = self._mean_square.get(key, np.zeros_like(gradient))
        mean_square = self.alpha * before + (1.0 - self.alpha) * gradient * gradient
        self._mean_square[key] = mean_square
        return np.asarray(parameter - self.learning_rate * gradient / (np.sqrt(mean_square) + self.epsilon))


@dataclass
class Adam:
    """Adaptive moments; with ``weight_decay``, decoupled from the gradient: AdamW."""

    learning_rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    _moments: dict[int, tuple[int, Array, Array]] = field(default_factory=dict, init=False, repr=False)

    def step(self, parameters: Arrays, gradients: Arrays) -> dict[int, Array]:
        """p·(1 − η·λ) − η·m̂ / (√v̂ + ε), with m and v the running means of g and g², corrected for their start at 0."""
        return _each(parameters, gradients, self._update)

    def _update(self, key: int, parameter: Array, gradient: Array) -> Array:
        zero = np.zeros_like(gradient)
        count, mean, square = self._moments.get(key, (0, zero, zero))
        count += 1
        mean = np.asarray(self.beta1 * mean + (1.0 - self.beta1) * gradient)
        square = np.asarray(self.beta2 * square + (1.0 - self.beta2) * gradient * gradient)
        self._moments[key] = (count, mean, square)
        size = self.learning_rate / (1.0 - self.beta1**count)
        root = np.sqrt(square) / (1.0 - self.beta2**count) ** 0.5 + self.epsilon
        return np.asarray(parameter * (1.0 - self.learning_rate * self.weight_decay) - size * mean / root)


OPTIMIZERS: Mapping[str, Callable[[], Optimizer]] = {
    "sgd": Sgd,
    "momentum": lambda: Sgd(momentum=0.9),
    "nesterov": lambda: Sgd(momentum=0.9, nesterov=True),
    "rmsprop": RmsProp,
    "adam": Adam,
    "adamw": lambda: Adam(weight_decay=1e-2),
}
"""Optimisers by name, each with its default learning rate."""


def optimizer(name: str, learning_rate: float | None = None) -> Optimizer:
    """A fresh optimiser. Without a learning rate it has PyTorch's. Raises ValueError with a sentence."""
    make = OPTIMIZERS.get(name)
    if make is None:
        raise ValueError(f"There is no optimiser {name!r}. Use one of {', '.join(OPTIMIZERS)}.")
    made = make()
    if learning_rate is not None:
        if not (np.isfinite(learning_rate) and learning_rate >= 0):
            raise ValueError(f"A learning rate is a number of at least 0, not {learning_rate:g}.")
        made.learning_rate = float(learning_rate)
    return made
