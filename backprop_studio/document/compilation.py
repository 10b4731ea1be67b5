"""From the graph people build to the program the engine runs, with every problem told by node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from backprop_studio.document.graph import Graph, Node
from backprop_studio.document.loss_choice import likely_loss
from backprop_studio.document.made import held_array
from backprop_studio.document.modes import bypassed_call, bypassing_problems, muted_call, refused_call
from backprop_studio.document.outputs import call_key, output_of_key
from backprop_studio.engine.program import CallSpec, Fault, FaultKind, Program, assemble


@dataclass(frozen=True)
class Compilation:
    """A program of all nodes that can be computed, and the problem of every node that can not.

    ``loss`` is the node taken as the loss, None where there is nothing to differentiate.
    """

    program: Program
    problems: Mapping[int, Fault]
    loss: int | None


def compile_graph(graph: Graph, dtype: str = "float64") -> Compilation:
    """Compile ``graph`` as far as it goes; it may be unfinished or wrong in places."""
    faults: dict[int, Fault] = {}
    specs = []
    for node in graph.nodes.values():
        made, fault = _source_calls(node) if node.op.is_source else ([_call(graph, node)], None)
        if fault is not None:
            faults[node.id] = fault
        if node.mode != "on":
            made = [muted_call(spec) if node.mode == "muted" else bypassed_call(spec) for spec in made]
        specs += made
    program, found = assemble(specs, None, dtype, graph.training)
    while problems := bypassing_problems(graph, program):
        specs = [refused_call(spec, problems[spec.key]) if spec.key in problems else spec for spec in specs]
        program, found = assemble(specs, None, dtype, graph.training)
    loss = find_loss(graph, program)
    program = replace(program, loss=program.position.get(loss) if loss is not None else None)
    found = {output_of_key(key).node: fault for key, fault in found.items()}
    return Compilation(program, {**found, **faults}, loss)


def _call(graph: Graph, node: Node) -> CallSpec:
    """The call of a node that computes."""
    inputs = graph.inputs_of(node.id)
    if graph.outputs:
        feeds = enumerate(inputs)
        inputs = tuple(None if s is None else call_key(s, graph.output_of(node.id, slot)) for slot, s in feeds)
    state = {name: held.array for name, held in node.state.items()} if node.state else None
    return CallSpec(node.id, node.name, node.op, inputs, node.settings, state=state)


def _source_calls(node: Node) -> tuple[list[CallSpec], Fault | None]:
    """One call for each output of a source, and why one of them has no value."""
    specs, fault = [], None
    for output, name in enumerate(node.names):
        value = None
        try:
            value = held_array(node, output)
            if value is None:
                fault = Fault(FaultKind.MISSING_VALUE, f"{name} has no value. Give it one.")
        except ValueError as error:
            fault = Fault(FaultKind.SETTING, f"{name}: {error}")
        specs.append(CallSpec(call_key(node.id, output), name, node.op, (), node.settings, value))
    return specs, fault


def find_loss(graph: Graph, program: Program | None = None) -> int | None:
    """The node to differentiate: the one chosen, else the one that ``likely_loss`` finds."""
    if graph.loss is not None:
        return graph.loss
    return likely_loss(graph, program) if program is not None else compile_graph(graph).loss
