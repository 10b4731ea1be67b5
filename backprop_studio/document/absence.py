"""Why there is no number: each reason with its own mark and its own sentence. "Not computed" is not zero."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

import numpy as np

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Wire
from backprop_studio.document.muting import mode_sentence, muted_cause
from backprop_studio.engine.input_words import input_words


class Reason(Enum):
    """Why a number is not shown: the mark that stands in its place, and the reason in a few words."""

    NOT_COMPUTED = ("·", "not computed")
    NO_PATH = ("—", "no path to loss")
    NOT_DIFFERENTIABLE = ("∅", "no gradient")
    NOT_DEFINED = ("NaN", "not defined")

    @property
    def mark(self) -> str:
        """The sign that stands where the number would."""
        return self.value[0]

    @property
    def words(self) -> str:
        """The reason, to stand beside the mark."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Absence:
    """A reason with the sentence that goes with it."""

    reason: Reason
    sentence: str

    @property
    def mark(self) -> str:
        """The sign that stands where the number would."""
        return self.reason.mark

    @property
    def words(self) -> str:
        """The reason, to stand beside the mark."""
        return self.reason.words


def gradient_absence(
    evaluation: Evaluation, node: int, known: Literal["hidden", "partial", "known"] = "known", *, output: int = 0
) -> Absence | None:
    """Why an output of a node shows no gradient, or None where it has one that is shown."""
    name = evaluation.graph.nodes[node].names[output]
    problem = evaluation.problems.get(node)
    if problem is not None:
        return Absence(Reason.NOT_COMPUTED, f"{problem.sentence} So there is no gradient either.")
    if not evaluation.graph.nodes[node].op.differentiable:
        kind = evaluation.graph.nodes[node].op.name
        return Absence(Reason.NOT_DIFFERENTIABLE, f"{name} is a {kind}: no gradient is taken for it.")
    gradient = evaluation.gradient(node, output)
    if gradient is None:
        return _no_gradient(evaluation, evaluation.position(node, output), node, name)
    if known != "known":
        return Absence(Reason.NOT_COMPUTED, f"The gradient of {name} has not been computed yet. That is not 0.")
    if bool(np.isnan(gradient).any()):
        return Absence(Reason.NOT_DEFINED, f"The gradient of {name} is not defined here: it is NaN.")
    return None


def contribution_absence(evaluation: Evaluation, wire: Wire) -> Absence | None:
    """Why nothing travels back along a wire, or None where something does."""
    if evaluation.contribution(wire) is not None:
        return None
    nodes = evaluation.graph.nodes
    source, target = nodes[wire.source], nodes[wire.target]
    name = evaluation.graph.source_name(wire)
    if wire.target in evaluation.problems:
        return Absence(Reason.NOT_COMPUTED, f"{target.name} could not be computed, so nothing travels back.")
    if not source.op.differentiable:
        return Absence(Reason.NOT_DIFFERENTIABLE, f"{name} is a {source.op.name}: no gradient is taken for it.")
    if not target.op.input_for(wire.slot).differentiable:
        words = input_words(target.op, wire.slot)
        sentence = f"{target.op.title} has no derivative with respect to its {words}."
        return Absence(Reason.NOT_DIFFERENTIABLE, sentence)
    if evaluation.gradient(wire.target) is None:
        return _no_gradient(evaluation, evaluation.position(wire.target), wire.target, target.name)
    muted = (
        mode_sentence(evaluation.graph, wire.target) if target.mode == "muted" else muted_cause(evaluation, wire.source)
    )
    if muted:
        return Absence(Reason.NO_PATH, muted)
    return Absence(Reason.NOT_DIFFERENTIABLE, f"{name} depends on constants only, so it needs no gradient.")


def _no_gradient(evaluation: Evaluation, at: int | None, node: int, name: str) -> Absence:
    """Why an output of a node, at a place in the program, has no gradient."""
    if evaluation.loss is None:
        return Absence(Reason.NOT_COMPUTED, "There is no loss yet, so there is nothing to differentiate.")
    muted = muted_cause(evaluation, node)
    if muted:
        return Absence(Reason.NO_PATH, muted)
    loss = evaluation.graph.nodes[evaluation.loss].name
    if evaluation.gradient(evaluation.loss) is None:
        sentence = evaluation.notice or f"{loss} could not be differentiated."
        return Absence(Reason.NOT_COMPUTED, sentence)
    if at is not None and not evaluation.program.calls[at].requires_grad:
        return Absence(Reason.NOT_DIFFERENTIABLE, f"{name} depends on constants only, so it needs no gradient.")
    return Absence(Reason.NO_PATH, f"No differentiable path leads from {name} to {loss}: changing it changes nothing.")
