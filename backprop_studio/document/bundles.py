"""Edits of wires that are drawn as one: all that pass through a port of a collapsed group."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from backprop_studio.document.edit_checks import known_group, refuse
from backprop_studio.document.graph import Graph, Wire
from backprop_studio.document.groups import nodes_within, ports
from backprop_studio.document.opening import with_lines_led
from backprop_studio.document.outputs import OutputOf
from backprop_studio.document.rewiring import insert_on_wire, insertion_problem
from backprop_studio.document.room import with_room
from backprop_studio.document.wiring import Slot, connect, connection_problem, slice_wires


def join(graph: Graph, source: OutputOf, slots: Sequence[Slot], taken: Collection[Wire] = ()) -> Graph:
    """Wire an output to several inputs, in place of what was wired there; ``taken`` are wires that go for it."""
    problem = join_problem(graph, source, slots)
    if problem is not None:
        refuse(problem)
    for target, slot in slots:
        graph = connect(graph, source.node, target, slot, source.output)
    left = [wire for wire in taken if (wire.target, wire.slot) not in slots]
    return slice_wires(graph, left)


def join_problem(graph: Graph, source: OutputOf, slots: Sequence[Slot]) -> str | None:
    """Why an output can not be wired to several inputs, in one sentence, or None where it can."""
    problems = (connection_problem(graph, source.node, target, slot, source.output) for target, slot in slots)
    return next((problem for problem in problems if problem is not None), None)


def insert_on_wires(graph: Graph, wires: Sequence[Wire], identifier: int) -> Graph:
    """Put a node, or a group, into wires that come from one output: it is fed by that, and feeds all that they fed."""
    if identifier in graph.groups:
        return _insert_group(graph, wires, identifier)
    after = insert_on_wire(graph, wires[0], identifier)
    for wire in wires[1:]:
        after = connect(after, identifier, wire.target, wire.slot)
    return after


def insertion_into_all_problem(graph: Graph, wires: Sequence[Wire], identifier: int) -> str | None:
    """Why a node, or a group, can not be put into several wires, in one sentence, or None where it can."""
    if identifier in graph.groups:
        return _group_problem(graph, wires, identifier)
    problems = (insertion_problem(graph, wire, identifier) for wire in wires)
    return next((problem for problem in problems if problem is not None), None)


def _insert_group(graph: Graph, wires: Sequence[Wire], group: int) -> Graph:
    """Put a group into wires by its first free input and its one output; what is in its way makes room."""
    problem = _group_problem(graph, wires, group)
    if problem is not None:
        refuse(problem)
    source = OutputOf(wires[0].source, graph.output_of(wires[0].target, wires[0].slot))
    entry, leaving = _way_through(graph, group)
    assert entry is not None
    assert leaving is not None
    after = join(graph, leaving, [(wire.target, wire.slot) for wire in wires])
    return with_lines_led(with_room(join(after, source, [entry]), [group]), [group])


def _group_problem(graph: Graph, wires: Sequence[Wire], group: int) -> str | None:
    name, within = known_group(graph, group).name, set(nodes_within(graph, group))
    if any(graph.sources.get((wire.target, wire.slot)) != wire.source for wire in wires):
        return f"That wire is no longer there. Drop {name} on another one."
    if any(within.intersection((wire.source, wire.target)) for wire in wires):
        return f"{name} is at an end of that wire. Drop it on another one."
    entry, leaving = _way_through(graph, group)
    if entry is None:
        return f"Every input of {name} is wired. Take a wire away from it first."
    if leaving is None:
        return f"{name} has no output that is alone and free, so it cannot be put into a wire. Wire it by its ports."
    source = OutputOf(wires[0].source, graph.output_of(wires[0].target, wires[0].slot))
    return join_problem(graph, source, [entry]) or join_problem(
        graph, leaving, [(wire.target, wire.slot) for wire in wires]
    )


def _way_through(graph: Graph, group: int) -> tuple[Slot | None, OutputOf | None]:
    """The first input within a group that nothing feeds, and its output where it has one that nothing uses."""
    sides = ports(graph, group)
    entry = next((port.slots[0] for port in sides.inputs if port.node is None), None)
    leaving = [OutputOf(port.node, port.output) for port in sides.outputs if port.node is not None and not port.wires]
    return entry, leaving[0] if len(sides.outputs) == len(leaving) == 1 else None
