"""Operations dragged from the palette onto the canvas."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QByteArray, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from backprop_studio.ui.canvas.view import CanvasView
from backprop_studio.ui.drag import OPERATION_MIME
from tests.ui.canvas.conftest import Builder, show

COPY, LEFT, NONE = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def carried(name: str, mime: str = OPERATION_MIME) -> QMimeData:
    data = QMimeData()
    data.setData(mime, QByteArray(name.encode()))
    return data


def drag_over(canvas: CanvasView, data: QMimeData, at: QPoint) -> bool:
    enter = QDragEnterEvent(at, COPY, data, LEFT, NONE)
    QApplication.sendEvent(canvas, enter)
    move = QDragMoveEvent(at, COPY, data, LEFT, NONE)
    QApplication.sendEvent(canvas, move)
    return enter.isAccepted() and move.isAccepted()


@pytest.mark.parametrize("zoom", [0.4, 1.0, 2.5])
def test_the_node_lands_centred_at_the_pointer(canvas: CanvasView, zoom: float) -> None:
    show(canvas, Builder())
    canvas.set_zoom(zoom)
    canvas.camera.pan(33, -21)
    at = QPoint(520, 310)
    data = carried("sigmoid")
    assert drag_over(canvas, data, at)
    assert canvas.overlay.ghost is not None
    canvas.grab()
    drop = QDropEvent(QPointF(at), COPY, data, LEFT, NONE)
    QApplication.sendEvent(canvas, drop)
    assert drop.isAccepted()
    assert canvas.overlay.ghost is None
    (node,) = canvas.session.graph.nodes.values()
    assert node.op_name == "sigmoid"
    centre = canvas.node_rect(node.id).center()
    assert (centre.x(), centre.y()) == pytest.approx((520, 310), abs=0.01)
    assert canvas.session.selection == {node.id}
    assert canvas.session.undo_stack.count() == 1
    assert canvas.quick_add.recent == ["sigmoid"]


def test_anything_else_is_not_taken(canvas: CanvasView) -> None:
    show(canvas, Builder())
    for data in (carried("no_such_operation"), carried("add", "text/plain"), QMimeData()):
        assert not drag_over(canvas, data, QPoint(100, 100))
        QApplication.sendEvent(canvas, QDropEvent(QPointF(100, 100), COPY, data, LEFT, NONE))
    assert not canvas.session.graph.nodes


def test_a_drag_that_leaves_takes_its_ghost_along(canvas: CanvasView) -> None:
    show(canvas, Builder())
    assert drag_over(canvas, carried("add"), QPoint(100, 100))
    QApplication.sendEvent(canvas, QDragLeaveEvent())
    assert canvas.overlay.ghost is None
