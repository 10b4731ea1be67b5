"""Where a node goes that is placed without a pointer."""

from __future__ import annotations

from backprop_studio.document.graph import Graph, Point, slots_shown
from backprop_studio.document.node_size import NODE_WIDTH, node_height
from backprop_studio.engine.op import Op

GAP = 24.0
STEP = 24.0
"""Positions are tried at this distance from each other, on rings around the one wanted."""
RINGS = 40


def free_place(graph: Graph, op: Op, wanted: Point) -> Point:
    """The place nearest to ``wanted`` (a top left corner) where the node covers no other; ``wanted`` if all is full."""
    boxes = [(node.position, node_height(graph.slot_count(node.id))) for node in graph.nodes.values()]
    height = node_height(slots_shown(op))

    def is_free(place: Point) -> bool:
        """Does a node there keep its distance from all others?"""
        return not any(
            abs(place[0] - x) < NODE_WIDTH + GAP and y - height - GAP < place[1] < y + tall + GAP
            for (x, y), tall in boxes
        )

    for ring in range(RINGS):
        around = [
            (dx, dy) for dx in range(-ring, ring + 1) for dy in range(-ring, ring + 1) if max(abs(dx), abs(dy)) == ring
        ]
        for dx, dy in sorted(
            around, key=lambda offset: (offset[0] ** 2 + offset[1] ** 2, offset[0] < 0, offset[1] < 0)
        ):
            place = (wanted[0] + dx * STEP, wanted[1] + dy * STEP)
            if is_free(place):
                return place
    return wanted
