"""The window as a whole: layout remembered and checked, themes, panels, status, reachable by keyboard."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QTableWidget,
    QToolButton,
)
from pytestqt.qtbot import QtBot

from backprop_studio.ui.action_table import MENUS, TABLE
from backprop_studio.ui.fit_keeper import CLEAR
from backprop_studio.ui.shortcuts import title
from backprop_studio.ui.theme import DARK, LIGHT
from tests.ui.window_support import Opened, opened_window

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")  # said of dialogs, off screen only


def test_the_layout_is_remembered(qtbot: QtBot, tmp_path: Path) -> None:
    with opened_window(qtbot, tmp_path / "settings.ini") as first:
        first.trigger("show_code")
        first.trigger("show_palette")
        assert first.window.docks["palette"].isHidden()
    with opened_window(qtbot, tmp_path / "settings.ini") as second:
        assert not second.window.docks["code"].isHidden()
        assert second.window.docks["palette"].isHidden()
        assert second.window.actions_table["show_code"].isChecked()
        assert not second.window.actions_table["show_palette"].isChecked()
        second.trigger("reset_layout")
        assert second.window.docks["code"].isHidden()
        assert not second.window.docks["palette"].isHidden()


@pytest.mark.parametrize("damage", ["blob", "unfinished"])
def test_a_layout_that_may_be_damaged_is_not_restored(qtbot: QtBot, tmp_path: Path, damage: str) -> None:
    with opened_window(qtbot, tmp_path / "settings.ini") as first:
        first.trigger("show_code")
    with opened_window(qtbot, tmp_path / "settings.ini") as second:
        second.store.setValue("window/state/blob", QByteArray(b"\xff" * 64) if damage == "blob" else QByteArray())
        second.window.save_layout = lambda: None  # type: ignore[method-assign]
        if damage == "unfinished":
            second.window.settings.begin_opening()
    with opened_window(qtbot, tmp_path / "settings.ini") as third:
        assert third.window.docks["code"].isHidden(), "the default layout"


def test_themes_reach_every_part_and_are_remembered(opened: Opened) -> None:
    opened.workspace.open_example("xor")
    for name, theme in (("light", LIGHT), ("dark", DARK)):
        opened.trigger("theme_" + name)
        assert opened.themes.theme is theme
        assert opened.window.settings.text("theme", "") == name
        assert opened.window.actions_table["theme_" + name].isChecked()
        image = opened.window.grab().toImage()
        colors = {
            image.pixelColor(x, y).name() for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)
        }
        other = DARK if theme is LIGHT else LIGHT
        assert theme.panel.name() in colors
        assert other.panel.name() not in colors
        assert other.canvas.name() not in colors


def test_animation_is_chosen_and_remembered(opened: Opened) -> None:
    opened.trigger("animate_off")
    assert opened.session.timeline.animate == "off"
    assert opened.window.settings.text("animate", "") == "off"
    opened.trigger("animate_full")
    assert opened.session.timeline.animate == "full"


def test_panels_are_shown_and_hidden_and_their_entries_follow(opened: Opened) -> None:
    for name in ("palette", "inspector", "training"):
        opened.trigger("show_" + name)
        assert opened.window.docks[name].isHidden()
        opened.trigger("show_" + name)
        assert opened.window.docks[name].isVisible()
    opened.click("inspector_dock_close")
    assert not opened.window.actions_table["show_inspector"].isChecked()


def test_the_status_bar_tells_the_facts(opened: Opened) -> None:
    opened.workspace.open_example("sum-times-c")
    opened.session.flush()
    opened.workspace.refresh()
    text = {name: opened.widget(QLabel, "status_" + name).text() for name in ("size", "dtype", "saved", "zoom")}
    text["health"] = opened.widget(QToolButton, "status_health").text()
    assert text["size"] == "5 nodes · 4 wires"
    assert text["dtype"] == "float64"
    assert text["health"] == "no problems"
    assert text["saved"] == "New"
    assert text["zoom"] == f"{opened.workspace.canvas.zoom * 100:.0f} %"
    opened.session.set_value(opened.id("a"), "9")
    opened.workspace.refresh()
    assert opened.widget(QLabel, "status_saved").text() == "Modified"
    opened.trigger("zoom_actual")
    assert opened.widget(QLabel, "status_zoom").text() == "100 %"


def test_a_fitted_graph_stays_fitted_until_the_view_is_moved(opened: Opened, qtbot: QtBot) -> None:
    opened.workspace.open_example("xor")
    canvas = opened.workspace.canvas
    before = canvas.zoom
    opened.window.resize(1000, 700)
    qtbot.waitUntil(lambda: canvas.zoom < before)
    opened.trigger("zoom_in")
    chosen = canvas.zoom
    opened.window.resize(1366, 768)
    QApplication.processEvents()
    QTest.qWait(20)
    assert canvas.zoom == chosen


def test_a_graph_that_comes_near_an_edge_with_a_line_less_is_fitted_anew(opened: Opened, qtbot: QtBot) -> None:
    opened.workspace.open_example("fan-out")
    canvas = opened.workspace.canvas
    graph = canvas.scene.bounds()
    assert graph is not None
    opened.window.resize(1366, opened.window.height() + round(graph.height() * 1.5) + 150 - canvas.height())
    QApplication.processEvents()
    qtbot.wait(20)
    opened.trigger("fit")
    for _ in range(3):
        opened.window.resize(1366, opened.window.height() - 20)
        QApplication.processEvents()
        qtbot.wait(20)
        assert canvas.camera.rect_to_widget(graph).top() >= CLEAR


def test_it_fits_a_small_screen(opened: Opened) -> None:
    opened.workspace.open_example("xor")
    opened.trigger("show_code")
    QApplication.processEvents()
    least = opened.window.minimumSizeHint()
    assert least.width() <= 1366
    assert least.height() <= 720
    assert opened.window.size().height() <= 768
    assert opened.canvas.width() >= 600
    assert opened.canvas.height() >= 330


def test_everything_that_can_be_used_has_a_name(opened: Opened) -> None:
    opened.workspace.open_example("xor")
    opened.session.flush()
    opened.session.select({opened.id("L")})
    opened.workspace.inspector.refresh()
    opened.session.timeline.seek(1)
    nameless = []
    for kind in (QAbstractButton, QLineEdit, QComboBox):
        for widget in opened.window.findChildren(kind):
            named = widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text())
            tip = widget.toolTip()
            inner = isinstance(widget.parent(), QLineEdit) or not widget.isVisible()
            if not inner and not named and not tip:
                nameless.append(widget.objectName() or repr(widget))
    assert not nameless


def test_no_two_things_share_a_letter_with_alt(opened: Opened) -> None:
    opened.workspace.open_example("xor")
    for name in ("show_code", "show_explanation"):
        if name in {spec.name for spec in TABLE}:
            opened.trigger(name)
    QApplication.processEvents()
    texts = list(MENUS)
    texts += [button.text() for button in opened.window.findChildren(QAbstractButton) if not button.isHidden()]
    texts += [label.text() for label in opened.window.findChildren(QLabel) if label.buddy() is not None]
    letters = [QKeySequence.mnemonic(text).toString() for text in texts]
    twice = [letter for letter, count in Counter(letters).items() if letter and count > 1]
    assert not twice, [text for text in texts if QKeySequence.mnemonic(text).toString() in twice]


def test_shift_tab_goes_around_the_window_and_comes_back(opened: Opened) -> None:
    opened.window.activateWindow()
    opened.workspace.open_example("fan-out")
    opened.session.flush()
    seen: list[str] = []
    for _ in range(60):
        focus = QApplication.focusWidget()
        assert focus is not None
        if focus is opened.canvas and seen:
            break
        seen.append(focus.objectName())
        QTest.keyClick(focus, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert QApplication.focusWidget() is opened.canvas
    assert {"canvas", "palette_search", "palette_list", "training_rate"} <= set(seen)


def test_the_shortcut_page_shows_every_row(opened: Opened) -> None:
    opened.trigger("shortcuts")
    dialog = opened.widget(QDialog, "shortcuts_dialog")
    table = opened.widget(QTableWidget, "shortcuts_table")
    shown = {table.item(row, 1).text() for row in range(table.rowCount())}
    assert {title(spec) for spec in TABLE} <= shown
    dialog.close()
    opened.trigger("about")
    assert opened.widget(QDialog, "about_dialog").isVisible()
    opened.widget(QDialog, "about_dialog").close()


def test_escape_and_function_keys_drive_the_passes(opened: Opened) -> None:
    opened.workspace.open_example("sum-times-c")
    opened.session.flush()
    opened.session.timeline.animate = "steps"
    opened.workspace.refresh()
    timeline = opened.session.timeline
    opened.window.activateWindow()
    opened.canvas.setFocus()

    def key(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        opened.workspace.refresh()
        QTest.keyClick(QApplication.focusWidget() or opened.window, key, modifier)

    key(Qt.Key.Key_F10)
    key(Qt.Key.Key_F10)
    assert timeline.position == 2
    key(Qt.Key.Key_F9)
    assert timeline.position == 1
    key(Qt.Key.Key_F5)
    assert timeline.is_playing
    key(Qt.Key.Key_Space)
    assert not timeline.is_playing
    key(Qt.Key.Key_Escape)
    assert not timeline.is_active


def test_a_training_dock_without_a_place_in_the_window_is_given_no_room(opened: Opened) -> None:
    opened.window.removeDockWidget(opened.window.docks["training"])
    opened.window.give_training_room()  # Qt would warn, and a warning fails a test
