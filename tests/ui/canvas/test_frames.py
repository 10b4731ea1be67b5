"""Frames around nodes, with real mouse events."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from backprop_studio.ui.canvas.view import CanvasView
from tests.ui.canvas.conftest import Builder, Mouse, show
from tests.ui.canvas.test_gestures import steps
from tests.ui.canvas.test_repainting import check


def framed(canvas: CanvasView, title: str = "Neuron") -> tuple[dict[str, int], int]:
    """x → relu r in a frame; a free parameter w elsewhere."""
    built = Builder().source("parameter", "x", 2.0, 60, 80).op("relu", "r", 260, 80, "x")
    ids = show(canvas, built.source("parameter", "w", 1.0, 600, 300))
    canvas.session.select({ids["x"], ids["r"]})
    canvas.framing.frame_selection()
    editor = canvas.framing.editor
    assert editor is not None
    QTest.keyClicks(editor, title)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QApplication.processEvents()
    [frame] = canvas.session.graph.frames
    return ids, frame


def title_of(canvas: CanvasView, frame: int) -> QPointF:
    x, y, _, _ = canvas.session.graph.frames[frame].rect
    return canvas.camera.to_widget(QPointF(x + 150, y + 10))


def test_a_frame_is_drawn_around_the_selection_and_named(canvas: CanvasView) -> None:
    ids, frame = framed(canvas)
    box = canvas.session.graph.frames[frame]
    assert box.title == "Neuron"
    x, y, width, height = box.rect
    assert x < 60
    assert y < 80 - 20
    assert x + width > 400
    assert y + height > 166
    assert canvas.framing.editor is None
    assert canvas.hasFocus()
    canvas.session.undo()
    canvas.session.undo()
    assert not canvas.session.graph.frames
    assert set(ids.values()) == canvas.session.graph.nodes.keys()


def test_a_frame_dragged_by_its_title_carries_its_nodes_in_one_step(canvas: CanvasView, mouse: Mouse) -> None:
    ids, frame = framed(canvas)
    x, y, _, _ = canvas.session.graph.frames[frame].rect
    count, start = steps(canvas), title_of(canvas, frame)
    mouse.drag(start, start + QPointF(30, 200))
    graph = canvas.session.graph
    assert graph.frames[frame].rect[:2] == (x + 30, y + 200)
    assert graph.nodes[ids["x"]].position == (90.0, 280.0)
    assert graph.nodes[ids["r"]].position == (290.0, 280.0)
    assert graph.nodes[ids["w"]].position == (600.0, 300.0)
    assert steps(canvas) == count + 1
    assert canvas.scene.note_rects == {}
    check(canvas)
    canvas.session.undo()
    assert canvas.session.graph.nodes[ids["x"]].position == (60.0, 80.0)


def test_escape_puts_a_dragged_frame_back(canvas: CanvasView, mouse: Mouse) -> None:
    ids, frame = framed(canvas)
    before, start = canvas.session.graph, title_of(canvas, frame)
    mouse.drag(start, start + QPointF(30, 200), release=False)
    assert canvas.scene.note_rects
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    mouse.release(start)
    assert canvas.session.graph is before
    assert canvas.scene.note_rects == {}
    assert canvas.node_rect(ids["x"]).topLeft() == QPointF(100, 120)
    check(canvas)


def test_the_corner_resizes_and_carries_nothing(canvas: CanvasView, mouse: Mouse) -> None:
    ids, frame = framed(canvas)
    x, y, width, height = canvas.session.graph.frames[frame].rect
    corner = canvas.camera.to_widget(QPointF(x + width - 6, y + height - 6))
    mouse.drag(corner, corner + QPointF(50, 40))
    assert canvas.session.graph.frames[frame].rect == (x, y, width + 50, height + 40)
    assert canvas.session.graph.nodes[ids["r"]].position == (260.0, 80.0)
    corner += QPointF(50, 40)
    mouse.drag(corner, QPointF(5, 5))
    assert canvas.session.graph.frames[frame].rect[2:] == (60.0, 60.0)


def test_a_double_click_on_the_title_renames(canvas: CanvasView, mouse: Mouse) -> None:
    _, frame = framed(canvas)
    mouse.double_click(title_of(canvas, frame))
    editor = canvas.framing.editor
    assert editor is not None
    QTest.keyClicks(editor, "Layer")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert canvas.session.graph.frames[frame].title == "Layer"
    mouse.double_click(title_of(canvas, frame))
    assert canvas.framing.editor is not None
    canvas.session.undo()
    canvas.session.undo()
    canvas.session.undo()
    assert canvas.framing.editor is None


def test_a_frame_asks_for_its_menu_and_is_coloured_and_deleted(canvas: CanvasView) -> None:
    ids, frame = framed(canvas)
    at, asked = title_of(canvas, frame).toPoint(), []
    canvas.session.clear_selection()
    canvas.context_menu_requested.connect(lambda *told: asked.append(told))
    QApplication.sendEvent(
        canvas, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, canvas.mapToGlobal(at), Qt.KeyboardModifier(0))
    )
    assert asked == [(canvas.mapToGlobal(at), frame, None)]
    assert canvas.session.selected_notes == {frame}
    canvas.framing.recolour("green")
    assert canvas.session.graph.frames[frame].color == "green"
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert not canvas.session.graph.frames
    assert canvas.session.graph.nodes.keys() == set(ids.values())
    check(canvas)


def test_inside_a_frame_the_canvas_is_the_canvas(canvas: CanvasView, mouse: Mouse) -> None:
    ids, frame = framed(canvas)
    _, y, _, height = canvas.session.graph.frames[frame].rect
    inside = canvas.camera.to_widget(QPointF(230, y + height - 10))
    canvas.session.clear_selection()
    mouse.drag(inside, canvas.node_rect(ids["x"]).center())
    assert canvas.session.selection == {ids["x"]}


def test_the_cursor_tells_of_the_corner_that_resizes(canvas: CanvasView, mouse: Mouse) -> None:
    _, frame = framed(canvas)
    canvas.session.clear_selection()
    x, y, width, height = canvas.session.graph.frames[frame].rect
    mouse.move(canvas.camera.to_widget(QPointF(x + width - 6, y + height - 6)))
    assert canvas.cursor().shape() is Qt.CursorShape.SizeFDiagCursor
    mouse.move(canvas.camera.to_widget(QPointF(x + width + 60, y + height + 60)))
    assert canvas.cursor().shape() is Qt.CursorShape.ArrowCursor
