"""Tidying: the layered layout applied to a level of a graph, its groups and its frames."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from backprop_studio.document.edit_checks import checked_position, kept
from backprop_studio.document.graph import Graph, Node, frozen
from backprop_studio.document.groups import Level, Ports, visible
from backprop_studio.document.items import carried_by, item_rect, move, seen_rect
from backprop_studio.document.layers import Heed, unheeding
from backprop_studio.document.layout import LANE_HEIGHT, layered_layout
from backprop_studio.document.led_wires import led_round
from backprop_studio.document.level_boxes import inner_ends
from backprop_studio.document.node_size import NODE_WIDTH, BoxShape
from backprop_studio.document.parts import Point, Rect
from backprop_studio.document.port_bends import with_bends_drawn
from backprop_studio.engine.errors import CycleError
from backprop_studio.engine.program import topological_order

FRAME_PADDING = 24.0
_ENTRY = BoxShape(NODE_WIDTH, LANE_HEIGHT, (), (LANE_HEIGHT / 2,))
"""The room that a wire takes which comes from the edge of a group."""
FRAME_TITLE = 34.0
"""Room for the title above what a frame carries."""


def tidy(
    graph: Graph, ids: Collection[int] | None = None, *, inside: int | None = None, heed: Heed = unheeding
) -> Graph:
    """Lay out what is seen in the group ``inside``, or at the top, anew: all of it, or the items ``ids``.

    A selection keeps its top left corner. Bends of the wires concerned go, save those that lead a wire round boxes
    which it would pass behind, and frames fit themselves around what they carry. ``heed`` is called between the steps;
    what it raises ends the work.
    """
    level = visible(graph, inside)
    drawn = {*level.nodes, *level.groups}
    chosen = drawn if ids is None else drawn & {level.shown_as.get(i, i) for i in ids}
    positions = tidy_positions(graph, level, chosen, heed, whole=ids is None)
    moved = {i: place for i, place in positions.items() if place != item_rect(graph, i)[:2]}
    carried = {frame: set(carried_by(graph, frame)) for frame in level.frames}
    after = move(graph, moved)
    after = led_round(_straightened(after, level, chosen), inside, chosen, heed)
    return with_frames_fitted(after, {f: items for f, items in carried.items() if items & moved.keys()})


def _straightened(graph: Graph, level: Level, chosen: Collection[int]) -> Graph:
    """The graph without the bends of the lines of a level that run among ``chosen``, or from there to its edge."""
    bends, touched = dict(graph.bends), {*chosen, level.inside}
    for source, target, wires in level.wires:
        faces = source.item, target.item
        if not touched.issuperset(faces):
            continue
        for wire in wires:
            bends.pop((wire.target, wire.slot), None)
        if graph.port_bends and faces != wires[0][:2]:
            graph = with_bends_drawn(graph, wires, faces, ())
    return graph if len(bends) == len(graph.bends) else replace(graph, bends=frozen(bends))


def tidy_positions(graph: Graph, level: Level, chosen: Collection[int], heed: Heed, *, whole: bool) -> dict[int, Point]:
    """New positions of the nodes and collapsed groups ``chosen`` of a level; ``whole`` where they are all of it."""
    flat = graph if not level.ports else _stand_in(graph, level)
    if not chosen:
        return {}
    shapes = {group: level.ports[group].shape for group in level.groups}
    if whole and level.inside is not None:
        flat, entries = _with_entries(flat, level, level.ports[level.inside])
        placed = layered_layout(flat, None, shapes | dict.fromkeys(entries, _ENTRY), heed)
        return _from_corner({item: placed[item] for item in chosen}, [item_rect(graph, item) for item in chosen])
    if whole and level.inside is None:
        return layered_layout(flat, None if len(flat.nodes) == len(chosen) else chosen, shapes, heed)
    return layered_layout(flat, chosen, shapes, heed)


def _from_corner(placed: dict[int, Point], before: list[Rect]) -> dict[int, Point]:
    """The places shifted so that their top left corner is that of some rectangles."""
    dx, dy = (min(rect[axis] for rect in before) - min(place[axis] for place in placed.values()) for axis in (0, 1))
    return {item: (x + dx, y + dy) for item, (x, y) in placed.items()}


def _stand_in(graph: Graph, level: Level) -> Graph:
    """A graph with one node for everything drawn at a level. Groups can feed each other to and fro; some wires go."""
    rank = _ranks(graph, level)
    nodes = {i: graph.nodes[i] for i in level.nodes}
    for group in level.groups:
        nodes[group] = Node(group, "stack", f"group_{group}", graph.groups[group].position)
    feeds: dict[int, list[tuple[int, int]]] = {}
    sources: dict[tuple[int, int], int] = {}
    for (source, _), (target, port), _ in level.wires:
        if source not in nodes or target not in nodes or rank[source] >= rank[target]:
            continue
        if target in graph.nodes and not graph.nodes[target].op.variadic:
            sources[target, port] = source
        else:
            feeds.setdefault(target, []).append((port, source))
    for target, given in feeds.items():
        for slot, (_, source) in enumerate(sorted(given)):
            sources[target, slot] = source
    return Graph(frozen(nodes), frozen(sources), None, graph.next_id)


def _with_entries(graph: Graph, level: Level, ports: Ports) -> tuple[Graph, list[int]]:
    """The stand-in with one more source for each input of the group that was entered: its wires get room, too."""
    nodes, sources, entries = dict(graph.nodes), dict(graph.sources), []
    for number, port in enumerate(ports.inputs):
        entry = graph.next_id + number
        nodes[entry] = Node(entry, "input", f"entry_{entry}")
        entries.append(entry)
        for item, slot in inner_ends(level, port):
            sources.setdefault((item, slot), entry)
    return Graph(frozen(nodes), frozen(sources), None, graph.next_id + len(entries), outputs=graph.outputs), entries


def _ranks(graph: Graph, level: Level) -> dict[int, int]:
    """The place of each thing drawn in the order of computation; by its first node where groups feed each other."""
    feeds: dict[int, list[int]] = {item: [] for item in (*level.nodes, *level.groups)}
    for (source, _), (target, _), _ in level.wires:
        if source in feeds and target in feeds:
            feeds[target].append(source)
    try:
        return {item: place for place, item in enumerate(topological_order(feeds))}
    except CycleError:
        pass
    rank: dict[int, int] = {}
    for node in topological_order({i: [s for s in graph.inputs_of(i) if s is not None] for i in graph.nodes}):
        rank.setdefault(level.shown_as.get(node, 0), len(rank))
    return rank


def with_frames_fitted(graph: Graph, carried: Mapping[int, Collection[int]]) -> Graph:
    """Give frames the rectangle around what they carry; the innermost first, as they come."""
    frames = dict(graph.frames)
    for frame in sorted(carried, key=lambda frame: frames[frame].rect[2] * frames[frame].rect[3]):
        rects = [frames[i].rect if i in frames else seen_rect(graph, i) for i in carried[frame]]
        frames[frame] = replace(frames[frame], rect=_around(rects))
    return graph if frames == graph.frames else replace(graph, frames=frozen(frames))


def _around(rects: list[Rect]) -> Rect:
    left, top = min(r[0] for r in rects) - FRAME_PADDING, min(r[1] for r in rects) - FRAME_TITLE
    right, bottom = max(r[0] + r[2] for r in rects) + FRAME_PADDING, max(r[1] + r[3] for r in rects) + FRAME_PADDING
    return *checked_position((left, top)), kept(right - left), kept(bottom - top)
