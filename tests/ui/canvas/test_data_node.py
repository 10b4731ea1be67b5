"""A node of two outputs on the canvas: wired, rewired, named and switched by real mouse and key events."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from backprop_studio.document import edits
from backprop_studio.document.evaluation import evaluate_graph
from backprop_studio.document.graph import Wire
from backprop_studio.ui.canvas.boxes import Port
from backprop_studio.ui.canvas.find import found_nodes
from backprop_studio.ui.canvas.picture import render_picture
from backprop_studio.ui.canvas.tips import tip_at
from backprop_studio.ui.canvas.view import CanvasView
from backprop_studio.ui.theme import LIGHT
from tests.ui.canvas.conftest import Builder, Mouse, difference, show

EMPTY = QPointF(600, 450)


def fed() -> Builder:
    """x, t = data("moons"), a product of the features with weights, and a loss that lacks its target."""
    built = Builder()
    built.graph, data = edits.add_node(built.graph, "data", (0.0, 0.0), settings={"kind": "moons", "samples": 8})
    built.ids["data"] = data
    built.source("parameter", "w", [[0.5], [-0.5]], 0, 140)
    built.op("matmul", "y", 220, 40, None, "w").op("mse_loss", "L", 440, 60, "y", None)
    built.graph = edits.connect(built.graph, data, built.ids["y"], 0)
    return built


def port(canvas: CanvasView, item: int, side: str, number: int = 0) -> QPointF:
    point = canvas.scene.geometry.port_point(Port(item, side, number))  # type: ignore[arg-type]
    return canvas.camera.to_widget(point)


def test_each_output_has_a_row_with_its_shape(canvas: CanvasView) -> None:
    ids = show(canvas, fed())
    label = canvas.scene.labels[ids["data"]]
    assert (label.symbol, label.caption) == ("x, t", "moons")
    assert [(row.caption, row.text) for row in label.rows] == [("features", "8 × 2"), ("targets", "8 × 1")]
    assert all(row.heat is not None for row in label.rows)
    assert port(canvas, ids["data"], "out", 1).y() - port(canvas, ids["data"], "out", 0).y() == 20


def test_a_wire_drawn_from_the_second_output_is_one_undo_step(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, fed())
    mouse.drag(port(canvas, ids["data"], "out", 1), port(canvas, ids["L"], "in", 1))
    graph = canvas.session.graph
    assert graph.source_name(Wire(ids["data"], ids["L"], 1)) == "t"
    assert canvas.session.undo_stack.count() == 1
    assert canvas.session.undo_stack.undoText() == "Wire t → L"
    canvas.session.flush()
    assert not canvas.session.evaluation.problems
    line = canvas.scene.geometry.ends[canvas.scene.geometry.wire_row[Wire(ids["data"], ids["L"], 1)]]
    assert line[0] == Port(ids["data"], "out", 1)
    canvas.session.undo_stack.undo()
    assert canvas.session.graph.source_of(ids["L"], 1) is None


def test_a_wire_drawn_back_from_an_input_ends_at_either_output(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, fed())
    mouse.drag(port(canvas, ids["L"], "in", 1), port(canvas, ids["data"], "out", 1) + QPointF(3, 2))
    assert canvas.session.graph.output_of(ids["L"], 1) == 1
    mouse.drag(port(canvas, ids["data"], "out", 0), port(canvas, ids["L"], "in", 1))
    assert canvas.session.graph.output_of(ids["L"], 1) == 0
    geometry = canvas.scene.geometry
    start = geometry.curves[geometry.wire_row[Wire(ids["data"], ids["L"], 1)]][0]
    assert start.tolist() == [140.0, 46.0]


def test_a_wire_that_is_taken_to_another_input_keeps_its_output(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, fed())
    canvas.session.wire(ids["data"], ids["L"], 1, 1)
    mouse.drag(port(canvas, ids["L"], "in", 1), port(canvas, ids["L"], "in", 0))
    assert canvas.session.graph.source_of(ids["L"], 1) is None
    assert canvas.session.graph.source_name(Wire(ids["data"], ids["L"], 0)) == "t"


def test_the_targets_dropped_on_nothing_offer_a_loss_that_takes_them(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, fed())
    mouse.drag(port(canvas, ids["data"], "out", 1), EMPTY)
    popup = canvas.quick_add.popup
    assert popup is not None
    assert popup.field.placeholderText() == "Wire t into …"
    QTest.keyClicks(popup.field, "l1")
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    made = canvas.session.graph.node_named("l1_loss_1")
    assert made is not None
    assert canvas.session.graph.source_name(Wire(ids["data"], made.id, 1)) == "t"
    assert canvas.session.undo_stack.count() == 1


def test_a_dataset_chosen_at_a_target_gives_its_targets(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, fed())
    mouse.drag(port(canvas, ids["L"], "in", 1), EMPTY)
    popup = canvas.quick_add.popup
    assert popup is not None
    QTest.keyClicks(popup.field, "dataset")
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    made = canvas.session.graph.node_named("t1")
    assert made is not None
    assert made.names == ("x1", "t1")
    assert canvas.session.graph.source_name(Wire(made.id, ids["L"], 1)) == "t1"


def test_the_keyboard_goes_on_to_the_second_output(canvas: CanvasView) -> None:
    ids = show(canvas, fed())
    canvas.session.select({ids["data"]})
    QTest.keyClick(canvas, Qt.Key.Key_W)
    QTest.keyClick(canvas, Qt.Key.Key_W)
    assert canvas.overlay.hint.startswith("t → ")
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    made = [wire for wire in canvas.session.graph.wires if canvas.session.graph.source_name(wire) == "t"]
    assert len(made) == 1
    QTest.keyClick(canvas, Qt.Key.Key_W)
    QTest.keyClick(canvas, Qt.Key.Key_W)
    QTest.keyClick(canvas, Qt.Key.Key_W)
    assert not canvas.keys.wire.is_active
    assert canvas.session.undo_stack.count() == 1


def test_tips_tell_the_outputs_apart(canvas: CanvasView) -> None:
    ids = show(canvas, fed())
    data = canvas.node_rect(ids["data"]).topLeft()
    assert tip_at(canvas, port(canvas, ids["data"], "out", 0)).startswith("output x (features): matrix, shape 8 × 2")
    assert tip_at(canvas, port(canvas, ids["data"], "out", 1)).startswith("output t (targets): matrix, shape 8 × 1")
    assert tip_at(canvas, data + QPointF(70, 46)).startswith("shape 8 × 2")
    assert tip_at(canvas, data + QPointF(70, 66)).startswith("shape 8 × 1")
    assert tip_at(canvas, data + QPointF(70, 12)).startswith("x, t: Data holds")


def test_a_double_click_chooses_the_dataset(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, fed())
    mouse.double_click(canvas.node_rect(ids["data"]).topLeft() + QPointF(70, 50))
    editor = canvas.editing.editor
    assert editor is not None
    assert editor.text() == "moons"
    QTest.keyClick(editor, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(editor, "spiral")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert canvas.session.graph.nodes[ids["data"]].settings["kind"] == "spiral"
    assert canvas.session.undo_stack.count() == 1


def test_a_search_finds_the_node_by_either_name(canvas: CanvasView) -> None:
    ids = show(canvas, fed())
    graph = edits.rename(canvas.session.graph, ids["data"], "points, colours")
    for search in ("points", "colour"):
        assert found_nodes(graph, canvas.scene.labels, search) == [ids["data"]]


@pytest.mark.parametrize("output", [0, 1])
def test_the_picture_shows_from_which_output_a_wire_comes(canvas: CanvasView, output: int) -> None:
    built = fed()
    graph = edits.connect(built.graph, built.ids["data"], built.ids["L"], 1, output)
    other = edits.connect(built.graph, built.ids["data"], built.ids["L"], 1, 1 - output)
    one, two = (render_picture(evaluate_graph(each), LIGHT, scale=1.0) for each in (graph, other))
    assert difference(one, two) > 60
