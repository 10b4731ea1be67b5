"""What a search finds on the canvas: nodes by name, operation or value."""

from __future__ import annotations

from backprop_studio.document.graph import Graph
from backprop_studio.document.number_text import MINUS, brief
from backprop_studio.document.ordering import walking_order
from backprop_studio.ui.canvas.labels import Labels


def found_nodes(graph: Graph, labels: Labels, search: str) -> list[int]:
    """The nodes that a search means, in the order in which they are computed; none where it is empty.

    It is found in a node's name, in its operation's name, title or symbol, and at the beginning of its value.
    """
    text = search.strip().casefold()
    if not text:
        return []
    return [node for node in walking_order(graph) if _is_meant(graph, labels, node, text)]


def _is_meant(graph: Graph, labels: Labels, identifier: int, text: str) -> bool:
    node = graph.nodes[identifier]
    op = node.op
    if text == op.symbol.casefold() or any(text in word.casefold() for word in (*node.names, op.name, op.title)):
        return True
    value = labels.value(identifier)
    number = text.replace("-", MINUS)
    return value is not None and brief(value).startswith(number)
