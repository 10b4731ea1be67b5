"""Timelines of small graphs, without a session."""

from __future__ import annotations

from backprop_studio.document.evaluation import evaluate_graph
from backprop_studio.exchange.graph_code import parse_graph_code
from backprop_studio.session.timeline import Timeline

FAN_OUT = "a = parameter(2.)\nb = parameter(1.)\nL = (a + b)*(b + 1)"
ARRAYS = """
x = input([[1., -2.], [0.5, 3.]])
w = parameter([[0.3], [-0.2]])
h = x @ w
s = sigmoid(h)
L = sum(s*h + s*s + h)
"""


def timeline_of(code: str) -> Timeline:
    """The timeline of both passes over a graph."""
    timeline = Timeline()
    timeline.set_evaluation(evaluate_graph(parse_graph_code(code)))
    return timeline


def node(timeline: Timeline, name: str) -> int:
    """The id of the node of that name."""
    assert timeline.evaluation is not None
    found = timeline.evaluation.graph.node_named(name)
    assert found is not None
    return found.id
