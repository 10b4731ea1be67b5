"""Edits of bends: points that a wire is led through. They go when their wire goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from backprop_studio.document.edit_checks import checked_position, known_node, refuse
from backprop_studio.document.graph import Graph, Point, Wire, frozen
from backprop_studio.document.port_bends import Faces, bends_drawn, with_bends_drawn
from backprop_studio.document.wiring import Slot

MAX_BENDS = 50
"""Most bends in one wire."""


def add_bend(graph: Graph, target: int, slot: int, index: int, point: Point) -> Graph:
    """Lead the wire that ends at a slot through ``point``, before its bend ``index``, counted from its source."""
    points = _points(graph, target, slot)
    if not 0 <= index <= len(points):
        refuse(f"The wire has {len(points)} bends, so none can be put before number {index}. Give one of its places.")
    if len(points) >= MAX_BENDS:
        refuse(f"A wire has at most {MAX_BENDS} bends. Take one away first.")
    return _bent(graph, (target, slot), (*points[:index], checked_position(point), *points[index:]))


def move_bend(graph: Graph, target: int, slot: int, index: int, point: Point) -> Graph:
    """Put a bend elsewhere."""
    points, place = _points_with(graph, target, slot, index), checked_position(point)
    if points[index] == place:
        return graph
    return _bent(graph, (target, slot), (*points[:index], place, *points[index + 1 :]))


def remove_bend(graph: Graph, target: int, slot: int, index: int) -> Graph:
    """Take a bend away."""
    points = _points_with(graph, target, slot, index)
    return _bent(graph, (target, slot), points[:index] + points[index + 1 :])


def bend_line(graph: Graph, wires: Sequence[Wire], faces: Faces, points: Sequence[Point]) -> Graph:
    """Lead a line, drawn between two items (nodes, or groups that stand for the wires' ends), through points.

    ``wires`` are all that the line stands for; without points it runs straight.
    """
    places = tuple(checked_position(point) for point in points)
    if len(places) > MAX_BENDS:
        refuse(f"A wire has at most {MAX_BENDS} bends. Take one away first.")
    if faces != wires[0][:2]:
        return with_bends_drawn(graph, wires, faces, places)
    end = (wires[0].target, wires[0].slot)
    return graph if _points(graph, *end) == places else _bent(graph, end, places)


def line_bends(graph: Graph, wires: Sequence[Wire], faces: Faces) -> tuple[Point, ...]:
    """The points that a line which stands for some wires, drawn between two items, is led through."""
    if faces != wires[0][:2]:
        return bends_drawn(graph, wires, faces)
    return graph.bends.get((wires[0].target, wires[0].slot), ())


def _bent(graph: Graph, end: Slot, points: tuple[Point, ...]) -> Graph:
    bends = dict(graph.bends)
    bends[end] = points
    if not points:
        del bends[end]
    return replace(graph, bends=frozen(bends))


def _points(graph: Graph, target: int, slot: int) -> tuple[Point, ...]:
    node = known_node(graph, target)
    if (target, slot) not in graph.sources:
        refuse(f"{node.name} has no wire at input slot {slot}, so there is nothing to bend.")
    return graph.bends.get((target, slot), ())


def _points_with(graph: Graph, target: int, slot: int, index: int) -> tuple[Point, ...]:
    points = _points(graph, target, slot)
    if not 0 <= index < len(points):
        refuse(f"The wire has {len(points)} bends, so there is no number {index}. It may have been taken away.")
    return points
