"""The value of a source node: an immutable array that compares by content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop_studio.engine.op import Array, Shape


class Value:
    """An immutable array of float64 or int64, equal to another of the same type, shape and bits.

    Bitwise comparison makes NaN equal to itself, so that an undone edit restores an equal graph.
    """

    __slots__ = ("_array",)

    def __init__(self, content: Any) -> None:
        """Copy ``content`` (a number, nested lists, an array). Raises ValueError where it is no regular array."""
        array = np.array(content)
        if array.dtype.kind not in "fiub":
            raise ValueError("a value must be a number or nested lists of numbers of equal length")
        array = array.astype(np.int64 if array.dtype.kind in "iu" else np.float64)
        array.flags.writeable = False
        self._array = array

    @property
    def array(self) -> Array:
        """The content, read-only."""
        return self._array

    @property
    def shape(self) -> Shape:
        """The shape of the content; () for a single number."""
        return self._array.shape

    @property
    def is_integer(self) -> bool:
        """True where every number was written without a decimal point."""
        return self._array.dtype.kind == "i"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Value):
            return NotImplemented
        a, b = self._array, other._array
        return a is b or (a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes())

    def __hash__(self) -> int:
        return hash((self._array.dtype.str, self._array.shape, self._array.tobytes()))

    def __repr__(self) -> str:
        return f"Value({self._array.tolist()!r})"


States = Mapping[int, Mapping[str, Value]]
"""What training has left in nodes, by node id and name; empty for a node before its first step."""
