"""Tells while training runs that it is about to diverge, before a number is no longer finite."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from backprop_studio.document.number_text import number

FIRST, LAST = 5, 10
"""So many of the first losses tell how large it was, and so many of the last ones how large it is."""
GROWN = 10.0
"""The loss is told once each of its last values is so many times the largest of its first ones."""
CLIMBED = 1e3
"""It is told too once it has grown so many times over without a break, from wherever it was."""


class DivergenceWatch:
    """Judges the losses of one run; speaks once."""

    def __init__(self) -> None:
        self._spoken = False

    def told(self, losses: Sequence[float], learning_rate: float) -> str | None:
        """One sentence with what to try where these losses are on their way to infinity, else None.

        A noisy curve is let be: it comes down again within the last steps, or has not grown so much.
        """
        if self._spoken or len(losses) < FIRST + LAST:
            return None
        last = losses[-LAST:]
        first = max(abs(loss) for loss in losses[:FIRST])
        climbs = all(before < after for before, after in pairwise(last))
        grown = 0.0 < first * GROWN < min(last) and last[-1] > last[0]
        if not grown and not (climbs and 0.0 < last[0] * CLIMBED < last[-1]):
            return None
        self._spoken = True
        began = losses[0] if grown else last[0]
        return (
            f"The loss grows ({number(began)} → {number(last[-1])}): training is about to diverge at learning rate "
            f"{learning_rate:g}; pause, reset and try {learning_rate / 10.0:.1g}."
        )
