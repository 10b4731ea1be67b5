"""Edits of groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import count

from backprop_studio.document.edit_checks import kept, known_group, refuse
from backprop_studio.document.edit_text import MAX_GROUP_NAME, text_problem
from backprop_studio.document.graph import Graph, frozen
from backprop_studio.document.groups import breadcrumbs, common_group, ports
from backprop_studio.document.items import item_group, move, outline_rect, with_homes, without_empty_groups
from backprop_studio.document.parts import Group, Point
from backprop_studio.document.port_bends import with_sound_bends

MAX_DEPTH = 30
"""Groups may lie in each other that deep."""


def make_group(
    graph: Graph, ids: Iterable[int], name: str | None = None, *, collapsed: bool = True
) -> tuple[Graph, int]:
    """Put nodes, groups, frames and comments into a new group; returns the graph and the group's id.

    The new group lies in the innermost group that held all of them, and stands in the middle of them.
    """
    chosen = _outermost(graph, ids)
    if not any(i in graph.nodes or i in graph.groups for i in chosen):
        refuse("A group needs at least one node. Select what it is to hold.")
    parent = common_group(graph, (item_group(graph, identifier) for identifier in chosen))
    if name is None:
        name = free_group_name(graph)
    group = Group(graph.next_id, _checked_name(name), parent, collapsed)
    after = replace(graph, groups=frozen({**graph.groups, group.id: group}), next_id=group.id + 1)
    after = _placed(after, chosen, group.id)
    return _centred(without_empty_groups(after), group.id), group.id


def ungroup(graph: Graph, identifier: int) -> Graph:
    """Take a group away; what lies in it itself moves to the group around."""
    group = known_group(graph, identifier)
    everything = (*graph.nodes, *graph.frames, *graph.comments, *graph.groups)
    inner = [item for item in everything if item_group(graph, item) == identifier]
    after = _placed(graph, inner, group.parent)
    return replace(after, groups=frozen({i: other for i, other in after.groups.items() if i != identifier}))


def rename_group(graph: Graph, identifier: int, name: str) -> Graph:
    """Give a group another name: any plain text."""
    return _with_group(graph, replace(known_group(graph, identifier), name=_checked_name(name)))


def set_collapsed(graph: Graph, identifier: int, collapsed: bool) -> Graph:
    """Draw a group as one node, in the middle of its nodes, or show what lies in it."""
    group = known_group(graph, identifier)
    if group.collapsed == collapsed:
        return graph
    after = _with_group(graph, replace(group, collapsed=collapsed)).moved_from(graph)
    return _centred(after, identifier) if collapsed else after


def move_group(graph: Graph, identifier: int, position: Point) -> Graph:
    """Put a group elsewhere, with all that lies in it."""
    known_group(graph, identifier)
    return move(graph, {identifier: position})


def add_to_group(graph: Graph, ids: Iterable[int], group: int) -> Graph:
    """Move nodes, groups, frames and comments into a group."""
    target = known_group(graph, group)
    chosen = _outermost(graph, ids)
    for identifier in chosen:
        if identifier in breadcrumbs(graph, group):
            refuse(f"{graph.groups[identifier].name} cannot be put into {target.name}, which lies in it or is it.")
    return without_empty_groups(_placed(graph, chosen, group))


def remove_from_group(graph: Graph, ids: Iterable[int]) -> Graph:
    """Move nodes, groups, frames and comments out of their group, to the group around that."""
    after = graph
    for identifier in _outermost(graph, ids):
        group = item_group(graph, identifier)
        if group is not None:
            after = _placed(after, [identifier], graph.groups[group].parent)
    return without_empty_groups(after)


def free_group_name(graph: Graph, stem: str = "group") -> str:
    """The first of group_1, group_2, … that no group has."""
    taken = {group.name for group in graph.groups.values()}
    stem = stem[: MAX_GROUP_NAME - 8]
    return next(name for name in (f"{stem}_{number}" for number in count(1)) if name not in taken)


def _outermost(graph: Graph, ids: Iterable[int]) -> list[int]:
    """The items of those ids that lie in none of the groups among them, each once. Raises EditError."""
    given = dict.fromkeys(ids)
    groups = given.keys() & graph.groups.keys()
    return [i for i in given if not groups.intersection(breadcrumbs(graph, item_group(graph, i)))]


def _placed(graph: Graph, ids: Iterable[int], group: int | None) -> Graph:
    """The graph with the items in a group, or in none. Raises EditError where groups would be nested too deep."""
    after = with_homes(graph, dict.fromkeys(ids, group))
    if any(len(breadcrumbs(after, inner)) > MAX_DEPTH for inner in after.groups):
        refuse(f"Groups may lie in each other at most {MAX_DEPTH} deep. Ungroup one of them first.")
    return with_sound_bends(after)


def _centred(graph: Graph, identifier: int) -> Graph:
    """The graph with a group's own place in the middle of what it shows when it is open."""
    left, top, width, height = outline_rect(graph, identifier)
    x, y = left + width / 2, top + height / 2
    shape = ports(graph, identifier).shape
    place = (kept(round((x - shape.width / 2) / 10) * 10.0), kept(round((y - shape.height / 2) / 10) * 10.0))
    return _with_group(graph, replace(graph.groups[identifier], position=place)).moved_from(graph)


def _with_group(graph: Graph, group: Group) -> Graph:
    if graph.groups.get(group.id) == group:
        return graph
    return replace(graph, groups=frozen({**graph.groups, group.id: group}))


def _checked_name(name: str) -> str:
    problem = text_problem(name, "The name of a group", MAX_GROUP_NAME)
    return name if problem is None else refuse(problem)
