"""First half of the layout: which column each node stands in, and in which order from top to bottom.

Works on one connected part of a graph. Wires that span several columns pass through *lanes*, one
place in each column between, so that they get room; a node's wires share one lane.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Links = list[tuple[int, int, int]]
"""Wires of one item on one side: (item there, input slot, number of inputs of the wire's target)."""

LANES_PER_NODE = 4
"""Room for that many places in lanes is kept on average; the longest wires beyond it get no lane."""


@dataclass
class Layers:
    """Items in columns: items below ``node_count`` are nodes, the others places in lanes."""

    node_count: int
    column: list[int]
    order: list[list[int]] = field(default_factory=list)
    """The items of each column, from top to bottom."""
    left: list[Links] = field(default_factory=list)
    right: list[Links] = field(default_factory=list)

    def is_lane(self, item: int) -> bool:
        """True for a place in a lane."""
        return item >= self.node_count


Inputs = Sequence[Sequence[tuple[int, int, int]]]
"""For each node its wires: (source node, slot, number of inputs). Nodes stand in topological order."""


Heed = Callable[[], None]
"""Called now and then while a layout is computed; what it raises ends that."""


def unheeding() -> None:
    """Let a layout go on."""


def layered(inputs: Inputs, heed: Heed = unheeding) -> Layers:
    """Columns and order of connected nodes 0, 1, … that are given in topological order."""
    column = _columns(inputs)
    layers = Layers(len(inputs), column)
    _add_links(layers, inputs)
    _first_order(layers, inputs)
    _reduce_crossings(layers, heed)
    return layers


def crossings(layers: Layers) -> int:
    """How many pairs of wires cross between neighbouring columns."""
    place = _places(layers)
    total = 0
    for items in layers.order[:-1]:
        ends: list[float] = []
        for item in items:
            heights = sorted(place[there] + _share(slot, count) for there, slot, count in layers.right[item])
            total += sum(len(ends) - bisect_right(ends, height) for height in heights)
            for height in heights:
                insort(ends, height)
    return total


def _columns(inputs: Inputs) -> list[int]:
    """Column of each node: after all its inputs, and sources (or what hangs on them alone) next to their users."""
    column = [0] * len(inputs)
    users: list[list[int]] = [[] for _ in inputs]
    movable = [True] * len(inputs)  # nothing left of the node holds it back
    for node, wires in enumerate(inputs):
        sources = {source for source, _, _ in wires}
        column[node] = 1 + max((column[source] for source in sources), default=-1)
        for source in sources:
            users[source].append(node)
    for node, wires in enumerate(inputs):
        movable[node] = all(movable[source] and len(users[source]) == 1 for source, _, _ in wires)
    for node in range(len(inputs) - 1, -1, -1):
        if users[node] and (movable[node] or len(users[node]) > len({source for source, _, _ in inputs[node]})):
            column[node] = min(column[user] for user in users[node]) - 1
    first = min(column)
    return [number - first for number in column]


def _add_links(layers: Layers, inputs: Inputs) -> None:
    """Link neighbouring columns, through lanes where a wire spans more than one."""
    column, count = layers.column, len(inputs)
    reach = [number + 1 for number in column]
    for node, wires in enumerate(inputs):
        for source, _, _ in wires:
            reach[source] = max(reach[source], column[node])
    spans = sorted((reach[node] - column[node] - 1, node) for node in range(count))
    budget = LANES_PER_NODE * count + 200
    lanes: dict[int, int] = {}
    layers.left = [[] for _ in range(count)]
    layers.right = [[] for _ in range(count)]
    for span, node in spans:
        if span == 0:
            continue
        if span > budget:
            break
        budget -= span
        lanes[node] = len(column)
        for step in range(span):
            item = len(column)
            column.append(column[node] + 1 + step)
            layers.left.append([])
            layers.right.append([])
            _link(layers, item - 1 if step else node, item, 0, 1)
    for node, wires in enumerate(inputs):
        for source, slot, size in wires:
            steps = column[node] - column[source] - 1
            if steps == 0:
                _link(layers, source, node, slot, size)
            elif source in lanes:
                _link(layers, lanes[source] + steps - 1, node, slot, size)


def _link(layers: Layers, source: int, target: int, slot: int, size: int) -> None:
    layers.right[source].append((target, slot, size))
    layers.left[target].append((source, slot, size))


def _first_order(layers: Layers, inputs: Inputs) -> None:
    """Order each column by a walk against the wires, upper inputs first: a tree gets no crossings."""
    rank: dict[int, int] = {}
    for end in range(len(inputs) - 1, -1, -1):
        stack = [end]
        while stack:
            item = stack.pop()
            if item not in rank:
                rank[item] = len(rank)
                stack.extend(source for source, _, _ in reversed(layers.left[item]))
    layers.order = [[] for _ in range(max(layers.column) + 1)]
    for item in sorted(range(len(layers.column)), key=lambda item: rank.get(item, len(rank))):
        layers.order[layers.column[item]].append(item)


def _reduce_crossings(layers: Layers, heed: Heed) -> None:
    """Sweep to and fro, ordering each column by the mean place of its neighbours; keep the best order seen."""
    best, fewest = [list(items) for items in layers.order], crossings(layers)
    place = _places(layers)
    rounds, idle = (12 if len(place) < 4000 else 4), 0
    for number in range(2 * rounds):
        if fewest == 0 or idle >= 4:
            break
        heed()
        rightwards = number % 2 == 1
        columns = range(len(layers.order)) if rightwards else range(len(layers.order) - 1, -1, -1)
        links = layers.left if rightwards else layers.right
        for index in columns:
            _sort_column(layers.order[index], links, place, rightwards)
        count = crossings(layers)
        idle += 1
        if count < fewest:
            best, fewest, idle = [list(items) for items in layers.order], count, 0
    layers.order = best


def _sort_column(items: list[int], links: list[Links], place: list[float], rightwards: bool) -> None:
    """Sort a column by the mean place of each item's neighbours; items without any stay where they are."""
    if len(items) < 2:
        return
    keys: dict[int, float] = {}
    for item in items:
        near = links[item]
        if near:
            shares = 0.0 if rightwards else sum(_share(slot, size) for _, slot, size in near)
            keys[item] = (sum(place[there] for there, _, _ in near) + shares) / len(near)
    moved = iter(sorted(keys, key=keys.__getitem__))
    items[:] = [next(moved) if item in keys else item for item in items]
    for index, item in enumerate(items):
        place[item] = index


def _places(layers: Layers) -> list[float]:
    """Place of each item within its column, counted from the top."""
    place = [0.0] * len(layers.column)
    for items in layers.order:
        for index, item in enumerate(items):
            place[item] = index
    return place


def _share(slot: int, count: int) -> float:
    """How far below the middle of a node an input sits, in places."""
    return 0.8 * ((slot + 0.5) / count - 0.5)
