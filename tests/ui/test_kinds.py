"""A source is made another kind of source: by menu, right click and inspector, in one step that undo takes back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QMenu

from backprop_studio.document.values import Value
from tests.ui.window_support import Opened

KINDS = ("input", "target", "parameter", "constant")


@pytest.fixture
def line(opened: Opened) -> Opened:
    assert opened.session.set_code("x = parameter(2.)\nw = parameter(3.)\nL = square(x*w - 1)") is None
    opened.session.flush()
    opened.session.select({opened.id("x")})
    opened.workspace.refresh()
    return opened


def checked(opened: Opened) -> list[str]:
    return [kind for kind in KINDS if opened.window.actions_table[f"kind_{kind}"].isChecked()]


@pytest.mark.parametrize("kind", ["input", "target", "constant"])
def test_the_menu_changes_a_source(line: Opened, kind: str) -> None:
    session = line.session
    before, count, x = session.graph, session.undo_stack.count(), line.id("x")
    assert checked(line) == ["parameter"]
    line.trigger(f"kind_{kind}")
    line.workspace.refresh()
    node = session.graph.nodes[x]
    assert (node.op_name, node.name, node.value, node.position) == (kind, "x", Value(2.0), before.nodes[x].position)
    assert session.graph.sources == before.sources
    assert checked(line) == [kind]
    assert session.selection == {x}
    assert session.undo_stack.count() == count + 1
    assert session.undo_stack.undoText() == f"Change x to {kind}"
    assert line.value("L") == 25.0
    assert line.gradient("w") == 20.0
    assert (session.flush().gradient(x) is None) == (kind == "constant")
    session.undo()
    assert session.graph == before
    assert line.gradient("x") == 30.0
    session.redo()
    assert session.graph.nodes[x].op_name == kind


def test_training_leaves_what_became_an_input(line: Opened) -> None:
    line.trigger("kind_input")
    line.session.flush()
    line.trigger("train_step")
    assert line.value("x") == 2.0
    assert line.value("w") != 3.0


def test_several_sources_at_once_and_nothing_else(line: Opened) -> None:
    session, table = line.session, line.window.actions_table
    session.select({line.id("x"), line.id("w")})
    line.trigger("kind_constant")
    assert {session.graph.nodes[line.id(name)].op_name for name in "xw"} == {"constant"}
    session.set_kind({line.id("x")}, "input")
    line.workspace.refresh()
    assert checked(line) == []
    session.select({line.id("x"), line.id("L")})
    line.workspace.refresh()
    assert not table["kind_input"].isEnabled()


def test_a_right_click_offers_it(line: Opened) -> None:
    menu = line.window.actions_table.context_menu("node", line.canvas)
    offered = [action.menu() for action in menu.actions() if isinstance(action.menu(), QMenu)]
    assert line.window.actions_table.menus["Graph/Change To"] in offered


def test_the_inspector_has_a_choice_for_sources(line: Opened) -> None:
    line.workspace.inspector.refresh()
    choice = line.widget(QComboBox, "inspector_kind")
    assert choice.isVisible()
    assert choice.currentText() == "Parameter"
    assert not line.widget(QLabel, "inspector_operation").isVisible()
    choice.setFocus()
    QTest.keyClick(choice, Qt.Key.Key_Up)
    assert line.session.graph.nodes[line.id("x")].op_name == "target"
    line.session.flush()
    assert choice.currentText() == "Target"
    line.session.undo()
    line.session.flush()
    line.workspace.inspector.refresh()
    assert choice.currentText() == "Parameter"
    line.session.select({line.id("L")})
    line.workspace.inspector.refresh()
    assert not choice.isVisible()
    assert line.widget(QLabel, "inspector_operation").text() == "Square"
