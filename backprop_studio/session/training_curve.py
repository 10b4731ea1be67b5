"""A loss curve with what belongs to it: the weights it began from, and which of its steps the document is at."""

from __future__ import annotations

from dataclasses import dataclass, field

from backprop_studio.document.graph import Graph
from backprop_studio.document.values import States, Value
from backprop_studio.session.training_marks import TrainingMarks


@dataclass(eq=False)
class TrainingCurve:
    """The loss of every step since training began or was last reset, each before its update.

    ``weights_before`` and ``states_before`` are those before the first step, by node id.
    """

    losses: list[float] = field(default_factory=list)
    weights_before: dict[int, Value | None] = field(default_factory=dict)
    states_before: States = field(default_factory=dict)
    marks: TrainingMarks = field(default_factory=TrainingMarks)

    def begin(self, graph: Graph) -> None:
        """The first step is about to be made: remember what it starts from."""
        self.weights_before = {node.id: node.value for node in graph.nodes.values() if node.op_name == "parameter"}
        self.states_before = {node.id: node.state for node in graph.nodes.values() if node.op.state}
        self.marks.clear()
        self.marks.add(0, self.weights_before)

    def cut(self, steps: int) -> None:
        """Forget what came after so many steps."""
        del self.losses[steps:]
        self.marks.cut(steps)

    def led_to(self, graph: Graph) -> bool:
        """Are the parameters of ``graph`` those at the end of a run on this curve?"""
        return self.marks.steps_of(graph, 0) > 0

    def is_of(self, graph: Graph) -> bool:
        """Are the parameters of ``graph`` those at the beginning of this curve or at the end of a run on it?"""
        return self.marks.steps_of(graph, -1) >= 0
