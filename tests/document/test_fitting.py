"""The drop menu offers what fits, by the operations' own shape rules."""

from __future__ import annotations

import pytest

from backprop_studio.document import edits
from backprop_studio.document.evaluation import evaluate_graph
from backprop_studio.document.fitting import ops_for_source, ops_for_target
from backprop_studio.engine.ops import registry
from backprop_studio.exchange.graph_code import parse_graph_code


def names_for(code: str, name: str, slot: int | None = None) -> dict[str, int | None]:
    evaluation = evaluate_graph(parse_graph_code(code))
    node = evaluation.graph.node_named(name)
    assert node is not None
    fits = ops_for_source(evaluation, node.id) if slot is None else ops_for_target(evaluation, node.id, slot)
    assert [fit.op.name for fit in fits] == [op.name for op in registry if op in [fit.op for fit in fits]]
    return {fit.op.name: fit.slot for fit in fits}


def test_a_scalar_feeds_no_matrix_product():
    found = names_for("x = input(2.)", "x")
    assert {"add", "relu", "sum", "mse_loss", "stack", "clamp"} <= set(found)
    assert not {"matmul", "transpose", "conv2d", "layer_norm", "parameter", "input"} & set(found)


def test_a_matrix_feeds_a_product_a_loss_and_a_layer():
    found = names_for("x = input([[1., 2., 3.], [4., 5., 6.]])", "x")
    assert {"matmul", "transpose", "linear", "cross_entropy", "softmax", "concatenate"} <= set(found)
    assert found["matmul"] == 0


def test_an_image_feeds_a_convolution():
    assert "conv2d" in names_for("x = input([[[[1., 2.], [3., 4.]]]])", "x")


def test_where_nothing_is_known_everything_with_an_input_fits():
    found = names_for("y = exp(None)", "y")
    assert set(found) == {op.name for op in registry if not op.is_source}


def test_an_input_of_a_product_takes_what_can_have_its_shape():
    code = "x = input([[1., 2., 3.], [4., 5., 6.]])\nz = matmul(None, x)\n"
    found = names_for(code, "z", 0)
    assert {"input", "parameter", "relu", "matmul", "transpose", "add"} <= set(found)
    assert "l2_penalty" not in found
    assert set(found.values()) == {None}


def test_a_sum_takes_anything():
    assert len(names_for("L = sum(None)", "L", 0)) == len(registry)


def test_the_free_slot_of_a_join_asks_the_wired_ones():
    code = "a = input([1., 2.])\nj = concatenate(a, a)\n"
    found = names_for(code, "j", 2)
    assert "softmax" in found
    assert "l2_penalty" not in found  # a single number has no axis to join along


@pytest.mark.parametrize("shape", ["2.", "[1., 2.]", "[[1., 2.]]"])
def test_what_is_offered_can_be_wired_and_has_a_shape(shape):
    evaluation = evaluate_graph(parse_graph_code(f"x = input({shape})"))
    for op, slot in ops_for_source(evaluation, 1):
        assert slot is not None
        graph, node = edits.add_node(evaluation.graph, op.name, (0, 0))
        assert edits.connect(graph, 1, node, slot).inputs_of(node)[slot] == 1
        if len(op.inputs) == 1 and not op.settings:
            assert evaluate_graph(edits.connect(graph, 1, node, slot)).value(node) is not None, op.name
