"""How NumPy's reductions, products and functions are written down on a tape, in the form that runs fastest.

A rewritten call gives the same numbers up to rounding, and the same NaN and infinities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from backprop_studio.engine.op import Shape
from backprop_studio.engine.symbols import Kind, Symbol, Tape, Untraceable, elementwise, literal_of


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
    if ufunc is np.add and array.dtype.kind == "f":
        summed = _sum_as_product(tape, array, axes, shape)
        if summed is not None:
            return summed
    dtype = array.dtype if array.dtype.kind == "f" else ufunc.reduce(np.ones(1, array.dtype)).dtype
    how = (("axis", axes if len(axes) > 1 else axes[0]), ("keepdims", keepdims))
    return tape.record(Kind.REDUCE, ufunc, (array,), shape, dtype, how)


def _sum_as_product(tape: Tape, array: Symbol, axes: tuple[int, ...], shape: Shape) -> Symbol | None:
    """A sum that a matrix product computes faster: over the rows of a matrix, or of a product of two arrays."""
    if len(axes) == array.ndim and shape == () and array.function in (np.multiply, np.square):
        parts = array.arguments * 2 if array.function is np.square else array.arguments
        if all(type(p) is Symbol and p.shape == array.shape and p.kind is not Kind.VIEW for p in parts):
            return tape.record(Kind.DOT, np.dot, [part.reshape(-1) for part in parts], (), array.dtype)
    if array.ndim == 2 and axes == (0,) and len(shape) == 1 and array.size > 1:
        return tape.record(Kind.DOT, np.dot, (tape.ones(array.shape[0], array.dtype), array), shape, array.dtype)
    return None


def _matmul(tape: Tape, a: Any, b: Any) -> Symbol:
    shapes = tuple(a.shape), tuple(b.shape)
    dtype = np.result_type(a.dtype, b.dtype)
    if max(len(shapes[0]), len(shapes[1])) <= 2:
        shape = (*shapes[0][:-1], *(shapes[1][1:] if len(shapes[1]) == 2 else ()))
        return tape.record(Kind.DOT, np.dot, (a, b), shape, dtype)
    probes = [np.broadcast_to(np.empty((), dtype), shape) for shape in shapes]
    if min(len(shapes[0]), len(shapes[1])) >= 2:
        batch = np.broadcast_shapes(shapes[0][:-2], shapes[1][:-2])
        return tape.record(Kind.DOT, np.matmul, (a, b), (*batch, shapes[0][-2], shapes[1][-1]), dtype)
    shape = np.matmul(*probes).shape
    return tape.record(Kind.DOT, np.matmul, (a, b), shape, dtype)


def _where(tape: Tape, condition: Any, a: Any, b: Any) -> Symbol:
    shape = np.broadcast_shapes(*(getattr(part, "shape", ()) for part in (condition, a, b)))
    floats = [part.dtype for part in (a, b) if hasattr(part, "dtype") and part.dtype.kind == "f"]
    if not floats:
        raise Untraceable
    dtype = np.result_type(*floats)
    choices = ((b, a, np.logical_not), (a, b, None)) if tape.masks_by_product else ()
    for kept, other, chosen in choices:
        if literal_of(other) == 0.0 and type(kept) is Symbol and kept.shape == shape and kept.dtype == dtype:
            mask = condition if chosen is None else chosen(condition)
            return elementwise(tape, np.multiply, (kept, mask))
    return tape.record(Kind.CALL, np.where, (condition, a, b), shape, dtype)


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
