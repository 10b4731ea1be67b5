"""Symbols: arrays that are not there yet and write down the NumPy calls that are made on them.

A ``Tape`` holds the calls in the order in which they were made, each made once: equal calls on
equal arguments are the same instruction, so the backward pass shares subexpressions with the
forward pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from math import prod
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from backprop_studio.engine.one_call import Opaque
from backprop_studio.engine.op import Array, Shape


class Untraceable(Exception):
    """Raised inside an operation's function that does something a symbol cannot follow."""


class Kind(Enum):
    """What an instruction does."""

    LEAF = "leaf"
    LITERAL = "literal"
    UFUNC = "ufunc"
    REDUCE = "reduce"
    DOT = "dot"
    VIEW = "view"
    CALL = "call"


NEVER, WITH_FEEDS, WITH_PARAMETERS = 0, 1, 2
"""When the result of an instruction may change: bits, or-ed over its arguments."""


class Tape:
    """Instructions in the order of their making, each made once."""

    __slots__ = ("_alive", "_known", "_ones", "masks_by_product", "symbols")

    def __init__(self) -> None:
        self.masks_by_product = False
        """May ``where(condition, 0, x)`` be written as a product? Four times as fast, but 0 × ∞ is NaN."""
        self.symbols: list[Symbol] = []
        self._known: dict[Any, Symbol] = {}
        self._ones: dict[Any, Array] = {}
        self._alive: list[Array] = []  # arrays that keys of _known name by identity

    def leaf(self, shape: Shape, dtype: np.dtype, changes: int) -> Symbol:
        """A symbol for an array given from outside."""
        return self._append(Kind.LEAF, None, (), (), shape, dtype, changes, None)

    def literal(self, value: float, shape: Shape, dtype: np.dtype) -> Symbol:
        """A symbol for an array of one repeated number."""
        key = (repr(value), shape, dtype)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._append(Kind.LITERAL, None, (), (), shape, dtype, NEVER, value)
        return found

    def ones(self, length: int, dtype: np.dtype) -> Array:
        """A vector of ones, the same for every asker."""
        key = length, dtype
        if key not in self._ones:
            self._ones[key] = np.ones(length, dtype)
        return self._ones[key]

    def record(
        self,
        kind: Kind,
        function: Callable[..., Any] | None,
        arguments: Sequence[Any],
        shape: Shape,
        dtype: np.dtype,
        keywords: tuple[tuple[str, Any], ...] = (),
    ) -> Symbol:
        """The symbol of a call, new or known."""
        changes, names = NEVER, [function, keywords]  # type: int, list[Any]
        for argument in arguments:
            if type(argument) is Symbol:
                changes |= argument.changes
                names.append(argument.index)
            elif isinstance(argument, np.ndarray):
                self._alive.append(argument)
                names.append(("array", id(argument)))
            else:
                names.append((type(argument), repr(argument)))
        key = tuple(names)
        found = self._known.get(key)
        if found is None:
            found = self._append(kind, function, tuple(arguments), keywords, shape, dtype, changes, None)
            self._known[key] = found
        return found

    def _append(self, *parts: Any) -> Symbol:
        made = Symbol(self, len(self.symbols), *parts)
        self.symbols.append(made)
        return made


