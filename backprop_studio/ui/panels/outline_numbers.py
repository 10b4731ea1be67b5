"""The numbers of the outline: values and gradients as the passes, training or the last evaluation have them."""

from __future__ import annotations

from collections.abc import Callable

from backprop_studio.document.absence import Absence, Reason, gradient_absence
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.groups import GroupPort, ports
from backprop_studio.document.number_text import compact
from backprop_studio.document.outputs import call_key
from backprop_studio.engine.program import FaultKind
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.timeline import Timeline
from backprop_studio.session.training_worker import TrainingSnapshot

MOST_OUTPUTS = 3
"""Of a group with more outputs, the numbers of so many are told."""
HIDDEN = Reason.NOT_COMPUTED.mark
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
        playing = self._playing
        if node not in self._session.graph.nodes or (playing is not None and not playing.value_known(node)):
            return HIDDEN
        outputs = range(len(self._session.graph.nodes[node].names))
        return ", ".join(self._value(node, output) for output in outputs)

    def _value(self, node: int, output: int) -> str:
        array = self.snapshot.values.get(call_key(node, output)) if self.snapshot is not None else None
        if array is None:
            array = self._evaluation.value(node, output)
        return HIDDEN if array is None else compact(array)

    def group_value(self, group: int) -> str:
        """The values at the outputs of a group."""
        return self._at_outputs(group, lambda port: self._output(port.node or 0, port.output))

    def group_gradient(self, group: int) -> str:
        """The gradients at the outputs of a group."""
        return self._at_outputs(group, lambda port: self.gradient(port.node or 0))

    def _at_outputs(self, group: int, told: Callable[[GroupPort], str]) -> str:
        if group not in self._session.graph.groups:  # asked while the tree does not know yet that it is gone
            return HIDDEN
        outputs = ports(self._session.graph, group).outputs
        more = [f"… {len(outputs) - MOST_OUTPUTS} more"] if len(outputs) > MOST_OUTPUTS else []
        return ", ".join([*map(told, outputs[:MOST_OUTPUTS]), *more])

    def _output(self, node: int, output: int) -> str:
        playing = self._playing
        return HIDDEN if playing is not None and not playing.value_known(node) else self._value(node, output)

    def gradient(self, node: int) -> str:
        """The gradient, as far as it is known; without one the mark that says why."""
        evaluation, playing = self._evaluation, self._playing
        array = self.snapshot.gradients.get(node) if self.snapshot is not None else None
        if array is None:
            array = playing.gradient_so_far(node) if playing is not None else evaluation.gradient(node)
        if array is None:
            absence = self.absence(node)
            return absence.mark if absence is not None else HIDDEN
        partial = playing is not None and playing.gradient_known(node) == "partial"
        return compact(array) + (f" + {HIDDEN}" if partial else "")

    def absence(self, node: int) -> Absence | None:
        """Why there is no gradient, None where there is one."""
        known = self._playing.gradient_known(node) if self._playing is not None else "known"
        return gradient_absence(self._evaluation, node, known) if node in self._evaluation.graph.nodes else None

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
