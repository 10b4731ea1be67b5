"""Shortcuts are listed, changed, refused where they clash, remembered and reset."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QKeySequenceEdit, QLabel, QTableWidget
from pytestqt.qtbot import QtBot

from backprop_studio.ui.action_table import TABLE
from tests.ui.window_support import Opened, opened_window

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")  # said of dialogs, off screen only


def choose(opened: Opened, text: str) -> None:
    """Open the page and select an action."""
    opened.trigger("shortcuts")
    table = opened.widget(QTableWidget, "shortcuts_table")
    row = next(row for row in range(table.rowCount()) if table.item(row, 1).text() == text)
    table.setCurrentCell(row, 1)


def press(opened: Opened, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> str:
    """Press keys in the field, assign them, and what is told about it."""
    field = opened.widget(QKeySequenceEdit, "shortcut_field")
    field.setFocus()
    QTest.keyClick(field, key, modifiers)
    assert not field.keySequence().isEmpty()
    opened.click("shortcut_assign")
    return opened.widget(QLabel, "shortcut_told").text()


CTRL = Qt.KeyboardModifier.ControlModifier


def test_no_action_is_cut_off(opened: Opened) -> None:
    choose(opened, "Tidy")
    table = opened.widget(QTableWidget, "shortcuts_table")
    wanted = max(table.fontMetrics().horizontalAdvance(table.item(row, 1).text()) for row in range(table.rowCount()))
    assert table.columnWidth(1) >= wanted


def test_a_shortcut_is_changed_used_and_remembered(qtbot: QtBot, tmp_path: Path) -> None:
    with opened_window(qtbot, tmp_path / "settings.ini") as first:
        choose(first, "Actual Size")
        assert press(first, Qt.Key.Key_K, CTRL | Qt.KeyboardModifier.AltModifier).startswith("Now on")
        first.widget(QDialog, "shortcuts_dialog").close()
        first.workspace.canvas.set_zoom(2.0)
        first.window.activateWindow()
        first.canvas.setFocus()
        QApplication.processEvents()
        QTest.keyClick(first.canvas, Qt.Key.Key_1, CTRL)
        assert first.workspace.canvas.zoom == 2.0
        QTest.keyClick(first.canvas, Qt.Key.Key_K, CTRL | Qt.KeyboardModifier.AltModifier)
        assert first.workspace.canvas.zoom == 1.0
    with opened_window(qtbot, tmp_path / "settings.ini") as second:
        action = second.window.actions_table["zoom_actual"]
        assert action.shortcut() == QKeySequence("Ctrl+Alt+K")
        assert "K" in action.toolTip()
        choose(second, "Actual Size")
        second.click("shortcut_reset")
        assert action.shortcut() == QKeySequence("Ctrl+1")
    with opened_window(qtbot, tmp_path / "settings.ini") as third:
        assert third.window.actions_table["zoom_actual"].shortcut() == QKeySequence("Ctrl+1")


def test_conflicts_are_told_and_change_nothing(opened: Opened) -> None:
    choose(opened, "Actual Size")
    assert "is the shortcut of Save already" in press(opened, Qt.Key.Key_S, CTRL)
    assert "quick-add" in press(opened, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier)
    assert opened.window.actions_table["zoom_actual"].shortcut() == QKeySequence("Ctrl+1")
    opened.click("shortcut_clear")
    assert opened.window.actions_table["zoom_actual"].shortcuts() == []
    choose(opened, "Save")
    assert press(opened, Qt.Key.Key_1, CTRL).startswith("Now on")
    choose(opened, "Actual Size")
    opened.click("shortcut_reset")
    assert "is the shortcut of Save already" in opened.widget(QLabel, "shortcut_told").text()
    opened.click("shortcut_reset_all")
    for spec in TABLE:
        expected = [QKeySequence(keys) for keys in spec.shortcuts]
        assert opened.window.actions_table[spec.name].shortcuts() == expected


def test_damaged_settings_change_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    with opened_window(qtbot, tmp_path / "settings.ini") as first:
        first.store.setValue("shortcuts", ["nothing=Ctrl+K", "save", "open=Ctrl+N", "quit=???", "=", "undo=Ctrl+Alt+U"])
    with opened_window(qtbot, tmp_path / "settings.ini") as second:
        actions = second.window.actions_table
        assert actions["save"].shortcut() == QKeySequence("Ctrl+S")
        assert actions["open"].shortcut() == QKeySequence("Ctrl+O")
        assert actions["quit"].shortcut() == QKeySequence("Ctrl+Q")
        assert actions["undo"].shortcut() == QKeySequence("Ctrl+Alt+U")
