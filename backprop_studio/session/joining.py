"""Typed or pasted text that becomes part of a graph."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from backprop_studio.document import edits
from backprop_studio.document.combining import insert
from backprop_studio.document.graph import Graph, Node, Point, frozen
from backprop_studio.document.made import is_made
from backprop_studio.document.names import free_name
from backprop_studio.document.node_size import NODE_WIDTH, node_height
from backprop_studio.document.values import Value
from backprop_studio.exchange.graph_code import parse

GRID = 10.0
GAP, STEP, RINGS = 16.0, 40.0, 24
"""Free space around what comes; how far apart places are tried, and how many to either side."""
MOST_PAIRS = 40_000
"""With more nodes than this to compare, they may come to lie on each other."""
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
    result = (list(parsed.names.values())[-1] if named else parsed.names[_RESULT]).node
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
    offset = _free_offset(graph, other, kept, offset_to(other, kept, centre))
    after, ids = insert(graph, with_values(other), offset)
    here = {ids[old]: twin for old, twin in twins.items()}
    sources = {end: here.get(source, source) for end, source in after.sources.items()}
    outputs = {(ids[old], slot): output for (old, slot), output in _twin_outputs(graph, other).items()}
    after = replace(after, sources=frozen(sources), outputs=frozen({**after.outputs, **outputs}))
    after = edits.remove(after, here)
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


def _free_offset(graph: Graph, other: Graph, kept: Collection[int], wanted: Point) -> Point:
    """The shift nearest to the one wanted at which the nodes that come cover none that are there."""
    if len(kept) * len(graph.nodes) > MOST_PAIRS or not graph.nodes:
        return wanted
    there = np.array([edits.item_rect(graph, node) for node in graph.nodes])
    come = np.array([edits.item_rect(other, node) for node in kept])
    room = (there[:, None, 2:] + come[None, :, 2:]) / 2 + GAP
    apart = there[:, None, :2] + there[:, None, 2:] / 2 - come[None, :, :2] - come[None, :, 2:] / 2
    tried = range(-RINGS, RINGS + 1)
    steps = sorted(((dx * STEP, dy * STEP) for dx in tried for dy in tried), key=lambda at: at[0] ** 2 + at[1] ** 2)
    for dx, dy in steps:
        offset = (wanted[0] + dx, wanted[1] + dy)
        if not (np.abs(apart - offset) < room).all(2).any():
            return offset
    return wanted


def _is_bare(node: Node) -> bool:
    return node.op.is_source and node.value is None and not is_made(node.op, node.settings)


def _twin_outputs(graph: Graph, other: Graph) -> dict[tuple[int, int], int]:
    """Of the formula's wires from names that stand for an output after the first here: that output, by their end."""
    found = {}
    for (target, slot), source in other.sources.items():
        node = other.nodes[source]
        twin = _twin(graph, node)
        if twin is not None and (output := twin.names.index(node.name)):
            found[target, slot] = output
    return found


def _twin(graph: Graph, node: Node) -> Node | None:
    """The node here that a name used in a formula, and not assigned there, stands for."""
    return graph.node_named(node.name) if node.op_name == "parameter" and _is_bare(node) else None
