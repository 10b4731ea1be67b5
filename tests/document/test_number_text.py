"""Numbers as people read them."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_studio.document.number_text import (
    as_rounded,
    brief,
    compact,
    full,
    full_number,
    listed,
    number,
    short_size,
    size_words,
)


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


def test_a_number_in_full_is_rounded() -> None:
    assert as_rounded("−0.0250310843473", 4) == "−0.02503"
    assert as_rounded("1.2345678901234567e−200", 3) == "1.23e−200"
    assert as_rounded("−∞", 3) == "−∞"
    assert as_rounded("not computed", 3) == as_rounded("", 3) == ""


def test_arrays() -> None:
    assert brief(np.zeros((4, 2))) == "[4 × 2]"
    assert brief(np.zeros(3)) == "[3 numbers]", '"[3]" would be read as a list with the number 3'
    assert [size_words(shape) for shape in ((), (1,), (3,), (4, 2))] == ["scalar", "1 number", "3 numbers", "4 × 2"]
    assert [short_size(shape) for shape in ((), (3,), (4, 2))] == ["scalar", "[3]", "4 × 2"]
    assert [compact(np.zeros(shape)) for shape in ((), (3,), (4, 2))] == ["0", "[3]", "4 × 2"]
    assert brief(np.array([[-0.5]])) == "−0.5"
    assert full(np.array([1.0, -0.1])) == "[ 1. , −0.1]"


def test_an_array_is_listed_with_few_digits_or_all_in_the_same_places() -> None:
    array = np.array([[0.00029999999999999683, -1.0], [2e-9, np.nan]])
    assert listed(array, partial(number, digits=6)) == "[[0.0003,     −1],\n [  2e−9,    NaN]]"
    assert "0.00029999999999999683" in listed(array, full_number)
    assert listed(np.array([1, 2]), full_number) == "[1, 2]"
    assert listed(np.array([0.1, 0.3], dtype=np.float32), full_number) == "[0.1, 0.3]"
    corners = [listed(np.arange(5000.0) / 7.0, written) for written in (full_number, partial(number, digits=6))]
    assert [text.count(",") for text in corners] == [6, 6]