class Symbol(NDArrayOperatorsMixin):
    """An array that is not there yet: one instruction, which knows the shape and type of its result.

    ``arguments`` are symbols, Python numbers and arrays. What is done with a symbol is written down on its tape.
    """

    __slots__ = ("arguments", "changes", "dtype", "function", "index", "keywords", "kind", "literal", "shape", "tape")

    def __init__(
        self,
        tape: Tape,
        index: int,
        kind: Kind,
        function: Callable[..., Any] | None,
        arguments: tuple[Any, ...],
        keywords: tuple[tuple[str, Any], ...],
        shape: Shape,
        dtype: np.dtype,
        changes: int,
        literal: float | None,
    ) -> None:
        self.tape, self.index, self.kind, self.function = tape, index, kind, function
        self.arguments, self.keywords, self.shape, self.dtype = arguments, keywords, shape, dtype
        self.changes, self.literal = changes, literal

    # The mixin's own operators take the way through NumPy's dispatch; these, which make most of a tape, do not.
    def __add__(self, other: Any) -> Symbol:
        return _elementwise(self.tape, np.add, (self, other))

    def __sub__(self, other: Any) -> Symbol:
        return _elementwise(self.tape, np.subtract, (self, other))

    def __mul__(self, other: Any) -> Symbol:
        return _elementwise(self.tape, np.multiply, (self, other))

    def __radd__(self, other: Any) -> Symbol:
        return _elementwise(self.tape, np.add, (other, self))

    def __rsub__(self, other: Any) -> Symbol:
        return _elementwise(self.tape, np.subtract, (other, self))

    def __rmul__(self, other: Any) -> Symbol:
        return _elementwise(self.tape, np.multiply, (other, self))

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of entries."""
        return prod(self.shape)

    @property
    def T(self) -> Symbol:
        """The array with its axes reversed."""
        return self.transpose()

    def transpose(self, *axes: Any) -> Symbol:
        """A view with permuted axes."""
        return self._view(np.transpose, axes[0] if len(axes) == 1 else (axes or None))

    def reshape(self, *shape: Any) -> Symbol:
        """The same entries in another shape."""
        return self._view(np.reshape, tuple(shape[0]) if len(shape) == 1 and not isinstance(shape[0], int) else shape)

    def astype(self, dtype: Any, copy: bool = True) -> Symbol:
        """The array in another type; itself where it already has it."""
        if np.dtype(dtype) == self.dtype:
            return self
        return self.tape.record(Kind.CALL, _astype, (self, np.dtype(dtype).str), self.shape, np.dtype(dtype))

    def record_call(
        self, function: Callable[..., Any], shape: Shape, dtype: np.dtype, settings: Mapping[str, Any]
    ) -> Symbol:
        """The symbol of ``function(self, dtype=dtype, **settings)`` as one call; see ``one_call``."""
        opaque = Opaque(function, shape, dtype, tuple(sorted({**settings, "dtype": dtype}.items())))
        return self.tape.record(Kind.CALL, opaque, (self,), shape, dtype)

    def __getitem__(self, index: Any) -> Symbol:
        parts = index if isinstance(index, tuple) else (index,)
        if not all(part is None or part is Ellipsis or isinstance(part, int | slice) for part in parts):
            raise Untraceable
        return self._view(_getitem, index)

    def _view(self, function: Callable[..., Any], how: Any) -> Symbol:
        shape = function(np.broadcast_to(np.empty((), self.dtype), self.shape), how).shape
        if function is np.transpose and self.ndim < 2:
            return self
        return self.tape.record(Kind.VIEW, function, (self, how), shape, self.dtype)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Symbol:
        if method == "reduce":
            return _reduce(self.tape, ufunc, inputs, keywords)
        if method != "__call__" or keywords or ufunc.nout != 1:
            raise Untraceable
        if ufunc is np.matmul:
            return _matmul(self.tape, *inputs)
        return _elementwise(self.tape, ufunc, inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Symbol:
        followed = _FUNCTIONS.get(function)
        if followed is None:
            raise Untraceable
        return followed(self.tape, *args, **kwargs)

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise Untraceable

    __bool__ = __iter__ = __len__ = __float__ = __int__ = __index__ = __array__ = __setitem__ = _refuse
    __hash__ = object.__hash__


def _getitem(array: Array, index: Any) -> Any:
    return array[index]


def _astype(array: Array, dtype: str) -> Array:
    return array.astype(dtype)


_result_types: dict[Any, np.dtype] = {}


def _result_type(ufunc: np.ufunc, inputs: Sequence[Any]) -> np.dtype:
    """The type of a result, as NumPy promotes it: Python numbers are weak."""
    key = (ufunc, *[part.dtype if hasattr(part, "dtype") else type(part) for part in inputs])
    found = _result_types.get(key)
    if found is None:
        probes = [np.ones(1, part.dtype) if hasattr(part, "dtype") else part for part in inputs]
        found = _result_types[key] = ufunc(*probes).dtype
    return found


def _elementwise(tape: Tape, ufunc: np.ufunc, inputs: tuple[Any, ...]) -> Symbol:
    shape: Shape = ()
    literals = 0
    for part in inputs:
        if type(part) is Symbol:
            literals += part.literal is not None
            other = part.shape
        elif isinstance(part, int | float):
            literals += 1
            continue
        else:
            other = part.shape
        if other != shape:
            shape = other if shape == () else np.broadcast_shapes(shape, other) if other else shape
    dtype = _result_type(ufunc, inputs)
    if not literals:
        return tape.record(Kind.UFUNC, ufunc, inputs, shape, dtype)
    numbers = [_literal_of(part) for part in inputs]
    if ufunc is np.multiply:
        for number, part in ((numbers[0], inputs[1]), (numbers[1], inputs[0])):
            if number == 1.0 and type(part) is Symbol and part.shape == shape and part.dtype == dtype:
                return part
    if literals == len(inputs) and dtype.kind == "f":
        with np.errstate(all="ignore"):
            return tape.literal(float(ufunc(*[dtype.type(number) for number in numbers])), shape, dtype)
    if ufunc is np.multiply and literals == 1:
        merged = _merged_factors(tape, numbers, inputs, shape, dtype)
        if merged is not None:
            return merged
    if literals < len(inputs):  # a literal needs no buffer where a neighbour gives the shape
        inputs = tuple(
            part.literal if type(part) is Symbol and part.literal is not None and not part.shape else part
            for part in inputs
        )
    return tape.record(Kind.UFUNC, ufunc, inputs, shape, dtype)


def _merged_factors(
    tape: Tape, numbers: Sequence[float | None], inputs: Sequence[Any], shape: Shape, dtype: np.dtype
) -> Symbol | None:
    """a × (b × x) as (a × b) × x, for numbers a and b."""
    number, part = (numbers[0], inputs[1]) if numbers[0] is not None else (numbers[1], inputs[0])
    if type(part) is not Symbol or part.function is not np.multiply or part.shape != shape or part.dtype != dtype:
        return None
    first, second = part.arguments
    inner, rest = (first, second) if isinstance(first, float) else (second, first)
    if not isinstance(inner, float) or type(rest) is not Symbol or rest.shape != shape:
        return None
    assert number is not None
    product = float(dtype.type(number) * dtype.type(inner))
    if not 0.0 < abs(product) < np.inf:
        return None
    return rest if product == 1.0 else tape.record(Kind.UFUNC, np.multiply, (product, rest), shape, dtype)


def _literal_of(part: Any) -> float | None:
    if type(part) is Symbol:
        return part.literal
    return float(part) if isinstance(part, int | float) else None


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
        if _literal_of(other) == 0.0 and type(kept) is Symbol and kept.shape == shape and kept.dtype == dtype:
            mask = condition if chosen is None else chosen(condition)
            return _elementwise(tape, np.multiply, (kept, mask))
    return tape.record(Kind.CALL, np.where, (condition, a, b), shape, dtype)


def _swapaxes(tape: Tape, array: Symbol, first: int, second: int) -> Symbol:
    axes = list(range(array.ndim))
    axes[first], axes[second] = axes[second], axes[first]
    return array.transpose(tuple(axes))


def _broadcast_to(tape: Tape, array: Symbol, shape: Any) -> Symbol:
    shape = tuple(shape) if not isinstance(shape, int) else (shape,)
    return array if shape == array.shape else array._view(np.broadcast_to, shape)


def _expand_dims(tape: Tape, array: Symbol, axis: Any) -> Symbol:
    return array._view(np.expand_dims, axis)


def _filled(value: float) -> Callable[..., Symbol]:
    def like(tape: Tape, array: Symbol) -> Symbol:
        return tape.literal(value, array.shape, array.dtype)

    return like


_FUNCTIONS: dict[Any, Callable[..., Symbol]] = {
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
