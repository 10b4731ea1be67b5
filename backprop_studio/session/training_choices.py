"""What is chosen in the training panel: the optimiser, the settings of each, the batch, the pace."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import Any

from PySide6.QtCore import QObject, Signal

from backprop_studio.document.training_settings import DEFAULT_LEARNING_RATE, TrainingSettings, first_setup
from backprop_studio.training.algorithms import ALGORITHMS
from backprop_studio.training.optimizers import Setup, setup

__all__ = ["DEFAULT_LEARNING_RATE", "TrainingChoices"]


class TrainingChoices(QObject):
    """The optimiser chosen and all else that a run begins with; the settings of other optimisers, to come back to.

    Choices are saved with the document, but are no steps of its history: to try another learning rate must not cost
    the run that was undone before.
    """

    changed = Signal()
    """State, curve, learning rate, optimiser or pace changed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = TrainingSettings()
        self._default_pace: float | None = None
        self._setups: dict[str, Setup] = {}
        """Settings of every optimiser: that of ``_settings``, and those to come back to."""
        self._begin(TrainingSettings())

    @property
    def settings(self) -> TrainingSettings:
        """Everything chosen, in float64: the float type is chosen for all that is computed, not here alone."""
        return self._settings

    def choose_all(self, settings: TrainingSettings) -> None:
        """Choose as in a document just opened; other optimisers are as at first."""
        self._begin(replace(settings, dtype=TrainingSettings.dtype))
        self._chosen()

    @property
    def setup(self) -> Setup:
        """The optimiser and its settings."""
        return self._settings.setup

    @property
    def optimizer(self) -> str:
        """The optimiser's name; a change counts from the next run on. Raises ValueError for an unknown one."""
        return self.setup.name

    @optimizer.setter
    def optimizer(self, name: str) -> None:
        self._change(setup=self._setups[setup(name).name])

    def change_settings(self, **values: float) -> None:
        """Change settings of the optimiser; they count from the next run on, the learning rate from the next step on.

        Those optimisers that want steps of the same size have one learning rate in common. Raises ValueError with a
        sentence.
        """
        changed = self.setup.having(**values)
        self._keep(changed)
        self._change(setup=changed)

    @property
    def learning_rate(self) -> float:
        """The learning rate; a change counts from the next step on."""
        return self.setup.learning_rate

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self.change_settings(lr=float(rate))

    @property
    def batch(self) -> int | None:
        """Rows that a step sees, None for all; a change counts from the next run on."""
        return self._settings.batch

    @batch.setter
    def batch(self, rows: int | None) -> None:
        if rows is not None and rows < 1:
            raise ValueError(f"A batch has at least 1 row, not {rows}.")
        self._change(batch=rows)

    @property
    def seed(self) -> int:
        """Of the order in which rows are drawn into batches; a change counts from the next run on."""
        return self._settings.seed

    @seed.setter
    def seed(self, seed: int) -> None:
        if seed < 0:
            raise ValueError(f"A seed is a whole number of at least 0, not {seed}.")
        self._change(seed=seed)

    @property
    def steps(self) -> int | None:
        """Steps after which a run ends by itself, None for none; a change counts from the next run on."""
        return self._settings.steps

    @steps.setter
    def steps(self, steps: int | None) -> None:
        if steps is not None and steps < 1:
            raise ValueError(f"A run has at least 1 step, not {steps}.")
        self._change(steps=steps)

    @property
    def steps_per_second(self) -> float | None:
        """The pace, None for as fast as it goes."""
        pace = self._default_pace if self._settings.pace is None else self._settings.pace
        return None if pace == inf else pace

    @steps_per_second.setter
    def steps_per_second(self, pace: float | None) -> None:
        if pace is not None and not 0.0 < pace < inf:
            raise ValueError(f"A pace is a number of steps per second above 0, or None, not {pace:g}.")
        self._change(pace=None if pace == self._default_pace else inf if pace is None else pace)

    def set_default_pace(self, pace: float | None) -> None:
        """Take this pace in documents that name none; None for as fast as it goes."""
        self._default_pace = pace
        self._chosen()

    def _begin(self, settings: TrainingSettings) -> None:
        self._settings = settings
        self._setups = {name: first_setup(name) for name in ALGORITHMS}
        self._keep(settings.setup)

    def _keep(self, chosen: Setup) -> None:
        """Remember the settings of an optimiser; its learning rate holds for all of its family."""
        for name, other in self._setups.items():
            if other.algorithm.family == chosen.algorithm.family:
                self._setups[name] = other.having(lr=chosen.learning_rate)
        self._setups[chosen.name] = chosen

    def _change(self, **fields: Any) -> None:
        before, self._settings = self._settings, replace(self._settings, **fields)
        if self._settings != before:
            self._chosen()

    def _chosen(self) -> None:
        """Something was chosen otherwise."""
        self.changed.emit()
