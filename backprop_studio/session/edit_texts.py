"""What the steps of the undo history are called."""

from __future__ import annotations

from collections.abc import Collection

from backprop_studio.document.graph import Graph, Node, Wire

_MOST = 24
"""Most characters of a typed text that are repeated."""


def made_parameters(before: Graph, parsed: Graph) -> str:
    """What to say of names that code used and never assigned: they are new parameters that begin at 1; "" for none."""
    made = [
        node.name
        for node in parsed.nodes.values()
        if node.op_name == "parameter"
        and node.value is None
        and node.settings.get("shape") is None
        and before.node_named(node.name) is None
    ]
    if not made:
        return ""
    if len(made) == 1:
        return (
            f"{made[0]} is not assigned: it was made a parameter that begins at 1. "
            f"Select it to give it another value, or assign it in the code, such as {made[0]} = parameter(0.5)."
        )
    names = shortened(", ".join(made))
    return f"{names} are not assigned: they were made parameters that begin at 1. Select each to give it another value."


def wire_name(graph: Graph, source: int, target: int, output: int = 0) -> str:
    """A wire as "a → add_1"."""
    return f"{_name(graph.nodes.get(source), output)} → {_name(graph.nodes.get(target))}"


def nodes_name(graph: Graph, ids: Collection[int]) -> str:
    """One node, group, frame or comment by its name, several by their number."""
    if len(ids) == 1:
        return _item_name(graph, next(iter(ids)))
    return f"{len(ids)} {'nodes' if graph.nodes.keys() >= set(ids) else 'items'}"


def deletion(graph: Graph, nodes: Collection[int], wire: Wire | None) -> str:
    """Text of deleting nodes, or a wire."""
    if not nodes and wire is not None:
        return f"Delete wire {wire_name(graph, wire.source, wire.target, graph.output_of(wire.target, wire.slot))}"
    return f"Delete {nodes_name(graph, nodes)}"


def shortened(text: str) -> str:
    """A typed text on one line, cut where it is long."""
    text = " ".join(text.split())
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"


def _item_name(graph: Graph, identifier: int) -> str:
    if identifier in graph.frames:
        return shortened(graph.frames[identifier].title) or "frame"
    if identifier in graph.groups:
        return shortened(graph.groups[identifier].name)
    return "comment" if identifier in graph.comments else _name(graph.nodes.get(identifier))


def _name(node: Node | None, output: int | None = None) -> str:
    """A node's name, or that of one of its outputs."""
    if node is None:
        return "?"
    return node.label if output is None else node.names[output]
