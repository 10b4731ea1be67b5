"""Bends of wires where these are drawn at a port of a group: outside it at its box, within it from or to its edge.

One wire may be drawn at several levels, and has bends of its own at each. They go with the wire, and when one
of the two items that it is drawn between does not stand for its end any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from backprop_studio.document.edit_checks import kept, refuse
from backprop_studio.document.graph import Graph, Wire, frozen
from backprop_studio.document.groups import breadcrumbs
from backprop_studio.document.parts import Point, PortBends

Faces = tuple[int, int]
"""The items that a wire is drawn between at one level: nodes, collapsed groups, or the group one is in."""


def faces_of(graph: Graph, wire: Wire) -> set[Faces]:
    """Between which items a wire may be drawn at a port of a group, at any level, whatever is collapsed."""
    left, right = (breadcrumbs(graph, graph.nodes[node].group) for node in (wire.source, wire.target))
    shared = sum(1 for one, other in zip(left, right, strict=False) if one == other)
    sources, targets = (*left[shared:], wire.source), (*right[shared:], wire.target)
    found = {(one, other) for one in sources for other in targets}
    found |= {(group, inner) for place, group in enumerate(targets) for inner in targets[place + 1 :]}
    found |= {(inner, group) for place, group in enumerate(sources) for inner in sources[place + 1 :]}
    return found - {(wire.source, wire.target)}


def bends_drawn(graph: Graph, wires: Sequence[Wire], faces: Faces) -> tuple[Point, ...]:
    """The bends of a line that stands for several wires, drawn between two items."""
    for wire in wires if graph.port_bends else ():
        for source, target, points in graph.port_bends.get((wire.target, wire.slot), ()):
            if (source, target) == faces:
                return points
    return ()


def with_bends_drawn(graph: Graph, wires: Sequence[Wire], faces: Faces, points: tuple[Point, ...]) -> Graph:
    """Lead a line that stands for several wires, drawn between two items, through points. Raises EditError."""
    led = dict(graph.port_bends)
    for wire in wires:
        end = (wire.target, wire.slot)
        if graph.sources.get(end) != wire.source or faces not in faces_of(graph, wire):
            refuse("That wire is not drawn there any more, so there is nothing to bend. Bend it where it is now.")
        others = [bends for bends in led.pop(end, ()) if bends[:2] != faces]
        if points:
            others.append(PortBends(*faces, points))
        if others:
            led[end] = tuple(sorted(others))
    return graph if led == graph.port_bends else replace(graph, port_bends=frozen(led))


def with_sound_bends(graph: Graph) -> Graph:
    """The graph without the bends of wires at ports that they do not pass any more."""
    if not graph.port_bends:
        return graph
    led = {}
    for end, given in graph.port_bends.items():
        possible = faces_of(graph, Wire(graph.sources[end], *end))
        left = tuple(bends for bends in given if bends[:2] in possible)
        if left:
            led[end] = left
    return graph if led == graph.port_bends else replace(graph, port_bends=frozen(led))


def with_bends_moved(graph: Graph, shifts: Mapping[int, Point]) -> Graph:
    """Bends of a line go along where both items that it is drawn between move alike; those at an edge with its group.

    ``shifts`` is how far each item moves that moves at all.
    """
    led = {end: tuple(_moved(bends, shifts) for bends in given) for end, given in graph.port_bends.items()}
    return graph if led == graph.port_bends else replace(graph, port_bends=frozen(led))


def _moved(bends: PortBends, shifts: Mapping[int, Point]) -> PortBends:
    shift = shifts.get(bends.source)
    if shift is None or shift != shifts.get(bends.target):
        return bends
    return bends._replace(points=tuple((kept(x + shift[0]), kept(y + shift[1])) for x, y in bends.points))
