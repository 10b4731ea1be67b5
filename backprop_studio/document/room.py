"""Making room: what stands in the way of an item that is new, or larger than before, is pushed aside."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable

import numpy as np
from numpy.typing import NDArray

from backprop_studio.document.graph import Graph
from backprop_studio.document.items import carried_by, item_group, item_rect, move, seen_rect
from backprop_studio.document.parts import Point
from backprop_studio.document.tidying import with_frames_fitted

Floats = NDArray[np.float64]
GAP_X, GAP_Y = 40.0, 20.0
"""Least free space beside, and above or below, what room was made for."""
_GRID = 10.0
_PUSHES_PER_ITEM = 8
"""Items that push each other in a ring are left lying on each other after so many pushes, on average."""


def with_room(graph: Graph, items: Iterable[int], *, tight: bool = False) -> Graph:
    """Push aside what is in the way of some items of one level, and what that comes upon in turn.

    With ``tight``, what stands nearer to the items than the gaps allow, and is not covered, stays where it is.
    Frames fit themselves around what they carry. Where the level is an open group, its outline may grow, and what
    stands around that makes room as well.
    """
    anchors = tuple(items)
    while anchors:
        home = item_group(graph, anchors[0])
        graph = _level_with_room(graph, anchors, home, tight)
        anchors = (home,) if home is not None and not graph.groups[home].collapsed else ()
    return graph


def with_room_for_taller(before: Graph, after: Graph) -> Graph:
    """Make room for nodes of both graphs that wires have made taller, where they cover now what they did not."""
    if after.sources is before.sources:
        return after
    targets = dict.fromkeys(target for target, _ in after.sources.keys() - before.sources.keys())
    taller = [node for node in targets if node in before.nodes and after.slot_count(node) > before.slot_count(node)]
    for node in sorted(taller):
        if _covers_more(after, node, item_rect(before, node)[3]):
            after = with_room(after, [node])
    return after


def _covers_more(graph: Graph, node: int, height: float) -> bool:
    """Does what a node is taller than ``height`` lie on anything of its level?"""
    home, (x, y, width, whole) = item_group(graph, node), item_rect(graph, node)
    parts = (graph.nodes, graph.groups, graph.comments)
    level = (item for part in parts for item in part if item != node and item_group(graph, item) == home)
    rects = np.array([seen_rect(graph, item) for item in level], float).reshape(-1, 4)
    left, top = rects[:, 0], rects[:, 1]
    beside = (left >= x + width) | (left + rects[:, 2] <= x)
    return not bool((beside | (top >= y + whole) | (top + rects[:, 3] <= y + height)).all())


def _level_with_room(graph: Graph, anchors: Collection[int], home: int | None, tight: bool) -> Graph:
    parts = (graph.nodes, graph.groups, graph.comments)
    level = [item for part in parts for item in part if item_group(graph, item) == home]
    frames = [frame for frame in graph.frames if item_group(graph, frame) == home]
    carried = {frame: set(carried_by(graph, frame)) for frame in frames}
    shifts = _shifts(graph, level, anchors, tight)
    places = {item: item_rect(graph, item)[:2] for item in shifts}
    after = move(graph, {item: (x + shifts[item][0], y + shifts[item][1]) for item, (x, y) in places.items()})
    grown = {item for item in anchors if item in graph.groups}
    touched = {frame: inner for frame, inner in carried.items() if inner & (shifts.keys() | grown)}
    return with_frames_fitted(after, touched)


def _shifts(graph: Graph, level: list[int], anchors: Collection[int], tight: bool) -> dict[int, Point]:
    """How far each item moves that is in the way. Each moves along one direction only, so that pushing ends."""
    rects = np.array([seen_rect(graph, item) for item in level], float).reshape(-1, 4)
    begin = rects[:, :2].copy()
    row = {item: number for number, item in enumerate(level)}
    fixed = np.zeros(len(level), bool)
    fixed[[row[item] for item in anchors]] = True
    way: dict[int, tuple[int, int]] = {}
    waiting = [row[item] for item in anchors] if not fixed.all() else []
    left = _PUSHES_PER_ITEM * len(level) + 100
    while waiting and left > 0:
        pusher = waiting.pop(0)
        for other in _in_the_way(rects, pusher, begin if tight or not fixed[pusher] else None).tolist():
            if fixed[other]:
                continue
            left -= 1
            axis, sign = way.setdefault(other, way.get(pusher) or _direction(rects[pusher], rects[other]))
            rects[other, axis] += _distance(rects[pusher], rects[other], axis, sign)
            waiting.append(other)
    moved = np.flatnonzero((rects[:, :2] != begin).any(1)).tolist()
    ways = (rects[:, :2] - begin).tolist()
    return {level[number]: (ways[number][0], ways[number][1]) for number in moved}


def _in_the_way(rects: Floats, pusher: int, begin: Floats | None) -> NDArray[np.intp]:
    """The rows of the rectangles that come nearer to one than the gaps allow.

    Where it is known from where all began, those that stood nearer to it already may stay as near.
    """
    near = np.ones(len(rects), bool)
    for axis, gap in enumerate((GAP_X, GAP_Y)):
        allowed = np.full(len(rects), gap)
        if begin is not None:
            before = _distances(begin[:, axis], rects[:, axis + 2], pusher)
            allowed = np.where(before >= 0, np.minimum(before, gap), gap)
        near &= _distances(rects[:, axis], rects[:, axis + 2], pusher) < allowed
    near[pusher] = False
    return np.flatnonzero(near)


def _distances(starts: Floats, sizes: Floats, one: int) -> Floats:
    """How far apart each of several ranges is from one of them; below 0 where they overlap."""
    ends = starts + sizes
    apart: Floats = np.maximum(starts - ends[one], starts[one] - ends)
    return apart


def _direction(pusher: Floats, other: Floats) -> tuple[int, int]:
    """Axis and sign of the way out: to the side on which an item stands for the most part."""
    offset = other[:2] + other[2:] / 2 - pusher[:2] - pusher[2:] / 2
    across, down = (offset / (pusher[2:] + other[2:])).tolist()
    if abs(across) >= abs(down):
        return 0, 1 if across >= 0 else -1
    return 1, 1 if down >= 0 else -1


def _distance(pusher: Floats, other: Floats, axis: int, sign: int) -> float:
    """How far an item has to go along an axis to keep its gap, in whole steps of the grid."""
    gap = (GAP_X, GAP_Y)[axis]
    if sign > 0:
        return _GRID * math.ceil(float(pusher[axis] + pusher[axis + 2] + gap - other[axis]) / _GRID)
    return -_GRID * math.ceil(float(other[axis] + other[axis + 2] + gap - pusher[axis]) / _GRID)
