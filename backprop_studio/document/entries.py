"""One entry of an array followed as scalars: which entries made it, and with which local derivatives.

Nothing here knows an operation by name. What an entry of a contribution is made of is read from the
column of the local Jacobian that forward mode gives; what an entry of a value is made of, from the row that
reverse mode gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod

import numpy as np

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.local_derivatives import Index, aligned, column, inputs_of, pull, result_of, row
from backprop_studio.document.number_text import as_shown, printed_sum
from backprop_studio.document.symbols_text import Written, fill, in_parentheses, relation, settings_of, value
from backprop_studio.engine.errors import EngineError
from backprop_studio.engine.interpreter import unbroadcast
from backprop_studio.engine.op import Array, Formula

MOST_TERMS = 6
"""Terms that are written out; of more, the first ones and how many follow."""
MOST_PROBES = 400
"""Entries of the other inputs that are tried, to see which ones an entry was made with."""
MOST_ENTRIES = 20_000
"""Entries of a result that are looked through for those that a repeated input reaches."""


@dataclass(frozen=True)
class EntryStory:
    """How one entry came to be. ``lit`` names the entries that made it: by call position, values or gradient."""

    title: str
    lines: tuple[Written, ...]
    lit_values: Mapping[int, frozenset[Index]]
    lit_upstream: frozenset[Index]


def follow_contribution(
    evaluation: Evaluation, call: int, slot: int, entry: Index, most: int | None = None
) -> EntryStory:
    """Follow one entry of what a call passes back through an input.

    ``most``: so many terms of a sum, and which entries it was made with is not looked for.
    """
    spec = evaluation.program.calls[call]
    source = spec.inputs[slot]
    upstream = evaluation.run.gradients[call]
    assert upstream is not None
    contribution = float(evaluation.run.contributions[call, slot][entry])
    title = f"{_entry_name(evaluation.program.calls[source].name, entry)}: contribution through {spec.name}"
    local = column(evaluation, call, slot, entry)
    if local is None:
        sentence = f"{spec.op.title} has no rule for single entries."
        return EntryStory(title, (_plain(sentence), _result(contribution)), {}, frozenset())
    made_by = _nonzero(local)
    rule = spec.op.local_for(slot)
    lines = []
    if spec.op.elementwise and len(made_by) == 1 and rule is not None:
        lines.append(Written("local = ", r"\text{local} = ") + _filled(evaluation, call, rule, made_by[0]))
    lines.append(Written("Σ upstream × local", r"\sum \text{upstream} \cdot \text{local}"))
    terms = [(float(upstream[at]), float(local[at])) for at in made_by]
    lines += [Written("= ", "= ") + _products(terms, most or MOST_TERMS), _result(contribution, printed_sum(terms))]
    lit = _made_with(evaluation, call, slot, entry) if most is None else {}
    return EntryStory(title, tuple(lines), lit, frozenset(made_by))


def follow_value(evaluation: Evaluation, call: int, entry: Index, most: int | None = None) -> EntryStory:
    """Follow one entry of a call's value. ``most``: so many terms of a sum."""
    spec = evaluation.program.calls[call]
    out, inputs = result_of(evaluation, call), inputs_of(evaluation, call)
    title = _entry_name(spec.name, entry)
    if spec.op.is_source:
        return EntryStory(title, (_result(float(out[entry])),), {}, frozenset())
    if spec.op.elementwise:
        formula = spec.op.formula_for(len(spec.inputs))
        lit = {source: frozenset([aligned(entry, inputs[slot].shape)]) for slot, source in enumerate(spec.inputs)}
        result = _result(float(out[entry]), _printed(evaluation, call, entry))
        return EntryStory(
            title, (Written("= ", "= ") + _filled(evaluation, call, formula, entry), result), lit, frozenset()
        )
    rows = [row(evaluation, call, slot, entry) for slot in range(len(inputs))]
    found: dict[int, frozenset[Index]] = {}
    for source, weights in zip(spec.inputs, rows, strict=True):
        if weights is not None:
            found[source] = found.get(source, frozenset()) | frozenset(_nonzero(weights))
    lines = _value_lines(rows, inputs, float(out[entry]), most or MOST_TERMS)
    return EntryStory(title, lines, found, frozenset())


def _value_lines(rows: list[Array | None], inputs: list[Array], result: float, most: int) -> tuple[Written, ...]:
    """A weighted sum where the operation is one; else the local derivatives of the entries that matter.

    Weights that come from another input, as in a matrix product, stand behind the entries, as in the formula.
    """
    weighted = Written("Σ weight × entry", r"\sum \text{weight} \cdot \text{entry}")
    by_input = Written("Σ entry × weight", r"\sum \text{entry} \cdot \text{weight}")
    for count in (1, len(rows)):
        terms, bias = [], 0.0
        for slot, weights in enumerate(rows):
            if weights is None:
                continue
            if slot < count:
                terms += [(float(weights[at]), float(inputs[slot][at])) for at in _nonzero(weights)]
            elif slot == len(rows) - 1 and len(rows) > 2:
                bias = float((weights * inputs[slot]).sum())
        total = sum(a * b for a, b in terms) + bias
        if terms and np.isclose(total, result, rtol=1e-9, atol=1e-12, equal_nan=True):
            added = Written(" + ", " + ") + in_parentheses(value(bias)) if bias else Written("", "")
            printed = printed_sum([*terms, (bias,)])
            is_bilinear = count < len(rows)
            ordered = [(entry, weight) for weight, entry in terms] if is_bilinear else terms
            head = by_input if is_bilinear else weighted
            return (head, Written("= ", "= ") + _products(ordered, most) + added, _result(result, printed))
    slopes = [float(weights[at]) for weights in rows if weights is not None for at in _nonzero(weights)]
    shown = ", ".join(value(slope).text for slope in slopes[:MOST_TERMS]) + (", …" if len(slopes) > MOST_TERMS else "")
    return (_plain(f"The lit entries act together; their local derivatives: {shown}"), _result(result))


