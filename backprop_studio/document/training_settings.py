"""How a document is trained in the window: optimiser, batch, pace and float type, as they are saved with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from backprop_studio.training.optimizers import Setup, setup

DEFAULT_LEARNING_RATE = 0.1
"""Of plain gradient descent, for graphs as small as those on a canvas; PyTorch's 0.001 hardly moves them."""


def first_setup(name: str) -> Setup:
    """An optimiser as the window first offers it. Raises ValueError for an unknown one."""
    chosen = setup(name)
    return chosen.having(lr=DEFAULT_LEARNING_RATE) if chosen.algorithm.family == "sgd" else chosen


@dataclass(frozen=True)
class TrainingSettings:
    """What is chosen for training. As it is made without arguments, it is that of a new document."""

    setup: Setup = field(default_factory=lambda: first_setup("sgd"))
    batch: int | None = None
    """Rows a step sees, None for all."""
    steps: int | None = None
    """Steps after which a run ends by itself, None for none."""
    seed: int = 0
    """Of the order in which rows are drawn into batches."""
    pace: float | None = None
    """Steps a second, infinity for as fast as it goes; None leaves it to the window."""
    dtype: str = "float64"
    """Float type that the whole graph is computed in: "float64" or "float32"."""
