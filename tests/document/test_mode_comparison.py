"""Forward mode beside reverse mode: the same derivative, and what it costs."""

from __future__ import annotations

import pytest

from backprop_studio.document.evaluation import evaluate_graph
from backprop_studio.document.mode_comparison import agreement, cost_table, dual_numbers, is_quick
from backprop_studio.exchange.graph_code import parse_graph_code
from tests.document.operation_graphs import EXAMPLES, example


@pytest.mark.parametrize("name", EXAMPLES)
def test_both_modes_agree_and_reverse_costs_less_for_many(name: str) -> None:
    evaluation = example(name)
    table = cost_table(evaluation)
    assert is_quick(evaluation)
    assert table is not None
    if table.parameters > 3 and table.reverse:
        assert table.forward > table.reverse
        assert "times as much" in table.sentence
    for node in evaluation.graph.nodes.values():
        gradient, value = evaluation.gradient(node.id), evaluation.value(node.id)
        if not node.op.is_source or gradient is None or value is None:
            continue
        entry = (0,) * value.ndim
        first, second = agreement(evaluation, node.id, entry).splitlines()
        forward, reverse = (float(line.split()[1].replace("−", "-")) for line in (first, second))
        assert forward == pytest.approx(reverse, rel=1e-9, abs=1e-12)
        duals = dual_numbers(evaluation, node.id, entry)
        assert duals[0].node == node.id
        if value.size == 1:
            assert duals[0].tangent == "1"


def test_dual_numbers_of_a_chain() -> None:
    evaluation = evaluate_graph(parse_graph_code("x = parameter(1.)\nu = 3*x\nv = u + 2\nL = square(v)"))
    x = evaluation.graph.node_named("x")
    assert x is not None
    assert [(d.name, d.value, d.tangent) for d in dual_numbers(evaluation, x.id)] == [
        ("x", "1", "1"), ("u", "3", "3"), ("v", "5", "3"), ("L", "25", "30"),
    ]  # fmt: skip


def test_without_a_loss_there_is_no_table() -> None:
    evaluation = evaluate_graph(parse_graph_code("x = parameter([1., 2.])\nL = x*2"))
    assert cost_table(evaluation) is None
