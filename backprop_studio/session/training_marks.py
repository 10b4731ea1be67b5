"""Which step of the loss curve the document is at, whatever was undone and done again."""

from __future__ import annotations

from collections.abc import Mapping

from backprop_studio.document.graph import Graph
from backprop_studio.document.values import Value
from backprop_studio.training.past import Past

Weights = Mapping[int, Value | None]
"""Values of parameters by node id."""


class TrainingMarks:
    """The weights at the beginning of the curve and at the end of each run, with the steps and the optimiser's past."""

    def __init__(self) -> None:
        self._marks: list[tuple[int, Weights, Past | None]] = []

    def clear(self) -> None:
        """Forget every mark."""
        self._marks = []

    def add(self, steps: int, weights: Weights, past: Past | None = None) -> None:
        """After so many steps the parameters had these values, and the optimiser had this past."""
        self._marks.append((steps, dict(weights), past))

    def cut(self, steps: int) -> None:
        """Forget what came after so many steps."""
        self._marks = [mark for mark in self._marks if mark[0] <= steps]

    def steps_of(self, graph: Graph, steps: int) -> int:
        """Steps that the parameters of ``graph`` have behind them: ``steps`` where they are those of no mark."""
        for count, weights, _ in reversed(self._marks):
            if all(node in graph.nodes and graph.nodes[node].value == value for node, value in weights.items()):
                return count
        return steps

    def past_at(self, steps: int) -> Past | None:
        """What the optimiser knew after so many steps, None where that is nothing."""
        return next((past for count, _, past in reversed(self._marks) if count == steps), None)
