"""Evaluations of graph code, and nodes by their names."""

from __future__ import annotations

from backprop_studio.document.evaluation import Evaluation, evaluate_graph
from backprop_studio.exchange.graph_code import parse_graph_code


def of_code(code: str) -> Evaluation:
    """The evaluation of a graph given as code."""
    return evaluate_graph(parse_graph_code(code))


def named(evaluation: Evaluation, wanted: str) -> int:
    """The id of the node of that name."""
    node = evaluation.graph.node_named(wanted)
    assert node is not None
    return node.id
