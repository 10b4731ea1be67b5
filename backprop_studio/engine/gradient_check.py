"""Analytic gradients against central differences of the loss, in float64: entry by entry, or along one direction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from backprop_studio.engine.errors import EngineError
from backprop_studio.engine.interpreter import forward_pass, run
from backprop_studio.engine.kinks import short_of_kink, slope_on_one_side, slopes_beside
from backprop_studio.engine.op import Array, Shape
from backprop_studio.engine.ops import registry
from backprop_studio.engine.program import Call, Program
from backprop_studio.engine.withheld import fix_withheld

TOLERANCE = 1e-5
"""Largest relative error that passes."""
_STEP = 6e-6
"""Cube root of the rounding error: the best step of a central difference."""
_SCALES = (1.0, 10.0, 0.1)
"""Multiples of the step that are tried until one agrees; the last is the smallest."""
_SHRINKING = 0.1
"""Where none agrees, the step is made ever smaller: near the edge of a domain, or where the loss bends soon."""
_EPSILON = float(np.finfo(np.float64).eps)
_SMALLEST = 1e-30
"""No step is smaller."""
_FLOOR = 1e-4
"""Gradients below this share of the loss are compared by their difference: rounding hides the rest."""
MOST_ENTRIES = 20_000
"""Entries of a source up to which every one is checked."""
SAMPLED = 1_000
"""Of a larger source so many entries are checked, drawn with a fixed seed."""
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_Sides = tuple[float, float]
"""The slopes of the loss to the left and to the right."""


@dataclass(frozen=True)
class LeafCheck:
    """The check of one source. Arrays have its shape.

    ``error`` is the relative error of each entry, 0 at a kink. ``kink`` marks entries where the loss has
    a corner, as at relu(0), abs(0) or a tie of two maxima: the slopes on both sides differ however small the
    step, and the analytic gradient lies between them. ``near`` marks those where a corner lies within the step of the
    central difference but not at the entry itself: there the difference is taken on the side without it. ``note`` is
    a sentence on what was held fixed because it gets no gradient by definition, empty where there is nothing of the
    kind.
    """

    call: int
    analytic: Array
    numeric: Array
    error: Array
    kink: Array
    note: str = ""
    sides: tuple[Array, Array] | None = None
    """The slopes to the left and to the right of each entry, as far as they were measured: where there is a kink."""
    near: Array | None = None
    """None: nowhere."""
    small: Array | None = None
    """Entries whose gradient is too small to tell: its sign might be turned and no difference would show it."""
    checked: Array | None = None
    """The entries that were compared; None: all. Of the others ``numeric`` is NaN, and ``error`` 0."""

    @property
    def worst(self) -> float:
        """The largest relative error, 0 for an empty array; NaN counts as infinite."""
        return float(np.nan_to_num(self.error, nan=np.inf, posinf=np.inf).max(initial=0.0))

    @property
    def passed(self) -> bool:
        """True where every entry agrees, is a kink or is too small to tell."""
        return self.worst <= TOLERANCE

    @property
    def is_small(self) -> bool:
        """True where nothing can be told: some entries are too small for it, and all others are 0 or at a kink."""
        if self.small is None or not self.small.any() or not self.passed:
            return False
        return not (~self.small & ~self.kink & (self.analytic != 0) & self.compared).any()

    @property
    def compared(self) -> Array:
        """Marks the entries that were compared."""
        return np.ones(self.analytic.shape, dtype=bool) if self.checked is None else self.checked


def entries_to_check(size: int) -> int:
    """How many entries of a source with ``size`` of them are checked."""
    return size if size <= MOST_ENTRIES else SAMPLED


def check_leaf(program: Program, call: int, analytic: Array, on_entry: Callable[[], None] = lambda: None) -> LeafCheck:
    """Compare ``analytic``, the gradient of the source at ``call``, with differences of the loss.

    Takes two forward passes an entry, and a few more where they disagree or a kink is near. Dropout keeps its mask:
    its seed is a setting. ``on_entry`` is called after every entry.
    """
    wide = _wide_leaves(program)
    fixed = fix_withheld(program, forward_pass(program, wide)[0])
    program, leaf = fixed.program, wide[call]

    def loss_of(moved: Array) -> float:
        return _loss(program, {**wide, call: moved})

    return replace(_entry_by_entry(call, leaf, analytic, loss_of, on_entry), note=fixed.note([call]))


def check_edge(program: Program, call: int, slot: int, analytic: Array) -> LeafCheck:
    """Compare ``analytic``, what the call at ``call`` passes back through an input, with differences of the loss.

    Only this use of the input is moved: whatever else uses the same value goes on with it as it is. The check's
    ``call`` is the source of the wire.
    """
    wide = _wide_leaves(program)
    values = forward_pass(program, wide)[0]
    fixed = fix_withheld(program, values)
    spec = fixed.program.calls[call]
    inputs = [np.asarray(values[source]) for source in spec.inputs]
    held = as_source(fixed.program, call, np.asarray(values[call]))

    def loss_of(moved: Array) -> float:
        given = [*inputs[:slot], moved, *inputs[slot + 1 :]]
        try:
            out = np.asarray(spec.op.forward(*given, **spec.keywords))
        except EngineError:
            return np.nan
        return _loss(held, {**wide, call: out})

    found = _entry_by_entry(spec.inputs[slot], inputs[slot], analytic, loss_of)
    return replace(found, note=fixed.note([spec.inputs[slot]]))


def as_source(program: Program, call: int, value: Array) -> Program:
    """The program with the value at ``call`` held fixed, as if it were given: what it feeds can then be watched."""
    spec = program.calls[call]
    if spec.op.is_source:
        return program
    held = Call(spec.key, spec.name, registry["input"], (), _NOTHING, spec.shape, True, _NOTHING)
    calls = (*program.calls[:call], held, *program.calls[call + 1 :])
    return replace(program, calls=calls, leaves={**program.leaves, call: value})


def _entry_by_entry(
    call: int,
    leaf: Array,
    analytic: Array,
    loss_of: Callable[[Array], float],
    on_entry: Callable[[], None] = lambda: None,
) -> LeafCheck:
    """Move every entry of ``leaf``, or a sample of many, and see what becomes of the loss."""
    checked = _sample(leaf.shape)
    numeric, error = np.where(checked, 0.0, np.nan), np.zeros(leaf.shape)
    kink, near, small = (np.zeros(leaf.shape, dtype=bool) for _ in range(3))
    left, right = np.zeros(leaf.shape), np.zeros(leaf.shape)
    middle = loss_of(leaf)
    for index in _marked(checked):

        def loss_at(step: float, index: tuple[int, ...] = index) -> float:
            moved = leaf.copy()
            moved[index] += step
            return loss_of(moved)

        size = max(1.0, abs(float(leaf[index])))
        found = _compare(loss_at, float(analytic[index]), middle, size)
        numeric[index], error[index], kink[index], near[index] = found.numeric, found.error, found.kink, found.near
        left[index], right[index] = found.sides
        small[index] = not found.kink and _is_too_small(float(analytic[index]), found.numeric, middle)
        on_entry()
    sampled = None if checked.all() else checked
    return LeafCheck(call, np.array(analytic), numeric, error, kink, "", (left, right), near, small, sampled)


def _sample(shape: Shape) -> Array:
    """Marks the entries to check: all, or of many a seeded sample."""
    checked = np.ones(shape, dtype=bool)
    if checked.size > MOST_ENTRIES:
        checked[...] = False
        chosen = np.random.default_rng(0).choice(checked.size, SAMPLED, replace=False)
        checked.reshape(-1)[chosen] = True
    return checked


def _marked(mask: Array) -> list[tuple[int, ...]]:
    """The places of the marked entries, in order."""
    return [tuple(map(int, np.unravel_index(at, mask.shape))) for at in np.flatnonzero(mask)]


def _is_too_small(analytic: float, numeric: float, middle: float) -> bool:
    """Would the derivative pass with the other sign as well? A derivative of 0 with no difference is told."""
    size = abs(analytic) + abs(numeric)
    return 0.0 < size <= TOLERANCE * _FLOOR * max(1.0, abs(middle))


class DirectionCheck(NamedTuple):
    """The check along one direction: the relative error, 0 at a kink, and whether the loss has a kink there.

    ``note`` is as in LeafCheck.
    """

    error: float
    kink: bool
    note: str = ""
    small: bool = False
    """Is the derivative along the direction too small to tell?"""

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
    found = _compare(loss_at, analytic, float(loss.item()), 1.0)
    small = not found.kink and _is_too_small(analytic, found.numeric, float(loss.item()))
    return DirectionCheck(found.error, found.kink, fixed.note(list(direction)), small)


class _Compared(NamedTuple):
    """Numeric derivative, its relative error, whether the loss has a kink here or near, the slopes on two sides."""

    numeric: float
    error: float
    kink: bool
    near: bool
    sides: _Sides


def _compare(loss_at: Callable[[float], float], analytic: float, middle: float, size: float) -> _Compared:
    """Compare a derivative with differences.

    ``loss_at`` gives the loss after a step, ``middle`` the loss here; ``size`` scales the steps.
    """
    found = _compare_at_usual_steps(loss_at, analytic, middle, size)
    if found.error <= TOLERANCE:
        return found
    numeric, error = _finer(loss_at, analytic, middle, size, (found.numeric, found.error))
    return found if error > TOLERANCE and found.near else _Compared(numeric, error, False, False, found.sides)


def _compare_at_usual_steps(
    loss_at: Callable[[float], float], analytic: float, middle: float, size: float
) -> _Compared:
    floor = _FLOOR * max(1.0, abs(middle))
    numeric, error = np.nan, np.inf
    slopes: list[_Sides] = []

    def measure(scale: float) -> float:
        slopes.append(slopes_beside(loss_at, middle, scale * _STEP * size))
        return 0.5 * sum(slopes[-1])

    for scale in _SCALES:
        found = measure(scale)
        error_found = _relative(analytic, found, floor)
        if error_found < error or np.isnan(numeric):
            numeric, error = found, error_found
        if error <= TOLERANCE:
            break
    if not _apart(slopes[-1], floor):
        return _Compared(numeric, error, False, False, slopes[-1])
    if len(slopes) < len(_SCALES):
        measure(_SCALES[-1])
    if not _persists(slopes[0], slopes[-1], floor):
        return _Compared(numeric, error, False, False, slopes[-1])
    beside = _beside_kink(loss_at, analytic, middle, size, slopes[-1])
    if beside is not None:
        return beside
    kink = _is_between(slopes[-1], analytic, floor)
    return _Compared(numeric, 0.0 if kink else error, kink, False, slopes[-1])


def _finer(
    loss_at: Callable[[float], float], analytic: float, middle: float, size: float, best: tuple[float, float]
) -> tuple[float, float]:
    """The numeric derivative and its error at smaller and smaller steps, as long as rounding leaves anything to tell.

    ``best`` is what larger steps have given.
    """
    floor = _FLOOR * max(1.0, abs(middle))
    tolerated = TOLERANCE * max(abs(analytic), floor)
    step = _SCALES[-1] * _STEP * size * _SHRINKING
    while np.isfinite(analytic) and _EPSILON * abs(middle) / step < tolerated and step > _SMALLEST:
        found = 0.5 * sum(slopes_beside(loss_at, middle, step))
        error = _relative(analytic, found, floor)
        if error < best[1] or np.isnan(best[0]):
            best = found, error
        if error <= TOLERANCE:
            break
        step *= _SHRINKING
    return best


def _beside_kink(
    loss_at: Callable[[float], float], analytic: float, middle: float, size: float, sides: _Sides
) -> _Compared | None:
    """Compare on the side that has no kink, where one is near; None where it is here.

    ``sides`` are the slopes at the smallest of the steps, which reach the kink.
    """
    found = short_of_kink(loss_at, middle, _SCALES[-1] * _STEP * size, abs(sides[1] - sides[0]), size)
    if found is None:
        return None
    floor = _FLOOR * max(1.0, abs(middle))
    free = -1.0 if abs(sides[0] - found.slope) < abs(sides[1] - found.slope) else 1.0
    one_sided = slope_on_one_side(loss_at, middle, free * _STEP * size)
    numeric = min(one_sided, found.slope, key=lambda slope: _relative(analytic, slope, floor))
    error = _relative(analytic, numeric, floor)
    if abs(analytic - found.slope) <= found.unsure and abs(one_sided - found.slope) > found.unsure:
        error = 0.0  # kinks on both sides: no more can be told than that the short difference allows the gradient
    return _Compared(numeric, error, False, True, (found.left, found.right))


def _allowance(sides: _Sides, floor: float) -> float:
    return TOLERANCE * 100 * max(abs(sides[0]), abs(sides[1]), floor)


def _apart(sides: _Sides, floor: float) -> bool:
    return abs(sides[1] - sides[0]) > _allowance(sides, floor)


def _persists(wide: _Sides, close: _Sides, floor: float) -> bool:
    """Do the slopes on both sides differ as much at the smaller step? What curvature does shrinks with it."""
    return _apart(close, floor) and abs(close[1] - close[0]) > 0.3 * abs(wide[1] - wide[0])


def _is_between(sides: _Sides, analytic: float, floor: float) -> bool:
    allowance = _allowance(sides, floor)
    return min(sides) - allowance <= analytic <= max(sides) + allowance


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
