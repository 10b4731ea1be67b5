"""Why a graph can not be trained, and what to do."""

from __future__ import annotations

from collections.abc import Mapping

from backprop_studio.document.graph import Graph
from backprop_studio.engine.program import Fault, FaultKind, Program
from backprop_studio.training.trainer import trainable


def obstacle(graph: Graph, program: Program, problems: Mapping[int, Fault], loss: int | None) -> str | None:
    """Why a graph can not be trained, in one sentence."""
    if not graph.nodes:
        return "There is nothing to train yet. Place some operations, or open an example."
    if loss is not None and loss in problems:
        return _root_problem(graph, problems, loss)
    found = trainable(program)
    muted = next((node.name for node in graph.nodes.values() if node.mode == "muted"), None)
    if found is not None and muted is not None and program.loss is not None:
        parameters = [at for at, call in enumerate(program.calls) if call.op.name == "parameter"]
        reached = program.gradient_path()
        if parameters and not any(reached[at] for at in parameters):
            name = program.calls[program.loss].name
            return f"No gradient comes back from the loss {name} to a parameter: {muted} is muted. Switch it on."
    return found


def _root_problem(graph: Graph, problems: Mapping[int, Fault], loss: int) -> str:
    """The sentence of the fault that keeps the loss from having a value, however far upstream it lies."""
    node = loss
    seen = {loss}
    while problems[node].kind is FaultKind.BLOCKED:
        causes = (source for source in graph.inputs_of(node) if source in problems and source not in seen)
        cause = next((source for source in causes if source is not None), None)
        if cause is None:
            break
        seen.add(cause)
        node = cause
    return f"{problems[node].sentence} Training needs it to compute the loss {graph.nodes[loss].name}."
