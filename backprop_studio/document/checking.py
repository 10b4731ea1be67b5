"""The gradients of a whole graph against differences of the loss: one direction at once, or every source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.number_text import number
from backprop_studio.engine.gradient_check import TOLERANCE, LeafCheck, check_leaf, directional_check
from backprop_studio.engine.shapes import counted

Standing = Literal["agrees", "kink", "too small", "disagrees", "not finite", "unchecked", "training", "nothing"]


@dataclass(frozen=True)
class CheckBadge:
    """How the gradients of a graph stand. ``error`` is the relative error along the direction that was tried.

    ``note`` is a sentence on what was held fixed because it gets no gradient by definition, or empty.
    """

    standing: Standing
    error: float = 0.0
    note: str = ""
    sources: int = 0
    """How many sources were checked entry by entry; 0: one direction through all of them was tried."""

    @property
    def text(self) -> str:
        """A few words, without a figure: the checks of single nodes, shown beside it, have others."""
        return {
            "agrees": "gradients checked ✓",
            "kink": "gradients checked: kink",
            "too small": "gradients too small to tell",
            "disagrees": "gradients disagree ✗",
            "not finite": "not checked: not finite",
            "unchecked": "check gradients",
            "training": "gradients checked at a pause",
            "nothing": "",
        }[self.standing]

    @property
    def outcome(self) -> str:
        """Fewer words, to stand beside "Gradient check"."""
        return {
            "agrees": "✓ agree",
            "kink": "kink",
            "too small": "too small",
            "disagrees": "✗ disagree",
            "not finite": "not finite",
            "unchecked": "not yet",
            "training": "at a pause",
            "nothing": "",
        }[self.standing]

    @property
    def sentence(self) -> str:
        """What that means, and what a click does."""
        way = "For every source, entry by entry" if self.sources else "Along a random direction through all sources"
        told = {
            "agrees": f"{way}, the gradients agree with a central difference: "
            f"the {'largest ' * bool(self.sources)}relative error is {number(self.error, 2)}.",
            "kink": "The loss has a kink here, as relu has at 0: the slopes on its two sides differ, and the gradient "
            "lies between them.",
            "disagrees": f"{way}, gradient and central difference differ by {'up to ' * bool(self.sources)}"
            f"{number(self.error, 2)}, more than {number(TOLERANCE)}.",
            "too small": f"{way}, the gradient is too small for a central difference to tell whether it is right.",
            "not finite": "The loss or a gradient is NaN or infinite here, so there is nothing to compare.",
            "unchecked": "This graph is too large to be checked after every edit.",
            "training": "Training changes the parameters with every step; the gradients are checked when it pauses.",
            "nothing": "There is no gradient to check.",
        }[self.standing]
        told = f"{told} {self.note}" if self.note else told
        return told if self.standing in ("nothing", "training") else f"{told} Click to check every source."


NOTHING, UNCHECKED, TRAINING = CheckBadge("nothing"), CheckBadge("unchecked"), CheckBadge("training")


def kink_sentence(found: LeafCheck) -> str:
    """What holds at the first kink of a source: the gradient taken there, and the slopes on both sides; "" for none."""
    if found.sides is None or not found.kink.any():
        return ""
    entry = tuple(int(at) for at in np.argwhere(found.kink)[0])
    choice, left, right = (number(float(held[entry])) for held in (found.analytic, *found.sides))
    where = f" at {list(entry)}" if entry else ""
    return f"kink here{where}: PyTorch's choice is {choice}; the one-sided slopes are {left} and {right}"


def near_sentence(found: LeafCheck) -> str:
    """That a kink lies near a source's entries, not at them, and how the difference was taken; "" for none."""
    if found.near is None or not found.near.any():
        return ""
    entries = [tuple(map(int, at)) for at in np.argwhere(found.near)]
    where = "" if not entries[0] else f" to {list(entries[0])}" + (f" and {len(entries) - 1} more" * (len(entries) > 1))
    return f"A kink is near{where}, not here: the difference is taken on the side without it."


