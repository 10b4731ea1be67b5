"""The numbers of the outline: values and gradients as the passes, training or the last evaluation have them."""

from __future__ import annotations

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.number_text import brief
from backprop_studio.engine.program import FaultKind
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.timeline import Timeline
from backprop_studio.session.training_worker import TrainingSnapshot

HIDDEN = "·"
"""Stands for what has not been computed."""
_UNFINISHED = frozenset({FaultKind.MISSING_INPUT, FaultKind.BLOCKED})


class OutlineNumbers:
    """Answers, for a node, what is to be written about it now."""

    def __init__(self, session: EditorSession) -> None:
        self._session = session
        self.snapshot: TrainingSnapshot | None = None
        """The newest step of training, while it runs."""

    def value(self, node: int) -> str:
        """The value as on the canvas: a number, a shape, "·" for what is not known yet."""
        evaluation, playing = self._evaluation, self._playing
        array = self.snapshot.values.get(node) if self.snapshot is not None else None
        if array is None:
            array = evaluation.value(node)
        if array is None or (playing is not None and not playing.value_known(node)):
            return HIDDEN
        return brief(array)

    def gradient(self, node: int) -> str:
        """The gradient, as far as it is known."""
        evaluation, playing = self._evaluation, self._playing
        array = self.snapshot.gradients.get(node) if self.snapshot is not None else None
        if array is None:
            array = playing.gradient_so_far(node) if playing is not None else evaluation.gradient(node)
        if array is None:
            return HIDDEN
        partial = playing is not None and playing.gradient_known(node) == "partial"
        return brief(array) + (" + ·" if partial else "")

    def problem(self, node: int) -> str:
        """What is wrong with a node, "" where nothing is or it is merely unfinished."""
        fault = self._evaluation.problems.get(node)
        return fault.sentence if fault is not None and fault.kind not in _UNFINISHED else ""

    @property
    def _evaluation(self) -> Evaluation:
        return self._session.evaluation

    @property
    def _playing(self) -> Timeline | None:
        """The timeline, where it decides what is shown."""
        timeline = self._session.timeline
        shown = timeline.evaluation
        if self.snapshot is not None or not timeline.is_active or shown is None:
            return None
        return timeline if shown.run is self._evaluation.run else None
