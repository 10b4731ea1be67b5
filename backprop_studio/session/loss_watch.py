"""Tells when the program takes another node for the loss than before."""

from __future__ import annotations

from backprop_studio.document.evaluation import Evaluation


class LossWatch:
    """Compares each evaluation of a document with the one before."""

    def __init__(self) -> None:
        self._last: Evaluation | None = None

    def begin(self) -> None:
        """Another document: nothing to compare with."""
        self._last = None

    def told(self, evaluation: Evaluation) -> str | None:
        """One sentence where the loss has moved away unasked, None where nothing is to be said.

        A loss that was chosen, taken away or built upon moves as was to be expected.
        """
        last, self._last = self._last, evaluation
        if last is None or last.loss is None or evaluation.loss is None or last.loss == evaluation.loss:
            return None
        graph = evaluation.graph
        if graph.loss != last.graph.loss or last.loss not in graph.nodes or _leads_to(evaluation, last.loss):
            return None
        before, now = graph.nodes[last.loss].name, graph.nodes[evaluation.loss].name
        return f"The loss is {now} now, no longer {before}: select {before} and take Graph ▸ Set as Loss to keep it."


def _leads_to(evaluation: Evaluation, node: int) -> bool:
    """Does ``node`` lead to the loss?"""
    graph, pending, seen = evaluation.graph, [evaluation.loss], {evaluation.loss}
    while pending:
        at = pending.pop()
        if at == node:
            return True
        if at is not None:
            fresh = set(graph.inputs_of(at)) - seen
            seen |= fresh
            pending += fresh
    return False
