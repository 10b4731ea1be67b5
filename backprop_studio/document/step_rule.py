"""The update of a training step, shown on the timeline, and what zero_grad clears.

The equations are those of the chosen optimiser's own declaration; what is written here is what it computes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from backprop_studio.document.entries import EntryStory
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.explanation_lines import Block, Line
from backprop_studio.document.local_derivatives import Index
from backprop_studio.document.narration import Narration, narrate
from backprop_studio.document.number_text import as_shown, brief, equals_sign, number, printed_sum
from backprop_studio.document.symbols_text import (
    Written,
    fill,
    in_parentheses,
    name,
    partial,
    quantity,
    relation,
    value,
)
from backprop_studio.engine.op import Array
from backprop_studio.engine.trace import EventKind, Stage, Trace
from backprop_studio.training.algorithms import SYMBOLS
from backprop_studio.training.optimizers import Optimizer, Reckoning, Setup, State, setup
from backprop_studio.training.past import Past

_ARROW, _EQUALS = Written(" ← ", r" \leftarrow "), Written(" = ", " = ")


def _plain_descent() -> Setup:
    return setup("sgd", lr=0.1)


@dataclass(frozen=True)
class StepRule:
    """How parameters are updated.

    ``past`` is what the optimiser knows of earlier steps; ``kept`` how many earlier backward passes were never cleared
    by zero_grad.
    """

    setup: Setup = field(default_factory=_plain_descent)
    past: Past | None = None
    kept: int = 0

    def optimizer(self, node: int) -> Optimizer:
        """The optimiser as it stands before the step of one parameter."""
        return Optimizer(self.setup, self.past.of(node) if self.past is not None else State())


def held_gradient(evaluation: Evaluation, call: int, rule: StepRule) -> Array | None:
    """The gradient that a call holds after its backward pass: of a source the sum over the passes never cleared."""
    gradient = evaluation.run.gradients[call]
    if gradient is None or not rule.kept or not evaluation.program.calls[call].op.is_source:
        return gradient
    with np.errstate(all="ignore"):
        return np.asarray(gradient * (rule.kept + 1))


def updated(evaluation: Evaluation, call: int, rule: StepRule) -> Array | None:
    """A parameter after one update from here, None where it has no gradient."""
    told = reckoned(evaluation, call, rule)
    return np.asarray(told[-1].result) if told else None


def reckoned(evaluation: Evaluation, call: int, rule: StepRule) -> list[Reckoning]:
    """Every equation of a parameter's update with its numbers; none where it has no gradient."""
    gradient, before = held_gradient(evaluation, call, rule), evaluation.run.values[call]
    if gradient is None or before is None:
        return []
    clips = rule.setup.values.get("max_norm", 0.0) > 0.0
    overall = _whole_gradient(evaluation, rule) if clips else None
    with np.errstate(all="ignore"):
        optimizer = rule.optimizer(evaluation.program.calls[call].key)
        return list(optimizer.reckon(before, gradient, overall))


def _whole_gradient(evaluation: Evaluation, rule: StepRule) -> Array:
    """The gradient of all parameters, as one vector."""
    calls = evaluation.program.calls
    held = (held_gradient(evaluation, at, rule) for at, call in enumerate(calls) if call.op.name == "parameter")
    return np.concatenate([gradient.ravel() for gradient in held if gradient is not None])


def narrate_step(evaluation: Evaluation, trace: Trace, index: int, rule: StepRule) -> Narration:
    """One event of a whole training step in words: of the passes, of the update or of zero_grad."""
    if index < len(evaluation.trace):
        told = narrate(evaluation, index)
        return _with_sum(evaluation, trace, index, rule, told) if rule.kept else told
    event = trace.events[index]
    first, end = trace.stage_span(event.stage)
    spec = evaluation.program.calls[event.call]
    if event.stage is Stage.ZERO_GRAD:
        sentence, arithmetic = f"zero_grad clears {spec.name}.grad, or the next backward pass would add to it", ""
    else:
        sentence = _again(spec.name) if rule.kept else f"{spec.name} takes a step against its gradient"
        arithmetic = update_numbers(evaluation, event.call, rule).text
    return Narration(event.stage, index - first + 1, end - first, sentence, arithmetic)


def update_numbers(evaluation: Evaluation, call: int, rule: StepRule) -> Written:
    """ "0.5 − 0.1 × (−0.2941) = 0.5294"; of an array its shape before and after."""
    told, before = reckoned(evaluation, call, rule), evaluation.run.values[call]
    if not told or before is None:
        return Written("", "")
    after = np.asarray(told[-1].result)
    if after.size != 1:
        return quantity(before) + Written(" → ", r" \to ") + quantity(after)
    return _worked(told[-1], (0,) * after.ndim)


