"""A curve of any length as at most so many points: the lowest and the highest of each of its pieces."""

from __future__ import annotations

import numpy as np

from backprop_studio.engine.op import Array


class Envelope:
    """Follows a curve that grows: what was gone through once is not gone through again.

    Pieces hold a power of two of values; where they become too many, neighbours are joined.
    """

    def __init__(self, most: int) -> None:
        """``most`` points are drawn, and a few more at the end."""
        self._most = most
        self._size, self._low, self._high = 1, np.empty(0), np.empty(0)

    def clear(self) -> None:
        """Begin another curve."""
        self._size, self._low, self._high = 1, np.empty(0), np.empty(0)

    def points(self, values: Array) -> tuple[Array, Array]:
        """Steps (from 1) and values to draw. ``values`` are those of the last call, and what has come since."""
        count = len(values)
        if count <= self._most:
            return np.arange(1.0, count + 1.0), values.astype(float)
        while count // self._size > self._most // 2:
            self._join()
        done = len(self._low) * self._size
        whole = count - count % self._size
        pieces = values[done:whole].reshape(-1, self._size)
        self._low = np.concatenate((self._low, np.fmin.reduce(pieces, axis=1)))
        self._high = np.concatenate((self._high, np.fmax.reduce(pieces, axis=1)))
        rest = values[whole:]
        ends = [np.fmax.reduce(rest), np.fmin.reduce(rest), rest[-1]] if len(rest) else [values[-1]]
        starts = np.arange(len(self._low)) * self._size + 1.0
        shown = np.stack((self._high, self._low), axis=1).ravel()
        steps = np.repeat(starts, 2)
        return np.concatenate((steps, [whole + 1.0] * (len(ends) - 1), [count])), np.concatenate((shown, ends))

    def _join(self) -> None:
        """Make one piece of every two; an odd one at the end is gone through anew."""
        even = len(self._low) // 2 * 2
        self._low = np.fmin.reduce(self._low[:even].reshape(-1, 2), axis=1)
        self._high = np.fmax.reduce(self._high[:even].reshape(-1, 2), axis=1)
        self._size *= 2
