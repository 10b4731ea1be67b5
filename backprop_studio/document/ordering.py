"""The order in which a person walks through a graph: what is computed first comes first."""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from backprop_studio.document.graph import Graph


def walking_order(graph: Graph) -> list[int]:
    """All nodes, each after those it takes its inputs from; of several that may come next, from left to right.

    Nodes that stand in a cycle or behind one come last, from left to right.
    """
    waiting = dict.fromkeys(graph.nodes, 0)
    for target, _ in graph.sources:
        waiting[target] += 1

    def rank(node: int) -> tuple[float, float, int]:
        """From left to right, from top to bottom."""
        x, y = graph.nodes[node].position
        return x, y, node

    ready = [rank(node) for node, count in waiting.items() if count == 0]
    heapify(ready)
    order: list[int] = []
    while ready:
        node = heappop(ready)[2]
        order.append(node)
        for wire in graph.wires_from(node):
            waiting[wire.target] -= 1
            if waiting[wire.target] == 0:
                heappush(ready, rank(wire.target))
    left = graph.nodes.keys() - set(order)
    return order + sorted(left, key=rank)
