"""Which node is the loss where nobody has chosen one: giving values does not move it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_studio.document import edits
from backprop_studio.document.compilation import find_loss
from backprop_studio.document.graph import Graph
from backprop_studio.document.values import Value
from backprop_studio.exchange.graph_code import parse_graph_code

CODES = (
    "q = (a + b) * c\nr = log(a) * b",
    "q = a * b\nL = mse_loss(q, t)\nacc = x + y",
    "h = tanh(x * w + b)\nL = square(h - t)\nn = sum(h)\nm = a / b",
    "t = target()\ny = x * w\nL = mse_loss(y, t)\np = exp(x)\nq = p * p",
)


def unchosen(code: str) -> Graph:
    return replace(parse_graph_code(code.replace("t = target()\n", "")), loss=None)


@pytest.mark.parametrize("code", CODES)
@given(data=st.data())
def test_giving_values_one_by_one_does_not_move_it(code: str, data: st.DataObject) -> None:
    graph = unchosen(code)
    loss = find_loss(graph)
    sources = [node.id for node in graph.nodes.values() if node.op.is_source]
    for source in data.draw(st.permutations(sources)):
        graph = edits.set_value(graph, source, Value(data.draw(st.floats(0.1, 3.0))))
        assert find_loss(graph) == loss
    assert loss is not None


def test_a_loss_waits_for_its_arrays() -> None:
    graph = unchosen("m = matmul(X, W)\nL = mse_loss(m, t)\nr = a * b")
    ids = {node.name: node.id for node in graph.nodes.values()}
    assert find_loss(graph) == ids["L"]
    for name, value in (("a", 2.0), ("b", 3.0), ("t", np.ones((2, 1))), ("X", np.ones((2, 3))), ("W", np.ones((3, 1)))):
        graph = edits.set_value(graph, ids[name], Value(value))
        assert find_loss(graph) == ids["L"]


def test_what_is_not_wired_yet_does_not_wait() -> None:
    graph = unchosen("r = a * b")
    ids = {node.name: node.id for node in graph.nodes.values()}
    graph, lone = edits.add_node(graph, "mse_loss", (0.0, 0.0))
    graph = edits.connect(graph, ids["a"], lone, 0)
    assert find_loss(graph) == ids["r"], "it lacks more than values"
