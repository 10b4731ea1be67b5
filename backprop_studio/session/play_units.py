"""What happens at once while the passes play: an event, all of a node, or all nodes of one depth."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import Literal

from backprop_studio.engine.program import Program
from backprop_studio.engine.trace import Stage, Trace
from backprop_studio.session.pass_view import PassView

Unit = Literal["event", "node", "depth"]
UNITS: tuple[Unit, ...] = ("event", "node", "depth")


def depths(program: Program) -> list[int]:
    """For each call: the longest way from a source to it, in wires."""
    found: list[int] = []
    for call in program.calls:
        found.append(1 + max((found[source] for source in call.inputs), default=-1))
    return found


@lru_cache(maxsize=4)
def _boundaries(trace: Trace, depth_of: tuple[int, ...], unit: Unit) -> tuple[int, ...]:
    ends: list[int] = []
    last: tuple[Stage, int] | None = None
    for at, event in enumerate(trace):
        key = (event.stage, event.call if unit == "node" else depth_of[event.call])
        if last is not None and key != last:
            ends.append(at)
        last = key
    return (*ends, len(trace))


def boundaries(trace: Trace, program: Program, unit: Unit) -> tuple[int, ...]:
    """The positions at which one unit ends and the next begins, the last of them the end; increasing.

    Events stand in topological order, so that nodes of one depth need not follow each other: those that do, happen
    at once. A unit never reaches over the end of a stage.
    """
    if unit == "event":
        return tuple(range(1, len(trace) + 1)) or (0,)
    return _boundaries(trace, tuple(depths(program)) if unit == "depth" else (), unit)


def following(view: PassView, position: int, unit: Unit, loops: bool) -> int:
    """The position after one more unit; with ``loops``, from the end of a stage back to its start."""
    trace, program = view.trace, view.evaluation.program
    stage_end = min((end for end in trace.stage_ends if end > position), default=len(trace))
    reached = min(position + 1, len(trace))
    if unit != "event":
        ends = boundaries(trace, program, unit)
        reached = ends[min(bisect_right(ends, position), len(ends) - 1)]
    reached = min(reached, stage_end)
    if loops and reached == stage_end:
        return max((end for end in (0, *trace.stage_ends) if end < stage_end), default=0)
    return reached
