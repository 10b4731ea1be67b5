"""A function of one number with its tangent: an entry of a result over an entry of an input, or the loss over a source.

Whatever shape the arrays have, one entry is moved and all others are held; the slope there is one local derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod, sqrt

import numpy as np

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.explanation import Explanation
from backprop_studio.document.local_derivatives import Index
from backprop_studio.document.number_text import number
from backprop_studio.document.slope_entries import (
    ANY,
    Asked,
    Pair,
    alternatives,
    entries_of,
    entry_name,
    fitting,
    largest,
    local_at,
    moving,
    withheld_words,
)
from backprop_studio.engine.gradient_check import as_source
from backprop_studio.engine.interpreter import forward_pass
from backprop_studio.engine.kinks import short_of_kink, slopes_beside
from backprop_studio.engine.op import Array
from backprop_studio.engine.program import Call, Program

POINTS, FEWEST_POINTS = 121, 11
"""Points of a curve; odd numbers, so that the middle one is where the function stands. Large arrays get fewer."""
LOSS_POINTS = 41
"""Points of a loss curve: each takes a forward pass."""
MOST_WORK = 8_000
"""Calls that a loss curve may take: some 20 ms."""
MOST_NUMBERS = 1_500_000
"""Multiplications that a curve may take, roughly: some 20 ms too."""
MOST_AT_A_POINT = 300_000
"""Those that one point of it may take."""
REACH = 3.0
"""A curve reaches at least so far to either side."""
_KINK = 1e-3
"""Slopes on the two sides that differ by more than this share are those of a kink."""
Sampled = Callable[[Array], Array]


@dataclass(frozen=True, eq=False)
class Slope:
    """y as a function of x, with the point where it stands and the slope there.

    ``slope`` is the derivative that the backward pass uses, NaN where there is none. ``left`` and ``right`` are the
    slopes on both sides where they differ: there the function has a kink.
    """

    xs: Array
    ys: Array
    x: float
    y: float
    slope: float
    x_name: str
    y_name: str
    left: float | None = None
    right: float | None = None
    moved: tuple[float, float] | None = None
    """Where a nudge takes the point."""
    of_loss: bool = False
    """Is it the loss over a source: is the slope a gradient, along all paths, and no local derivative?"""
    note: str = ""
    """Why the tangent does not touch the curve, where no gradient passes by definition; else empty."""
    entries: Pair | None = None
    """Which entries it is about, None for the loss."""
    choices: tuple[Pair, ...] = ()
    """Other pairs of entries that act on each other, these among them; none where there is only one."""
    arrays: tuple[str, str] = ("", "")
    """The names of what is moved and of what moves, without their entries."""

    @property
    def is_kink(self) -> bool:
        """Do the slopes on both sides differ here?"""
        return self.left is not None and self.right is not None

    def label_of(self, pair: Pair) -> str:
        """What one of the choices is called: "y[0] over x[2]"."""
        given, out = self.arrays
        return f"{entry_name(out, pair.out)} over {entry_name(given, pair.given)}"

    @property
    def title(self) -> str:
        """What is drawn over what: "y over x"."""
        return f"{self.arrays[1]} over {self.arrays[0]}"

    @property
    def sentence(self) -> str:
        """What the tangent shows."""
        at = f"at {self.x_name} = {number(self.x)}"
        if self.left is not None and self.right is not None:
            sides = f"{number(self.left)} on the left and {number(self.right)} on the right"
            return f"A kink {at}: the slope is {sides}; the backward pass takes {number(self.slope)}."
        if self.note:
            return f"The backward pass takes the slope {number(self.slope)} {at}: {self.note}."
        if not np.isfinite(self.slope):
            return f"No slope {at}: the function is not smooth there."
        what = "gradient" if self.of_loss else "local derivative"
        rest = ", with all other entries as they are" if self.choices else ""
        return f"The tangent {at} has the slope {number(self.slope)}: the {what} ∂{self.y_name}/∂{self.x_name}{rest}."


def slope_of(
    evaluation: Evaluation,
    explained: Explanation,
    entry: Index | None = None,
    *,
    output: int = 0,
    pair: Pair | None = None,
) -> Slope | None:
    """What a plot shows beside an explanation, None for nothing.

    Of a wire it is the operation that it leads to, over what it carries; of a node its operation where one input alone
    acts on it; of a source the loss. ``entry`` is that of what is explained: of what a wire carries, else of a node's
    ``output``. ``pair`` says both entries at once.
    """
    if explained.wire is not None:
        call = evaluation.position(explained.wire.target)
        asked = Asked(None, entry, by_result=True) if pair is None else Asked(pair.out, pair.given, by_result=True)
        return None if call is None else slope_of_input(evaluation, call, evaluation.slot_of(explained.wire), asked)
    node = explained.node
    call = evaluation.position(node, output) if node is not None and node in evaluation.graph.nodes else None
    if node is None or call is None:
        return None
    spec = evaluation.program.calls[call]
    if spec.op.is_source:
        return slope_of_loss(evaluation, node, entry, output)
    slot = _only_input(evaluation.program, spec)
    asked = Asked(entry) if pair is None else Asked(pair.out, pair.given)
    return slope_of_input(evaluation, call, slot, asked) if slot is not None else None


def _only_input(program: Program, spec: Call) -> int | None:
    """The one input that acts on a call: the only one that varies, or that it cannot do without."""
    slots = [slot for slot in range(len(spec.inputs)) if spec.op.vjp_for(slot) is not None]
    varying = [slot for slot in slots if program.calls[spec.inputs[slot]].requires_grad]
    required = [slot for slot in slots if not spec.op.input_for(slot).optional]
    return next((found[0] for found in (varying, required) if len(found) == 1), None)


def slope_of_input(evaluation: Evaluation, call: int, slot: int, asked: Asked = ANY) -> Slope | None:
    """An entry of a call's result over an entry of one input, with everything else as it is.

    None where the input has no derivative, is no number, or holds what is not finite; and where it takes too long.
    """
    spec, out = evaluation.program.calls[call], evaluation.run.values[call]
    given = evaluation.run.values[spec.inputs[slot]]
    if spec.op.vjp_for(slot) is None or out is None or given is None or not out.size or not given.size:
        return None
    work = 1 if _is_quick(spec) else _work(evaluation.program, spec)
    if given.dtype.kind != "f" or work > MOST_AT_A_POINT:
        return None
    at = entries_of(evaluation, call, slot, asked)
    slope = local_at(evaluation, call, slot, at)
    if slope is None:
        return None
    points = min(POINTS, max(FEWEST_POINTS, MOST_NUMBERS // work)) // 2 * 2 + 1
    source = evaluation.program.calls[spec.inputs[slot]].name
    names = entry_name(source, at.given), entry_name(spec.name, at.out)
    function = moving(evaluation, call, slot, at)
    found = _sampled(function, float(given[at.given]), float(out[at.out]), slope, points, *names)
    if found is None:
        return None
    note = withheld_words(evaluation, call, slot, at)
    choices = alternatives(evaluation, call, slot, at, by_result=asked.by_result)
    return replace(found, note=note, entries=at, choices=choices, arrays=(source, spec.name))


def _is_quick(spec: Call) -> bool:
    """Can all points of a curve be computed at once?"""
    return spec.op.elementwise and not spec.op.state


def _work(program: Program, spec: Call) -> int:
    """Roughly how many multiplications a call takes: as many as a matrix product of these shapes would."""
    sizes = [max(1, prod(shape)) for shape in (spec.shape, *(program.calls[source].shape for source in spec.inputs))]
    multiplies = len(spec.inputs) > 1 and not spec.op.elementwise
    return max(sum(sizes), 2 * round(sqrt(prod(sizes[:3])))) if multiplies else sum(sizes)


def slope_of_loss(evaluation: Evaluation, node: int, entry: Index | None = None, output: int = 0) -> Slope | None:
    """The loss over an entry of a source, by default that of the largest gradient; None where that takes too long."""
    call, value = evaluation.position(node, output), evaluation.value(node, output)
    loss, gradient = evaluation.program.loss, evaluation.gradient(node, output)
    if call is None or value is None or loss is None or value.dtype.kind != "f" or not value.size:
        return None
    here = evaluation.run.values[loss]
    if here is None or here.size != 1 or gradient is None:
        return None
    program = as_source(evaluation.program, call, value)
    work = sum(_work(program, each) for each in program.calls)
    if LOSS_POINTS * len(program.calls) > MOST_WORK or LOSS_POINTS * work > MOST_NUMBERS:
        return None
    at = fitting(entry, value.shape)
    at = largest(gradient) if at is None else at

    def function(xs: Array) -> Array:
        ys = []
        for x in xs:
            moved = np.array(value)
            moved[at] = x
            found = forward_pass(program, {call: moved})[0][loss]
            ys.append(np.nan if found is None else float(found.item()))
        return np.array(ys)

    names = entry_name(program.calls[call].name, at), program.calls[loss].name
    found = _sampled(function, float(value[at]), float(here.item()), float(gradient[at]), LOSS_POINTS, *names)
    arrays = program.calls[call].name, program.calls[loss].name
    return None if found is None else replace(found, of_loss=True, arrays=arrays)


def _sampled(
    function: Sampled, x: float, y: float, slope: float, points: int, x_name: str, y_name: str
) -> Slope | None:
    """The function around ``x``, and the slopes on both sides of it."""
    if not np.isfinite(x):
        return None
    reach = max(REACH, 1.5 * abs(x))
    xs = np.linspace(x - reach, x + reach, points)
    left, right = slopes_of_kink(function, x) or (None, None)
    return Slope(xs, function(xs), x, y, slope, x_name, y_name, left, right)


def slopes_of_kink(function: Sampled, x: float) -> tuple[float, float] | None:
    """The slopes to the left and to the right by differences, where there is a kink at ``x`` itself; else None."""

    def beside(step: float) -> float:
        return float(function(np.array([x + step]))[0])

    size = max(1.0, abs(x))
    middle, step = beside(0.0), 1e-6 * size
    left, right = slopes_beside(beside, middle, step)
    gap = abs(right - left)
    if not np.isfinite([left, right]).all() or gap <= _KINK * max(1.0, abs(left), abs(right)):
        return None
    return (left, right) if short_of_kink(beside, middle, step, gap, size) is None else None
