"""The gradient of a node down to the loss in one go: the chain rule along its paths, each factor a link."""

from __future__ import annotations

from math import prod

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.explanation_lines import Block, Line, Term
from backprop_studio.document.graph import Wire
from backprop_studio.document.number_text import as_shown
from backprop_studio.document.paths import MOST_FACTORS, MOST_TERMS, Paths, chain_rule, find_paths
from backprop_studio.document.symbols_text import partial, relation, value
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
    sign = relation(_printed(paths), paths.total)
    lines = (
        *(Line(row) for row in symbols),
        *(Line(row, "numbers") for row in numbers),
        Line(sign + value(paths.total), "result"),
    )
    heading = f"From {names[loss].name} back to {names[paths.source].name}"
    return Block(heading, Stage.BACKWARD, lines, factors=_links(evaluation, paths))


def _printed(paths: Paths) -> float:
    """What the chain rule comes to with its factors as they are printed."""
    return sum(prod(map(as_shown, path.factors)) for path in paths.listed)


def _links(evaluation: Evaluation, paths: Paths) -> tuple[Term, ...]:
    """Every factor once, from the loss back: its wire, its name and its number."""
    names = evaluation.graph.nodes
    found: dict[Wire, Term] = {}
    for path in paths.listed:
        for wire, factor in zip(path.wires, path.factors, strict=True):
            label = partial(names[wire.target].name, names[wire.source].name)
            found.setdefault(wire, Term(wire, label.text, value(factor)))
    return tuple(found.values())[:MOST_LINKS]
