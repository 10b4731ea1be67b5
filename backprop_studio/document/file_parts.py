"""What a document may hold beside nodes and wires, as records of its file: frames, comments, groups."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NoReturn, TypeVar

import msgspec

from backprop_studio.document.bends import MAX_BENDS
from backprop_studio.document.edit_checks import EditError, checked_position
from backprop_studio.document.edit_text import MAX_COMMENT, MAX_GROUP_NAME, MAX_TITLE, text_problem
from backprop_studio.document.graph import Graph, Node
from backprop_studio.document.grouping import MAX_DEPTH
from backprop_studio.document.notes import checked_rect, checked_size
from backprop_studio.document.parts import FRAME_COLORS, Comment, Frame, Group, Point, PortBends

MAX_PARTS = 20_000
"""Most frames, comments or groups of a document."""
_Checked = TypeVar("_Checked")
Refuse = Callable[[str, str], NoReturn]
"""Refuses a document for what stands at a place."""


class FrameRecord(msgspec.Struct, forbid_unknown_fields=True):
    """A frame as the file has it; ``rect`` is left, top, width and height in pixels of the scene."""

    id: int
    title: str
    rect: tuple[float, float, float, float]
    color: str = FRAME_COLORS[0]
    group: int | None = None


class CommentRecord(msgspec.Struct, forbid_unknown_fields=True):
    """A comment as the file has it; position and size are in pixels of the scene."""

    id: int
    text: str
    position: tuple[float, float]
    size: tuple[float, float]
    group: int | None = None
    color: str = FRAME_COLORS[0]


class GroupRecord(msgspec.Struct, forbid_unknown_fields=True):
    """A group as the file has it, without what lies in it: that names the group."""

    id: int
    name: str
    position: tuple[float, float]
    parent: int | None = None
    collapsed: bool = True
    color: str = FRAME_COLORS[0]


class PortBendsRecord(msgspec.Struct, forbid_unknown_fields=True):
    """Where a wire goes between two items that are drawn in place of its ends, as ``parts.PortBends`` has it."""

    source: int
    target: int
    points: list[tuple[float, float]]


def part_fields(graph: Graph) -> dict[str, list[dict[str, Any]]]:
    """The records of frames, comments and groups by their key in the document; keys without records are left out."""
    frames = [
        {"id": f.id, "title": f.title, "rect": f.rect, "color": f.color} | _home(f.group) for f in _sorted(graph.frames)
    ]
    comments = [
        {"id": c.id, "text": c.text, "position": c.position, "size": c.size} | _home(c.group) | color_field(c.color)
        for c in _sorted(graph.comments)
    ]
    groups = [
        {"id": g.id, "name": g.name, "position": g.position, "collapsed": g.collapsed}
        | ({} if g.parent is None else {"parent": g.parent})
        | color_field(g.color)
        for g in _sorted(graph.groups)
    ]
    found = {"frames": frames, "comments": comments, "groups": groups}
    return {key: records for key, records in found.items() if records}


def read_groups(records: list[GroupRecord], nodes: Mapping[int, Node], refuse: Refuse) -> dict[int, Group]:
    """Groups by id; every node lies in one that exists, and none lies in itself."""
    _check_count(records, "groups", refuse)
    groups: dict[int, Group] = {}
    for index, record in enumerate(records):
        place = f"$.groups[{index}]"
        _check_text(record.name, f"{place}.name", refuse, "The name of a group", MAX_GROUP_NAME)
        check_color(record.color, f"{place}.color", refuse)
        position = _checked(checked_position, record.position, f"{place}.position", refuse)
        if record.id in groups:
            refuse(f"{place}.id", f"there is already a group with the id {record.id}")
        groups[record.id] = Group(record.id, record.name, record.parent, record.collapsed, position, record.color)
    for index, record in enumerate(records):
        if record.parent is not None and record.parent not in groups:
            refuse(f"$.groups[{index}].parent", f"there is no group with the id {record.parent}")
    depth: dict[int | None, int] = {None: 0}
    for index, record in enumerate(records):
        path: list[int] = []
        around: int | None = record.id
        while around not in depth and around is not None and len(path) <= MAX_DEPTH:
            path.append(around)
            around = groups[around].parent
        start = depth.get(around, MAX_DEPTH)
        if start + len(path) > MAX_DEPTH:
            refuse(f"$.groups[{index}].parent", f"the group lies in itself, or more than {MAX_DEPTH} deep in others")
        depth.update({group: start + step for step, group in enumerate(reversed(path), 1)})
    for index, node in enumerate(nodes.values()):
        check_group(node.group, groups, f"$.nodes[{index}].group", refuse)
    return groups


def read_frames(records: list[FrameRecord], groups: Collection[int], refuse: Refuse) -> dict[int, Frame]:
    """Frames by id."""
    _check_count(records, "frames", refuse)
    frames: dict[int, Frame] = {}
    for index, record in enumerate(records):
        place = f"$.frames[{index}]"
        _check_note(record, place, groups, frames, refuse)
        _check_text(record.title, f"{place}.title", refuse, "A title", MAX_TITLE, empty=True)
        rect = _checked(checked_rect, record.rect, f"{place}.rect", refuse)
        frames[record.id] = Frame(record.id, record.title, rect, record.color, record.group)
    return frames


def read_comments(records: list[CommentRecord], groups: Collection[int], refuse: Refuse) -> dict[int, Comment]:
    """Comments by id."""
    _check_count(records, "comments", refuse)
    comments: dict[int, Comment] = {}
    for index, record in enumerate(records):
        place = f"$.comments[{index}]"
        _check_note(record, place, groups, comments, refuse)
        _check_text(record.text, f"{place}.text", refuse, "A comment", MAX_COMMENT, lines=True)
        position = _checked(checked_position, record.position, f"{place}.position", refuse)
        size = _checked(checked_size, record.size, f"{place}.size", refuse)
        comments[record.id] = Comment(record.id, record.text, position, size, record.group, record.color)
    return comments


def _check_note(
    record: FrameRecord | CommentRecord, place: str, groups: Collection[int], taken: Collection[int], refuse: Refuse
) -> None:
    """Refuse what a frame and a comment may both have wrong: their colour, their group, an id that is taken."""
    check_color(record.color, f"{place}.color", refuse)
    check_group(record.group, groups, f"{place}.group", refuse)
    if record.id in taken:
        kind = "frame" if isinstance(record, FrameRecord) else "comment"
        refuse(f"{place}.id", f"there is already a {kind} with the id {record.id}")


def read_bends(points: list[Point], place: str, refuse: Refuse) -> tuple[Point, ...]:
    """The bends of one wire."""
    if len(points) > MAX_BENDS:
        refuse(place, f"a wire has at most {MAX_BENDS} bends, and this one has {len(points)}")
    return tuple(_checked(checked_position, point, f"{place}[{n}]", refuse) for n, point in enumerate(points))


def port_bends_field(given: Iterable[PortBends]) -> dict[str, list[dict[str, Any]]]:
    """The field of a wire's bends at ports of groups; none where it has none."""
    records = [bends._asdict() for bends in given]
    return {"port_bends": records} if records else {}