def update_block(evaluation: Evaluation, call: int, rule: StepRule) -> Block:
    """The update of one parameter, derived: every equation of the optimiser, with the numbers in."""
    spec, told = evaluation.program.calls[call], reckoned(evaluation, call, rule)
    if not told:
        return Block(f"Update of {spec.name}", Stage.UPDATE, (), (f"{spec.name} has no gradient, so it stays.",))
    after = np.asarray(told[-1].result)
    entry = (0,) * after.ndim if after.size == 1 else None
    notes = [_state_sentence(rule, spec.key), _stays_sentence(evaluation, call)]
    if rule.kept:
        total = _sum_numbers(evaluation, call, rule)
        notes[:0] = [
            f"{_adds_up(spec.name, rule)}{f', {total}' if total else ''}.",
            _cleared_sentence(evaluation, call, rule),
        ]
    return Block(
        f"Update, {rule.kept + 1} passes: zero_grad is off" if rule.kept else f"Update of {spec.name}",
        Stage.UPDATE,
        tuple(_update_lines(evaluation, call, told, entry, rule)),
        tuple(note for note in notes if note),
        result=after,
        follow=lambda chosen: _entry_story(evaluation, call, told, chosen, rule),
    )


def _update_lines(
    evaluation: Evaluation, call: int, told: list[Reckoning], entry: Index | None, rule: StepRule
) -> list[Line]:
    """What each equation says and, for one entry, what it gives; without one, what shape the parameter keeps."""
    slope = _slope(evaluation, call, rule)
    names = _names(evaluation, call, told, slope)
    lines = []
    if "g" in {each.equation.target for each in told} or len(told) > 1:
        given = told[0].scope["g"]
        lines.append(Line(Written("g = ", "g = ") + slope + _EQUALS + _entry_of(given, entry)))
    for each in told:
        equation = names[each.equation.target] + _ARROW + fill(each.equation.formula, names)
        lines.append(Line(equation, hint=each.equation.sentence))
        if each.equation.target == "norm":  # of all parameters: what it is made of does not stand here
            lines.append(Line(Written("= ", "= ") + quantity(np.asarray(each.result)), "numbers"))
        elif entry is not None:
            numbers = _worked(each, entry)
            lines.append(Line(Written("= ", "= ") + numbers, "result" if each is told[-1] else "numbers"))
    if entry is None:
        lines.append(Line(Written("= ", "= ") + quantity(np.asarray(told[-1].result)), "result"))
    return lines


def _entry_story(evaluation: Evaluation, call: int, told: list[Reckoning], entry: Index, rule: StepRule) -> EntryStory:
    """The update of one entry of an array."""
    title = f"{evaluation.program.calls[call].name}[{', '.join(map(str, entry))}]"
    lines = tuple(line.written for line in _update_lines(evaluation, call, told, entry, rule))
    return EntryStory(title, lines, {}, frozenset())


def _names(evaluation: Evaluation, call: int, told: list[Reckoning], slope: Written) -> dict[str, Written]:
    """How the equations name things: the parameter by its own name, its gradient as ``slope`` where it stays so."""
    names = {key: Written(symbol.text, symbol.latex) for key, symbol in SYMBOLS.items()}
    names["theta"] = name(evaluation.program.calls[call].name)
    if len(told) == 1:
        names["g"] = slope
    return names


def _slope(evaluation: Evaluation, call: int, rule: StepRule) -> Written:
    """What a step goes against: ∂L/∂w, but w.grad where that is the sum of several passes."""
    calls, loss = evaluation.program.calls, evaluation.program.loss
    assert loss is not None
    if rule.kept:
        return _held_name(calls[call].name)
    return partial(calls[loss].name, calls[call].name)


def _numbers(told: Reckoning, entry: Index) -> Written:
    """An equation with the numbers that stand at one entry."""
    parts: Mapping[str, Written] = {key: _entry_of(held, entry) for key, held in told.scope.items() if key != "all"}
    return fill(told.equation.formula, parts)


def _worked(told: Reckoning, entry: Index) -> Written:
    """An equation with the numbers that stand at one entry, and what they come to."""
    exact = float(_at(told.result, entry))
    scope = {key: held if key == "all" else np.float64(as_shown(_at(held, entry))) for key, held in told.scope.items()}
    with np.errstate(all="ignore"):
        printed = float(told.equation.compute(scope))
    return _numbers(told, entry) + relation(printed, exact, " ") + value(exact)


def _at(held: Any, entry: Index) -> float:
    array = np.asarray(held)
    return float(array[entry] if array.ndim == len(entry) else array)


def _entry_of(held: Any, entry: Index | None) -> Written:
    array = np.asarray(held)
    if array.ndim and entry is not None and len(entry) == array.ndim:
        return value(float(array[entry]))
    return quantity(array)


def _state_sentence(rule: StepRule, node: int) -> str:
    """What the state is that the step begins with."""
    kept = rule.setup.algorithm.kept
    if not kept:
        rate = number(rule.setup.learning_rate)
        return f"η = {rate} is the learning rate."
    steps = rule.optimizer(node).state.steps
    symbols = " and ".join(SYMBOLS[key].text for key in kept)
    if not steps:
        return f"The first step of {rule.setup.algorithm.title}: {symbols} begin{'s' if len(kept) == 1 else ''} at 0."
    return f"Step {steps + 1}: {symbols} come{'s' if len(kept) == 1 else ''} from the {steps} before."


