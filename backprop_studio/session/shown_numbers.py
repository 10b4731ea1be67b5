"""What a timeline shows, asked by node or wire, and the event it stands at."""

from __future__ import annotations

from abc import abstractmethod

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.explanation import Explanation
from backprop_studio.document.graph import Wire
from backprop_studio.document.narration import Narration
from backprop_studio.document.unit_narration import narrate_together
from backprop_studio.engine.op import Array
from backprop_studio.engine.trace import Stage, Trace
from backprop_studio.session.pass_view import Knowledge, PassView

MOST_IN_FLIGHT = 200
"""Where more events happen at once than this, they appear and do not travel."""


class ShownNumbers:
    """Answers from a view of the passes and a position in them, which the class that takes this in provides."""

    _view: PassView | None
    _wires_found: tuple[PassView, range, frozenset[Wire]] | None = None
    """The active wires that were asked for last."""

    @property
    @abstractmethod
    def _shown(self) -> int:
        """How many events count as done."""

    @property
    @abstractmethod
    def _reached(self) -> int:
        """How many events are done or under way."""

    @property
    def reached(self) -> int:
        """How many events are done or under way."""
        return self._reached

    @abstractmethod
    def current_event_index(self) -> int | None:
        """The event in flight (of several the last), else the last one done; None when inactive or at the start."""

    @property
    @abstractmethod
    def current_events(self) -> range:
        """The events in flight, else those that happened last; several where a node or layer is played at once."""

    # the event

    @property
    def evaluation(self) -> Evaluation | None:
        """The evaluation whose passes are played."""
        return self._view.evaluation if self._view else None

    @property
    def trace(self) -> Trace | None:
        """The events of the passes."""
        return self._view.trace if self._view else None

    @property
    def length(self) -> int:
        """Number of events."""
        return len(self._view.trace) if self._view else 0

    @property
    def stage(self) -> Stage | None:
        """The stage of the current event, None where there is none."""
        index = self.current_event_index()
        return self._view.trace.events[index].stage if index is not None and self._view else None

    def active_wire(self) -> Wire | None:
        """The wire of the current event, None where it is a computation or there is none."""
        index = self.current_event_index()
        return self._view.wire_of_event(index) if self._view and index is not None else None

    def active_wires(self) -> frozenset[Wire]:
        """The wires of all current events; none where there are too many to be shown one by one."""
        view, events = self._view, self.current_events
        if view is None or len(events) > MOST_IN_FLIGHT:
            return frozenset()
        found = self._wires_found
        if found is None or found[0] is not view or found[1] != events:
            wires = (view.wire_of_event(index) for index in events)
            found = self._wires_found = (view, events, frozenset(wire for wire in wires if wire is not None))
        return found[2]

    def active_node(self) -> int | None:
        """The node where the current event ends: it computes, or receives the number."""
        index = self.current_event_index()
        return self._view.node_of_event(index) if self._view and index is not None else None

    def narration(self, index: int) -> Narration | None:
        """An event in words, None without an evaluation."""
        return self._view.narration(index) if self._view else None

    @property
    def current_narration(self) -> Narration | None:
        """What happens now, in words: of several events at once all together. None at the start."""
        index, view = self.current_event_index(), self._view
        if view is None or index is None:
            return None
        told, events = view.narration(index), self.current_events
        if len(events) < 2:
            return told
        return narrate_together(view.evaluation, view.trace.events[events.start : events.stop], told)

    @property
    def current_entry(self) -> str:
        """One entry of the array that the current event makes, worked out on a line; "" where there is none."""
        index, view = self.current_event_index(), self._view
        return view.entry(index) if view is not None and index is not None and len(self.current_events) < 2 else ""

    @property
    def has_arrays(self) -> bool:
        """Are there arrays among the values of the passes, of which an entry can be worked out?"""
        return self._view is not None and self._view.has_arrays

    @property
    def obstacle(self) -> str | None:
        """Why the passes end where they stand now, None where nothing stops them."""
        return self._view.obstacle(self._shown) if self._view else None

    def explanation(self, index: int) -> Explanation | None:
        """An event derived, None without an evaluation."""
        return self._view.explanation(index) if self._view else None

    # numbers

    def updated_value(self, node_id: int) -> Array | None:
        """A parameter's value after its step, None where it has not taken it."""
        return self._view.updated_value(node_id, self._shown) if self._view else None

    def value_under_way(self, node_id: int) -> Array | None:
        """What a parameter that is taking its step comes to be; None for everything else."""
        taken = self._view is None or self._view.updated_value(node_id, self._shown) is not None
        return self._view.updated_value(node_id, self._reached) if self._view and not taken else None

    def value_known(self, node_id: int) -> bool:
        """Is the node's value shown?"""
        return self._view is not None and self._view.value_known(node_id, self._shown)

    def gradient_known(self, node_id: int, output: int = 0) -> Knowledge:
        """Is the gradient of an output shown, is it shown in part (some contributions have arrived), or hidden?"""
        return self._view.gradient_known(node_id, self._shown, output) if self._view else "hidden"

    def gradient_cleared(self, node_id: int) -> bool:
        """Has zero_grad cleared the node's gradient?"""
        return self._view is not None and self._view.gradient_cleared(node_id, self._shown)

    def gradient_so_far(self, node_id: int, output: int = 0) -> Array | None:
        """The sum of the contributions that have arrived at a node's output, None where none has."""
        return self._view.gradient_so_far(node_id, self._shown, output) if self._view else None

    def passes_held(self, node_id: int, output: int = 0) -> int:
        """How many backward passes the gradient shown is the sum of, without zero_grad; 0 where nothing adds up."""
        return self._view.passes_held(node_id, self._shown, output) if self._view else 0

    def contributions_arrived(self, node_id: int) -> tuple[int, int]:
        """How many contributions to the node's gradient have arrived, and how many there are."""
        return self._view.arrived(node_id, self._shown) if self._view else (0, 0)

    def wire_number(self, wire: Wire) -> tuple[Stage, Array] | None:
        """What last travelled on a wire, or travels there now; None where nothing has."""
        return self._view.wire_number(wire, self._reached) if self._view else None

    @property
    def tangent_caption(self) -> str | None:
        """What tangents are called, such as "d/dx", while forward mode is played; else None."""
        return self._view.tangent_caption() if self._view else None

    def tangent(self, node_id: int) -> Array | None:
        """The node's tangent, None where it is not known. What does not depend on the seed has 0."""
        return self._view.tangent(node_id, self._shown) if self._view else None
