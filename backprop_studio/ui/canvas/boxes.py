"""What the geometry is told: boxes with ports on both sides, and lines from an output to an input.

A box is a node, a collapsed group or an edge of the group that was entered. A line may stand for several
wires of the graph; the first of them is its name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from backprop_studio.document.graph import Graph, Node, Point, Wire
from backprop_studio.document.node_size import BoxShape, node_shape

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


class Box(NamedTuple):
    """A box, by the id of what it stands for. ``corner`` is the top left one, in scene units."""

    item: int
    corner: Point
    shape: BoxShape


class Line(NamedTuple):
    """A wire as it is drawn, between two ports. ``others`` are the further wires that it stands for."""

    wire: Wire
    source: Port
    target: Port
    bends: tuple[Point, ...] = ()
    others: tuple[Wire, ...] = ()


def node_box(graph: Graph, node: Node) -> Box:
    """The box of a node."""
    return Box(node.id, node.position, node_shape(graph.slot_count(node.id), len(node.names)))


def wire_line(graph: Graph, wire: Wire) -> Line:
    """The line of a wire between two nodes."""
    bends = graph.bends.get((wire.target, wire.slot), ()) if graph.bends else ()
    return Line(
        wire,
        Port(wire.source, "out", graph.output_of(wire.target, wire.slot)),
        Port(wire.target, "in", wire.slot),
        bends,
    )


def node_boxes(graph: Graph, nodes: Iterable[int]) -> list[Box]:
    """The boxes of some nodes."""
    return [node_box(graph, graph.nodes[identifier]) for identifier in nodes]


def wire_lines(graph: Graph, wires: Iterable[Wire]) -> list[Line]:
    """The lines of some wires between nodes."""
    return [wire_line(graph, wire) for wire in wires]
