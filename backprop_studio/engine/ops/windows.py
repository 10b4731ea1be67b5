"""Sliding windows over images, as views, and their adjoint. Loops run over places in the window, never over pixels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from backprop_studio.engine.layer_shapes import Grid
from backprop_studio.engine.op import Array, Shape


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows of a grid, taken out of images and added back into them.

    Height and width of the images are the axes ``first`` and ``first + 1`` of their arrays; by default the last two.
    Elementwise work is fastest on many entries in a row, so it is done for one place in the window after the other.
    """

    grid: Grid
    first: int = -2

    def of(self, x: Array, fill: float = 0.0) -> list[Array]:
        """For each place in the window, row by row, its entries in all windows: views of shape (..., down, across)."""
        first = self.first % x.ndim
        down, across = self.grid.places((x.shape[first], x.shape[first + 1]))
        padded = self._padded(x, fill, first)
        return [padded[place] for place in self._places(first, down, across)]

    def add_back(self, parts: Iterable[Array], shape: Shape) -> Array:
        """The adjoint of ``of``: the entries of each place, added up where they were taken from, in ``shape``."""
        first = self.first % len(shape)
        (top, left), (bottom, right) = self.grid.before, self.grid.after
        height, width = shape[first], shape[first + 1]
        down, across = self.grid.places((height, width))
        whole: Array | None = None
        for place, part in zip(self._places(first, down, across), parts, strict=True):
            if whole is None:
                full = (*shape[:first], height + top + bottom, width + left + right, *shape[first + 2 :])
                whole = np.zeros(full, part.dtype)
            target = whole[place]
            np.add(target, part, out=target)
        assert whole is not None
        return whole[(slice(None),) * first + (slice(top, top + height), slice(left, left + width))]

    def _places(self, first: int, down: int, across: int) -> Iterator[tuple[slice, ...]]:
        """Where each place in the window lies in the padded images, for all windows."""
        (step_down, step_across), (high, wide) = self.grid.stride, self.grid.dilation
        for row, column in product(range(self.grid.size[0]), range(self.grid.size[1])):
            y, x = row * high, column * wide
            rows = slice(y, y + step_down * (down - 1) + 1, step_down)
            columns = slice(x, x + step_across * (across - 1) + 1, step_across)
            yield (*(slice(None),) * first, rows, columns)

    def _padded(self, x: Array, fill: float, first: int) -> Array:
        (top, left), (bottom, right) = self.grid.before, self.grid.after
        if not (top or left or bottom or right):
            return x
        height, width = x.shape[first], x.shape[first + 1]
        full = (*x.shape[:first], height + top + bottom, width + left + right, *x.shape[first + 2 :])
        padded = np.full(full, fill, x.dtype)
        padded[(slice(None),) * first + (slice(top, top + height), slice(left, left + width))] = x
        return padded
