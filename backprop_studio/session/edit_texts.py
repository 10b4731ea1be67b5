"""What the steps of the undo history are called."""

from __future__ import annotations

from collections.abc import Collection

from backprop_studio.document.graph import Graph, Node, Wire

_MOST = 24
"""Most characters of a typed text that are repeated."""


def wire_name(graph: Graph, source: int, target: int) -> str:
    """A wire as "a → add_1"."""
    return f"{_name(graph.nodes.get(source))} → {_name(graph.nodes.get(target))}"


def nodes_name(graph: Graph, ids: Collection[int]) -> str:
    """One node by its name, several by their number."""
    if len(ids) == 1:
        return _name(graph.nodes.get(next(iter(ids))))
    return f"{len(ids)} nodes"


def deletion(graph: Graph, nodes: Collection[int], wire: Wire | None) -> str:
    """Text of deleting nodes, or a wire."""
    if not nodes and wire is not None:
        return f"Delete wire {wire_name(graph, wire.source, wire.target)}"
    return f"Delete {nodes_name(graph, nodes)}"


def shortened(text: str) -> str:
    """A typed text on one line, cut where it is long."""
    text = " ".join(text.split())
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"


def _name(node: Node | None) -> str:
    return node.name if node is not None else "?"
