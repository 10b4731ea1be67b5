"""What stands on collapsed groups and at the edges of an entered one: the numbers at each of their ports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np

from backprop_studio.document.graph import Graph
from backprop_studio.document.groups import GroupPort, Level, nodes_within
from backprop_studio.engine.op import Array
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


def group_label(labels: Labels, level: Level, item: int) -> GroupLabel:
    """The label of a collapsed group of the level, or of ENTRY or EXIT.

    A port's numbers follow the timeline as those of nodes do: they are what the nodes show that it joins.
    """
    graph = labels.graph
    if item in (ENTRY, EXIT):
        assert level.inside is not None
        ports = level.ports[level.inside]
        if item == ENTRY:
            return GroupLabel("inputs", "", (), tuple(_entering(labels, port) for port in ports.inputs))
        return GroupLabel("outputs", "", tuple(_leaving(labels, port) for port in ports.outputs), ())
    ports = level.ports[item]
    return GroupLabel(
        graph.groups[item].name,
        size_text(graph, item),
        tuple(_entering(labels, port) for port in ports.inputs),
        tuple(_leaving(labels, port) for port in ports.outputs),
    )


def size_text(graph: Graph, group: int) -> str:
    """How many nodes lie in a group, at any depth."""
    count = len(nodes_within(graph, group))
    return "1 node" if count == 1 else f"{count} nodes"


def is_mistaken(labels: Labels, shown_as: Mapping[int, int]) -> frozenset[int]:
    """The collapsed groups in which a node is wrong."""
    return frozenset(shown_as[node] for node in labels.mistaken if shown_as.get(node, node) != node)


def port_name(graph: Graph, port: GroupPort) -> str:
    """What a port is called: the output that it carries, or the input within that is free."""
    if port.node is not None:
        return graph.nodes[port.node].names[port.output]
    target, slot = port.slots[0]
    node = graph.nodes[target]
    return f"{node.op.input_for(slot).name} of {node.name}"


def _entering(labels: Labels, port: GroupPort) -> PortLabel:
    name = port_name(labels.graph, port)
    if port.node is None:
        return PortLabel(name, Row(FREE, ""), Row("", ""))
    return PortLabel(name, _value(labels, port), _flowing_back(labels, port))


def _leaving(labels: Labels, port: GroupPort) -> PortLabel:
    assert port.node is not None
    label = labels[port.node]
    gradient = Row("", "") if label.outputs else label.gradient
    return PortLabel(port_name(labels.graph, port), _value(labels, port), gradient)


def _value(labels: Labels, port: GroupPort) -> Row:
    assert port.node is not None
    label = labels[port.node]
    return label.outputs[port.output] if label.outputs else label.value


def _flowing_back(labels: Labels, port: GroupPort) -> Row:
    """The sum of the contributions that flow through an input of a group to the node outside."""
    evaluation, playing = labels.evaluation, labels.playing
    if evaluation is None:
        return Row("", "")
    if labels.gradients is not None:
        return _trained(labels, port)
    terms: list[Array] = []
    count = 0
    for wire in port.wires:
        contribution = evaluation.contribution(wire)
        if contribution is None:
            continue
        count += 1
        travelled = playing.wire_number(wire) if playing is not None else (Stage.BACKWARD, contribution)
        if travelled is not None and travelled[0] is Stage.BACKWARD:
            terms.append(contribution)
    if not terms:
        return Row("") if count else Row("", "")
    row = number_row("", _sum(terms), Tone.BACKWARD)
    return row if len(terms) == count else Row("", row.text + MORE, row.tone, row.heat)


def _trained(labels: Labels, port: GroupPort) -> Row:
    """While training, gradients of wires are not known: that of the source, where nothing else uses it."""
    assert port.node is not None
    gradient = labels.gradient(port.node)
    if gradient is None or len(labels.graph.wires_from(port.node)) != len(port.wires):
        return Row("", "")
    return number_row("", gradient, Tone.BACKWARD)


def _sum(terms: list[Array]) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(reduce(np.add, terms))
