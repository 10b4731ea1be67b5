"""The lines of an explanation: formulas with names, with shapes, with numbers, and the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from backprop_studio.document.entries import EntryStory
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Wire
from backprop_studio.document.local_derivatives import (
    Index,
    axes_text,
    printed_local,
    printed_result,
    repeated_axes,
    scalar_local,
    summed_axes,
    summed_words,
)
from backprop_studio.document.number_text import printed_sum, shape_text, size_words
from backprop_studio.document.symbols_text import (
    Written,
    bracketed,
    fill,
    fill_shapes,
    in_parentheses,
    name,
    names_of,
    numbers_of,
    partial,
    quantity,
    relation,
    shapes_of,
    value,
)
from backprop_studio.engine.input_words import input_words
from backprop_studio.engine.op import Array, Op
from backprop_studio.engine.trace import Edge, Stage

MOST_TERMS = 12
"""Terms of a sum that are written out; of more, the first ones and how many follow."""


@dataclass(frozen=True)
class Line:
    """One formula. ``kind`` says what it is: the rule, the rule with numbers or shapes in, or the result.

    ``hint`` says in a sentence what it is for.
    """

    written: Written
    kind: Literal["rule", "shapes", "numbers", "result"] = "rule"
    hint: str = ""


@dataclass(frozen=True)
class Term:
    """One contribution to a gradient, and the wire that brought it."""

    wire: Wire
    label: str
    written: Written


@dataclass(frozen=True)
class Block:
    """One derivation. ``edge`` or ``call`` says whose entries can be followed, or ``follow`` follows one itself.

    ``factors`` are the local derivatives that a chain is made of.
    """

    heading: str
    stage: Stage
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    edge: Edge | None = None
    call: int | None = None
    result: Array | None = None
    follow: Callable[[Index], EntryStory] | None = None
    factors: tuple[Term, ...] = ()


def backward_block(evaluation: Evaluation, call: int, slot: int) -> Block:
    """Upstream gradient times local derivative, for one wire."""
    calls = evaluation.program.calls
    spec, source = calls[call], calls[calls[call].inputs[slot]]
    contribution, local = evaluation.run.contributions[call, slot], scalar_local(evaluation, call, slot)
    several = len(evaluation.trace.arrivals.get(spec.inputs[slot], ())) > 1
    notes = [f"{source.name} is used more than once: this is one of the contributions that add up."] if several else []
    if local is None:
        lines = _tensor_lines(evaluation, call, slot)
        notes += _sum_notes(evaluation, call, slot)
    else:
        lines = _scalar_lines(evaluation, call, slot, local)
    return Block(
        f"Gradient through {spec.name}",
        Stage.BACKWARD,
        tuple(lines),
        tuple(notes),
        (),
        (call, slot),
        None,
        contribution,
    )


def fan_out_block(evaluation: Evaluation, call: int) -> Block:
    """The contributions of several wires add up."""
    spec, gradient = evaluation.program.calls[call], evaluation.run.gradients[call]
    arrived = evaluation.trace.arrivals.get(call, [])
    loss = _loss_name(evaluation)
    assert gradient is not None
    terms = contribution_terms(evaluation, call)
    shown = terms[:MOST_TERMS]
    symbols = _sum([_through(evaluation, edge) for edge in arrived[:MOST_TERMS]], len(terms))
    numbers = _sum([shown[0].written, *(in_parentheses(term.written) for term in shown[1:])], len(terms))
    lines = (
        Line(partial(loss, spec.name) + Written(" = ", " = ") + symbols),
        Line(Written("= ", "= ") + numbers, "numbers"),
        Line(_added(evaluation, arrived, gradient) + quantity(gradient), "result"),
    )
    note = f"{spec.name} is used by {len(arrived)} wires; what comes back along them adds up."
    return Block("Sum of the contributions", Stage.BACKWARD, lines, (note,), terms, None, None, gradient)


def contribution_terms(evaluation: Evaluation, call: int) -> tuple[Term, ...]:
    """What comes back to a call along its wires, in order of arrival."""
    return tuple(_term(evaluation, edge) for edge in evaluation.trace.arrivals.get(call, []))


def loss_block(evaluation: Evaluation, call: int) -> Block:
    """The gradient of the loss with respect to itself."""
    loss = evaluation.program.calls[call].name
    line = Line(partial(loss, loss) + Written(" = 1", " = 1"), "result")
    note = f"The backward pass begins here: if {loss} grows by a little, {loss} grows by just that."
    return Block(
        "Gradient of the loss", Stage.BACKWARD, (line,), (note,), (), None, None, evaluation.run.gradients[call]
    )


def forward_block(evaluation: Evaluation, call: int) -> Block:
    """A call's formula with names, with numbers, and its result."""
    spec, out = evaluation.program.calls[call], evaluation.run.values[call]
    assert out is not None
    formula = spec.op.formula_for(len(spec.inputs))
    equals = Written(" = ", " = ")
    lines = [Line(name(spec.name) + equals + fill(formula, names_of(evaluation, call)))]
    sign = Written("= ", "= ")
    if _all_single(evaluation, call):
        numbers = fill(formula, numbers_of(evaluation, call))
        if numbers.text != quantity(out).text:
            lines.append(Line(sign + numbers, "numbers"))
            sign = relation(printed_result(evaluation, call), out.item())
    else:
        arrow = Written(" → ", r" \;\to\; ") + bracketed(spec.shape)
        shapes = fill_shapes(formula, shapes_of(evaluation, call), numbers_of(evaluation, call))
        lines.append(Line(shapes + arrow, "shapes"))
    lines.append(Line(sign + quantity(out), "result"))
    return Block(
        f"Value of {spec.name}", Stage.FORWARD, tuple(lines), _spread_notes(evaluation, call), (), None, call, out
    )


