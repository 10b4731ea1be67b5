"""When numbers travel on the wires of a scene, for all wires at once: what colours a graph that is seen from afar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Wire
from backprop_studio.engine.trace import Edge, Stage, Trace
from backprop_studio.ui.canvas.wire_marks import Carried

if TYPE_CHECKING:
    from backprop_studio.session.timeline import Timeline
    from backprop_studio.ui.canvas.scene import Scene

NEVER = 2**62
"""In place of an event that there is not."""


class WireTimes:
    """The positions in a trace at which a value and a contribution travel on each wire of a scene.

    A line that stands for several wires carries what the first of them does that carries anything.
    """

    def __init__(self, scene: Scene, trace: Trace, evaluation: Evaluation) -> None:
        self._made_for = (trace, scene.graph, scene.level)
        wires, bundles, wrong = scene.geometry.wires, scene.geometry.bundles, evaluation.problems
        edges = [_edge(evaluation, wire) for wire in wires]
        self._forward, self._backward = _times(trace.forward_at, edges), _times(trace.backward_at, edges)
        for wire, bundle in bundles.items():
            row, several = scene.geometry.wire_row[wire], [_edge(evaluation, each) for each in bundle]
            self._forward[row] = _times(trace.forward_at, several).min()
            self._backward[row] = _times(trace.backward_at, several).min()
        self.apart = frozenset(row for row, wire in enumerate(wires) if wire.target in wrong)
        """The rows of wires that end where something is wrong: they are marked otherwise."""

    def holds(self, scene: Scene, trace: Trace) -> bool:
        """Are these the times of that trace on that scene?"""
        now = (trace, scene.graph, scene.level)
        return all(one is other for one, other in zip(self._made_for, now, strict=True))

    def by_carried(self, scene: Scene, timeline: Timeline, rows: list[int]) -> dict[Carried | None, list[int]]:
        """Some wires by how their marks are coloured; None for those on which nothing has travelled."""
        chosen, reached = np.array(rows, int), timeline.reached
        came_back, went = self._backward[chosen] <= reached, self._forward[chosen] <= reached
        active = _is_among(scene, timeline.active_wires(), chosen)
        if timeline.tangent_caption is not None:
            came_back, ahead = np.zeros(len(chosen), bool), Carried.TANGENT
        else:
            ahead = Carried.EARLIER if timeline.stage is Stage.BACKWARD else Carried.FORWARD
        back = came_back & ~active
        forth = went & ~came_back & ~active
        return {
            None: chosen[~(back | forth)].tolist(),
            ahead: chosen[forth].tolist(),
            Carried.BACKWARD: chosen[back].tolist(),
        }


def _edge(evaluation: Evaluation, wire: Wire) -> Edge | None:
    call = evaluation.position(wire.target)
    return None if call is None else (call, evaluation.program.calls[call].op.own_slot(wire.slot))


def _times(known: Mapping[Edge, int], edges: Sequence[Edge | None]) -> NDArray[np.int64]:
    """The positions of some edges, NEVER where there is none."""
    return np.fromiter((NEVER if edge is None else known.get(edge, NEVER) for edge in edges), np.int64, len(edges))


def _is_among(scene: Scene, wires: Iterable[Wire], rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    known = scene.geometry.wire_row
    return np.isin(rows, [known[wire] for wire in wires if wire in known])
