"""What every edit stands on: how it refuses, and checks of what people give."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import NoReturn

from backprop_studio.document.graph import Graph, Group, Node, Point, frozen

MAX_POSITION = 1e6
"""Positions are clipped to this distance from the origin along either axis."""


class EditError(Exception):
    """An edit that is refused; ``str(error)`` is one sentence that says what, where and what to do."""


def refuse(sentence: str) -> NoReturn:
    """Raise EditError."""
    raise EditError(sentence)


def shown(text: object, limit: int = 40) -> str:
    """A text of a person's as it can stand in a sentence: quoted, short, control characters escaped."""
    quoted = ascii(text) if isinstance(text, str) and not text.isprintable() else repr(text)
    return quoted if len(quoted) <= limit else quoted[: limit - 1] + "…"


def known_node(graph: Graph, identifier: int) -> Node:
    """The node of that id. Raises EditError."""
    node = graph.nodes.get(identifier)
    if node is None:
        refuse(f"There is no node with the id {identifier}. It may have been removed.")
    return node


def with_nodes(graph: Graph, changed: Iterable[Node]) -> Graph:
    """The graph with some nodes replaced by others of the same id; the same graph where there are none."""
    updates = {node.id: node for node in changed}
    return replace(graph, nodes=frozen({**graph.nodes, **updates})) if updates else graph


def checked_position(position: Point) -> Point:
    """The position as two floats within ±MAX_POSITION. Raises EditError."""
    try:
        x, y = map(float, position)
    except (TypeError, ValueError, OverflowError):
        x = y = math.nan
    if not (math.isfinite(x) and math.isfinite(y)):
        refuse(f"A position must be two finite numbers, not {shown(position)}.")
    return kept(x), kept(y)


def kept(coordinate: float) -> float:
    """A coordinate within bounds, as exact as a document keeps it, so that a saved graph is the one on screen."""
    return max(-MAX_POSITION, min(MAX_POSITION, round(coordinate, 2)))


def known_group(graph: Graph, identifier: int) -> Group:
    """The group of that id. Raises EditError."""
    group = graph.groups.get(identifier)
    if group is None:
        refuse(f"There is no group with the id {identifier}. It may have been removed.")
    return group
