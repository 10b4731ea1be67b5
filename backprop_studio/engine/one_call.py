"""Steps inside an operation that tracing takes as one call, such as looking up class indices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from typing import Any

import numpy as np

from backprop_studio.engine.interpreter import unbroadcast
from backprop_studio.engine.op import Array, Shape


@dataclass(frozen=True, slots=True)
class Opaque:
    """An operation's function called as it is, its result summed to ``shape``.

    The last arguments are handed to it as the keywords ``names``.
    """

    function: Callable[..., Any]
    shape: Shape
    dtype: np.dtype
    settings: tuple[tuple[str, Any], ...]
    names: tuple[str, ...] = ()
    fills: bool = False
    """Can the function write its result into an array given as keyword ``into``?"""

    def __call__(self, *arguments: Any, out: Array | None = None) -> Array:
        arrays = [np.asarray(argument) for argument in arguments]
        count = len(arrays) - len(self.names)
        named = dict(zip(self.names, arrays[count:], strict=True))
        if out is not None:
            named["into"] = out
        result = np.asarray(self.function(*arrays[:count], **dict(self.settings), **named), self.dtype)
        if out is not None and result is not out:
            out[...] = result
        return unbroadcast(result, self.shape)


def one_call(shape: Callable[..., Shape]) -> Callable[[Callable[..., Array]], Callable[..., Array]]:
    """Mark a function of arrays and keyword settings as a single step for tracing.

    On arrays the function runs as it is. On symbols the whole call is written down instead; ``shape``, of the same
    arguments, gives the shape of its result and the keyword ``dtype`` its type. What depends on data only
    is then computed once for many training steps. A function with a keyword ``into`` is given an array
    for its result that is the same in every step.
    """

    def mark(function: Callable[..., Array]) -> Callable[..., Array]:
        fills = "into" in signature(function).parameters

        @wraps(function)
        def call(*arrays: Any, dtype: np.dtype, **settings: Any) -> Any:
            for array in arrays:
                record = getattr(array, "record_call", None)
                if record is not None:
                    made = shape(*arrays, **settings)
                    given = tuple(sorted({**settings, "dtype": dtype}.items()))
                    return record(Opaque(function, made, dtype, given, fills=fills), arrays)
            return function(*arrays, dtype=dtype, **settings)

        return call

    return mark
