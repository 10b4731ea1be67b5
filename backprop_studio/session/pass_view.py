"""What a person sees of the passes at one moment: pure functions of how many events have happened."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Set
from functools import cached_property
from typing import Literal

import numpy as np

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.explanation import Explanation, explain_step
from backprop_studio.document.followed_entry import block_entry
from backprop_studio.document.graph import Wire
from backprop_studio.document.narration import Narration
from backprop_studio.document.step_rule import StepRule, held_gradient, narrate_step, updated
from backprop_studio.engine.op import Array
from backprop_studio.engine.trace import Edge, EventKind, Stage, Trace

Knowledge = Literal["hidden", "partial", "known"]

MOST_EXPLAINED = 8
"""Explanations kept."""


class PassView:
    """Answers what is known after the first ``position`` events of an evaluation's trace.

    ``reached`` counts the events under way too: their numbers are shown on their wires already, but have not
    arrived. Nothing here depends on what was asked before.
    """

    def __init__(self, evaluation: Evaluation, trace: Trace | None = None, rule: StepRule | None = None) -> None:
        """``trace`` is that of a whole step where its update is shown too; ``rule`` says how parameters step."""
        self.evaluation = evaluation
        self.trace = trace if trace is not None else evaluation.trace
        self.rule = rule if rule is not None else StepRule()
        self._explained: dict[int, Explanation] = {}
        self._stop: tuple[tuple[int, int, frozenset[int]], int] | None = None
        """Where an event about certain nodes was looked for last, and where it is done."""
        self._sums: dict[int, tuple[int, Array]] = {}
        """Call → the last partial sum asked for, with its number of terms: stepping on adds one term to it."""

    def narration(self, index: int) -> Narration:
        """An event in words."""
        return narrate_step(self.evaluation, self.trace, index, self.rule)

    def obstacle(self, position: int) -> str | None:
        """Why the passes go no further than here, None where they do, or come to their end."""
        evaluation = self.evaluation
        loss = evaluation.loss
        if position < len(self.trace) or (loss is not None and evaluation.gradient(loss) is not None):
            return None
        if loss is not None and evaluation.value(loss) is not None:
            return evaluation.notice
        return next((fault.sentence for fault in evaluation.faulty.values()), None)

    def explanation(self, index: int) -> Explanation:
        """An event derived; the last few are kept, since more than one place shows them."""
        if index not in self._explained:
            if len(self._explained) >= MOST_EXPLAINED:
                self._explained.pop(next(iter(self._explained)))
            self._explained[index] = self._explain(index)
        return self._explained[index]

    @cached_property
    def has_arrays(self) -> bool:
        """Are there arrays among the values?"""
        return any(call.shape for call in self.evaluation.program.calls)

    def entry(self, index: int) -> str:
        """One entry of the array that an event makes, worked out on a line; "" where there is none."""
        blocks = self.explanation(index).blocks
        return block_entry(self.evaluation, blocks[0]) if blocks else ""

    def _explain(self, index: int) -> Explanation:
        return explain_step(self.evaluation, self.trace, index, self.rule)

    def tangent_caption(self) -> str | None:
        """What tangents are called here, such as "d/dx"; None in reverse mode, which has none."""
        return None

    def tangent(self, node: int, position: int) -> Array | None:
        """The node's tangent, None where it is not known."""
        return None

    def value_known(self, node: int, position: int) -> bool:
        """Has the node's value been computed?"""
        at = self._first_position_of(node)
        return at is not None and at <= position

    def gradient_known(self, node: int, position: int, output: int = 0) -> Knowledge:
        """Is the gradient of a node's output complete, are some of its contributions there, or none?"""
        call = self.evaluation.position(node, output)
        if call is None:
            return "hidden"
        complete = self.trace.gradient_at.get(call)
        if complete is None or self.trace.cleared_at.get(call, position + 1) <= position:
            return "hidden"
        if complete <= position:
            return "known"
        if self._keeps(call):
            return "partial"
        arrivals = self.trace.arrivals.get(call)
        return "partial" if arrivals and self.trace.backward_at[arrivals[0]] <= position else "hidden"

    def gradient_cleared(self, node: int, position: int) -> bool:
        """Has zero_grad cleared the node's gradient?"""
        call = self.evaluation.position(node)
        return call is not None and self.trace.cleared_at.get(call, position + 1) <= position

    def gradient_so_far(self, node: int, position: int, output: int = 0) -> Array | None:
        """The sum of the contributions that have arrived, added in order of arrival, as the engine adds them.

        None where none has. The shape is that of the node's value.
        """
        known = self.gradient_known(node, position, output)
        if known == "hidden":
            return None
        call = self.evaluation.position(node, output)
        assert call is not None
        if known == "known":
            return held_gradient(self.evaluation, call, self.rule)
        arrivals = self.trace.arrivals[call]
        count = bisect_right(arrivals, position, key=self.trace.backward_at.__getitem__)
        arrived = self._sum(call, count) if count else None
        if not self._keeps(call):
            return arrived
        gradient = self.evaluation.run.gradients[call]
        assert gradient is not None
        before = np.asarray(gradient * self.rule.kept)
        return before if arrived is None else np.asarray(before + arrived)

    def passes_held(self, node: int, position: int, output: int = 0) -> int:
        """How many backward passes the gradient that a source holds is the sum of; 0 where nothing adds up."""
        call = self.evaluation.position(node, output)
        if call is None or call not in self.trace.gradient_at or not self._keeps(call):
            return 0
        return self.rule.kept + (self.trace.gradient_at[call] <= position)

    def updated_value(self, node: int, position: int) -> Array | None:
        """A parameter's value after its step, None before it and for everything else."""
        call = self.evaluation.position(node)
        if call is None or self.trace.updated_at.get(call, position + 1) > position:
            return None
        return updated(self.evaluation, call, self.rule)

    def _keeps(self, call: int) -> bool:
        """Does the call hold a gradient of earlier passes that was never cleared?"""
        return self.rule.kept > 0 and self.evaluation.program.calls[call].op.is_source

    def arrived(self, node: int, position: int) -> tuple[int, int]:
        """How many of the node's contributions have arrived, and how many there are in all."""
        call = self.evaluation.position(node)
        arrivals = self.trace.arrivals.get(call, []) if call is not None else []
        return bisect_right(arrivals, position, key=self.trace.backward_at.__getitem__), len(arrivals)

    def wire_number(self, wire: Wire, reached: int) -> tuple[Stage, Array] | None:
        """What last travelled on a wire, or travels there now: a value forward or a contribution backward."""
        call = self.evaluation.position(wire.target)
        if call is None:
            return None
        edge: Edge = (call, self.evaluation.slot_of(wire))
        if self.trace.backward_at.get(edge, reached + 1) <= reached:
            contribution = self.evaluation.contribution(wire)
            if contribution is not None:
                return Stage.BACKWARD, contribution
        if self.trace.forward_at.get(edge, reached + 1) <= reached:
            value = self.evaluation.carried(wire)
            if value is not None:
                return Stage.FORWARD, value
        return None

    def wire_of_event(self, index: int) -> Wire | None:
        """The wire along which an event carries a number, None where it computes."""
        event = self.trace.events[index]
        if event.kind is EventKind.COMPUTE or event.slot is None:
            return None
        return self.evaluation.wire_of((event.call, event.slot))

    def node_of_event(self, index: int) -> int:
        """The node where an event ends: the one that computes, or the one that receives the number."""
        event = self.trace.events[index]
        backward = event.stage is Stage.BACKWARD and event.kind is EventKind.CARRY
        return self.evaluation.node_of(event.source if backward else event.call)

    def nodes_of_event(self, index: int) -> tuple[int, ...]:
        """The nodes that an event is about: the one that computes or receives, and the one whose gradient goes on."""
        event = self.trace.events[index]
        calls = (event.call, event.source) if event.stage is Stage.BACKWARD else (event.call,)
        return tuple(self.evaluation.node_of(call) for call in dict.fromkeys(calls))

    def until_stop(self, position: int, end: int, nodes: Set[int]) -> int:
        """``end``, or where an event about one of ``nodes`` is done before that, beginning after ``position``."""
        if not nodes:
            return end
        asked = (position, end, frozenset(nodes))
        if self._stop is None or self._stop[0] != asked:
            found = (at for at in range(position + 1, end) if self.stop_before(at, nodes) is not None)
            self._stop = (asked, next(found, end))
        return self._stop[1]

    def stop_before(self, position: int, nodes: Set[int]) -> int | None:
        """The one of ``nodes`` that the event just before a position is about, None where it is about none."""
        if not nodes or position == 0:
            return None
        return next((node for node in self.nodes_of_event(position - 1) if node in nodes), None)

    def _first_position_of(self, node: int) -> int | None:
        call = self.evaluation.position(node)
        return None if call is None else self.trace.value_at.get(call)

    def _sum(self, call: int, count: int) -> Array:
        """The first ``count`` contributions to a call's gradient, added one after the other."""
        contributions = self.evaluation.run.contributions
        arrivals = self.trace.arrivals[call]
        done, total = self._sums.get(call, (0, None))
        if total is None or done > count:
            done, total = 1, contributions[arrivals[0]]
        with np.errstate(all="ignore"):
            for edge in arrivals[done:count]:
                total = np.asarray(total + contributions[edge])
        total.flags.writeable = False
        self._sums[call] = (count, total)
        return total
