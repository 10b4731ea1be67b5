"""Memory of a plan: arrays that start where the processor's vectors start, and are used again once nobody needs them.

NumPy aligns arrays to 16 bytes. Elementwise loops read and write 64 bytes at a time; where an array starts at a
multiple of 64, none of them touches two cache lines, which takes up to half of the time off.
"""

from __future__ import annotations

from math import prod

import numpy as np

from backprop_studio.engine.op import Array, Shape

_ALIGNMENT = 64


def aligned(shape: Shape, dtype: np.dtype) -> Array:
    """An array with arbitrary content that starts at a multiple of 64 bytes."""
    size = prod(shape) * dtype.itemsize
    raw = np.empty(size + _ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % _ALIGNMENT
    return raw[start : start + size].view(dtype).reshape(shape)


def aligned_copy(array: Array) -> Array:
    """A copy that starts at a multiple of 64 bytes."""
    copied = aligned(array.shape, array.dtype)
    copied[...] = array
    return copied


class Buffers:
    """Arrays for results. Each belongs to the instruction that wrote it, until that is dead or hands it on."""

    def __init__(self) -> None:
        self._owned: dict[int, Array] = {}
        self._free: dict[tuple[Shape, np.dtype], list[Array]] = {}

    def owns(self, owner: int) -> bool:
        """Does this instruction have a buffer of its own?"""
        return owner in self._owned

    def take(self, owner: int, shape: Shape, dtype: np.dtype) -> Array:
        """A buffer for the result of instruction ``owner``."""
        free = self._free.get((shape, dtype))
        buffer = self._owned[owner] = free.pop() if free else aligned(shape, dtype)
        return buffer

    def hand_on(self, owner: int, new_owner: int, shape: Shape, dtype: np.dtype) -> Array | None:
        """The buffer of one instruction for the result of another, or None where it does not fit."""
        buffer = self._owned.get(owner)
        if buffer is None or buffer.shape != shape or buffer.dtype != dtype:
            return None
        self._owned[new_owner] = self._owned.pop(owner)
        return buffer

    def release(self, owner: int) -> None:
        """Let others use the buffer of an instruction whose result nobody needs any more."""
        buffer = self._owned.pop(owner, None)
        if buffer is not None:
            self._free.setdefault((buffer.shape, buffer.dtype), []).append(buffer)
