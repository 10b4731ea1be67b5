"""What happens in one event of the passes: a sentence and its arithmetic, from the operations' declarations."""

from __future__ import annotations

import re
from dataclasses import dataclass

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.formula_text import fill_numbers
from backprop_studio.document.local_derivatives import inputs_of, printed_result, scalar_local, summed_words
from backprop_studio.document.number_text import MINUS, brief, equals_sign, number, printed_sum
from backprop_studio.engine.op import Array
from backprop_studio.engine.trace import Event, EventKind, Stage

_RESULT = re.compile(r" ([=≈]) ([^=≈]*)$")


@dataclass(frozen=True)
class Narration:
    """One event in words: "Backward 3 of 8", a sentence, and the arithmetic behind it."""

    stage: Stage
    number: int
    total: int
    sentence: str
    arithmetic: str
    first: int | None = None
    """Number of the first of several events that are told of together."""

    @property
    def title(self) -> str:
        """Where in the passes the event stands, such as "Backward 3 of 8"."""
        span = f"{self.number}" if self.first in (None, self.number) else f"{self.first}–{self.number}"
        words = self.stage.value
        shown = words if self.stage is Stage.ZERO_GRAD else words.capitalize()  # a name in code stays as it is
        return f"{shown} {span} of {self.total}"


def narrate(evaluation: Evaluation, event_index: int) -> Narration:
    """Describe one event of ``evaluation.trace``."""
    trace = evaluation.trace
    event = trace.events[event_index]
    first, end = trace.stage_span(event.stage)
    tell = {
        (Stage.FORWARD, EventKind.CARRY): _value_carried,
        (Stage.FORWARD, EventKind.COMPUTE): _value_computed,
        (Stage.BACKWARD, EventKind.CARRY): _gradient_carried,
        (Stage.BACKWARD, EventKind.COMPUTE): _gradient_computed,
    }[event.stage, event.kind]
    sentence, arithmetic = tell(evaluation, event)
    return Narration(event.stage, event_index - first + 1, end - first, sentence, arithmetic)


def forward_arithmetic(evaluation: Evaluation, call: int) -> str:
    """The formula of a call with its numbers in, and its result: "2 × (−3) = −6"."""
    out = evaluation.run.values[call]
    assert out is not None
    spec = evaluation.program.calls[call]
    formula = spec.op.formula_for(len(spec.inputs))
    single = out.size == 1 and all(array.size == 1 for array in inputs_of(evaluation, call))
    sign = equals_sign(printed_result(evaluation, call), out.item()) if single else "="
    return f"{fill_numbers(formula, _parts(evaluation, call, None))} {sign} {brief(out)}"


def backward_arithmetic(evaluation: Evaluation, call: int, slot: int) -> str:
    """Upstream gradient × local derivative = contribution, for one input of a call.

    Where every factor is a single number they are shown as such; otherwise the formula of the
    contribution with the shapes in, and the axes that are summed where the input was repeated.
    """
    contribution = evaluation.run.contributions[call, slot]
    upstream = evaluation.run.gradients[call]
    assert upstream is not None
    local = scalar_local(evaluation, call, slot)
    if local is not None:
        shown = number(local)
        shown = f"({shown})" if shown.startswith(MINUS) else shown
        sign = equals_sign(printed_sum([(upstream.item(), local)]), contribution.item())
        return f"{brief(upstream)} × {shown} {sign} {brief(contribution)}"
    formula = evaluation.program.calls[call].op.gradient_for(slot)
    assert formula is not None
    where = summed_words(evaluation, call, slot)
    summed = f"Σ over {where} of " if where else ""
    return f"{summed}{fill_numbers(formula, _parts(evaluation, call, upstream))} = {brief(contribution)}"


def split_result(arithmetic: str) -> tuple[str, str, str]:
    """An arithmetic as it was written above, its sign and its result: "−0.1471 × 2", "≈", "−0.2943"."""
    found = _RESULT.search(arithmetic)
    assert found is not None
    return arithmetic[: found.start()], found[1], found[2]


def _value_carried(evaluation: Evaluation, event: Event) -> tuple[str, str]:
    value = evaluation.run.values[event.source]
    assert value is not None
    calls = evaluation.program.calls
    return f"{calls[event.source].name} carries its value to {calls[event.call].name}", brief(value)


def _value_computed(evaluation: Evaluation, event: Event) -> tuple[str, str]:
    call = evaluation.program.calls[event.call]
    names = _names(evaluation, event.call)
    computed = call.op.formula_for(len(call.inputs)).fill(names)
    return f"{call.name} computes {computed}", forward_arithmetic(evaluation, event.call)


def _gradient_carried(evaluation: Evaluation, event: Event) -> tuple[str, str]:
    assert event.slot is not None
    calls = evaluation.program.calls
    arithmetic = backward_arithmetic(evaluation, event.call, event.slot)
    return f"{calls[event.call].name} passes the gradient to {calls[event.source].name}", arithmetic


def _gradient_computed(evaluation: Evaluation, event: Event) -> tuple[str, str]:
    call = evaluation.program.calls[event.call]
    gradient = evaluation.run.gradients[event.call]
    assert gradient is not None
    arrived = [evaluation.run.contributions[edge] for edge in evaluation.trace.arrivals.get(event.call, [])]
    if event.call == evaluation.program.loss:
        return f"{call.name} is the loss: its gradient with respect to itself is 1", f"∂{call.name}/∂{call.name} = 1"
    terms = [brief(term) for term in arrived]
    arithmetic = " + ".join([terms[0], *(f"({t})" if t.startswith(MINUS) else t for t in terms[1:])])
    sentence = f"The contributions of its {len(arrived)} wires add up to the gradient of {call.name}"
    is_single = gradient.size == 1
    sign = equals_sign(printed_sum([term.item()] for term in arrived), gradient.item()) if is_single else "="
    return sentence, f"{arithmetic} {sign} {brief(gradient)}"


def _names(evaluation: Evaluation, call: int) -> dict[str, str]:
    """What stands for each placeholder when a formula is written with the names of this graph."""
    spec = evaluation.program.calls[call]
    parts = {spec.op.input_for(slot).name: evaluation.program.calls[s].name for slot, s in enumerate(spec.inputs)}
    return parts | _setting_parts(evaluation, call) | {"out": spec.name}


def _parts(evaluation: Evaluation, call: int, upstream: Array | None) -> dict[str, str]:
    """What stands for each placeholder when a formula is written with numbers (or shapes, for arrays)."""
    spec = evaluation.program.calls[call]
    parts = {}
    for slot, source in enumerate(spec.inputs):
        value = evaluation.run.values[source]
        parts[spec.op.input_for(slot).name] = brief(value) if value is not None else "?"
    out = evaluation.run.values[call]
    parts |= _setting_parts(evaluation, call) | {"out": brief(out) if out is not None else "?"}
    if upstream is not None:
        parts["g"] = brief(upstream)
    return parts


def _setting_parts(evaluation: Evaluation, call: int) -> dict[str, str]:
    settings = evaluation.program.calls[call].settings
    return {name: number(v) if isinstance(v, float) else str(v) for name, v in settings.items()}
