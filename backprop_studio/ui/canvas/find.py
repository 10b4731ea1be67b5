"""What a search finds on the canvas: nodes by name, operation or value."""

from __future__ import annotations

from typing import NamedTuple

from backprop_studio.document.graph import Graph
from backprop_studio.document.number_text import MINUS, brief
from backprop_studio.document.ordering import walking_order
from backprop_studio.engine.op import Array
from backprop_studio.ui.canvas.labels import Labels


class Searchable(NamedTuple):
    """A node's words, each on a line of its own, and its symbol, as they are compared with what is typed."""

    node: int
    words: str
    symbol: str


def searchable(graph: Graph) -> list[Searchable]:
    """All nodes, in the order in which they are computed: made once for a graph, looked through with every letter."""
    found = []
    for identifier in walking_order(graph):
        node = graph.nodes[identifier]
        op = node.op
        words = "\n".join((*node.names, op.name, op.title)).casefold()
        found.append(Searchable(identifier, words, op.symbol.casefold()))
    return found


def found_nodes(graph: Graph, labels: Labels, search: str, among: list[Searchable] | None = None) -> list[int]:
    """The nodes that a search means, in the order in which they are computed; none where it is empty.

    It is found in a node's name, in its operation's name, title or symbol, and at the beginning of its value.
    """
    text = search.strip().casefold()
    if not text:
        return []
    number, nodes = text.replace("-", MINUS), searchable(graph) if among is None else among
    return [
        each.node
        for each in nodes
        if text in each.words or text == each.symbol or _begins(labels.value(each.node), number)
    ]


def _begins(value: Array | None, number: str) -> bool:
    return value is not None and brief(value).startswith(number)
