"""One entry followed as scalars: the terms must add up to it, whatever the operation."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_studio.document.entries import follow_contribution, follow_value
from backprop_studio.document.evaluation import evaluate_graph
from backprop_studio.document.local_derivatives import column, row
from backprop_studio.engine.op import Op, Sample
from backprop_studio.exchange.graph_code import parse_graph_code
from tests.document.operation_graphs import SAMPLE_IDS, SAMPLES, around


@pytest.mark.parametrize(("op", "number", "sample"), SAMPLES, ids=SAMPLE_IDS)
def test_columns_and_rows_of_every_operation_agree_with_the_backward_pass(op: Op, number: int, sample: Sample) -> None:
    evaluation = around(op, sample)
    node = evaluation.graph.node_named("f")
    assert node is not None
    call = evaluation.position(node.id)
    assert call is not None
    upstream, out = evaluation.run.gradients[call], evaluation.run.values[call]
    assert upstream is not None
    assert out is not None
    for slot, array in enumerate(sample.inputs):
        if array is None or (call, slot) not in evaluation.run.contributions:
            continue
        contribution = evaluation.run.contributions[call, slot]
        for entry in list(np.ndindex(array.shape))[:6]:
            local = column(evaluation, call, slot, entry)
            assert local is not None
            assert np.sum(upstream * local) == pytest.approx(contribution[entry], rel=1e-9, abs=1e-12)
            story = follow_contribution(evaluation, call, slot, entry)
            assert story.lines
            assert all(len(at) == out.ndim for at in story.lit_upstream)
            for at in list(story.lit_upstream)[:3]:
                weights = row(evaluation, call, slot, at)
                assert weights is not None
                assert weights[entry] == pytest.approx(local[at], rel=1e-9, abs=1e-12)
    for entry in list(np.ndindex(out.shape))[:4]:
        told = follow_value(evaluation, call, entry)
        assert told.lines[-1].text.startswith(("= ", "≈ "))


def test_a_matrix_product_lights_a_row_and_a_column() -> None:
    code = "X = input([[1., 2.], [3., 4.], [5., 6.]])\nW = parameter([[1., 7.], [2., 8.]])\nh = X @ W\nL = sum(h)"
    evaluation = evaluate_graph(parse_graph_code(code))
    places = {node.name: evaluation.position(node.id) for node in evaluation.graph.nodes.values()}
    h, x, w = places["h"], places["X"], places["W"]
    assert h is not None
    assert x is not None
    assert w is not None
    value = follow_value(evaluation, h, (2, 1))
    assert value.lit_values[x] == {(2, 0), (2, 1)}
    assert value.lit_values[w] == {(0, 1), (1, 1)}
    assert [line.text for line in value.lines] == ["Σ entry × weight", "= 5 × 7 + 6 × 8", "= 83"]
    back = follow_contribution(evaluation, h, 1, (1, 0))
    assert back.lit_upstream == {(0, 0), (1, 0), (2, 0)}
    assert back.lit_values[x] == {(0, 1), (1, 1), (2, 1)}
    assert [line.text for line in back.lines][1:] == ["= 1 × 2 + 1 × 4 + 1 × 6", "= 12"]


def test_a_repeated_input_gathers_all_its_copies() -> None:
    code = "X = input([[1., 2.], [3., 4.]])\nb = parameter([0.5, 1.])\nh = X * b\nL = sum(h)"
    evaluation = evaluate_graph(parse_graph_code(code))
    places = {node.name: evaluation.position(node.id) for node in evaluation.graph.nodes.values()}
    h, x = places["h"], places["X"]
    assert h is not None
    assert x is not None
    story = follow_contribution(evaluation, h, 1, (1,))
    assert story.lit_upstream == {(0, 1), (1, 1)}
    assert story.lit_values[x] == {(0, 1), (1, 1)}
    assert story.lines[-1].text == "= 6"
