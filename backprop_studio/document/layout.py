"""Automatic placement: data flows from left to right in columns, with few crossings and straight chains.

Iterative and deterministic throughout; nothing here recurses, so long chains do no harm.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from itertools import accumulate
from types import MappingProxyType
from typing import Any

from backprop_studio.document.edit_checks import MAX_POSITION
from backprop_studio.document.graph import Graph, Node, Point
from backprop_studio.document.layers import Heed, Layers, layered, unheeding
from backprop_studio.document.node_size import NODE_WIDTH, BoxShape, node_shape
from backprop_studio.engine.program import topological_order

GRID = 10.0
COLUMN_PITCH = NODE_WIDTH + 70.0
ROW_GAP = 28.0
PART_GAP = 60.0
"""Vertical gap between parts of the graph that no wire joins."""
LANE_HEIGHT = 20.0
COLUMNS_PER_BAND = 4000
"""A longer chain goes on below its beginning, as lines of text do, so that it stays within MAX_POSITION."""

_NO_SHAPES: Mapping[int, BoxShape] = MappingProxyType({})
_SWEEPS = 4
_WEIGHTS = (1e9, 1e6, 1.0, 1.0)
"""Weight of an item's wish by its rank: operations make room for the long wires of others, and sources for both."""


def layered_layout(
    graph: Graph,
    ids: Collection[int] | None = None,
    shapes: Mapping[int, BoxShape] = _NO_SHAPES,
    heed: Heed = unheeding,
) -> dict[int, Point]:
    """New positions of the nodes ``ids`` (all without it), on a grid of 10, in layers along the wires.

    All nodes are placed from (0, 0) on; some of them from the top left corner of where they were. ``shapes`` gives
    those that stand for something else than a node another shape. ``heed`` is called between the steps; what it
    raises ends the layout.
    """
    chosen = graph.nodes if ids is None else {identifier: graph.nodes[identifier] for identifier in ids}
    if not chosen:
        return {}
    wires = _wires_among(graph, chosen)
    parts, singles = _parts(wires)
    positions: dict[int, Point] = {}
    top, width = 0.0, 0.0
    for part in parts:
        placed, bottom, right = _place_part(graph, part, wires, top, shapes, heed)
        positions.update(placed)
        top, width = bottom + PART_GAP, max(width, right)
    positions.update(_place_singles([shapes.get(i) or _shape(graph, i) for i in singles], singles, top, width))
    origin = (0.0, 0.0) if ids is None else _corner(chosen)
    return _fitted(positions, origin)


def _wires_among(graph: Graph, chosen: Mapping[int, Node]) -> dict[int, list[tuple[int, int]]]:
    """For each chosen node its wires from chosen nodes: (source, slot), upper slots first. In topological order."""
    wires: dict[int, list[tuple[int, int]]] = {identifier: [] for identifier in sorted(chosen)}
    for (target, slot), source in sorted(graph.sources.items()):
        if target in wires and source in wires:
            wires[target].append((source, slot))
    order = topological_order({target: [source for source, _ in given] for target, given in wires.items()})
    return {identifier: wires[identifier] for identifier in order}


def _parts(wires: Mapping[int, list[tuple[int, int]]]) -> tuple[list[list[int]], list[int]]:
    """Groups of nodes that wires join, each in topological order, and the nodes without any wire."""
    neighbours: dict[int, list[int]] = {identifier: [] for identifier in wires}
    for target, given in wires.items():
        for source, _ in given:
            neighbours[source].append(target)
            neighbours[target].append(source)
    group: dict[int, int] = {}
    for start in sorted(wires):
        stack = [start] if start not in group else []
        while stack:
            identifier = stack.pop()
            if identifier not in group:
                group[identifier] = start
                stack.extend(neighbours[identifier])
    groups: dict[int, list[int]] = {start: [] for start in sorted(set(group.values()))}
    for identifier in wires:
        groups[group[identifier]].append(identifier)
    parts = [part for part in groups.values() if len(part) > 1]
    return parts, [part[0] for part in groups.values() if len(part) == 1]


