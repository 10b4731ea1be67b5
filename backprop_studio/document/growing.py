"""Nodes that take one input more: a fully wired ``add`` grows into ``add_n``, which shrinks again with its wires.

Which operation grows into which is declared (``Op.wider``). A node that grows or shrinks keeps its id, its name and
its wires.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from backprop_studio.document.edit_checks import with_nodes
from backprop_studio.document.graph import Graph
from backprop_studio.engine.op import Op
from backprop_studio.engine.ops import registry


def growth_slot(graph: Graph, identifier: int) -> int | None:
    """The slot after the last one, where a wire makes a node grow; None where it has a free input, or can not grow."""
    op = graph.nodes[identifier].op
    count = len(op.inputs)
    wired = op.wider is not None and all((identifier, slot) in graph.sources for slot in range(count))
    return count if wired else None


def op_with_wire(graph: Graph, identifier: int, slot: int) -> Op:
    """The operation that a node has once a wire ends in that slot."""
    op = graph.nodes[identifier].op
    return registry[op.wider] if op.wider is not None and slot == len(op.inputs) else op


def grown(graph: Graph, identifier: int) -> Graph:
    """The graph in which a node that ``growth_slot`` has an answer for takes any number of inputs."""
    node = graph.nodes[identifier]
    return with_nodes(graph, [node.with_(op_name=node.op.wider)])


def shrunk(before: Graph, after: Graph, targets: Iterable[int]) -> Graph:
    """``after``, where those of ``targets`` that lost wires and need no wider operation any more have none.

    A node that never had more wires than the narrower operation takes stays what it was made as.
    """
    narrowed = []
    for target in targets:
        node = after.nodes.get(target)
        narrow = None if node is None else _narrower(node.op_name)
        if node is not None and narrow is not None:
            most = len(narrow.inputs)
            if before.wired_count(target) > most >= after.wired_count(target):
                narrowed.append(node.with_(op_name=narrow.name))
    return with_nodes(after, narrowed)


@cache
def _narrower(op_name: str) -> Op | None:
    """The operation that the one of that name is the wider form of."""
    return next((op for op in registry if op.wider == op_name), None)
