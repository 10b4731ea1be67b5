"""Quick-add: what a typed text offers, and what choosing it does, with real keys and clicks."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from backprop_studio.document.graph import Wire
from backprop_studio.ui.canvas.quick_add import QuickAddPopup
from backprop_studio.ui.canvas.quick_search import choices, ranked
from backprop_studio.ui.canvas.view import CanvasView
from tests.ui.canvas.conftest import Mouse, product_of_sum, show

EMPTY = QPointF(700, 450)


def popup(canvas: CanvasView) -> QuickAddPopup:
    found = canvas.quick_add.popup
    assert found is not None
    return found


def write(canvas: CanvasView, text: str, *, enter: bool = True) -> None:
    QTest.keyClicks(popup(canvas).field, text)
    if enter:
        QTest.keyClick(popup(canvas).field, Qt.Key.Key_Return)
    QApplication.processEvents()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("times", "multiply"),
        ("mse", "mse_loss"),
        ("@", "matmul"),
        ("+", "add"),
        ("sigm", "sigmoid"),
        ("relu", "relu"),
        ("cross ent", "cross_entropy"),
        ("weight", "parameter"),
        ("mtml", "matmul"),
        ("MATRIX", "matmul"),
        ("*", "multiply"),
    ],
)
def test_a_text_finds_the_operation_meant(text: str, name: str) -> None:
    assert ranked(text)[0].name == name


def test_a_row_that_is_pressed_for_a_while_is_placed(canvas: CanvasView, mouse: Mouse) -> None:
    canvas.quick_add.open(EMPTY)
    rows = popup(canvas).rows
    at = QPointF(rows.viewport().mapTo(canvas, rows.visualItemRect(rows.item(1)).center()))
    title = rows.item(1).text()
    mouse.press(at)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    mouse.release(at)
    [node] = canvas.session.graph.nodes.values()
    assert node.op.title == title


def test_what_was_used_last_comes_first_among_equals() -> None:
    assert [op.name for op in ranked("max")][:2] == ["maximum", "max"] or ranked("max")[0].name in ("maximum", "max")
    assert ranked("loss", ["hinge_loss"])[0].name == "hinge_loss"
    assert ranked("", ["tanh", "add"])[:2] == [ranked("tanh")[0], ranked("add")[0]]
    assert ranked("relu", ["leaky_relu"])[0].name == "relu"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("0.5", "value"),
        ("-2", "value"),
        ("[[1, 2], [3, 4]]", "value"),
        ("x*w + b", "formula"),
        ("relu(x)", "formula"),
        ("y = x + 1", "formula"),
        ("-", "operation"),
        ("qqqq", "problem"),
        ("x*(", "problem"),
        ("", "operation"),
    ],
)
def test_numbers_and_formulas_are_told_from_names(text: str, kind: str) -> None:
    assert choices(text)[0].kind == kind


def test_a_letter_opens_the_field_at_the_pointer_and_enter_places(canvas: CanvasView, mouse: Mouse) -> None:
    mouse.move(EMPTY)
    QTest.keyClick(canvas, "r")
    write(canvas, "elu")
    [node] = canvas.session.graph.nodes.values()
    assert node.op_name == "relu"
    assert abs(canvas.node_rect(node.id).center().x() - EMPTY.x()) <= 5
    assert canvas.session.selection == {node.id}
    assert canvas.session.undo_stack.count() == 1
    assert canvas.hasFocus()
    assert canvas.quick_add.popup is None


def test_tab_and_double_click_open_it_and_escape_closes(canvas: CanvasView, mouse: Mouse) -> None:
    QTest.keyClick(canvas, Qt.Key.Key_Tab)
    assert popup(canvas).field.hasFocus()
    QTest.keyClick(popup(canvas).field, Qt.Key.Key_Escape)
    assert canvas.quick_add.popup is None
    mouse.double_click(EMPTY)
    assert popup(canvas).isVisible()
    mouse.click(QPointF(60, 500))
    assert canvas.quick_add.popup is None
    assert canvas.session.undo_stack.count() == 0


def test_a_click_on_a_row_places_it(canvas: CanvasView, mouse: Mouse) -> None:
    mouse.double_click(QPointF(200, 100))
    write(canvas, "tanh", enter=False)
    rows = popup(canvas).rows
    QTest.mouseClick(
        rows.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        rows.visualItemRect(rows.item(0)).center(),
    )
    assert [node.op_name for node in canvas.session.graph.nodes.values()] == ["tanh"]
    assert canvas.quick_add.recent == ["tanh"]


def test_arrows_choose_another_row(canvas: CanvasView) -> None:
    canvas.quick_add.open()
    write(canvas, "loss", enter=False)
    first = popup(canvas).chosen()
    QTest.keyClick(popup(canvas).field, Qt.Key.Key_Down)
    second = popup(canvas).chosen()
    assert first != second
    QTest.keyClick(popup(canvas).field, Qt.Key.Key_Return)
    assert second is not None
    assert [node.op_name for node in canvas.session.graph.nodes.values()] == [second.text]


def test_a_number_makes_a_constant(canvas: CanvasView) -> None:
    canvas.quick_add.open()
    write(canvas, "0.5")
    [node] = canvas.session.graph.nodes.values()
    assert node.op_name == "constant"
    assert node.value is not None
    assert float(node.value.array) == 0.5


def test_a_formula_makes_the_graph_joined_to_existing_names(canvas: CanvasView) -> None:
    ids = show(canvas, product_of_sum())
    canvas.quick_add.open(EMPTY)
    write(canvas, "a*w + b")
    graph = canvas.session.graph
    assert len(graph.nodes) == 5 + 3
    product = next(node for node in graph.nodes.values() if node.op_name == "multiply" and node.id != ids["L"])
    assert graph.source_of(product.id, 0) == ids["a"]
    total = next(node for node in graph.nodes.values() if node.op_name == "add" and node.id != ids["d"])
    assert graph.inputs_of(total.id) == (product.id, ids["b"])
    assert np.array_equal(canvas.session.flush().value(total.id), 2.0 * 1.0 + 3.0)  # type: ignore[arg-type]
    assert canvas.session.undo_stack.count() == 1
    canvas.session.undo()
    assert canvas.session.graph == graph or len(canvas.session.graph.nodes) == 5


def test_a_wire_dropped_on_empty_canvas_offers_what_fits_and_connects(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    mouse.drag(canvas.port_point(ids["L"], None), EMPTY)
    assert canvas.overlay.pending is not None
    offered = [popup(canvas).rows.item(row).text() for row in range(popup(canvas).rows.count())]
    assert "Parameter" not in offered
    assert "Add" in offered
    write(canvas, "square")
    node = next(node for node in canvas.session.graph.nodes.values() if node.op_name == "square")
    assert canvas.session.graph.source_of(node.id, 0) == ids["L"]
    assert canvas.session.undo_stack.count() == 1
    assert canvas.overlay.pending is None
    assert (canvas.port_point(node.id, 0) - EMPTY).manhattanLength() <= 12


def test_a_wire_dropped_from_an_input_is_fed(canvas: CanvasView, mouse: Mouse) -> None:
    built = product_of_sum().op("add", "free", 220, 330)
    ids = show(canvas, built)
    mouse.drag(canvas.port_point(ids["free"], 1), QPointF(60, 520))
    write(canvas, "3")
    node = canvas.session.graph.nodes[max(canvas.session.graph.nodes)]
    assert node.op_name == "constant"
    assert Wire(node.id, ids["free"], 1) in set(canvas.session.graph.wires)


def test_escape_leaves_no_half_made_wire(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    before = canvas.session.graph
    mouse.drag(canvas.port_point(ids["L"], None), EMPTY)
    QTest.keyClick(popup(canvas).field, Qt.Key.Key_Escape)
    assert canvas.session.graph is before
    assert canvas.overlay.pending is None
    assert canvas.overlay.live_curve is None


def test_the_field_closes_when_the_graph_changes(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    mouse.drag(canvas.port_point(ids["L"], None), EMPTY)
    canvas.session.select({ids["L"]})
    canvas.session.delete_selection()
    assert canvas.quick_add.popup is None
    assert canvas.overlay.pending is None


def test_a_text_that_is_nothing_is_said_and_places_nothing(canvas: CanvasView) -> None:
    canvas.quick_add.open()
    write(canvas, "x*(")
    assert popup(canvas).isVisible()
    assert not canvas.session.graph.nodes


def test_a_formula_covers_no_node(canvas: CanvasView) -> None:
    ids = show(canvas, product_of_sum())
    canvas.quick_add.open(canvas.node_rect(ids["d"]).center())
    write(canvas, "tanh(a*w + b)")
    geometry = canvas.scene.geometry
    rects = [geometry.node_rect(node) for node in geometry.ids]
    assert not any(one.intersects(other) for i, one in enumerate(rects) for other in rects[i + 1 :])


def test_the_field_is_as_high_as_its_rows(canvas: CanvasView) -> None:
    canvas.quick_add.open(QPointF(100, 100))
    tall, top = popup(canvas).height(), popup(canvas).y()
    write(canvas, "x*w", enter=False)
    assert popup(canvas).height() < tall / 2
    assert popup(canvas).y() == top


def test_nodes_typed_where_the_pointer_rests_do_not_cover_each_other(canvas: CanvasView) -> None:
    for _ in range(5):
        canvas.quick_add.open(EMPTY)
        write(canvas, "add")
    boxes = [canvas.node_rect(node) for node in canvas.session.graph.nodes]
    assert len(boxes) == 5
    assert not any(a.intersects(b) for at, a in enumerate(boxes) for b in boxes[:at])


def test_a_node_typed_where_there_is_no_room_is_brought_into_view(canvas: CanvasView) -> None:
    at = QPointF(canvas.width() / 2, canvas.height() - 50)
    for _ in range(4):
        canvas.quick_add.open(at)
        write(canvas, "add")
        (added,) = canvas.session.selection
        assert canvas.node_rect(added).intersects(QRectF(canvas.rect()))
