"""Documents in the window: asked before they are lost, opened by every way there is."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QProgressDialog, QPushButton
from pytestqt.qtbot import QtBot

from backprop_studio.document import notes
from backprop_studio.document.file_format import load
from tests.ui.window_support import Opened, answer

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")  # said of dialogs, off screen only


def press(button: QMessageBox.StandardButton) -> object:
    """For ``answer``: finds that button of a message box."""
    return lambda box: box.button(button)


@pytest.fixture
def edited(opened: Opened) -> Opened:
    """An example with a change that is not saved."""
    opened.workspace.open_example("sum-times-c")
    assert opened.session.set_value(opened.id("a"), "7") is None
    opened.workspace.refresh()
    return opened


def choose(monkeypatch: pytest.MonkeyPatch, path: Path | None, kind: str = "") -> None:
    """Answer the next file dialogs with ``path``."""
    chosen = (str(path) if path is not None else "", kind)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: chosen)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: chosen)


def test_the_title_names_the_document_and_marks_it_modified(edited: Opened) -> None:
    assert edited.window.windowTitle() == "(a + b) · c[*] — Backprop Studio"
    assert edited.window.isWindowModified()
    edited.session.undo()
    edited.workspace.refresh()
    assert not edited.window.isWindowModified()


def test_cancel_keeps_everything(edited: Opened) -> None:
    came = answer("save_changes", press(QMessageBox.StandardButton.Cancel))  # type: ignore[arg-type]
    edited.trigger("new")
    assert came()
    assert edited.value("a") == 7.0


def test_discard_goes_on(edited: Opened) -> None:
    came = answer("save_changes", press(QMessageBox.StandardButton.Discard))  # type: ignore[arg-type]
    edited.trigger("new")
    assert came()
    assert not edited.session.graph.nodes


def test_save_saves_and_goes_on(edited: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, tmp_path / "kept")
    came = answer("save_changes", press(QMessageBox.StandardButton.Save))  # type: ignore[arg-type]
    edited.workspace.open_example("xor")
    assert came()
    assert edited.session.title == "XOR"
    assert load(tmp_path / "kept.backprop").node_named("a") is not None


def test_a_save_that_is_called_off_keeps_everything(edited: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, None)
    answer("save_changes", press(QMessageBox.StandardButton.Save))  # type: ignore[arg-type]
    edited.trigger("new")
    assert edited.value("a") == 7.0


def test_closing_asks_and_can_be_called_off(edited: Opened) -> None:
    came = answer("save_changes", press(QMessageBox.StandardButton.Cancel))  # type: ignore[arg-type]
    assert not edited.window.close()
    assert came()
    assert edited.window.isVisible()


def test_save_as_and_open_again(edited: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.backprop"
    choose(monkeypatch, path)
    edited.trigger("save_as")
    before = edited.session.graph
    assert edited.session.path == path
    edited.trigger("new")
    assert not edited.session.graph.nodes
    edited.trigger("open")
    assert edited.session.graph == before
    edited.workspace.refresh()
    assert edited.window.windowTitle().startswith("mine.backprop[*]")


def test_recent_files_are_listed_and_opened(edited: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, tmp_path / "a & b.backprop")
    edited.trigger("save_as")
    edited.trigger("new")
    menu = edited.workspace._recent
    assert [action.text() for action in menu.actions()] == ["a && b.backprop"]
    menu.actions()[0].trigger()
    assert edited.value("a") == 7.0


def test_a_file_that_is_no_document_is_refused_in_the_window(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "torn.backprop"
    path.write_bytes(b"\x00\x01 not a document")
    assert not opened.workspace.files.open_path(path)
    assert opened.workspace.messages.severity == "error"
    assert not opened.session.graph.nodes


def drop(opened: Opened, path: Path) -> bool:
    """Drop a file on the window; tells whether it was accepted."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, modifiers = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, buttons, modifiers)
    enter.ignore()
    QApplication.sendEvent(opened.window, enter)
    if enter.isAccepted():
        QApplication.sendEvent(
            opened.window, QDropEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, buttons, modifiers)
        )
    return enter.isAccepted()


