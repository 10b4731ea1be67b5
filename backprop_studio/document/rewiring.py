"""Edits that put nodes into wires and take them out again."""

from __future__ import annotations

from collections.abc import Iterable

from backprop_studio.document.combining import nodes_among
from backprop_studio.document.edit_checks import known_node, refuse
from backprop_studio.document.graph import Graph, Point, Wire
from backprop_studio.document.items import move
from backprop_studio.document.node_size import NODE_WIDTH
from backprop_studio.document.outputs import OutputOf
from backprop_studio.document.wiring import Slot, connect, connection_problem, without_wires

ROOM = 50.0
"""Least free space between a node put into a wire and its neighbours on that wire, left and right."""


def insert_on_wire(graph: Graph, wire: Wire, identifier: int) -> Graph:
    """Put a node into a wire: its first free input that fits gets the wire's source, its output goes to the target.

    Nodes downstream move to the right as far as is needed to make room.
    """
    problem = insertion_problem(graph, wire, identifier)
    if problem is not None:
        refuse(problem)
    output = graph.output_of(wire.target, wire.slot)
    after = connect(graph, identifier, wire.target, wire.slot)
    after = connect(after, wire.source, identifier, _free_slots(graph, identifier)[0], output)
    return _with_room(after, wire, identifier)


def insertion_problem(graph: Graph, wire: Wire, identifier: int) -> str | None:
    """Why a node can not be put into a wire, in one sentence, or None where it can."""
    node = known_node(graph, identifier)
    if graph.sources.get((wire.target, wire.slot)) != wire.source:
        return "That wire is no longer there. Drop the node on another one."
    if identifier in (wire.source, wire.target):
        return f"{node.name} is at an end of that wire. Drop it on another one."
    if node.op.is_source:
        return f"{node.name} holds a value and has no input, so it cannot be put into a wire. Wire it to a node."
    free = _free_slots(graph, identifier)
    if not free:
        return f"Every input of {node.name} is wired. Detach it first."
    return connection_problem(graph, wire.source, identifier, free[0]) or connection_problem(
        graph, identifier, wire.target, wire.slot
    )


def detach(graph: Graph, ids: Iterable[int]) -> Graph:
    """Take nodes out of all wires to others and heal these: what fed a node's first input feeds its users.

    Wires among the nodes stay.
    """
    chosen = frozenset(nodes_among(graph, ids))
    cut: list[Slot] = []
    healed: list[tuple[OutputOf, Slot]] = []
    for (target, slot), source in graph.sources.items():
        if source in chosen and target not in chosen:
            feeder = _feeder(graph, source, chosen)
            if feeder is None:
                cut.append((target, slot))
            else:
                healed.append((feeder, (target, slot)))
        elif target in chosen and source not in chosen:
            cut.append((target, slot))
    for feeder, (target, slot) in healed:  # before slots close up
        graph = connect(graph, feeder.node, target, slot, feeder.output)
    return without_wires(graph, cut) if cut else graph


def downstream(graph: Graph, identifier: int) -> frozenset[int]:
    """All nodes that a node's value reaches, without itself."""
    reached: set[int] = set()
    pending = [identifier]
    while pending:
        for wire in graph.wires_from(pending.pop()):
            if wire.target not in reached:
                reached.add(wire.target)
                pending.append(wire.target)
    return frozenset(reached)


def _free_slots(graph: Graph, identifier: int) -> list[int]:
    return [slot for slot in range(graph.slot_count(identifier)) if (identifier, slot) not in graph.sources]


def _feeder(graph: Graph, identifier: int, chosen: frozenset[int]) -> OutputOf | None:
    """The output outside ``chosen`` that feeds the first inputs from ``identifier`` backwards, or None."""
    current, output = identifier, 0
    while current in chosen:
        source = graph.source_of(current, 0)
        if source is None:
            return None
        current, output = source, graph.output_of(current, 0)
    return OutputOf(current, output)


def _with_room(graph: Graph, wire: Wire, identifier: int) -> Graph:
    """Shift the node clear of the wire's source, and what lies downstream of it clear of the node."""
    x, y = graph.nodes[identifier].position
    left = max(x, graph.nodes[wire.source].position[0] + NODE_WIDTH + ROOM)
    positions: dict[int, Point] = {identifier: (left, y)} if left != x else {}
    need = left + NODE_WIDTH + ROOM - graph.nodes[wire.target].position[0]
    if need > 0:
        border = min(left, graph.nodes[wire.target].position[0])
        for node in downstream(graph, identifier):
            here = graph.nodes[node].position
            if here[0] >= border:
                positions[node] = (here[0] + need, here[1])
    return move(graph, positions)
