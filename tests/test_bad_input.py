"""Whatever the doors of the program are given, they answer in one sentence; ``tests/long/bad_input.py`` asks more."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from tests import bad_input
from tests.bad_input import CODE_DOORS, CODES, DOCUMENT_DOORS, VALUE_DOORS

TRIALS = 150
GOOD = bad_input.documents()


@pytest.mark.parametrize("door", DOCUMENT_DOORS)
def test_bad_documents_are_refused_in_one_sentence(door: Callable[[bytes], str]) -> None:
    told = set()
    for number in range(TRIALS):
        random = Random(number)
        sentence = door(bad_input.bad_document(random.choice(GOOD), random))
        bad_input.check_sentence(sentence)
        told.add(sentence)
    assert len(told) > 40, "most are refused, each for a reason of its own"


@pytest.mark.parametrize("door", CODE_DOORS)
def test_bad_graph_code_is_refused_in_one_sentence(door: Callable[[str], str]) -> None:
    told = set()
    for number in range(TRIALS):
        random = Random(number)
        sentence = door(bad_input.bad_code(random.choice(CODES), random))
        bad_input.check_sentence(sentence)
        told.add(sentence)
    assert len(told) > 40


@pytest.mark.parametrize("door", VALUE_DOORS)
def test_bad_values_are_refused_in_one_sentence(door: Callable[[str], str]) -> None:
    told = set()
    for number in range(TRIALS):
        sentence = door(bad_input.bad_value(Random(number)))
        bad_input.check_sentence(sentence)
        told.add(sentence)
    assert len(told) > 10


@pytest.mark.parametrize("door", DOCUMENT_DOORS)
def test_good_documents_are_taken(door: Callable[[bytes], str]) -> None:
    assert {door(good) for good in GOOD} == {""}
