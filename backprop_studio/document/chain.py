"""The gradient of a node down to the loss in one go: the chain rule along its paths, each factor a link."""

from __future__ import annotations

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.explanation_lines import Block, Line, Term
from backprop_studio.document.graph import Wire
from backprop_studio.document.paths import MOST_FACTORS, MOST_TERMS, Paths, chain_rule, chain_total, find_paths
from backprop_studio.document.symbols_text import fill, names_of, partial, value
from backprop_studio.engine.shapes import counted
from backprop_studio.engine.trace import Stage

MOST_CALLS = 400
"""Calls of a graph up to which its paths are found without being asked for."""
MOST_LINKS = 12


def chain_block(evaluation: Evaluation, call: int) -> Block | None:
    """The chain rule from a call down to the loss, with its numbers.

    None where a local derivative is no single number, where one rule says it all, and where there are too many paths.
    """
    loss = evaluation.loss
    if loss is None or len(evaluation.program.calls) > MOST_CALLS or evaluation.output_at(call):
        return None
    paths = find_paths(evaluation, evaluation.node_of(call), loss)
    lengths = [len(path.wires) for path in paths.listed]
    if paths.total is None or not 1 <= paths.count <= MOST_TERMS or not 2 <= max(lengths, default=0) <= MOST_FACTORS:
        return None
    names = evaluation.graph.nodes
    symbols, numbers = chain_rule(evaluation, paths)
    lines = (
        *(Line(row) for row in symbols),
        *(Line(row, "numbers") for row in numbers),
        Line(chain_total(paths, paths.total), "result"),
    )
    heading = f"From {names[loss].name} back to {names[paths.source].name}"
    links = _links(evaluation, paths)
    more = len(links) - MOST_LINKS
    notes = (f"{counted(more, 'more factor')} {'is' if more == 1 else 'are'} not listed.",) if more > 0 else ()
    return Block(heading, Stage.BACKWARD, lines, factors=links[:MOST_LINKS], notes=notes)


def _links(evaluation: Evaluation, paths: Paths) -> tuple[Term, ...]:
    """Every factor once, from the loss back: its wire, its name and its number."""
    found: dict[Wire, Term] = {}
    for path in paths.listed:
        for wire, factor in zip(path.wires, path.factors, strict=True):
            number = value(factor)
            found.setdefault(wire, Term(wire, _label(evaluation, wire, number.text), number))
    return tuple(found.values())


def _label(evaluation: Evaluation, wire: Wire, number: str) -> str:
    """What a factor is called, and its rule where that says more than the number does: "∂s/∂z = s × (1 − s)"."""
    target = evaluation.position(wire.target)
    assert target is not None
    names = evaluation.graph.nodes
    label = partial(names[wire.target].name, names[wire.source].name).text
    rule = evaluation.program.calls[target].op.local_for(evaluation.slot_of(wire))
    written = fill(rule, names_of(evaluation, target)).text if rule is not None else number
    return label if written == number else f"{label} = {written}"