def read_port_bends(records: list[PortBendsRecord], place: str, refuse: Refuse) -> tuple[PortBends, ...]:
    """The bends of one wire at ports of groups."""
    found = {}
    for index, record in enumerate(records):
        points = read_bends(record.points, f"{place}[{index}].points", refuse)
        if not points:
            refuse(f"{place}[{index}].points", "it has no point")
        if (record.source, record.target) in found:
            refuse(f"{place}[{index}]", f"the wire has bends from {record.source} to {record.target} already")
        found[record.source, record.target] = PortBends(record.source, record.target, points)
    return tuple(sorted(found.values()))


def check_ids(parts: Mapping[str, Iterable[int]], refuse: Refuse, largest: int) -> None:
    """Refuse an id that is out of range or that two things of different kinds have."""
    owner: dict[int, str] = {}
    for key, ids in parts.items():
        for identifier in ids:
            if not 1 <= identifier <= largest:
                refuse(f"$.{key}", f"an id is a whole number from 1 to {largest}, not {identifier}")
            if owner.setdefault(identifier, key) != key:
                refuse(f"$.{key}", f"the id {identifier} is already that of one of the {owner[identifier]}")


def check_group(group: int | None, groups: Collection[int], place: str, refuse: Refuse) -> None:
    """Refuse a group that does not exist."""
    if group is not None and group not in groups:
        refuse(place, f"there is no group with the id {group}")


def check_color(color: str, place: str, refuse: Refuse) -> None:
    """Refuse a colour that does not exist."""
    if color not in FRAME_COLORS:
        refuse(place, f"there is no colour {color!r}; the colours are {', '.join(FRAME_COLORS)}")


def color_field(color: str) -> dict[str, str]:
    """The field of a colour; none for the plain one."""
    return {} if color == FRAME_COLORS[0] else {"color": color}


def _home(group: int | None) -> dict[str, int]:
    return {} if group is None else {"group": group}


def _sorted(parts: Mapping[int, _Checked]) -> list[_Checked]:
    return [parts[identifier] for identifier in sorted(parts)]


def _check_count(records: Collection[object], key: str, refuse: Refuse) -> None:
    if len(records) > MAX_PARTS:
        refuse(f"$.{key}", f"there are {len(records)} {key}; at most {MAX_PARTS} are allowed")


def _check_text(text: str, place: str, refuse: Refuse, what: str, limit: int, **allowed: bool) -> None:
    problem = text_problem(text, what, limit, **allowed)
    if problem is not None:
        refuse(place, problem[:1].lower() + problem[1:].rstrip("."))


def _checked(check: Callable[[Any], _Checked], given: Any, place: str, refuse: Refuse) -> _Checked:
    try:
        return check(given)
    except EditError as error:
        reason = str(error)
        refuse(place, reason[:1].lower() + reason[1:].rstrip("."))
