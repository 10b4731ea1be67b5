"""A source can be made another kind of source, and stays what it is in all else."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_studio.document import edits
from backprop_studio.document.edits import EditError
from backprop_studio.document.evaluation import evaluate_graph
from backprop_studio.document.graph import Graph
from backprop_studio.document.made import held_array
from backprop_studio.document.values import Value
from backprop_studio.exchange.graph_code import graph_code, parse_graph_code

CODE = "x = parameter(2.)\nw = parameter(3.)\nL = x*w"


def named(graph: Graph, name: str) -> int:
    node = graph.node_named(name)
    assert node is not None
    return node.id


@pytest.mark.parametrize("kind", ["input", "target", "constant"])
def test_a_parameter_becomes_another_kind_and_back(kind: str) -> None:
    graph = parse_graph_code(CODE)
    after = edits.set_kind(graph, [named(graph, "x")], kind)
    node = after.nodes[named(after, "x")]
    assert (node.op_name, node.name, node.value) == (kind, "x", Value(2.0))
    assert after.sources == graph.sources
    assert f"x = {kind}(2.0)" in graph_code(after)
    gradient = evaluate_graph(after).gradient(node.id)
    assert (gradient is None) == (kind == "constant")
    assert edits.set_kind(after, [node.id], "parameter") == graph


def test_what_is_of_that_kind_already_changes_nothing() -> None:
    graph = parse_graph_code(CODE)
    assert edits.set_kind(graph, [named(graph, "x"), named(graph, "w")], "parameter") is graph


def test_numbers_drawn_are_kept() -> None:
    graph = parse_graph_code('w = parameter(shape=(2, 3), init="xavier", seed=4)\nL = sum(w)')
    drawn = held_array(graph.nodes[named(graph, "w")])
    node = edits.set_kind(graph, [named(graph, "w")], "input").nodes[named(graph, "w")]
    assert node.value is not None
    assert drawn is not None
    assert np.array_equal(node.value.array, drawn)
    assert not node.settings


def test_a_shape_too_large_is_refused() -> None:
    graph = parse_graph_code("w = parameter(shape=(2, 3))\nL = sum(w)")
    graph = edits.set_setting(graph, named(graph, "w"), "shape", (100_000, 100_000))
    with pytest.raises(EditError, match=r"^w: shape .* Make it smaller\.$"):
        edits.set_kind(graph, [named(graph, "w")], "input")


def test_what_holds_no_single_value_is_refused() -> None:
    graph = parse_graph_code('x, t = data("xor")\nw = parameter(1.)\nL = sum(x*w)')
    for name, why in (("L", r"L computes its value \(sum\)"), ("x", r"x, t holds two arrays \(data\)")):
        with pytest.raises(EditError, match=why):
            edits.set_kind(graph, [named(graph, "w"), named(graph, name)], "input")
    with pytest.raises(EditError, match="Choose one of input, target, parameter, constant"):
        edits.set_kind(graph, [named(graph, "w")], "relu")
