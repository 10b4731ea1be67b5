"""A graph in Graphviz's language: nodes with values and gradients, wires with contributions, groups as clusters."""

from __future__ import annotations

from collections.abc import Iterator

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Node, Wire
from backprop_studio.document.number_text import brief
from backprop_studio.engine.op import Array, Category

_SHAPES = {True: "ellipse", False: "box"}
_HEAD = """\
// Written by Backprop Studio. Draw it with: dot -Tsvg graph.dot -o graph.svg
digraph graph_of_backprop_studio {
  rankdir=LR;
  node [fontname="sans-serif", style=rounded];
  edge [fontname="sans-serif", fontsize=10];"""


def dot_code(evaluation: Evaluation) -> str:
    """The graph as it is built, finished or not: what has no value shows none."""
    graph = evaluation.graph
    lines = [_HEAD]
    lines += _members(evaluation, None, "  ")
    lines += [_wire(evaluation, wire) for wire in sorted(graph.wires)]
    return "\n".join([*lines, "}"]) + "\n"


def _members(evaluation: Evaluation, group: int | None, indent: str) -> Iterator[str]:
    """The nodes and groups that lie in a group itself; None: outside of all groups."""
    graph = evaluation.graph
    for node in graph.nodes.values():
        if node.group == group:
            yield f"{indent}n{node.id} [{_attributes(evaluation, node)}];"
    for inner in graph.groups.values():
        if inner.parent == group:
            yield f"{indent}subgraph cluster_{inner.id} {{"
            yield f"{indent}  label={_quoted(inner.name)};"
            yield from _members(evaluation, inner.id, indent + "  ")
            yield f"{indent}}}"


def _attributes(evaluation: Evaluation, node: Node) -> str:
    rows = [_title(node)]
    for output, name in enumerate(node.names):
        lead = f"{name} " if node.more else ""
        rows.append(f"{lead}= {_shown(evaluation.value(node.id, output))}")
        gradient = evaluation.gradient(node.id, output)
        rows += [] if gradient is None else [f"{lead}gradient {_shown(gradient)}"]
    style = {"on": "", "muted": ", style=dotted", "bypassed": ", style=dashed"}[node.mode]
    loss = ", penwidth=2" if node.id == evaluation.loss else ""
    return f"label={_quoted(chr(10).join(rows))}, shape={_SHAPES[node.op.category is Category.SOURCE]}{style}{loss}"


def _title(node: Node) -> str:
    state = "" if node.mode == "on" else f", {node.mode}"
    return f"{node.label} ({node.op.title.lower()}{state})"


def _wire(evaluation: Evaluation, wire: Wire) -> str:
    contribution = evaluation.contribution(wire)
    label = "" if contribution is None else f" [label={_quoted(_shown(contribution))}]"
    return f"  n{wire.source} -> n{wire.target}{label};"


def _shown(array: Array | None) -> str:
    return "not computed" if array is None else brief(array)


def _quoted(text: str) -> str:
    """Text in quotes, as the language takes it, with its line breaks."""
    plain = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
