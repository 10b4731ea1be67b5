"""Anything done in any order to the whole window; ``tests/long/monkey.py`` does a million events."""

from __future__ import annotations

import pytest

from tests.ui.monkey import Monkey
from tests.ui.window_support import Opened


@pytest.mark.qt_log_ignore("This plugin does not support")  # said off screen only
@pytest.mark.parametrize("seed", [1, 2])
def test_a_monkey_breaks_nothing(opened: Opened, seed: int) -> None:
    monkey = Monkey(opened, seed)
    monkey.run(800)
    assert monkey.events >= 800
