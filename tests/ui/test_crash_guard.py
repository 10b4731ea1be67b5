"""What nobody caught is logged, the work is copied, one dialog is shown, and the program lives on."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from backprop_studio.ui import crash_guard
from backprop_studio.ui.crash_guard import CrashGuard, recovery_name, state_folder

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")  # said of dialogs, off screen only


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(crash_guard, "state_folder", lambda: tmp_path)
    return tmp_path


def fail(guard: CrashGuard, text: str) -> None:
    """Let an exception reach the guard as Qt lets one from a slot."""
    try:
        raise ValueError(text)
    except ValueError as error:
        guard.take(type(error), error, error.__traceback__)


def boxes() -> list[QMessageBox]:
    return [widget for widget in QApplication.topLevelWidgets() if widget.objectName() == "crash_dialog"]  # type: ignore[misc]


def test_it_logs_copies_and_tells_once(qtbot: QtBot, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copied: list[Path] = []

    def copy(to: Path) -> list[Path]:
        copied.append(to / "copy.backprop")
        return copied[-1:]

    guard = CrashGuard(copy)
    fail(guard, "first")
    fail(guard, "second")
    qtbot.waitUntil(lambda: len(boxes()) == 1)
    QApplication.processEvents()
    assert len(boxes()) == 1, "one dialog at a time"
    log = (folder / "backprop-studio.log").read_text(encoding="utf-8")
    assert "ValueError: first" in log
    assert "ValueError: second" in log
    assert "ValueError: first" in capsys.readouterr().err
    assert str(folder / "copy.backprop") in boxes()[0].informativeText()
    boxes()[0].close()
    qtbot.waitUntil(lambda: not boxes())
    fail(guard, "third")
    qtbot.waitUntil(lambda: len(boxes()) == 1)
    boxes()[0].close()
    qtbot.waitUntil(lambda: not boxes())


def test_a_copy_that_fails_is_said(qtbot: QtBot, folder: Path) -> None:
    def copy(to: Path) -> list[Path]:
        raise OSError("disk full")

    guard = CrashGuard(copy)
    fail(guard, "first")
    qtbot.waitUntil(lambda: len(boxes()) == 1)
    assert "save your work now" in boxes()[0].informativeText()
    boxes()[0].close()
    qtbot.waitUntil(lambda: not boxes())


def test_installing_and_removing_the_hook() -> None:
    guard = CrashGuard(lambda _: [])
    before = sys.excepthook
    try:
        guard.install()
        assert sys.excepthook == guard.take
        guard.uninstall()
        assert sys.excepthook is sys.__excepthook__
    finally:
        sys.excepthook = before


def test_names_of_copies_are_safe() -> None:
    name = recovery_name("../../etc/(a + b)·c.backprop")
    assert name.startswith("recovered-")
    assert "/" not in name
    assert name.endswith(".backprop")
    assert recovery_name("").startswith("recovered-graph-")


def test_the_state_folder_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert state_folder().is_dir()
