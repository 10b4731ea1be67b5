"""Anything done in any order to the whole window; ``tests/long/monkey.py`` does a million events."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from tests.ui.monkey.life import live, report


@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", range(4))
def test_a_monkey_breaks_nothing(qapp: QApplication, number: int) -> None:
    account = live(1, number, 5000)
    assert not account.fault, report(account)
    assert account.events >= 5000


def test_the_monkey_does_the_same_for_the_same_seed(qapp: QApplication) -> None:
    one, other = (live(7, 0, 150) for _ in range(2))
    assert (one.events, one.done, one.names) == (other.events, other.done, other.names)
