"""Is a kink of a function at a point, or only near it? Differences with steps that shrink tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

_EPSILON = float(np.finfo(np.float64).eps)
_SHRINK = 100.0
_STEADY = 80.0 * _EPSILON
"""A step so many times the value may be shared by the slopes on its sides: rounding then moves them by a tenth."""
_CLOSED = 0.2
"""Slopes on two sides that differ by less than this share of what they did at a wide step have come together."""


class Near(NamedTuple):
    """The slopes of a function just left and just right of a point, at a step that reaches no kink.

    ``unsure`` is what the slope between them may be off by.
    """

    left: float
    right: float
    unsure: float

    @property
    def slope(self) -> float:
        """The slope at the point."""
        return 0.5 * (self.left + self.right)


def slopes_beside(function: Callable[[float], float], middle: float, step: float) -> tuple[float, float]:
    """The slopes to the left and to the right of 0 by differences; ``middle`` is the function there."""
    with np.errstate(invalid="ignore", over="ignore"):  # differences of what is infinite: no slope
        return float((middle - function(-step)) / step), float((function(step) - middle) / step)


def short_of_kink(
    function: Callable[[float], float], middle: float, step: float, gap: float, size: float = 1.0
) -> Near | None:
    """The slopes beside 0 where they come together at steps below ``step``; None where the kink is at 0 itself.

    At ``step`` they differ by ``gap``. ``size`` is the magnitude of what is moved: no step goes below what can be told
    from rounding.
    """
    best: Near | None = None
    for short in _shorter(step, max(50.0 * _EPSILON * size, _STEADY * abs(middle) / gap)):
        left, right = slopes_beside(function, middle, short)
        if not np.isfinite([left, right]).all():
            return None
        found = Near(left, right, abs(right - left) + _STEADY * abs(middle) / short)
        if best is None or abs(right - left) < abs(best.right - best.left):
            best = found
    return best if best is not None and abs(best.right - best.left) < _CLOSED * gap else None


def slope_on_one_side(function: Callable[[float], float], middle: float, step: float) -> float:
    """The slope at 0 from points on the side of ``step`` alone, exact for a parabola."""
    return (4.0 * function(step) - function(2.0 * step) - 3.0 * middle) / (2.0 * step)


def _shorter(step: float, least: float) -> Iterator[float]:
    """Steps below ``step``, down to the shortest one that tells anything."""
    short = step / _SHRINK
    while short > least:
        yield short
        short /= _SHRINK
    if least < step:
        yield least
