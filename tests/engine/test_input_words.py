"""Inputs in words."""

from __future__ import annotations

import pytest

from backprop_studio.engine.input_words import input_words
from backprop_studio.engine.op import Op
from backprop_studio.engine.ops import registry


@pytest.mark.parametrize(
    ("op", "slot", "words"),
    [
        ("relu", 0, "input"),
        ("mse_loss", 0, "first input"),
        ("mse_loss", 1, "input target"),
        ("linear", 1, "input weight"),
        ("add", 1, "second input"),
        ("stack", 2, "third input"),
    ],
)
def test_words(op: str, slot: int, words: str) -> None:
    assert input_words(registry[op], slot) == words


@pytest.mark.parametrize("op", registry, ids=lambda op: op.name)
def test_no_input_is_called_input_input(op: Op) -> None:
    assert all(input_words(op, slot) != "input input" for slot in range(len(op.inputs)))
