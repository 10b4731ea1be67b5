"""The losses of training as text."""

from __future__ import annotations

from collections.abc import Sequence


def losses_csv(losses: Sequence[float]) -> str:
    """A table of two columns, step (from 1) and loss in full precision, with a heading."""
    return "step,loss\n" + "".join(f"{step},{loss!r}\n" for step, loss in enumerate(losses, 1))
