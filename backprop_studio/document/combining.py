"""Putting graphs together and taking parts of them: paste, duplicate, blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from backprop_studio.document.edit_checks import checked_position, kept, known_group, refuse
from backprop_studio.document.graph import Graph, frozen
from backprop_studio.document.grouping import MAX_DEPTH
from backprop_studio.document.groups import breadcrumbs, nodes_within
from backprop_studio.document.items import inside_group, item_group, with_homes, without_empty_groups
from backprop_studio.document.names import candidate_names, spelling_problem
from backprop_studio.document.parts import Point, PortBends
from backprop_studio.document.port_bends import with_sound_bends
from backprop_studio.document.wiring import with_wires_kept


def insert(graph: Graph, other: Graph, offset: Point, *, group: int | None = None) -> tuple[Graph, dict[int, int]]:
    """Add everything of another graph, shifted by ``offset``; returns the graph and new ids by old ones.

    All gets fresh ids, and nodes whose name is taken get a free one. With ``group``, what lies in no group
    there is put into that one here. The loss is taken over by an empty graph only.
    """
    dx, dy = checked_position(offset)
    if group is not None:
        known_group(graph, group)
    _check_depth(graph, other, group)
    parts = (other.nodes, other.frames, other.comments, other.groups)
    ids = {old: graph.next_id + number for number, old in enumerate(sorted(i for part in parts for i in part))}

    def moved(point: Point) -> Point:
        return kept(point[0] + dx), kept(point[1] + dy)

    after = replace(
        _with_items_of(graph, other, ids, moved, group),
        loss=ids[other.loss] if other.loss is not None and not graph.nodes else graph.loss,
        next_id=graph.next_id + len(ids),
    )
    return _with_wires_of(after, other, ids, moved), ids


def _with_items_of(
    graph: Graph, other: Graph, ids: Mapping[int, int], moved: Callable[[Point], Point], group: int | None
) -> Graph:
    """Add the nodes, frames, comments and groups of another graph, without wires; ``group`` holds what lay in none."""
    names = _free_names(graph, other)

    def home(old: int | None) -> int | None:
        return group if old is None else ids[old]

    nodes, frames, comments, groups = dict(graph.nodes), dict(graph.frames), dict(graph.comments), dict(graph.groups)
    for node in other.nodes.values():
        new = node.named(names[node.id])
        new = new.with_(id=ids[node.id], position=moved(node.position), group=home(node.group))
        nodes[new.id] = new
    for frame in other.frames.values():
        rect = (*moved(frame.position), *frame.rect[2:])
        frames[ids[frame.id]] = replace(frame, id=ids[frame.id], rect=rect, group=home(frame.group))
    for comment in other.comments.values():
        place = moved(comment.position)
        comments[ids[comment.id]] = replace(comment, id=ids[comment.id], position=place, group=home(comment.group))
    for inner in other.groups.values():
        place = moved(inner.position)
        groups[ids[inner.id]] = replace(inner, id=ids[inner.id], position=place, parent=home(inner.parent))
    return replace(graph, nodes=frozen(nodes), frames=frozen(frames), comments=frozen(comments), groups=frozen(groups))


def _with_wires_of(graph: Graph, other: Graph, ids: dict[int, int], moved: Callable[[Point], Point]) -> Graph:
    """Add the wires of another graph, whose nodes are there already, and their bends."""
    sources = {(ids[target], slot): ids[source] for (target, slot), source in other.sources.items()}
    bends = {(ids[target], slot): tuple(map(moved, points)) for (target, slot), points in other.bends.items()}
    outputs = {(ids[target], slot): output for (target, slot), output in other.outputs.items()}
    port_bends = {(ids[target], slot): _led(led, ids, moved) for (target, slot), led in other.port_bends.items()}
    return replace(
        graph,
        sources=frozen({**graph.sources, **sources}),
        bends=frozen({**graph.bends, **bends}),
        outputs=frozen({**graph.outputs, **outputs}),
        port_bends=frozen({**graph.port_bends, **port_bends}),
    )


def _led(given: Iterable[PortBends], ids: Mapping[int, int], moved: Callable[[Point], Point]) -> tuple[PortBends, ...]:
    """Bends at ports of groups, between the items that take the place of others."""
    return tuple(sorted(PortBends(ids[one], ids[other], tuple(map(moved, points))) for one, other, points in given))


def sub_graph(graph: Graph, ids: Iterable[int]) -> Graph:
    """A graph of some items alone, with the wires among them, under the ids that they have.

    A group brings all that lies in it; what is taken without its group lies in none.
    """
    chosen = expanded(graph, ids)
    groups = {i: group for i, group in graph.groups.items() if i in chosen}
    depth = {i: breadcrumbs(graph, i) for i in groups}
    groups = {i: replace(group, parent=_kept_group(groups, depth[i][:-1])) for i, group in groups.items()}

    def home(group: int | None) -> int | None:
        return _kept_group(groups, breadcrumbs(graph, group))

    nodes = {
        i: node if node.group == home(node.group) else node.with_(group=home(node.group))
        for i, node in graph.nodes.items()
        if i in chosen
    }
    part = replace(
        graph,
        nodes=frozen(nodes),
        loss=graph.loss if graph.loss in nodes else None,
        frames=frozen({i: replace(f, group=home(f.group)) for i, f in graph.frames.items() if i in chosen}),
        comments=frozen({i: replace(c, group=home(c.group)) for i, c in graph.comments.items() if i in chosen}),
        groups=frozen(groups),
    )
    kept_wires = {end: source for end, source in graph.sources.items() if end[0] in nodes and source in nodes}
    return with_sound_bends(without_empty_groups(with_wires_kept(part, kept_wires, nodes)))


def duplicate(
    graph: Graph, ids: Iterable[int], offset: Point, *, with_incoming: bool = False
) -> tuple[Graph, dict[int, int]]:
    """Copy items beside themselves; returns the graph and the copies' ids by the originals'.

    Copies lie in the group that the originals lie in. ``with_incoming`` also wires the copies to the
    outside sources that the originals are wired to.
    """
    part = sub_graph(graph, ids)
    after, copies = insert(graph, part, offset)
    after = with_sound_bends(_in_the_same_groups(graph, after, part, copies))
    if not with_incoming:
        return after, copies
    dx, dy = checked_position(offset)

    def moved(point: Point) -> Point:
        return kept(point[0] + dx), kept(point[1] + dy)

    sources, bends, outputs = dict(after.sources), dict(after.bends), dict(after.outputs)
    port_bends = dict(after.port_bends)
    for old in part.nodes:
        copy = copies[old]
        wired = [(slot, source) for slot, source in _wired(graph, old) if source is not None]
        for slot, _ in wired:  # a part may have closed up the slots that had wires from outside
            for ends in (sources, bends, outputs, port_bends):
                ends.pop((copy, slot), None)
        for slot, source in wired:
            sources[copy, slot] = copies.get(source, source)
            if output := graph.output_of(old, slot):
                outputs[copy, slot] = output
            if source not in copies:
                continue
            if points := graph.bends.get((old, slot)):
                bends[copy, slot] = tuple(map(moved, points))
            if led := [bent for bent in graph.port_bends.get((old, slot), ()) if copies.keys() >= set(bent[:2])]:
                port_bends[copy, slot] = _led(led, copies, moved)
    after = replace(after, sources=frozen(sources), bends=frozen(bends), outputs=frozen(outputs))
    return with_sound_bends(replace(after, port_bends=frozen(port_bends))), copies


def expanded(graph: Graph, ids: Iterable[int]) -> frozenset[int]:
    """The items of those ids and all that lies in the groups among them. Raises EditError."""
    chosen = set(ids)
    for identifier in tuple(chosen):
        item_group(graph, identifier)  # refuses what is unknown
        if identifier in graph.groups:
            chosen.update(inside_group(graph, identifier))
    return frozenset(chosen)


def nodes_among(graph: Graph, ids: Iterable[int]) -> tuple[int, ...]:
    """The nodes of those ids, and those in the groups among them. Raises EditError."""
    found: dict[int, None] = {}
    for identifier in ids:
        item_group(graph, identifier)
        inside = nodes_within(graph, identifier) if identifier in graph.groups else (identifier,)
        found.update(dict.fromkeys(node for node in inside if node in graph.nodes))
    return tuple(found)


def _wired(graph: Graph, target: int) -> list[tuple[int, int | None]]:
    return list(enumerate(graph.inputs_of(target)))


def _kept_group(groups: Mapping[int, object], path: tuple[int, ...]) -> int | None:
    return next((group for group in reversed(path) if group in groups), None)


def _in_the_same_groups(graph: Graph, after: Graph, part: Graph, copies: Mapping[int, int]) -> Graph:
    """Put copies of what the part holds in no group where their originals lie."""
    homes = {new: item_group(graph, old) for old, new in copies.items() if item_group(part, old) is None}
    return with_homes(after, {new: home for new, home in homes.items() if home is not None})


def _free_names(graph: Graph, other: Graph) -> dict[int, tuple[str, ...]]:
    """Names for the outputs of each node of another graph: their own where those are free here."""
    taken = {name for node in graph.nodes.values() for name in node.names}
    wanted = {name for node in other.nodes.values() for name in node.names}
    candidates: dict[str, Iterable[str]] = {}

    def free(name: str, op_name: str) -> str:
        if name in taken:
            stem = op_name if name.startswith(f"{op_name}_") else name
            rest = candidates.setdefault(stem, candidate_names(stem))
            name = next(n for n in rest if n not in taken and n not in wanted and spelling_problem(n) is None)
        taken.add(name)
        return name

    nodes = sorted(other.nodes.values(), key=lambda node: node.id)
    return {node.id: tuple(free(name, node.op_name) for name in node.names) for node in nodes}


def _check_depth(graph: Graph, other: Graph, group: int | None) -> None:
    around = len(breadcrumbs(graph, group))
    if any(len(breadcrumbs(other, inner)) + around > MAX_DEPTH for inner in other.groups):
        refuse(f"Groups may lie in each other at most {MAX_DEPTH} deep. Paste outside the group.")
