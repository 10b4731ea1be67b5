"""The error function against Python's own."""

from __future__ import annotations

import math

import numpy as np
import pytest

from backprop_studio.engine.ops.stable import erfc, normal_cdf, sigmoid


def test_erfc_is_pythons() -> None:
    x = np.concatenate([np.linspace(-8, 26, 4001), [0.0, -1.0, 1.0, np.nextafter(1, 2), 6.0, 30.0, -40.0, 1e300]])
    expected = [math.erfc(one) for one in x]
    np.testing.assert_allclose(erfc(x, dtype=x.dtype), expected, rtol=1e-13, atol=1e-300)
    near = np.abs(x) < 3
    np.testing.assert_allclose(erfc(x, dtype=x.dtype)[near], np.array(expected)[near], rtol=4e-15)


@pytest.mark.parametrize("shape", [(), (0,), (2, 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_erfc_keeps_shape_and_type(shape: tuple[int, ...], dtype: type) -> None:
    x = np.full(shape, -0.5, dtype)
    result = np.asarray(erfc(x, dtype=x.dtype))
    assert (result.shape, result.dtype) == (shape, np.dtype(dtype))
    np.testing.assert_allclose(result, math.erfc(-0.5), rtol=1e-6)


def test_erfc_at_the_ends() -> None:
    x = np.array([np.nan, np.inf, -np.inf])
    np.testing.assert_array_equal(erfc(x, dtype=x.dtype), [np.nan, 0.0, 2.0])


def test_tails_keep_their_relative_precision() -> None:
    x = np.array([-36.0, -20.0, -8.0])
    np.testing.assert_allclose(normal_cdf(x), [0.5 * math.erfc(-one / math.sqrt(2)) for one in x], rtol=2e-13)
    np.testing.assert_allclose(sigmoid(np.array([-700.0, -40.0])), np.exp([-700.0, -40.0]), rtol=1e-15)
