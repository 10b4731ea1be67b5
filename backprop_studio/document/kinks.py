"""Where gradients are taken at a kink: of which node, between which slopes, and that the choice is PyTorch's."""

from __future__ import annotations

from itertools import islice

import numpy as np

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.local_derivatives import Index, inputs_of, result_of
from backprop_studio.document.number_text import number
from backprop_studio.document.slope_entries import ANY, Asked, Pair, entries_of, entry_name, local_at, moving
from backprop_studio.document.slopes import slopes_of_kink
from backprop_studio.engine.errors import EngineError
from backprop_studio.engine.op import Array

MOST_TOLD = 3
"""Nodes that are named; of more, how many there are."""
MOST_TRIED = 200
"""Entries of an input that are tried one by one, to find the one that the kink is over."""
_WIDE, _CLOSE = 1e-6, 1e-10
"""Two steps: at a kink the slopes on its sides differ as much at the short one, and what bends differs less."""
_SHARE = 1e-4
"""Slopes that differ by less than this share of the steepest one are taken for equal."""
_NOISE = 40.0 * float(np.finfo(np.float64).eps)


def kink_notice(evaluation: Evaluation) -> str | None:
    """One sentence for each node at whose kink a gradient is taken, None where there is none."""
    told: dict[int, str] = {}
    for call in range(len(evaluation.program.calls)):
        node = evaluation.node_of(call)
        for slot in _slots(evaluation, call):
            entries = [] if node in told else _kinks(evaluation, call, slot)
            if entries:
                told[node] = _sentence(evaluation, call, slot, entries)
    if not told:
        return None
    more = len(told) - MOST_TOLD
    rest = [f"So do {more} more nodes." if more > 1 else "So does one more node."] if more > 0 else []
    return " ".join([*islice(told.values(), MOST_TOLD), *rest])


def _slots(evaluation: Evaluation, call: int) -> list[int]:
    """The inputs through which a call passes a gradient back."""
    spec, gradient = evaluation.program.calls[call], evaluation.run.gradients[call]
    if spec.op.is_source or gradient is None or not np.any(gradient):
        return []
    return [slot for slot in range(len(spec.inputs)) if (call, slot) in evaluation.run.contributions]


def _kinks(evaluation: Evaluation, call: int, slot: int) -> list[Index]:
    """The entries of a call's result that have a kink over an input, and a gradient."""
    spec, inputs, gradient = evaluation.program.calls[call], inputs_of(evaluation, call), evaluation.run.gradients[call]
    assert gradient is not None
    wide = [array.astype(np.float64) if array.dtype.kind == "f" else array for array in inputs]
    way = np.random.default_rng(0).uniform(0.5, 1.0, inputs[slot].shape) * np.maximum(1.0, np.abs(inputs[slot]))

    def gap(step: float) -> Array:
        below, here, above = (
            np.asarray(spec.op.forward(*wide[:slot], wide[slot] + by * way, *wide[slot + 1 :], **spec.keywords))
            for by in (-step, 0.0, step)
        )
        apart = np.nan_to_num(np.abs((above - here) - (here - below)), nan=0.0, posinf=0.0)
        steepest = float(np.nan_to_num(np.abs(above - below), nan=0.0, posinf=0.0).max(initial=0.0))
        return np.where(apart > np.maximum(_NOISE * np.abs(here), _SHARE * steepest), apart / step, 0.0)

    try:
        with np.errstate(all="ignore"):
            first, second = gap(_WIDE), gap(_CLOSE)
    except EngineError:  # a step leads out of the domain
        return []
    found = (first > 0) & (second > 0.3 * first) & (gradient != 0)
    return [tuple(map(int, at)) for at in np.argwhere(found)] if found.ndim else [()] * bool(found)


def _sentence(evaluation: Evaluation, call: int, slot: int, entries: list[Index]) -> str:
    """What is taken at the first of some entries, and how many there are."""
    spec = evaluation.program.calls[call]
    source = evaluation.program.calls[spec.inputs[slot]].name
    rest = f", as do {len(entries) - 1} more of its entries" if len(entries) > 1 else ""
    found = _located(evaluation, call, slot, entries[0])
    name = entry_name(spec.name, entries[0])
    if found is None:
        return f"{name} stands at a kink over {source}{rest}: the gradient takes PyTorch's choice of the slopes there."
    pair, (left, right) = found
    choice = local_at(evaluation, call, slot, pair)
    slopes = f"the one-sided slopes are {number(left)} and {number(right)}"
    chosen = "" if choice is None else f"PyTorch's choice is {number(choice)}; "
    return f"{name} stands at a kink over {entry_name(source, pair.given)}{rest}: {chosen}{slopes}."


def _located(evaluation: Evaluation, call: int, slot: int, out: Index) -> tuple[Pair, tuple[float, float]] | None:
    """The entry of an input that the kink is over, with the slopes on its sides."""
    given = inputs_of(evaluation, call)[slot]
    likely = entries_of(evaluation, call, slot, Asked(out) if result_of(evaluation, call).ndim else ANY)
    tried = [likely, *(Pair(out, tuple(at)) for at in islice(np.ndindex(given.shape), MOST_TRIED))]
    for pair in tried[:1] if evaluation.program.calls[call].op.elementwise else tried:
        sides = slopes_of_kink(moving(evaluation, call, slot, pair), float(given[pair.given]))
        if sides is not None:
            return pair, sides
    return None
