"""The room that a new group took from what stands around it, to be given back when it goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from backprop_studio.document import edits
from backprop_studio.document.graph import Graph, Wire
from backprop_studio.document.items import item_rect
from backprop_studio.document.parts import Point, Rect

Bends = tuple[Point, ...]


class RoomTaken(NamedTuple):
    """What one edit moved, as it was before and after; frames by their rectangles, wires by where they end."""

    group: int
    place: Point
    """Where the group's box stood after the edit."""
    items: Mapping[int, tuple[Rect, Rect]]
    bends: Mapping[tuple[int, int], tuple[Bends, Bends]]


def room_taken(before: Graph, after: Graph, group: int) -> RoomTaken:
    """What making a group moved."""
    items = {}
    for part in ("nodes", "groups", "comments", "frames"):
        for item in getattr(before, part).keys() & getattr(after, part).keys():  # a group that was emptied is gone
            rects = item_rect(before, item), item_rect(after, item)
            if rects[0] != rects[1]:
                items[item] = rects
    ends = before.bends.keys() | after.bends.keys()
    bends = {end: (before.bends.get(end, ()), after.bends.get(end, ())) for end in ends}
    moved = {end: pair for end, pair in bends.items() if pair[0] != pair[1]}
    return RoomTaken(group, after.groups[group].position, items, moved)


def given_back(graph: Graph, taken: RoomTaken) -> Graph:
    """The graph with what a group pushed aside where it stood before: all of it that nobody has moved since.

    Where the group itself has been moved, nothing is given back.
    """
    group = graph.groups.get(taken.group)
    if group is None or group.position != taken.place:
        return graph
    there = {*graph.nodes, *graph.groups, *graph.comments, *graph.frames}
    still = {item: old for item, (old, new) in taken.items.items() if item in there and item_rect(graph, item) == new}
    bends = {
        end: old for end, (old, new) in taken.bends.items() if end in graph.sources and graph.bends.get(end, ()) == new
    }
    graph = edits.move(graph, {item: old[:2] for item, old in still.items() if item not in graph.frames})
    for item, old in still.items():
        if item in graph.frames:
            graph = edits.resize_frame(graph, item, old)
    for (target, slot), points in bends.items():
        source = graph.sources[target, slot]
        graph = edits.bend_line(graph, [Wire(source, target, slot)], (source, target), points)
    return graph
