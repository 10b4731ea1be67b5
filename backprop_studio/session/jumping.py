"""Where on the timeline a node or a wire has its event."""

from __future__ import annotations

from collections.abc import Collection

from backprop_studio.document.graph import Wire
from backprop_studio.engine.trace import Stage
from backprop_studio.session.timeline import Timeline


def position_of(timeline: Timeline, nodes: Collection[int], wire: Wire | None) -> int | None:
    """The position of what is selected: one node, or a wire and no node. None for anything else."""
    if len(nodes) == 1:
        return position_of_node(timeline, next(iter(nodes)))
    return position_of_wire(timeline, wire) if wire is not None and not nodes else None


def position_of_node(timeline: Timeline, node: int) -> int | None:
    """The position at which the node's number of the present stage is just there; else that of another stage."""
    evaluation, trace = timeline.evaluation, timeline.trace
    call = evaluation.position(node) if evaluation is not None else None
    if trace is None or call is None:
        return None
    if timeline.seed is not None:
        return trace.value_at.get(call) or None
    by_stage = {
        Stage.FORWARD: trace.value_at.get(call) or None,  # a source has its value from the start: no event
        Stage.BACKWARD: trace.gradient_at.get(call),
        Stage.UPDATE: trace.updated_at.get(call),
        Stage.ZERO_GRAD: trace.cleared_at.get(call),
    }
    order = (timeline.stage or Stage.FORWARD, Stage.BACKWARD, Stage.FORWARD)
    return next((found for stage in order if (found := by_stage[stage]) is not None), None)


def position_of_wire(timeline: Timeline, wire: Wire) -> int | None:
    """The position at which the wire's number of the present stage has just arrived; else that of the other pass."""
    evaluation, trace = timeline.evaluation, timeline.trace
    call = evaluation.position(wire.target) if evaluation is not None else None
    if evaluation is None or trace is None or call is None:
        return None
    edge = call, evaluation.slot_of(wire)
    forward, backward = trace.forward_at.get(edge), trace.backward_at.get(edge)
    if timeline.seed is not None:
        return forward
    first, second = (forward, backward) if timeline.stage is Stage.FORWARD else (backward, forward)
    return first if first is not None else second
