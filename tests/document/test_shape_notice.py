"""A loss that broadcasts its input against its target is told, as PyTorch tells it."""

from __future__ import annotations

import pytest

from backprop_studio.document.evaluation import evaluate_graph
from backprop_studio.exchange.graph_code import parse_graph_code


def notice(code: str) -> str | None:
    return evaluate_graph(parse_graph_code(code)).notice


@pytest.mark.parametrize("loss", ["mse_loss", "l1_loss", "huber_loss", "hinge_loss"])
def test_a_column_against_a_row_is_told(loss: str) -> None:
    told = notice(f"y = parameter([[1.], [2.], [3.]])\nt = target([1., 2., 3.])\nL = {loss}(y, t)")
    assert told is not None
    assert "L compares y of shape (3, 1) with t of shape (3,)" in told
    assert "reshape" in told


@pytest.mark.parametrize(
    "code",
    [
        "L = mse_loss(parameter([[1.], [2.]]), target([[1.], [2.]]))",
        "L = mse_loss(parameter([[1.], [2.]]), target(1.))",
        "L = mse_loss(parameter(1.), target([1.]))",
        "L = mse_loss(parameter([1.]), target([1., 2.]))",
        "L = cross_entropy(parameter([[1., 2.]]), target([0]))",
        "L = sum(parameter([[1.], [2.]]) + constant([1., 2.]))",
    ],
)
def test_what_is_meant_is_not_told(code: str) -> None:
    assert notice(code) is None


def test_another_notice_comes_first() -> None:
    code = "y = log(parameter([[0.], [2.]]))\nL = mse_loss(y, target([1., 2.]))"
    told = notice(code)
    assert told is not None
    assert told.startswith("y")
    assert "compares" not in told
