"""What muted and bypassed nodes do to the passes, in sentences."""

from __future__ import annotations

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Graph

_DOES = {
    "muted": "is muted: it gives zeros, and no gradient passes it. Switch it on to bring it back.",
    "bypassed": "is bypassed: its first input passes through unchanged, and the gradient back the same way.",
}


def mode_sentence(graph: Graph, node: int) -> str:
    """What a node's mode does, "" for one that is on."""
    asked = graph.nodes[node]
    return f"{asked.name} {_DOES[asked.mode]}" if asked.mode in _DOES else ""


def muted_cause(evaluation: Evaluation, node: int) -> str:
    """The sentence of the muted node that keeps a node from having a gradient, "" where none does.

    That is the node itself, one on every way from it to the loss, or one that it depends on.
    """
    graph, loss = evaluation.graph, evaluation.loss
    if loss is None or not _muted(graph):
        return ""
    if graph.nodes[node].mode == "muted":
        return mode_sentence(graph, node)
    name = graph.nodes[node].name
    behind = _reached(graph, node, forward=True)
    before_loss = _reached(graph, loss, forward=False) | {loss}
    between = behind & before_loss & _muted(graph)
    if between:
        return f"{graph.nodes[min(between)].name} is muted, so no gradient comes back through it to {name}."
    feeding = _reached(graph, node, forward=False) & _muted(graph) if loss in behind or node == loss else set()
    if feeding:
        cause = graph.nodes[min(feeding)].name
        return f"{cause} is muted, so {name} depends on constants only: it needs no gradient."
    return ""


def _muted(graph: Graph) -> frozenset[int]:
    """The nodes that are muted: asked for with every node that has no gradient, gone through once."""
    found: frozenset[int] | None = graph.worked_out.get(("muted", 0))
    if found is None:
        found = frozenset(node.id for node in graph.nodes.values() if node.mode == "muted")
        graph.worked_out["muted", 0] = found
    return found


def _reached(graph: Graph, start: int, *, forward: bool) -> set[int]:
    """The nodes that a node acts on, or those that it depends on."""
    found: set[int] = set()
    waiting = [start]
    while waiting:
        at = waiting.pop()
        if forward:
            nearby = {wire.target for wire in graph.wires_from(at)}
        else:
            nearby = {source for source in graph.inputs_of(at) if source is not None}
        waiting += nearby - found
        found |= nearby
    return found - {start}
