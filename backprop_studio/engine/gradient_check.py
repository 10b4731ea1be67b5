"""Analytic gradients against central differences of the loss, in float64: entry by entry, or along one direction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from backprop_studio.engine.interpreter import forward_pass, run
from backprop_studio.engine.op import Array
from backprop_studio.engine.program import Program
from backprop_studio.engine.withheld import fix_withheld

TOLERANCE = 1e-5
"""Largest relative error that passes."""
_STEP = 6e-6
"""Cube root of the rounding error: the best step of a central difference."""
_SCALES = (1.0, 10.0, 0.1)
"""Multiples of the step that are tried until one agrees; the last is the smallest."""
_FLOOR = 1e-4
"""Gradients below this share of the loss are compared by their difference: rounding hides the rest."""
_Sides = tuple[float, float]
"""The slopes of the loss to the left and to the right."""


@dataclass(frozen=True)
class LeafCheck:
    """The check of one source. Arrays have its shape.

    ``error`` is the relative error of each entry, 0 at a kink. ``kink`` marks entries where the loss has
    a corner, as at relu(0), abs(0) or a tie of two maxima: the slopes on both sides differ however small the
    step, and the analytic gradient lies between them. ``note`` is a sentence on what was held fixed because it gets
    no gradient by definition, empty where there is nothing of the kind.
    """

    call: int
    analytic: Array
    numeric: Array
    error: Array
    kink: Array
    note: str = ""
    sides: tuple[Array, Array] | None = None
    """The slopes to the left and to the right of each entry, as far as they were measured: where there is a kink."""

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

    Takes two forward passes an entry, and a few more where they disagree or a kink is near. Dropout keeps its mask:
    its seed is a setting.
    """
    wide = _wide_leaves(program)
    fixed = fix_withheld(program, forward_pass(program, wide)[0])
    program, leaf = fixed.program, wide[call]
    numeric, error, kink = np.zeros(leaf.shape), np.zeros(leaf.shape), np.zeros(leaf.shape, dtype=bool)
    left, right = np.zeros(leaf.shape), np.zeros(leaf.shape)
    middle = _loss(program, wide)
    for index in np.ndindex(leaf.shape):

        def loss_at(step: float, index: tuple[int, ...] = index) -> float:
            moved = leaf.copy()
            moved[index] += step
            return _loss(program, {**wide, call: moved})

        size = max(1.0, abs(float(leaf[index])))
        found = _compare(loss_at, float(analytic[index]), middle, size)
        numeric[index], error[index], kink[index], (left[index], right[index]) = found
    return LeafCheck(call, np.array(analytic), numeric, error, kink, fixed.note([call]), (left, right))


class DirectionCheck(NamedTuple):
    """The check along one direction: the relative error, 0 at a kink, and whether the loss has a kink there.

    ``note`` is as in LeafCheck.
    """

    error: float
    kink: bool
    note: str = ""

    @property
    def passed(self) -> bool:
        """True where the gradient agrees, or the loss has a kink."""
        return self.error <= TOLERANCE


def directional_check(program: Program, seed: int = 0) -> DirectionCheck:
    """Check the gradient along one random direction through all sources.

    One backward pass and, as a rule, two forward passes, however many entries there are; a wrong gradient in any of
    them shows. Raises ValueError where there is no loss or the loss is not a single number.
    """
    wide = _wide_leaves(program)
    passed = run(program, wide)
    loss = None if program.loss is None else passed.values[program.loss]
    if loss is None or loss.size != 1:
        raise ValueError("there is no loss that is a single number")
    fixed = fix_withheld(program, passed.values)
    rng = np.random.default_rng(seed)
    direction, analytic = {}, 0.0
    for index, leaf in wide.items():
        gradient = passed.gradients[index]
        if gradient is not None:
            signs = np.where(rng.random(leaf.shape) < 0.5, -1.0, 1.0)
            direction[index] = signs * np.maximum(1.0, np.absolute(leaf))
            analytic += float(np.add.reduce(gradient * direction[index], axis=None))

    def loss_at(step: float) -> float:
        return _loss(fixed.program, {**wide, **{index: wide[index] + step * way for index, way in direction.items()}})

    if not direction:
        return DirectionCheck(0.0, kink=False)
    _, error, kink, _ = _compare(loss_at, analytic, float(loss.item()), 1.0)
    return DirectionCheck(error, kink, fixed.note(list(direction)))


def _compare(
    loss_at: Callable[[float], float], analytic: float, middle: float, size: float
) -> tuple[float, float, bool, _Sides]:
    """Numeric derivative, relative error, whether the loss has a kink here, and the slopes on its two sides.

    ``loss_at`` gives the loss after a step, ``middle`` the loss here; ``size`` scales the steps.
    """
    floor = _FLOOR * max(1.0, abs(middle))
    numeric, error = np.nan, np.inf
    slopes: list[_Sides] = []

    def measure(scale: float) -> float:
        step = scale * _STEP * size
        above, below = loss_at(step), loss_at(-step)
        slopes.append(((middle - below) / step, (above - middle) / step))
        return (above - below) / (2.0 * step)

    for scale in _SCALES:
        found = measure(scale)
        error_found = _relative(analytic, found, floor)
        if error_found < error or np.isnan(numeric):
            numeric, error = found, error_found
        if error <= TOLERANCE:
            break
    if not _apart(slopes[-1], floor):
        return numeric, error, False, slopes[-1]
    if len(slopes) < len(_SCALES):
        measure(_SCALES[-1])
    kink = _is_kink(slopes[0], slopes[-1], analytic, floor)
    return numeric, 0.0 if kink else error, kink, slopes[-1]


def _allowance(sides: _Sides, floor: float) -> float:
    return TOLERANCE * 100 * max(abs(sides[0]), abs(sides[1]), floor)


def _apart(sides: _Sides, floor: float) -> bool:
    return abs(sides[1] - sides[0]) > _allowance(sides, floor)


def _is_kink(wide: _Sides, close: _Sides, analytic: float, floor: float) -> bool:
    """Do the slopes on both sides differ, and as much so at the smaller step? What curvature does shrinks with it."""
    persists = _apart(close, floor) and abs(close[1] - close[0]) > 0.3 * abs(wide[1] - wide[0])
    allowance = _allowance(close, floor)
    return persists and min(close) - allowance <= analytic <= max(close) + allowance


def _relative(analytic: float, numeric: float, floor: float) -> float:
    if not (np.isfinite(analytic) or np.isfinite(numeric)):
        return 0.0  # neither exists as a number: nothing to compare
    if not (np.isfinite(analytic) and np.isfinite(numeric)):
        return np.inf
    return abs(analytic - numeric) / max(abs(analytic), abs(numeric), floor)


def _wide_leaves(program: Program) -> dict[int, Array]:
    """All sources, in float64; class indices as they are."""
    return {
        index: leaf.astype(np.float64) if leaf.dtype.kind == "f" else leaf for index, leaf in program.leaves.items()
    }


def _loss(program: Program, leaves: Mapping[int, Array]) -> float:
    assert program.loss is not None
    values, _ = forward_pass(program, leaves)
    loss = values[program.loss]
    return np.nan if loss is None else float(loss.item())
