"""Which node is the loss where nobody has chosen one."""

from __future__ import annotations

from collections.abc import Mapping

from backprop_studio.document.graph import Graph, Node
from backprop_studio.document.made import is_made
from backprop_studio.engine.op import Category
from backprop_studio.engine.program import Program, topological_order


def likely_loss(graph: Graph, program: Program) -> int | None:
    """The best of the ends: operations with a wire in and none out. None where there is no end.

    Preferred, in this order: those that can be computed, that depend on a parameter, losses, single numbers, and
    those that the oldest operations lead to. By the last, nodes added beside a loss never take its place, and what
    is built upon a loss becomes the loss. What lacks only the value of a source counts as if it had one, a single
    number, so that giving values does not move the loss.
    """
    wired = {target for target, _ in graph.sources}
    ends = [
        node
        for node in graph.nodes.values()
        if node.id in wired and not node.op.is_source and not graph.wires_from(node.id)
    ]
    if len(ends) < 2:
        return ends[0].id if ends else None
    waiting = _waiting(graph, program)
    learning = _learning(graph, program, waiting)

    def merit(node: Node) -> tuple[bool, bool, bool, bool]:
        at, is_loss = program.position.get(node.id), node.op.category is Category.LOSS
        if at is None and node.id not in waiting:
            return False, False, is_loss, False
        is_single = at is None or all(size == 1 for size in program.calls[at].shape)
        return True, node.id in learning, is_loss, is_single

    best = max(map(merit, ends))
    ends = [node for node in ends if merit(node) == best]
    if len(ends) < 2:
        return ends[0].id
    age = _age(graph, program, waiting)
    return max(ends, key=lambda node: (age.get(node.id, 0), -node.id)).id


def _waiting(graph: Graph, program: Program) -> dict[int, tuple[int, ...]]:
    """Nodes that lack nothing but the value of a source, with what feeds them; each after those that lead to it."""
    absent = {node: graph.feeding.get(node, ()) for node in graph.nodes if node not in program.position}
    waiting: dict[int, tuple[int, ...]] = {}
    for identifier in topological_order(absent):
        node, feeds = graph.nodes[identifier], absent[identifier]
        if node.op.is_source:
            lacks = node.value is None and not is_made(node.op, node.settings)
        else:
            sound = all(source in waiting or source in program.position for source in feeds)
            lacks = sound and any(source in waiting for source in feeds) and _is_wired(graph, identifier)
        if lacks:
            waiting[identifier] = feeds
    return waiting


def _is_wired(graph: Graph, identifier: int) -> bool:
    """Does every input have a wire that needs one?"""
    loose, inputs = graph.loose_slots(identifier), graph.inputs_of(identifier)
    return all(source is not None or slot in loose for slot, source in enumerate(inputs))


def _learning(graph: Graph, program: Program, waiting: Mapping[int, tuple[int, ...]]) -> set[int]:
    """Those that a parameter leads to."""
    depends: list[bool] = []
    for call in program.calls:
        depends.append(call.op.name == "parameter" or any(depends[source] for source in call.inputs))
    found = {call.key for call, learns in zip(program.calls, depends, strict=True) if learns}
    for identifier, feeds in waiting.items():
        if graph.nodes[identifier].op_name == "parameter" or any(source in found for source in feeds):
            found.add(identifier)
    return found


def _age(graph: Graph, program: Program, waiting: Mapping[int, tuple[int, ...]]) -> dict[int, int]:
    """For each node: the operations that lead to it, itself among them, as bits, the oldest highest.

    The larger of two such numbers has the oldest operation that leads to only one of the two.
    """
    operations = sorted((node.id for node in graph.nodes.values() if not node.op.is_source), reverse=True)
    bit = {key: 1 << place for place, key in enumerate(operations)}
    behind: list[int] = []
    for call in program.calls:
        mask = bit.get(call.key, 0)
        for source in call.inputs:
            mask |= behind[source]
        behind.append(mask)
    found = {call.key: mask for call, mask in zip(program.calls, behind, strict=True)}
    for identifier, feeds in waiting.items():
        mask = bit.get(identifier, 0)
        for source in feeds:
            mask |= found.get(source, 0)
        found[identifier] = mask
    return found
