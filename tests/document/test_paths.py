"""Paths against enumeration by hand and against the backward pass; large graphs are counted, not listed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.paths import Paths, chain_rule, count_text, find_paths, path_names, summary
from tests.document.evaluated import of_code
from tests.document.operation_graphs import EXAMPLES, example


def between(evaluation: Evaluation, source: str, target: str) -> Paths:
    nodes = [evaluation.graph.node_named(name) for name in (source, target)]
    assert nodes[0] is not None
    assert nodes[1] is not None
    return find_paths(evaluation, nodes[0].id, nodes[1].id)


def test_the_two_paths_of_a_fan_out() -> None:
    evaluation = example("fan-out")
    paths = between(evaluation, "b", "L")
    assert paths.count == 2
    assert sorted(path_names(evaluation, path) for path in paths.listed) == ["b → s → L", "b → t → L"]
    assert sorted(path.product for path in paths.listed if path.product is not None) == [2.0, 3.0]
    assert paths.total == 5.0
    symbols, numbers = chain_rule(evaluation, paths)
    assert [row.text for row in symbols] == ["∂L/∂b = ∂L/∂s × ∂s/∂b", "+ ∂L/∂t × ∂t/∂b"]
    assert [row.text for row in numbers] == ["= 2 × 1", "+ 3 × 1"]
    assert r"\frac{\partial L}{\partial s} \cdot \frac{\partial s}{\partial b}" in symbols[0].latex


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_sum_over_all_paths_is_the_gradient(name: str) -> None:
    evaluation = example(name)
    assert evaluation.loss is not None
    for node in evaluation.graph.nodes:
        gradient = evaluation.gradient(node)
        if gradient is None or node == evaluation.loss:
            continue
        paths = find_paths(evaluation, node, evaluation.loss)
        assert paths.count >= 1
        if paths.total is not None:
            assert paths.total == pytest.approx(gradient.item(), rel=1e-12)
            assert sum(path.product or 0.0 for path in paths.listed) == pytest.approx(gradient.item(), rel=1e-12)
        else:
            assert paths.gradient is not None
            np.testing.assert_allclose(paths.gradient, gradient, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("loss", ["mse_loss", "l1_loss", "huber_loss", "hinge_loss"])
def test_a_local_derivative_is_summed_where_one_number_meets_several(loss: str) -> None:
    evaluation = of_code(f"p = parameter(0.5)\nt = target([1., -1., 1.])\nL = {loss}(p, t)")
    paths = between(evaluation, "p", "L")
    gradient = evaluation.gradient(paths.source)
    assert gradient is not None
    assert paths.total == pytest.approx(gradient.item(), rel=1e-12)
    assert [path.product for path in paths.listed] == [paths.total]


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=8))
def test_counts_and_sums_of_random_graphs(pairs: list[tuple[int, int]]) -> None:
    """Node n+1 is the product of two earlier ones: listing, counting and the backward pass must agree."""
    lines = ["v0 = parameter(1.25)"]
    for at, (a, b) in enumerate(pairs):
        lines.append(f"v{at + 1} = v{a % (at + 1)} * v{b % (at + 1)}")
    evaluation = of_code("\n".join(lines))
    last = f"v{len(pairs)}"
    paths = between(evaluation, "v0", last)
    counts = [1]
    for at, (a, b) in enumerate(pairs):
        counts.append(counts[a % (at + 1)] + counts[b % (at + 1)])
    assert paths.count == counts[-1]
    assert paths.is_complete == (paths.count <= 200)
    gradient = evaluation.gradient(evaluation.graph.node_named("v0").id)  # type: ignore[union-attr]
    if evaluation.loss == evaluation.graph.node_named(last).id and gradient is not None:  # type: ignore[union-attr]
        assert paths.total == pytest.approx(gradient.item(), rel=1e-9)
    if paths.is_complete:
        assert len({path.wires for path in paths.listed}) == paths.count
        assert sum(path.product or 0.0 for path in paths.listed) == pytest.approx(paths.total, rel=1e-9)


def test_astronomically_many_paths_are_counted() -> None:
    lines = ["x = parameter(0.5)", "y0 = x + x", *(f"y{at} = y{at - 1} + y{at - 1}" for at in range(1, 900))]
    evaluation = of_code("\n".join(lines))
    paths = between(evaluation, "x", "y899")
    assert paths.count == 2**900
    assert len(paths.listed) == 5
    assert not paths.is_complete
    assert paths.total == float(2**900)
    assert "10^270" in summary(evaluation, paths)
    symbols, numbers = chain_rule(evaluation, paths)
    assert sum(len(row.text) for row in symbols) < 4000
    assert any("…" in row.text for row in numbers)


def test_no_path_is_said() -> None:
    evaluation = of_code("a = parameter(1.)\nb = parameter(2.)\nc = a * 2\nL = b * 3")
    paths = between(evaluation, "a", "L")
    assert (paths.count, paths.listed, paths.total) == (0, (), None)
    assert "does not change L" in summary(evaluation, paths)
    assert between(evaluation, "L", "b").count == 0


def test_paths_between_two_inner_nodes() -> None:
    evaluation = of_code("x = parameter(2.)\nu = x*x\nv = u*3\nw = u + v\nL = w*w")
    paths = between(evaluation, "u", "w")
    assert paths.count == 2
    assert paths.total == 4.0


def test_counts_as_people_read_them() -> None:
    assert count_text(1234) == "1 234"
    assert count_text(2 * 10**30) == "about 2 × 10^30"
