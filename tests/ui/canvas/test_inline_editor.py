"""Values and names edited where they stand."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from backprop_studio.document.values import Value
from backprop_studio.ui.canvas.inline_editor import InlineEditor
from backprop_studio.ui.canvas.view import CanvasView
from tests.ui.canvas.conftest import Builder, Mouse, product_of_sum, show


def value_row(canvas: CanvasView, node: int) -> QPointF:
    return canvas.node_rect(node).topLeft() + QPointF(90, 46) * canvas.zoom


def open_value(canvas: CanvasView, mouse: Mouse, node: int) -> InlineEditor:
    mouse.double_click(value_row(canvas, node))
    editor = canvas.editing.editor
    assert editor is not None
    assert editor.hasFocus()
    assert editor.isVisible()
    return editor


def replace(editor: InlineEditor, text: str) -> None:
    editor.selectAll()
    QTest.keyClicks(editor, text)


def problem_label(canvas: CanvasView) -> QLabel:
    label = canvas.findChild(QLabel, "inline_editor_problem")
    assert label is not None
    return label


def test_double_click_on_a_value_edits_it_and_enter_keeps_it(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    editor = open_value(canvas, mouse, ids["a"])
    assert editor.text() == "2.0"
    assert editor.geometry().contains(value_row(canvas, ids["a"]).toPoint())
    replace(editor, "5.5")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    canvas.session.flush()
    assert canvas.session.graph.nodes[ids["a"]].value == Value(5.5)
    assert canvas.scene.labels[ids["L"]].value.text == "34"
    assert canvas.editing.editor is None
    assert canvas.hasFocus()
    assert canvas.session.undo_stack.count() == 1


def test_escape_keeps_the_old_value(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    editor = open_value(canvas, mouse, ids["a"])
    replace(editor, "77")
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert canvas.session.graph.nodes[ids["a"]].value == Value(2.0)
    assert canvas.editing.editor is None
    assert canvas.session.undo_stack.count() == 0


def test_a_text_that_is_no_value_is_refused_at_the_field_and_not_lost(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    editor = open_value(canvas, mouse, ids["a"])
    replace(editor, "[[1, 2], [3]]")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert canvas.editing.editor is editor
    assert editor.text() == "[[1, 2], [3]]"
    label = problem_label(canvas)
    assert label.isVisible()
    assert label.text() == editor.problem != ""
    assert label.textFormat() is Qt.TextFormat.PlainText
    assert label.geometry().top() >= editor.geometry().bottom()
    assert canvas.session.undo_stack.count() == 0
    replace(editor, "[[1, 2], [3, 4]]")
    assert not label.isVisible()
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert canvas.session.graph.nodes[ids["a"]].value == Value([[1, 2], [3, 4]])


def test_an_unchanged_text_is_no_step(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    QTest.keyClick(open_value(canvas, mouse, ids["a"]), Qt.Key.Key_Return)
    assert canvas.editing.editor is None
    assert canvas.session.undo_stack.count() == 0


def test_tab_goes_to_the_next_source(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    editor = open_value(canvas, mouse, ids["a"])
    replace(editor, "9")
    for name, text in (("b", "3.0"), ("c", "4.0"), ("a", "9")):
        assert canvas.editing.editor is not None
        QTest.keyClick(canvas.editing.editor, Qt.Key.Key_Tab)
        QApplication.processEvents()
        assert canvas.editing.editor is not None
        assert canvas.session.selection == {ids[name]}
        assert canvas.editing.editor.text() == text
        assert canvas.editing.editor.hasFocus()
    QTest.keyClick(canvas.editing.editor, Qt.Key.Key_Escape)


def test_clicking_elsewhere_keeps_the_text(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    editor = open_value(canvas, mouse, ids["a"])
    replace(editor, "6")
    mouse.click(QPointF(700, 500))
    assert canvas.editing.editor is None
    assert canvas.session.graph.nodes[ids["a"]].value == Value(6)


def test_the_field_follows_the_view_and_grows_with_the_text(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    editor = open_value(canvas, mouse, ids["c"])
    before, narrow = editor.geometry().center(), editor.width()
    canvas.camera.pan(50, 30)
    canvas.camera_moved()
    moved = editor.geometry().center() - before
    assert (moved.x(), moved.y()) == (50, 30)
    replace(editor, "[1.25, 2.25, 3.25, 4.25, 5.25, 6.25]")
    assert editor.width() > narrow
    canvas.set_zoom(2.0)
    assert editor.geometry().contains(value_row(canvas, ids["c"]).toPoint())
    QTest.keyClick(editor, Qt.Key.Key_Escape)


def test_the_field_closes_when_its_node_goes(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    open_value(canvas, mouse, ids["a"])
    canvas.session.delete_selection()
    assert canvas.editing.editor is None


def test_double_click_on_a_header_renames(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    mouse.double_click(canvas.node_rect(ids["d"]).topLeft() + QPointF(60, 12))
    editor = canvas.editing.editor
    assert editor is not None
    assert editor.text() == "d"
    replace(editor, "a")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert "already a node named a" in editor.problem
    replace(editor, "total")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert canvas.session.graph.nodes[ids["d"]].name == "total"
    assert canvas.scene.labels[ids["d"]].caption == "total"


def test_what_an_operation_computes_is_not_edited(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    mouse.double_click(value_row(canvas, ids["d"]))
    assert canvas.editing.editor is None
    assert not canvas.edit_value(ids["d"])


def test_a_node_out_of_view_is_brought_into_view_first(canvas: CanvasView) -> None:
    ids = show(canvas, Builder().source("input", "x", 1.5, 4000, 4000))
    assert canvas.edit_value(ids["x"])
    editor = canvas.editing.editor
    assert editor is not None
    assert canvas.rect().contains(editor.geometry())
    QTest.keyClick(editor, Qt.Key.Key_Escape)
