"""Loss curves of before the present one, kept so that runs can be compared."""

from __future__ import annotations

from backprop_studio.session.training_curve import TrainingCurve

MOST_RUNS = 4
"""More would be hard to tell apart on one plot; the oldest go first."""


class EarlierRuns:
    """Curves that a reset has cleared, or that were undone and trained anew; the newest last."""

    def __init__(self) -> None:
        self._kept: list[TrainingCurve] = []

    def keep(self, curve: TrainingCurve) -> None:
        """Keep a curve that is about to be cleared; one of a single step is no curve."""
        if len(curve.losses) > 1 and curve not in self._kept:
            self._kept = [*self._kept, curve][-MOST_RUNS:]

    def clear(self) -> None:
        """Forget all."""
        self._kept = []

    def besides(self, present: TrainingCurve) -> tuple[TrainingCurve, ...]:
        """All but the curve that is the present one again."""
        return tuple(curve for curve in self._kept if curve is not present)
