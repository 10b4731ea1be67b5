"""A function of one number with its tangent: of an operation at one input, or of the loss over one source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.explanation import Explanation
from backprop_studio.document.local_derivatives import Index, aligned, inputs_of, pull_unsummed, result_of
from backprop_studio.document.number_text import number
from backprop_studio.engine.errors import EngineError
from backprop_studio.engine.gradient_check import as_source
from backprop_studio.engine.interpreter import forward_pass
from backprop_studio.engine.op import Array

POINTS = 121
"""Points of a curve; an odd number, so that the middle one is where the function stands."""
LOSS_POINTS = 41
"""Points of a loss curve: each takes a forward pass."""
MOST_WORK = 8_000
"""Calls that a loss curve may take: some 20 ms."""
REACH = 3.0
"""A curve reaches at least so far to either side."""
_KINK = 1e-3
"""Slopes on the two sides that differ by more than this share are those of a kink."""


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

    @property
    def is_kink(self) -> bool:
        """Do the slopes on both sides differ here?"""
        return self.left is not None and self.right is not None

    @property
    def sentence(self) -> str:
        """What the tangent shows."""
        at = f"at {self.x_name} = {number(self.x)}"
        if self.left is not None and self.right is not None:
            sides = f"{number(self.left)} on the left and {number(self.right)} on the right"
            return f"A kink {at}: the slope is {sides}; the backward pass takes {number(self.slope)}."
        if not np.isfinite(self.slope):
            return f"No slope {at}: the function is not smooth there."
        what = "gradient" if self.of_loss else "local derivative"
        return f"The tangent {at} has the slope {number(self.slope)}: the {what} ∂{self.y_name}/∂{self.x_name}."


def slope_of(evaluation: Evaluation, explained: Explanation, entry: Index | None = None) -> Slope | None:
    """What a plot shows beside an explanation, None for nothing.

    Of a wire it is the operation that it leads to, over what it carries; of a node its operation where one input alone
    acts on it; of a source the loss.
    """
    if explained.wire is not None:
        call = evaluation.position(explained.wire.target)
        return None if call is None else slope_of_input(evaluation, call, evaluation.slot_of(explained.wire), entry)
    node = explained.node
    call = evaluation.position(node) if node is not None and node in evaluation.graph.nodes else None
    if node is None or call is None:
        return None
    spec = evaluation.program.calls[call]
    if spec.op.is_source:
        return slope_of_loss(evaluation, node)
    varying = [slot for slot, source in enumerate(spec.inputs) if evaluation.program.calls[source].requires_grad]
    return slope_of_input(evaluation, call, varying[0], entry) if len(varying) == 1 else None


def slope_of_input(evaluation: Evaluation, call: int, slot: int, entry: Index | None = None) -> Slope | None:
    """An operation that acts entry by entry, over one input with the others as they are; else None.

    ``entry`` is that of the result; without one it is the first where the result has the largest gradient.
    """
    spec = evaluation.program.calls[call]
    if not spec.op.elementwise or spec.op.state or spec.op.vjp_for(slot) is None:
        return None  # what has a state, as dropout does, is another function at every entry
    if evaluation.run.values[call] is None:
        return None
    out, inputs = result_of(evaluation, call), inputs_of(evaluation, call)
    if not out.size or inputs[slot].dtype.kind != "f":
        return None
    at = entry if entry is not None else _telling(evaluation, call, out)
    held = [float(array[aligned(at, array.shape)]) for array in inputs]
    local = pull_unsummed(evaluation, call, slot, np.ones_like(out))
    if local is None:
        return None

    def function(xs: Array) -> Array:
        given = [xs if other == slot else np.full_like(xs, value) for other, value in enumerate(held)]
        try:
            with np.errstate(all="ignore"):
                return np.asarray(spec.op.forward(*given, **spec.keywords), np.float64)
        except EngineError:
            return np.full_like(xs, np.nan)

    source = evaluation.program.calls[spec.inputs[slot]].name
    slope = float(np.broadcast_to(local, out.shape)[at])
    return _sampled(function, held[slot], float(out[at]), slope, POINTS, _named(source, at), _named(spec.name, at))


def slope_of_loss(evaluation: Evaluation, node: int) -> Slope | None:
    """The loss over a source that holds one number; None for others and where that takes too long."""
    call, value, loss = evaluation.position(node), evaluation.value(node), evaluation.program.loss
    if call is None or value is None or value.size != 1 or loss is None or value.dtype.kind != "f":
        return None
    here, gradient = evaluation.run.values[loss], evaluation.gradient(node)
    if here is None or here.size != 1 or gradient is None:
        return None
    program = as_source(evaluation.program, call, value)
    if LOSS_POINTS * len(program.calls) > MOST_WORK:
        return None

    def function(xs: Array) -> Array:
        ys = []
        for x in xs:
            found = forward_pass(program, {call: np.full_like(value, x)})[0][loss]
            ys.append(np.nan if found is None else float(found.item()))
        return np.array(ys)

    names = evaluation.program.calls
    x, y, slope = float(value.item()), float(here.item()), float(gradient.item())
    found = _sampled(function, x, y, slope, LOSS_POINTS, names[call].name, names[loss].name)
    return None if found is None else replace(found, of_loss=True)


def _sampled(
    function: Callable[[Array], Array], x: float, y: float, slope: float, points: int, x_name: str, y_name: str
) -> Slope | None:
    """The function around ``x``, and the slopes on both sides of it."""
    if not np.isfinite(x):
        return None
    reach = max(REACH, 1.5 * abs(x))
    xs = np.linspace(x - reach, x + reach, points)
    left, right = _sides(function, x)
    apart = np.isfinite([left, right]).all() and abs(right - left) > _KINK * max(1.0, abs(left), abs(right))
    sides = (left, right) if apart else (None, None)
    return Slope(xs, function(xs), x, y, slope, x_name, y_name, *sides)


def _sides(function: Callable[[Array], Array], x: float) -> tuple[float, float]:
    """The slopes to the left and to the right, by differences."""
    step = 1e-6 * max(1.0, abs(x))
    below, here, above = function(np.array([x - step, x, x + step]))
    with np.errstate(invalid="ignore", over="ignore"):  # differences of what is infinite: no slope
        return float((here - below) / step), float((above - here) / step)


def _telling(evaluation: Evaluation, call: int, out: Array) -> Index:
    gradient = evaluation.run.gradients[call]
    size = np.abs(out if gradient is None else gradient)
    found = np.unravel_index(int(np.nan_to_num(size, nan=np.inf).argmax()), out.shape)
    return tuple(int(at) for at in found)


def _named(name: str, entry: Index) -> str:
    return f"{name}[{', '.join(map(str, entry))}]" if entry else name
