"""Which node is the loss where nobody has chosen one."""

from __future__ import annotations

from backprop_studio.document.graph import Graph, Node
from backprop_studio.engine.op import Category
from backprop_studio.engine.program import Program


def likely_loss(graph: Graph, program: Program) -> int | None:
    """The best of the ends: operations with a wire in and none out. None where there is no end.

    Preferred, in this order: those that can be computed, that depend on a parameter, losses, single numbers, and
    those that the oldest operations lead to. By the last, nodes added beside a loss never take its place, and what
    is built upon a loss becomes the loss.
    """
    wired = {target for target, _ in graph.sources}
    ends = [
        node
        for node in graph.nodes.values()
        if node.id in wired and not node.op.is_source and not graph.wires_from(node.id)
    ]

    def merit(node: Node) -> tuple[bool, bool, bool, bool]:
        at = program.position.get(node.id)
        if at is None:
            return False, False, node.op.category is Category.LOSS, False
        call = program.calls[at]
        return True, depends[at], node.op.category is Category.LOSS, all(size == 1 for size in call.shape)

    depends = _depends_on_parameter(program)
    best = max(map(merit, ends), default=None)
    ends = [node for node in ends if merit(node) == best]
    if len(ends) < 2:
        return ends[0].id if ends else None
    age = _age(graph, program)
    return max(ends, key=lambda node: (age.get(node.id, 0), -node.id)).id


def _depends_on_parameter(program: Program) -> list[bool]:
    """For each call: does a parameter lead to it?"""
    depends: list[bool] = []
    for call in program.calls:
        depends.append(call.op.name == "parameter" or any(depends[source] for source in call.inputs))
    return depends


def _age(graph: Graph, program: Program) -> dict[int, int]:
    """For each node that is computed: the operations that lead to it, itself among them, as bits, the oldest highest.

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
    return {call.key: mask for call, mask in zip(program.calls, behind, strict=True)}
