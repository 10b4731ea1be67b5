"""What happens at once while the passes play: an event, all of a node, or all of a layer."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import Literal

from backprop_studio.engine.trace import Stage, Trace

Unit = Literal["event", "node", "depth"]
UNITS: tuple[Unit, ...] = ("event", "node", "depth")


@lru_cache(maxsize=4)
def unit_ends(trace: Trace, unit: Unit) -> tuple[int, ...]:
    """The positions at which one unit ends and the next begins, the last of them the end; increasing.

    A layer is all calls at one depth, which follow each other in a trace. A unit never reaches over the end of a
    stage.
    """
    if unit == "event":
        return tuple(range(1, len(trace) + 1)) or (0,)
    ends: list[int] = []
    last: tuple[Stage, int] | None = None
    for at, event in enumerate(trace):
        key = (event.stage, event.call if unit == "node" else trace.depth_of[event.call])
        if last is not None and key != last:
            ends.append(at)
        last = key
    return (*ends, len(trace))


def unit_end(trace: Trace, position: int, unit: Unit) -> int:
    """Where the unit ends that begins at a position, or that the position stands in; the end past the last one."""
    if unit == "event":
        return min(position + 1, len(trace))
    ends = unit_ends(trace, unit)
    return ends[min(bisect_right(ends, position), len(ends) - 1)]


def stage_end(trace: Trace, position: int) -> int:
    """Where the stage ends that begins at a position, or that the position stands in; the end past the last one."""
    return min((end for end in trace.stage_ends if end > position), default=len(trace))


def stage_start(trace: Trace, position: int) -> int:
    """Where the stage begins that ends at a position, or that the position stands in; 0 before the first one."""
    return max((end for end in (0, *trace.stage_ends) if end < position), default=0)


def unit_start(trace: Trace, position: int, unit: Unit) -> int:
    """Where the unit began that ends at a position, or that the position stands in; 0 before the first one."""
    if unit == "event":
        return max(position - 1, 0)
    ends = unit_ends(trace, unit)
    at = bisect_left(ends, position)
    return ends[at - 1] if at else 0
