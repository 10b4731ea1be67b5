"""A graph after training: its parameters' values, and what its nodes keep from the last step."""

from __future__ import annotations

from collections.abc import Mapping

from backprop_studio.document import edits
from backprop_studio.document.graph import Graph
from backprop_studio.document.values import Value
from backprop_studio.engine.op import Array
from backprop_studio.engine.program import Program, States


def trained_graph(graph: Graph, program: Program, parameters: Mapping[int, Array], states: States) -> Graph:
    """The graph with trained parameters, and with what training has left in its nodes, such as running statistics.

    Both are by position in ``program``. Parameters that no gradient reaches stay as they are.
    """
    reached = program.gradient_path()
    values = {program.calls[index].key: Value(array) for index, array in parameters.items() if reached[index]}
    kept = {
        program.calls[index].key: {name: Value(array) for name, array in state.items()}
        for index, state in states.items()
    }
    return edits.set_states(edits.set_values(graph, values), kept)
