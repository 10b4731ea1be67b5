"""All that a painter needs to know: where things stand, what is written on them, what is selected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce

from PySide6.QtCore import QRectF

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import EMPTY_GRAPH, Graph, Wire
from backprop_studio.document.groups import GroupPort, Level, Ports, visible
from backprop_studio.document.outputs import OutputOf
from backprop_studio.document.parts import Rect
from backprop_studio.document.wiring import Slot
from backprop_studio.ui.canvas.boxes import ENTRY, EXIT, Port, level_boxes, level_lines
from backprop_studio.ui.canvas.geometry import Geometry
from backprop_studio.ui.canvas.labels import Kind, Labels
from backprop_studio.ui.canvas.magnitudes import Magnitudes
from backprop_studio.ui.canvas.open_groups import outline_rects
from backprop_studio.ui.canvas.ranks import Ranks
from backprop_studio.ui.canvas.wire_marks import WireMark, WireMarks


@dataclass
class Scene:
    """What is painted. The view keeps it up to date with the session; a picture makes its own."""

    graph: Graph = EMPTY_GRAPH
    geometry: Geometry = field(default_factory=Geometry)
    labels: Labels = field(default_factory=lambda: Labels(EMPTY_GRAPH, None))
    marks: WireMarks = field(default_factory=lambda: WireMarks(EMPTY_GRAPH, None))
    ranks: Ranks = field(default_factory=lambda: Ranks(EMPTY_GRAPH, None))
    level: Level | None = None
    """What of the graph is drawn; None where that is all nodes and wires, since there is no group."""
    note_rects: dict[int, Rect] = field(default_factory=dict)
    """Where frames and comments are that are being dragged."""
    selection: frozenset[int] = frozenset()
    selected_groups: frozenset[int] = frozenset()
    selected_notes: frozenset[int] = frozenset()
    """Ids of the selected frames and comments."""
    hidden_comment: int | None = None
    """The comment whose text is being edited; it is not painted."""
    selected_wire: Wire | None = None
    hidden_wire: Wire | None = None
    """The wire whose end is being dragged; it is not painted."""
    magnitudes: Magnitudes | None = None
    """How large the gradient on each wire is, where wires are to be coloured by it."""

    @classmethod
    def of(cls, evaluation: Evaluation) -> Scene:
        """The scene of a finished evaluation, everything shown and nothing selected."""
        scene = cls()
        scene.take_graph(evaluation.graph)
        scene.labels = Labels(evaluation.graph, evaluation)
        scene.marks = WireMarks(evaluation.graph, evaluation)
        scene.ranks = Ranks(evaluation.graph, evaluation)
        return scene

    def take_graph(self, graph: Graph, inside: int | None = None) -> None:
        """Show a graph, or what lies in the group ``inside``."""
        self.graph = graph
        self.level = visible(graph, inside) if graph.groups else None
        if self.level is None:
            self.geometry.reset(graph)
        else:
            self.geometry.show(level_boxes(graph, self.level), level_lines(graph, self.level))

    @property
    def nodes(self) -> tuple[int, ...]:
        """The nodes that are drawn."""
        return tuple(self.graph.nodes) if self.level is None else self.level.nodes

    def drawn_line(self, wire: Wire) -> tuple[tuple[Wire, ...], tuple[int, int]]:
        """The wires that stand behind a line that is drawn, and the ids of the items that it is drawn between."""
        row = self.geometry.wire_row[wire]
        inside = self.level.inside if self.level is not None else None
        source, target = (
            inside if port.item in (ENTRY, EXIT) and inside is not None else port.item
            for port in self.geometry.ends[row]
        )
        return self.geometry.wires_at(row), (source, target)

    def mark_of(self, wire: Wire) -> WireMark | None:
        """The mark of the line that a wire names, which may stand for several wires."""
        bundle = self.geometry.bundles.get(wire)
        return self.marks[wire] if bundle is None else self.marks.of_bundle(bundle)

    def kind(self, item: int) -> Kind:
        """How the box of an item is coloured."""
        node = self.graph.nodes.get(item)
        if node is not None:
            return self.labels.kind(node)
        return Kind.EDGE if item in (ENTRY, EXIT) else Kind.GROUP

    def showing(self, nodes: Iterable[int]) -> set[int]:
        """The boxes on which numbers of some nodes stand: their own, and those of groups that have them at a port."""
        if self.level is None:
            return set(nodes)
        chosen = set(nodes)
        found = {item for node in chosen if (item := self.item_of(node)) is not None}
        for item in (*self.level.groups, ENTRY, EXIT):
            if item in self.geometry.node_row and item not in found:
                ports = self.ports_of(item)
                assert ports is not None
                if any(port.node in chosen for port in (*ports.inputs, *ports.outputs)):
                    found.add(item)
        return found

    def item_of(self, node: int) -> int | None:
        """What shows a node: itself, the collapsed group that it lies in, or nothing at this level."""
        if self.level is None:
            return node if node in self.graph.nodes else None
        return self.level.shown_as.get(node)

    def ports_of(self, item: int) -> Ports | None:
        """The ports of a collapsed group, or those that ENTRY or EXIT show; None for a node."""
        if self.level is None or item in self.graph.nodes:
            return None
        if item not in (ENTRY, EXIT):
            return self.level.ports.get(item)
        assert self.level.inside is not None
        ports = self.level.ports[self.level.inside]
        return Ports((), ports.inputs) if item == ENTRY else Ports(ports.outputs, ())

    def group_port(self, port: Port) -> GroupPort | None:
        """What a port of a group or an edge stands for; None for one of a node, and for one that is gone."""
        ports = self.ports_of(port.item)
        side = () if ports is None else ports.inputs if port.is_input else ports.outputs
        return side[port.number] if port.number < len(side) else None

    def port_ranks(self, item: int) -> tuple[int, ...]:
        """The ranks of what the ports of a box carry, inputs first; () where all are plain."""
        ports = self.ports_of(item)
        if ports is None:
            return self.ranks.ports(item)
        shown = (*ports.inputs, *ports.outputs)
        ranks = tuple(0 if port.node is None else self.ranks.of(port.node, port.output) for port in shown)
        return ranks if any(ranks) else ()

    def outlines(self) -> dict[int, QRectF]:
        """The rectangles of the open groups; outer ones come first."""
        return {} if self.level is None else outline_rects(self.graph, self.level, self.geometry)

    def source_of(self, port: Port) -> OutputOf | None:
        """The output of a node that an output port carries; None at an input of a group that nothing feeds."""
        if port.item in self.graph.nodes:
            return OutputOf(port.item, port.number)
        found = self.group_port(port)
        return OutputOf(found.node, found.output) if found is not None and found.node is not None else None

    def slots_of(self, port: Port) -> tuple[Slot, ...]:
        """The inputs of nodes that an input port stands for; none at an output of a group that nothing uses."""
        if port.item in self.graph.nodes:
            return ((port.item, port.number),)
        found = self.group_port(port)
        if found is None:
            return ()
        return found.slots if port.item != EXIT else tuple((wire.target, wire.slot) for wire in found.wires)

    def node_port(self, port: Port) -> Port | None:
        """The port of a node that a port of a group stands for, the first where there are several."""
        if not port.is_input:
            source = self.source_of(port)
            return None if source is None else Port(source.node, "out", source.output)
        slots = self.slots_of(port)
        return Port(slots[0][0], "in", slots[0][1]) if slots else None

    def bounds(self) -> QRectF | None:
        """The rectangle around all nodes, bent wires, frames and comments, None where there are none."""
        frames, comments = self.graph.frames, self.graph.comments
        shown = (frames, comments) if self.level is None else (self.level.frames, self.level.comments)
        found = [QRectF(*frames[identifier].rect) for identifier in shown[0]]
        found += [QRectF(*comments[i].position, *comments[i].size) for i in shown[1]]
        nodes = self.geometry.bounds()
        found += [nodes] if nodes is not None else []
        found += [self.geometry.wire_rect(self.geometry.wire_row[wire]) for wire in self.geometry.bends]
        found += self.outlines().values()
        return reduce(QRectF.united, found) if found else None