def _place_part(
    graph: Graph,
    part: list[int],
    wires: Mapping[int, list[tuple[int, int]]],
    top: float,
    given: Mapping[int, BoxShape],
    heed: Heed,
) -> tuple[dict[int, Point], float, float]:
    """Positions of a connected part that begins at height ``top``, and its bottom and right end."""
    index = {identifier: number for number, identifier in enumerate(part)}
    shapes = [given.get(identifier) or _shape(graph, identifier) for identifier in part]
    layers = layered(
        [[(index[s], slot, len(shape.inputs)) for s, slot in wires[i]] for i, shape in zip(part, shapes, strict=True)],
        heed,
    )
    heights = [shape.height for shape in shapes] + [LANE_HEIGHT] * (len(layers.column) - len(part))
    lefts = _columns(layers, shapes)
    leaves = {
        (index[target], slot): shapes[index[graph.sources[target, slot]]].outputs[output]
        for (target, slot), output in graph.outputs.items()
        if target in index and graph.sources[target, slot] in index and graph.sources[target, slot] not in given
    }
    is_source = [graph.nodes[identifier].op.is_source for identifier in part]
    tops = _Heights(layers, heights, shapes, is_source, leaves).settled(heed)
    positions: dict[int, Point] = {}
    bottom = top
    for first in range(0, len(layers.order), COLUMNS_PER_BAND):
        band = [item for items in layers.order[first : first + COLUMNS_PER_BAND] for item in items if item < len(part)]
        shift = bottom - min(tops[item] for item in band) + (PART_GAP if first else 0.0)
        for item in band:
            positions[part[item]] = (lefts[layers.column[item]] - lefts[first], tops[item] + shift)
        bottom = max(tops[item] + shift + heights[item] for item in band)
    return positions, bottom, lefts[min(len(layers.order), COLUMNS_PER_BAND)]


def _shape(graph: Graph, identifier: int) -> BoxShape:
    return node_shape(graph.slot_count(identifier), len(graph.nodes[identifier].names))


def _columns(layers: Layers, shapes: list[BoxShape]) -> list[float]:
    """Where each column begins, and where one more would: wide boxes push those to their right away."""
    widths = [NODE_WIDTH] * len(layers.order)
    for item, shape in enumerate(shapes):
        column = layers.column[item]
        widths[column] = max(widths[column], shape.width)
    return list(accumulate((width + COLUMN_PITCH - NODE_WIDTH for width in widths), initial=0.0))


