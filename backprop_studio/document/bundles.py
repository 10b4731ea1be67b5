"""Edits of wires that are drawn as one: all that pass through a port of a collapsed group."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from backprop_studio.document.edit_checks import refuse
from backprop_studio.document.graph import Graph, Wire
from backprop_studio.document.outputs import OutputOf
from backprop_studio.document.rewiring import insert_on_wire, insertion_problem
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
    """Put a node into wires that come from one output: it is fed by that, and feeds all that they fed."""
    after = insert_on_wire(graph, wires[0], identifier)
    for wire in wires[1:]:
        after = connect(after, identifier, wire.target, wire.slot)
    return after


def insertion_into_all_problem(graph: Graph, wires: Sequence[Wire], identifier: int) -> str | None:
    """Why a node can not be put into several wires, in one sentence, or None where it can."""
    problems = (insertion_problem(graph, wire, identifier) for wire in wires)
    return next((problem for problem in problems if problem is not None), None)
