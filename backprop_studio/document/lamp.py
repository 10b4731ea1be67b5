"""The gradient of any node, or what a wire adds to it, beside a central difference, with a verdict in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from backprop_studio.document.checking import kink_sentence, notes_on
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.explanation_lines import MOST_TERMS, contribution_terms
from backprop_studio.document.graph import Wire
from backprop_studio.document.local_derivatives import Index
from backprop_studio.document.number_text import MINUS, equals_sign, number, printed_sum
from backprop_studio.engine.gradient_check import TOLERANCE, LeafCheck, as_source, check_edge, check_leaf
from backprop_studio.engine.interpreter import forward_pass

QUICK_WORK = 20_000
"""Calls run twice an entry: below this a check takes some hundredths of a second and is made without asking."""
Kind = Literal["agrees", "kink here", "too small to tell", "disagrees", "not a number"]


@dataclass(frozen=True)
class Lamp:
    """The check of a node at one entry, the one where the two differ most, and the verdict on the whole node."""

    entry: Index
    analytic: float
    numeric: float
    error: float
    verdict: Kind
    note: str = ""
    """What else is to be known: a kink near by, what was held fixed because it gets no gradient by definition."""
    kink: str = ""
    """At a kink: which gradient is taken there, and the slopes on its two sides."""

    @property
    def is_right(self) -> bool:
        """Is there nothing wrong with the gradient?"""
        return self.verdict in ("agrees", "kink here", "too small to tell")

    @property
    def mark(self) -> str:
        """A check mark or a cross, or ≈ where nothing can be told."""
        return "≈" if self.verdict == "too small to tell" else "✓" if self.is_right else "✗"

    @property
    def brief(self) -> str:
        """A mark with the error, or with the verdict where that is another one: "✓ 2e−11"."""
        mark = self.mark
        return f"{mark} {number(self.error, 1)}" if self.verdict == "agrees" else f"{mark} {self.verdict}"

    @property
    def sentence(self) -> str:
        """The verdict with its reason."""
        return f"{self._reason}. {self.note}" if self.note else self._reason

    @property
    def _reason(self) -> str:
        if self.verdict == "agrees":
            return f"agrees: the relative error is at most {number(TOLERANCE)}"
        if self.verdict == "kink here":
            return self.kink
        if self.verdict == "too small to tell":
            return "too small to tell: with the other sign it would agree as well"
        if self.verdict == "not a number":
            return "cannot be compared: the gradient is not a finite number here"
        return f"disagrees: the relative error is above {number(TOLERANCE)}"


def work_of(evaluation: Evaluation, node: int, output: int = 0) -> int:
    """How many calls a check of one of the node's outputs runs, roughly."""
    value = evaluation.value(node, output)
    return 0 if value is None else 2 * value.size * len(evaluation.program.calls)


def light(evaluation: Evaluation, node: int, output: int = 0) -> Lamp | None:
    """Check the gradient of one of a node's outputs, or None where it has none."""
    asked = (node, output)
    call, gradient, value = evaluation.position(*asked), evaluation.gradient(*asked), evaluation.value(*asked)
    if call is None or gradient is None or value is None or gradient.size == 0:
        return None
    with np.errstate(all="ignore"):
        check = check_leaf(as_source(evaluation.program, call, value), call, np.asarray(gradient, np.float64))
    return _lamp(check)


def light_wire(evaluation: Evaluation, wire: Wire) -> Lamp | None:
    """Check what a wire passes back by moving the value on this wire alone, or None where it passes nothing."""
    call, contribution = evaluation.position(wire.target), evaluation.contribution(wire)
    if call is None or contribution is None or contribution.size == 0:
        return None
    with np.errstate(all="ignore"):
        slot = evaluation.slot_of(wire)
        return _lamp(check_edge(evaluation.program, call, slot, np.asarray(contribution, np.float64)))


def is_part(evaluation: Evaluation, wire: Wire) -> bool:
    """Does a wire bring one of several contributions to a gradient?"""
    return len(evaluation.trace.arrivals.get(_source_of(evaluation, wire), ())) > 1


