"""Forward mode in words and formulas: what happens in one event of it, derived line by line."""

from __future__ import annotations

import math

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.explanation import Explanation
from backprop_studio.document.explanation_lines import MOST_TERMS, Block, Line
from backprop_studio.document.local_derivatives import printed_local, scalar_local
from backprop_studio.document.narration import Narration
from backprop_studio.document.number_text import full_number, printed_sum
from backprop_studio.document.symbols_text import (
    Written,
    bracketed,
    fill,
    in_parentheses,
    name,
    names_of,
    numbers_of,
    partial,
    quantity,
    relation,
    value,
)
from backprop_studio.document.tangents import Seed, Tangents
from backprop_studio.engine.trace import Event, EventKind, Stage

EQUALS, TIMES = Written(" = ", " = "), Written(" × ", r" \cdot ")
CLOSE = Written(")", ")")
SAME = 1e-6
"""Relative difference up to which the two modes count as agreeing; float32 leaves about 1e-7."""


def total(of: str, by: str) -> Written:
    """dof/dby: along all ways, where ∂ is along one wire alone."""
    return Written(f"d{of}/d{by}", rf"\frac{{\mathrm{{d}}{name(of).latex}}}{{\mathrm{{d}}{name(by).latex}}}")


def dotted(evaluation: Evaluation, seed: Seed) -> Written:
    """The tangent of the chosen number by the sign for it: "ẋ[1, 2]"."""
    of = evaluation.graph.nodes[seed.node].names[seed.output]
    entry = ", ".join(map(str, seed.entry))
    text, latex = f"{of[0]}\u0307{of[1:]}", rf"\dot{{{name(of).latex}}}"
    return Written(f"{text}[{entry}]", f"{latex}[{entry}]") if entry else Written(text, latex)


def narrate_tangent(tangents: Tangents, index: int) -> Narration:
    """Describe one event of a pass in forward mode."""
    event = tangents.trace.events[index]
    sentence = _carried(tangents, event) if event.kind is EventKind.CARRY else _computed(tangents, event)
    block = _block(tangents, event)
    last = max((at for at, line in enumerate(block.lines) if line.kind == "rule"), default=-1)
    numbers = [line.written.text for line in block.lines[last + 1 :] if line.kind in ("numbers", "result")]
    arithmetic = " ".join(numbers).removeprefix("= ") if numbers else block.lines[-1].written.text
    return Narration(Stage.TANGENT, index + 1, len(tangents.trace), sentence, arithmetic)


def explain_tangent(tangents: Tangents, index: int) -> Explanation:
    """Derive what happens in one event of a pass in forward mode."""
    event, told = tangents.trace.events[index], narrate_tangent(tangents, index)
    evaluation, block = tangents.evaluation, _block(tangents, event)
    if event.slot is not None:
        wire = evaluation.wire_of((event.call, event.slot))
        return Explanation(told.title, told.sentence, (block,), wire=wire)
    return Explanation(told.title, told.sentence, (block,), node=evaluation.node_of(event.call))


def comparison(tangents: Tangents) -> str:
    """What forward mode found for the loss beside what reverse mode did, in one sentence; "" without a loss."""
    found, loss = tangents.at_loss, tangents.evaluation.program.loss
    if found is None or loss is None:
        return ""
    forward, reverse = found
    own = total(tangents.evaluation.program.calls[loss].name, tangents.label).text
    same = forward == reverse or (math.isnan(forward) and math.isnan(reverse))
    if same or math.isclose(forward, reverse, rel_tol=SAME, abs_tol=SAME * 1e-6):
        return f"{own} = {value(forward).text}: the same number as in reverse mode"
    return f"{own} = {full_number(forward)}, but reverse mode has {full_number(reverse)}"


def _carried(tangents: Tangents, event: Event) -> str:
    calls = tangents.evaluation.program.calls
    return f"{calls[event.source].name} passes its tangent on to {calls[event.call].name}"


def _computed(tangents: Tangents, event: Event) -> str:
    calls = tangents.evaluation.program.calls
    spec = calls[event.call]
    if event.call == tangents.call:
        rest = ", that of its other entries 0" if tangents.seed.entry and math.prod(spec.shape) > 1 else ""
        return f"{tangents.label} is what everything is differentiated by: its tangent is 1{rest}"
    if event.call == tangents.evaluation.program.loss and tangents.at_loss is not None:
        return comparison(tangents)
    parts = len(tangents.trace.incoming.get(event.call, ()))
    if parts > 1:
        return f"What its {parts} wires bring adds up to the tangent of {spec.name}"
    return f"{spec.name} has its value, and with it its tangent"


def _block(tangents: Tangents, event: Event) -> Block:
    if event.slot is not None:
        return _carried_block(tangents, event.call, event.slot)
    if event.call == tangents.call:
        return _seed_block(tangents)
    return _sum_block(tangents, event.call)


