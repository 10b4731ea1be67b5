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
        return self.views(self._padded(x, fill), x.shape)

    def views(self, padded: Array, shape: Shape) -> list[Array]:
        """The same in images of shape ``shape`` that are padded already."""
        first = self.first % len(shape)
        down, across = self.grid.places((shape[first], shape[first + 1]))
        return [padded[place] for place in self._places(first, down, across)]

    def zeros(self, shape: Shape, dtype: np.dtype, into: Array | None = None) -> Array:
        """Padded images of zeros; in ``into``, where that has their shape."""
        full = self._padded_shape(shape)
        if into is None or into.shape != full:
            return np.zeros(full, dtype)
        into.fill(0.0)
        return into

    def cropped(self, padded: Array, shape: Shape) -> Array:
        """Images of shape ``shape`` without their padding, as a view."""
        return padded[self._inside(shape)]

    def add_back(self, parts: Iterable[Array], shape: Shape, dtype: np.dtype) -> Array:
        """The adjoint of ``of``: the entries of each place, added up where they were taken from, in ``shape``."""
        whole = self.zeros(shape, dtype)
        for target, part in zip(self.views(whole, shape), parts, strict=True):
            np.add(target, part, out=target)
        return self.cropped(whole, shape)

    def are_disjoint(self) -> bool:
        """Does every entry of the images lie in one window at most?"""
        return all(self.grid.stride[axis] >= self.grid.reach(axis) for axis in (0, 1))

    def _places(self, first: int, down: int, across: int) -> Iterator[tuple[slice, ...]]:
        """Where each place in the window lies in the padded images, for all windows."""
        (step_down, step_across), (high, wide) = self.grid.stride, self.grid.dilation
        for row, column in product(range(self.grid.size[0]), range(self.grid.size[1])):
            y, x = row * high, column * wide
            rows = slice(y, y + step_down * (down - 1) + 1, step_down)
            columns = slice(x, x + step_across * (across - 1) + 1, step_across)
            yield (*(slice(None),) * first, rows, columns)

    def _padded(self, x: Array, fill: float) -> Array:
        full = self._padded_shape(x.shape)
        if full == x.shape:
            return x
        padded = np.full(full, fill, x.dtype)
        padded[self._inside(x.shape)] = x
        return padded

    def _padded_shape(self, shape: Shape) -> Shape:
        first, (top, left), (bottom, right) = self.first % len(shape), self.grid.before, self.grid.after
        return (*shape[:first], shape[first] + top + bottom, shape[first + 1] + left + right, *shape[first + 2 :])

    def _inside(self, shape: Shape) -> tuple[slice, ...]:
        first, (top, left) = self.first % len(shape), self.grid.before
        rows, columns = slice(top, top + shape[first]), slice(left, left + shape[first + 1])
        return (*(slice(None),) * first, rows, columns)
