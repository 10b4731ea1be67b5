"""Numbers as people read them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_studio.document.number_text import brief, full, full_number, number


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (20, "20"), (0.7, "0.7"), (-0.14708, "−0.1471"), (13780.6123, "13781"), (2.6561398887587544e-05, "2.656e−5"),
        (0.0, "0"), (-0.0, "0"), (1e-4, "0.0001"), (123456.7, "123457"), (1.5e9, "1.5e9"), (-1e6, "−1e6"),
        (999999.9, "1e6"), (9999.7, "10000"), (0.99996, "1"), (math.nan, "NaN"), (math.inf, "∞"), (-math.inf, "−∞"),
    ],
)  # fmt: skip
def test_four_significant_digits(x: float, text: str) -> None:
    assert number(x) == text


@given(st.floats(-1e307, 1e307))
def test_short_text_is_close(x: float) -> None:
    text = number(x)
    assert float(text.replace("−", "-")) == pytest.approx(x, rel=5.001e-4, abs=5e-324)
    assert len(text) <= 11


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_full_text_is_exact(x: float) -> None:
    assert float(full_number(x).replace("−", "-")) == x


def test_arrays() -> None:
    assert brief(np.zeros((4, 2))) == "[4 × 2]"
    assert brief(np.array([[-0.5]])) == "−0.5"
    assert full(np.array([1.0, -0.1])) == "[ 1. , −0.1]"
