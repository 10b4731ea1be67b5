"""The judge: right answers in every form are right, wrong ones wrong, nonsense costs nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.judging import judge
from backprop_studio.document.number_text import number
from backprop_studio.document.questions import Question, question
from backprop_studio.engine.op import Op, Sample
from tests.document.operation_graphs import EXAMPLES, SAMPLE_IDS, SAMPLES, around, example


@pytest.mark.parametrize(
    ("expected", "text", "right"),
    [
        (1 / 3, "1/3", True), (1 / 3, "0.333", True), (1 / 3, "0.3", False), (0.002, "2e-3", True),
        (0.002, "0.0025", False), (-0.1471, "−0.147", True), (-0.1471, "-0.147", True), (-0.1471, "0.147", False),
        (20.0, "+20", True), (20.0, " 2*10 ", True), (20.0, "20.1", True), (20.0, "21", False), (0.0, "0", True),
        (0.0, "0.0004", True), (0.0, "0.01", False), (9.0, "3^2", True), (1e-9, "0", False), (1e-9, "1e-9", True),
        (math.nan, "nan", True), (math.inf, "inf", True), (-math.inf, "−∞", True), (math.inf, "1e300", False),
        (-2.0, "-", True), (-2.0, "negative", True), (-2.0, "+", False), (0.0, "+", False), (3.0, "positive", True),
    ],
)  # fmt: skip
def test_answers(expected: float, text: str, right: bool) -> None:
    assert judge(expected, text).right is right


@pytest.mark.parametrize("text", ["", "  ", "maybe", "1 +", "import os", "[[1, 2]", "1/0", "bigger"])
def test_what_is_no_answer_costs_nothing(text: str) -> None:
    verdict = judge(2.0, text)
    assert verdict.right is None
    assert verdict.sentence


def test_sizes_are_compared() -> None:
    assert judge(-3.0, "bigger", before=2.0).right is True
    assert judge(-3.0, "smaller", before=2.0).right is False
    assert judge(2.0, "same", before=-2.0).right is True
    assert judge(2.0, "bigger", before=2.0).right is False
    assert "3 > 2" in judge(-3.0, "smaller", before=2.0).sentence


def test_arrays() -> None:
    wanted = np.array([[1.0, -2.0]])
    assert judge(wanted, "[[1, -2]]").right is True
    assert judge(wanted, "[[1, 2]]").right is False
    told = judge(wanted, "3")
    assert told.right is None
    assert "shape 1 × 2" in told.sentence


def test_wrong_answers_are_told_the_arithmetic() -> None:
    assert judge(6.0, "5", arithmetic="2 × 3 = 6").sentence == "not quite, it is 2 × 3 = 6."


@given(st.floats(-1e6, 1e6))
def test_every_number_is_right_about_itself(x: float) -> None:
    assert judge(x, repr(x)).right is True
    assert judge(x, number(x)).right is True
    assert judge(x, repr(x * 1.1 + math.copysign(0.1, x))).right is False


def questions(evaluation: Evaluation) -> list[Question]:
    found = (question(evaluation, index) for index in range(len(evaluation.trace)))
    return [each for each in found if each is not None]


def check_marks(asked: Question) -> None:
    right = repr(asked.expected)
    assert asked.mark(right).right is True, asked
    wrong = repr(asked.expected * 1.2 + math.copysign(0.3, asked.expected))
    assert asked.mark(wrong).right is False, asked
    if math.isfinite(asked.expected) and asked.expected != 0:
        sign = "+" if asked.expected > 0 else "-"
        assert asked.mark(sign).right is True
        assert asked.mark("-" if sign == "+" else "+").right is False
    assert asked.arithmetic in asked.mark(wrong).sentence


@pytest.mark.parametrize(("op", "number_", "sample"), SAMPLES, ids=SAMPLE_IDS)
def test_right_is_right_and_wrong_is_wrong_for_every_operation(op: Op, number_: int, sample: Sample) -> None:
    asked = questions(around(op, sample))
    assert asked
    for each in asked:
        check_marks(each)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_can_be_predicted(name: str) -> None:
    evaluation = example(name)
    asked = questions(evaluation)
    assert len(asked) > 3
    for each in asked:
        assert each.sentence.endswith("?")
        check_marks(each)


def test_a_decimal_comma_is_told_and_costs_nothing() -> None:
    verdict = judge(0.11, "0,11")
    assert verdict.right is None
    assert verdict.sentence == "Write it with a decimal point: 0.11."
