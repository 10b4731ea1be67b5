"""By keyboard alone and for those who listen: focus is seen wherever it is, and everything has a name and a value."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTreeView, QWidget

from backprop_studio.ui.action_table import TABLE
from backprop_studio.ui.shortcuts import _OF_CANVAS
from tests.ui.window_support import Opened

DOCKS = ("palette", "inspector", "explanation", "training", "code", "outline", "history")


def spoken(widget: QWidget) -> QAccessibleInterface:
    """What a screen reader is told of a widget."""
    interface = QAccessible.queryAccessibleInterface(widget)
    assert interface is not None
    return interface


def cells(interface: QAccessibleInterface) -> Iterator[str]:
    """The names of the cells of a table or tree."""
    for number in range(interface.childCount()):
        child = interface.child(number)
        if child is not None and child.role() in (QAccessible.Role.TreeItem, QAccessible.Role.Cell):
            yield child.text(QAccessible.Text.Name)


def test_the_outline_tells_nodes_values_and_gradients(opened: Opened) -> None:
    opened.workspace.open_example("sum-times-c")
    opened.session.flush()
    opened.trigger("show_outline")
    QApplication.processEvents()
    tree = spoken(opened.widget(QTreeView, "outline_tree"))
    assert tree.text(QAccessible.Text.Name)
    told = list(cells(tree))
    for name in ("a", "b", "c", "L"):
        assert any(cell.startswith(name) for cell in told), name
    assert any("20" in cell for cell in told), "the loss"
    assert any("5" in cell for cell in told), "the gradient of c"


def test_the_canvas_has_a_name(opened: Opened) -> None:
    assert spoken(opened.canvas).text(QAccessible.Text.Name) == "Graph"


def focusable(opened: Opened) -> list[QWidget]:
    return [
        widget
        for widget in opened.window.findChildren(QWidget)
        if widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
        and widget.visibleRegion().boundingRect().width() > 4
        and opened.window.rect().contains(widget.mapTo(opened.window, widget.rect().center()))
    ]


@pytest.mark.parametrize("dock", DOCKS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_focus_is_seen_wherever_it_is(opened: Opened, dock: str, theme: str) -> None:
    opened.themes.set(theme)  # type: ignore[arg-type]
    opened.workspace.open_example("sum-times-c")
    opened.session.flush()
    opened.session.select({opened.id("a")})
    for name, each in opened.window.docks.items():
        each.setVisible(name == dock)
    opened.window.docks[dock].raise_()
    opened.window.activateWindow()
    QApplication.processEvents()
    unseen = []
    for widget in focusable(opened):
        opened.canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        QApplication.processEvents()
        is_in_sight = widget.visibleRegion().boundingRect() == widget.rect()  # formulas that come later push on
        if not is_in_sight or widget is opened.canvas:
            continue
        around = widget.rect().adjusted(-3, -3, 3, 3).translated(widget.mapTo(opened.window, QPoint(0, 0)))
        before = opened.window.grab(around).toImage()
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.processEvents()
        if widget.hasFocus() and opened.window.grab(around).toImage() == before:
            unseen.append(f"{type(widget).__name__} {widget.objectName()}")
    assert not unseen


def test_no_default_shortcut_is_a_key_of_the_canvas() -> None:
    keys = [key for spec in TABLE for key in spec.shortcuts]
    assert len(keys) == len(set(keys))
    assert not set(keys) & _OF_CANVAS.keys()


def test_shift_tab_leaves_the_canvas_and_the_frame_tells(opened: Opened) -> None:
    opened.canvas.setFocus()
    QTest.keyClick(opened.canvas, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert not opened.canvas.hasFocus()