def sample_sentence(found: LeafCheck) -> str:
    """How many of a large source's entries were checked; "" for all."""
    if found.checked is None:
        return ""
    return f"{int(found.checked.sum()):,} of {found.checked.size:,} entries are checked, drawn at random."


def small_sentence(found: LeafCheck) -> str:
    """How many entries are too small for a difference to tell whether they are right; "" for none."""
    count = 0 if found.small is None else int(found.small.sum())
    if not count:
        return ""
    if found.analytic.size == 1:
        return "The gradient is too small for a central difference to tell whether it is right."
    entries = counted(count, "entry of the gradient is", "entries of the gradient are")
    return f"{entries} too small for a central difference to tell right from wrong."


def notes_on(found: LeafCheck) -> str:
    """All that is to be known of the check of a source besides its kinks."""
    return " ".join(filter(None, (sample_sentence(found), near_sentence(found), small_sentence(found), found.note)))


@dataclass(frozen=True)
class CheckRow:
    """The check of one source, entry by entry."""

    name: str
    entries: int
    error: float
    kinks: int
    verdict: Standing
    note: str = ""
    """As in CheckBadge."""

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        several = self.verdict == "kink" and self.kinks > 1
        return self.name, str(self.entries), number(self.error, 2), f"{self.kinks} kinks" if several else self.verdict


CHECK_HEAD = ("source", "size", "error", "")
"""What stands above the rows."""


def can_check(evaluation: Evaluation) -> bool:
    """Is there a gradient to check?"""
    loss = evaluation.program.loss
    return loss is not None and evaluation.run.gradients[loss] is not None and bool(sources_of(evaluation))


def quick_check(evaluation: Evaluation) -> CheckBadge:
    """Check along one random direction: some passes, whatever the number of sources."""
    if not can_check(evaluation):
        return NOTHING
    if not all(_is_finite(evaluation, at) for at in sources_of(evaluation)):
        return CheckBadge("not finite")
    with np.errstate(all="ignore"):
        found = directional_check(evaluation.program)
    if found.kink:
        return CheckBadge("kink", found.error, found.note)
    if found.small:
        return CheckBadge("too small", found.error, found.note)
    return CheckBadge("agrees" if found.passed else "disagrees", found.error, found.note)


def sources_of(evaluation: Evaluation) -> list[int]:
    """The positions of the sources that have a gradient."""
    calls = evaluation.program.calls
    return [at for at, call in enumerate(calls) if call.op.is_source and evaluation.run.gradients[at] is not None]


def check_source(evaluation: Evaluation, call: int) -> CheckRow:
    """Check every entry of one source: at least two passes an entry."""
    gradient = evaluation.run.gradients[call]
    assert gradient is not None
    with np.errstate(all="ignore"):
        found = check_leaf(evaluation.program, call, gradient)
    spec = evaluation.program.calls[call]
    verdict = _verdict(found) if _is_finite(evaluation, call) else "not finite"
    return CheckRow(spec.name, gradient.size, found.worst, int(found.kink.sum()), verdict, notes_on(found))


def badge_of(rows: Sequence[CheckRow]) -> CheckBadge:
    """How the gradients of a graph stand, by the check of every source: as the worst of them does."""
    order: tuple[Standing, ...] = ("disagrees", "not finite", "kink", "agrees", "too small")
    found = {row.verdict for row in rows}
    standing: Standing = next((one for one in order if one in found), "nothing")
    notes = " ".join(dict.fromkeys(row.note for row in rows if row.note))
    return CheckBadge(standing, max((row.error for row in rows), default=0.0), notes, len(rows))


def _is_finite(evaluation: Evaluation, call: int) -> bool:
    """Are the loss and the gradient of a source finite numbers?"""
    loss = evaluation.program.loss
    compared = (evaluation.run.gradients[call], None if loss is None else evaluation.run.values[loss])
    return all(array is not None and bool(np.isfinite(array).all()) for array in compared)


def _verdict(found: LeafCheck) -> Standing:
    if not found.passed:
        return "disagrees"
    return "kink" if found.kink.any() else "too small" if found.is_small else "agrees"
