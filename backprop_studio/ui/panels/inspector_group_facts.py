"""What the inspector says about a group; no widgets."""

from __future__ import annotations

from dataclasses import dataclass

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Wire
from backprop_studio.document.groups import GroupPort, groups_within, nodes_within, ports, size_text
from backprop_studio.document.number_text import brief
from backprop_studio.document.port_flow import flowing_back
from backprop_studio.engine.trace import Stage
from backprop_studio.ui.panels.inspector_facts import NOT_COMPUTED, PassesShown, Quantity, node_facts, quantity

NOT_WIRED = "not wired"
MOST_PORTS = 40
"""Ports of one side that are told of one by one."""


@dataclass(frozen=True)
class PortFacts:
    """What a port is called, what it carries, and what flows back through it."""

    name: str
    value: Quantity
    gradient: Quantity


@dataclass(frozen=True)
class GroupFacts:
    """Everything the inspector says about a group beside its name and colour.

    ``parameters`` are the nodes that it holds at any depth, ``numbers`` how many numbers these are together.
    """

    holds: str
    inputs: tuple[PortFacts, ...]
    outputs: tuple[PortFacts, ...]
    more: str
    """Which ports are not listed; "" where all are."""
    parameters: tuple[int, ...]
    numbers: int


def group_facts(evaluation: Evaluation, group: int, shown: PassesShown) -> GroupFacts:
    """What can be said of a group, as far as the passes are shown."""
    graph, sides = evaluation.graph, ports(evaluation.graph, group)
    inner = len(groups_within(graph, group)) - 1
    holds = size_text(graph, group)
    if inner:
        holds += f", {inner} group{'s' if inner > 1 else ''}"
    parameters = tuple(node for node in sorted(nodes_within(graph, group)) if graph.nodes[node].op_name == "parameter")
    values = (evaluation.value(node) for node in parameters)
    left_out = len(sides.inputs[MOST_PORTS:]) + len(sides.outputs[MOST_PORTS:])
    return GroupFacts(
        holds,
        tuple(_entering(evaluation, port, shown) for port in sides.inputs[:MOST_PORTS]),
        tuple(_leaving(evaluation, port, shown) for port in sides.outputs[:MOST_PORTS]),
        f"and {left_out} more ports" if left_out else "",
        parameters,
        sum(value.size for value in values if value is not None),
    )


def _entering(evaluation: Evaluation, port: GroupPort, shown: PassesShown) -> PortFacts:
    """An input: the value from outside, and the sum of the contributions that flow back to it."""
    name = port.name
    if port.node is None:
        return PortFacts(name, Quantity(NOT_WIRED), Quantity(""))

    def has_arrived(wire: Wire) -> bool:
        travelled = shown.wire_number(wire)
        return travelled is not None and travelled[0] is Stage.BACKWARD

    value = node_facts(evaluation, port.node, shown, port.output).value
    flow = flowing_back(port, evaluation.contribution, has_arrived)
    if not flow.expected:
        return PortFacts(name, value, Quantity("no gradient"))
    if flow.total is None:
        return PortFacts(name, value, Quantity(NOT_COMPUTED))
    return PortFacts(name, value, quantity(flow.total) if flow.is_complete else Quantity(f"{brief(flow.total)} so far"))


def _leaving(evaluation: Evaluation, port: GroupPort, shown: PassesShown) -> PortFacts:
    """An output: the value of a node within, and its gradient."""
    assert port.node is not None
    told = node_facts(evaluation, port.node, shown, port.output)
    return PortFacts(port.name, told.value, told.gradient)
