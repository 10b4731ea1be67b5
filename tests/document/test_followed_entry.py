"""One entry of an array, worked out beside its shape on one line, is true."""

from __future__ import annotations

import pytest

from backprop_studio.document.evaluation import Evaluation, evaluate_graph
from backprop_studio.document.explanation import explain_event
from backprop_studio.document.followed_entry import block_entry, contribution_entry, value_entry
from backprop_studio.exchange.graph_code import parse_graph_code

SOURCES = "X = input([[1., 2., 3.], [4., 5., 6.]])\nw = parameter([[0.5], [0.25], [1.]])\n"
CODE = SOURCES + "z = X @ w\na = tanh(z)\nL = mean(a)"


def position(evaluation: Evaluation, name: str) -> int:
    node = evaluation.graph.node_named(name)
    at = evaluation.position(node.id) if node is not None else None
    assert at is not None
    return at


@pytest.fixture(scope="module")
def layer() -> Evaluation:
    return evaluate_graph(parse_graph_code(CODE))


def test_values_and_contributions_of_the_largest_entry(layer: Evaluation) -> None:
    z, a = position(layer, "z"), position(layer, "a")
    assert value_entry(layer, a) == "tanh(9.25) = 1 at [1, 0]"
    assert value_entry(layer, z) == "4 × 0.5 + 5 × 0.25 + … (1 more) = 9.25 at [1, 0]"
    assert contribution_entry(layer, a, 0) == "0.5 × 0.001341 = 0.0006705 at [0, 0]"
    assert contribution_entry(layer, z, 1).endswith("at [2, 0]")


def test_single_numbers_and_what_is_not_finite_have_no_entry(layer: Evaluation) -> None:
    assert value_entry(layer, position(layer, "L")) == ""
    endless = evaluate_graph(parse_graph_code("x = parameter([0., 1.])\ny = 1/x\nL = sum(y)"))
    assert value_entry(endless, position(endless, "y")) == ""


def test_every_event_that_makes_an_array_has_one(layer: Evaluation) -> None:
    told = [block_entry(layer, explain_event(layer, index).blocks[0]) for index in range(len(layer.trace))]
    assert value_entry(layer, position(layer, "a")) in told
    assert contribution_entry(layer, position(layer, "a"), 0) in told
