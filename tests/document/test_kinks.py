"""A gradient that is taken at a kink is told, with the choice that is made there; beside a kink nothing is."""

from __future__ import annotations

import pytest

from backprop_studio.document.evaluation import evaluate_graph
from backprop_studio.document.kinks import kink_notice
from backprop_studio.engine.op import Op, Sample
from backprop_studio.exchange.graph_code import parse_graph_code
from tests.document.operation_graphs import SAMPLE_IDS, SAMPLES, around


def notice(code: str) -> str | None:
    return kink_notice(evaluate_graph(parse_graph_code(code)))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (
            "x = parameter(0.)\nh = relu(x)\nL = 3 * h",
            "h stands at a kink over x: PyTorch's choice is 0; the one-sided slopes are 0 and 1.",
        ),
        (
            "x = parameter(0.)\nL = absolute(x)",
            "L stands at a kink over x: PyTorch's choice is 0; the one-sided slopes are −1 and 1.",
        ),
        (
            "x = parameter([2., 2., 1.])\nL = max(x)",
            "L stands at a kink over x[0]: PyTorch's choice is 0.5; the one-sided slopes are 0 and 1.",
        ),
        (
            "x = parameter([[1., 0.], [0., -2.]])\nh = relu(x)\nL = sum(h)",
            "h[0, 1] stands at a kink over x[0, 1], as do 1 more of its entries: "
            "PyTorch's choice is 0; the one-sided slopes are 0 and 1.",
        ),
        (
            "x = parameter([1., 2., 4.])\nL = l1_loss(x, target([0., 2., 1.]))",
            "L stands at a kink over x[1]: PyTorch's choice is 0; the one-sided slopes are −0.3333 and 0.3333.",
        ),
    ],
)
def test_a_kink_is_told(code: str, told: str) -> None:
    assert notice(code) == told


@pytest.mark.parametrize(
    "code",
    [
        "x = parameter(1e-9)\nL = relu(x)",
        "x = parameter(-1e-9)\nL = absolute(x)",
        "x = parameter([2., 2.000000002, 1.])\nL = max(x)",
        "x = parameter(0.)\nL = square(x)",
        "x = parameter(0.)\nL = relu(x) * 0",
        "x = parameter(0.)\nL = sqrt(x)",
        "x = constant(0.)\ny = parameter(1.)\nL = relu(x) + y",
        "x = parameter(0.5)\nL = binary_cross_entropy(x, 1)",
    ],
)
def test_where_no_gradient_is_taken_at_one_nothing_is_told(code: str) -> None:
    assert notice(code) is None


def test_of_many_nodes_a_few_are_named() -> None:
    lines = [f"h{at} = relu(x)" for at in range(6)]
    told = notice("x = parameter(0.)\n" + "\n".join(lines) + "\nL = h0 + h1 + h2 + h3 + h4 + h5")
    assert told is not None
    assert told.count("stands at a kink") == 3
    assert told.endswith("So do 3 more nodes.")


@pytest.mark.parametrize(("op", "number", "sample"), SAMPLES, ids=SAMPLE_IDS)
def test_no_operation_fails(op: Op, number: int, sample: Sample) -> None:
    told = kink_notice(around(op, sample))
    assert told is None or told.startswith("f")
    smooth = (
        "exp",
        "sigmoid",
        "tanh",
        "square",
        "softmax",
        "matmul",
        "mean",
        "sum",
        "linear",
        "layer_norm",
        "softplus",
    )
    assert told is None or op.name not in smooth
