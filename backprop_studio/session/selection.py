"""What is selected: nodes, groups, frames and comments, or a wire."""

from __future__ import annotations

from collections.abc import Iterable

from backprop_studio.document.graph import Graph, Wire


class Selection:
    """Sets of ids of nodes, of groups, of frames and comments, and at most one wire; always of things that exist."""

    def __init__(self) -> None:
        self.nodes: frozenset[int] = frozenset()
        self.notes: frozenset[int] = frozenset()
        """Ids of frames and comments."""
        self.groups: frozenset[int] = frozenset()
        self.wire: Wire | None = None

    @property
    def items(self) -> frozenset[int]:
        """All that has a place."""
        return self.nodes | self.groups | self.notes

    def choose(self, graph: Graph, ids: Iterable[int], wire: Wire | None) -> bool:
        """Select what ``graph`` has of ``ids`` and ``wire``. True where the selection is another one now."""
        chosen = frozenset(ids)
        nodes = frozenset(identifier for identifier in chosen if identifier in graph.nodes)
        notes = frozenset(i for i in chosen - nodes if i in graph.frames or i in graph.comments)
        groups = frozenset(i for i in chosen - nodes if i in graph.groups)
        if wire is not None and graph.source_of(wire.target, wire.slot) != wire.source:
            wire = None
        changed = (nodes, groups, notes, wire) != (self.nodes, self.groups, self.notes, self.wire)
        self.nodes, self.groups, self.notes, self.wire = nodes, groups, notes, wire
        return changed

    def prune(self, graph: Graph) -> bool:
        """Let go of what ``graph`` does not have. True where there was something."""
        return self.choose(graph, self.items, self.wire)
