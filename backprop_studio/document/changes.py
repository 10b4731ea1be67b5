"""What differs between two graphs, so that a view need touch only that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from backprop_studio.document.graph import Graph, Wire

_NO_IDS: frozenset[int] = frozenset()
_NO_WIRES: frozenset[Wire] = frozenset()


@dataclass(frozen=True, slots=True)
class GraphChange:
    """The way from one graph to another.

    ``added`` and ``removed`` are ids of nodes in only one of them, ``changed`` ids of nodes in both
    that are not equal. A rewired slot shows as one wire removed and one added, the same wire where it comes from
    another output of its source. ``resized`` are ids of nodes in both that show another number of input slots;
    ``modes`` and ``grouped`` are those of the changed nodes whose mode or group is another. ``bends`` are wires in
    both that go through other points. ``frames``, ``comments`` and ``groups`` are ids that came, went or changed;
    ``after`` tells which.
    """

    added: frozenset[int] = _NO_IDS
    removed: frozenset[int] = _NO_IDS
    changed: frozenset[int] = _NO_IDS
    wires_added: frozenset[Wire] = _NO_WIRES
    wires_removed: frozenset[Wire] = _NO_WIRES
    loss_changed: bool = False
    resized: frozenset[int] = _NO_IDS
    modes: frozenset[int] = _NO_IDS
    grouped: frozenset[int] = _NO_IDS
    bends: frozenset[Wire] = _NO_WIRES
    frames: frozenset[int] = _NO_IDS
    comments: frozenset[int] = _NO_IDS
    groups: frozenset[int] = _NO_IDS
    training_changed: bool = False
    """The whole graph went from training to evaluation mode, or back."""

    @property
    def is_empty(self) -> bool:
        """True where nothing differs."""
        sets = (
            self.added, self.removed, self.changed, self.wires_added, self.wires_removed,
            self.bends, self.frames, self.comments, self.groups,
        )  # fmt: skip
        return not (self.loss_changed or self.training_changed or any(sets))


def difference(before: Graph, after: Graph) -> GraphChange:
    """What differs between two graphs. Nodes that are the same object are not looked into."""
    if before is after:
        return GraphChange()
    added = removed = changed = _NO_IDS
    if before.nodes is not after.nodes:
        added, removed, changed = _node_differences(before, after)
    wires_added = wires_removed = _NO_WIRES
    if before.sources is not after.sources or before.outputs is not after.outputs:
        wires_added = _wires_missing(after, before)
        wires_removed = _wires_missing(before, after)
    resized = _resized(before, after, {*changed, *(wire.target for wire in (*wires_added, *wires_removed))})
    old, new = before.nodes, after.nodes
    return GraphChange(
        added,
        removed,
        changed,
        wires_added,
        wires_removed,
        before.loss != after.loss,
        resized,
        modes=frozenset(i for i in changed if old[i].mode != new[i].mode),
        grouped=frozenset(i for i in changed if old[i].group != new[i].group),
        bends=_bends_changed(before, after),
        frames=_parts_changed(before.frames, after.frames),
        comments=_parts_changed(before.comments, after.comments),
        groups=_parts_changed(before.groups, after.groups),
        training_changed=before.training != after.training,
    )


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
        elif previous.position != node.position or previous != node:  # most often many were moved
            changed.append(identifier)
    removed: frozenset[int] = _NO_IDS
    if len(old) + len(added) != len(new):
        removed = frozenset(identifier for identifier in old if identifier not in new)
    return frozenset(added), removed, frozenset(changed)


def _resized(before: Graph, after: Graph, targets: Iterable[int]) -> frozenset[int]:
    """Those of the nodes that changed, or whose wires did, that show another number of slots."""

    def is_resized(target: int) -> bool:
        old, new = before.nodes.get(target), after.nodes.get(target)
        if old is None or new is None or (old.op_name == new.op_name and not new.op.variadic):
            return False
        return before.slot_count(target) != after.slot_count(target)

    return frozenset(filter(is_resized, targets))


def _bends_changed(before: Graph, after: Graph) -> frozenset[Wire]:
    """Wires of both graphs that go through other points."""
    if before.bends is after.bends and before.port_bends is after.port_bends:
        return _NO_WIRES
    led = (before.bends, after.bends, before.port_bends, after.port_bends)
    return frozenset(
        Wire(after.sources[end], *end)
        for end in set().union(*led)
        if end in after.sources
        and before.sources.get(end) == after.sources[end]
        and (before.bends.get(end), before.port_bends.get(end)) != (after.bends.get(end), after.port_bends.get(end))
    )


def _parts_changed(old: Mapping[int, object], new: Mapping[int, object]) -> frozenset[int]:
    """Ids that only one of two mappings has or that stand for something else."""
    if old is new:
        return _NO_IDS
    return frozenset(identifier for identifier in old.keys() | new.keys() if old.get(identifier) != new.get(identifier))


def _wires_missing(these: Graph, those: Graph) -> frozenset[Wire]:
    """Wires of one graph that the other has not, or has from another output."""
    other, here, there = those.sources, these.outputs, those.outputs
    missing = {
        Wire(source, target, slot)
        for (target, slot), source in these.sources.items()
        if other.get((target, slot)) != source
    }
    if here is not there:
        ends = (end for end in here.keys() | there.keys() if end in these.sources and here.get(end) != there.get(end))
        missing.update(Wire(these.sources[end], *end) for end in ends)
    return frozenset(missing)
