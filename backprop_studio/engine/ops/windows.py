"""Sliding windows over images, as views, and their adjoint. Loops run over places in the window, never over pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from backprop_studio.engine.layer_shapes import Pair
from backprop_studio.engine.op import Array, Shape


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of ``size`` placed ``stride`` apart on images padded by ``padding``; sizes are (height, width)."""

    size: Pair
    stride: Pair
    padding: Pair
    dilation: Pair = (1, 1)

    def of(self, x: Array, fill: float = 0.0) -> Array:
        """All windows of ``x`` (..., H, W) as a view of shape (..., down, across, height, width)."""
        padded = self._padded(x, fill)
        reach = tuple(d * (s - 1) + 1 for d, s in zip(self.dilation, self.size, strict=True))
        views = sliding_window_view(padded, reach, axis=(-2, -1))
        (down, across), (high, wide) = self.stride, self.dilation
        result: Array = views[..., ::down, ::across, ::high, ::wide]
        return result

    def add_back(self, parts: Array, shape: Shape) -> Array:
        """The adjoint of ``of``: what each window holds, added up where it was taken from, in ``shape``."""
        (down, across), (top, left) = self.stride, self.padding
        places: Any = parts.shape[-4:-2]
        whole = np.zeros((*shape[:-2], shape[-2] + 2 * top, shape[-1] + 2 * left), parts.dtype)
        for row in range(self.size[0]):
            for column in range(self.size[1]):
                y, x = row * self.dilation[0], column * self.dilation[1]
                rows = slice(y, y + down * places[0], down)
                columns = slice(x, x + across * places[1], across)
                whole[..., rows, columns] += parts[..., row, column]
        result: Array = whole[..., top : top + shape[-2], left : left + shape[-1]]
        return result

    def _padded(self, x: Array, fill: float) -> Array:
        if self.padding == (0, 0):
            return x
        (top, left), (*batch, height, width) = self.padding, x.shape
        padded = np.full((*batch, height + 2 * top, width + 2 * left), fill, x.dtype)
        padded[..., top : top + height, left : left + width] = x
        return padded
