"""Texts that do not follow a training say so while it runs."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from backprop_studio.ui.panels.stale_note import StaleNote
from tests.ui.window_support import Opened


def test_explanation_and_code_say_that_they_do_not_follow_while_training_runs(opened: Opened, qtbot: QtBot) -> None:
    opened.workspace.open_example("xor")
    opened.session.flush()
    opened.session.select({opened.id("W1")})
    opened.trigger("show_explanation")
    opened.trigger("show_code")
    QApplication.processEvents()
    notes = [opened.widget(StaleNote, name) for name in ("explanation_stale", "code_stale")]
    assert all(note.isHidden() for note in notes)
    editor = opened.workspace.code.editor
    before = editor.toPlainText()
    opened.session.training.run()
    QApplication.processEvents()
    assert not any(note.isHidden() for note in notes)
    with qtbot.waitSignal(opened.session.training.progressed, timeout=5000):
        pass
    assert editor.toPlainText() == before
    opened.session.training.pause()
    qtbot.waitUntil(lambda: all(note.isHidden() for note in notes), timeout=5000)
    qtbot.waitUntil(lambda: editor.toPlainText() != before, timeout=5000)