def zero_block(evaluation: Evaluation, call: int) -> Block:
    """The gradient of one parameter is cleared."""
    spec = evaluation.program.calls[call]
    line = Line(_held_name(spec.name) + Written(" ← none", r" \leftarrow \text{none}"))
    note = f"A backward pass adds to {spec.name}.grad: without zero_grad the next one would add to this gradient."
    return Block(f"zero_grad of {spec.name}", Stage.ZERO_GRAD, (line,), (note,))


def with_sum(evaluation: Evaluation, trace: Trace, index: int, rule: StepRule, block: Block) -> Block:
    """The derivation of an event, and where it completes a gradient that was never cleared, how that adds up."""
    receiver = _completed_source(evaluation, trace, index) if rule.kept else None
    if receiver is None:
        return block
    spec = evaluation.program.calls[receiver]
    slope = _slope(evaluation, receiver, StepRule())
    held = _held_name(spec.name)
    lines = [Line(held + _ARROW + held + Written(" + ", " + ") + slope)]
    earlier, new, total = _terms(evaluation, receiver, rule)
    if new.size == 1:
        numbers = quantity(earlier) + Written(" + ", " + ") + in_parentheses(quantity(new))
        sign = relation(printed_sum([(earlier.item(),), (new.item(),)]), total.item(), " ")
        lines.append(Line(Written("= ", "= ") + numbers + sign + quantity(total), "result"))
    start = f"The graph holds the values that it had, so this pass gives the same {slope.text} as the one before."
    return replace(
        block,
        heading=f"Sum of {rule.kept + 1} passes: zero_grad is off",
        lines=(*block.lines, *lines),
        notes=(*block.notes, f"{_adds_up(spec.name, rule)}.", start),
    )


def _with_sum(evaluation: Evaluation, trace: Trace, index: int, rule: StepRule, told: Narration) -> Narration:
    """Say how a source's gradient adds up where this event completes it."""
    receiver = _completed_source(evaluation, trace, index)
    if receiver is None:
        return told
    sentence = _adds_up(evaluation.program.calls[receiver].name, rule)
    return replace(told, sentence=sentence, arithmetic=_sum_numbers(evaluation, receiver, rule))


def _sum_numbers(evaluation: Evaluation, call: int, rule: StepRule) -> str:
    """ "2 + 2 = 4"; "" for arrays."""
    earlier, new, total = _terms(evaluation, call, rule)
    if new.size != 1:
        return ""
    sign = equals_sign(printed_sum([(earlier.item(),), (new.item(),)]), total.item())
    return f"{brief(earlier)} + {in_parentheses(quantity(new)).text} {sign} {brief(total)}"


def _completed_source(evaluation: Evaluation, trace: Trace, index: int) -> int | None:
    """The source whose gradient is complete with this event."""
    event = trace.events[index]
    receiver = event.source if event.kind is EventKind.CARRY else event.call
    completes = event.stage is Stage.BACKWARD and trace.gradient_at.get(receiver) == index + 1
    return receiver if completes and evaluation.program.calls[receiver].op.is_source else None


def _terms(evaluation: Evaluation, call: int, rule: StepRule) -> tuple[Array, Array, Array]:
    """What a source's gradient was before this pass, what the pass adds, and the sum."""
    new, total = evaluation.run.gradients[call], held_gradient(evaluation, call, rule)
    assert new is not None
    assert total is not None
    with np.errstate(all="ignore"):
        return np.asarray(new * rule.kept), new, total


def _held_name(of: str) -> Written:
    """What holds a gradient from one backward pass to the next, by its name in PyTorch: "w.grad"."""
    return name(of) + Written(".grad", r"\mathrm{.grad}")


def _adds_up(of: str, rule: StepRule) -> str:
    """Why a gradient is more than that of this pass."""
    return f"{of}.grad sums {rule.kept + 1} passes, as zero_grad is off"


def _again(of: str) -> str:
    """What is kept from one play to the next without zero_grad, and what is not."""
    return f"Only {of}.grad adds up; {of} is the graph's again (Train makes real steps)"


def _stays_sentence(evaluation: Evaluation, call: int) -> str:
    """Where the next step on the timeline begins."""
    before, own = evaluation.run.values[call], evaluation.program.calls[call].name
    assert before is not None
    value = f" = {brief(before)}" if before.size == 1 else ""
    return f"This only shows the step: the graph keeps {own}{value}, and playing again begins there. Train goes on."


def _cleared_sentence(evaluation: Evaluation, call: int, rule: StepRule) -> str:
    """What the step would be, had the gradients been cleared."""
    after, own = updated(evaluation, call, replace(rule, kept=0)), evaluation.program.calls[call].name
    if after is None or after.size != 1:
        return "With zero_grad after every step, this one would go along the last gradient alone."
    return f"With zero_grad after every step, {own} would become {brief(after)}."