def _seed_block(tangents: Tangents) -> Block:
    one = Written(" = 1", " = 1")
    lines = (
        Line(total(tangents.label, tangents.label) + one),
        Line(dotted(tangents.evaluation, tangents.seed) + one, "result"),
    )
    note = "One pass of forward mode gives the derivative of everything by this one number, and by no other."
    return Block(f"Tangent of {tangents.label}", Stage.TANGENT, lines, (note,), result=tangents.of(tangents.call))


def _carried_block(tangents: Tangents, call: int, slot: int) -> Block:
    """Local derivative times tangent, for one wire."""
    evaluation = tangents.evaluation
    spec = evaluation.program.calls[call]
    source = evaluation.program.calls[spec.inputs[slot]]
    contribution, local = tangents.contribution((call, slot)), scalar_local(evaluation, call, slot)
    lines = _shape_lines(tangents, call, slot) if local is None else _scalar_lines(tangents, call, slot, local)
    several = len(tangents.trace.incoming[call]) > 1
    notes = (f"{spec.name} depends on {tangents.label} along several wires: what they bring adds up.",) * several
    heading = f"Tangent from {source.name} to {spec.name}"
    return Block(heading, Stage.TANGENT, tuple(lines), notes, result=contribution)


def _scalar_lines(tangents: Tangents, call: int, slot: int, local: float) -> list[Line]:
    evaluation = tangents.evaluation
    spec = evaluation.program.calls[call]
    source, tangent = evaluation.program.calls[spec.inputs[slot]], tangents.of(spec.inputs[slot])
    rule = spec.op.local_for(slot)
    assert rule is not None
    assert tangent is not None
    own, before = partial(spec.name, source.name), total(source.name, tangents.label)
    lines = [Line(own + EQUALS + fill(rule, names_of(evaluation, call)))]
    numbers, result = fill(rule, numbers_of(evaluation, call)), value(local)
    if numbers.text != result.text:
        sign = relation(printed_local(evaluation, call, slot), local, " ")
        lines.append(Line(Written("= ", "= ") + numbers + sign + result, "numbers"))
    target = total(spec.name, tangents.label)
    if len(tangents.trace.incoming[call]) > 1:
        target = Written(f"{target.text} through {source.name}", _part_latex(target, source.name))
    lines.append(Line(target + EQUALS + own + TIMES + before))
    lines.append(Line(Written("= ", "= ") + result + TIMES + in_parentheses(quantity(tangent)), "numbers"))
    brought = tangents.contribution((call, slot))
    sign = relation(printed_sum([(local, tangent.item())]), brought.item())
    lines.append(Line(sign + quantity(brought), "result"))
    return lines


def _shape_lines(tangents: Tangents, call: int, slot: int) -> list[Line]:
    evaluation = tangents.evaluation
    spec = evaluation.program.calls[call]
    source, rule = evaluation.program.calls[spec.inputs[slot]], spec.op.local_for(slot)
    assert rule is not None
    own, before = partial(spec.name, source.name), total(source.name, tangents.label)
    arrow = Written(" → ", r" \;\to\; ")
    return [
        Line(own + Written(": ", r":\; ") + fill(rule, names_of(evaluation, call))),
        Line(total(spec.name, tangents.label) + EQUALS + own + TIMES + before),
        Line(bracketed(source.shape) + arrow + bracketed(spec.shape), "shapes"),
    ]


def _sum_block(tangents: Tangents, call: int) -> Block:
    """What the wires bring adds up; the value comes with it."""
    evaluation = tangents.evaluation
    spec, out, tangent = evaluation.program.calls[call], evaluation.run.values[call], tangents.of(call)
    assert out is not None
    assert tangent is not None
    brought = [tangents.contribution(edge) for edge in tangents.trace.incoming.get(call, ())]
    parts = [quantity(part) for part in brought]
    own = total(spec.name, tangents.label)
    dual = Written("(", r"\left(") + name(spec.name) + Written(", ", r",\; ") + own + Written(")", r"\right)")
    lines = [Line(dual + Written(" = (", " = (") + quantity(out) + Written(", ", r",\; ") + quantity(tangent) + CLOSE)]
    summed = own
    for at, part in enumerate(parts if 1 < len(parts) <= MOST_TERMS else ()):
        summed = summed + (Written(" + ", " + ") + in_parentheses(part) if at else EQUALS + part)
    several = 1 < len(parts) <= MOST_TERMS and tangent.size == 1
    printed = printed_sum([part.item()] for part in brought) if several else 0.0
    sign = relation(printed, tangent.item(), " ") if several else EQUALS
    lines.append(Line(summed + sign + quantity(tangent), "result"))
    found = tangents.at_loss if call == evaluation.program.loss else None
    if found is not None:
        words = Written("reverse mode: ", r"\text{reverse mode: }")
        lines.append(Line(words + partial(spec.name, tangents.label) + EQUALS + value(found[1]), "shapes"))
    return Block(f"Dual number of {spec.name}", Stage.TANGENT, tuple(lines), result=tangent)


def _part_latex(target: Written, through: str) -> str:
    return rf"\left.{target.latex}\right|_{{{name(through).latex}}}"