def _place_singles(shapes: list[BoxShape], singles: list[int], top: float, width: float) -> dict[int, Point]:
    """Positions of nodes without wires: rows as wide as the rest of the graph."""
    pitch_x = max((shape.width for shape in shapes), default=NODE_WIDTH) + COLUMN_PITCH - NODE_WIDTH
    per_row = max(int(width // pitch_x), math.isqrt(len(singles)), 4)
    pitch = _spacing(max((shape.height for shape in shapes), default=0.0), ROW_GAP)
    return {
        identifier: (number % per_row * pitch_x, top + number // per_row * pitch)
        for number, identifier in enumerate(singles)
    }


def _corner(chosen: Mapping[int, Node]) -> Point:
    xs, ys = zip(*(node.position for node in chosen.values()), strict=True)
    return _snapped(min(xs)), _snapped(min(ys))


def _fitted(positions: Mapping[int, Point], origin: Point) -> dict[int, Point]:
    """The positions from ``origin`` on, on the grid, drawn together where they would leave the scene."""
    limit = 0.98 * MAX_POSITION
    extent = max(max(point) for point in positions.values())
    scale = min(1.0, limit / extent) if extent > 0 else 1.0
    x0, y0 = (min(coordinate, limit - extent * scale) for coordinate in origin)
    return {i: (_snapped(x0 + x * scale), _snapped(y0 + y * scale)) for i, (x, y) in positions.items()}


def _snapped(coordinate: float) -> float:
    return GRID * math.floor(coordinate / GRID + 0.5)


def _spacing(height: float, gap: float) -> float:
    """Distance from the top of an item to the top of the next: a multiple of the grid."""
    return GRID * math.floor((height + gap) / GRID + 0.5)


class _Heights:
    """Finds the height of every item: each wishes to stand level with its neighbours, and none may overlap.

    Column after column, the wishes are met as well as they can be in the least-squares sense. A wish
    is exact from port to port, so a chain of operations ends up on straight wires.
    """

    def __init__(
        self,
        layers: Layers,
        heights: list[float],
        shapes: list[BoxShape],
        is_source: list[bool],
        leaves: Mapping[tuple[int, int], float],
    ) -> None:
        """``leaves`` is the height at which the wire into an input leaves its source, where not at the first output."""
        self._layers = layers
        self._leaves = leaves
        self._is_source = is_source  # for a lane: does it carry a source's wires?
        for item in range(len(shapes), len(heights)):
            self._is_source.append(self._is_source[layers.left[item][0][0]])
        self._out = [shape.outputs[0] if shape.outputs else shape.height / 2 for shape in shapes]
        self._out += [LANE_HEIGHT / 2] * (len(heights) - len(shapes))
        self._shapes = shapes
        self._tops = [0.0] * len(heights)
        self._left = [self._wishes(item, layers.left[item], rightwards=True) for item in range(len(heights))]
        self._right = [self._wishes(item, layers.right[item], rightwards=False) for item in range(len(heights))]
        self._offsets = []
        for items in layers.order:
            offset, offsets = 0.0, []
            for item in items:
                offsets.append(offset)
                offset += _spacing(heights[item], ROW_GAP / 2 if layers.is_lane(item) else ROW_GAP)
            self._offsets.append(offsets)
            for item, place in zip(items, offsets, strict=True):
                self._tops[item] = place - offset / 2

    def settled(self, heed: Heed) -> list[float]:
        """Heights of the tops of all items, on the grid."""
        forth = range(len(self._layers.order))
        for _ in range(_SWEEPS):
            heed()
            for column in reversed(forth):
                self._settle(column, self._right)
            for column in forth:
                self._settle(column, self._left)
        for column in forth:
            self._settle(column, self._left, snap=True)
        for column in reversed(forth):
            self._settle(column, self._right, snap=True, sources_only=True)
        return self._tops

    def _wishes(self, item: int, links: Any, rightwards: bool) -> list[tuple[int, float]]:
        """Neighbours with the distance at which this item's port is level with theirs.

        The long wire of an operation counts first, since nodes ought to keep clear of it; then operations,
        so that the main line stays straight; then sources, which find a place anywhere.
        """
        ranked: dict[int, list[tuple[int, float]]] = {}
        for there, slot, _ in links:
            source, target = (there, item) if rightwards else (item, there)
            distance = self._leaves.get((target, slot), self._out[source]) - self._in(target, slot)
            rank = self._rank(there)
            ranked.setdefault(rank, []).append((there, distance if rightwards else -distance))
        return ranked[min(ranked)] if ranked else []

    def _rank(self, item: int) -> int:
        """How much the height of an item counts: 0 most."""
        is_lane = self._layers.is_lane(item)
        if self._is_source[item]:
            return 3 if is_lane else 2
        return 0 if is_lane else 1

    def _in(self, item: int, slot: int) -> float:
        return LANE_HEIGHT / 2 if self._layers.is_lane(item) else self._shapes[item].inputs[slot]

    def _settle(
        self, column: int, wishes: list[list[tuple[int, float]]], snap: bool = False, sources_only: bool = False
    ) -> None:
        """Move the items of a column towards their wishes, in their order and without overlap."""
        items, offsets, tops = self._layers.order[column], self._offsets[column], self._tops
        wanted: list[float] = []
        weights: list[float] = []
        for item, offset in zip(items, offsets, strict=True):
            near = wishes[item]
            rank = self._rank(item)
            if not near or (sources_only and rank < 2):
                wish = tops[item]
            else:
                wish = sum(tops[there] + distance for there, distance in near) / len(near)
            wanted.append(wish - offset)
            weights.append(_WEIGHTS[rank])
        for item, offset, level in zip(items, offsets, _nondecreasing(wanted, weights), strict=True):
            tops[item] = (_snapped(level) if snap else level) + offset


def _nondecreasing(wanted: list[float], weights: list[float]) -> list[float]:
    """The non-decreasing numbers nearest to ``wanted`` in the weighted least-squares sense."""
    runs: list[tuple[float, float, int]] = []  # mean, weight, length
    for mean, weight in zip(wanted, weights, strict=True):
        length = 1
        while runs and runs[-1][0] > mean:
            before, more, count = runs.pop()
            mean = (mean * weight + before * more) / (weight + more)
            weight, length = weight + more, length + count
        runs.append((mean, weight, length))
    return [mean for mean, _, length in runs for _ in range(length)]
