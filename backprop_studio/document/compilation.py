"""From the graph people build to the program the engine runs, with every problem told by node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from backprop_studio.document.graph import Graph, Node
from backprop_studio.document.modes import bypassed_call, bypassing_problems, muted_call, refused_call
from backprop_studio.engine.op import Array, Category
from backprop_studio.engine.program import CallSpec, Fault, FaultKind, Program, assemble
from backprop_studio.training.initialisers import initial_value


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
        value = None
        if node.op.is_source:
            value, fault = source_array(node)
            if fault is not None:
                faults[node.id] = fault
        spec = CallSpec(node.id, node.name, node.op, graph.inputs_of(node.id), node.settings, value)
        if node.mode != "on":
            spec = muted_call(spec) if node.mode == "muted" else bypassed_call(spec)
        specs.append(spec)
    program, found = assemble(specs, dtype=dtype)
    while problems := bypassing_problems(graph, program):
        specs = [refused_call(spec, problems[spec.key]) if spec.key in problems else spec for spec in specs]
        program, found = assemble(specs, dtype=dtype)
    loss = find_loss(graph, program)
    program = replace(program, loss=program.position.get(loss) if loss is not None else None)
    return Compilation(program, {**found, **faults}, loss)


def source_array(node: Node) -> tuple[Array | None, Fault | None]:
    """The array of a source: its value, or what its initialiser draws where only a shape is set."""
    if node.value is not None:
        return node.value.array, None
    shape = node.settings.get("shape")
    if not isinstance(shape, tuple):
        return None, Fault(FaultKind.MISSING_VALUE, f"{node.name} has no value. Give it one.")
    settings = node.op.complete_settings(node.settings)
    try:
        return initial_value(shape, str(settings["init"]), int(str(settings["seed"]))), None
    except ValueError as error:
        return None, Fault(FaultKind.SETTING, f"{node.name}: {error}")


def find_loss(graph: Graph, program: Program | None = None) -> int | None:
    """The node to differentiate: the one chosen, else the best candidate.

    Candidates are the operations whose result nobody uses. Preferred, in this order: those that can be
    computed, losses, single numbers, the newest.
    """
    if graph.loss is not None:
        return graph.loss
    if program is None:
        return compile_graph(graph).loss
    ends = [node for node in graph.nodes.values() if not node.op.is_source and not graph.wires_from(node.id)]

    def merit(node: Node) -> tuple[bool, bool, bool, int]:
        at = program.position.get(node.id)
        single = at is not None and all(size == 1 for size in program.calls[at].shape)
        return at is not None, node.op.category is Category.LOSS, single, node.id

    return max(ends, key=merit).id if ends else None
