"""Arranging items: align, distribute, snap to the grid and to others while they are dragged."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from backprop_studio.document.graph import Graph
from backprop_studio.document.groups import ports
from backprop_studio.document.items import item_rect
from backprop_studio.document.node_size import node_shape
from backprop_studio.document.parts import Point, Rect

GRID = 10.0
Edge = Literal["left", "right", "top", "bottom", "centre_x", "centre_y"]
Axis = Literal["x", "y"]


class Box(NamedTuple):
    """A rectangle and the heights of the ports on it, all in scene units."""

    rect: Rect
    levels: tuple[float, ...] = ()


class Guide(NamedTuple):
    """A line to draw where things line up: a vertical one for axis "x", at x = ``at``, from y ``start`` to ``end``."""

    axis: Axis
    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Snap:
    """How far to shift what is dragged so that it lines up, and the lines that show with what."""

    dx: float = 0.0
    dy: float = 0.0
    guides: tuple[Guide, ...] = ()


def boxes(graph: Graph, ids: Iterable[int]) -> dict[int, Box]:
    """The boxes of items: nodes and groups with the heights of their ports. Raises EditError."""
    return {identifier: box(graph, identifier) for identifier in ids}


def box(graph: Graph, identifier: int) -> Box:
    """The box of one item. Raises EditError."""
    rect = item_rect(graph, identifier)
    top = rect[1]
    if identifier in graph.nodes:
        shape = node_shape(graph.slot_count(identifier))
    elif identifier in graph.groups:
        shape = ports(graph, identifier).shape
    else:
        return Box(rect)
    return Box(rect, tuple(sorted({top + offset for offset in (*shape.inputs, *shape.outputs)})))


def align(given: Mapping[int, Box], edge: Edge) -> dict[int, Point]:
    """New positions of items so that they share an edge, the outermost one, or the middle of them all."""
    if not given:
        return {}
    rects = {identifier: item.rect for identifier, item in given.items()}
    left, right = min(r[0] for r in rects.values()), max(r[0] + r[2] for r in rects.values())
    top, bottom = min(r[1] for r in rects.values()), max(r[1] + r[3] for r in rects.values())
    places: dict[int, Point] = {}
    for identifier, (x, y, width, height) in rects.items():
        places[identifier] = {
            "left": (left, y),
            "right": (right - width, y),
            "top": (x, top),
            "bottom": (x, bottom - height),
            "centre_x": ((left + right - width) / 2, y),
            "centre_y": (x, (top + bottom - height) / 2),
        }[edge]
    return places


def distribute(given: Mapping[int, Box], axis: Axis) -> dict[int, Point]:
    """New positions of items with equal gaps between them; the outermost two stay, and so do fewer than three."""
    along = 0 if axis == "x" else 1
    items = sorted(given.items(), key=lambda entry: (entry[1].rect[along] + entry[1].rect[along + 2] / 2, entry[0]))
    places = {identifier: (item.rect[0], item.rect[1]) for identifier, item in items}
    if len(items) < 3:
        return places
    first, last = items[0][1].rect, items[-1][1].rect
    room = last[along] - first[along] - first[along + 2] - sum(item.rect[along + 2] for _, item in items[1:-1])
    gap = room / (len(items) - 1)
    at = first[along] + first[along + 2] + gap
    for identifier, item in items[1:-1]:
        places[identifier] = (at, item.rect[1]) if axis == "x" else (item.rect[0], at)
        at += item.rect[along + 2] + gap
    return places


def snapped(point: Point, grid: float = GRID) -> Point:
    """The point of the grid nearest to a point."""
    return grid * math.floor(point[0] / grid + 0.5), grid * math.floor(point[1] / grid + 0.5)


class _Line(NamedTuple):
    at: float
    start: float
    end: float


class Guides:
    """Lines that things can be dragged into line with; made once a drag, asked at every move."""

    def __init__(self, others: Iterable[Box]) -> None:
        lines: dict[str, list[_Line]] = {}
        for other in others:
            for kind, line in _lines(other):
                lines.setdefault(kind, []).append(line)
        self._lines = {kind: sorted(found) for kind, found in lines.items()}

    def snap(self, moving: Sequence[Box], tolerance: float) -> Snap:
        """The shift, at most ``tolerance`` along either axis, that brings ``moving`` into line with others.

        Left edges line up with left edges, right with right, tops with tops, bottoms with bottoms and ports
        with ports; ports, which make wires straight, come first where several are as near.
        """
        ends = [entry for item in moving for entry in _lines(item)]
        dx = self._shift([entry for entry in ends if entry[0] in ("left", "right")], tolerance)
        dy = self._shift([entry for entry in ends if entry[0] not in ("left", "right")], tolerance)
        guides: dict[tuple[Axis, float], tuple[float, float]] = {}
        for kind, line in ends:
            axis: Axis = "x" if kind in ("left", "right") else "y"
            along, across = (dx, dy) if axis == "x" else (dy, dx)
            if along is None:
                continue
            for other in self._at(kind, line.at + along):
                known = guides.get((axis, other.at), (math.inf, -math.inf))
                start, end = line.start + (across or 0.0), line.end + (across or 0.0)
                guides[axis, other.at] = min(known[0], other.start, start), max(known[1], other.end, end)
        shown = tuple(Guide(axis, at, *span) for (axis, at), span in sorted(guides.items()))
        return Snap(dx or 0.0, dy or 0.0, shown)

    def _shift(self, ends: list[tuple[str, _Line]], tolerance: float) -> float | None:
        best: tuple[float, int, float] | None = None
        for kind, line in ends:
            lines = self._lines.get(kind, [])
            index = bisect_left(lines, (line.at,))
            for other in lines[max(index - 1, 0) : index + 1]:
                shift = other.at - line.at
                found = (round(abs(shift), 6), 0 if kind == "port" else 1, shift)
                if abs(shift) <= tolerance and (best is None or found < best):
                    best = found
        return None if best is None else best[2]

    def _at(self, kind: str, at: float) -> list[_Line]:
        """The lines at a place."""
        lines = self._lines.get(kind, [])
        index = bisect_left(lines, (at - 1e-6,))
        found = []
        while index < len(lines) and lines[index].at <= at + 1e-6:
            found.append(lines[index])
            index += 1
        return found


def _lines(item: Box) -> list[tuple[str, _Line]]:
    x, y, width, height = item.rect
    found = [
        ("left", _Line(x, y, y + height)),
        ("right", _Line(x + width, y, y + height)),
        ("top", _Line(y, x, x + width)),
        ("bottom", _Line(y + height, x, x + width)),
    ]
    return found + [("port", _Line(level, x, x + width)) for level in item.levels]
