"""What the geometry is told: boxes with ports on both sides, and lines from an output to an input.

A box is a node, a collapsed group or an edge of the group that was entered. A line may stand for several
wires of the graph; the first of them is its name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from backprop_studio.document.graph import Graph, Point, Wire
from backprop_studio.document.groups import Level
from backprop_studio.document.level_boxes import ENTRY, EXIT, Box, level_boxes, node_box, node_boxes
from backprop_studio.document.port_bends import bends_drawn

__all__ = [
    "ENTRY", "EXIT", "Box", "Line", "Port", "Side", "level_boxes", "level_lines", "node_box", "node_boxes", "wire_line",
    "wire_lines",
]  # fmt: skip

Side = Literal["in", "out"]


class Port(NamedTuple):
    """A port of a box: its number among those of its side, from top to bottom.

    Of a node the number of an input is its slot. At the edges of an entered group what comes in is an output.
    """

    item: int
    side: Side
    number: int = 0

    @property
    def is_input(self) -> bool:
        """Does a wire end here?"""
        return self.side == "in"


class Line(NamedTuple):
    """A wire as it is drawn, between two ports. ``others`` are the further wires that it stands for."""

    wire: Wire
    source: Port
    target: Port
    bends: tuple[Point, ...] = ()
    others: tuple[Wire, ...] = ()


def wire_line(graph: Graph, wire: Wire) -> Line:
    """The line of a wire between two nodes."""
    bends = graph.bends.get((wire.target, wire.slot), ()) if graph.bends else ()
    return Line(
        wire,
        Port(wire.source, "out", graph.output_of(wire.target, wire.slot)),
        Port(wire.target, "in", wire.slot),
        bends,
    )


def wire_lines(graph: Graph, wires: Iterable[Wire]) -> list[Line]:
    """The lines of some wires between nodes."""
    return [wire_line(graph, wire) for wire in wires]


def level_lines(graph: Graph, level: Level) -> list[Line]:
    """The lines of a level."""
    lines = []
    for start, stop, wires in level.wires:
        if start.item in graph.nodes and stop.item in graph.nodes:
            lines.append(wire_line(graph, wires[0]))
            continue
        source = Port(ENTRY if start.item == level.inside else start.item, "out", start.port)
        target = Port(EXIT if stop.item == level.inside else stop.item, "in", stop.port)
        bends = bends_drawn(graph, wires, (start.item, stop.item))
        lines.append(Line(wires[0], source, target, bends, wires[1:]))
    return lines
