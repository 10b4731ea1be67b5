"""The update of a training step, shown on the timeline: θ ← θ − η·g, and what zero_grad clears."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.explanation_lines import Block, Line
from backprop_studio.document.narration import Narration, narrate
from backprop_studio.document.number_text import brief, number
from backprop_studio.document.symbols_text import Written, in_parentheses, name, partial, quantity, value
from backprop_studio.engine.op import Array
from backprop_studio.engine.trace import EventKind, Stage, Trace
from backprop_studio.training.optimizers import optimizer


@dataclass(frozen=True)
class StepRule:
    """How parameters are updated, and how many earlier backward passes were never cleared by zero_grad."""

    optimizer: str = "sgd"
    learning_rate: float = 0.1
    kept: int = 0


def held_gradient(evaluation: Evaluation, call: int, rule: StepRule) -> Array | None:
    """The gradient that a call holds after its backward pass: of a source the sum over the passes never cleared."""
    gradient = evaluation.run.gradients[call]
    if gradient is None or not rule.kept or not evaluation.program.calls[call].op.is_source:
        return gradient
    with np.errstate(all="ignore"):
        return np.asarray(gradient * (rule.kept + 1))


def updated(evaluation: Evaluation, call: int, rule: StepRule) -> Array | None:
    """A parameter after one update from here, None where it has no gradient."""
    gradient, before = held_gradient(evaluation, call, rule), evaluation.run.values[call]
    if gradient is None or before is None:
        return None
    with np.errstate(all="ignore"):
        return optimizer(rule.optimizer, rule.learning_rate).step(before, gradient)


def narrate_step(evaluation: Evaluation, trace: Trace, index: int, rule: StepRule) -> Narration:
    """One event of a whole training step in words: of the passes, of the update or of zero_grad."""
    if index < len(evaluation.trace):
        told = narrate(evaluation, index)
        return _with_sum(evaluation, trace, index, rule, told) if rule.kept else told
    event = trace.events[index]
    first, end = trace.stage_span(event.stage)
    spec = evaluation.program.calls[event.call]
    if event.stage is Stage.ZERO_GRAD:
        sentence, arithmetic = f"zero_grad clears the gradient of {spec.name}, so that the next one starts anew", ""
    else:
        sentence = f"{spec.name} takes a step against its gradient"
        arithmetic = update_numbers(evaluation, event.call, rule).text
    return Narration(event.stage, index - first + 1, end - first, sentence, arithmetic)


def update_numbers(evaluation: Evaluation, call: int, rule: StepRule) -> Written:
    """ "0.5 − 0.1 × (−0.2941) = 0.5294"."""
    before, gradient = evaluation.run.values[call], held_gradient(evaluation, call, rule)
    after = updated(evaluation, call, rule)
    if before is None or gradient is None or after is None:
        return Written("", "")
    equals = Written(" = ", " = ")
    if rule.optimizer != "sgd":
        return quantity(before) + Written(" → ", r" \to ") + quantity(after)
    rate = value(rule.learning_rate)
    times = Written(" × ", r" \cdot ") + in_parentheses(quantity(gradient))
    return quantity(before) + Written(" − ", " - ") + rate + times + equals + quantity(after)


def update_block(evaluation: Evaluation, call: int, rule: StepRule) -> Block:
    """The update of one parameter, derived."""
    spec, loss = evaluation.program.calls[call], evaluation.program.loss
    assert loss is not None
    own = name(spec.name)
    after = updated(evaluation, call, rule)
    arrow, slope = Written(" ← ", r" \leftarrow "), partial(evaluation.program.calls[loss].name, spec.name)
    notes = [f"η = {number(rule.learning_rate)} is the learning rate. The graph keeps its value: Train makes the step."]
    if rule.optimizer == "sgd":
        lines = [Line(own + arrow + own + Written(" − η × ", r" - \eta \cdot ") + slope)]
    else:
        lines = [Line(own + arrow + Written(f"{rule.optimizer}(", rf"\mathrm{{{rule.optimizer}}}(") + own)]
        lines = [Line(lines[0].written + Written(", ", ",\\, ") + slope + Written(")", ")"))]
        notes.insert(0, f"The first step of {rule.optimizer}, with its state still empty.")
    if rule.kept:
        notes.insert(0, _sum_sentence(evaluation, call, rule))
    lines.append(Line(own + Written(" ← ", r" \leftarrow ") + update_numbers(evaluation, call, rule), "result"))
    return Block(f"Update of {spec.name}", Stage.UPDATE, tuple(lines), tuple(notes), (), None, None, after)


def zero_block(evaluation: Evaluation, call: int) -> Block:
    """The gradient of one parameter is cleared."""
    spec, loss = evaluation.program.calls[call], evaluation.program.loss
    assert loss is not None
    line = Line(
        partial(evaluation.program.calls[loss].name, spec.name) + Written(" ← none", r" \leftarrow \text{none}")
    )
    note = "Without zero_grad the next backward pass would add its gradient to this one."
    return Block(f"zero_grad of {spec.name}", Stage.ZERO_GRAD, (line,), (note,))


def _with_sum(evaluation: Evaluation, trace: Trace, index: int, rule: StepRule, told: Narration) -> Narration:
    """Say how a source's gradient adds up where this event completes it."""
    event = trace.events[index]
    receiver = event.source if event.kind is EventKind.CARRY else event.call
    if event.stage is not Stage.BACKWARD or trace.gradient_at.get(receiver) != index + 1:
        return told
    if not evaluation.program.calls[receiver].op.is_source:
        return told
    sentence = _sum_sentence(evaluation, receiver, rule)
    return Narration(told.stage, told.number, told.total, f"{told.sentence}. {sentence}", told.arithmetic)


def _sum_sentence(evaluation: Evaluation, call: int, rule: StepRule) -> str:
    gradient, held = evaluation.run.gradients[call], held_gradient(evaluation, call, rule)
    assert gradient is not None
    assert held is not None
    spec = evaluation.program.calls[call]
    if gradient.size != 1:
        return f"Never cleared, the gradient of {spec.name} is now the sum of {rule.kept + 1} backward passes."
    new = in_parentheses(quantity(gradient)).text
    return f"Never cleared, the gradient of {spec.name} adds up: {brief(held - gradient)} + {new} = {brief(held)}"
