"""Local derivatives in numbers: from one entry of an input to all of the result, and the other way."""

from __future__ import annotations

import numpy as np

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.number_text import as_shown
from backprop_studio.engine.errors import EngineError
from backprop_studio.engine.forward_mode import call_tangent
from backprop_studio.engine.interpreter import unbroadcast
from backprop_studio.engine.op import Array, Shape

Index = tuple[int, ...]


def inputs_of(evaluation: Evaluation, call: int) -> list[Array]:
    """The values that a call computed with. The call itself must have a value."""
    found = []
    for source in evaluation.program.calls[call].inputs:
        value = evaluation.run.values[source]
        assert value is not None
        found.append(value)
    return found


def result_of(evaluation: Evaluation, call: int) -> Array:
    """The value of a call that has one."""
    value = evaluation.run.values[call]
    assert value is not None
    return value


def scalar_local(evaluation: Evaluation, call: int, slot: int) -> float | None:
    """d(out)/d(input) where both are single numbers, else None."""
    spec = evaluation.program.calls[call]
    out, inputs = result_of(evaluation, call), inputs_of(evaluation, call)
    if out.size != 1 or inputs[slot].size != 1:
        return None
    pulled = pull(evaluation, call, slot, np.ones_like(out))
    return None if pulled is None or spec.op.vjp_for(slot) is None else float(pulled.sum())


def printed_result(evaluation: Evaluation, call: int) -> float:
    """What a call of single numbers comes to with its inputs as they are printed."""
    spec, out = evaluation.program.calls[call], result_of(evaluation, call)
    inputs = [_printed(array) for array in inputs_of(evaluation, call)]
    try:
        with np.errstate(all="ignore"):
            return float(np.asarray(spec.op.forward(*inputs, **spec.keywords)).item())
    except EngineError:
        return float(out.item())


def printed_local(evaluation: Evaluation, call: int, slot: int) -> float:
    """The local derivative of a call of single numbers, with the numbers in its rule as they are printed."""
    spec, out = evaluation.program.calls[call], result_of(evaluation, call)
    vjp = spec.op.vjp_for(slot)
    assert vjp is not None
    inputs = [_printed(array) for array in inputs_of(evaluation, call)]
    with np.errstate(all="ignore"):
        return float(np.asarray(vjp(np.ones_like(out), _printed(out), *inputs, **spec.keywords)).sum())


def _printed(array: Array) -> Array:
    """A single number as it is printed; anything else as it is."""
    return np.full_like(array, as_shown(array.item())) if array.size == 1 and array.dtype.kind == "f" else array


def pull(evaluation: Evaluation, call: int, slot: int, upstream: Array) -> Array | None:
    """What an upstream gradient becomes at one input (its VJP), or None where there is no derivative."""
    full = pull_unsummed(evaluation, call, slot, upstream)
    if full is None:
        return None
    return unbroadcast(full, evaluation.program.calls[evaluation.program.calls[call].inputs[slot]].shape)


def pull_unsummed(evaluation: Evaluation, call: int, slot: int, upstream: Array) -> Array | None:
    """The VJP before broadcasting is undone."""
    spec = evaluation.program.calls[call]
    vjp = spec.op.vjp_for(slot)
    if vjp is None:
        return None
    inputs = inputs_of(evaluation, call)
    with np.errstate(all="ignore"):
        return np.asarray(vjp(upstream, result_of(evaluation, call), *inputs, **spec.keywords))


def column(evaluation: Evaluation, call: int, slot: int, entry: Index) -> Array | None:
    """∂out/∂input[entry] for every entry of ``out``, or None where the operation has no such rule."""
    spec = evaluation.program.calls[call]
    inputs = inputs_of(evaluation, call)
    tangent = np.zeros(inputs[slot].shape)
    tangent[entry] = 1.0
    tangents: list[Array | None] = [None] * len(inputs)
    tangents[slot] = tangent
    try:
        with np.errstate(all="ignore"):
            return call_tangent(spec, result_of(evaluation, call), inputs, tangents)
    except EngineError:
        return None


def row(evaluation: Evaluation, call: int, slot: int, entry: Index) -> Array | None:
    """∂out[entry]/∂input for every entry of an input, or None where there is no derivative."""
    upstream = np.zeros(result_of(evaluation, call).shape)
    upstream[entry] = 1.0
    return pull(evaluation, call, slot, upstream)


def repeated_axes(shape: Shape, wide: Shape) -> tuple[int, ...]:
    """The axes of ``wide`` along which an array of ``shape`` was repeated to fit it."""
    extra = len(wide) - len(shape)
    stretched = (at + extra for at, size in enumerate(shape) if size == 1 and wide[at + extra] != 1)
    return (*range(extra), *stretched)


def aligned(entry: Index, shape: Shape) -> Index:
    """The entry of a broadcast input of ``shape`` that stands at ``entry`` of the result."""
    tail = entry[len(entry) - len(shape) :] if shape else ()
    return tuple(0 if size == 1 else at for at, size in zip(tail, shape, strict=True))


def summed_axes(evaluation: Evaluation, call: int, slot: int) -> tuple[Shape, tuple[int, ...]]:
    """The shape of a contribution before broadcasting is undone, and its axes that are then summed."""
    calls = evaluation.program.calls
    source, upstream = calls[calls[call].inputs[slot]], evaluation.run.gradients[call]
    assert upstream is not None
    full = pull_unsummed(evaluation, call, slot, upstream)
    if full is None or full.ndim < len(source.shape):
        return (), ()
    return full.shape, repeated_axes(source.shape, full.shape)


def summed_words(evaluation: Evaluation, call: int, slot: int) -> str:
    """Over which axes a contribution is summed beside its rule, as "axis 0"; "" where nothing is."""
    rule = evaluation.program.calls[call].op.gradient_for(slot)
    if rule is None or rule.text.startswith("Σ"):  # the operation's own rule says what is summed
        return ""
    return axes_text(summed_axes(evaluation, call, slot)[1])


def axes_text(axes: tuple[int, ...]) -> str:
    """ "axis 0", "axes 0, 2"; "" for none."""
    if not axes:
        return ""
    return "axis " + str(axes[0]) if len(axes) == 1 else "axes " + ", ".join(map(str, axes))
