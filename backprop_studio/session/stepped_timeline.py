"""A timeline on which time passes only when it is told to: for films of the passes."""

from __future__ import annotations

from backprop_studio.session.timeline import Timeline


class SteppedTimeline(Timeline):
    """Plays by ``advance`` alone; it has no clock that goes on by itself."""

    def _settle(self) -> None:
        self.changed.emit()
