"""Analytic gradients against central differences, entry by entry, in float64."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backprop_studio.engine.interpreter import forward_pass
from backprop_studio.engine.op import Array
from backprop_studio.engine.program import Program

TOLERANCE = 1e-5
"""Largest relative error that passes."""
_STEP = 6e-6
"""Cube root of the rounding error: the best step of a central difference."""
_FLOOR = 1e-4
"""Gradients below this share of the loss are compared by their difference: rounding hides the rest."""


@dataclass(frozen=True)
class LeafCheck:
    """The check of one source. Arrays have its shape.

    ``error`` is the relative error of each entry, 0 at a kink. ``kink`` marks entries where the loss has
    a corner: the one-sided slopes differ, and the analytic gradient lies between them.
    """

    call: int
    analytic: Array
    numeric: Array
    error: Array
    kink: Array

    @property
    def worst(self) -> float:
        """The largest relative error, 0 for an empty array; NaN counts as infinite."""
        return float(np.nan_to_num(self.error, nan=np.inf, posinf=np.inf).max(initial=0.0))

    @property
    def passed(self) -> bool:
        """True where every entry agrees or is a kink."""
        return self.worst <= TOLERANCE


def check_leaf(program: Program, call: int, analytic: Array) -> LeafCheck:
    """Compare ``analytic``, the gradient of the source at ``call``, with differences of the loss.

    Takes two forward passes an entry, and a few more where they disagree.
    """
    leaf = np.asarray(program.leaves[call], dtype=np.float64)
    numeric, error, kink = np.zeros(leaf.shape), np.zeros(leaf.shape), np.zeros(leaf.shape, dtype=bool)
    middle = _loss(program, call, leaf)
    for index in np.ndindex(leaf.shape):
        numeric[index], error[index], kink[index] = _check_entry(
            program, call, leaf, index, float(analytic[index]), middle
        )
    return LeafCheck(call, np.array(analytic), numeric, error, kink)


def _check_entry(
    program: Program, call: int, leaf: Array, index: tuple[int, ...], analytic: float, middle: float
) -> tuple[float, float, bool]:
    """Numeric gradient, relative error, and whether the loss has a kink there."""
    floor = _FLOOR * max(1.0, abs(middle))
    best, best_error = np.nan, np.inf
    for scale in (1.0, 10.0, 0.1):
        step = scale * _STEP * max(1.0, abs(float(leaf[index])))
        above = _loss(program, call, _moved(leaf, index, step))
        below = _loss(program, call, _moved(leaf, index, -step))
        numeric = (above - below) / (2.0 * step)
        error = _relative(analytic, numeric, floor)
        if error < best_error or np.isnan(best):
            best, best_error = numeric, error
        if best_error <= TOLERANCE:
            return best, best_error, False
        right, left = (above - middle) / step, (middle - below) / step
        allowance = TOLERANCE * 100 * max(abs(right), abs(left), floor)
        apart = abs(right - left) > allowance
        if apart and min(right, left) - allowance <= analytic <= max(right, left) + allowance:
            return numeric, 0.0, True
    return best, best_error, False


def _relative(analytic: float, numeric: float, floor: float) -> float:
    if not (np.isfinite(analytic) or np.isfinite(numeric)):
        return 0.0  # neither exists as a number: nothing to compare
    if not (np.isfinite(analytic) and np.isfinite(numeric)):
        return np.inf
    return abs(analytic - numeric) / max(abs(analytic), abs(numeric), floor)


def _moved(leaf: Array, index: tuple[int, ...], step: float) -> Array:
    moved = leaf.copy()
    moved[index] += step
    return moved


def _loss(program: Program, call: int, leaf: Array) -> float:
    assert program.loss is not None
    values, _ = forward_pass(program, {call: leaf})
    loss = values[program.loss]
    return np.nan if loss is None else float(loss.item())
