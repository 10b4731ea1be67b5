"""A whole window, opened anew for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.ui.window_support import Opened, opened_window


@pytest.fixture
def opened(qtbot: QtBot, tmp_path: Path) -> Iterator[Opened]:
    """A complete window with an empty document."""
    with opened_window(qtbot, tmp_path / "settings.ini") as window:
        yield window
