"""File → Export: code, equations and Graphviz, written and copied on a thread, and told of."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from backprop_studio.exchange.exporting import FORMATS, export_text
from tests.ui.window_support import Opened


@pytest.fixture
def neuron(opened: Opened) -> Opened:
    opened.session.load_example("sigmoid-neuron")
    return opened


def done(opened: Opened, qtbot: QtBot) -> None:
    """Wait for what was handed to the thread."""
    qtbot.waitUntil(lambda: not opened.workspace.errands.is_busy, timeout=20_000)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "code"])
def test_each_form_is_written_to_the_file_that_was_chosen(
    name: str, neuron: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    asked: list[str] = []

    def choose(_: object, title: str, begin: str, kinds: str) -> tuple[str, str]:
        asked.extend((title, begin, kinds))
        return str(tmp_path / "neuron"), kinds

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    neuron.trigger(f"export_{name}")
    done(neuron, qtbot)
    form = FORMATS[name]
    path = tmp_path / f"neuron{form.suffix}"
    assert path.read_text("utf-8") == export_text(neuron.session.graph, name)
    assert asked[0] == f"Export {form.title}"
    assert asked[1].endswith(form.suffix)
    assert neuron.workspace.messages.text == f"The {form.title} is in {path}."


def test_code_is_copied(neuron: Opened, qtbot: QtBot) -> None:
    neuron.trigger("copy_pytorch")
    done(neuron, qtbot)
    assert QApplication.clipboard().text() == export_text(neuron.session.graph, "pytorch")
    assert neuron.workspace.messages.text == "The PyTorch code is on the clipboard."


def test_nothing_is_written_where_no_file_is_chosen(neuron: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    neuron.trigger("export_numpy")
    assert not neuron.workspace.errands.is_busy


def test_what_cannot_be_exported_is_said(opened: Opened, tmp_path: Path, qtbot: QtBot) -> None:
    opened.session.add_node("relu", (0.0, 0.0))
    opened.trigger("copy_numpy")
    done(opened, qtbot)
    assert opened.workspace.messages.severity == "error"
    assert "relu_1 has nothing wired to its input" in opened.workspace.messages.text
    opened.session.load_example("xor")
    opened.window.handlers.export.write("numpy", tmp_path / "no" / "xor.py")
    done(opened, qtbot)
    assert opened.workspace.messages.severity == "error"
    assert "cannot be written" in opened.workspace.messages.text


def test_the_window_closes_while_something_is_exported(neuron: Opened, tmp_path: Path) -> None:
    neuron.window.handlers.export.write("numpy", tmp_path / "neuron.py")
    neuron.workspace.errands.shutdown()
    assert not neuron.workspace.errands.is_busy
