"""Optimisers: from parameters and gradients to the next parameters. All defaults are PyTorch's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from backprop_studio.engine.op import Array


class Optimizer(Protocol):
    """Turns parameters and their gradient, each one array, into new parameters. Never writes to what it is given."""

    learning_rate: float

    def step(self, parameters: Array, gradient: Array) -> Array:
        """A new array with the parameters after one update."""


@dataclass
class Sgd:
    """Gradient descent, with momentum (heavy ball or Nesterov's) where ``momentum`` is above 0."""

    learning_rate: float = 1e-3
    momentum: float = 0.0
    nesterov: bool = False
    _velocity: Array | None = field(default=None, init=False, repr=False)

    def step(self, parameters: Array, gradient: Array) -> Array:
        """p − η·g; with momentum, p − η·v where v ← μ·v + g (Nesterov: p − η·(g + μ·v))."""
        if self.momentum:
            before = self._velocity
            self._velocity = velocity = gradient.copy() if before is None else self.momentum * before + gradient
            gradient = gradient + self.momentum * velocity if self.nesterov else velocity
        return np.asarray(parameters - self.learning_rate * gradient)


@dataclass
class RmsProp:
    """Divides the gradient by a running root mean square of itself."""

    learning_rate: float = 1e-2
    alpha: float = 0.99
    epsilon: float = 1e-8
    _mean_square: Array | None = field(default=None, init=False, repr=False)

    def step(self, parameters: Array, gradient: Array) -> Array:
        """p − η·g / (√s + ε), where s ← α·s + (1 − α)·g²."""
        before = np.zeros_like(gradient) if self._mean_square is None else self._mean_square
        self._mean_square = self.alpha * before + (1.0 - self.alpha) * gradient * gradient
        return np.asarray(parameters - self.learning_rate * gradient / (np.sqrt(self._mean_square) + self.epsilon))


@dataclass
class Adam:
    """Adaptive moments; with ``weight_decay``, decoupled from the gradient: AdamW."""

    learning_rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    _count: int = field(default=0, init=False, repr=False)
    _mean: Array | None = field(default=None, init=False, repr=False)
    _square: Array | None = field(default=None, init=False, repr=False)

    def step(self, parameters: Array, gradient: Array) -> Array:
        """p·(1 − η·λ) − η·m̂ / (√v̂ + ε), with m and v the running means of g and g², corrected for their start at 0."""
        zero = np.zeros_like(gradient)
        self._count += 1
        self._mean = self.beta1 * (zero if self._mean is None else self._mean) + (1.0 - self.beta1) * gradient
        squared = (1.0 - self.beta2) * gradient * gradient
        self._square = self.beta2 * (zero if self._square is None else self._square) + squared
        size = self.learning_rate / (1.0 - self.beta1**self._count)
        root = np.sqrt(self._square) / (1.0 - self.beta2**self._count) ** 0.5 + self.epsilon
        return np.asarray(parameters * (1.0 - self.learning_rate * self.weight_decay) - size * self._mean / root)


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
