"""What a wire shows besides itself: the number that last travelled on it, or the shape that does not fit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Graph, Wire
from backprop_studio.document.number_text import number, short_size
from backprop_studio.engine.op import Array
from backprop_studio.engine.program import FaultKind
from backprop_studio.engine.trace import Stage
from backprop_studio.ui.canvas.labels import playing_of

if TYPE_CHECKING:
    from backprop_studio.session.timeline import Timeline


class Carried(Enum):
    """What a wire's mark tells."""

    FORWARD = "forward"
    BACKWARD = "backward"
    TANGENT = "tangent"
    """A part of a derivative, forward."""
    EARLIER = "earlier"
    """A value that travelled in the forward pass, while the backward pass plays."""
    CLASH = "clash"


class WireMark(NamedTuple):
    """How a wire is coloured and what stands on its pill ("" for no pill)."""

    carried: Carried
    text: str


class WireMarks:
    """The marks of a graph's wires; most have none. ``timeline`` None means that no pass is playing."""

    def __init__(self, graph: Graph, evaluation: Evaluation | None, timeline: Timeline | None = None) -> None:
        self._marks: dict[Wire, WireMark | None] = {}
        self.graph = graph
        self.evaluation = evaluation
        self.timeline = timeline

    @property
    def any(self) -> bool:
        """False where no wire can have a mark, so that none need be asked for."""
        return self.playing is not None or bool(self.evaluation is not None and self.evaluation.problems)

    @property
    def playing(self) -> Timeline | None:
        """The timeline, where a pass over the shown evaluation is playing."""
        return playing_of(self.timeline, self.evaluation)

    def forget(self, wires: Iterable[Wire] | None = None) -> None:
        """Make the marks of some wires, or of all, anew when they are next asked for."""
        if wires is None:
            self._marks.clear()
            return
        for wire in wires:
            self._marks.pop(wire, None)

    def __getitem__(self, wire: Wire) -> WireMark | None:
        if wire not in self._marks:
            self._marks[wire] = self._make(wire)
        return self._marks[wire]

    def of_bundle(self, wires: Sequence[Wire]) -> WireMark | None:
        """The mark of wires that are drawn as one: the value they all carry, or the sum of what has come back."""
        playing = self.playing
        marks = [mark for wire in wires if (mark := self[wire]) is not None]
        backward = [mark for mark in marks if mark.carried is Carried.BACKWARD]
        if playing is None or len(backward) < 2 or self.evaluation is None:
            return next(iter((*backward, *marks)), None)
        found = (playing.wire_number(wire) for wire in wires)
        terms = [each[1] for each in found if each is not None and each[0] is Stage.BACKWARD]
        with np.errstate(all="ignore"):
            return _travelled(Stage.BACKWARD, np.asarray(reduce(np.add, terms)))

    def travelling(self, wire: Wire) -> WireMark | None:
        """The mark of the wire along which the current event carries its number."""
        playing = self.playing
        found = playing.wire_number(wire) if playing is not None else None
        return _travelled(*found) if found is not None else None

    def _make(self, wire: Wire) -> WireMark | None:
        clash = self._clash(wire)
        if clash is not None:
            return clash
        playing = self.playing
        if playing is None or wire in playing.active_wires():  # active wires are painted above the others
            return None
        found = playing.wire_number(wire)
        if found is None:
            return None
        mark = _travelled(*found)
        if found[0] is Stage.FORWARD and playing.stage is Stage.BACKWARD:
            return mark._replace(carried=Carried.EARLIER)
        return mark

    def _clash(self, wire: Wire) -> WireMark | None:
        """The source's shape, on each wire into a node whose inputs do not fit together."""
        if self.evaluation is None:
            return None
        fault = self.evaluation.problems.get(wire.target)
        if fault is None or fault.kind is not FaultKind.SHAPE or (fault.slot is not None and fault.slot != wire.slot):
            return None
        at = self.evaluation.source_position(wire)
        shape = self.evaluation.program.calls[at].shape if at is not None else None
        return WireMark(Carried.CLASH, short_size(shape) if shape is not None else "")


def _travelled(stage: Stage, array: Array) -> WireMark:
    carried = {Stage.FORWARD: Carried.FORWARD, Stage.TANGENT: Carried.TANGENT}.get(stage, Carried.BACKWARD)
    return WireMark(carried, number(array.item()) if array.size == 1 else short_size(array.shape))
