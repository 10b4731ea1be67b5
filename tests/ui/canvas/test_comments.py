"""Comments on the canvas, written, moved, resized and copied with real mouse and key events."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from backprop_studio.document import edits
from backprop_studio.document.graph import EMPTY_GRAPH, Comment
from backprop_studio.ui.canvas.comment_boxes import LINE, PADDING, text_height
from backprop_studio.ui.canvas.comment_editor import CommentEditor, legible
from backprop_studio.ui.canvas.frame_boxes import note_at
from backprop_studio.ui.canvas.quick_search import choices
from backprop_studio.ui.canvas.view import CanvasView
from tests.ui.canvas.conftest import Builder, Mouse, show
from tests.ui.canvas.test_gestures import steps
from tests.ui.canvas.test_repainting import check

CTRL = Qt.KeyboardModifier.ControlModifier


def written(canvas: CanvasView, text: str = "Why?", at: tuple[float, float] = (300.0, 300.0)) -> Comment:
    """One comment beside a node x, made by typing; selected."""
    ids = show(canvas, Builder().source("parameter", "x", 2.0, 60, 80))
    canvas.framing.write_comment(at)
    editor = canvas.framing.editor
    assert isinstance(editor, CommentEditor)
    assert editor.hasFocus()
    QTest.keyClicks(editor, text)
    QTest.keyClick(editor, Qt.Key.Key_Return, CTRL)
    QApplication.processEvents()
    assert canvas.session.graph.nodes.keys() == set(ids.values())
    [comment] = canvas.session.graph.comments.values()
    return comment


def middle(canvas: CanvasView, comment: Comment) -> QPointF:
    (x, y), (width, height) = comment.position, comment.size
    return canvas.camera.to_widget(QPointF(x + width / 2, y + height / 2))


def test_a_comment_is_written_where_it_stands_in_one_step(canvas: CanvasView) -> None:
    comment = written(canvas)
    assert (comment.text, comment.position) == ("Why?", (300.0, 300.0))
    assert canvas.session.selected_notes == {comment.id}
    assert canvas.hasFocus()
    assert steps(canvas) == 1
    canvas.session.undo()
    assert not canvas.session.graph.comments
    check(canvas)


def test_nothing_written_makes_nothing(canvas: CanvasView) -> None:
    canvas.framing.write_comment((0, 0))
    editor = canvas.framing.editor
    assert editor is not None
    QTest.keyClicks(editor, "   ")
    QTest.keyClick(editor, Qt.Key.Key_Return, CTRL)
    canvas.framing.write_comment((0, 0))
    editor = canvas.framing.editor
    assert editor is not None
    QTest.keyClicks(editor, "no")
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert canvas.framing.editor is None
    assert canvas.session.graph == EMPTY_GRAPH


def test_a_double_click_edits_and_the_box_grows_with_its_text(canvas: CanvasView, mouse: Mouse) -> None:
    comment = written(canvas)
    mouse.double_click(middle(canvas, comment))
    editor = canvas.framing.editor
    assert isinstance(editor, CommentEditor)
    assert canvas.scene.hidden_comment == comment.id
    QTest.keyClick(editor, Qt.Key.Key_End, CTRL)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QTest.keyClicks(editor, "Because.")
    QTest.keyClick(editor, Qt.Key.Key_Return, CTRL)
    after = canvas.session.graph.comments[comment.id]
    assert after.text == "Why?\nBecause."
    assert after.size[1] == 2 * LINE + 2 * PADDING
    assert canvas.scene.hidden_comment is None
    assert steps(canvas) == 2
    check(canvas)


def test_a_comment_is_dragged_nudged_and_deleted(canvas: CanvasView, mouse: Mouse) -> None:
    comment = written(canvas)
    start = middle(canvas, comment)
    canvas.session.clear_selection()
    mouse.drag(start, start + QPointF(100, -50))
    assert canvas.session.graph.comments[comment.id].position == (400.0, 250.0)
    check(canvas)
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    canvas.keys.finish()
    assert canvas.session.graph.comments[comment.id].position == (410.0, 250.0)
    assert steps(canvas) == 3
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert not canvas.session.graph.comments
    for _ in range(3):
        canvas.session.undo()
    assert canvas.session.graph.comments[comment.id] == comment
    check(canvas)


def test_a_comment_and_a_node_move_together(canvas: CanvasView, mouse: Mouse) -> None:
    comment = written(canvas)
    [node] = canvas.session.graph.nodes
    canvas.session.select_all()
    start = canvas.node_rect(node).center()
    mouse.drag(start, start + QPointF(40, 30))
    graph = canvas.session.graph
    assert graph.nodes[node].position == (100.0, 110.0)
    assert graph.comments[comment.id].position == (340.0, 330.0)
    assert steps(canvas) == 2
    check(canvas)


def test_escape_puts_a_dragged_comment_back(canvas: CanvasView, mouse: Mouse) -> None:
    comment = written(canvas)
    before, start = canvas.session.graph, middle(canvas, comment)
    mouse.drag(start, start + QPointF(100, 100), release=False)
    assert canvas.scene.note_rects[comment.id][0] == 400.0
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    mouse.release(start)
    assert canvas.session.graph is before
    assert canvas.scene.note_rects == {}
    check(canvas)


def test_the_corner_resizes_but_never_cuts_the_text(canvas: CanvasView, mouse: Mouse) -> None:
    comment = written(canvas, "one two three four five six seven")
    x, y, width, height = edits.item_rect(canvas.session.graph, comment.id)
    corner = canvas.camera.to_widget(QPointF(x + width - 5, y + height - 5))
    mouse.drag(corner, corner + QPointF(60, 40))
    assert canvas.session.graph.comments[comment.id].size == (width + 60, height + 40)
    corner += QPointF(60, 40)
    mouse.drag(corner, corner - QPointF(180, 400))
    narrow, high = canvas.session.graph.comments[comment.id].size
    assert narrow == width - 120
    assert high == text_height(comment.text, narrow) > height
    check(canvas)


def test_a_rubber_band_takes_comments_it_touches_and_frames_it_holds(canvas: CanvasView, mouse: Mouse) -> None:
    comment = written(canvas)
    canvas.session.edit(lambda graph: edits.add_frame(graph, (200, 200, 60, 60))[0], "frame")
    [frame] = canvas.session.graph.frames
    canvas.session.clear_selection()
    mouse.drag(QPointF(290, 420), QPointF(400, 330))
    assert canvas.session.selected_notes == {comment.id}
    mouse.drag(QPointF(230, 420), QPointF(400, 230))
    assert canvas.session.selected_notes == {comment.id, frame}


def test_quick_add_makes_comments() -> None:
    assert choices("# Chain rule")[0].kind == "comment"
    assert choices("# Chain rule")[0].text == "Chain rule"
    assert choices("comm")[0].kind == "comment"
    assert all(choice.kind != "comment" for choice in choices("c"))
    assert all(choice.kind != "comment" for choice in choices("comment", fits={"add"}))


def test_a_comment_typed_into_quick_add_stands_there(canvas: CanvasView) -> None:
    QTest.keyClicks(canvas, "#")
    popup = canvas.quick_add.popup
    assert popup is not None
    QTest.keyClicks(popup.field, " Chain rule")
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    [comment] = canvas.session.graph.comments.values()
    assert comment.text == "Chain rule"
    assert canvas.hasFocus()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("a\u202eb", "ab"), ("x\u0000", "x"), ("  a  \n\n", "  a"), ("\n\n", ""), ("z" * 3000, "z" * 2000)],
)
def test_what_is_not_legible_is_taken_out(typed: str, kept: str) -> None:
    assert legible(typed) == kept


def test_markup_is_shown_as_it_is_and_colours_differ(canvas: CanvasView) -> None:
    comment = written(canvas, "<b>bold</b>")

    def picture() -> QImage:
        canvas.repaint()
        return canvas.grab().toImage()

    canvas.session.clear_selection()
    before = picture()
    canvas.session.select([comment.id])
    canvas.framing.recolour("red")
    canvas.session.clear_selection()
    assert canvas.session.graph.comments[comment.id].color == "red"
    assert picture() != before
    canvas.session.undo()
    assert picture() == before


def test_what_is_written_in_a_group_is_seen_in_it_alone(canvas: CanvasView) -> None:
    ids = show(canvas, Builder().source("parameter", "x", 2.0, 60, 80).op("relu", "r", 260, 80, "x"))
    session = canvas.session
    session.edit(lambda graph: edits.make_group(graph, [ids["x"], ids["r"]])[0], "Group")
    [group] = session.graph.groups
    session.enter(group)
    canvas.framing.write_comment((100.0, 300.0), "Inside")
    session.select_all()
    canvas.framing.frame_selection()
    canvas.framing.leave()
    [comment], [frame] = session.graph.comments.values(), session.graph.frames.values()
    assert (comment.group, frame.group) == (group, group)
    assert note_at(canvas.scene, QPointF(110, 310)) == (comment.id, False)
    session.enter(None)
    assert note_at(canvas.scene, QPointF(110, 310)) is None
    assert not session.selected_notes
