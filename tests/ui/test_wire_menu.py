"""What the right mouse button offers on wires, nodes and the empty canvas, chosen from the menu that comes up."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from backprop_studio.document.graph import Wire
from backprop_studio.ui.canvas.view import CanvasView
from tests.ui.window_support import Opened

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # popups, off screen


def ask(opened: Opened, at: QPointF) -> QMenu:
    """Press the right button at a point of the canvas: the menu that comes up."""
    canvas = opened.workspace.canvas
    QTest.mouseMove(canvas, at.toPoint())
    QTest.mouseClick(canvas, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, at.toPoint())
    spot = canvas.mapToGlobal(at).toPoint()
    QApplication.sendEvent(canvas, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at.toPoint(), spot))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def choose(opened: Opened, at: QPointF, name: str) -> None:
    """Choose an action from the menu of a point, by the mouse."""
    menu, action = ask(opened, at), opened.window.actions_table[name]
    assert action in menu.actions()
    assert action.isEnabled()
    spot = menu.actionGeometry(action).center()
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    QApplication.processEvents()


@pytest.fixture
def shown(opened: Opened) -> Opened:
    """(a + b) · c, fitted."""
    opened.workspace.open_example("sum-times-c")
    opened.session.flush()
    QApplication.processEvents()
    return opened


def wire_of(opened: Opened) -> Wire:
    return Wire(opened.id("a"), opened.id("q"), 0)


def test_a_node_and_a_wire_are_explained_from_their_menus(shown: Opened) -> None:
    canvas = shown.workspace.canvas
    dock = shown.window.docks["explanation"]
    for place in (lambda: canvas.node_rect(shown.id("b")).center(), lambda: canvas.wire_point(wire_of(shown))):
        dock.hide()
        QApplication.processEvents()
        choose(shown, place(), "explain_this")
        assert dock.isVisible()
    assert shown.session.selected_wire == wire_of(shown)


def test_a_node_is_put_into_a_wire_from_its_menu(shown: Opened) -> None:
    canvas, session = shown.workspace.canvas, shown.session
    before = session.graph
    choose(shown, canvas.wire_point(wire_of(shown)), "insert_node")
    popup = canvas.quick_add.popup
    assert popup is not None
    assert "→" in popup.field.placeholderText()
    QTest.keyClicks(popup.field, "x*w")
    chosen = popup.chosen()
    assert chosen is not None
    assert chosen.kind == "problem"  # a formula has no one input
    popup.field.clear()
    QTest.keyClicks(popup.field, "tanh")
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    new = session.graph.source_of(shown.id("q"), 0)
    assert new is not None
    assert session.graph.nodes[new].op_name == "tanh"
    assert session.graph.source_of(new, 0) == shown.id("a")
    session.undo()
    assert session.graph == before


def test_a_wire_gets_a_dot_where_its_menu_was_asked_for(shown: Opened) -> None:
    canvas, session = shown.workspace.canvas, shown.session
    at = canvas.wire_point(wire_of(shown))
    choose(shown, at, "reroute_dot")
    [(x, y)] = session.graph.bends[(shown.id("q"), 0)]
    assert (canvas.camera.to_widget(QPointF(x, y)) - at).manhattanLength() < 12
    choose(shown, canvas.camera.to_widget(QPointF(x, y)), "reroute_dot")
    assert not session.graph.bends
    session.select((), wire_of(shown))
    canvas.pointer.leave()
    shown.trigger("reroute_dot")
    assert len(session.graph.bends) == 1


def test_pasting_from_the_menu_puts_it_where_the_menu_was_asked_for(shown: Opened, qtbot: QtBot) -> None:
    canvas, session = shown.workspace.canvas, shown.session
    session.select({shown.id("a")})
    shown.trigger("copy")
    at = QPointF(canvas.width() * 0.2, canvas.height() * 0.9)
    choose(shown, at, "paste")
    [new] = session.selection
    assert (canvas.node_rect(new).center() - at).manhattanLength() < 40
    QApplication.clipboard().clear()


def test_a_formula_comes_into_view_as_a_whole(opened: Opened) -> None:
    canvas: CanvasView = opened.workspace.canvas
    canvas.quick_add.open(QPointF(10.0, canvas.height() - 10.0))
    popup = canvas.quick_add.popup
    assert popup is not None
    QTest.keyClicks(popup.field, "x*w + b")
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    assert len(opened.session.graph.nodes) == 5
    room = QPointF(canvas.width(), canvas.height())
    for node in opened.session.graph.nodes:
        rect = canvas.node_rect(node)
        assert min(rect.x(), rect.y()) >= 0
        assert rect.right() <= room.x()
        assert rect.bottom() <= room.y()
