"""What is selected: nodes, or a wire."""

from __future__ import annotations

from collections.abc import Iterable

from backprop_studio.document.graph import Graph, Wire


class Selection:
    """A set of node ids and at most one wire, always of things that exist."""

    def __init__(self) -> None:
        self.nodes: frozenset[int] = frozenset()
        self.wire: Wire | None = None

    def choose(self, graph: Graph, ids: Iterable[int], wire: Wire | None) -> bool:
        """Select what ``graph`` has of ``ids`` and ``wire``. True where the selection is another one now."""
        nodes = frozenset(identifier for identifier in ids if identifier in graph.nodes)
        if wire is not None and graph.source_of(wire.target, wire.slot) != wire.source:
            wire = None
        changed = (nodes, wire) != (self.nodes, self.wire)
        self.nodes, self.wire = nodes, wire
        return changed

    def prune(self, graph: Graph) -> bool:
        """Let go of what ``graph`` does not have. True where there was something."""
        return self.choose(graph, self.nodes, self.wire)
