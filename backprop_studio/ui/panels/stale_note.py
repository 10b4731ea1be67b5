"""Says that what stands below is from before the training that runs: values there change faster than one reads."""

from __future__ import annotations

from PySide6.QtCore import Qt

from backprop_studio.session.training_worker import TrainingController
from backprop_studio.ui.panels.labels import WrappingLabel


class StaleNote(WrappingLabel):
    """Shown while training runs."""

    def __init__(self, name: str, sentence: str, training: TrainingController) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("warning", True)
        self.setText(sentence)
        self._training = training
        training.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        self.setVisible(self._training.state == "running")
