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
    JOIN = "join"
    """A vector of all entries of the arguments, one after the other."""


NEVER, WITH_FEEDS, WITH_PARAMETERS = 0, 1, 2
"""When the result of an instruction may change: bits, or-ed over its arguments."""


class Tape:
    """Instructions in the order of their making, each made once."""

    __slots__ = ("_alive", "_known", "_ones", "masks_by_product", "rules", "symbols")

    def __init__(self, rules: Mapping[Any, Callable[..., Symbol]]) -> None:
        self.rules = rules
        """How NumPy's functions, and ufuncs' methods by name, are written down; see ``following``."""
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
        return elementwise(self.tape, np.add, (self, other))

    def __sub__(self, other: Any) -> Symbol:
        return elementwise(self.tape, np.subtract, (self, other))

    def __mul__(self, other: Any) -> Symbol:
        return elementwise(self.tape, np.multiply, (self, other))

    def __radd__(self, other: Any) -> Symbol:
        return elementwise(self.tape, np.add, (other, self))

    def __rsub__(self, other: Any) -> Symbol:
        return elementwise(self.tape, np.subtract, (other, self))

    def __rmul__(self, other: Any) -> Symbol:
        return elementwise(self.tape, np.multiply, (other, self))

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
        return self.view_as(np.transpose, axes[0] if len(axes) == 1 else (axes or None))

    def reshape(self, *shape: Any) -> Symbol:
        """The same entries in another shape."""
        return self.view_as(np.reshape, tuple(shape[0]) if len(shape) == 1 and not isinstance(shape[0], int) else shape)

    def sum_all(self) -> Symbol:
        """The sum of all entries."""
        return self.tape.rules["reduce"](self.tape, np.add, (self,), {"axis": None})

    def astype(self, dtype: Any, copy: bool = True) -> Symbol:
        """The array in another type; itself where it already has it."""
        if np.dtype(dtype) == self.dtype:
            return self
        return self.tape.record(Kind.CALL, _astype, (self, np.dtype(dtype).str), self.shape, np.dtype(dtype))

    def record_call(self, opaque: Opaque, arrays: Sequence[Any]) -> Symbol:
        """The symbol of ``opaque(*arrays)`` as one call; see ``one_call``."""
        return self.tape.record(Kind.CALL, opaque, arrays, opaque.shape, opaque.dtype)

    def __getitem__(self, index: Any) -> Symbol:
        parts = index if isinstance(index, tuple) else (index,)
        if not all(part is None or part is Ellipsis or isinstance(part, int | slice) for part in parts):
            raise Untraceable
        return self.view_as(_getitem, index)

    def view_as(self, function: Callable[..., Any], how: Any) -> Symbol:
        """The symbol of ``function(self, how)``, which is a view where that is possible."""
        if function is np.transpose and self.ndim < 2:
            return self
        return self.tape.record(Kind.VIEW, function, (self, how), self._view_shape(function, how), self.dtype)

    def _view_shape(self, function: Callable[..., Any], how: Any) -> Shape:
        """The shape of a view; that of the commonest at once, that of others by trying it."""
        if function is np.reshape and prod(how) == self.size and min(how, default=1) >= 0:
            return tuple(how)
        if function is np.transpose and how is None:
            return self.shape[::-1]
        shape: Shape = function(np.broadcast_to(np.empty((), self.dtype), self.shape), how).shape
        return shape

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Symbol:
        if method == "reduce":
            return self.tape.rules["reduce"](self.tape, ufunc, inputs, keywords)
        if method != "__call__" or keywords or ufunc.nout != 1:
            raise Untraceable
        if ufunc is np.matmul:
            return self.tape.rules[np.matmul](self.tape, *inputs)
        return elementwise(self.tape, ufunc, inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Symbol:
        followed = self.tape.rules.get(function)
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


def elementwise(tape: Tape, ufunc: np.ufunc, inputs: tuple[Any, ...]) -> Symbol:
    """The symbol of a call of a ufunc, simplified where numbers are among its arguments."""
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
    numbers = [literal_of(part) for part in inputs]
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


def literal_of(part: Any) -> float | None:
    """The number that a part of a call is, or None."""
    if type(part) is Symbol:
        return part.literal
    return float(part) if isinstance(part, int | float) else None
