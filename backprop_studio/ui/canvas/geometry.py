"""Where everything stands: boxes, their ports and the lines between them as NumPy arrays, in scene units.

Boxes and lines are rows of arrays, so that culling and hit tests look at thousands of them in one
call. A change of the graph touches only the rows it names. Later rows are painted above earlier ones.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from backprop_studio.document.changes import GraphChange
from backprop_studio.document.graph import Graph, Point, Wire
from backprop_studio.document.node_size import BoxShape
from backprop_studio.ui.canvas import bent, bezier
from backprop_studio.ui.canvas.boxes import Box, Line, Port, Side, node_boxes, wire_lines
from backprop_studio.ui.canvas.port_table import PortTable

__all__ = ["PORT_REACH", "Geometry", "Port"]

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

PORT_REACH = 8.0
"""How far ports and borders reach beyond a box's rectangle."""


class Geometry:
    """Rows of boxes, ports and lines. Ids of items map to rows by ``node_row``, wires of the graph by ``wire_row``.

    ``wires`` names each line by a wire of the graph; ``bundles`` holds all wires of those lines that stand for
    several.
    """

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.node_row: dict[int, int] = {}
        self.shapes: list[BoxShape] = []
        self.position: Floats = np.empty((0, 2))
        self.width: Floats = np.empty(0)
        self.height: Floats = np.empty(0)
        self._ports: dict[Side, PortTable] = {"in": PortTable(), "out": PortTable()}
        self.wires: list[Wire] = []
        self.wire_row: dict[Wire, int] = {}
        self.bundles: dict[Wire, tuple[Wire, ...]] = {}
        self.ends: list[tuple[Port, Port]] = []
        """The ports that each line joins."""
        self._source_row: Rows = np.empty(0, np.intp)
        self._target_row: Rows = np.empty(0, np.intp)
        self._start_y: Floats = np.empty(0)
        self._end_y: Floats = np.empty(0)
        self.curves: Floats = np.empty((0, 4, 2))
        """Start, both control points and end of each line."""
        self._wire_bounds: Floats = np.empty((0, 4))
        self._paths: list[QPainterPath | None] = []
        self.bends: dict[Wire, tuple[Point, ...]] = {}
        """The points that lines are led through; most have none."""
        self.chains: dict[Wire, Floats] = {}
        """The curves of each line that has bends, one from bend to bend; its row of ``curves`` is the middle one."""

    # -- following the graph --------------------------------------------------------------------

    def reset(self, graph: Graph) -> None:
        """Take up a whole graph, every node and wire as it is."""
        self.show(node_boxes(graph, graph.nodes), wire_lines(graph, graph.wires))

    def show(self, boxes: Sequence[Box], lines: Sequence[Line]) -> None:
        """Hold these boxes and lines and nothing else."""
        self.__init__()  # type: ignore[misc]
        self._append_boxes(boxes)
        self._append_lines(lines)

    def update(self, graph: Graph, change: GraphChange) -> None:
        """Follow ``change``, which led to ``graph``, where all that is shown are its nodes and wires."""
        if graph.bends or self.bends:
            self.bends = {Wire(graph.sources[end], *end): points for end, points in graph.bends.items()}
        self._drop_lines(change.wires_removed)
        self._drop_boxes(change.removed)
        self._append_boxes(node_boxes(graph, sorted(change.added)))
        self._resize(node_boxes(graph, change.resized))
        self.place({node: graph.nodes[node].position for node in change.changed})
        if change.wires_added:
            self._append_lines(wire_lines(graph, (wire for wire in graph.wires if wire in change.wires_added)))
        self._trace(np.array([self.wire_row[wire] for wire in change.bends], np.intp))

    def bend(self, wire: Wire, points: tuple[Point, ...]) -> None:
        """Lead a line through other points; the graph does not change."""
        self.bends[wire] = points
        self._trace(np.array([self.wire_row[wire]], np.intp))

    def place(self, positions: Mapping[int, Point]) -> None:
        """Put boxes somewhere; only they and the lines that touch them are computed anew."""
        if not positions:
            return
        rows = np.array([self.node_row[item] for item in positions], np.intp)
        self.position[rows] = np.array(list(positions.values()), float)
        touched = np.zeros(len(self.ids), bool)
        touched[rows] = True
        self._trace(np.flatnonzero(touched[self._source_row] | touched[self._target_row]))

    def _append_boxes(self, boxes: Sequence[Box]) -> None:
        if not boxes:
            return
        first = len(self.ids)
        shapes = [box.shape for box in boxes]
        self.ids.extend(box.item for box in boxes)
        self.node_row.update((box.item, row) for row, box in enumerate(boxes, first))
        self.shapes.extend(shapes)
        self.position = np.concatenate([self.position, np.array([box.corner for box in boxes], float)])
        self.width = np.append(self.width, [shape.width for shape in shapes])
        self.height = np.append(self.height, [shape.height for shape in shapes])
        self._append_ports(range(first, len(self.ids)), shapes)

    def _append_ports(self, rows: Sequence[int], shapes: Sequence[BoxShape]) -> None:
        self._ports["in"].append(rows, [shape.inputs for shape in shapes])
        self._ports["out"].append(rows, [shape.outputs for shape in shapes])

    def _resize(self, boxes: Sequence[Box]) -> None:
        """Give boxes the size and the ports that they have by now."""
        if not boxes:
            return
        rows, shapes = [self.node_row[box.item] for box in boxes], [box.shape for box in boxes]
        self.width[rows] = [shape.width for shape in shapes]
        self.height[rows] = [shape.height for shape in shapes]
        for row, shape in zip(rows, shapes, strict=True):
            self.shapes[row] = shape
        for table in self._ports.values():
            table.drop(rows)
        self._append_ports(rows, shapes)

    def _drop_boxes(self, gone: Iterable[int]) -> None:
        rows = [self.node_row[item] for item in gone]
        if not rows:
            return
        keep = np.ones(len(self.ids), bool)
        keep[rows] = False
        renumbered = np.cumsum(keep) - 1
        kept_rows = np.flatnonzero(keep).tolist()
        self.ids = [self.ids[row] for row in kept_rows]
        self.shapes = [self.shapes[row] for row in kept_rows]
        self.node_row = {item: row for row, item in enumerate(self.ids)}
        self.position, self.width, self.height = self.position[keep], self.width[keep], self.height[keep]
        for table in self._ports.values():
            table.renumber(keep, renumbered)
        self._source_row, self._target_row = renumbered[self._source_row], renumbered[self._target_row]

    def _append_lines(self, lines: Sequence[Line]) -> None:
        if not lines:
            return
        first, count = len(self.wires), len(lines)
        for row, line in enumerate(lines, first):
            self.wire_row[line.wire] = row
            if line.bends:
                self.bends[line.wire] = line.bends
            if line.others:
                self.bundles[line.wire] = (line.wire, *line.others)
                self.wire_row.update(dict.fromkeys(line.others, row))
        self.wires.extend(line.wire for line in lines)
        self.ends.extend((line.source, line.target) for line in lines)
        sources = [self.node_row[line.source.item] for line in lines]
        targets = [self.node_row[line.target.item] for line in lines]
        shapes = self.shapes
        starts = [shapes[row].outputs[line.source.number] for row, line in zip(sources, lines, strict=True)]
        ends = [shapes[row].inputs[line.target.number] for row, line in zip(targets, lines, strict=True)]
        self._source_row, self._target_row = np.append(self._source_row, sources), np.append(self._target_row, targets)
        self._start_y, self._end_y = np.append(self._start_y, starts), np.append(self._end_y, ends)
        self.curves = np.concatenate([self.curves, np.empty((count, 4, 2))])
        self._wire_bounds = np.concatenate([self._wire_bounds, np.empty((count, 4))])
        self._paths.extend([None] * count)
        self._trace(np.arange(first, first + count))

    def _drop_lines(self, gone: Iterable[Wire]) -> None:
        rows = [self.wire_row[wire] for wire in gone]
        if not rows:
            return
        keep = np.ones(len(self.wires), bool)
        keep[rows] = False
        kept = np.flatnonzero(keep).tolist()
        for wire in gone:
            self.chains.pop(wire, None)
        self.wires = [self.wires[row] for row in kept]
        self.ends = [self.ends[row] for row in kept]
        self._paths = [self._paths[row] for row in kept]
        self.wire_row = {wire: row for row, wire in enumerate(self.wires)}
        self._source_row, self._target_row = self._source_row[keep], self._target_row[keep]
        self._start_y, self._end_y = self._start_y[keep], self._end_y[keep]
        self.curves, self._wire_bounds = self.curves[keep], self._wire_bounds[keep]

    def _trace(self, rows: Rows) -> None:
        """Compute the curves of some lines from where their boxes stand."""
        if not len(rows):
            return
        source, target = self._source_row[rows], self._target_row[rows]
        starts = self.position[source] + np.stack([self.width[source], self._start_y[rows]], 1)
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
        """Lead those of the traced lines that have bends through them."""
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

    def node_rect(self, item: int) -> QRectF:
        """The rectangle of a box."""
        row = self.node_row[item]
        x, y = self.position[row].tolist()
        return QRectF(x, y, float(self.width[row]), float(self.height[row]))

    def port_point(self, port: Port) -> QPointF:
        """The centre of a port. Raises KeyError for an item or number that is not there."""
        row = self.node_row[port.item]
        x, y = self.position[row].tolist()
        shape = self.shapes[row]
        heights = shape.inputs if port.side == "in" else shape.outputs
        if not 0 <= port.number < len(heights):
            raise KeyError(port)
        return QPointF(x if port.side == "in" else x + shape.width, y + heights[port.number])

    def ports_of(self, item: int) -> list[Port]:
        """The ports of a box, inputs first."""
        shape = self.shapes[self.node_row[item]]
        inputs = [Port(item, "in", number) for number in range(len(shape.inputs))]
        return [*inputs, *(Port(item, "out", number) for number in range(len(shape.outputs)))]

    def line_into(self, port: Port) -> int | None:
        """The row of the line that ends at an input port, None where none does."""
        return next((row for row, (_, target) in enumerate(self.ends) if target == port), None)

    def wires_at(self, row: int) -> tuple[Wire, ...]:
        """The wires of the graph that a line stands for."""
        wire = self.wires[row]
        return self.bundles.get(wire) or (wire,)

    def wire_rect(self, row: int) -> QRectF:
        """A rectangle that holds the whole curve of a wire."""
        left, top, right, bottom = self._wire_bounds[row].tolist()
        return QRectF(left, top, right - left, bottom - top)

    def wires_of(self, nodes: Iterable[int]) -> Rows:
        """Rows of the lines that start or end at any of the boxes."""
        touched = np.zeros(len(self.ids), bool)
        touched[[self.node_row[node] for node in nodes]] = True
        return np.flatnonzero(touched[self._source_row] | touched[self._target_row])

    def bounds(self, nodes: Iterable[int] | None = None) -> QRectF | None:
        """The rectangle around all or some boxes, None where there are none."""
        rows = slice(None) if nodes is None else [self.node_row[node] for node in nodes]
        position, height = self.position[rows], self.height[rows]
        if not len(height):
            return None
        left, top = position.min(0).tolist()
        right, bottom = float((position[:, 0] + self.width[rows]).max()), float((position[:, 1] + height).max())
        return QRectF(left, top, right - left, bottom - top)

    def visible_nodes(self, area: QRectF, margin: float = PORT_REACH) -> Rows:
        """Rows of the boxes that reach into ``area``, in painting order."""
        x, y = self.position[:, 0], self.position[:, 1]
        inside = (x + self.width > area.left() - margin) & (x < area.right() + margin)
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
        """The topmost box whose rectangle holds the point."""
        left, top = self.position[:, 0], self.position[:, 1]
        hit = (left <= x) & (x <= left + self.width) & (top <= y) & (y <= top + self.height)
        found = np.flatnonzero(hit)
        return self.ids[found[-1]] if len(found) else None

    def nodes_in(self, area: QRectF) -> frozenset[int]:
        """All boxes that overlap a rectangle."""
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

        ``without`` leaves out the ports of some boxes, ``only`` those of all but one.
        """
        side: Side = "in" if inputs else "out"
        table = self._ports[side]
        rows = table.box
        if not len(rows):
            return None
        dx = self.position[rows, 0] - x
        if not inputs:
            dx += self.width[rows]
        distances = np.hypot(dx, self.position[rows, 1] + table.y - y)
        if only is not None:
            distances[rows != self.node_row[only]] = np.inf
        elif without:
            barred = np.zeros(len(self.ids), bool)
            barred[[self.node_row[item] for item in without]] = True
            distances[barred[rows]] = np.inf
        nearest = int(distances.argmin())
        if not (distances[nearest] <= reach and np.isfinite(distances[nearest])):
            return None
        return Port(self.ids[rows[nearest]], side, int(table.number[nearest]))

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

    def all_ports(self, side: Side) -> list[Port]:
        """All ports of one side."""
        table = self._ports[side]
        pairs = zip(table.box.tolist(), table.number.tolist(), strict=True)
        return [Port(self.ids[row], side, number) for row, number in pairs]

    def _distance(self, port: Port, x: float, y: float) -> float:
        point = self.port_point(port)
        return float((point.x() - x) ** 2 + (point.y() - y) ** 2)
