"""Steps inside an operation that tracing takes as one call, such as looking up class indices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
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

    def __call__(self, *arguments: Any) -> Array:
        arrays = [np.asarray(argument) for argument in arguments]
        count = len(arrays) - len(self.names)
        named = dict(zip(self.names, arrays[count:], strict=True))
        result = np.asarray(self.function(*arrays[:count], **dict(self.settings), **named), self.dtype)
        return unbroadcast(result, self.shape)


def one_call(shape: Callable[..., Shape]) -> Callable[[Callable[..., Array]], Callable[..., Array]]:
    """Mark a function of one array and keyword settings as a single step for tracing.

    On arrays the function runs as it is. On a symbol the whole call is written down instead; ``shape``, of the same
    arguments, gives the shape of its result and the keyword ``dtype`` its type. What depends on data only
    is then computed once for many training steps.
    """

    def mark(function: Callable[..., Array]) -> Callable[..., Array]:
        @wraps(function)
        def call(array: Any, *, dtype: np.dtype, **settings: Any) -> Any:
            record = getattr(array, "record_call", None)
            if record is None:
                return function(array, dtype=dtype, **settings)
            return record(function, shape(array, **settings), dtype, settings)

        return call

    return mark
