"""Values come through text bit by bit; anything else is refused with a sentence and never executed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_studio.document.value_text import MAX_LENGTH, ValueTextError, parse_value, value_text
from backprop_studio.document.values import Value
from tests.document.support import values


@given(values())
def test_text_gives_the_same_value_back(value):
    assert parse_value(value_text(value)) == value


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("0.5", 0.5), ("-0.5", -0.5), ("−0.5", -0.5), ("  3  ", 3), ("+3", 3), ("--3", 3), ("(2)", 2), ("1_000", 1000),
        ("2e-3", 0.002), ("1/3", 1 / 3), ("2**10", 1024.0), ("1+2*3", 7.0), ("-2**2", -4.0), ("3-1", 2.0),
        ("1, 2", [1, 2]), ("(1, 2)", [1, 2]), ("[1,]", [1]), ("[1, 2.]", [1.0, 2.0]), ("[1, 2/1]", [1.0, 2.0]),
        ("[[1, 2],\n [3, 4]]", [[1, 2], [3, 4]]), ("[-1, -2]", [-1, -2]), ("9223372036854775807", 2**63 - 1),
    ],
)  # fmt: skip
def test_what_people_type(text, content):
    assert parse_value(text) == Value(content)


def test_the_type_of_a_value_shows_in_its_text():
    assert value_text(Value([1, 2])) == "[1, 2]"
    assert value_text(Value([[1.0, 2.0]])) == "[[1.0, 2.0]]"
    assert value_text(Value(-0.0)) == "-0.0"
    assert math.copysign(1, parse_value("-0.0").array[()]) == -1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no value here"), (" \n", "no value here"), ("[]", "no number"), ("[[], []]", "no number"),
        ("x", "'x' is no number"), ("__import__('os').system('true')", "is no number"), ("[a for a in b]", "no number"),
        ("(lambda: 1)()", "is no number"), ("'1'", "is no number"), ("True", "is no number"), ("1j", "is no number"),
        ("1//2", "is no number"), ("1 < 2", "is no number"), ("f'{1}'", "is no number"), ("[*x]", "is no number"),
        ("[1]*3", "takes single numbers"), ("nan", "not finite"), ("[0, -inf]", "'inf' (entry [1])"),
        ("1e999", "too large"), ("-1e999", "too large"), ("9**9**9**9", "too large"), ("10**400", "too large"),
        ("1e308*10", "too large"), ("1/0", "divides by zero"), ("0**-1", "divides by zero"),
        ("(-8)**(1/3)", "no real number"),
        ("(-8)**(1/3)*2", "no real number"), ("9223372036854775808", "beyond"), ("9"*5000, "cannot be read"),
        ("1 2", "cannot be read as a value at column"), ("[1, 2", "cannot be read"), ("1\0", "cannot be read"),
        ("\ud800", "cannot be read"), ("x = 1", "cannot be read"), ("1; 2", "cannot be read"),
        ("[[1, 2], [3]]", "entry [0] is 2 numbers, entry [1] is 1 number"),
        ("[1, [2]]", "entry [0] is a single number, entry [1] is 1 number"),
        ("[[[1, 2], [3, 4]], [[1, 2], [3, 4, 5]]]", "entry [1, 0] is 2 numbers, entry [1, 1] is 3 numbers"),
        ("[" * 61 + "]" * 61, "nested more than"), ("(" * 50_000, "nested more than"),
        ("-" * 1900 + "1", "nested more than"),
        ("[" * 40 + "1" + "]" * 40, "at most 32 axes"), ("1+" * 2000 + "1", "."),
        ("-" * 900_000 + "1", "cannot be read"),
        ("1" * (MAX_LENGTH + 1), "at most 1000000"), ("[1, 0x" + "f" * 4000 + ".5]", "cannot be read"),
        ("1e400", "'1e400' is too large"), ("[1, 2e999/3]", "'2e999/3' (entry [1]) is too large"),
        ("[1., 0x" + "f" * 4000 + "]", "'0x" + "f" * 37 + "…' (entry [1]) is too large"),
    ],
    ids=lambda text: ascii(text[:20]),
)  # fmt: skip
def test_what_is_refused(text, words):
    with pytest.raises(ValueTextError) as caught:
        parse_value(text)
    sentence = str(caught.value)
    assert words in sentence
    assert sentence.endswith(".")
    assert len(sentence) < 300
    assert sentence.isprintable()


@given(st.text(alphabet="0123456789.eE+-*/()[], \nnainfx'\"−_", max_size=30))
def test_any_text_gives_a_finite_value_or_a_sentence(text):
    try:
        value = parse_value(text)
    except ValueTextError:
        return
    assert np.isfinite(value.array).all()
    assert value.array.size


def test_a_long_column_of_numbers_is_read():
    value = parse_value("[" + ", ".join(["0.25"] * 10_000) + "]")
    assert value.shape == (10_000,)
    assert (value.array == 0.25).all()
