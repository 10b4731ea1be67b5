"""The analytic gradient of any node beside a central difference of the loss, with a verdict in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from backprop_studio.document.checking import kink_sentence
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.local_derivatives import Index
from backprop_studio.document.number_text import number
from backprop_studio.engine.gradient_check import TOLERANCE, check_leaf
from backprop_studio.engine.interpreter import forward_pass
from backprop_studio.engine.op import Array
from backprop_studio.engine.ops import registry
from backprop_studio.engine.program import Call, Program

QUICK_WORK = 20_000
"""Calls run twice an entry: below this a check takes some hundredths of a second and is made without asking."""
_NOTHING: Mapping[str, Any] = MappingProxyType({})
Kind = Literal["agrees", "kink here", "disagrees", "not a number"]


@dataclass(frozen=True)
class Lamp:
    """The check of a node at one entry, the one where the two differ most, and the verdict on the whole node."""

    entry: Index
    analytic: float
    numeric: float
    error: float
    verdict: Kind
    note: str = ""
    """A sentence on what was held fixed because it gets no gradient by definition, or empty."""
    kink: str = ""
    """At a kink: which gradient is taken there, and the slopes on its two sides."""

    @property
    def is_right(self) -> bool:
        """Is there nothing wrong with the gradient?"""
        return self.verdict in ("agrees", "kink here")

    @property
    def brief(self) -> str:
        """A mark with the error, or with the verdict where that is another one: "✓ 2e−11"."""
        mark = "✓" if self.is_right else "✗"
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
    error = np.nan_to_num(check.error, nan=np.inf)
    worst = int(error.argmax()) if error.max(initial=0.0) > TOLERANCE else int(np.abs(gradient).argmax())
    if check.passed and check.kink.any():
        worst = int(check.kink.argmax())
    entry = tuple(int(at) for at in np.unravel_index(worst, gradient.shape))
    analytic, numeric = float(gradient[entry]), float(check.numeric[entry])
    verdict: Kind = "agrees" if check.passed else "disagrees"
    if check.passed and check.kink.any():
        verdict = "kink here"
    if not np.isfinite(analytic):
        verdict = "not a number"
    return Lamp(entry, analytic, numeric, float(check.error[entry]), verdict, check.note, kink_sentence(check))


def as_source(program: Program, call: int, value: Array) -> Program:
    """The program with the value at ``call`` held fixed, as if it were given: what it feeds can then be watched."""
    spec = program.calls[call]
    if spec.op.is_source:
        return program
    held = Call(spec.key, spec.name, registry["input"], (), _NOTHING, spec.shape, True, _NOTHING)
    calls = (*program.calls[:call], held, *program.calls[call + 1 :])
    return replace(program, calls=calls, leaves={**program.leaves, call: value})


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
