"""What is chosen in the training panel: the optimiser, the settings of each, how many rows a step sees."""

from __future__ import annotations

from backprop_studio.training.algorithms import ALGORITHMS
from backprop_studio.training.optimizers import Setup, setup

DEFAULT_LEARNING_RATE = 0.1
"""Of plain gradient descent, for graphs as small as those on a canvas; PyTorch's 0.001 hardly moves them."""


class TrainingChoices:
    """The optimiser chosen, and the settings of the others, to come back to."""

    def __init__(self) -> None:
        self.batch: int | None = None
        """Rows a step, None for all."""
        self._name = "sgd"
        self._setups = {name: setup(name) for name in ALGORITHMS}
        self.change(lr=DEFAULT_LEARNING_RATE)

    @property
    def setup(self) -> Setup:
        """The optimiser chosen, with its settings."""
        return self._setups[self._name]

    def choose(self, name: str) -> None:
        """Choose an optimiser, with its settings as they were last. Raises ValueError for an unknown one."""
        self._name = setup(name).name

    def change(self, **values: float) -> None:
        """Change settings of the optimiser chosen. Raises ValueError with a sentence.

        Those that want steps of the same size have one learning rate in common.
        """
        changed = self._setups[self._name] = self.setup.having(**values)
        for name, other in self._setups.items():
            if other.algorithm.family == changed.algorithm.family:
                self._setups[name] = other.having(lr=changed.learning_rate)
