"""Groups as a view needs them: their ports, what is drawn where, and the way back up.

A group is a set of nodes of the one flat graph. Nothing that computes knows of groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from backprop_studio.document.graph import Graph, Wire
from backprop_studio.document.node_size import GROUP_WIDTH, BoxShape, group_shape
from backprop_studio.document.parts import Rect
from backprop_studio.document.port_names import free_input_names, width_for
from backprop_studio.engine.input_words import input_words

Slot = tuple[int, int]


@dataclass(frozen=True, slots=True)
class GroupPort:
    """One port of a group.

    Of an input, ``node`` is the source outside, None where nothing is wired yet, and ``slots`` are the inputs
    within that it feeds. Of an output, ``node`` is the node within. ``output`` is the number of the node's output.
    ``wires`` are the wires through the port. ``name`` is what it is called: the output that it carries or, where
    nothing is wired yet, what goes in.
    """

    node: int | None
    wires: tuple[Wire, ...]
    slots: tuple[Slot, ...] = ()
    output: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Ports:
    """All ports of a group, from top to bottom, and the width of its box, which has room for their names."""

    inputs: tuple[GroupPort, ...] = ()
    outputs: tuple[GroupPort, ...] = ()
    width: float = GROUP_WIDTH

    @property
    def shape(self) -> BoxShape:
        """The size of the collapsed group, and where its ports sit."""
        return group_shape(len(self.inputs), len(self.outputs), self.width)


class End(NamedTuple):
    """Where a drawn wire begins or ends.

    ``item`` is a node, a collapsed group or, at the edge of the level, the group one is in. ``port`` is the
    number of the port among the outputs of a node or group where the wire begins, among the inputs where it ends;
    at the edge of the level it is the other way round.
    """

    item: int
    port: int


class DrawnWire(NamedTuple):
    """A wire as it is drawn, and the wires of the graph that it stands for."""

    source: End
    target: End
    wires: tuple[Wire, ...]


@dataclass(frozen=True)
class Level:
    """What is drawn at one level of a graph: in a group that was entered, or outside all.

    ``groups`` are drawn as one node each, with the ports in ``ports``; ``open_groups`` only as an outline
    around what they hold. ``ports`` also has those of the group that was entered, drawn at the edges.
    """

    inside: int | None
    nodes: tuple[int, ...]
    groups: tuple[int, ...]
    open_groups: tuple[int, ...]
    frames: tuple[int, ...]
    comments: tuple[int, ...]
    wires: tuple[DrawnWire, ...]
    ports: Mapping[int, Ports]
    shown_as: Mapping[int, int]
    """For each node of the level: itself, or the collapsed group that it is seen as."""


def breadcrumbs(graph: Graph, group: int | None) -> tuple[int, ...]:
    """The groups from the outermost to ``group`` itself; () outside all."""
    path = []
    while group is not None:
        path.append(group)
        group = graph.groups[group].parent
    return tuple(reversed(path))


def groups_within(graph: Graph, group: int) -> tuple[int, ...]:
    """``group`` and all groups within it, outer ones first."""
    children: dict[int | None, list[int]] = {}
    for identifier in sorted(graph.groups):
        children.setdefault(graph.groups[identifier].parent, []).append(identifier)
    found = [group]
    for identifier in found:
        found += children.get(identifier, ())
    return tuple(found)


def nodes_within(graph: Graph, group: int) -> tuple[int, ...]:
    """All nodes in a group and in the groups within it."""
    return tuple(node for inner in groups_within(graph, group) for node in graph.members[inner])


def ports(graph: Graph, group: int) -> Ports:
    """The ports of a group: its cut wires, and what can be wired from outside.

    Inputs: one for each source outside that feeds something within, and one for each input within that
    has no wire; ordered by the first input that they feed. Outputs: one for each node within that is used
    outside, is the loss or has no user; ordered by node.
    """
    known = graph.worked_out
    found: Ports | None = known.get(("ports", group))
    if found is None:
        found = known["ports", group] = _ports(graph, group)
    return found


def _ports(graph: Graph, group: int) -> Ports:
    within = frozenset(nodes_within(graph, group))
    fed: dict[tuple[int, int], list[Slot]] = {}
    free: list[Slot] = []
    outputs = []
    for node in sorted(within):
        for slot, source in enumerate(graph.inputs_of(node)):
            if source is None:
                free.append((node, slot))
            elif source not in within:
                fed.setdefault((source, graph.output_of(node, slot)), []).append((node, slot))
        outputs += _outputs(graph, node, within)
    names = {key: graph.nodes[key[0]].names[key[1]] for key in fed}
    inputs = [
        GroupPort(source, tuple(Wire(source, *slot) for slot in slots), tuple(slots), output, names[source, output])
        for (source, output), slots in fed.items()
    ]
    called = free_input_names(graph, free, set(names.values()))
    inputs += [GroupPort(None, (), (slot,), name=name) for slot, name in zip(free, called, strict=True)]
    title = graph.groups[group].name
    width = width_for(title, [port.name for port in inputs], [port.name for port in outputs])
    return Ports(tuple(sorted(inputs, key=lambda port: port.slots[0])), tuple(outputs), width)


def _outputs(graph: Graph, node: int, within: frozenset[int]) -> list[GroupPort]:
    """The ports that the outputs of a node within make."""
    found = []
    for output in range(len(graph.nodes[node].names)):
        users = [wire for wire in graph.wires_from(node) if graph.output_of(wire.target, wire.slot) == output]
        cut = tuple(wire for wire in users if wire.target not in within)
        if cut or not users or (graph.loss == node and not output):
            found.append(GroupPort(node, cut, output=output, name=graph.nodes[node].names[output]))
    return found


def port_words(graph: Graph, port: GroupPort) -> str:
    """Everything about what a port stands for: what it is called, and the inputs within that it leads to."""
    if port.node is not None and not port.slots:
        return port.name
    shown = [f"{input_words(graph.nodes[node].op, slot)} of {graph.nodes[node].name}" for node, slot in port.slots[:3]]
    more = [f"{len(port.slots) - 3} more"] if len(port.slots) > 3 else []
    return f"{port.name}, to the {', '.join(shown + more)}"


def size_text(graph: Graph, group: int) -> str:
    """How many nodes lie in a group, at any depth."""
    count = len(nodes_within(graph, group))
    return "1 node" if count == 1 else f"{count} nodes"


def group_rect(graph: Graph, group: int) -> Rect:
    """The rectangle of a collapsed group."""
    x, y = graph.groups[group].position
    shape = ports(graph, group).shape
    return x, y, shape.width, shape.height


def visible(graph: Graph, inside: int | None = None) -> Level:
    """What is drawn in the group ``inside``, or outside all groups."""
    faces = _Faces(graph, inside)
    shown_as = {}
    for identifier, node in graph.nodes.items():
        if faces.is_within(node.group):
            shown_as[identifier] = faces.of_group(node.group) or identifier
    collapsed = [g for g in sorted(graph.groups) if g != inside and faces.is_within(g) and faces.of_group(g) == g]
    opened = [g for g in sorted(graph.groups) if g != inside and faces.is_within(g) and faces.of_group(g) is None]
    port_rows = {group: ports(graph, group) for group in collapsed}
    if inside is not None:
        port_rows[inside] = ports(graph, inside)
    return Level(
        inside,
        tuple(identifier for identifier, face in shown_as.items() if identifier == face),
        tuple(collapsed),
        tuple(opened),
        tuple(frame.id for frame in graph.frames.values() if faces.shows(frame.group)),
        tuple(comment.id for comment in graph.comments.values() if faces.shows(comment.group)),
        _drawn_wires(graph, shown_as, inside, port_rows),
        port_rows,
        shown_as,
    )


class _Faces:
    """As what things in each group are seen at one level."""

    def __init__(self, graph: Graph, inside: int | None) -> None:
        self._known: dict[int | None, tuple[bool, int | None]] = {None: (inside is None, None)}
        for group in graph.groups:
            self._learn(graph, group, inside)

    def is_within(self, group: int | None) -> bool:
        """Does the group belong to the level, at any depth?"""
        return self._known[group][0]

    def of_group(self, group: int | None) -> int | None:
        """The outermost collapsed group around what lies in ``group``, None where it is seen itself."""
        return self._known[group][1]

    def shows(self, group: int | None) -> bool:
        """Is what lies in ``group`` seen itself?"""
        return self._known[group] == (True, None)

    def _learn(self, graph: Graph, group: int | None, inside: int | None) -> None:
        path: list[int] = []
        while group not in self._known:
            assert group is not None
            path.append(group)
            group = graph.groups[group].parent
        for inner in reversed(path):
            within, face = self._known[graph.groups[inner].parent]
            if inner == inside:
                within, face = True, None
            elif within and face is None and graph.groups[inner].collapsed:
                face = inner
            self._known[inner] = (within, face)


def _drawn_wires(
    graph: Graph, shown_as: Mapping[int, int], inside: int | None, port_rows: Mapping[int, Ports]
) -> tuple[DrawnWire, ...]:
    if not port_rows:
        return tuple(
            DrawnWire(End(source, graph.output_of(target, slot)), End(target, slot), (Wire(source, target, slot),))
            for (target, slot), source in graph.sources.items()
            if source in shown_as and target in shown_as
        )
    inputs = {g: {slot: n for n, p in enumerate(rows.inputs) for slot in p.slots} for g, rows in port_rows.items()}
    outputs = {g: {(p.node, p.output): n for n, p in enumerate(rows.outputs)} for g, rows in port_rows.items()}
    drawn: dict[tuple[End, End], list[Wire]] = {}
    for wire in graph.wires:
        left, right = shown_as.get(wire.source), shown_as.get(wire.target)
        if (left is None and right is None) or (left == right and left != wire.source):
            continue
        end = (wire.target, wire.slot)
        origin = (wire.source, graph.output_of(*end))
        if left is None:
            assert inside is not None
            start = End(inside, inputs[inside][end])
        else:
            start = End(left, outputs[left][origin] if left in outputs else origin[1])
        if right is None:
            assert inside is not None
            stop = End(inside, outputs[inside][origin])
        else:
            stop = End(right, inputs[right][end] if right in inputs else wire.slot)
        drawn.setdefault((start, stop), []).append(wire)
    return tuple(DrawnWire(start, stop, tuple(wires)) for (start, stop), wires in drawn.items())


def common_group(graph: Graph, groups: Iterable[int | None]) -> int | None:
    """The innermost group that holds all of ``groups``, None where only the whole graph does."""
    paths = [breadcrumbs(graph, group) for group in groups]
    common: int | None = None
    for level in zip(*paths, strict=False):
        if len(set(level)) > 1:
            break
        common = level[0]
    return common
