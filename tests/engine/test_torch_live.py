"""The same comparison, live, where PyTorch is installed: the table is made anew, and random inputs are added."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_studio.engine.op import Op, Sample
from tests.engine.support import outcome, vjp
from tests.engine.test_torch_table import CASES, RECORDED, compare
from tests.oracle.cases import upstream

torch = pytest.importorskip("torch")
torch_numbers = pytest.importorskip("tests.oracle.torch_numbers")

SAMPLES = [pytest.param(*case, id=case[0]) for case in CASES if "sample" in case[0]]


@pytest.mark.parametrize(("name", "op", "sample"), [pytest.param(*case, id=case[0]) for case in CASES])
def test_table_is_what_pytorch_answers_now(name: str, op: Op, sample: Sample) -> None:
    value, gradients = torch_numbers.torch_answer(op, sample)
    compare(value, RECORDED[name][0])
    for got, expected in zip(gradients, RECORDED[name][1], strict=True):
        assert (got is None) == (expected is None)
        if got is not None and expected is not None:
            compare(got, expected)


@pytest.mark.parametrize(
    ("name", "op", "sample"), [pytest.param(*case, id=case[0]) for case in CASES if "sample" in case[0]]
)
def test_random_inputs_agree_with_pytorch(name: str, op: Op, sample: Sample) -> None:
    rng = np.random.default_rng(11)
    inputs = []
    for array in sample.inputs:
        drawn = rng.uniform(0.05, 0.95, array.shape) if array.min() >= 0 else rng.normal(0, 2, array.shape)
        inputs.append(drawn if array.dtype.kind == "f" else array)
    drawn_sample = Sample(tuple(inputs), sample.settings)
    value, gradients = torch_numbers.torch_answer(op, drawn_sample)
    compare(outcome(op, drawn_sample)[0], value)
    for slot, expected in enumerate(gradients):
        if expected is not None:
            compare(vjp(op, slot, upstream(value.shape), drawn_sample), expected)


@pytest.mark.parametrize(
    ("name", "op", "sample"), [pytest.param(*case, id=case[0]) for case in CASES if "sample" in case[0]]
)
def test_float32_agrees_with_pytorch(name: str, op: Op, sample: Sample) -> None:
    narrow = tuple(a.astype(np.float32) if a.dtype.kind == "f" else a for a in sample.inputs)
    value, _ = torch_numbers.torch_answer(op, sample, torch.float32)
    out, _ = outcome(op, Sample(narrow, sample.settings))
    assert out.dtype == value.dtype == np.float32
    np.testing.assert_allclose(out, value, rtol=2e-5, atol=1e-6)
