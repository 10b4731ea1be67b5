"""What a person sees of forward mode at one moment: pure functions of how many events have happened."""

from __future__ import annotations

import numpy as np

from backprop_studio.document.explanation import Explanation
from backprop_studio.document.graph import Wire
from backprop_studio.document.narration import Narration
from backprop_studio.document.tangent_lines import explain_tangent, narrate_tangent
from backprop_studio.document.tangents import Tangents
from backprop_studio.engine.op import Array
from backprop_studio.engine.trace import Stage
from backprop_studio.session.pass_view import PassView


class TangentView(PassView):
    """Answers what is known after the first events of a pass in forward mode. There are no gradients in it."""

    def __init__(self, tangents: Tangents) -> None:
        super().__init__(tangents.evaluation, tangents.trace)
        self.tangents = tangents
        self._trace = tangents.trace

    def narration(self, index: int) -> Narration:
        """An event in words."""
        return narrate_tangent(self.tangents, index)

    def obstacle(self, position: int) -> str | None:
        """None: forward mode goes as far as the seed reaches."""
        return None

    def entry(self, index: int) -> str:
        """None: a pass in forward mode is for one number, and its lines have the numbers."""
        return ""

    def _explain(self, index: int) -> Explanation:
        return explain_tangent(self.tangents, index)

    def tangent_caption(self) -> str | None:
        """What tangents are called here."""
        return f"d/d{self.tangents.label}"

    def tangent(self, node: int, position: int) -> Array | None:
        """The node's tangent; zeros from the start where it does not depend on the seed."""
        call = self.evaluation.position(node)
        value = self.evaluation.value(node)
        if call is None or value is None:
            return None
        found = self.tangents.of(call)
        if found is None:
            return np.zeros_like(value)
        return found if self._trace.tangent_at.get(call, position + 1) <= position else None

    def wire_number(self, wire: Wire, reached: int) -> tuple[Stage, Array] | None:
        """The part of a tangent that a wire has brought, or brings now."""
        call = self.evaluation.position(wire.target)
        if call is None or self._trace.forward_at.get((call, self.evaluation.slot_of(wire)), reached + 1) > reached:
            return None
        return Stage.TANGENT, self.tangents.contribution((call, self.evaluation.slot_of(wire)))
