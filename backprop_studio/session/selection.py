"""What is selected: nodes, frames and comments, or a wire."""

from __future__ import annotations

from collections.abc import Iterable

from backprop_studio.document.graph import Graph, Wire


class Selection:
    """Sets of ids of nodes, and of frames and comments, and at most one wire; always of things that exist."""

    def __init__(self) -> None:
        self.nodes: frozenset[int] = frozenset()
        self.notes: frozenset[int] = frozenset()
        """Ids of frames and comments."""
        self.wire: Wire | None = None

    def choose(self, graph: Graph, ids: Iterable[int], wire: Wire | None) -> bool:
        """Select what ``graph`` has of ``ids`` and ``wire``. True where the selection is another one now."""
        chosen = frozenset(ids)
        nodes = frozenset(identifier for identifier in chosen if identifier in graph.nodes)
        notes = frozenset(i for i in chosen - nodes if i in graph.frames or i in graph.comments)
        if wire is not None and graph.source_of(wire.target, wire.slot) != wire.source:
            wire = None
        changed = (nodes, notes, wire) != (self.nodes, self.notes, self.wire)
        self.nodes, self.notes, self.wire = nodes, notes, wire
        return changed

    def prune(self, graph: Graph) -> bool:
        """Let go of what ``graph`` does not have. True where there was something."""
        return self.choose(graph, self.nodes | self.notes, self.wire)
