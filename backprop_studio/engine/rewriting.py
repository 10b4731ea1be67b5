"""Rules that rewrite the recorded calls of a plan into fewer or faster ones, each a small function of its own.

What a rule leaves gives the same numbers up to rounding, and the same NaN and infinities. Rules that need to see one
call only are applied as it is recorded (``following``); those here see all that is computed, what is asked for, and
that parameters and gradients stand in one vector each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from backprop_studio.engine.op import Array
from backprop_studio.engine.symbols import WITH_PARAMETERS, Kind, Symbol, Tape, literal_of


class Draft:
    """The calls of a plan while they are rewritten.

    ``gradient`` is the vector of all parameters' gradients; it and ``outputs`` are computed in every step, ``later``
    only when asked for, from what the step has left. ``spans`` tells of leaves which part of the vector of parameters
    they are.
    """

    def __init__(
        self,
        tape: Tape,
        outputs: Sequence[Symbol],
        later: Sequence[Symbol],
        spans: dict[int, slice],
        gradients: Sequence[Symbol],
    ) -> None:
        self.tape, self.spans, self.later = tape, spans, later
        self.gradient = self.join(gradients, gradients[0].dtype if gradients else np.dtype(float))
        self.outputs = [*outputs, self.gradient]
        self.needed: set[int] = ancestors(self.outputs)
        """What a step computes."""
        live = ancestors(self.later, self.needed)
        self.instructions = [made for made in tape.symbols if made.index in live and made.kind is not Kind.LEAF]
        self._is_changed = False

    def join(self, parts: Sequence[Symbol], dtype: np.dtype) -> Symbol:
        """A vector of all entries of ``parts``, one after the other, computed in every step."""
        size = sum(part.size for part in parts)
        joined = self.tape.record(Kind.JOIN, None, parts, (size,), dtype)
        joined.changes |= WITH_PARAMETERS
        return joined

    def span(self, start: int, stop: int, dtype: np.dtype) -> Symbol:
        """A part of the vector of parameters, as a leaf."""
        for index, known in self.spans.items():
            if (known.start, known.stop) == (start, stop) and self.tape.symbols[index].ndim == 1:
                return self.tape.symbols[index]
        made = self.tape.leaf((stop - start,), dtype, WITH_PARAMETERS)
        self.spans[made.index] = slice(start, stop)
        return made

    def span_of(self, symbol: Any) -> slice | None:
        """Which part of the vector of parameters a symbol shows, entry by entry, or None."""
        if type(symbol) is not Symbol:
            return None
        if symbol.function is np.reshape:
            return self.span_of(symbol.arguments[0])
        return self.spans.get(symbol.index)

    def become(self, made: Symbol, other: Symbol) -> None:
        """Let one call be computed as another; all that use it stay as they are."""
        made.kind, made.function, made.arguments = other.kind, other.function, other.arguments
        made.keywords, made.literal = other.keywords, other.literal
        self._is_changed = True

    def take(self, made: Symbol, arguments: Sequence[Symbol]) -> None:
        """Give a call other arguments."""
        if list(map(id, made.arguments)) != list(map(id, arguments)):  # symbols have no == of their own
            made.arguments = tuple(arguments)
            self._is_changed = True

    def order(self) -> None:
        """After a change, drop what nobody needs, and put what has been added before its first use."""
        if not self._is_changed:
            return
        self._is_changed = False
        self.needed = ancestors(self.outputs)
        live = ancestors(self.later, self.needed)
        ordered: list[Symbol] = []
        done: set[int] = set()
        for root in self.instructions:
            stack = [root] if root.index in live else []
            while stack:
                made = stack[-1]
                waiting = [part for part in made.arguments if type(part) is Symbol and part.index not in done]
                if made.index in done or not waiting:
                    stack.pop()
                    if made.index not in done:
                        done.add(made.index)
                        ordered.append(made)
                else:
                    stack += reversed(waiting)
        self.instructions = [made for made in ordered if made.kind is not Kind.LEAF]

    def uses(self) -> Counter[int]:
        """How often a step uses each result, being asked for included."""
        used = [symbol.index for symbol in self.outputs]
        for made in self.instructions:
            if made.index in self.needed:
                used += [part.index for part in made.arguments if type(part) is Symbol]
        return Counter(used)


def rewrite(draft: Draft) -> list[Symbol]:
    """Apply all rules; returns the instructions that are left, in order."""
    for rule in RULES:
        rule(draft)
        draft.order()
    return draft.instructions


def neighbours_as_one(draft: Draft) -> None:
    """The same call for parameters that stand next to each other, such as 2αw for every w: once, on the whole run."""
    draft.take(draft.gradient, _merged(draft, draft.gradient.arguments))


def _merged(draft: Draft, parts: Sequence[Symbol]) -> list[Symbol]:
    """Parts of a vector, runs of like calls as one vector each."""
    merged, at = [], 0
    while at < len(parts):
        stop = at + 1
        while stop < len(parts) and _alike(draft, parts[at], parts[stop]):
            stop += 1
        run = parts[at:stop]
        made = _as_one(draft, run) if len(run) > 1 and _are_independent(run) else None
        merged += list(run) if made is None else [made]
        at = stop
    return merged


def _are_independent(run: Sequence[Symbol]) -> bool:
    """Is no call of a run there twice or needed for another?"""
    before = ancestors([part for made in run for part in made.arguments if type(part) is Symbol])
    own = {made.index for made in run}
    return len(own) == len(run) and not own & before


def _alike(draft: Draft, first: Symbol, other: Symbol) -> bool:
    """Do two parts make the same element-wise call, on the same numbers or on arrays of their own shapes?"""
    if first.kind is not Kind.UFUNC or other.kind is not Kind.UFUNC or first.function is not other.function:
        return False
    return all(_matches(draft, first, a, other, b) for a, b in zip(first.arguments, other.arguments, strict=True))


def _matches(draft: Draft, first: Symbol, a: Any, other: Symbol, b: Any) -> bool:
    if literal_of(a) is not None:
        return literal_of(a) == literal_of(b)
    for part, user in ((a, first), (b, other)):
        if type(part) is not Symbol or part.shape != user.shape or part.dtype != user.dtype or part.shape == ():
            return False
    if draft.span_of(a) is not None:
        return draft.span_of(b) is not None
    return all(_is_placed(part) for part in (a, b))


def _is_placed(part: Symbol) -> bool:
    """Is a result written wherever its user wants it?"""
    return bool(part.changes & WITH_PARAMETERS) and part.kind in (Kind.UFUNC, Kind.DOT, Kind.REDUCE)


def _as_one(draft: Draft, run: Sequence[Symbol]) -> Symbol | None:
    """Like calls as one call on vectors; each becomes a view of its result."""
    dtype, operands = run[0].dtype, []
    for operand in range(len(run[0].arguments)):
        parts = [made.arguments[operand] for made in run]
        if literal_of(parts[0]) is not None:
            operands.append(parts[0])
            continue
        vector = _vector(draft, parts, dtype)
        if vector is None:
            return None
        operands.append(vector)
    whole = draft.tape.record(Kind.UFUNC, run[0].function, operands, (sum(made.size for made in run),), dtype)
    start = 0
    for made in run:
        draft.become(made, whole[start : start + made.size].reshape(made.shape))
        start += made.size
    return whole


def _vector(draft: Draft, parts: Sequence[Symbol], dtype: np.dtype) -> Symbol | None:
    """All parts as one vector, or None where that would take copies."""
    spans = [draft.span_of(part) for part in parts]
    found = [span for span in spans if span is not None]
    if not found:
        merged = _merged(draft, parts)
        return merged[0] if len(merged) == 1 else draft.join(merged, dtype)
    follow = len(found) == len(parts) and all(before.stop == after.start for before, after in pairwise(found))
    return draft.span(found[0].start, found[-1].stop, dtype) if follow else None


def sums_of_squares_as_one(draft: Draft) -> None:
    """Σ v² + Σ w² as (v, w)·(v, w) where two parameters stand next to each other, as in an L2 penalty."""
    uses = draft.uses()
    for made in draft.instructions:
        if made.kind is not Kind.UFUNC or made.function is not np.add or made.shape:
            continue
        first, second = (_squared(draft, part) for part in made.arguments)
        if first is None or second is None or first.stop != second.start:
            continue
        if all(uses[part.index] == 1 for part in made.arguments):
            vector = draft.span(first.start, second.stop, made.dtype)
            draft.become(made, draft.tape.record(Kind.DOT, np.dot, (vector, vector), (), made.dtype))


def _squared(draft: Draft, made: Any) -> slice | None:
    """Which part of the vector of parameters ``made`` sums the squares of, or None."""
    is_sum = type(made) is Symbol and made.kind is Kind.DOT and made.shape == ()
    return draft.span_of(made.arguments[0]) if is_sum and made.arguments[0] is made.arguments[1] else None


def bias_as_a_row(draft: Draft) -> None:
    """x W + b as [x 1] [W; b] where x is data and b stands behind W in the vector of parameters."""
    uses = draft.uses()
    for made in draft.instructions:
        if made.kind is not Kind.UFUNC or made.function is not np.add or made.ndim != 2:
            continue
        for product, bias in (made.arguments, made.arguments[::-1]):
            if type(product) is not Symbol or product.kind is not Kind.DOT or uses[product.index] > 1:
                continue
            x, weight = product.arguments
            span = _span_of_both(draft, weight, bias)
            if span is not None and _is_data(x) and made.shape == product.shape:
                rows = draft.span(span.start, span.stop, made.dtype).reshape(x.shape[1] + 1, weight.shape[1])
                draft.become(made, draft.tape.record(Kind.DOT, np.dot, (_with_ones(x), rows), made.shape, made.dtype))
                break


def _is_data(x: Any) -> bool:
    return type(x) is Symbol and x.ndim == 2 and not x.changes & WITH_PARAMETERS and x.dtype.kind == "f"


def _span_of_both(draft: Draft, weight: Any, bias: Any) -> slice | None:
    """The part of the vector of parameters with a weight and behind it a bias for each of its columns, or None."""
    first, second = draft.span_of(weight), draft.span_of(bias)
    if first is None or second is None or first.stop != second.start:
        return None
    return slice(first.start, second.stop) if weight.ndim == 2 and bias.shape == weight.shape[1:] else None


def _with_ones(x: Symbol) -> Symbol:
    shape = (x.shape[0], x.shape[1] + 1)
    return x.tape.record(Kind.CALL, _append_ones, (x,), shape, x.dtype)


def _append_ones(x: Array) -> Array:
    """``x`` with a column of ones added."""
    return np.concatenate([x, np.ones((len(x), 1), x.dtype)], axis=1)


def gradient_of_a_bias_as_a_row(draft: Draft) -> None:
    """xᵀ g and 1ᵀ g, for a weight and the bias behind it, as [x 1]ᵀ g where x is data."""
    for vector in draft.instructions:
        if vector.kind is Kind.JOIN:
            parts = list(vector.arguments)
            for at in range(len(parts) - 1, 0, -1):
                x = _data_multiplied(parts[at - 1], parts[at])
                if x is not None:
                    parts[at - 1 : at + 1] = [_both_gradients(draft, parts[at - 1], parts[at], x)]
            draft.take(vector, parts)


def _data_multiplied(weight: Symbol, bias: Symbol) -> Symbol | None:
    """The data x where two parts are xᵀ g and 1ᵀ g, else None."""
    if weight.kind is not Kind.DOT or bias.kind is not Kind.DOT or bias.ndim != 1 or weight.ndim != 2:
        return None
    (rows, g), (ones, also_g) = weight.arguments, bias.arguments
    if type(rows) is not Symbol or rows.function is not np.transpose or type(ones) is Symbol or g is not also_g:
        return None
    x: Symbol = rows.arguments[0]
    return x if _is_data(x) and ones is x.tape.ones(x.shape[0], x.dtype) else None


def _both_gradients(draft: Draft, weight: Symbol, bias: Symbol, x: Symbol) -> Symbol:
    shape = (weight.shape[0] + 1, weight.shape[1])
    arguments = (_with_ones(x).T, weight.arguments[1])
    both = x.tape.record(Kind.DOT, np.dot, arguments, shape, weight.dtype)
    draft.become(weight, both[:-1])
    draft.become(bias, both[-1])
    return both


def single_entry_as_number(draft: Draft) -> None:
    """An array of one entry that is spread over another, as a bias of one neuron: as a 0-d array, twice as fast."""
    for made in draft.instructions:
        if made.kind is Kind.UFUNC and made.size > 1:
            shown = [type(part) is Symbol and part.size == 1 and part.ndim > 0 for part in made.arguments]
            full = any(type(part) is Symbol and part.shape == made.shape for part in made.arguments)
            if full and any(shown):
                arguments = zip(made.arguments, shown, strict=True)
                draft.take(made, [part.reshape(()) if single else part for part, single in arguments])


def opposite_of_known(draft: Draft) -> None:
    """b − a where a − b is there already, and c × (b − a) where c × (a − b) is: as its opposite."""
    known: dict[Any, Symbol] = {}
    for made in draft.instructions:
        if made.kind is Kind.UFUNC and made.shape and len(made.arguments) == 2:
            other = known.get(_opposite(made))
            if other is not None and (other.index in draft.needed or made.index not in draft.needed):
                draft.become(made, draft.tape.record(Kind.UFUNC, np.negative, (other,), made.shape, made.dtype))
            else:
                known[_name(made.function, *made.arguments)] = made


def _opposite(made: Symbol) -> Any:
    """The name of the call whose result is minus that of ``made``; None where there is none to look for."""
    a, b = made.arguments
    if made.function is np.subtract:
        return _name(np.subtract, b, a)
    if made.function is np.multiply and type(b) is Symbol and b.function is np.negative:
        return _name(np.multiply, a, b.arguments[0])
    return None


def _name(function: Any, *arguments: Any) -> Any:
    names = (
        part.index if type(part) is Symbol else (type(part), id(part) if isinstance(part, np.ndarray) else repr(part))
        for part in arguments
    )
    return (function, *names)


def ancestors(symbols: Sequence[Symbol], known: set[int] | None = None) -> set[int]:
    """All that symbols are computed from, themselves included, and what is ``known`` already with its ancestors."""
    found, pending = set(known or ()), list(symbols)
    while pending:
        made = pending.pop()
        if made.index not in found:
            found.add(made.index)
            pending += [part for part in made.arguments if type(part) is Symbol]
    return found


RULES: tuple[Callable[[Draft], None], ...] = (
    neighbours_as_one,
    sums_of_squares_as_one,
    bias_as_a_row,
    gradient_of_a_bias_as_a_row,
    single_entry_as_number,
    opposite_of_known,
)
"""In the order in which they are applied: the first two see what the others would hide."""
