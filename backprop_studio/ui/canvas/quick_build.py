"""What choosing a row of quick-add does to the graph, as one pure edit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from backprop_studio.document import edits
from backprop_studio.document.bundles import insert_on_wires
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.fitting import ops_for_source, ops_for_target
from backprop_studio.document.graph import Graph, Point, Wire, slots_shown
from backprop_studio.document.node_size import NODE_WIDTH, port_offset_in, port_offset_out
from backprop_studio.document.value_text import parse_value
from backprop_studio.engine.op import Op
from backprop_studio.engine.ops import registry
from backprop_studio.session.joining import GRID, centred, join, read_formula
from backprop_studio.ui.canvas.geometry import Port
from backprop_studio.ui.canvas.quick_search import Choice
from backprop_studio.ui.placing import free_place

Built = tuple[Graph, frozenset[int]]
Slots = Mapping[str, int | None]
"""The input slot to wire, by the name of the operation."""


def fitting(evaluation: Evaluation, begin: Port | None) -> Slots | None:
    """The operations that can be wired to ``begin``, None for all where nothing is to be wired."""
    if begin is None or begin.item not in evaluation.graph.nodes:
        return None
    if begin.is_input:
        found = ops_for_target(evaluation, begin.item, begin.number)
    else:
        found = ops_for_source(evaluation, begin.item, begin.number)
    return {fit.op.name: fit.slot for fit in found}


def fitting_into(evaluation: Evaluation, wire: Wire) -> Slots:
    """The operations that can be put into a wire: they take what it carries, and its end takes what they give."""
    taking = ops_for_source(evaluation, wire.source, evaluation.graph.output_of(wire.target, wire.slot))
    giving = {fit.op.name for fit in ops_for_target(evaluation, wire.target, wire.slot)}
    return {fit.op.name: fit.slot for fit in taking if fit.op.name in giving}


def build_into(graph: Graph, op_name: str, at: Point, wires: Sequence[Wire]) -> Built:
    """The graph with an operation put into wires that are drawn as one, its middle at a point; and its id.

    Raises EditError.
    """
    x, y = centred(slots_shown(registry[op_name]), at)
    after, node = edits.add_node(graph, op_name, (round(x / GRID) * GRID, round(y / GRID) * GRID))
    return insert_on_wires(after, wires, node), frozenset((node,))


def build(graph: Graph, choice: Choice, at: Point, begin: Port | None, slots: Slots | None = None) -> Built:
    """The graph with what ``choice`` stands for at a point, wired to ``begin``; and the new nodes' ids.

    Raises EditError, and GraphCodeError or ValueTextError for a text that says nothing.
    """
    if choice.kind == "formula":
        after, new, result = join(graph, read_formula(choice.text), at)
        if begin is not None and begin.is_input:
            after = edits.connect(after, result, begin.item, begin.number)
        return after, new
    op = registry["constant"] if choice.kind == "value" else registry[choice.text]
    slot = (slots or {}).get(op.name) or 0
    value = parse_value(choice.text) if choice.kind == "value" else None
    after, node = edits.add_node(graph, op.name, _corner(graph, op, at, begin, slot), value=value)
    if begin is not None and begin.is_input:
        entry = graph.nodes[begin.item].op.input_for(begin.number).name
        after = edits.connect(after, node, begin.item, begin.number, _output_for(op, entry))
    elif begin is not None:
        after = edits.connect(after, begin.item, node, slot, begin.number)
    return after, frozenset((node,))


def remembered(recent: Iterable[str], op_name: str, most: int = 12) -> list[str]:
    """The operations used last, newest first, with the one used now."""
    return [op_name, *(name for name in recent if name != op_name)][:most]


def _output_for(op: Op, entry: str) -> int:
    """The output to wire to an input: the targets of a dataset where that takes a target, else the first."""
    return next((output for output, name in enumerate(op.outputs) if name == f"{entry}s"), 0)


def _corner(graph: Graph, op: Op, at: Point, begin: Port | None, slot: int) -> Point:
    """Where the node goes: in the middle of the point or as near as one is free; or with the port that is wired at it.

    The pointer rests where it is while several are typed one after the other: they must not cover each other.
    """
    if begin is None:
        x, y = free_place(graph, op, centred(slots_shown(op), at))
        return round(x / GRID) * GRID, round(y / GRID) * GRID
    x, y = at
    dx, dy = (NODE_WIDTH, port_offset_out()[1]) if begin.is_input else (0.0, port_offset_in(slots_shown(op), slot)[1])
    return round((x - dx) / GRID) * GRID, round((y - dy) / GRID) * GRID
