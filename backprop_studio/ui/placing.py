"""Where a node goes that is placed without a pointer."""

from __future__ import annotations

import numpy as np

from backprop_studio.document.graph import Graph, Point, slots_shown
from backprop_studio.document.node_size import NODE_WIDTH, node_height
from backprop_studio.engine.op import Op

GAP = 24.0
STEP = 24.0
"""Positions are tried at this distance from each other, on rings around the one wanted."""
RINGS = 40


def free_place(graph: Graph, op: Op, wanted: Point) -> Point:
    """The place nearest to ``wanted`` (a top left corner) where the node covers no other; ``wanted`` if all is full."""
    height = node_height(slots_shown(op))
    corners = np.array([node.position for node in graph.nodes.values()], float).reshape(-1, 2)
    talls = np.array([node_height(graph.slot_count(node)) for node in graph.nodes], float)
    reach = RINGS * STEP + NODE_WIDTH + GAP + height
    near = (np.abs(corners - wanted) < reach + talls[:, None]).all(1)
    (xs, ys), talls = corners[near].T, talls[near]

    for distance in range(RINGS):
        places = np.array([(wanted[0] + dx * STEP, wanted[1] + dy * STEP) for dx, dy in ring(distance)])
        x, y = places[:, :1], places[:, 1:]
        covered = (np.abs(x - xs) < NODE_WIDTH + GAP) & (ys - height - GAP < y) & (y < ys + talls + GAP)
        free = ~covered.any(1)
        if free.any():
            place = places[int(free.argmax())].tolist()
            return place[0], place[1]
    return wanted


def ring(distance: int) -> list[tuple[int, int]]:
    """The offsets at a ``distance`` in steps, the nearest first, to the right and below before the others."""
    sides = range(-distance, distance + 1)
    around = [(dx, dy) for dx in sides for dy in sides if max(abs(dx), abs(dy)) == distance]
    return sorted(around, key=lambda offset: (offset[0] ** 2 + offset[1] ** 2, offset[0] < 0, offset[1] < 0))
