"""A graph made ready to be written as a program of another library: order, safe names, and what a reader must be told.

All writers of stand-alone code start from a ``Listing``; what they add is the words of their library.
"""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterable
from dataclasses import dataclass, replace

from backprop_studio.document.evaluation import Evaluation, evaluate_graph
from backprop_studio.document.graph import Graph, Node, frozen
from backprop_studio.document.names import spelling_problem
from backprop_studio.engine.op import Array
from backprop_studio.engine.program import Call, Program

HEADLINE = "# Written by Backprop Studio. It computes the loss and its gradients as the graph does, in float64."
_RESERVED = frozenset({
    *keyword.kwlist, *keyword.softkwlist, *dir(builtins),
    "np", "numpy", "torch", "jax", "jnp", "math", "grad", "gradient", "gradients", "found", "loss_function",
    "class_loss", "absolute_value", "power", "name",
})  # fmt: skip
"""Names that mean something else in the code."""


class ExportError(Exception):
    """What cannot be written in a form; ``str(error)`` is one sentence that says what, where and what to do."""


class Names:
    """Names of variables, each given once."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._taken = {*_RESERVED, *reserved}

    def free(self, wanted: str) -> str:
        """``wanted``, or the first of ``wanted_1``, ``wanted_2`` and so on that is free; taken from now on."""
        number, name = 0, wanted
        while name in self._taken:
            number += 1
            name = f"{wanted}_{number}"
        self._taken.add(name)
        return name


@dataclass(frozen=True)
class Listing:
    """What is written: calls in topological order, the variable of each, and comments.

    ``names`` and ``comments`` run parallel to ``program.calls``. ``asked`` are the positions of the sources that
    receive a gradient. ``used`` hands out further names.
    """

    graph: Graph
    evaluation: Evaluation
    names: tuple[str, ...]
    comments: tuple[str | None, ...]
    loss: int
    asked: tuple[int, ...]
    used: Names

    @property
    def program(self) -> Program:
        """The calls."""
        return self.evaluation.program

    def node(self, index: int) -> Node:
        """The node that a call belongs to."""
        return self.graph.nodes[self.evaluation.node_of(index)]

    def inputs(self, index: int, whole: str = "{}") -> list[str]:
        """The variables that a call reads; those that are class indices but hold floats in the form ``whole``."""
        call, leaves = self.program.calls[index], self.program.leaves
        return [
            whole.format(self.names[source])
            if call.op.input_for(slot).indices and not (source in leaves and leaves[source].dtype.kind in "iu")
            else self.names[source]
            for slot, source in enumerate(call.inputs)
        ]

    def leaf(self, index: int) -> Array:
        """The array of a source."""
        return self.program.leaves[index]

    def in_order(self) -> list[int]:
        """All calls in the order of writing: sources first, then what is computed."""
        calls = self.program.calls
        return sorted(range(len(calls)), key=lambda index: not calls[index].op.is_source)


def well_named(graph: Graph) -> Graph:
    """The graph with ``node_7`` and the like for names that no node of a document or of graph code can have."""
    wrong = {
        key: node.named([name if spelling_problem(name) is None else f"node_{key}" for name in node.names])
        for key, node in graph.nodes.items()
        if any(spelling_problem(name) is not None for name in node.names)
    }
    return replace(graph, nodes=frozen({**graph.nodes, **wrong})) if wrong else graph


def listing(graph: Graph, reserved: Iterable[str] = ()) -> Listing:
    """The listing of a graph that computes a loss. Raises ExportError with a sentence for any other graph."""
    evaluation = evaluate_graph(graph)
    _require_loss(evaluation)
    program = evaluation.program
    assert program.loss is not None
    used = Names(reserved)
    names, comments = [], []
    for index, call in enumerate(program.calls):
        name = used.free(call.name)
        names.append(name)
        comments.append(_comment(evaluation, index, name))
    reached = program.gradient_path()
    asked = tuple(index for index, call in enumerate(program.calls) if call.op.is_source and reached[index])
    return Listing(graph, evaluation, tuple(names), tuple(comments), program.loss, asked, used)


def _require_loss(evaluation: Evaluation) -> None:
    """Raise ExportError where there is no number to differentiate."""
    graph, program = evaluation.graph, evaluation.program
    if not graph.nodes:
        raise ExportError("The graph is empty, so there is nothing to export. Build one first.")
    faulty = evaluation.faulty
    if faulty:
        raise ExportError(f"The graph cannot be exported yet. {faulty[min(faulty)].sentence}")
    if program.loss is None or evaluation.loss is None:
        raise ExportError("There is no loss to differentiate. Compute one, such as L = mse_loss(y, t).")
    loss = program.calls[program.loss]
    if any(size != 1 for size in loss.shape):
        raise ExportError(
            f"{graph.nodes[evaluation.loss].name} is the loss but has shape {loss.shape}; gradients need a single "
            "number. Reduce it with sum or mean."
        )


def _comment(evaluation: Evaluation, index: int, name: str) -> str | None:
    """What a reader must be told of a call, as one line without its #."""
    call, node = evaluation.program.calls[index], evaluation.graph.nodes[evaluation.node_of(index)]
    said = []
    if name != call.name:
        said.append(f"the node {call.name}")
    if node.mode == "muted":
        said.append(f"{node.op_name}, muted: zeros, which pass no gradient back")
    elif node.mode == "bypassed":
        said.append(f"{node.op_name}, bypassed: its first input as it is")
    elif call.op.draws or call.op.state:
        said.append(_of_state(call))
    return "; ".join(said) or None


def _of_state(call: Call) -> str:
    mode = call.op.mode_setting
    if mode is not None and not call.keywords[mode]:
        kept = "nothing is drawn at random" if call.op.draws else "what training has kept is used and stays"
        return f"{call.op.name} in evaluation mode: {kept}"
    if call.op.draws:
        step = int(call.keywords["step"])
        return f"{call.op.name} in training mode: what the program draws for this node at step {step}"
    return f"{call.op.name} in training mode: the batch at hand is used; running statistics change no result"
