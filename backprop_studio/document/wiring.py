"""Edits of wires. The wires of a variadic operation keep their order and leave no slot out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from backprop_studio.document.edit_checks import known_node, refuse
from backprop_studio.document.graph import MAX_INPUTS, Graph, Node, Wire, frozen
from backprop_studio.document.growing import grown, growth_slot, shrunk

SHOWN_OF_CYCLE = 8
"""A longer cycle is told with its middle left out."""
Slot = tuple[int, int]
"""(target node, input slot): where a wire ends."""
_Part = TypeVar("_Part")


def connect(graph: Graph, source: int, target: int, slot: int, output: int = 0) -> Graph:
    """Wire an output of ``source`` into input ``slot`` of ``target``, in place of what was wired there.

    At a free slot of a variadic operation the wire becomes its last one; at the slot after the last one a node grows
    that can.
    """
    problem = connection_problem(graph, source, target, slot, output)
    if problem is not None:
        refuse(problem)
    if slot == growth_slot(graph, target):
        graph = grown(graph, target)
    elif graph.nodes[target].op.variadic:
        slot = min(slot, graph.wired_count(target))
    end = (target, slot)
    if graph.sources.get(end) == source and graph.output_of(*end) == output:
        return graph
    sources = dict(graph.sources)
    sources.pop(end, None)  # a rewired slot counts as the newest wire
    sources[end] = source
    bends, outputs = _without(graph.bends, end), _without(graph.outputs, end)
    port_bends = _without(graph.port_bends, end)
    if output:
        outputs = frozen({**outputs, end: output})
    return replace(graph, sources=frozen(sources), bends=bends, outputs=outputs, port_bends=port_bends)


def connect_all(graph: Graph, wires: Iterable[Wire], outputs: Mapping[Slot, int] | None = None) -> Graph:
    """Make several wires in one edit, each in place of what was wired there.

    ``outputs`` tells, by where they end, of those that come from another output than the first.
    """
    for source, target, slot in wires:
        graph = connect(graph, source, target, slot, (outputs or {}).get((target, slot), 0))
    return graph


def reroute(graph: Graph, old: Wire, source: int, target: int, slot: int, output: int = 0) -> Graph:
    """Take a wire off at one end, or both, and put it elsewhere, in place of what was wired there."""
    if (target, slot) == (old.target, old.slot):
        return connect(graph, source, target, slot, output)
    after = disconnect(graph, old.target, old.slot)
    if target == old.target and slot > old.slot and graph.nodes[target].op.variadic:
        slot -= 1  # the wires after the one taken off have moved up
    return connect(after, source, target, slot, output)


def connection_problem(graph: Graph, source: int, target: int, slot: int, output: int = 0) -> str | None:
    """Why a wire can not be made, in one sentence, or None where it can."""
    for identifier in (source, target):
        if identifier not in graph.nodes:
            return f"There is no node with the id {identifier}. Wire two nodes of the graph."
    names = graph.nodes[source].names
    if not isinstance(output, int) or not 0 <= output < len(names):
        return f"{graph.nodes[source].label} has no output {output}. Count its outputs from 0 to {len(names) - 1}."
    node = graph.nodes[target]
    if node.op.is_source:
        return f"{node.name} holds a value and has no input. Wire into an operation instead."
    count = graph.slot_count(target)
    if not isinstance(slot, int) or not (0 <= slot < count or slot == growth_slot(graph, target)):
        if node.op.variadic and slot == MAX_INPUTS:
            return f"{node.name} has {MAX_INPUTS} inputs already, the most there can be. Join some of them first."
        inputs = ", ".join(f"{number} ({node.op.input_for(number).name})" for number in range(count))
        return f"{node.name} has no input slot {slot}. Its input slots: {inputs}."
    cycle = _path(graph, target, source)
    if cycle is None:
        return None
    way = " → ".join(_shortened([graph.nodes[identifier].name for identifier in (*cycle, target)]))
    return f"Wiring {graph.nodes[source].name} into {node.name} would form a cycle: {way}. Wire it elsewhere."


def disconnect(graph: Graph, target: int, slot: int) -> Graph:
    """Take away the wire that ends in input ``slot`` of ``target``."""
    node = known_node(graph, target)
    if (target, slot) not in graph.sources:
        refuse(f"{node.name} has no wire at input slot {slot} to take away.")
    return without_wires(graph, [(target, slot)])


def slice_wires(graph: Graph, wires: Iterable[Wire]) -> Graph:
    """Take away several wires in one edit."""
    ends = []
    for wire in wires:
        if graph.sources.get((wire.target, wire.slot)) != wire.source:
            refuse("One of the wires is no longer there. Slice those that are.")
        ends.append((wire.target, wire.slot))
    return without_wires(graph, ends) if ends else graph


def without_wires(graph: Graph, ends: Collection[Slot]) -> Graph:
    """The graph without the wires that end at ``ends``, which must exist; nodes that grew by them shrink again."""
    gone = frozenset(ends)
    kept = {end: source for end, source in graph.sources.items() if end not in gone}
    targets = {target for target, _ in gone}
    return shrunk(graph, with_wires_kept(graph, kept, targets), targets)


def with_wires_kept(graph: Graph, kept: Mapping[Slot, int], targets: Iterable[int]) -> Graph:
    """The graph with those of its wires that are ``kept``; ``targets`` are the nodes that lost some."""
    moved = compacted(kept, graph.nodes, targets)

    def still(parts: Mapping[Slot, _Part]) -> Mapping[Slot, _Part]:
        return frozen({moved.get(end, end): part for end, part in parts.items() if end in kept}) if parts else parts

    return replace(
        graph,
        sources=frozen({moved.get(end, end): source for end, source in kept.items()}),
        bends=still(graph.bends),
        outputs=still(graph.outputs),
        port_bends=still(graph.port_bends),
    )


def compacted(sources: Mapping[Slot, int], nodes: Mapping[int, Node], targets: Iterable[int]) -> dict[Slot, Slot]:
    """Where the wires of variadic operations among ``targets`` must move so that no slot is left out."""
    moved: dict[Slot, Slot] = {}
    wanted = {target for target in targets if target in nodes and nodes[target].op.variadic}
    if not wanted:
        return moved
    slots: dict[int, list[int]] = {}
    for target, slot in sources:
        if target in wanted:
            slots.setdefault(target, []).append(slot)
    for target, given in slots.items():
        for number, slot in enumerate(sorted(given)):
            if number != slot:
                moved[target, slot] = (target, number)
    return moved


def closed_up(moved: Mapping[Slot, Slot], parts: Mapping[Slot, _Part]) -> dict[Slot, _Part]:
    """What belongs to wires, by where these end once the slots of variadic operations have closed up."""
    return {moved.get(end, end): part for end, part in parts.items()}


def _without(parts: Mapping[Slot, _Part], end: Slot) -> Mapping[Slot, _Part]:
    return frozen({other: part for other, part in parts.items() if other != end}) if end in parts else parts


def _path(graph: Graph, start: int, end: int) -> list[int] | None:
    """Ids of a shortest way along the wires from ``start`` to ``end``, both included, or None.

    Walks upstream from ``end`` with a visited set: linear in nodes and wires, whatever their shape.
    """
    feeding = graph.feeding
    next_towards_end = {end: end}
    frontier = [end]
    while frontier and start not in next_towards_end:
        found = []
        for target in frontier:
            for source in feeding.get(target, ()):
                if source not in next_towards_end:
                    next_towards_end[source] = target
                    found.append(source)
        frontier = found
    if start not in next_towards_end:
        return None
    path = [start]
    while path[-1] != end:
        path.append(next_towards_end[path[-1]])
    return path


def _shortened(names: list[str]) -> list[str]:
    if len(names) <= SHOWN_OF_CYCLE:
        return names
    head = SHOWN_OF_CYCLE // 2
    return [*names[:head], f"… {len(names) - 2 * head} more …", *names[-head:]]
