"""What keeps a graph from being trained is named with its cause."""

from __future__ import annotations

from backprop_studio.document import edits
from backprop_studio.document.evaluation import evaluate_graph
from backprop_studio.document.graph import Graph
from backprop_studio.exchange.graph_code import parse_graph_code
from backprop_studio.session.training_obstacle import obstacle


def told(graph: Graph) -> str | None:
    evaluation = evaluate_graph(graph)
    return obstacle(graph, evaluation.program, evaluation.problems, evaluation.loss)


def test_a_muted_node_between_parameter_and_loss_is_named() -> None:
    graph = parse_graph_code("w = parameter(2.)\ns = sigmoid(w)\nL = square(s)")
    s = graph.node_named("s")
    assert s is not None
    assert told(graph) is None
    found = told(edits.set_mode(graph, [s.id], "muted"))
    assert found is not None
    assert found.endswith("s is muted. Switch it on.")
