"""Heat maps: an array as a small picture, sign by hue and size by strength of colour.

The scale rule is the same everywhere: the entry of largest absolute value has the full colour, zero
is the background, and everything between is in proportion.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from backprop_studio.engine.op import Array

LEGEND = "Yellow is above 0, pink is below; the stronger the colour, the larger the number."
"""What the colours of a heat map mean, for a tooltip."""
MAX_COLUMNS, MAX_ROWS = 16, 8
"""Larger arrays are shown by the entry of largest absolute value of each block."""


def cells(array: Array) -> NDArray[np.float64]:
    """The array as at most MAX_ROWS × MAX_COLUMNS numbers from −1 to 1 (NaN stays NaN).

    One axis makes a row; further leading axes are laid out as rows below one another.
    """
    flat = shrunk(array)
    sizes = np.abs(flat)
    finite = sizes[np.isfinite(sizes)]
    largest = finite.max(initial=0.0)
    if largest == 0.0:
        largest = 1.0
    with np.errstate(invalid="ignore"):
        result: NDArray[np.float64] = np.clip(flat / largest, -1.0, 1.0)
    return result


def shrunk(array: Array) -> NDArray[np.float64]:
    """The array's own numbers, one for each cell of its heat map. An array of these has the same heat map."""
    flat = np.asarray(array, np.float64)
    flat = flat.reshape(1, -1) if flat.ndim < 2 else flat.reshape(-1, flat.shape[-1])
    if flat.size == 0:
        return np.zeros((1, 1))
    return _strongest(_strongest(flat, MAX_ROWS, 0), MAX_COLUMNS, 1)


def _strongest(array: NDArray[np.float64], limit: int, axis: int) -> NDArray[np.float64]:
    """Shorten an axis to ``limit`` blocks, each shown by its entry of largest absolute value."""
    length = array.shape[axis]
    if length <= limit:
        return array
    starts = np.arange(limit) * length // limit
    high = np.maximum.reduceat(array, starts, axis)
    low = np.minimum.reduceat(array, starts, axis)
    return np.where(high >= -low, high, low)


def image(array: Array, positive: QColor, negative: QColor, ground: QColor, bad: QColor) -> QImage:
    """The heat map with one pixel an entry, to be scaled up without smoothing."""
    shares = cells(array)
    nan = np.isnan(shares)
    shares = np.where(nan, 0.0, shares)
    tints = np.where(shares[..., None] < 0, _rgb(negative), _rgb(positive))
    strength = np.abs(shares)[..., None]
    colors = _rgb(ground) * (1.0 - strength) + tints * strength
    colors[nan] = _rgb(bad)
    height, width = shares.shape
    pixels = np.full((height, width, 4), 255, np.uint8)
    pixels[..., :3] = np.rint(colors)[..., ::-1]  # Format_RGB32 is blue, green, red, unused in memory
    return QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGB32).copy()


def _rgb(color: QColor) -> NDArray[np.float64]:
    return np.array([color.red(), color.green(), color.blue()], float)
