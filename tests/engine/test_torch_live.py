"""The same comparison, live, where PyTorch is installed: the table is made anew, and random inputs are added."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_studio.engine.op import Op, Sample
from backprop_studio.engine.ops import registry
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
        if array is None:
            inputs.append(None)
            continue
        drawn = rng.uniform(0.05, 0.95, array.shape) if array.min() >= 0 else rng.normal(0, 2, array.shape)
        inputs.append(drawn if array.dtype.kind == "f" else array)
    drawn_sample = Sample(tuple(inputs), sample.settings, sample.state)
    value, gradients = torch_numbers.torch_answer(op, drawn_sample)
    compare(outcome(op, drawn_sample)[0], value)
    for slot, expected in enumerate(gradients):
        if expected is not None:
            compare(vjp(op, slot, upstream(value.shape), drawn_sample), expected)


@pytest.mark.parametrize(
    ("name", "op", "sample"), [pytest.param(*case, id=case[0]) for case in CASES if "sample" in case[0]]
)
def test_float32_agrees_with_pytorch(name: str, op: Op, sample: Sample) -> None:
    narrow = tuple(a.astype(np.float32) if a is not None and a.dtype.kind == "f" else a for a in sample.inputs)
    value, _ = torch_numbers.torch_answer(op, sample, torch.float32)
    out, _ = outcome(op, Sample(narrow, sample.settings, sample.state))
    assert out.dtype == value.dtype == np.float32
    np.testing.assert_allclose(out, value, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("seed", range(30))
def test_random_convolutions_and_pools_agree_with_pytorch(seed: int) -> None:
    rng = np.random.default_rng(seed)

    def pair(low: int, high: int) -> tuple[int, int]:
        return int(rng.integers(low, high + 1)), int(rng.integers(low, high + 1))

    groups, kernel = int(rng.integers(1, 3)), pair(1, 3)
    channels, filters = groups * int(rng.integers(1, 3)), groups * int(rng.integers(1, 3))
    x = rng.normal(0, 1, (*([2] if seed % 3 else []), channels, *pair(7, 9)))
    weight, bias = rng.normal(0, 1, (filters, channels // groups, *kernel)), rng.normal(0, 1, filters)
    steps = {"stride": pair(1, 3), "padding": pair(0, 2), "dilation": pair(1, 3)}
    pools = {"kernel_size": kernel, "stride": pair(1, 3), "padding": (kernel[0] // 2, kernel[1] // 2)}
    for name, sample in (
        ("conv2d", Sample((x, weight, bias), {**steps, "groups": groups})),
        ("max_pool2d", Sample((x,), pools)),
        ("avg_pool2d", Sample((x,), {**pools, "count_include_pad": bool(seed % 2)})),
    ):
        op = registry[name]
        value, gradients = torch_numbers.torch_answer(op, sample)
        out, settings = outcome(op, sample)
        assert op.shape(*(array.shape for array in sample.inputs), **settings) == value.shape
        np.testing.assert_allclose(out, value, rtol=1e-10, atol=1e-12)
        for slot, expected in enumerate(gradients):
            np.testing.assert_allclose(vjp(op, slot, upstream(value.shape), sample), expected, rtol=1e-10, atol=1e-12)