def sum_sentence(evaluation: Evaluation, wire: Wire, entry: Index) -> str:
    """How what a wire passes back adds up with what the others do, at one entry."""
    call = _source_of(evaluation, wire)
    arrived, gradient = evaluation.trace.arrivals[call], evaluation.run.gradients[call]
    assert gradient is not None
    parts = [float(evaluation.run.contributions[edge][entry]) for edge in arrived]
    own = parts[[evaluation.wire_of(edge) for edge in arrived].index(wire)]
    assert evaluation.loss is not None
    loss, source = evaluation.graph.nodes[evaluation.loss].name, evaluation.graph.source_name(wire)
    whole = f"∂{loss}/∂{source}{list(entry) if entry else ''}"
    through = next(term.label for term in contribution_terms(evaluation, call) if term.wire == wire)
    shown = [number(part) if at == 0 else _bracketed(part) for at, part in enumerate(parts[:MOST_TERMS])]
    shown += [f"… ({len(parts) - MOST_TERMS} more)"] if len(parts) > MOST_TERMS else []
    sign = equals_sign(printed_sum([part] for part in parts), float(gradient[entry]))
    others = "the other wire brings" if len(parts) == 2 else f"the other {len(parts) - 1} wires bring"
    rest = number(sum(parts) - own)
    total = f"{' + '.join(shown)} {sign} {number(float(gradient[entry]))}"
    return (
        f"This wire alone is checked: through {through} comes {number(own)} of {whole}, {others} {rest}; "
        f"in all it is {total}."
    )


def _bracketed(part: float) -> str:
    text = number(part)
    return f"({text})" if text.startswith(MINUS) else text


def _source_of(evaluation: Evaluation, wire: Wire) -> int:
    call = evaluation.source_position(wire)
    return -1 if call is None else call


def _lamp(check: LeafCheck) -> Lamp:
    error = np.nan_to_num(check.error, nan=np.inf)
    worst = (
        int(error.argmax())
        if error.max(initial=0.0) > TOLERANCE
        else int(np.where(check.compared, np.abs(check.analytic), -1.0).argmax())
    )
    if check.passed and check.kink.any():
        worst = int(check.kink.argmax())
    entry = tuple(int(at) for at in np.unravel_index(worst, check.analytic.shape))
    analytic, numeric = float(check.analytic[entry]), float(check.numeric[entry])
    verdict: Kind = "too small to tell" if check.is_small else "agrees" if check.passed else "disagrees"
    if check.passed and check.kink.any():
        verdict = "kink here"
    if not np.isfinite(analytic):
        verdict = "not a number"
    return Lamp(entry, analytic, numeric, float(check.error[entry]), verdict, notes_on(check), kink_sentence(check))


@dataclass(frozen=True)
class Nudge:
    """What moving one number by ``step`` does to the loss."""

    step: float
    loss_before: float
    loss_after: float
    gradient: float | None

    @property
    def change(self) -> float:
        """By how much the loss changes."""
        return self.loss_after - self.loss_before

    @property
    def slope(self) -> float | None:
        """Change of the loss per unit of the step; None for no step."""
        return self.change / self.step if self.step else None


def nudge(evaluation: Evaluation, node: int, step: float, output: int = 0) -> Nudge | None:
    """Move an output that holds one number by ``step`` and see what the loss becomes; the graph stays as it is."""
    call, value, loss = evaluation.position(node, output), evaluation.value(node, output), evaluation.program.loss
    if call is None or value is None or value.size != 1 or loss is None:
        return None
    before = evaluation.run.values[loss]
    if before is None or before.size != 1:
        return None
    program = as_source(evaluation.program, call, value)
    values, _ = forward_pass(program, {call: np.asarray(value + step, value.dtype)})
    after, gradient = values[loss], evaluation.gradient(node, output)
    if after is None:
        return None
    slope = None if gradient is None else float(gradient.item())
    return Nudge(step, float(before.item()), float(after.item()), slope)
