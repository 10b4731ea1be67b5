"""Graph code in the window: follows the graph, is applied or refused, and is never lost."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from tests.ui.window_support import Opened


@pytest.fixture
def coding(opened: Opened, qtbot: QtBot) -> Opened:
    """An example with its code shown."""
    opened.workspace.open_example("sum-times-c")
    opened.trigger("show_code")
    editor = opened.widget(QPlainTextEdit, "code_editor")
    qtbot.waitUntil(lambda: "L = " in editor.toPlainText())
    return opened


def test_it_opens_as_wide_as_its_lines_up_to_a_limit(opened: Opened) -> None:
    opened.window.resize(1366, 768)
    editor, dock = opened.widget(QPlainTextEdit, "code_editor"), opened.window.docks["code"]
    opened.session.set_code("x = parameter(2.)\nsmooth = sigmoid(softplus(square(x + 1)))\nL = sum(smooth)")
    opened.trigger("show_code")
    QApplication.processEvents()
    line = editor.document().findBlockByNumber(1)
    assert editor.blockBoundingRect(line).height() == pytest.approx(editor.fontMetrics().lineSpacing(), abs=2.0)
    opened.trigger("show_code")
    opened.session.set_code("x = parameter(" + str([0.123456789] * 50) + ")\nL = sum(x)")
    opened.trigger("show_code")
    QApplication.processEvents()
    assert dock.width() <= 0.34 * 1366
    assert editor.horizontalScrollBar().maximum() == 0, "what is wider is wrapped, not cut off"


def test_it_follows_the_graph(coding: Opened, qtbot: QtBot) -> None:
    editor = coding.widget(QPlainTextEdit, "code_editor")
    coding.session.rename(coding.id("a"), "alpha")
    qtbot.waitUntil(lambda: "alpha" in editor.toPlainText())
    assert editor.toPlainText() == coding.session.code()


def test_applying_makes_it_the_graph_as_one_step(coding: Opened) -> None:
    editor = coding.widget(QPlainTextEdit, "code_editor")
    editor.setPlainText("x = input(3.)\nL = square(x)")
    assert coding.widget(QPushButton, "code_apply").isEnabled()
    coding.click("code_apply")
    assert coding.value("L") == 9.0
    assert coding.gradient("x") == 6.0
    coding.trigger("undo")
    assert coding.value("L") == 20.0


def test_ctrl_return_applies_in_the_editor_and_opens_quick_add_on_the_canvas(coding: Opened) -> None:
    editor, window = coding.widget(QPlainTextEdit, "code_editor"), coding.window.windowHandle()
    editor.setPlainText("x = input(3.)\nL = square(x)")
    editor.setFocus()
    QTest.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert coding.value("L") == 9.0
    editor.setPlainText("x = input(4.)\nL = square(x)")
    coding.canvas.setFocus()
    QTest.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert coding.workspace.canvas.quick_add.popup is not None
    assert coding.value("L") == 9.0


def test_a_refusal_tells_the_place_and_keeps_the_text(coding: Opened) -> None:
    editor = coding.widget(QPlainTextEdit, "code_editor")
    text = "x = input(3.)\nL = explode(x)"
    editor.setPlainText(text)
    coding.click("code_apply")
    error = coding.widget(QLabel, "code_error")
    assert error.isVisible()
    assert "line 2" in error.text().lower()
    assert editor.toPlainText() == text
    assert editor.textCursor().blockNumber() == 1
    assert coding.value("L") == 20.0
    editor.insertPlainText(" ")
    assert not error.isVisible()


def test_edited_text_is_not_overwritten_and_can_be_reverted(coding: Opened) -> None:
    editor = coding.widget(QPlainTextEdit, "code_editor")
    editor.setPlainText("half written")
    coding.session.rename(coding.id("a"), "alpha")
    assert editor.toPlainText() == "half written"
    assert "changed meanwhile" in coding.widget(QLabel, "code_state").text()
    coding.click("code_revert")
    assert editor.toPlainText() == coding.session.code()
    assert not coding.workspace.code.has_unapplied_text


def test_unapplied_text_is_not_left_unnoticed(coding: Opened) -> None:
    coding.widget(QPlainTextEdit, "code_editor").setPlainText("half written")
    coding.trigger("new")
    assert coding.session.graph.nodes, "the first time it only warns"
    assert "not applied" in coding.workspace.messages.text
    coding.trigger("new")
    assert not coding.session.graph.nodes


def test_copy(coding: Opened) -> None:
    coding.click("code_copy")
    assert QGuiApplication.clipboard().text() == coding.session.code()
