"""What an action makes or moves comes into view, and covers nothing."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF, QGuiApplication
from PySide6.QtWidgets import QApplication

from backprop_studio.ui.canvas.comment_editor import CommentEditor
from backprop_studio.ui.panels.outline import OutlinePanel
from backprop_studio.ui.panels.outline_model import GRADIENT, NAME, OPERATION, VALUE
from backprop_studio.ui.theme import number_font
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


def test_what_is_pasted_comes_into_view(opened: Opened) -> None:
    shown(opened)
    canvas = opened.workspace.canvas
    canvas.pointer.last = QPointF(5.0, canvas.height() - 5.0)
    QGuiApplication.clipboard().setText("y = relu(u*2 + 1)")
    opened.trigger("paste")
    QGuiApplication.clipboard().clear()
    assert len(opened.session.selection) > 3
    for node in opened.session.selection:
        assert QRectF(canvas.rect()).contains(canvas.node_rect(node))


def test_a_narrow_outline_cuts_no_number_off(opened: Opened) -> None:
    shown(opened)
    opened.trigger("show_outline")
    QApplication.processEvents()
    panel = opened.widget(OutlinePanel, "outline")
    panel.resize(230, 300)
    assert panel.tree.isColumnHidden(OPERATION)
    for column in (VALUE, GRADIENT):
        width = QFontMetricsF(number_font(12)).horizontalAdvance("−0.07357")
        assert panel.tree.columnWidth(column) >= width
    panel.resize(420, 300)
    assert not panel.tree.isColumnHidden(OPERATION)
    assert panel.tree.columnWidth(NAME) >= 60