def _made_with(evaluation: Evaluation, call: int, slot: int, entry: Index) -> dict[int, frozenset[Index]]:
    """Which entries of the inputs an entry of a contribution was computed with: by moving each of them a little."""
    spec, inputs = evaluation.program.calls[call], inputs_of(evaluation, call)
    found: dict[int, frozenset[Index]] = {}
    probes = sum(array.size for array in inputs)
    if spec.op.elementwise:
        if prod(spec.shape) > MOST_ENTRIES:
            return {}
        rule = spec.op.local_for(slot)
        text = rule.text if rule is not None else ""
        wide = [at for at in np.ndindex(spec.shape) if aligned(at, inputs[slot].shape) == entry][:MOST_PROBES]
        for other, source in enumerate(spec.inputs):
            if f"${spec.op.input_for(other).name}" in text:
                found[source] = found.get(source, frozenset()) | {aligned(at, inputs[other].shape) for at in wide}
        if "$out" in text:
            found[call] = frozenset(wide)
        return found
    if probes > MOST_PROBES:
        return {}
    upstream = evaluation.run.gradients[call]
    assert upstream is not None
    before = pull(evaluation, call, slot, upstream)
    for other, source in enumerate(spec.inputs):
        if before is None or inputs[other].dtype.kind != "f":
            continue
        lit = [at for at in np.ndindex(inputs[other].shape) if _moves(evaluation, call, slot, entry, other, at)]
        found[source] = found.get(source, frozenset()) | frozenset(lit)
    return found


def _moves(evaluation: Evaluation, call: int, slot: int, entry: Index, other: int, at: Index) -> bool:
    """Does the entry of the contribution change when one entry of another input does?"""
    spec, inputs = evaluation.program.calls[call], inputs_of(evaluation, call)
    upstream, vjp = evaluation.run.gradients[call], spec.op.vjp_for(slot)
    assert vjp is not None
    moved = inputs[other].copy()
    moved[at] += 1e-3 * max(1.0, abs(float(moved[at])))
    changed = [*inputs[:other], moved, *inputs[other + 1 :]]
    try:
        with np.errstate(all="ignore"):
            out = np.asarray(spec.op.forward(*changed, **spec.keywords))
            after = np.asarray(vjp(upstream, out, *changed, **spec.keywords))
    except EngineError:
        return False
    after = unbroadcast(after, inputs[slot].shape)
    return bool(after[entry] != evaluation.run.contributions[call, slot][entry])


def _filled(evaluation: Evaluation, call: int, formula: Formula, entry: Index) -> Written:
    """The formula of an operation that acts entry by entry, with the numbers that stand at one entry."""
    spec, inputs = evaluation.program.calls[call], inputs_of(evaluation, call)
    parts = settings_of(evaluation, call) | {"out": value(float(result_of(evaluation, call)[entry]))}
    for slot, array in enumerate(inputs):
        parts[spec.op.input_for(slot).name] = value(float(array[aligned(entry, array.shape)]))
    return fill(formula, parts)


def _printed(evaluation: Evaluation, call: int, entry: Index) -> float | None:
    """What an operation that acts entry by entry gives at an entry for its inputs as printed; None: unsaid."""
    spec = evaluation.program.calls[call]
    if spec.op.state:  # what it gives depends on where the entry stands
        return None
    given = [np.float64(as_shown(float(array[aligned(entry, array.shape)]))) for array in inputs_of(evaluation, call)]
    try:
        with np.errstate(all="ignore"):
            return float(np.asarray(spec.op.forward(*map(np.asarray, given), **spec.keywords)))
    except EngineError:
        return None


def _products(terms: Iterable[tuple[float, float]], most: int) -> Written:
    listed = list(terms)
    if not listed:
        return Written("0", "0")
    shown = [
        (value(a) if at == 0 else in_parentheses(value(a))) + Written(" × ", r" \cdot ") + in_parentheses(value(b))
        for at, (a, b) in enumerate(listed[:most])
    ]
    found = shown[0]
    for term in shown[1:]:
        found = found + Written(" + ", " + ") + term
    more = len(listed) - most
    return found + Written(f" + … ({more} more)", r" + \dots") if more > 0 else found


def _nonzero(array: Array) -> list[Index]:
    return (
        [tuple(int(at) for at in where) for where in np.argwhere(array != 0)]
        if array.ndim
        else ([()] if array != 0 else [])
    )


def _entry_name(of: str, entry: Index) -> str:
    return f"{of}[{', '.join(map(str, entry))}]" if entry else of


def _result(x: float, printed: float | None = None) -> Written:
    return relation(x if printed is None else printed, x) + value(x)


def _plain(sentence: str) -> Written:
    return Written(sentence, rf"\text{{{sentence}}}")
