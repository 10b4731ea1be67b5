"""Opening a collapsed group where it stands, and collapsing it again, with room for what lies in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from backprop_studio.document.graph import Graph
from backprop_studio.document.grouping import set_collapsed, ungroup
from backprop_studio.document.groups import group_rect
from backprop_studio.document.items import inside_group, item_group, item_rect, move, outline_rect, seen_rect
from backprop_studio.document.led_wires import led_into
from backprop_studio.document.parts import Point, Rect
from backprop_studio.document.room import with_room


def open_group(graph: Graph, identifier: int) -> Graph:
    """Show what lies in a collapsed group around the middle of its box; what stands beside that makes room.

    Wires that would pass behind a box there are led round it.
    """
    if not graph.groups[identifier].collapsed:
        return graph
    after = set_collapsed(_around_box(graph, identifier), identifier, False)
    after = with_room(_resized(graph, after, identifier, group_rect(graph, identifier)), [identifier])
    return led_into(after, _level_of(after, identifier), inside_group(after, identifier))


def dissolve_group(graph: Graph, identifier: int) -> Graph:
    """Take a group away; what lay in it stands around the middle of the box that it was.

    Only what is in the way makes room, so that a group that was just made leaves everything where it stood before.
    """
    if not graph.groups[identifier].collapsed:
        return ungroup(graph, identifier)
    inner = inside_group(graph, identifier)
    loose = [item for item in inner if item_group(graph, item) == identifier and item not in graph.frames]
    level = _level_of(graph, identifier)
    after = with_room(ungroup(_around_box(graph, identifier), identifier), loose, tight=True)
    return led_into(after, level, inner)


def close_group(graph: Graph, identifier: int) -> Graph:
    """Draw a group as one box in the middle of what lies in it; what stands beside it comes closer again."""
    if graph.groups[identifier].collapsed:
        return graph
    after = set_collapsed(graph, identifier, True)
    return _resized(graph, after, identifier, outline_rect(graph, identifier))


def with_lines_led(graph: Graph, items: Collection[int]) -> Graph:
    """The graph with lines led round boxes that they would pass behind: those at new items and within new groups."""
    for level in {_level_of_item(graph, item) for item in items}:
        graph = led_into(graph, level, items)
    for group in items:
        if group in graph.groups:
            graph = led_into(graph, group, inside_group(graph, group))
    return graph


def _around_box(graph: Graph, identifier: int) -> Graph:
    """What lies in a collapsed group, moved to have its middle where the box has its own."""
    box, outline = group_rect(graph, identifier), outline_rect(graph, identifier)
    dx, dy = (_on_grid(box[axis] + box[axis + 2] / 2 - outline[axis] - outline[axis + 2] / 2) for axis in (0, 1))
    return _shifted(graph, inside_group(graph, identifier), (dx, dy))


def _level_of_item(graph: Graph, item: int) -> int | None:
    """The innermost collapsed group around an item, None where it is seen from outside all."""
    if item in graph.groups:
        return _level_of(graph, item)
    around = item_group(graph, item)
    return around if around is None or graph.groups[around].collapsed else _level_of(graph, around)


def _level_of(graph: Graph, group: int) -> int | None:
    """The innermost collapsed group around a group, None where it is seen from outside all."""
    around = graph.groups[group].parent
    while around is not None and not graph.groups[around].collapsed:
        around = graph.groups[around].parent
    return around


def _resized(before: Graph, graph: Graph, group: int, rect: Rect) -> Graph:
    """What stands around a group, which had another size before, keeps its distance; around open groups as well."""
    around: int | None = group
    while around is not None:
        graph = _keeping_distance(graph, around, rect, seen_rect(graph, around))
        around = graph.groups[around].parent
        if around is None or graph.groups[around].collapsed:
            break
        rect = outline_rect(before, around)
    return graph


def _keeping_distance(graph: Graph, group: int, before: Rect, now: Rect) -> Graph:
    """Items of the same level keep their distance to a box that has another size now.

    Those right or left of it move sideways, those straight above or below it up or down.
    """
    (left, top, width, height), (x, y, wide, high) = before, now
    right, bottom = left + width, top + height
    positions: dict[int, Point] = {}
    home = item_group(graph, group)
    for item in (*graph.nodes, *graph.groups, *graph.frames, *graph.comments):
        if item == group or item_group(graph, item) != home:
            continue
        a, b, w, h = seen_rect(graph, item)
        dx = dy = 0.0
        if a >= right:
            dx = x + wide - right
        elif a + w <= left:
            dx = x - left
        elif b >= bottom:
            dy = y + high - bottom
        elif b + h <= top:
            dy = y - top
        if dx or dy:
            place = item_rect(graph, item)
            positions[item] = (place[0] + _on_grid(dx), place[1] + _on_grid(dy))
    return move(graph, positions)


def _shifted(graph: Graph, items: Iterable[int], shift: Point) -> Graph:
    dx, dy = shift
    corners = {item: item_rect(graph, item)[:2] for item in items}
    return move(graph, {item: (x + dx, y + dy) for item, (x, y) in corners.items()})


def _on_grid(distance: float) -> float:
    return round(distance / 10) * 10.0
