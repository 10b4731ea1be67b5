"""Which entry of a result is followed over which entry of an input, and how the one moves with the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from string import Template

import numpy as np

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.local_derivatives import Index, aligned, column, inputs_of, pull_unsummed, result_of, row
from backprop_studio.engine.errors import EngineError
from backprop_studio.engine.op import Array, Shape

MOST_CHOICES = 60
"""Pairs of entries that are offered at most."""


@dataclass(frozen=True)
class Pair:
    """An entry of a result and one of an input; () for a scalar."""

    out: Index
    given: Index


@dataclass(frozen=True)
class Asked:
    """What is asked for, None where any entry will do. ``by_result``: other entries of the result may be chosen."""

    out: Index | None = None
    given: Index | None = None
    by_result: bool = False


ANY = Asked()


def entry_name(of: str, entry: Index) -> str:
    """What an entry is called, such as "W[0, 1]"; a scalar by its own name."""
    return f"{of}[{', '.join(map(str, entry))}]" if entry else of


def fitting(entry: Index | None, shape: Shape) -> Index | None:
    """``entry`` where there is one in an array of that shape, else None."""
    if entry is None or len(entry) != len(shape):
        return None
    return entry if all(0 <= at < size for at, size in zip(entry, shape, strict=True)) else None


def largest(array: Array) -> Index:
    """The entry of largest magnitude; NaN counts as largest."""
    size = np.nan_to_num(np.abs(array), nan=np.inf)
    return tuple(int(at) for at in np.unravel_index(int(size.argmax()), array.shape))


def entries_of(evaluation: Evaluation, call: int, slot: int, asked: Asked) -> Pair:
    """The entries to show: those asked for where they exist, else such as depend on each other."""
    shape, given_shape = result_of(evaluation, call).shape, inputs_of(evaluation, call)[slot].shape
    out, given = fitting(asked.out, shape), fitting(asked.given, given_shape)
    if out is None:
        out = _out_of(evaluation, call, slot, given)
    if given is None:
        given = _given_of(evaluation, call, slot, out)
    return Pair(out, given)


def _out_of(evaluation: Evaluation, call: int, slot: int, given: Index | None) -> Index:
    """The entry of the result that matters most to the loss, of those that an entry of an input moves."""
    out, upstream = result_of(evaluation, call), evaluation.run.gradients[call]
    weight = np.abs(out if upstream is None else upstream)
    if given is None:
        return largest(weight)
    local = column(evaluation, call, slot, given)
    if local is not None and np.any(local):
        moved = np.where(local != 0, np.nan_to_num(weight) + np.finfo(np.float64).tiny, 0.0)
        return largest(np.abs(local) * moved if np.any(weight) else local)
    return _spread(given, inputs_of(evaluation, call)[slot].shape, out.shape) or largest(weight)


def _spread(given: Index, shape: Shape, wide: Shape) -> Index | None:
    """The first entry of a broadcast result that stands above an entry of an input; None where it is no such result."""
    if len(shape) > len(wide):
        return None
    found = (0,) * (len(wide) - len(shape)) + given
    return fitting(found, wide)


def _given_of(evaluation: Evaluation, call: int, slot: int, out: Index) -> Index:
    """The entry of an input on which an entry of the result depends most."""
    given = inputs_of(evaluation, call)[slot]
    if evaluation.program.calls[call].op.elementwise:
        return aligned(out, given.shape)
    local = row(evaluation, call, slot, out)
    return (0,) * given.ndim if local is None else largest(local)


def local_at(evaluation: Evaluation, call: int, slot: int, at: Pair) -> float | None:
    """∂out[i]/∂input[j] as the backward pass has it, None where there is none."""
    if evaluation.program.calls[call].op.elementwise:
        out = result_of(evaluation, call)
        if aligned(at.out, inputs_of(evaluation, call)[slot].shape) != at.given:
            return 0.0
        local = pull_unsummed(evaluation, call, slot, np.ones_like(out))
        return None if local is None else float(np.broadcast_to(local, out.shape)[at.out])
    local = row(evaluation, call, slot, at.out)
    return None if local is None else float(local[at.given])


def moving(evaluation: Evaluation, call: int, slot: int, at: Pair) -> Callable[[Array], Array]:
    """The entry of the result as a function of that of the input, with all other entries and inputs as they are."""
    spec = evaluation.program.calls[call]
    inputs = [a.astype(np.float64) if a.dtype.kind == "f" else a for a in inputs_of(evaluation, call)]

    def at_once(xs: Array) -> Array:
        held = [float(array[aligned(at.out, array.shape)]) for array in inputs]
        given = [xs if other == slot else np.full_like(xs, value) for other, value in enumerate(held)]
        try:
            return np.asarray(spec.op.forward(*given, **spec.keywords), np.float64)
        except EngineError:
            return np.full_like(xs, np.nan)

    def one_by_one(xs: Array) -> Array:
        ys, moved = np.empty_like(xs), inputs[slot].copy()
        given = [*inputs[:slot], moved, *inputs[slot + 1 :]]
        for place, x in enumerate(xs):
            moved[at.given] = x
            try:
                ys[place] = np.asarray(spec.op.forward(*given, **spec.keywords))[at.out]
            except EngineError:  # outside the domain, as a probability above 1
                ys[place] = np.nan
        return ys

    def function(xs: Array) -> Array:
        with np.errstate(all="ignore"):
            return (at_once if spec.op.elementwise and not spec.op.state else one_by_one)(xs)

    return function


def alternatives(evaluation: Evaluation, call: int, slot: int, at: Pair, *, by_result: bool) -> tuple[Pair, ...]:
    """Pairs that can be shown, ``at`` among them: with other entries of the input, or ``by_result`` of the result.

    Empty where there is no other one.
    """
    if by_result:
        local = column(evaluation, call, slot, at.given)
        found = [Pair(each, at.given) for each in _nonzero(local)]
    else:
        local = None if evaluation.program.calls[call].op.elementwise else row(evaluation, call, slot, at.out)
        found = [Pair(at.out, each) for each in _nonzero(local)]
    pairs = found if at in found else [at, *found]
    return tuple(pairs) if len(pairs) > 1 else ()


def _nonzero(local: Array | None) -> list[Index]:
    if local is None:
        return []
    flat = np.flatnonzero(np.ravel(local))[:MOST_CHOICES]
    return [tuple(int(at) for at in np.unravel_index(int(each), local.shape)) for each in flat]


def withheld_words(evaluation: Evaluation, call: int, slot: int, at: Pair) -> str:
    """Why no gradient passes to an entry of an input by definition, "" where one does."""
    spec = evaluation.program.calls[call]
    if spec.op.withheld is None:
        return ""
    masks = spec.op.withheld.entries(*inputs_of(evaluation, call), **spec.keywords)
    mask = masks.get(spec.op.input_for(slot).name)
    if mask is None or not np.broadcast_to(mask, inputs_of(evaluation, call)[slot].shape)[at.given]:
        return ""
    return f"by definition no gradient passes to {Template(spec.op.withheld.words).substitute(spec.settings)}"
