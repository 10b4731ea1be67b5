"""Calls that a plan writes down in a faster form give what the interpreter gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backprop_studio.engine.interpreter import run
from backprop_studio.engine.planning import Plan
from tests.engine.support import program_of

RNG = np.random.default_rng(0)
TALL, SQUARE, THIN, WIDE = (RNG.normal(size=shape) for shape in ((200, 7), (40, 40), (256, 4), (64, 4)))
TIED = np.round(TALL)
GRAPHS: dict[str, list[tuple[str, str, Any]]] = {
    "sum of a negated sum": [("r", "sum", ("x", {"axis": 1})), ("n", "negative", ("r",)), ("L", "sum", ("n",))],
    "sum of squares of row sums": [("r", "sum", ("x", {"axis": 1})), ("q", "square", ("r",)), ("L", "sum", ("q",))],
    "kept rows": [("r", "sum", ("x", {"axis": 1, "keepdims": True})), ("q", "sin", ("r",)), ("L", "mean", ("q",))],
    "kept columns": [("r", "sum", ("x", {"axis": 0, "keepdims": True})), ("q", "sin", ("r",)), ("L", "mean", ("q",))],
    "rows of a view": [
        ("t", "transpose", ("x",)), ("r", "sum", ("t", {"axis": 1})), ("q", "sin", ("r",)), ("L", "sum", ("q",)),
    ],
    "largest of short rows": [("r", "max", ("x", {"axis": 1})), ("q", "sin", ("r",)), ("L", "sum", ("q",))],
    "smallest of short rows": [("r", "min", ("x", {"axis": (1,)})), ("q", "sin", ("r",)), ("L", "sum", ("q",))],
    "softmax": [("s", "softmax", ("x",)), ("q", "square", ("s",)), ("L", "mean", ("q",))],
    "logsumexp": [("r", "logsumexp", ("x", {"axis": 1})), ("q", "sin", ("r",)), ("L", "sum", ("q",))],
    "relu": [("s", "relu", ("x",)), ("q", "sin", ("s",)), ("L", "mean", ("q",))],
    "dense and transposed": [
        ("t", "transpose", ("w",)), ("y", "matmul", ("x", "t")), ("q", "tanh", ("y",)), ("L", "mean", ("q",)),
    ],
}  # fmt: skip
VALUES = {"dense and transposed": THIN}


@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.parametrize("name", GRAPHS)
def test_a_rewritten_call_agrees(name: str, everything: bool) -> None:
    for value in (VALUES.get(name, TALL), VALUES.get(name, SQUARE), VALUES.get(name, TIED)):
        leaves = [("x", "parameter", value)] + ([("w", "parameter", WIDE)] if name in VALUES else [])
        program, faults, _ = program_of(leaves + GRAPHS[name], "L")
        assert not faults
        sources = list(program.leaves)
        plan, expected = Plan(program, sources, keep_everything=everything), run(program)
        with np.errstate(all="ignore"):
            loss = plan.step()
        assert loss == pytest.approx(float(expected.values[program.loss]), rel=1e-12, abs=1e-12)
        for index in sources:
            np.testing.assert_allclose(plan.gradient_views[index], expected.gradients[index], rtol=1e-10, atol=1e-12)
        if everything:
            for index, found in plan.values().items():
                np.testing.assert_allclose(found, expected.values[index], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["relu", "largest of short rows", "kept rows", "softmax", "sum of a negated sum"])
def test_what_is_not_finite_stays_so(name: str) -> None:
    value = TALL.copy()
    value[3, 2], value[5, 1], value[6, 0] = np.nan, np.inf, -np.inf
    program, _, _ = program_of([("x", "parameter", value), *GRAPHS[name]], "L")
    plan, expected = Plan(program, [0], keep_everything=True), run(program)
    with np.errstate(all="ignore"):
        plan.step()
    for index, found in plan.values().items():
        np.testing.assert_allclose(found, expected.values[index], rtol=1e-12)


def test_the_gradient_of_relu_passes_nan_and_stops_at_zero() -> None:
    calls = [("x", "parameter", [0.0, -0.0, 1.0, -1.0, np.nan]), ("y", "relu", ("x",)), ("L", "sum", ("y",))]
    program, _, _ = program_of(calls, "L")
    np.testing.assert_array_equal(run(program).gradients[0], [0.0, 0.0, 1.0, 0.0, 1.0])
    plan = Plan(program, [0])
    with np.errstate(all="ignore"):
        plan.step()
    np.testing.assert_array_equal(plan.gradient, [0.0, 0.0, 1.0, 0.0, 1.0])
