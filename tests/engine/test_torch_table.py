"""Values and gradients against PyTorch's, as recorded in tests/oracle; needs no PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_studio.engine.op import Op, Sample
from tests.engine.support import outcome, refined, shapes_of, vjp
from tests.oracle import table
from tests.oracle.cases import cases, upstream

CASES = list(cases())
RECORDED = table.read()


def compare(got: np.ndarray, expected: np.ndarray) -> None:
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("name", "op", "sample"), [pytest.param(*case, id=case[0]) for case in CASES])
def test_agrees_with_recorded_pytorch(name: str, op: Op, sample: Sample) -> None:
    value, gradients = RECORDED[name]
    out, settings = outcome(op, sample)
    compare(out, value)
    assert op.shape(*shapes_of(sample), **settings) == value.shape
    for slot, expected in enumerate(gradients):
        if expected is not None:
            compare(vjp(op, slot, upstream(value.shape), sample), expected)


def test_every_case_is_recorded_and_nothing_else() -> None:
    assert list(RECORDED) == [name for name, _, _ in CASES]


def test_every_differentiable_input_has_a_recorded_gradient() -> None:
    for name, op, sample in CASES:
        recorded = [gradient is not None for gradient in RECORDED[name][1]]
        wanted = [
            array is not None and refined(op, sample).vjp_for(n) is not None for n, array in enumerate(sample.inputs)
        ]
        assert recorded == wanted, name
