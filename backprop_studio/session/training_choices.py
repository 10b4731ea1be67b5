"""What is chosen in the training panel: the optimiser, the settings of each, how many rows a step sees."""

from __future__ import annotations

import json
from contextlib import suppress

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

    def text(self) -> str:
        """All choices as text to store."""
        setups = {name: dict(each.values) for name, each in self._setups.items()}
        return json.dumps({"optimizer": self._name, "batch": self.batch, "settings": setups})

    def read(self, text: str) -> None:
        """Take choices that were stored; what is damaged or unknown in them is passed over."""
        with suppress(ValueError, TypeError, AttributeError, RecursionError):
            stored = json.loads(text)
            batch = stored.get("batch")
            self.batch = batch if isinstance(batch, int) and not isinstance(batch, bool) and batch > 0 else None
            if stored.get("optimizer") in ALGORITHMS:
                self._name = stored["optimizer"]
            for name, values in stored.get("settings", {}).items():
                if name in ALGORITHMS and isinstance(values, dict):
                    self._read_settings(name, values)

    def _read_settings(self, name: str, values: dict[str, object]) -> None:
        for key, value in values.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                with suppress(ValueError, OverflowError):
                    self._setups[name] = self._setups[name].having(**{key: float(value)})
