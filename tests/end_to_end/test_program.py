"""The program as it is started: in stages, with files, and by its smoke test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from backprop_studio.document.file_format import save
from backprop_studio.exchange.graph_code import parse_graph_code
from backprop_studio.ui.program import Opening, Program
from backprop_studio.ui.settings import Settings


@pytest.fixture
def program(qtbot: QtBot, tmp_path: Path) -> Iterator[Program]:
    """A program without windows, with settings of its own."""
    made = Program("dark", Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)))
    made.guards = False
    yield made
    made.close_all()


def test_the_frame_is_shown_before_anything_is_loaded(program: Program, qtbot: QtBot) -> None:
    completed: list[Opening] = []
    program.open_window(None, then=completed.append)
    (opening,) = program.openings
    assert opening.workspace is None
    assert opening.window.isVisible()
    qtbot.waitUntil(lambda: bool(completed), timeout=10000)
    assert opening.workspace is not None
    assert opening.workspace.training.curve.count == 0
    assert opening.window.docks["training"].isVisible()


def test_what_is_loaded_before_the_first_paint_needs_no_numpy() -> None:
    code = "import sys; import backprop_studio.ui.program; print('numpy' in sys.modules, 'pyqtgraph' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "False"]


def test_a_window_for_each_file(program: Program, qtbot: QtBot, tmp_path: Path) -> None:
    paths = []
    for name, text in (("one", "x = input(3.)\nL = square(x)"), ("two", "x = input(2.)\nL = exp(x)")):
        path = tmp_path / f"{name}.backprop"
        save(parse_graph_code(text), path)
        paths.append(path)
        program.open_window(path)
    qtbot.waitUntil(lambda: all(each.workspace is not None for each in program.openings), timeout=10000)
    assert [each.session.path for each in program.openings if each.session] == paths
    program.openings[0].close()
    QApplication.processEvents()
    assert len(program.openings) == 1


def test_a_file_that_is_refused_leaves_an_empty_window_with_the_reason(
    program: Program, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "torn.backprop"
    path.write_text("{", encoding="utf-8")
    program.open_window(path)
    (opening,) = program.openings
    qtbot.waitUntil(lambda: opening.workspace is not None, timeout=10000)
    assert opening.workspace is not None
    assert "torn.backprop" in opening.workspace.messages.text


def test_recovery_copies_are_of_what_is_modified(program: Program, qtbot: QtBot, tmp_path: Path) -> None:
    program.open_window(None)
    (opening,) = program.openings
    qtbot.waitUntil(lambda: opening.workspace is not None, timeout=10000)
    assert program.save_copies(tmp_path) == []
    assert opening.workspace is not None
    opening.workspace.place("sigmoid")
    (copy,) = program.save_copies(tmp_path)
    assert copy.read_text(encoding="utf-8").count("sigmoid") >= 1


def test_the_smoke_test_passes_in_a_process_of_its_own() -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "backprop_studio", "--smoke-test"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("smoke test passed")


def test_the_smoke_test_fails_where_a_number_is_wrong() -> None:
    code = (
        "import sys; from backprop_studio.ui import smoke; smoke.LOSS = 21.0\n"
        "from backprop_studio import app; sys.exit(app.smoke_test())"
    )
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=100, check=False
    )
    assert result.returncode == 1
    assert "the loss of sum-times-c is 20.0, not 21.0" in result.stderr


def test_the_smoke_test_fails_where_a_slot_raises() -> None:
    code = (
        "import sys; from backprop_studio.ui.workspace import Workspace\n"
        "def broken(self, name): raise RuntimeError('broken example')\n"
        "Workspace.open_example = broken\n"
        "from backprop_studio import app; sys.exit(app.smoke_test())"
    )
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=100, check=False
    )
    assert result.returncode == 1
    assert "broken example" in result.stderr