def test_a_document_dropped_on_the_window_is_opened(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "graph.py"
    path.write_text("x = input(3.)\nL = square(x)", encoding="utf-8")
    assert not drop(opened, tmp_path / "photo.jpeg")
    assert drop(opened, path)
    assert opened.value("L") == 9.0


def test_a_picture_is_exported(edited: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, tmp_path / "graph", "PNG picture (*.png)")
    edited.trigger("export_picture")
    assert QImage(str(tmp_path / "graph.png")).width() > 400
    choose(monkeypatch, tmp_path / "graph.svg", "SVG drawing (*.svg)")
    edited.trigger("export_picture")
    assert (tmp_path / "graph.svg").read_text(encoding="utf-8").lstrip().startswith("<?xml")
    assert "graph.svg" in edited.workspace.messages.text


def test_a_picture_that_cannot_be_written_is_told(edited: Opened, tmp_path: Path) -> None:
    assert not edited.workspace.files.write_picture(tmp_path / "nowhere" / "graph.png")
    assert edited.workspace.messages.severity == "error"
    assert not edited.workspace.files.write_picture(tmp_path / "nowhere" / "graph.svg")


def test_examples_stand_in_the_menu_and_on_the_start_card(opened: Opened) -> None:
    card = opened.workspace.start_card
    assert card.isVisible()
    assert opened.canvas.rect().contains(card.geometry())
    names = [example.name for example in opened.session.examples()]
    assert len(names) >= 7
    for name in names:
        assert opened.widget(QPushButton, "example_" + name).isVisible()
        assert any(action.objectName() == "menu_example_" + name for action in opened.workspace._examples.actions())
    opened.click("example_sigmoid-neuron")
    assert opened.value("y") == pytest.approx(0.7310585786)
    opened.workspace.refresh()
    assert not card.isVisible()


def test_the_start_card_goes_before_anything_of_a_document_is_painted(opened: Opened) -> None:
    card = opened.workspace.start_card
    assert card.isVisible()
    opened.session.load_example("fan-out")
    assert not card.isVisible(), "at once, not at the next round of events"
    opened.session.new()
    assert card.isVisible()
    assert opened.session.edit(lambda graph: notes.add_comment(graph, "To do", (0.0, 0.0))[0], "Comment")
    assert not card.isVisible()


def test_the_passes_are_exported_as_an_animation(opened: Opened, qtbot: QtBot, tmp_path: Path) -> None:
    opened.workspace.open_example("square-of-line")
    opened.session.flush()
    opened.workspace.refresh()
    assert opened.window.actions_table["export_animation"].isEnabled()
    animation, path = opened.workspace.files.animation, tmp_path / "passes.webp"
    assert animation.write(path)
    assert not animation.write(tmp_path / "again.webp"), "one at a time"
    qtbot.waitUntil(lambda: f"The animation is in {path}." in opened.workspace.messages.text, timeout=60_000)
    assert path.read_bytes()[8:12] == b"WEBP"
    assert animation.write(tmp_path / "none" / "passes.gif")
    qtbot.waitUntil(lambda: opened.workspace.messages.severity == "error", timeout=60_000)
    assert opened.workspace.messages.text.startswith("No animation was written. ")
    assert not animation.write(tmp_path / "passes.mp4")
    assert "Choose one of these endings" in opened.workspace.messages.text


def test_an_animation_is_cancelled(opened: Opened, qtbot: QtBot, tmp_path: Path) -> None:
    opened.workspace.open_example("square-of-line")
    animation = opened.workspace.files.animation
    assert animation.write(tmp_path / "unfinished.gif")
    dialog = opened.widget(QProgressDialog, "animation_progress")
    qtbot.waitUntil(lambda: dialog.value() > 1, timeout=20_000)
    dialog.findChild(QPushButton).click()
    qtbot.waitUntil(lambda: not animation.is_busy, timeout=20_000)
    assert opened.workspace.messages.text == "The animation was cancelled; no file was written."
    assert animation.write(tmp_path / "unfinished.gif")
    animation.shutdown()
    assert not list(tmp_path.glob("*unfinished*"))
