"""Moving and removing of whatever has a place: nodes, frames, comments and groups, in any mixture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from backprop_studio.document.edit_checks import checked_position, kept, refuse, with_nodes
from backprop_studio.document.graph import Graph, frozen
from backprop_studio.document.groups import group_rect, groups_within, nodes_within
from backprop_studio.document.growing import shrunk
from backprop_studio.document.node_size import NODE_WIDTH, OUTLINE_ROOM, OUTLINE_TITLE, node_height
from backprop_studio.document.parts import Comment, Frame, Group, Point, Rect
from backprop_studio.document.port_bends import with_bends_moved, with_sound_bends
from backprop_studio.document.wiring import with_wires_kept

_Part = TypeVar("_Part", Frame, Comment, Group)


def item_rect(graph: Graph, identifier: int) -> Rect:
    """The rectangle of a node, frame, comment or group (as it stands when collapsed). Raises EditError."""
    if identifier in graph.nodes:
        return *graph.nodes[identifier].position, NODE_WIDTH, node_height(graph.slot_count(identifier))
    if identifier in graph.frames:
        return graph.frames[identifier].rect
    if identifier in graph.comments:
        comment = graph.comments[identifier]
        return *comment.position, *comment.size
    if identifier not in graph.groups:
        refuse(f"There is nothing with the id {identifier}. It may have been removed.")
    return group_rect(graph, identifier)


def outline_rect(graph: Graph, group: int) -> Rect:
    """The outline of a group as it stands open: around the boxes in it and the outlines of open groups within."""
    inner = (other for other in graph.groups.values() if other.parent == group)
    rects = [item_rect(graph, node) for node in graph.members[group]]
    rects += [group_rect(graph, g.id) if g.collapsed else outline_rect(graph, g.id) for g in inner]
    left, top = min(r[0] for r in rects) - OUTLINE_ROOM, min(r[1] for r in rects) - OUTLINE_ROOM - OUTLINE_TITLE
    right, bottom = max(r[0] + r[2] for r in rects) + OUTLINE_ROOM, max(r[1] + r[3] for r in rects) + OUTLINE_ROOM
    return left, top, right - left, bottom - top


def seen_rect(graph: Graph, identifier: int) -> Rect:
    """The rectangle that an item takes as it is seen: of an open group its outline. Raises EditError."""
    group = graph.groups.get(identifier)
    return item_rect(graph, identifier) if group is None or group.collapsed else outline_rect(graph, identifier)


def item_group(graph: Graph, identifier: int) -> int | None:
    """The group that an item lies in itself. Raises EditError."""
    for part in (graph.nodes, graph.frames, graph.comments):
        if identifier in part:
            return part[identifier].group
    if identifier not in graph.groups:
        refuse(f"There is nothing with the id {identifier}. It may have been removed.")
    return graph.groups[identifier].parent


def carried_by(graph: Graph, frame: int) -> tuple[int, ...]:
    """What a frame carries: the items of its level whose centre lies in it.

    Other frames are carried only where they lie in it as a whole.
    """
    outer = graph.frames[frame]
    x, y, width, height = outer.rect
    found = []
    for part in (graph.nodes, graph.comments, graph.frames, graph.groups):
        for identifier in part:
            if identifier == frame or item_group(graph, identifier) != outer.group:
                continue
            left, top, wide, high = item_rect(graph, identifier)
            if identifier in graph.frames:
                inside = x <= left and y <= top and left + wide <= x + width and top + high <= y + height
                inside = inside and (wide, high) != (width, height)
            else:
                inside = x <= left + wide / 2 <= x + width and y <= top + high / 2 <= y + height
            if inside:
                found.append(identifier)
    return tuple(found)


def with_content(graph: Graph, ids: Iterable[int]) -> frozenset[int]:
    """Items, and all that the frames and the open groups among them carry. Raises EditError."""
    found: set[int] = set()
    pending = list(ids)
    while pending:
        identifier = pending.pop()
        item_group(graph, identifier)  # refuses what is unknown
        if identifier not in found:
            found.add(identifier)
            pending.extend(carried_by(graph, identifier) if identifier in graph.frames else ())
            if identifier in graph.groups and not graph.groups[identifier].collapsed:
                pending.extend(inside_group(graph, identifier))
    return frozenset(found)


def inside_group(graph: Graph, group: int) -> tuple[int, ...]:
    """Everything in a group at any depth: nodes, the groups within it, frames and comments."""
    within = set(groups_within(graph, group))
    parts = [part.id for parts in (graph.frames, graph.comments) for part in parts.values() if part.group in within]
    return (*nodes_within(graph, group), *sorted(within - {group}), *parts)


def move(graph: Graph, positions: Mapping[int, Point]) -> Graph:
    """Put items where ``positions`` says (top left corners, scene units).

    A frame takes what it carries along, and a group what lies in it, save where that has a position of its
    own here. Bends of a wire go along where both its ends move alike.
    """
    places = {identifier: checked_position(position) for identifier, position in positions.items()}
    for identifier in places:
        item_group(graph, identifier)  # refuses what is unknown
    shifts = _shifts(graph, places)
    nodes = []
    for identifier in shifts.keys() & graph.nodes.keys():
        node = graph.nodes[identifier]
        place = places.get(identifier) or _shifted(node.position, shifts[identifier])
        if place != node.position:
            nodes.append(node.with_(position=place))
    after = with_nodes(graph, sorted(nodes, key=lambda node: node.id))
    if len(shifts.keys() & graph.nodes.keys()) < len(shifts):
        after = _with_parts_moved(after, shifts)
    after = _with_bends_moved(after, shifts) if graph.bends else after
    after = with_bends_moved(after, shifts) if graph.port_bends else after
    return after if after is graph else after.moved_from(graph)


def remove(graph: Graph, ids: Iterable[int]) -> Graph:
    """Remove items, and every wire that starts or ends there; the choice of the loss goes with its node.

    A group goes with all that lies in it; a frame goes alone. A group that holds no node any more goes too.
    """
    gone = set(ids)
    for identifier in tuple(gone):
        item_group(graph, identifier)  # refuses what is unknown
        if identifier in graph.groups:
            gone.update(inside_group(graph, identifier))
    if not gone:
        return graph
    after = graph
    if gone & graph.nodes.keys():
        nodes = {identifier: node for identifier, node in graph.nodes.items() if identifier not in gone}
        after = replace(after, nodes=frozen(nodes), loss=None if graph.loss in gone else graph.loss)
        left = {end: source for end, source in graph.sources.items() if source not in gone and end[0] not in gone}
        if len(left) != len(graph.sources):
            targets = {target for target, _ in graph.sources.keys() - left.keys()}
            after = shrunk(graph, with_wires_kept(after, left, targets), targets)
    after = replace(
        after,
        frames=_without(graph.frames, gone),
        comments=_without(graph.comments, gone),
        groups=_without(graph.groups, gone),
    )
    return without_empty_groups(after)


def settled(graph: Graph) -> Graph:
    """A graph whose nodes and wires were replaced as a whole, made sound again.

    Bends whose wire is gone go, as do groups that hold no node; the wires of variadic operations close up.
    Nodes in groups that do not exist lie in none.
    """
    nodes = {
        i: node if node.group is None or node.group in graph.groups else node.with_(group=None)
        for i, node in graph.nodes.items()
    }
    bends = {end: points for end, points in graph.bends.items() if end in graph.sources}
    outputs = {end: output for end, output in graph.outputs.items() if end in graph.sources}
    port_bends = {end: led for end, led in graph.port_bends.items() if end in graph.sources}
    after = replace(
        graph, nodes=frozen(nodes), bends=frozen(bends), outputs=frozen(outputs), port_bends=frozen(port_bends)
    )
    return with_sound_bends(without_empty_groups(with_wires_kept(after, graph.sources, graph.nodes)))


def without_empty_groups(graph: Graph) -> Graph:
    """The graph without groups that hold no node; frames and comments in them move to the group around."""
    used = set()
    for group in {node.group for node in graph.nodes.values()}:
        while group is not None and group not in used:
            used.add(group)
            group = graph.groups[group].parent
    if len(used) == len(graph.groups):
        return graph

    def kept_around(group: int | None) -> int | None:
        while group is not None and group not in used:
            group = graph.groups[group].parent
        return group

    frames = {i: replace(frame, group=kept_around(frame.group)) for i, frame in graph.frames.items()}
    comments = {i: replace(comment, group=kept_around(comment.group)) for i, comment in graph.comments.items()}
    groups = {identifier: group for identifier, group in graph.groups.items() if identifier in used}
    return replace(graph, frames=frozen(frames), comments=frozen(comments), groups=frozen(groups))


def _shifts(graph: Graph, places: Mapping[int, Point]) -> dict[int, Point]:
    """How far each item moves that moves at all: those given, and all that they take along."""
    shifts: dict[int, Point] = {}
    pending = []
    for identifier, (x, y) in places.items():
        left, top = _position(graph, identifier)
        shifts[identifier] = (x - left, y - top)
        pending.append(identifier)
    while pending:
        identifier = pending.pop()
        taken: tuple[int, ...] = ()
        if identifier in graph.frames:
            taken = carried_by(graph, identifier)
        elif identifier in graph.groups:
            taken = inside_group(graph, identifier)
        for other in taken:
            if other not in shifts:
                shifts[other] = shifts[identifier]
                pending.append(other)
    return shifts


def with_homes(graph: Graph, homes: Mapping[int, int | None]) -> Graph:
    """The graph with items, by id, in other groups; None stands for no group."""
    nodes, frames, comments, groups = dict(graph.nodes), dict(graph.frames), dict(graph.comments), dict(graph.groups)
    for identifier, home in homes.items():
        if identifier in nodes:
            nodes[identifier] = nodes[identifier].with_(group=home)
        elif identifier in frames:
            frames[identifier] = replace(frames[identifier], group=home)
        elif identifier in comments:
            comments[identifier] = replace(comments[identifier], group=home)
        else:
            groups[identifier] = replace(groups[identifier], parent=home)
    return replace(
        graph,
        nodes=frozen(nodes),
        frames=frozen(frames) if frames != graph.frames else graph.frames,
        comments=frozen(comments) if comments != graph.comments else graph.comments,
        groups=frozen(groups) if groups != graph.groups else graph.groups,
    )


def _position(graph: Graph, identifier: int) -> Point:
    for part in (graph.nodes, graph.frames, graph.comments):
        if identifier in part:
            return part[identifier].position
    return graph.groups[identifier].position


def _shifted(point: Point, shift: Point) -> Point:
    return kept(point[0] + shift[0]), kept(point[1] + shift[1])


def _with_parts_moved(graph: Graph, shifts: Mapping[int, Point]) -> Graph:
    frames, comments, groups = dict(graph.frames), dict(graph.comments), dict(graph.groups)
    for identifier, shift in shifts.items():
        if identifier in frames:
            frame = frames[identifier]
            frames[identifier] = replace(frame, rect=(*_shifted(frame.position, shift), *frame.rect[2:]))
        elif identifier in comments:
            comment = comments[identifier]
            comments[identifier] = replace(comment, position=_shifted(comment.position, shift))
        elif identifier in groups:
            groups[identifier] = replace(groups[identifier], position=_shifted(groups[identifier].position, shift))
    if (frames, comments, groups) == (dict(graph.frames), dict(graph.comments), dict(graph.groups)):
        return graph
    return replace(graph, frames=frozen(frames), comments=frozen(comments), groups=frozen(groups))


def _with_bends_moved(graph: Graph, shifts: Mapping[int, Point]) -> Graph:
    bends = dict(graph.bends)
    for end, points in graph.bends.items():
        shift = shifts.get(end[0])
        if shift is not None and shift != (0.0, 0.0) and shift == shifts.get(graph.sources.get(end, 0)):
            bends[end] = tuple(_shifted(point, shift) for point in points)
    return graph if bends == dict(graph.bends) else replace(graph, bends=frozen(bends))


def _without(parts: Mapping[int, _Part], gone: Iterable[int]) -> Mapping[int, _Part]:
    barred = set(gone)
    if not barred & parts.keys():
        return parts
    return frozen({identifier: part for identifier, part in parts.items() if identifier not in barred})
