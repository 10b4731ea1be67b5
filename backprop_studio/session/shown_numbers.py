"""What a timeline shows, asked by node or wire."""

from __future__ import annotations

from abc import abstractmethod

from backprop_studio.document.graph import Wire
from backprop_studio.engine.op import Array
from backprop_studio.engine.trace import Stage
from backprop_studio.session.pass_view import Knowledge, PassView


class ShownNumbers:
    """Answers from a view of the passes and a position in them, which the class that takes this in provides."""

    _view: PassView | None

    @property
    @abstractmethod
    def _shown(self) -> int:
        """How many events count as done."""

    @property
    @abstractmethod
    def _in_flight(self) -> bool:
        """Is an event under way?"""

    def updated_value(self, node_id: int) -> Array | None:
        """A parameter's value after its step, None where it has not taken it."""
        return self._view.updated_value(node_id, self._shown) if self._view else None

    def value_known(self, node_id: int) -> bool:
        """Is the node's value shown?"""
        return self._view is not None and self._view.value_known(node_id, self._shown)

    def gradient_known(self, node_id: int) -> Knowledge:
        """Is the node's gradient shown, is it shown in part (some contributions have arrived), or hidden?"""
        return self._view.gradient_known(node_id, self._shown) if self._view else "hidden"

    def gradient_so_far(self, node_id: int) -> Array | None:
        """The sum of the contributions that have arrived at a node, None where none has."""
        return self._view.gradient_so_far(node_id, self._shown) if self._view else None

    def contributions_arrived(self, node_id: int) -> tuple[int, int]:
        """How many contributions to the node's gradient have arrived, and how many there are."""
        return self._view.arrived(node_id, self._shown) if self._view else (0, 0)

    def wire_number(self, wire: Wire) -> tuple[Stage, Array] | None:
        """What last travelled on a wire, or travels there now; None where nothing has."""
        return self._view.wire_number(wire, self._shown, self._in_flight) if self._view else None
