"""What an action makes or moves comes into view, and covers nothing."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QApplication

from backprop_studio.ui.canvas.comment_editor import CommentEditor
from tests.ui.window_support import Opened


def shown(opened: Opened) -> None:
    opened.workspace.open_example("sum-times-c")
    opened.session.flush()
    QApplication.processEvents()


def test_what_is_tidied_comes_into_view(opened: Opened) -> None:
    shown(opened)
    canvas = opened.workspace.canvas
    canvas.set_zoom(1.0)
    canvas.camera.pan(0.0, -2000.0)
    canvas.camera_moved()
    opened.trigger("tidy")
    canvas.glide.finish()
    for node in opened.session.graph.nodes:
        assert QRectF(canvas.rect()).contains(canvas.node_rect(node))


def test_the_title_of_a_new_frame_is_in_view(opened: Opened) -> None:
    shown(opened)
    canvas = opened.workspace.canvas
    opened.session.select({opened.id("a")})
    rect = canvas.node_rect(opened.id("a"))
    canvas.camera.pan(-rect.x(), 4.0 - rect.y())
    canvas.camera_moved()
    opened.trigger("frame")
    editor = canvas.framing.editor
    assert editor is not None
    assert canvas.rect().contains(editor.geometry())


def test_a_comment_written_over_a_node_stands_beside_it(opened: Opened) -> None:
    shown(opened)
    canvas = opened.workspace.canvas
    canvas.pointer.last = canvas.node_rect(opened.id("q")).center()
    opened.trigger("comment")
    editor = canvas.framing.editor
    assert isinstance(editor, CommentEditor)
    editor.setPlainText("what q is")
    editor.keep()
    [comment] = opened.session.graph.comments.values()
    box = QRectF(QPointF(*comment.position), QPointF(*comment.position) + QPointF(*comment.size))
    assert not canvas.scene.geometry.nodes_in(box)
    assert (canvas.camera.to_widget(box.center()) - canvas.node_rect(opened.id("q")).center()).manhattanLength() < 400
