"""Where the outlines of open groups run: around what they hold, with room for a title."""

from __future__ import annotations

from PySide6.QtCore import QRectF

from backprop_studio.document.graph import Graph
from backprop_studio.document.groups import Level
from backprop_studio.document.node_size import OUTLINE_ROOM, OUTLINE_TITLE
from backprop_studio.ui.canvas.geometry import Geometry


def outline_rects(graph: Graph, level: Level, geometry: Geometry) -> dict[int, QRectF]:
    """The rectangles around what the open groups of a level hold; outer groups come first."""
    if not level.open_groups:
        return {}
    parents = {group: graph.groups[group].parent for group in level.open_groups}
    held: dict[int, list[int]] = {group: [] for group in level.open_groups}
    for item in (*level.nodes, *level.groups):
        node = graph.nodes.get(item)
        home = node.group if node is not None else graph.groups[item].parent
        if home in held:
            held[home].append(item)
    found: dict[int, QRectF] = {}
    for group in _inner_first(parents):
        rects = [found[other] for other, parent in parents.items() if parent == group]
        bounds = geometry.bounds(held[group])
        rects += [bounds] if bounds is not None else []
        area = QRectF()
        for rect in rects:
            area = area.united(rect)
        found[group] = area.adjusted(-OUTLINE_ROOM, -OUTLINE_ROOM - OUTLINE_TITLE, OUTLINE_ROOM, OUTLINE_ROOM)
    return dict(reversed(found.items()))


def _inner_first(parents: dict[int, int | None]) -> list[int]:
    """The groups ordered so that each comes before the one that it lies in."""

    def depth(group: int) -> int:
        found, around = 0, parents[group]
        while around in parents:
            found, around = found + 1, parents[around]
        return found

    return sorted(parents, key=depth, reverse=True)
