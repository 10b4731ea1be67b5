"""How NumPy's reductions, products and functions are written down on a tape, in the form that runs fastest.

A rewritten call gives the same numbers up to rounding, and the same NaN and infinities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from backprop_studio.engine.op import Shape
from backprop_studio.engine.symbols import Kind, Symbol, Tape, Untraceable, elementwise, literal_of

_SHORT_ROW, _MANY_ROWS = 64, 32
_THIN, _LARGE_RESULT = 16, 8192
"""Sizes from measurements."""


def _reduce(tape: Tape, ufunc: np.ufunc, inputs: Sequence[Any], keywords: Mapping[str, Any]) -> Symbol:
    array, *rest = inputs
    if type(array) is not Symbol or len(rest) > 1 or set(keywords) - {"axis", "keepdims", "dtype", "out", "initial"}:
        raise Untraceable
    if "initial" in keywords and not (ufunc is np.maximum and keywords["initial"] == -np.inf and array.size):
        raise Untraceable
    if any(keywords.get(name) not in (None, (None,)) for name in ("dtype", "out")):
        raise Untraceable
    axis = rest[0] if rest else keywords.get("axis", 0)
    axes = tuple(range(array.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    axes = tuple(sorted(int(one) % array.ndim for one in axes)) if array.ndim else ()
    keepdims = bool(keywords.get("keepdims", False))
    if not axes:
        return array
    shape = tuple(1 if at in axes else size for at, size in enumerate(array.shape) if keepdims or at not in axes)
    if array.dtype.kind == "f":
        rewritten = _sum(tape, array, axes, shape) if ufunc is np.add else _extreme(ufunc, array, axes, shape)
        if rewritten is not None:
            return rewritten
    dtype = array.dtype if array.dtype.kind == "f" else ufunc.reduce(np.ones(1, array.dtype)).dtype
    how = (("axis", axes if len(axes) > 1 else axes[0]), ("keepdims", keepdims))
    return tape.record(Kind.REDUCE, ufunc, (array,), shape, dtype, how)


def _sum(tape: Tape, array: Symbol, axes: tuple[int, ...], shape: Shape) -> Symbol | None:
    """A sum in a form that computes faster: mostly a matrix product, over rows, columns or a product of two arrays."""
    if len(axes) == array.ndim and shape == ():
        if array.function is np.negative:
            negated: Symbol = -array.arguments[0].sum_all()
            return negated
        inner = _summed_before(array)
        if inner is not None:
            return inner.sum_all()
        if array.function in (np.multiply, np.square):
            parts = array.arguments * 2 if array.function is np.square else array.arguments
            if all(type(p) is Symbol and p.shape == array.shape and p.kind is not Kind.VIEW for p in parts):
                return tape.record(Kind.DOT, np.dot, [part.reshape(-1) for part in parts], (), array.dtype)
    if array.ndim != 2 or len(axes) != 1 or array.size <= 1:
        return None
    ones = tape.ones(array.shape[axes[0]], array.dtype)
    if axes == (0,):
        summed = tape.record(Kind.DOT, np.dot, (ones, array), array.shape[1:], array.dtype)
        return summed if len(shape) == 1 else None
    if array.kind is Kind.VIEW or array.shape[1] == 1:
        return None
    summed = tape.record(Kind.DOT, np.dot, (array, ones), array.shape[:1], array.dtype)
    return summed if summed.shape == shape else summed.reshape(shape)


def _summed_before(array: Symbol) -> Symbol | None:
    """The matrix whose sum along its rows ``array`` is, or None."""
    if array.kind is Kind.DOT and array.ndim == 1 and isinstance(array.arguments[1], np.ndarray):
        matrix: Symbol = array.arguments[0]
        return matrix
    return None


def _extreme(ufunc: np.ufunc, array: Symbol, axes: tuple[int, ...], shape: Shape) -> Symbol | None:
    """The largest of each short row: four times as fast along the columns of a transposed copy."""
    if ufunc not in (np.maximum, np.minimum) or array.ndim != 2 or axes != (1,):
        return None
    rows, columns = array.shape
    if not (2 <= columns <= _SHORT_ROW and rows >= _MANY_ROWS):
        return None
    copied = elementwise(array.tape, np.positive, (array.T,))
    how = (("axis", 0), ("keepdims", False))
    return array.tape.record(Kind.REDUCE, ufunc, (copied,), (rows,), array.dtype, how).reshape(shape)


def _matmul(tape: Tape, a: Any, b: Any) -> Symbol:
    shapes = tuple(a.shape), tuple(b.shape)
    dtype = np.result_type(a.dtype, b.dtype)
    if max(len(shapes[0]), len(shapes[1])) <= 2:
        if _is_worth_copying(a, b):
            b = elementwise(tape, np.positive, (b,))
        shape = (*shapes[0][:-1], *(shapes[1][1:] if len(shapes[1]) == 2 else ()))
        return tape.record(Kind.DOT, np.dot, (a, b), shape, dtype)
    probes = [np.broadcast_to(np.empty((), dtype), shape) for shape in shapes]
    if min(len(shapes[0]), len(shapes[1])) >= 2:
        batch = np.broadcast_shapes(shapes[0][:-2], shapes[1][:-2])
        return tape.record(Kind.DOT, np.matmul, (a, b), (*batch, shapes[0][-2], shapes[1][-1]), dtype)
    shape = np.matmul(*probes).shape
    return tape.record(Kind.DOT, np.matmul, (a, b), shape, dtype)


def _is_worth_copying(a: Any, b: Any) -> bool:
    """Is ``b`` a transposed view so thin that BLAS takes longer to read it than to copy it?"""
    if type(b) is not Symbol or b.function is not np.transpose or len(a.shape) != 2:
        return False
    inner, columns = b.shape
    return 1 < inner <= _THIN and a.shape[0] >= 4 * inner and a.shape[0] * columns >= _LARGE_RESULT


def _where(tape: Tape, condition: Any, a: Any, b: Any) -> Symbol:
    shape = np.broadcast_shapes(*(getattr(part, "shape", ()) for part in (condition, a, b)))
    floats = [part.dtype for part in (a, b) if hasattr(part, "dtype") and part.dtype.kind == "f"]
    if not floats:
        raise Untraceable
    dtype = np.result_type(*floats)
    choices = ((b, a, True), (a, b, False)) if tape.masks_by_product else ()
    for kept, other, opposite in choices:
        if literal_of(other) == 0.0 and type(kept) is Symbol and kept.shape == shape and kept.dtype == dtype:
            mask = _not(condition) if opposite else condition
            return elementwise(tape, np.multiply, (kept, mask))
    return tape.record(Kind.CALL, np.where, (condition, a, b), shape, dtype)


def _not(condition: Any) -> Any:
    """The opposite of a condition; of an equality in one call, which is right for NaN too."""
    if type(condition) is Symbol and condition.function is np.equal:
        return elementwise(condition.tape, np.not_equal, condition.arguments)
    return np.logical_not(condition)


def _swapaxes(tape: Tape, array: Symbol, first: int, second: int) -> Symbol:
    axes = list(range(array.ndim))
    axes[first], axes[second] = axes[second], axes[first]
    return array.transpose(tuple(axes))


def _broadcast_to(tape: Tape, array: Symbol, shape: Any) -> Symbol:
    shape = tuple(shape) if not isinstance(shape, int) else (shape,)
    return array if shape == array.shape else array.view_as(np.broadcast_to, shape)


def _expand_dims(tape: Tape, array: Symbol, axis: Any) -> Symbol:
    return array.view_as(np.expand_dims, axis)


def _filled(value: float) -> Callable[..., Symbol]:
    def like(tape: Tape, array: Symbol) -> Symbol:
        return tape.literal(value, array.shape, array.dtype)

    return like


RULES: dict[Any, Callable[..., Symbol]] = {
    "reduce": _reduce,
    np.matmul: _matmul,
    np.where: _where,
    np.swapaxes: _swapaxes,
    np.transpose: lambda tape, array, axes=None: array.transpose() if axes is None else array.transpose(tuple(axes)),
    np.reshape: lambda tape, array, shape: array.reshape(shape),
    np.broadcast_to: _broadcast_to,
    np.expand_dims: _expand_dims,
    np.ones_like: _filled(1.0),
    np.zeros_like: _filled(0.0),
    np.shape: lambda tape, array: array.shape,
    np.ndim: lambda tape, array: array.ndim,
    np.size: lambda tape, array: array.size,
}
"""By function, or by the name of a ufunc's method: what writes it down."""