def source_block(evaluation: Evaluation, call: int) -> Block:
    """A source holds its value."""
    spec, out = evaluation.program.calls[call], evaluation.run.values[call]
    assert out is not None
    line = Line(name(spec.name) + Written(" = ", " = ") + quantity(out), "result")
    return Block(f"Value of {spec.name}", Stage.FORWARD, (line,), (), (), None, call, out)


def carried_block(evaluation: Evaluation, call: int, slot: int, *, ahead: bool = True) -> Block:
    """A value travels along a wire, unchanged; ``ahead`` tells which local derivative the backward pass will need."""
    spec = evaluation.program.calls[call]
    source, held = evaluation.program.calls[spec.inputs[slot]], evaluation.run.values[spec.inputs[slot]]
    assert held is not None
    line = Line(name(source.name) + Written(" = ", " = ") + quantity(held), "result")
    notes = [f"{source.name} is the {input_words(spec.op, slot)} of {spec.name}: the value arrives as it is."]
    lines = [line]
    if ahead and source.requires_grad and spec.op.local_for(slot) is not None:
        lines.append(local_line(evaluation, call, slot))
        notes.append("The local derivative of this wire is what the backward pass will need.")
    return Block("Value on the wire", Stage.FORWARD, tuple(lines), tuple(notes), (), None, None, held)


def local_line(evaluation: Evaluation, call: int, slot: int) -> Line:
    """The local derivative of a call by one of its inputs, with the names of the graph."""
    spec, names = evaluation.program.calls[call], names_of(evaluation, call)
    rule = spec.op.local_for(slot)
    assert rule is not None
    own = partial(spec.name, evaluation.program.calls[spec.inputs[slot]].name)
    single = evaluation.program.calls[spec.inputs[slot]].shape == () and spec.shape == ()
    return Line(own + (Written(" = ", " = ") if single else _local_words(spec.op, slot)) + fill(rule, names))


