"""A loss curve with what belongs to it: the weights it began from, and which of its steps the document is at."""

from __future__ import annotations

from dataclasses import dataclass, field

from backprop_studio.document.graph import Graph
from backprop_studio.document.values import States, Value
from backprop_studio.session.training_marks import TrainingMarks
from backprop_studio.training.optimizers import Setup


@dataclass(eq=False)
class TrainingCurve:
    """The loss of every step since training began or was last reset, each before its update.

    ``weights_before`` and ``states_before`` are those before the first step, by node id.
    """

    losses: list[float] = field(default_factory=list)
    weights_before: dict[int, Value | None] = field(default_factory=dict)
    states_before: States = field(default_factory=dict)
    marks: TrainingMarks = field(default_factory=TrainingMarks)
    rules: list[str] = field(default_factory=list)
    """What each run was made with, such as "SGD 0.1", where that differs from the run before."""

    @property
    def title(self) -> str:
        """The curve by what it was trained with."""
        if len(self.rules) < 2:
            return self.rules[0] if self.rules else ""
        (first, rate), (last, last_rate) = (rule.rsplit(" ", 1) for rule in (self.rules[0], self.rules[-1]))
        return f"{first} {rate} → {last_rate if first == last else self.rules[-1]}"

    def made_with(self, setup: Setup) -> None:
        """The steps that follow are made with an optimiser."""
        rule = rule_of(setup)
        if self.rules[-1:] != [rule]:
            self.rules.append(rule)

    def as_it_is(self) -> TrainingCurve:
        """A curve with the same steps, which stays when this one is cut."""
        return TrainingCurve(list(self.losses), rules=list(self.rules))

    def begin(self, graph: Graph) -> None:
        """The first step is about to be made: remember what it starts from."""
        self.weights_before = {node.id: node.value for node in graph.nodes.values() if node.op_name == "parameter"}
        self.states_before = {node.id: node.state for node in graph.nodes.values() if node.op.state}
        self.marks.clear()
        self.rules.clear()
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


def rule_of(setup: Setup) -> str:
    """What training is made with, in short: "SGD 0.1"."""
    return f"{setup.algorithm.title} {setup.learning_rate:g}"
