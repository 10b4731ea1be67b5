"""Typed or pasted text that becomes part of a graph."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from backprop_studio.document import edits
from backprop_studio.document.combining import insert
from backprop_studio.document.graph import Graph, Node, Point, frozen
from backprop_studio.document.names import free_name
from backprop_studio.document.node_size import NODE_WIDTH, node_height
from backprop_studio.document.values import Value
from backprop_studio.exchange.graph_code import parse

GRID = 10.0
_RESULT = "result_of_formula"
_ASSIGNMENT = re.compile(r"^\s*[^\W\d]\w*\s*=[^=]", re.MULTILINE)


@dataclass(frozen=True)
class Formula:
    """A graph read from text, and the node that its last line names."""

    graph: Graph
    result: int


def read_formula(text: str) -> Formula:
    """The graph of an expression such as ``x*w + b``, or of lines of graph code. Raises GraphCodeError."""
    named = bool(_ASSIGNMENT.search(text))
    parsed = parse(text if named else f"{_RESULT} = {text}")
    graph = parsed.graph
    result = list(parsed.names.values())[-1] if named else parsed.names[_RESULT]
    node = graph.nodes[result]
    if node.name == _RESULT:
        graph = edits.rename(graph, result, free_name(graph, node.op_name))
    return Formula(graph, result)


def join(graph: Graph, formula: Formula, centre: Point) -> tuple[Graph, frozenset[int], int]:
    """Add a formula's graph around a point; names that exist here stand for the nodes that have them.

    Returns the graph, the ids that are new, and the node of the result. Raises EditError.
    """
    other = formula.graph
    twins = {node.id: twin.id for node in other.nodes.values() if (twin := _twin(graph, node)) is not None}
    kept = [identifier for identifier in other.nodes if identifier not in twins] or list(other.nodes)
    after, ids = insert(graph, with_values(other), offset_to(other, kept, centre))
    here = {ids[old]: twin for old, twin in twins.items()}
    sources = {end: here.get(source, source) for end, source in after.sources.items()}
    after = edits.remove(replace(after, sources=frozen(sources)), here)
    result = twins.get(formula.result, ids[formula.result])
    return after, frozenset(new for new in ids.values() if new in after.nodes), result


def with_values(graph: Graph) -> Graph:
    """The graph with 1.0 for every source that has neither value nor shape, so that it computes."""
    empty = [node.id for node in graph.nodes.values() if _is_bare(node)]
    return edits.set_values(graph, dict.fromkeys(empty, Value(1.0))) if empty else graph


def offset_to(graph: Graph, ids: Collection[int], centre: Point) -> Point:
    """How far to shift a graph for the middle of some of its items to come to a point, on the grid."""
    rects = [edits.item_rect(graph, identifier) for identifier in ids]
    left, top = min(rect[0] for rect in rects), min(rect[1] for rect in rects)
    right, bottom = max(rect[0] + rect[2] for rect in rects), max(rect[1] + rect[3] for rect in rects)
    x, y = centre[0] - (left + right) / 2, centre[1] - (top + bottom) / 2
    return round(x / GRID) * GRID, round(y / GRID) * GRID


def centred(slots: int, centre: Point) -> Point:
    """The top left corner, on the grid, of a node with that many slots in the middle of a point."""
    x, y = centre[0] - NODE_WIDTH / 2, centre[1] - node_height(slots) / 2
    return round(x / GRID) * GRID, round(y / GRID) * GRID


def _is_bare(node: Node) -> bool:
    return node.op.is_source and node.value is None and node.settings.get("shape") is None


def _twin(graph: Graph, node: Node) -> Node | None:
    """The node here that a name used in a formula, and not assigned there, stands for."""
    return graph.node_named(node.name) if node.op_name == "parameter" and _is_bare(node) else None
