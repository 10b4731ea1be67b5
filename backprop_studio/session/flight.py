"""Which events are under way at one moment of playing, and how far they have come."""

from __future__ import annotations

from collections.abc import Set
from typing import NamedTuple

from backprop_studio.session.pass_view import PassView
from backprop_studio.session.play_units import Unit, unit_end, unit_start
from backprop_studio.session.shown_numbers import MOST_IN_FLIGHT


class Flight(NamedTuple):
    """What a moment of playing comes to."""

    start: int
    """The position before what happened last."""
    end: int
    """The position once what happens next has happened."""
    progress: float
    """How far what happens next has come, 0 … 1; 0 at rest."""
    events: range
    """The events in flight, else those that happened last."""
    reached: int
    """How many events are done or in flight."""


def flight(view: PassView | None, position: int, travelled: float, unit: Unit, stops: Set[int], active: bool) -> Flight:
    """The moment at ``position`` where what happens next has ``travelled`` so far.

    What happens at once is a ``unit``, up to the first event about one of the nodes ``stops``. Of more than
    MOST_IN_FLIGHT events at once none travels. Where the passes are not ``active`` no event is current.
    """
    if view is None:
        return Flight(0, 0, 0.0, range(0), 0)
    start = unit_start(view.trace, position, unit)
    end = view.until_stop(position, unit_end(view.trace, position, unit), stops)
    progress = travelled if end - position <= MOST_IN_FLIGHT else 0.0
    flies = active and progress > 0.0
    events = range(position, end) if flies else range(start, position)
    return Flight(start, end, progress, events if active else range(0), end if flies else position)