def _local_words(op: Op, slot: int) -> Written:
    """What the local rule of arrays stands for: one entry, one term of a loss, or what the gradient is joined with."""
    local, rule = op.local_for(slot), op.gradient_for(slot)
    if op.elementwise:
        return Written(" of one entry = ", r"\text{ of one entry} = ")
    if rule is not None and local is not None and "/ n" in rule.text and "/ n" not in local.text:
        return Written(" of one term = ", r"\text{ of one term} = ")
    return Written(" as a factor: ", r"\text{ as a factor: }")


def _scalar_lines(evaluation: Evaluation, call: int, slot: int, local: float) -> list[Line]:
    calls = evaluation.program.calls
    spec, source, loss = calls[call], calls[calls[call].inputs[slot]], _loss_name(evaluation)
    upstream, contribution = evaluation.run.gradients[call], evaluation.run.contributions[call, slot]
    rule = spec.op.local_for(slot)
    assert upstream is not None
    assert rule is not None
    equals, times = Written(" = ", " = "), Written(" × ", r" \cdot ")
    own, above = partial(spec.name, source.name), partial(loss, spec.name)
    names, numbers = fill(rule, names_of(evaluation, call)), fill(rule, numbers_of(evaluation, call))
    result = value(local)
    is_one_number = numbers.text == result.text
    with_number = equals + result if is_one_number and names.text != result.text else Written("", "")
    lines = [Line(own + equals + names + with_number)]
    if not is_one_number:
        sign = relation(printed_local(evaluation, call, slot), local, " ")
        lines.append(Line(Written("= ", "= ") + numbers + sign + result, "numbers"))
    if call == evaluation.program.loss:  # the upstream gradient is 1, and to write it would go in a circle
        if is_one_number:
            return [Line(lines[0].written, "result")]
        lines.append(Line(Written("= ", "= ") + quantity(contribution), "result"))
        return lines
    lines.append(Line(_target(evaluation, call, slot) + equals + above + times + own))
    lines.append(Line(Written("= ", "= ") + quantity(upstream) + times + in_parentheses(result), "numbers"))
    sign = relation(printed_sum([(upstream.item(), local)]), contribution.item())
    lines.append(Line(sign + quantity(contribution), "result"))
    return lines


def _tensor_lines(evaluation: Evaluation, call: int, slot: int) -> list[Line]:
    calls = evaluation.program.calls
    spec, source, loss = calls[call], calls[calls[call].inputs[slot]], _loss_name(evaluation)
    rule = spec.op.gradient_for(slot)
    contribution, upstream = evaluation.run.contributions[call, slot], evaluation.run.gradients[call]
    assert rule is not None
    assert upstream is not None
    names, equals = names_of(evaluation, call), Written(" = ", " = ")
    at_loss = call == evaluation.program.loss and spec.shape == ()  # the upstream gradient is 1: see loss_block
    above = quantity(upstream) if at_loss else partial(loss, spec.name)
    numbers = numbers_of(evaluation, call) | {"g": quantity(upstream)}
    shapes = fill_shapes(rule, shapes_of(evaluation, call), numbers)
    where = summed_words(evaluation, call, slot)
    summed = Written(f"Σ over {where} of ", rf"\sum_{{\text{{{where}}}}} ") if where else Written("", "")
    return [
        *([] if at_loss else [local_line(evaluation, call, slot)]),
        Line(_target(evaluation, call, slot) + equals + summed + fill(rule, names | {"g": above})),
        Line(summed + shapes + Written(" → ", r" \;\to\; ") + bracketed(source.shape), "shapes"),
        Line(Written("= ", "= ") + quantity(contribution), "result"),
    ]


