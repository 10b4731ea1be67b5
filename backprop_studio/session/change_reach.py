"""How far a change of the graph reaches: to the picture, to names, or to numbers."""

from __future__ import annotations

from dataclasses import fields
from enum import IntEnum
from operator import attrgetter, is_

from backprop_studio.document.changes import GraphChange
from backprop_studio.document.graph import Graph, Node


class Reach(IntEnum):
    """What a change can alter, from least to most."""

    NOTHING = 0
    PLACES = 1
    """Nodes have moved; every number and every sentence stays."""
    NAMES = 2
    """Nodes are called otherwise; every number stays, and so do the events of the passes."""
    NUMBERS = 3


_telling = attrgetter(*(field.name for field in fields(Node) if field.name not in ("position", "group", "color")))
"""What of a node may alter numbers or names."""


def reach(before: Graph, after: Graph, change: GraphChange) -> Reach:
    """How far ``change``, the difference between two graphs, reaches."""
    if change.is_empty:
        return Reach.NOTHING
    wires = change.wires_added or change.wires_removed
    if change.added or change.removed or wires or change.loss_changed or change.training_changed:
        return Reach.NUMBERS
    furthest = Reach.PLACES
    for identifier in change.changed:
        old, new = before.nodes[identifier], after.nodes[identifier]
        if all(map(is_, _telling(old), _telling(new))):
            continue  # most often: many nodes were moved
        named = old if old.names == new.names else old.named(new.names)
        if named.with_(position=new.position, group=new.group, color=new.color) != new:
            return Reach.NUMBERS
        if old.names != new.names:
            furthest = Reach.NAMES
    return furthest
