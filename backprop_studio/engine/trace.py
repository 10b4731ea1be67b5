"""The passes, and the update after them, as a sequence of events, and what is known after any number of them.

A trace holds no values: it says in which order they become known. What a position shows is computed from
the position alone, so it cannot depend on how the position was reached.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from enum import Enum
from math import prod

from backprop_studio.engine.program import Program

Edge = tuple[int, int]
"""(position of the receiving call in the forward direction, input slot)"""


class Stage(Enum):
    """A stage of one training step, in the words shown to people."""

    FORWARD = "forward"
    BACKWARD = "backward"
    UPDATE = "update"
    ZERO_GRAD = "zero_grad"
    TANGENT = "forward mode"
    """No stage of a training step: dual numbers carried forward, played in its place."""


class EventKind(Enum):
    """What happens in an event."""

    CARRY = "carry"
    """A number travels along a wire: a value forward, a contribution backward."""
    COMPUTE = "compute"
    """A node computes: its value forward; backward, its gradient as the sum of what arrived (or 1 at the loss);
    a parameter takes its step, or its gradient is cleared."""


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a pass. For CARRY, ``call`` and ``slot`` name the wire by its receiving end (forward
    direction) and ``source`` the call that feeds it; for COMPUTE, ``slot`` is None and ``source`` is ``call``.
    """

    stage: Stage
    kind: EventKind
    call: int
    slot: int | None
    source: int


def depths(program: Program) -> list[int]:
    """For each call: the longest way from a source to it, in wires."""
    found: list[int] = []
    for call in program.calls:
        found.append(1 + max((found[source] for source in call.inputs), default=-1))
    return found


class Trace:
    """The events of one forward and one backward pass over a program, and of the update where that is wanted.

    The forward pass goes from layer to layer: of two calls the one at the smaller depth comes first, of one depth
    the one that stands first in the program. The backward pass goes the same way back.

    At position ``k``, ``0 <= k <= len(trace)``, the first ``k`` events have happened.
    """

    def __init__(self, program: Program, computed: list[bool] | None = None) -> None:
        """``computed`` says which calls have values; events stop where values do. By default all have."""
        self.events: list[Event] = []
        self.value_at: dict[int, int] = {}
        """Call → position from which on its value is known."""
        self.gradient_at: dict[int, int] = {}
        """Call → position from which on its gradient is complete."""
        self.forward_at: dict[Edge, int] = {}
        self.backward_at: dict[Edge, int] = {}
        """Wire → position from which on its number has arrived."""
        self.arrivals: dict[int, list[Edge]] = {}
        """Call → wires that bring contributions to its gradient, in order of arrival."""
        self.updated_at: dict[int, int] = {}
        """Parameter → position from which on it has taken its step."""
        self.cleared_at: dict[int, int] = {}
        """Parameter → position from which on its gradient is cleared."""
        self.depth_of = depths(program)
        """Of each call."""
        self.stages: list[Stage] = []
        self.stage_ends: list[int] = []
        """The stages played, and the positions at which each has ended."""
        self._fill(program, computed if computed is not None else [True] * len(program.calls))

    def with_update(self, program: Program, zero_grad: bool) -> Trace:
        """These passes, after which the parameters take their step, and with ``zero_grad`` their gradients go."""
        longer = copy(self)
        longer.events = list(self.events)
        longer.stages, longer.stage_ends = list(self.stages), list(self.stage_ends)
        longer.updated_at, longer.cleared_at = {}, {}
        longer._step(program, zero_grad)
        return longer

    @property
    def passes_end(self) -> int:
        """The position at which both passes are done."""
        return self.stage_ends[min(1, len(self.stage_ends) - 1)]

    def __len__(self) -> int:
        return len(self.events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def stage_span(self, stage: Stage) -> tuple[int, int]:
        """First and one-past-last event index of a stage."""
        ends = [0, *self.stage_ends]
        if stage not in self.stages:
            return ends[-1], ends[-1]
        at = self.stages.index(stage)
        return ends[at], ends[at + 1]

    def _fill(self, program: Program, known: list[bool]) -> None:
        """Write down the events; ``known`` says which calls have values."""
        order = sorted(range(len(program.calls)), key=self.depth_of.__getitem__)
        self._forward(program, known, order)
        self._end(Stage.FORWARD)
        loss = program.loss  # the interpreter goes back from a single number only
        if loss is not None and known[loss] and prod(program.calls[loss].shape) == 1:
            self._backward(program, known, order[::-1])
        self._end(Stage.BACKWARD)

    def _end(self, stage: Stage) -> None:
        self.stages.append(stage)
        self.stage_ends.append(len(self.events))

    def _step(self, program: Program, zero_grad: bool) -> None:
        parameters = [at for at, call in enumerate(program.calls) if call.op.name == "parameter"]
        stages = [(Stage.UPDATE, self.updated_at), *([(Stage.ZERO_GRAD, self.cleared_at)] if zero_grad else [])]
        for stage, reached in stages:
            for index in parameters:
                if index in self.gradient_at:
                    self.events.append(Event(stage, EventKind.COMPUTE, index, None, index))
                    reached[index] = len(self.events)
            self._end(stage)

    def _forward(self, program: Program, known: list[bool], order: list[int]) -> None:
        for index in order:
            call = program.calls[index]
            if not known[index]:
                continue
            if call.op.is_source:
                self.value_at[index] = 0
                continue
            for slot, source in enumerate(call.inputs):
                self.events.append(Event(Stage.FORWARD, EventKind.CARRY, index, slot, source))
                self.forward_at[index, slot] = len(self.events)
            self.events.append(Event(Stage.FORWARD, EventKind.COMPUTE, index, None, index))
            self.value_at[index] = len(self.events)

    def _backward(self, program: Program, known: list[bool], order: list[int]) -> None:
        assert program.loss is not None
        if not program.calls[program.loss].requires_grad:
            return
        on_path = program.gradient_path()
        for index in order:
            if not (on_path[index] and known[index]):
                continue
            arrived = self.arrivals.get(index, [])
            if len(arrived) != 1:  # a single contribution is the gradient as it stands: nothing to compute
                self.events.append(Event(Stage.BACKWARD, EventKind.COMPUTE, index, None, index))
                self.gradient_at[index] = len(self.events)
            else:
                self.gradient_at[index] = self.backward_at[arrived[0]]
            call = program.calls[index]
            for slot, source in enumerate(call.inputs):
                if call.op.vjp_for(slot) is None or not program.calls[source].requires_grad:
                    continue
                self.events.append(Event(Stage.BACKWARD, EventKind.CARRY, index, slot, source))
                self.backward_at[index, slot] = len(self.events)
                self.arrivals.setdefault(source, []).append((index, slot))
