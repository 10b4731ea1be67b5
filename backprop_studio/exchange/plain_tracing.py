"""An operation's own functions followed on symbols, in the form in which a person would write them.

The engine follows them too, to compute fast; here the calls of NumPy are kept as they are, so that the code that is
exported is the code that the engine runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from backprop_studio.engine.following import RULES
from backprop_studio.engine.op import Shape
from backprop_studio.engine.symbols import NEVER, Kind, Symbol, Tape, Untraceable


def plain_tape() -> Tape:
    """A tape whose calls are written as they were made."""
    return Tape(PLAIN_RULES)


def leaf(tape: Tape, shape: Shape, dtype: np.dtype) -> Symbol:
    """A symbol for a variable."""
    return tape.leaf(shape, dtype, NEVER)


def follow(tape: Tape, function: Callable[..., Any], arguments: Sequence[Any], settings: Mapping[str, Any]) -> Any:
    """The symbol, number or array that ``function`` gives; None where a symbol cannot follow it."""
    try:
        result = function(*arguments, **settings)
    except (Untraceable, TypeError, AttributeError):
        return None
    if isinstance(result, float | int | np.number):
        return tape.literal(float(result), (), np.dtype(np.float64))
    return result if isinstance(result, Symbol | np.ndarray) else None


def summed_to(symbol: Symbol, shape: Shape) -> Symbol:
    """What ``symbol`` contributes to a value of ``shape``, which was broadcast: summed over what was repeated."""
    if symbol.shape == shape:
        return symbol
    full = np.broadcast_shapes(symbol.shape, shape)
    whole: Any = symbol if symbol.shape == full else np.broadcast_to(symbol, full)
    extra = len(full) - len(shape)
    stretched = tuple(axis + extra for axis, size in enumerate(shape) if size == 1 and full[axis + extra] != 1)
    if stretched:
        whole = np.add.reduce(whole, axis=stretched if len(stretched) > 1 else stretched[0], keepdims=True)
    if extra:
        whole = np.add.reduce(whole, axis=tuple(range(extra)) if extra > 1 else 0)
    result: Symbol = whole
    return result


def _reduce(tape: Tape, ufunc: np.ufunc, inputs: Sequence[Any], keywords: Mapping[str, Any]) -> Symbol:
    """A reduction as it is, its axes as a person writes them."""
    array = inputs[0]
    if type(array) is not Symbol or len(inputs) > 1 or set(keywords) - {"axis", "keepdims", "initial"}:
        raise Untraceable
    axis, keepdims = keywords.get("axis", 0), bool(keywords.get("keepdims", False))
    axes = tuple(range(array.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    axes = tuple(sorted(int(one) % array.ndim for one in axes)) if array.ndim else ()
    if not axes:
        return array
    shape = tuple(1 if at in axes else size for at, size in enumerate(array.shape) if keepdims or at not in axes)
    dtype = array.dtype if array.dtype.kind == "f" else ufunc.reduce(np.ones(1, array.dtype)).dtype
    written = None if len(axes) == array.ndim else axes[0] if len(axes) == 1 else axes
    return tape.record(Kind.REDUCE, ufunc, (array,), shape, dtype, (("axis", written), ("keepdims", keepdims)))


def _matmul(tape: Tape, a: Any, b: Any) -> Symbol:
    dtype = np.result_type(a.dtype, b.dtype)
    shape = np.matmul(*(np.broadcast_to(np.empty((), dtype), part.shape) for part in (a, b))).shape
    return tape.record(Kind.DOT, np.matmul, (a, b), shape, dtype)


def _joined(function: Callable[..., Any]) -> Callable[..., Symbol]:
    def record(tape: Tape, arrays: Sequence[Symbol], axis: int = 0) -> Symbol:
        probes = [np.broadcast_to(np.empty((), one.dtype), one.shape) for one in arrays]
        joined = function(probes, axis=axis)
        return tape.record(Kind.JOIN, function, tuple(arrays), joined.shape, joined.dtype, (("axis", axis),))

    return record


def _moveaxis(tape: Tape, array: Symbol, source: int, destination: int) -> Symbol:
    axes = list(range(array.ndim))
    axes.insert(destination % array.ndim, axes.pop(source % array.ndim))
    return array.transpose(tuple(axes)) if axes != sorted(axes) else array


PLAIN_RULES: Mapping[Any, Callable[..., Symbol]] = {
    **RULES,
    "reduce": _reduce,
    np.matmul: _matmul,
    np.concatenate: _joined(np.concatenate),
    np.stack: _joined(np.stack),
    np.moveaxis: _moveaxis,
}
