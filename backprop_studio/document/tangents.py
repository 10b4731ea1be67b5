"""Forward mode over a graph, for one chosen number: what each node's tangent is, and what each wire adds to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.local_derivatives import Index, inputs_of, result_of
from backprop_studio.engine.errors import EngineError
from backprop_studio.engine.forward_mode import ForwardMode, call_tangent, entry_direction, forward_mode
from backprop_studio.engine.op import Array
from backprop_studio.engine.tangent_trace import TangentTrace
from backprop_studio.engine.trace import Edge


@dataclass(frozen=True)
class Seed:
    """The number that forward mode differentiates by: an entry of a source's output, () for a scalar."""

    node: int
    entry: Index = ()
    output: int = 0


@dataclass(frozen=True, eq=False)
class Tangents:
    """One pass of forward mode over an evaluation."""

    evaluation: Evaluation
    seed: Seed
    call: int
    """Place of the seed in the program."""
    found: ForwardMode

    @property
    def label(self) -> str:
        """What the chosen number is called, such as "x" or "W[0, 0]"."""
        return seed_label(self.evaluation, self.seed)

    @cached_property
    def trace(self) -> TangentTrace:
        """The events of the pass."""
        known = [value is not None for value in self.evaluation.run.values]
        reached = [tangent is not None for tangent in self.found.tangents]
        return TangentTrace(self.evaluation.program, known, self.call, reached)

    def of(self, call: int) -> Array | None:
        """The tangent of a call's value, None where it does not depend on the seed."""
        return self.found.tangents[call]

    def contribution(self, edge: Edge) -> Array:
        """What a wire adds to the tangent of the call it enters: local derivative times tangent."""
        call, slot = edge
        evaluation = self.evaluation
        spec = evaluation.program.calls[call]
        moved: list[Array | None] = [None] * len(spec.inputs)
        moved[slot] = self.of(spec.inputs[slot])
        with np.errstate(all="ignore"):
            part = call_tangent(spec, result_of(evaluation, call), inputs_of(evaluation, call), moved)
        assert part is not None  # the trace carries along differentiable wires alone
        return part

    @property
    def at_loss(self) -> tuple[float, float] | None:
        """d(loss)/d(seed) as forward mode has it, and as reverse mode has it; None where there is no loss."""
        loss, gradient = self.evaluation.program.loss, self.evaluation.gradient(self.seed.node, self.seed.output)
        if loss is None or gradient is None or self.evaluation.run.gradients[loss] is None:
            return None
        tangent = self.of(loss)
        return 0.0 if tangent is None else float(tangent.item()), float(gradient[self.seed.entry])


def seed_label(evaluation: Evaluation, seed: Seed) -> str:
    """What a number is called, such as "x" or "W[0, 0]"."""
    return evaluation.graph.nodes[seed.node].names[seed.output] + (str(list(seed.entry)) if seed.entry else "")


def seed_value(evaluation: Evaluation, seed: Seed) -> Array | None:
    """The array that the number is an entry of."""
    return evaluation.value(seed.node, seed.output)


def with_entry_of(seed: Seed, last: Seed | None) -> Seed:
    """``seed`` at the entry that was chosen ``last``, where that is of the same array."""
    is_same = last is not None and (last.node, last.output) == (seed.node, seed.output)
    return last if is_same and last is not None else seed


def seeds(evaluation: Evaluation) -> tuple[Seed, ...]:
    """The first number of every output of a source that can be differentiated by, in the order of the program."""
    found = (_first_number(evaluation, at) for at in range(len(evaluation.program.calls)))
    return tuple(seed for seed in found if seed is not None)


def seed_of(evaluation: Evaluation, node: int) -> Seed | None:
    """The first number of a node, None where it is no source that can be differentiated by."""
    held = evaluation.graph.nodes.get(node)
    places = [evaluation.position(node, output) for output in range(len(held.names))] if held is not None else []
    found = (_first_number(evaluation, at) for at in places if at is not None)
    return next((seed for seed in found if seed is not None), None)


def _first_number(evaluation: Evaluation, at: int) -> Seed | None:
    call = evaluation.program.calls[at]
    if not call.op.is_source or not call.requires_grad or not evaluation.program.leaves[at].size:
        return None
    return Seed(evaluation.node_of(at), (0,) * len(call.shape), evaluation.output_at(at))


def tangents(evaluation: Evaluation, seed: Seed) -> Tangents | None:
    """Run forward mode for one number; None where it is no number of this graph, or an operation has no rule for it."""
    call = evaluation.position(seed.node, seed.output)
    if call is None or not evaluation.program.calls[call].requires_grad:
        return None
    if not evaluation.program.calls[call].op.is_source or evaluation.run.values[call] is None:
        return None
    try:
        direction = entry_direction(evaluation.program, call, seed.entry)
        found = forward_mode(evaluation.program, direction, values=evaluation.run.values)
    except (EngineError, IndexError):
        return None
    return Tangents(evaluation, seed, call, found)
