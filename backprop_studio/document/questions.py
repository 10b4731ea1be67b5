"""The question that predict mode asks before an event: generated from the event, never written by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from backprop_studio.document.entries import follow_contribution, follow_value
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.judging import Verdict, judge
from backprop_studio.document.local_derivatives import Index
from backprop_studio.document.narration import backward_arithmetic, forward_arithmetic, narrate
from backprop_studio.engine.op import Array
from backprop_studio.engine.trace import Event, EventKind, Stage


@dataclass(frozen=True)
class Question:
    """One thing to predict: a single number, called ``about``.

    ``before`` is what bigger and smaller compare with, None for nothing; ``compared`` is its name.
    """

    event: int
    about: str
    sentence: str
    expected: float
    before: float | None
    compared: str
    arithmetic: str

    @property
    def task(self) -> str:
        """The arithmetic without its result, such as "2 × 0.5"; empty where there is nothing to work out."""
        parts = re.split(r"[=≈]", self.arithmetic)
        return parts[-2].strip() if len(parts) > 1 else ""

    def mark(self, text: str) -> Verdict:
        """Mark an answer."""
        return judge(self.expected, text, before=self.before, arithmetic=self.arithmetic)


def question(evaluation: Evaluation, index: int) -> Question | None:
    """What can be predicted of an event; None where it only carries a value that is known already."""
    event = evaluation.trace.events[index]
    if event.stage is Stage.FORWARD:
        return None if event.kind is EventKind.CARRY else _value_question(evaluation, event, index)
    if event.stage is not Stage.BACKWARD:
        return None
    if event.kind is EventKind.CARRY:
        return _contribution_question(evaluation, event, index)
    return None if event.call == evaluation.program.loss else _sum_question(evaluation, event, index)


def _value_question(evaluation: Evaluation, event: Event, index: int) -> Question | None:
    spec, out = evaluation.program.calls[event.call], evaluation.run.values[event.call]
    entry = _telling_entry(out)
    if out is None or entry is None:
        return None
    computed = narrate(evaluation, index).sentence.partition(" computes ")[2]
    first = evaluation.run.values[spec.inputs[0]]
    arithmetic = (
        forward_arithmetic(evaluation, event.call)
        if out.size == 1
        else " ".join(line.text for line in follow_value(evaluation, event.call, entry).lines[-2:])
    )
    before = float(first.item()) if first is not None and first.size == 1 else None
    name = _named(spec.name, entry)
    compared = evaluation.program.calls[spec.inputs[0]].name
    sentence = f"What is {name}, where {spec.name} = {computed}?"
    return Question(index, name, sentence, float(out[entry]), before, compared, arithmetic)


def _contribution_question(evaluation: Evaluation, event: Event, index: int) -> Question | None:
    assert event.slot is not None
    calls = evaluation.program.calls
    contribution, upstream = evaluation.run.contributions[event.call, event.slot], evaluation.run.gradients[event.call]
    entry = _telling_entry(contribution)
    if entry is None or upstream is None:
        return None
    arithmetic = (
        backward_arithmetic(evaluation, event.call, event.slot)
        if contribution.size == 1 and upstream.size == 1
        else " ".join(line.text for line in follow_contribution(evaluation, event.call, event.slot, entry).lines[-2:])
    )
    before = float(upstream.item()) if upstream.size == 1 else None
    source = _named(calls[event.source].name, entry)
    sentence = f"Which gradient does {calls[event.call].name} pass back to {source}?"
    compared = f"the gradient of {calls[event.call].name}"
    about = f"gradient to {source}"
    return Question(index, about, sentence, float(contribution[entry]), before, compared, arithmetic)


def _sum_question(evaluation: Evaluation, event: Event, index: int) -> Question | None:
    gradient = evaluation.run.gradients[event.call]
    entry = _telling_entry(gradient)
    if gradient is None or entry is None:
        return None
    spec, told = evaluation.program.calls[event.call], narrate(evaluation, index)
    name = _named(spec.name, entry)
    sentence = f"What do the contributions to {name} add up to?"
    edges = evaluation.trace.arrivals.get(event.call, [])
    first = evaluation.run.contributions[edges[0]]
    before = float(first[entry]) if first.shape == gradient.shape else None
    compared = "the first of them"
    about = f"gradient of {name}"
    return Question(index, about, sentence, float(gradient[entry]), before, compared, told.arithmetic)


def _telling_entry(array: Array | None) -> Index | None:
    """The entry that is asked for: the largest in size, the first of several."""
    if array is None or array.size == 0:
        return None
    size = np.nan_to_num(np.abs(array), nan=np.inf)
    return tuple(int(at) for at in np.unravel_index(int(size.argmax()), array.shape))


def _named(name: str, entry: Index) -> str:
    return f"{name}[{', '.join(map(str, entry))}]" if entry else name
