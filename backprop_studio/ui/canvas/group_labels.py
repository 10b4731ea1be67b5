"""What stands on collapsed groups and at the edges of an entered one: the numbers at each of their ports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backprop_studio.document.graph import Wire
from backprop_studio.document.groups import GroupPort, Level, size_text
from backprop_studio.document.port_flow import flowing_back
from backprop_studio.engine.trace import Stage
from backprop_studio.ui.canvas.boxes import ENTRY, EXIT
from backprop_studio.ui.canvas.labels import MORE, Labels, Row, Tone, number_row

FREE = "not wired"
"""Stands at an input of a group that nothing outside feeds."""


@dataclass(frozen=True, slots=True, eq=False)
class PortLabel:
    """What stands at one port: what it carries, and what flows back through it."""

    name: str
    value: Row
    gradient: Row


@dataclass(frozen=True, slots=True, eq=False)
class GroupLabel:
    """Everything written on a collapsed group, or at an edge."""

    title: str
    caption: str
    inputs: tuple[PortLabel, ...]
    outputs: tuple[PortLabel, ...]


def group_label(labels: Labels, level: Level, item: int, *, with_ports: bool = True) -> GroupLabel:
    """The label of a collapsed group of the level, or of ENTRY or EXIT.

    A port's numbers follow the timeline as those of nodes do: they are what the nodes show that it joins.
    """
    graph = labels.graph
    edge = item in (ENTRY, EXIT)
    group = level.inside if edge else item
    assert group is not None
    sides = level.ports[group]
    inputs = tuple(_entering(labels, port) for port in sides.inputs) if with_ports and item != EXIT else ()
    outputs = tuple(_leaving(labels, port) for port in sides.outputs) if with_ports and item != ENTRY else ()
    if edge:
        return GroupLabel("inputs", "", (), inputs) if item == ENTRY else GroupLabel("outputs", "", outputs, ())
    return GroupLabel(graph.groups[item].name, size_text(graph, item), inputs, outputs)


def is_mistaken(labels: Labels, shown_as: Mapping[int, int]) -> frozenset[int]:
    """The collapsed groups in which a node is wrong."""
    return frozenset(shown_as[node] for node in labels.mistaken if shown_as.get(node, node) != node)


def _entering(labels: Labels, port: GroupPort) -> PortLabel:
    name = port.name
    if port.node is None:
        return PortLabel(name, Row(FREE, ""), Row("", ""))
    return PortLabel(name, _value(labels, port), _flowing_back(labels, port))


def _leaving(labels: Labels, port: GroupPort) -> PortLabel:
    assert port.node is not None
    label = labels[port.node]
    gradient = Row("", "") if label.outputs else label.gradient
    return PortLabel(port.name, _value(labels, port), gradient)


def _value(labels: Labels, port: GroupPort) -> Row:
    assert port.node is not None
    label = labels[port.node]
    return label.outputs[port.output] if label.outputs else label.value


def _flowing_back(labels: Labels, port: GroupPort) -> Row:
    """The sum of the contributions that flow through an input of a group to the node outside."""
    if labels.evaluation is None:
        return Row("", "")
    playing = labels.playing

    def has_arrived(wire: Wire) -> bool:
        travelled = playing.wire_number(wire) if playing is not None else None
        return playing is None or (travelled is not None and travelled[0] is Stage.BACKWARD)

    flow = flowing_back(port, labels.contribution, has_arrived)
    if flow.total is None:
        return Row("") if flow.expected else Row("", "")
    row = number_row("", flow.total, Tone.BACKWARD)
    return row if flow.is_complete else Row("", row.text + MORE, row.tone, row.heat)
