"""What the geometry is told: boxes with ports on both sides, and lines from an output to an input.

A box is a node, a collapsed group or an edge of the group that was entered. A line may stand for several
wires of the graph; the first of them is its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from backprop_studio.document.graph import Graph, Node, Point, Wire
from backprop_studio.document.groups import Level, Ports
from backprop_studio.document.node_size import EDGE_WIDTH, BoxShape, group_shape, node_shape
from backprop_studio.document.port_bends import bends_drawn
from backprop_studio.document.port_names import width_for

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


ENTRY, EXIT = -1, -2
"""In place of ids: the boxes at the left and right edge of an entered group, with its inputs and its outputs."""
EDGE_GAP = 60.0
"""Free space between what a group holds and its edges."""


def level_boxes(graph: Graph, level: Level) -> list[Box]:
    """The boxes of a level: nodes, collapsed groups above them, and the edges of the group that was entered."""
    boxes = node_boxes(graph, level.nodes)
    boxes += [Box(group, graph.groups[group].position, level.ports[group].shape) for group in level.groups]
    return boxes if level.inside is None else [*boxes, *_edges(boxes, level.ports[level.inside])]


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


def _edges(boxes: Sequence[Box], ports: Ports) -> list[Box]:
    """The edges of an entered group: beside what it holds, level with its middle."""
    left, right = min(box.corner[0] for box in boxes), max(box.corner[0] + box.shape.width for box in boxes)
    top, bottom = min(box.corner[1] for box in boxes), max(box.corner[1] + box.shape.height for box in boxes)
    found = []
    for item, inputs, outputs in ((ENTRY, 0, len(ports.inputs)), (EXIT, len(ports.outputs), 0)):
        if inputs or outputs:
            names = [port.name for port in (ports.inputs if item == ENTRY else ports.outputs)]
            shape = group_shape(inputs, outputs, width_for("", names, (), EDGE_WIDTH))
            x = left - EDGE_GAP - shape.width if item == ENTRY else right + EDGE_GAP
            y = round((top + bottom - shape.height) / 20) * 10.0
            found.append(Box(item, (x, y), shape))
    return found
