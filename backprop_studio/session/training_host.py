"""What training needs of the session, and the worker that it runs on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from PySide6.QtCore import Signal, Slot

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Graph
from backprop_studio.document.values import States, Value
from backprop_studio.session.messages import Message
from backprop_studio.session.training_run import TrainingRun
from backprop_studio.session.worker_thread import Worker


class TrainingHost(Protocol):
    """What training needs of the session."""

    @property
    def graph(self) -> Graph:
        """The graph as it is now."""

    @property
    def evaluation(self) -> Evaluation:
        """The newest evaluation; not yet that of ``graph`` while one is pending."""

    @property
    def dtype(self) -> str:
        """The float type that everything is computed in."""

    def begin_training(self) -> None:
        """Training is about to run: leave the passes."""

    def commit_values(self, values: Mapping[int, Value | None], states: States, text: str) -> None:
        """Set the values of sources, and what training has left in nodes, as one undo step."""

    def tell(self, message: Message) -> None:
        """Show a message."""


class TrainingWorker(Worker):
    """Runs training on the thread it lives on."""

    announced = Signal(int)
    ended = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._run: TrainingRun | None = None
        self._cancelled = False

    def cancel(self) -> None:
        """Close the run at hand; begin no other."""
        self._cancelled = True
        if self._run is not None:
            self._run.close()

    @Slot(object)
    def start(self, run: TrainingRun) -> None:
        """Work until the run is closed or has come to its end."""
        self._run = run
        if not (self._cancelled or run.is_closed):
            run.work(self.announced.emit)
        self.ended.emit(run.run_id)
