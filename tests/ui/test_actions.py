"""The table of actions: complete, unambiguous, and every row leads somewhere."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QLineEdit, QMenu, QToolButton

from backprop_studio.resource_files import resource
from backprop_studio.ui.action_table import MENUS, TABLE
from backprop_studio.ui.action_table.context_menus import CONTEXT_MENUS
from backprop_studio.ui.action_table.spec import menu_title
from backprop_studio.ui.states import states
from tests.ui.window_support import Opened


def test_no_two_actions_share_a_name_or_a_shortcut() -> None:
    assert not [name for name, count in Counter(spec.name for spec in TABLE).items() if count > 1]
    keys = Counter(QKeySequence(keys).toString() for spec in TABLE for keys in spec.shortcuts)
    assert "" not in keys
    assert not [shortcut for shortcut, count in keys.items() if count > 1]


def test_mnemonics_of_a_menu_are_distinct() -> None:
    by_workspace = ["Open &Recent", "&Examples"]
    menus: dict[str, list[str]] = {"bar": list(MENUS), "File": by_workspace}
    for spec in TABLE:
        menus.setdefault(menu_title(spec.menu), []).append(spec.text)
    for parent, _, title in sorted({spec.menu.partition("/") for spec in TABLE if "/" in spec.menu}):
        menus[menu_title(parent)].append(title)
    for menu, texts in menus.items():
        letters = Counter(text[text.index("&") + 1].lower() for text in texts if "&" in text)
        assert not [letter for letter, count in letters.items() if count > 1], menu


def test_every_menu_fits_on_a_small_screen(opened: Opened) -> None:
    heights = {title: menu.sizeHint().height() for title, menu in opened.window.actions_table.menus.items()}
    assert {title: height for title, height in heights.items() if height > 768 - 60} == {}
    assert heights["Run"] <= 620, "what is rare lies in submenus"


def test_every_menu_of_the_table_exists() -> None:
    titles = {menu_title(title) for title in MENUS}
    assert {spec.menu.partition("/")[0] for spec in TABLE} <= titles


@pytest.mark.parametrize("spec", [spec for spec in TABLE if spec.icon], ids=lambda spec: spec.name)
def test_every_icon_exists(spec: object) -> None:
    assert resource(f"icons/{spec.icon}.svg").is_file()  # type: ignore[attr-defined]


def test_every_handler_exists(opened: Opened) -> None:
    for spec in TABLE:
        group, method = spec.handler.split(".")
        assert callable(getattr(getattr(opened.window.handlers, group), method)), spec.name


def test_actions_stand_in_their_menus_and_on_the_toolbar(opened: Opened) -> None:
    for spec in TABLE:
        menu = opened.window.actions_table.menus[menu_title(spec.menu)]
        assert isinstance(menu, QMenu)
        assert opened.window.actions_table[spec.name] in menu.actions()
        if spec.toolbar:
            button = opened.widget(QToolButton, "tool_" + spec.name)
            assert button.defaultAction() is opened.window.actions_table[spec.name]


def test_names_of_context_menus_are_actions(opened: Opened) -> None:
    names = {spec.name for spec in TABLE} | opened.window.actions_table.menus.keys()
    for kind, entries in CONTEXT_MENUS.items():
        assert {entry for entry in entries if entry} <= names
        menu = opened.window.actions_table.context_menu(kind, opened.canvas)
        assert any(isinstance(action, QAction) and action.text() for action in menu.actions())


def test_actions_are_enabled_by_what_can_be_done(opened: Opened) -> None:
    session, table = opened.session, opened.window.actions_table

    def enabled() -> set[str]:
        opened.workspace.refresh()
        return {spec.name for spec in TABLE if table[spec.name].isEnabled()}

    assert {"new", "open", "save", "quit", "about"} <= enabled()
    assert not enabled() & {"undo", "redo", "delete", "fit", "play", "step", "stop", "train", "set_loss", "train_reset"}
    opened.workspace.open_example("sum-times-c")
    session.flush()
    assert {"fit", "play", "step", "train"} <= enabled()
    session.select({opened.id("a")})
    assert {"delete", "set_loss", "rename", "edit_value"} <= enabled()
    session.select({opened.id("L")})
    assert "edit_value" not in enabled()
    session.timeline.step_forward()
    assert "stop" in enabled()
    assert states(session) >= {"playing", "playable", "one node"}


def test_delete_in_a_field_deletes_text_and_not_the_node(opened: Opened) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    opened.workspace.open_example("sum-times-c")
    opened.session.flush()
    opened.session.select({opened.id("a")})
    opened.workspace.inspector.refresh()
    field = opened.widget(QLineEdit, "inspector_name")
    field.setFocus()
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    assert field.text() == ""
    assert opened.session.graph.node_named("a") is not None


def test_a_submenu_outlives_the_context_menus_that_show_it(opened: Opened) -> None:
    actions = opened.window.actions_table
    for _ in range(3):
        menu = actions.context_menu("node", opened.canvas)
        menu.deleteLater()
        QCoreApplication.sendPostedEvents(menu, QEvent.Type.DeferredDelete.value)
        del menu
        assert all(submenu.title() for submenu in actions.menus.values())
