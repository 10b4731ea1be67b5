"""The boxes of a level: nodes, collapsed groups, and the edges of the group that was entered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from backprop_studio.document.graph import Graph, Node, Point
from backprop_studio.document.groups import End, GroupPort, Level
from backprop_studio.document.node_size import EDGE_WIDTH, BoxShape, group_shape, node_shape
from backprop_studio.document.port_names import width_for


class Box(NamedTuple):
    """A box, by the id of what it stands for. ``corner`` is the top left one, in scene units."""

    item: int
    corner: Point
    shape: BoxShape


ENTRY, EXIT = -1, -2
"""In place of ids: the boxes at the left and right edge of an entered group, with its inputs and its outputs."""
EDGE_GAP = 70.0
"""Free space between what a group holds and its edges."""


def node_box(graph: Graph, node: Node) -> Box:
    """The box of a node."""
    return Box(node.id, node.position, node_shape(graph.slot_count(node.id), len(node.names)))


def node_boxes(graph: Graph, nodes: Iterable[int]) -> list[Box]:
    """The boxes of some nodes."""
    return [node_box(graph, graph.nodes[identifier]) for identifier in nodes]


def level_boxes(graph: Graph, level: Level) -> list[Box]:
    """The boxes of a level: nodes, collapsed groups above them, and the edges of the group that was entered."""
    boxes = node_boxes(graph, level.nodes)
    boxes += [Box(group, graph.groups[group].position, level.ports[group].shape) for group in level.groups]
    return boxes if level.inside is None else [*boxes, *_edges(level, boxes)]


def inner_ends(level: Level, port: GroupPort) -> list[End]:
    """Where the wires of an input of the group that was entered end within, or where that of an output begins."""
    if not port.slots:
        assert port.node is not None
        face = level.shown_as[port.node]
        sides = level.ports[face].outputs if face != port.node else ()
        return [End(face, next((n for n, p in enumerate(sides) if (p.node, p.output) == (port.node, port.output)), 0))]
    found = []
    for node, slot in port.slots:
        face = level.shown_as[node]
        sides = level.ports[face].inputs if face != node else ()
        found.append(End(face, next((n for n, p in enumerate(sides) if (node, slot) in p.slots), slot)))
    return found


def _edges(level: Level, boxes: Sequence[Box]) -> list[Box]:
    """The edges of an entered group: beside what it holds, level with what their ports lead to."""
    assert level.inside is not None
    ports = level.ports[level.inside]
    left, right = min(box.corner[0] for box in boxes), max(box.corner[0] + box.shape.width for box in boxes)
    by_item = {box.item: box for box in boxes}
    found = []
    for item, side in ((ENTRY, ports.inputs), (EXIT, ports.outputs)):
        if not side:
            continue
        width = width_for("", [port.name for port in side], (), EDGE_WIDTH)
        shape = group_shape(0 if item == ENTRY else len(side), len(side) if item == ENTRY else 0, width)
        heights = shape.outputs if item == ENTRY else shape.inputs
        shifts = []
        for port, height in zip(side, heights, strict=True):
            for end in inner_ends(level, port):
                box = by_item[end.item]
                levels = box.shape.inputs if item == ENTRY else box.shape.outputs
                shifts.append(box.corner[1] + levels[end.port] - height)
        x = left - EDGE_GAP - shape.width if item == ENTRY else right + EDGE_GAP
        found.append(Box(item, (x, round(sum(shifts) / len(shifts) / 10) * 10.0), shape))
    return found
