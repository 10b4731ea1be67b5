"""What the public functions are given besides a graph: numbers and names, checked before any work."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from backprop_studio.exchange.opening import GraphError
from backprop_studio.training.optimizers import Setup, setup

DTYPES = ("float64", "float32")


def number_kind(dtype: DTypeLike) -> str:
    """The name of a kind of number: as a text, as NumPy has it or as PyTorch does. Raises GraphError."""
    try:
        name = "" if dtype is None else np.dtype(dtype).name
    except TypeError:
        name = str(dtype).removeprefix("torch.")
    if name not in DTYPES:
        raise GraphError(f"Numbers are float64 or float32, not {dtype!r}.")
    return name


def training_setup(
    optimizer: str,
    lr: float | None,
    momentum: float | None,
    weight_decay: float | None,
    clip: float | None,
    further: Mapping[str, Any],
) -> Setup:
    """The optimiser with what is given of its settings; ``further`` has those without a name of their own.

    Raises GraphError with a sentence.
    """
    given = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "max_norm": clip}
    chosen = {key: value for key, value in given.items() if value is not None}
    twice = sorted(chosen.keys() & further.keys())
    if twice:
        raise GraphError(f"The setting {twice[0]} is given twice. Keep one.")
    name = "momentum" if optimizer == "sgd" and momentum is not None else optimizer
    try:
        return setup(name, **chosen, **further)
    except ValueError as error:
        raise GraphError(str(error)) from error


def counts(steps: int, batch: int | None, seed: int) -> tuple[int, int | None, int]:
    """The same as whole numbers of Python. Raises GraphError with a sentence."""
    rows = None if batch is None else _count("batch", batch, 1)
    return _count("steps", steps, 0), rows, _count("seed", seed, 0)


def _count(name: str, number: Any, least: int) -> int:
    """A whole number of Python, NumPy or another library. Raises GraphError with a sentence for all else."""
    try:
        count = least - 1 if isinstance(number, bool) else operator.index(number)
    except TypeError:
        count = least - 1
    if count < least:
        raise GraphError(f"{name} is a whole number of at least {least}, not {number!r}.")
    return count