def _sum_notes(evaluation: Evaluation, call: int, slot: int) -> list[str]:
    """Why axes are summed: where the input was repeated to fit the result, broadcasting is undone."""
    calls = evaluation.program.calls
    source = calls[calls[call].inputs[slot]]
    full, axes = summed_axes(evaluation, call, slot)
    if not axes:
        return []
    times = " × ".join(str(full[axis]) for axis in axes)
    return [
        f"{source.name} has shape {shape_text(source.shape)} and was repeated {times} times along {axes_text(axes)} "
        f"to fit {shape_text(full)}. Every copy sends a contribution back, so they are summed over {axes_text(axes)}."
    ]


def _spread_notes(evaluation: Evaluation, call: int) -> tuple[str, ...]:
    """Which inputs of an operation that acts entry by entry were repeated to fit."""
    calls = evaluation.program.calls
    spec = calls[call]
    notes = []
    for source in spec.inputs if spec.op.elementwise else ():
        axes = repeated_axes(calls[source].shape, spec.shape)
        if axes and calls[source].shape != spec.shape:
            size = size_words(calls[source].shape)
            notes.append(f"{calls[source].name} ({size}) is repeated along {axes_text(axes)} to fit.")
    return tuple(dict.fromkeys(notes))


def _target(evaluation: Evaluation, call: int, slot: int) -> Written:
    """What a contribution is called: the whole gradient, or a part of it where there are others."""
    calls = evaluation.program.calls
    source, loss = calls[call].inputs[slot], _loss_name(evaluation)
    whole = partial(loss, calls[source].name)
    if len(evaluation.trace.arrivals.get(source, ())) <= 1:
        return whole
    via = calls[call].name
    return Written(f"{whole.text} through {via}", rf"\left.{whole.latex}\right|_{{{name(via).latex}}}")


def _added(evaluation: Evaluation, arrived: Sequence[Edge], gradient: Array) -> Written:
    """What stands before a sum of contributions: "≈" where the terms as they are printed add up to another number."""
    if gradient.size != 1:
        return Written("= ", "= ")
    terms = ([evaluation.run.contributions[edge].item()] for edge in arrived)
    return relation(printed_sum(terms), gradient.item())


def _through(evaluation: Evaluation, edge: Edge) -> Written:
    """A contribution as symbols; of the loss itself the local rule alone, since its own gradient is 1."""
    call, slot = edge
    spec, loss = evaluation.program.calls[call], _loss_name(evaluation)
    rule = spec.op.local_for(slot)
    if call == evaluation.program.loss and rule is not None:
        return fill(rule, names_of(evaluation, call))
    source = evaluation.program.calls[spec.inputs[slot]].name
    return partial(loss, spec.name) + Written(" × ", r" \cdot ") + partial(spec.name, source)


def _term(evaluation: Evaluation, edge: Edge) -> Term:
    wire = evaluation.wire_of(edge)
    target = evaluation.graph.nodes[wire.target]
    again = (
        sum(1 for slot in range(len(evaluation.program.calls[edge[0]].inputs)) if _feeds(evaluation, edge, slot)) > 1
    )
    label = f"{target.name} ({input_words(target.op, wire.slot)})" if again else target.name
    return Term(wire, label, quantity(evaluation.run.contributions[edge]))


def _feeds(evaluation: Evaluation, edge: Edge, slot: int) -> bool:
    inputs = evaluation.program.calls[edge[0]].inputs
    return inputs[slot] == inputs[edge[1]]


def _sum(terms: list[Written], total: int) -> Written:
    if not terms:
        return Written("0", "0")
    found = terms[0]
    for term in terms[1:]:
        found = found + Written(" + ", " + ") + term
    if total > len(terms):
        found = found + Written(f" + … ({total - len(terms)} more)", r" + \dots")
    return found


def _all_single(evaluation: Evaluation, call: int) -> bool:
    calls = evaluation.program.calls
    return all(calls[at].shape == () or set(calls[at].shape) == {1} for at in (call, *calls[call].inputs))


def _loss_name(evaluation: Evaluation) -> str:
    assert evaluation.program.loss is not None
    return evaluation.program.calls[evaluation.program.loss].name
