"""Graph code: the text form of a graph, a safe subset of Python that is parsed and never executed.

One assignment a line. A name that is used and never assigned is a parameter. The last assigned name is
the loss; lines that only make a source do not count, so they may stand anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from backprop_studio.document.compilation import find_loss
from backprop_studio.document.graph import Graph, frozen
from backprop_studio.document.layout import layered_layout
from backprop_studio.document.outputs import OutputOf
from backprop_studio.document.values import Value
from backprop_studio.exchange.code_errors import GraphCodeError
from backprop_studio.exchange.code_literals import Place
from backprop_studio.exchange.code_reader import read
from backprop_studio.exchange.code_writer import write

__all__ = ["GraphCodeError", "ParsedCode", "graph_code", "parse", "parse_graph_code"]


@dataclass(frozen=True)
class ParsedCode:
    """A graph with what only its text knows.

    ``names`` maps every name of the text, aliases too, to the output of the node that it stands for; ``places`` maps
    a node's id to the line and column it was written at.
    """

    graph: Graph
    names: Mapping[str, OutputOf]
    places: Mapping[int, Place]


def parse_graph_code(text: str, values: Mapping[str, Value] | None = None, *, placed: Graph | None = None) -> Graph:
    """The graph that ``text`` says, laid out in layers. ``values`` are given to the sources of those names.

    Where the text names the very nodes of ``placed``, which have their places, no layout is made. Raises
    GraphCodeError with line, column and a sentence.
    """
    return parse(text, values, placed=placed).graph


def parse(text: str, values: Mapping[str, Value] | None = None, *, placed: Graph | None = None) -> ParsedCode:
    """As ``parse_graph_code``, with the names and places of the text."""
    reading = read(text, values or {})
    graph = reading.graph()
    # The choice is stored only where the program would choose otherwise, so that an equal graph has equal text.
    if reading.last is not None and find_loss(graph) != reading.last:
        graph = replace(graph, loss=reading.last)
    has_places = placed is not None and _names(graph) == _names(placed)
    positions = {} if has_places else layered_layout(graph)
    nodes = {key: node.with_(position=positions.get(key, node.position)) for key, node in graph.nodes.items()}
    return ParsedCode(replace(graph, nodes=frozen(nodes)), frozen(reading.names), frozen(reading.places))


def _names(graph: Graph) -> set[tuple[str, str]]:
    """The name and the operation of every node."""
    return {(node.name, node.op_name) for node in graph.nodes.values()}


def graph_code(graph: Graph) -> str:
    """The text of ``graph``; ``parse_graph_code`` gives equal nodes, wires and loss back, newly laid out."""
    return write(graph)
