"""The chain rule in one go: its factors are listed, and how many are not."""

from __future__ import annotations

from backprop_studio.document.chain import MOST_LINKS, chain_block
from backprop_studio.document.evaluation import evaluate_graph
from backprop_studio.exchange.graph_code import parse_graph_code


def _chain_of(count: int) -> tuple[int, tuple[str, ...]]:
    lines = ["h0 = parameter(.5)", *(f"h{at} = sigmoid(h{at - 1})" for at in range(1, count + 1))]
    evaluation = evaluate_graph(parse_graph_code("\n".join(lines)))
    block = chain_block(evaluation, 0)
    assert block is not None
    return len(block.factors), block.notes


def test_factors_that_are_not_listed_are_counted() -> None:
    assert _chain_of(MOST_LINKS) == (MOST_LINKS, ())
    assert _chain_of(MOST_LINKS + 1) == (MOST_LINKS, ("1 more factor is not listed.",))
    assert _chain_of(MOST_LINKS + 4) == (MOST_LINKS, ("4 more factors are not listed.",))
