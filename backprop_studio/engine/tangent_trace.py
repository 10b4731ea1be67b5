"""Forward mode as a sequence of events: dual numbers travel from one source to all that depends on it."""

from __future__ import annotations

from backprop_studio.engine.program import Program
from backprop_studio.engine.trace import Edge, Event, EventKind, Stage, Trace


class TangentTrace(Trace):
    """The events of one pass of forward mode. What does not depend on the source is known from the start.

    ``forward_at`` says of a wire when its part of a tangent has arrived.
    """

    def __init__(self, program: Program, computed: list[bool], seed: int, reached: list[bool]) -> None:
        """``seed`` is the source, ``reached`` says of each call whether it has a tangent."""
        self.seed = seed
        self._reached = reached
        self.tangent_at: dict[int, int] = {}
        """Call → position from which on its tangent is known, and with it its value."""
        self.incoming: dict[int, list[Edge]] = {}
        """Call → wires that bring parts of its tangent, in order of arrival."""
        super().__init__(program, computed)

    def depends(self, call: int) -> bool:
        """Does the call have a tangent?"""
        return self._reached[call]

    def _fill(self, program: Program, known: list[bool]) -> None:
        self.value_at = {index: 0 for index in range(len(program.calls)) if known[index]}
        self.events.append(Event(Stage.TANGENT, EventKind.COMPUTE, self.seed, None, self.seed))
        self.tangent_at[self.seed] = len(self.events)
        for index in sorted(range(len(program.calls)), key=self.depth_of.__getitem__):
            call = program.calls[index]
            if not (known[index] and self._reached[index]) or call.op.is_source:
                continue
            for slot, source in enumerate(call.inputs):
                if self._reached[source] and call.op.vjp_for(slot) is not None:
                    self.events.append(Event(Stage.TANGENT, EventKind.CARRY, index, slot, source))
                    self.forward_at[index, slot] = len(self.events)
                    self.incoming.setdefault(index, []).append((index, slot))
            self.events.append(Event(Stage.TANGENT, EventKind.COMPUTE, index, None, index))
            self.value_at[index] = self.tangent_at[index] = len(self.events)
        self._end(Stage.TANGENT)
