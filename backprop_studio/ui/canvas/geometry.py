"""Where everything stands: nodes, ports and wires of a graph as NumPy arrays, in scene units.

Nodes and wires are rows of arrays, so that culling and hit tests look at thousands of them in one
call. A change of the graph touches only the rows it names. Later rows are painted above earlier ones.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from backprop_studio.document.changes import GraphChange
from backprop_studio.document.graph import Graph, Node, Point, Wire
from backprop_studio.document.node_size import NODE_WIDTH, node_height, port_offset_in, port_offset_out
from backprop_studio.ui.canvas import bent, bezier

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

PORT_REACH = 8.0
"""How far ports and borders reach beyond a node's rectangle."""


class Port(NamedTuple):
    """A port: input ``slot`` of a node, or its output where ``slot`` is None."""

    node: int
    slot: int | None


class Geometry:
    """Rows of nodes, input ports and wires. Ids and wires map to rows by ``node_row`` and ``wire_row``."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.node_row: dict[int, int] = {}
        self.position: Floats = np.empty((0, 2))
        self.height: Floats = np.empty(0)
        self.slots: list[int] = []
        """How many input ports each node has."""
        self._output_y: Floats = np.empty(0)
        self._port_row: Rows = np.empty(0, np.intp)
        self._port_slot: Rows = np.empty(0, np.intp)
        self._port_y: Floats = np.empty(0)
        self.wires: list[Wire] = []
        self.wire_row: dict[Wire, int] = {}
        self._source_row: Rows = np.empty(0, np.intp)
        self._target_row: Rows = np.empty(0, np.intp)
        self._end_y: Floats = np.empty(0)
        self.curves: Floats = np.empty((0, 4, 2))
        """Start, both control points and end of each wire."""
        self._wire_bounds: Floats = np.empty((0, 4))
        self._paths: list[QPainterPath | None] = []
        self.bends: dict[Wire, tuple[Point, ...]] = {}
        """The points that wires are led through; most wires have none."""
        self.chains: dict[Wire, Floats] = {}
        """The curves of each wire that has bends, one from bend to bend; its row of ``curves`` is the middle one."""

    # -- following the graph --------------------------------------------------------------------

    def reset(self, graph: Graph) -> None:
        """Take up a whole graph."""
        self.__init__()  # type: ignore[misc]
        self.bends = {Wire(graph.sources[end], *end): points for end, points in graph.bends.items()}
        self._append_nodes(list(graph.nodes.values()), graph)
        self._append_wires(list(graph.wires), graph)

    def update(self, graph: Graph, change: GraphChange) -> None:
        """Follow ``change``, which led to ``graph``."""
        if graph.bends or self.bends:
            self.bends = {Wire(graph.sources[end], *end): points for end, points in graph.bends.items()}
        self._drop_wires(change.wires_removed)
        self._drop_nodes(change.removed)
        self._append_nodes([graph.nodes[node] for node in sorted(change.added)], graph)
        self._resize(change.resized, graph)
        self.place({node: graph.nodes[node].position for node in change.changed})
        self._append_wires(
            [wire for wire in graph.wires if wire in change.wires_added] if change.wires_added else [], graph
        )
        self._trace(np.array([self.wire_row[wire] for wire in change.bends], np.intp))

    def bend(self, wire: Wire, points: tuple[Point, ...]) -> None:
        """Lead a wire through other points; the graph does not change."""
        self.bends[wire] = points
        self._trace(np.array([self.wire_row[wire]], np.intp))

    def place(self, positions: Mapping[int, Point]) -> None:
        """Put nodes somewhere; only they and the wires that touch them are computed anew."""
        if not positions:
            return
        rows = np.array([self.node_row[node] for node in positions], np.intp)
        self.position[rows] = np.array(list(positions.values()), float)
        touched = np.zeros(len(self.ids), bool)
        touched[rows] = True
        self._trace(np.flatnonzero(touched[self._source_row] | touched[self._target_row]))

    def _append_nodes(self, nodes: Sequence[Node], graph: Graph) -> None:
        if not nodes:
            return
        first = len(self.ids)
        for row, node in enumerate(nodes, first):
            self.ids.append(node.id)
            self.node_row[node.id] = row
        slots = [graph.slot_count(node.id) for node in nodes]
        self.slots.extend(slots)
        self.position = np.concatenate([self.position, np.array([node.position for node in nodes], float)])
        self.height = np.append(self.height, [node_height(count) for count in slots])
        self._output_y = np.append(self._output_y, [port_offset_out()[1]] * len(nodes))
        self._append_ports(range(first, len(self.ids)), slots)

    def _append_ports(self, rows: Iterable[int], slots: Sequence[int]) -> None:
        """Add the input ports of some nodes, given how many each of them has."""
        ports = [
            (row, slot, port_offset_in(count, slot)[1])
            for row, count in zip(rows, slots, strict=True)
            for slot in range(count)
        ]
        owners, numbers, offsets = zip(*ports, strict=True) if ports else ((), (), ())
        self._port_row = np.append(self._port_row, np.array(owners, np.intp))
        self._port_slot = np.append(self._port_slot, np.array(numbers, np.intp))
        self._port_y = np.append(self._port_y, np.array(offsets, float))

    def _resize(self, nodes: Iterable[int], graph: Graph) -> None:
        """Give nodes as many input ports as they have by now."""
        rows = [self.node_row[node] for node in nodes]
        if not rows:
            return
        slots = [graph.slot_count(self.ids[row]) for row in rows]
        self.height[rows] = [node_height(count) for count in slots]
        for row, count in zip(rows, slots, strict=True):
            self.slots[row] = count
        keep = ~np.isin(self._port_row, rows)
        self._port_row, self._port_slot, self._port_y = self._port_row[keep], self._port_slot[keep], self._port_y[keep]
        self._append_ports(rows, slots)

    def _drop_nodes(self, gone: Iterable[int]) -> None:
        rows = [self.node_row[node] for node in gone]
        if not rows:
            return
        keep = np.ones(len(self.ids), bool)
        keep[rows] = False
        renumbered = np.cumsum(keep) - 1
        kept_rows = np.flatnonzero(keep).tolist()
        self.ids = [self.ids[row] for row in kept_rows]
        self.slots = [self.slots[row] for row in kept_rows]
        self.node_row = {node: row for row, node in enumerate(self.ids)}
        self.position, self.height, self._output_y = self.position[keep], self.height[keep], self._output_y[keep]
        ports = keep[self._port_row]
        self._port_row = renumbered[self._port_row[ports]]
        self._port_slot, self._port_y = self._port_slot[ports], self._port_y[ports]
        self._source_row, self._target_row = renumbered[self._source_row], renumbered[self._target_row]

    def _append_wires(self, wires: Sequence[Wire], graph: Graph) -> None:
        if not wires:
            return
        first = len(self.wires)
        for row, wire in enumerate(wires, first):
            self.wire_row[wire] = row
        self.wires.extend(wires)
        count = len(wires)
        self._source_row = np.append(self._source_row, [self.node_row[wire.source] for wire in wires])
        self._target_row = np.append(self._target_row, [self.node_row[wire.target] for wire in wires])
        ends = [port_offset_in(graph.slot_count(wire.target), wire.slot)[1] for wire in wires]
        self._end_y = np.append(self._end_y, ends)
        self.curves = np.concatenate([self.curves, np.empty((count, 4, 2))])
        self._wire_bounds = np.concatenate([self._wire_bounds, np.empty((count, 4))])
        self._paths.extend([None] * count)
        self._trace(np.arange(first, first + count))

    def _drop_wires(self, gone: Iterable[Wire]) -> None:
        rows = [self.wire_row[wire] for wire in gone]
        if not rows:
            return
        keep = np.ones(len(self.wires), bool)
        keep[rows] = False
        kept = np.flatnonzero(keep).tolist()
        for wire in gone:
            self.chains.pop(wire, None)
        self.wires = [self.wires[row] for row in kept]
        self._paths = [self._paths[row] for row in kept]
        self.wire_row = {wire: row for row, wire in enumerate(self.wires)}
        self._source_row, self._target_row, self._end_y = (
            self._source_row[keep], self._target_row[keep], self._end_y[keep],
        )  # fmt: skip
        self.curves, self._wire_bounds = self.curves[keep], self._wire_bounds[keep]

    def _trace(self, rows: Rows) -> None:
        """Compute the curves of some wires from where their nodes stand."""
        if not len(rows):
            return
        source, target = self._source_row[rows], self._target_row[rows]
        starts = self.position[source] + np.stack([np.full(len(rows), NODE_WIDTH), self._output_y[source]], 1)
        ends = self.position[target]
        ends = np.stack([ends[:, 0], ends[:, 1] + self._end_y[rows]], 1)
        curves = bezier.between(starts, ends)
        self.curves[rows] = curves
        self._wire_bounds[rows] = bezier.bounds(curves)
        for row in rows.tolist():
            self._paths[row] = None
        if self.bends or self.chains:
            self._chain(rows.tolist(), starts, ends)

    def _chain(self, rows: list[int], starts: Floats, ends: Floats) -> None:
        """Lead those of the traced wires that have bends through them."""
        for row, start, end in zip(rows, starts, ends, strict=True):
            wire = self.wires[row]
            points = self.bends.get(wire)
            if not points:
                self.chains.pop(wire, None)
                continue
            chain = self.chains[wire] = bent.pieces(start, points, end)
            self.curves[row] = chain[len(chain) // 2]
            bounds = bezier.bounds(chain)
            self._wire_bounds[row] = (*bounds[:, :2].min(0), *bounds[:, 2:].max(0))

    # -- asking ---------------------------------------------------------------------------------

    def path(self, row: int) -> QPainterPath:
        """The curve of a wire as a painter path; made once."""
        path = self._paths[row]
        if path is None:
            chain = self.chains.get(self.wires[row])
            path = self._paths[row] = bezier.path(*(self.curves[row : row + 1] if chain is None else chain))
        return path

    def node_rect(self, node: int) -> QRectF:
        """The rectangle of a node."""
        row = self.node_row[node]
        x, y = self.position[row].tolist()
        return QRectF(x, y, NODE_WIDTH, float(self.height[row]))

    def port_point(self, port: Port) -> QPointF:
        """The centre of a port. Raises KeyError for a node or slot that is not there."""
        row = self.node_row[port.node]
        x, y = self.position[row].tolist()
        if port.slot is None:
            return QPointF(x + NODE_WIDTH, y + float(self._output_y[row]))
        found = np.flatnonzero((self._port_row == row) & (self._port_slot == port.slot))
        if not len(found):
            raise KeyError(port)
        return QPointF(x, y + float(self._port_y[found[0]]))

    def wire_rect(self, row: int) -> QRectF:
        """A rectangle that holds the whole curve of a wire."""
        left, top, right, bottom = self._wire_bounds[row].tolist()
        return QRectF(left, top, right - left, bottom - top)

    def wires_of(self, nodes: Iterable[int]) -> Rows:
        """Rows of the wires that start or end at any of the nodes."""
        touched = np.zeros(len(self.ids), bool)
        touched[[self.node_row[node] for node in nodes]] = True
        return np.flatnonzero(touched[self._source_row] | touched[self._target_row])

    def bounds(self, nodes: Iterable[int] | None = None) -> QRectF | None:
        """The rectangle around all or some nodes, None where there are none."""
        rows = slice(None) if nodes is None else [self.node_row[node] for node in nodes]
        position, height = self.position[rows], self.height[rows]
        if not len(height):
            return None
        left, top = position.min(0).tolist()
        right, bottom = float(position[:, 0].max()) + NODE_WIDTH, float((position[:, 1] + height).max())
        return QRectF(left, top, right - left, bottom - top)

    def visible_nodes(self, area: QRectF, margin: float = PORT_REACH) -> Rows:
        """Rows of the nodes that reach into ``area``, in painting order."""
        x, y = self.position[:, 0], self.position[:, 1]
        inside = (x > area.left() - NODE_WIDTH - margin) & (x < area.right() + margin)
        inside &= (y + self.height > area.top() - margin) & (y < area.bottom() + margin)
        return np.flatnonzero(inside)

    def visible_wires(self, area: QRectF, margin: float = 4.0) -> Rows:
        """Rows of the wires whose surrounding rectangle reaches into ``area``."""
        bounds = self._wire_bounds
        inside = (bounds[:, 2] > area.left() - margin) & (bounds[:, 0] < area.right() + margin)
        inside &= (bounds[:, 3] > area.top() - margin) & (bounds[:, 1] < area.bottom() + margin)
        return np.flatnonzero(inside)

    # -- hit tests ------------------------------------------------------------------------------

    def node_at(self, x: float, y: float) -> int | None:
        """The topmost node whose rectangle holds the point."""
        left, top = self.position[:, 0], self.position[:, 1]
        hit = (left <= x) & (x <= left + NODE_WIDTH) & (top <= y) & (y <= top + self.height)
        found = np.flatnonzero(hit)
        return self.ids[found[-1]] if len(found) else None

    def nodes_in(self, area: QRectF) -> frozenset[int]:
        """All nodes that overlap a rectangle."""
        return frozenset(self.ids[row] for row in self.visible_nodes(area, 0.0).tolist())

    def port_at(self, x: float, y: float, reach: float) -> Port | None:
        """The port nearest to the point, within ``reach`` of it."""
        found = [self.nearest_of(x, y, reach, inputs=inputs) for inputs in (True, False)]
        ports = [port for port in found if port is not None]
        return min(ports, key=lambda port: self._distance(port, x, y)) if ports else None

    def nearest_of(
        self, x: float, y: float, reach: float, *, inputs: bool, without: Collection[int] = (), only: int | None = None
    ) -> Port | None:
        """The input or output port nearest to the point, within ``reach`` of it.

        ``without`` leaves out the ports of some nodes, ``only`` those of all but one.
        """
        rows = self._port_row if inputs else np.arange(len(self.ids))
        if not len(rows):
            return None
        offset_x, offset_y = (0.0, self._port_y) if inputs else (NODE_WIDTH, self._output_y)
        dx = self.position[rows, 0] + (offset_x - x)
        dy = self.position[rows, 1] + offset_y - y
        distances = np.hypot(dx, dy)
        if only is not None:
            distances[rows != self.node_row[only]] = np.inf
        elif without:
            barred = np.zeros(len(self.ids), bool)
            barred[[self.node_row[node] for node in without]] = True
            distances[barred[rows]] = np.inf
        nearest = int(distances.argmin())
        if not (distances[nearest] <= reach and np.isfinite(distances[nearest])):
            return None
        return Port(self.ids[rows[nearest]], int(self._port_slot[nearest]) if inputs else None)

    def wire_at(self, x: float, y: float, reach: float) -> Wire | None:
        """The wire that passes nearest to the point, within ``reach`` of it."""
        rows = self.visible_wires(QRectF(x, y, 0.0, 0.0), reach)
        if not len(rows):
            return None
        distances = bezier.distance(self.curves[rows], x, y)
        for number, chain in self._chains_among(rows):
            distances[number] = bezier.distance(chain, x, y).min()
        nearest = int(distances.argmin())
        return self.wires[rows[nearest]] if distances[nearest] <= reach else None

    def crossed(self, line: Floats) -> list[int]:
        """Rows of the wires that a straight line crosses, given by its two ends; shape (2, 2)."""
        (left, top), (right, bottom) = line.min(0).tolist(), line.max(0).tolist()
        rows = self.visible_wires(QRectF(left, top, right - left, bottom - top), 1.0)
        if not len(rows):
            return []
        crossed = bezier.crosses(self.curves[rows], line)
        for number, chain in self._chains_among(rows):
            crossed[number] = bezier.crosses(chain, line).any()
        return rows[crossed].tolist()

    def places(self, rows: list[int], along: float) -> Floats:
        """Points of some wires at a share of their way from source to target, 0 to 1; shape (n, 2)."""
        found = bezier.points_of(self.curves[rows], along)
        for number, chain in self._chains_among(rows):
            found[number] = bent.place(chain, along)
        return found

    def bend_at(self, x: float, y: float, reach: float) -> tuple[Wire, int] | None:
        """The bend nearest to a point, within ``reach`` of it: its wire and its number."""
        found = [
            ((place[0] - x) ** 2 + (place[1] - y) ** 2, wire, number)
            for wire, points in self.bends.items()
            for number, place in enumerate(points)
        ]
        distance, wire, number = min(found, default=(math.inf, None, 0), key=lambda entry: entry[0])
        return (wire, number) if wire is not None and distance <= reach * reach else None

    def _chains_among(self, rows: Iterable[int]) -> list[tuple[int, Floats]]:
        """Those of some wires that have bends: number among ``rows``, and curves."""
        if not self.chains:
            return []
        chains = ((number, self.chains.get(self.wires[int(row)])) for number, row in enumerate(rows))
        return [(number, chain) for number, chain in chains if chain is not None]

    def input_ports(self) -> list[Port]:
        """All input ports."""
        pairs = zip(self._port_row.tolist(), self._port_slot.tolist(), strict=True)
        return [Port(self.ids[row], slot) for row, slot in pairs]

    def _distance(self, port: Port, x: float, y: float) -> float:
        point = self.port_point(port)
        return float((point.x() - x) ** 2 + (point.y() - y) ** 2)
