"""A graph with everything computed: values, gradients and contributions by node and wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from backprop_studio.document.compilation import Compilation, compile_graph
from backprop_studio.document.formula_text import nonfinite_sentence
from backprop_studio.document.graph import Graph, Wire
from backprop_studio.document.outputs import call_key, output_of_key
from backprop_studio.document.shape_notice import broadcast_loss_notice
from backprop_studio.engine.incremental import run_again
from backprop_studio.engine.interpreter import Pass, run
from backprop_studio.engine.op import Array
from backprop_studio.engine.program import Fault, FaultKind, Program
from backprop_studio.engine.trace import Edge, Trace


@dataclass(frozen=True, eq=False)
class Evaluation:
    """One forward and one backward pass over ``graph``, addressed by node ids and wires.

    ``problems`` tells of every node without a value why it has none. ``loss`` is the node
    that was differentiated, None where there is none. Two evaluations are equal only where they are the same one:
    arrays do not answer whether they are equal by yes or no.
    """

    graph: Graph
    program: Program
    run: Pass
    problems: Mapping[int, Fault]
    loss: int | None

    @cached_property
    def trace(self) -> Trace:
        """The events of both passes; computed on first use."""
        return Trace(self.program, [value is not None for value in self.run.values])

    def step_trace(self, zero_grad: bool = True) -> Trace:
        """The events of a whole training step: both passes, the update, and zero_grad unless it is left out."""
        return self.trace.with_update(self.program, zero_grad)

    def position(self, node: int, output: int = 0) -> int | None:
        """The place of a node's output in the program, None where it has a problem that keeps it out."""
        return self.program.position.get(call_key(node, output))

    def node_of(self, call: int) -> int:
        """The node at a place in the program."""
        return output_of_key(self.program.calls[call].key).node

    def output_at(self, call: int) -> int:
        """Which of the node's outputs stands at a place in the program."""
        return output_of_key(self.program.calls[call].key).output

    def source_position(self, wire: Wire) -> int | None:
        """The place in the program of the output that a wire comes from, None where it has none."""
        return self.position(wire.source, self.graph.output_of(wire.target, wire.slot))

    def wire_of(self, edge: Edge) -> Wire:
        """The wire of an edge of the trace."""
        call, slot = edge
        spec = self.program.calls[call]
        return Wire(self.node_of(spec.inputs[slot]), self.node_of(call), spec.op.declared_slot(slot))

    def slot_of(self, wire: Wire) -> int:
        """Which input of the call at its end a wire is: the slots of inputs that are absent do not count."""
        at = self.position(wire.target)
        return wire.slot if at is None else self.program.calls[at].op.own_slot(wire.slot)

    def value(self, node: int, output: int = 0) -> Array | None:
        """The value of a node's output (read-only), or None."""
        at = self.position(node, output)
        return None if at is None else self.run.values[at]

    def carried(self, wire: Wire) -> Array | None:
        """The value that a wire carries forward (read-only), or None."""
        at = self.source_position(wire)
        return None if at is None else self.run.values[at]

    def gradient(self, node: int, output: int = 0) -> Array | None:
        """d(loss)/d(output of a node) (read-only), or None where it does not exist."""
        at = self.position(node, output)
        return None if at is None else self.run.gradients[at]

    def contribution(self, wire: Wire) -> Array | None:
        """What travels back along a wire: upstream gradient times local derivative, or None."""
        at = self.position(wire.target)
        return None if at is None else self.run.contributions.get((at, self.slot_of(wire)))

    @cached_property
    def nonfinite(self) -> int | None:
        """The node where NaN or an infinity first arose, or None."""
        at = self.run.first_nonfinite()
        return None if at is None else self.node_of(at)

    @cached_property
    def notice(self) -> str | None:
        """One sentence on what a person should know about the result as a whole, or None."""
        if self.nonfinite is not None:
            at = self.run.first_nonfinite()
            assert at is not None
            return nonfinite_sentence(self.program, self.run, at)
        if self.loss is None:
            return None
        value = self.value(self.loss)
        if value is not None and value.size != 1:
            name = self.graph.nodes[self.loss].name
            return (
                f"{name} is the loss but has shape {value.shape}; gradients need a single number. "
                "Reduce it with sum or mean."
            )
        at = self.program.loss
        if value is not None and at is not None and not self.program.calls[at].requires_grad:
            muted = [node.name for node in self.graph.nodes.values() if node.mode == "muted"]
            remedy = f"Switch on {muted[0]}, which is muted" if muted else "Add a parameter"
            return f"The loss depends on constants only, so there is no gradient. {remedy}."
        return self._doubtful[1] if self._doubtful is not None else None

    @property
    def doubtful(self) -> int | None:
        """The node whose result can be computed and is seldom meant, where the notice is about such a one."""
        is_told = self._doubtful is not None and self.notice == self._doubtful[1]
        return self.node_of(self._doubtful[0]) if self._doubtful is not None and is_told else None

    @cached_property
    def _doubtful(self) -> tuple[int, str] | None:
        return broadcast_loss_notice(self.program)

    @cached_property
    def faulty(self) -> dict[int, Fault]:
        """The problems that are a node's own, without those of nodes that only wait for another."""
        return {node: fault for node, fault in self.problems.items() if fault.kind is not FaultKind.BLOCKED}


def evaluate_graph(graph: Graph, dtype: str = "float64") -> Evaluation:
    """Compile ``graph`` and run one forward and one backward pass."""
    return evaluate_compilation(graph, compile_graph(graph, dtype))


def evaluate_compilation(graph: Graph, compilation: Compilation, previous: Evaluation | None = None) -> Evaluation:
    """Run one forward and one backward pass over what ``graph`` compiled to.

    Given the evaluation before an edit, what the edit did not touch is taken over where that pays.
    """
    program = compilation.program
    result = run(program) if previous is None else run_again(program, previous.program, previous.run)
    problems = dict(compilation.problems)
    for index, value in enumerate(result.values):
        if value is None:
            call = program.calls[index]
            if index in result.faults:
                problems[output_of_key(call.key).node] = Fault(FaultKind.VALUE, result.faults[index])
            else:
                cause = next(source for source in call.inputs if result.values[source] is None)
                told = f"{call.name} waits for {program.calls[cause].name}."
                problems[output_of_key(call.key).node] = Fault(FaultKind.BLOCKED, told)
    return Evaluation(graph, program, result, problems, compilation.loss)
