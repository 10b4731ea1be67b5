"""Sliding windows over images, as views, and their adjoint. Loops run over places in the window, never over pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from backprop_studio.engine.layer_shapes import Grid
from backprop_studio.engine.op import Array, Shape


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows of a grid, taken out of images and added back into them."""

    grid: Grid

    def of(self, x: Array, fill: float = 0.0) -> Array:
        """All windows of ``x`` (..., H, W) as a view of shape (..., down, across, height, width)."""
        grid = self.grid
        padded = self._padded(x, fill)
        reach = tuple(d * (s - 1) + 1 for d, s in zip(grid.dilation, grid.size, strict=True))
        views = sliding_window_view(padded, reach, axis=(-2, -1))
        (down, across), (high, wide) = grid.stride, grid.dilation
        result: Array = views[..., ::down, ::across, ::high, ::wide]
        return result

    def add_back(self, parts: Array, shape: Shape) -> Array:
        """The adjoint of ``of``: what each window holds, added up where it was taken from, in ``shape``."""
        grid = self.grid
        (down, across), (top, left), (bottom, right) = grid.stride, grid.before, grid.after
        places: Any = parts.shape[-4:-2]
        whole = np.zeros((*shape[:-2], shape[-2] + top + bottom, shape[-1] + left + right), parts.dtype)
        for row in range(grid.size[0]):
            for column in range(grid.size[1]):
                y, x = row * grid.dilation[0], column * grid.dilation[1]
                rows = slice(y, y + down * places[0], down)
                columns = slice(x, x + across * places[1], across)
                whole[..., rows, columns] += parts[..., row, column]
        result: Array = whole[..., top : top + shape[-2], left : left + shape[-1]]
        return result

    def _padded(self, x: Array, fill: float) -> Array:
        (top, left), (bottom, right) = self.grid.before, self.grid.after
        if not (top or left or bottom or right):
            return x
        *batch, height, width = x.shape
        padded = np.full((*batch, height + top + bottom, width + left + right), fill, x.dtype)
        padded[..., top : top + height, left : left + width] = x
        return padded
