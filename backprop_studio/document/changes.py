"""What differs between two graphs, so that a view need touch only that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from backprop_studio.document.graph import Graph, Wire

_NO_IDS: frozenset[int] = frozenset()
_NO_WIRES: frozenset[Wire] = frozenset()


@dataclass(frozen=True, slots=True)
class GraphChange:
    """The way from one graph to another.

    ``added`` and ``removed`` are ids of nodes in only one of them, ``changed`` ids of nodes in both
    that are not equal. A rewired slot shows as one wire removed and one added. ``resized`` are ids of
    nodes in both that show another number of input slots.
    """

    added: frozenset[int] = _NO_IDS
    removed: frozenset[int] = _NO_IDS
    changed: frozenset[int] = _NO_IDS
    wires_added: frozenset[Wire] = _NO_WIRES
    wires_removed: frozenset[Wire] = _NO_WIRES
    loss_changed: bool = False
    resized: frozenset[int] = _NO_IDS

    @property
    def is_empty(self) -> bool:
        """True where nothing differs."""
        sets = (self.added, self.removed, self.changed, self.wires_added, self.wires_removed)
        return not (self.loss_changed or any(sets))


def difference(before: Graph, after: Graph) -> GraphChange:
    """What differs between two graphs. Nodes that are the same object are not looked into."""
    if before is after:
        return GraphChange()
    added = removed = changed = _NO_IDS
    if before.nodes is not after.nodes:
        added, removed, changed = _node_differences(before, after)
    wires_added = wires_removed = _NO_WIRES
    if before.sources is not after.sources:
        wires_added = _wires_missing(after, before)
        wires_removed = _wires_missing(before, after)
    resized = _resized(before, after, {wire.target for wire in (*wires_added, *wires_removed)})
    return GraphChange(added, removed, changed, wires_added, wires_removed, before.loss != after.loss, resized)


def _node_differences(before: Graph, after: Graph) -> tuple[frozenset[int], frozenset[int], frozenset[int]]:
    """Ids added, removed and changed."""
    old, new = before.nodes, after.nodes
    added = []
    changed = []
    for identifier, node in new.items():
        previous = old.get(identifier)
        if previous is node:
            continue
        if previous is None:
            added.append(identifier)
        elif previous != node:
            changed.append(identifier)
    removed: frozenset[int] = _NO_IDS
    if len(old) + len(added) != len(new):
        removed = frozenset(identifier for identifier in old if identifier not in new)
    return frozenset(added), removed, frozenset(changed)


def _resized(before: Graph, after: Graph, targets: Iterable[int]) -> frozenset[int]:
    """Those of the nodes at which wires came or went that show another number of slots."""
    return frozenset(
        target
        for target in targets
        if target in before.nodes and target in after.nodes and before.slot_count(target) != after.slot_count(target)
    )


def _wires_missing(these: Graph, those: Graph) -> frozenset[Wire]:
    """Wires of one graph that the other has not."""
    other = those.sources
    return frozenset(
        Wire(source, target, slot)
        for (target, slot), source in these.sources.items()
        if other.get((target, slot)) != source
    )
