"""The main job with real events: build a graph by drag and drop, play it, train it, save it, open it again."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QLineEdit, QListView, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from backprop_studio.engine.ops import registry
from backprop_studio.engine.trace import Stage
from backprop_studio.ui.panels.labels import ElidedLabel
from backprop_studio.ui.panels.scrubber import Scrubber
from tests.ui.window_support import Opened, opened_window

BUTTON, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def drag_from_palette(opened: Opened, op_name: str, to: QPointF) -> int:
    """Drop an operation of the palette on the canvas; returns the new node.

    QDrag.exec would wait for a hand, so the events that it sends are sent here, with the palette's own data.
    """
    model = opened.workspace.palette.model
    row = model.row_of(registry[op_name])
    assert row is not None
    view = opened.widget(QListView, "palette_list")
    assert model.flags(model.index(row)) & Qt.ItemFlag.ItemIsDragEnabled
    data: QMimeData = view.model().mimeData([model.index(row)])
    before = set(opened.session.graph.nodes)
    copy = Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPointF(5, 5).toPoint(), copy, data, BUTTON, NO_KEY)
    QApplication.sendEvent(opened.canvas, enter)
    assert enter.isAccepted()
    for share in (0.3, 0.7, 1.0):
        QApplication.sendEvent(opened.canvas, QDragMoveEvent((to * share).toPoint(), copy, data, BUTTON, NO_KEY))
    drop = QDropEvent(to, copy, data, BUTTON, NO_KEY)
    QApplication.sendEvent(opened.canvas, drop)
    assert drop.isAccepted()
    (new,) = set(opened.session.graph.nodes) - before
    return new


def wire(opened: Opened, source: int, target: int, slot: int, *, backwards: bool = False) -> None:
    """Draw a wire with the mouse, from the output to the input or the other way."""
    canvas = opened.workspace.canvas
    ends = [canvas.port_point(source, None), canvas.port_point(target, slot)]
    if backwards:
        ends.reverse()
    opened.drag(ends[0], ends[1])
    assert opened.session.graph.source_of(target, slot) == source


def type_value(opened: Opened, node: int, text: str) -> None:
    """Double-click a source's value on the canvas and type another."""
    rect = opened.workspace.canvas.node_rect(node)
    middle = QPointF(rect.center().x(), rect.top() + rect.height() * 0.55).toPoint()
    QTest.mouseClick(opened.canvas, BUTTON, NO_KEY, middle)
    QTest.mouseDClick(opened.canvas, BUTTON, NO_KEY, middle)
    editor = opened.widget(QLineEdit, "inline_editor")
    editor.selectAll()
    QTest.keyClicks(editor, text)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QApplication.processEvents()


def build_product_of_sum(opened: Opened) -> dict[str, int]:
    """(a + b) · c with 2, 3, 4, built by hand on an empty canvas. Ids by what they are."""
    places = {
        "a": ("parameter", QPointF(110, 70)),
        "b": ("parameter", QPointF(110, 190)),
        "sum": ("add", QPointF(340, 110)),
        "c": ("parameter", QPointF(340, 240)),
        "product": ("multiply", QPointF(570, 150)),
    }
    made = {what: drag_from_palette(opened, op, at) for what, (op, at) in places.items()}
    wire(opened, made["a"], made["sum"], 0)
    wire(opened, made["b"], made["sum"], 1, backwards=True)
    wire(opened, made["sum"], made["product"], 0)
    wire(opened, made["c"], made["product"], 1)
    for what, text in (("a", "2"), ("b", "3"), ("c", "4")):
        type_value(opened, made[what], text)
    opened.session.flush()
    return made


def number_of(opened: Opened, node: int) -> tuple[float, float]:
    """Value and gradient of a node."""
    evaluation = opened.session.flush()
    value, gradient = evaluation.value(node), evaluation.gradient(node)
    assert value is not None
    assert gradient is not None
    return float(value), float(gradient)


def test_build_from_an_empty_canvas_and_play(opened: Opened) -> None:
    made = build_product_of_sum(opened)
    assert number_of(opened, made["product"]) == (20.0, 1.0)
    assert [number_of(opened, made[what]) for what in "abc"] == [(2.0, 4.0), (3.0, 4.0), (4.0, 5.0)]

    timeline = opened.session.timeline
    timeline.animate = "steps"
    opened.workspace.refresh()
    opened.click("tool_step")
    opened.workspace.refresh()
    opened.click("tool_step")
    assert timeline.position == 2
    assert opened.widget(ElidedLabel, "transport_title").text.startswith("Forward 2 of ")
    opened.workspace.refresh()
    opened.click("tool_step_back")
    assert timeline.position == 1
    assert not timeline.value_known(made["sum"])
    opened.click("transport_to_end")
    assert opened.widget(ElidedLabel, "transport_title").text.startswith("zero_grad ")
    assert timeline.gradient_known(made["a"]) == "hidden", "cleared, not 0"
    assert timeline.updated_value(made["a"]) == 2.0 - 0.1 * 4.0
    opened.trigger("whole_step")
    opened.click("transport_to_end")
    assert timeline.gradient_known(made["a"]) == "known"
    assert opened.widget(ElidedLabel, "transport_title").text.startswith("Backward ")
    scrubber = opened.widget(Scrubber, "scrubber")
    end_of_forward = opened.session.evaluation.trace.stage_ends[0]
    QTest.mouseClick(scrubber, BUTTON, NO_KEY, scrubber.handle_point(end_of_forward).toPoint())
    assert timeline.position == end_of_forward
    assert timeline.stage is Stage.FORWARD
    assert timeline.value_known(made["product"])
    assert timeline.gradient_known(made["c"]) == "hidden"
    QTest.keyClick(opened.canvas, Qt.Key.Key_Escape)
    assert not timeline.is_active


def test_playing_to_the_end_by_itself(opened: Opened, qtbot: QtBot) -> None:
    opened.click("example_sum-times-c")
    opened.session.flush()
    timeline = opened.session.timeline
    timeline.set_speed(20.0)
    opened.workspace.refresh()
    opened.click("tool_play")
    seen = set()
    timeline.changed.connect(lambda: seen.add(timeline.position))
    qtbot.waitUntil(lambda: not timeline.is_playing, timeout=15000)
    assert timeline.position == timeline.length
    assert len(seen) >= timeline.length - 1, "every event was shown on the way"


def test_every_edit_is_undone_and_done_again(opened: Opened) -> None:
    empty = opened.session.graph
    build_product_of_sum(opened)
    built = opened.session.graph
    stack = opened.session.undo_stack
    steps = stack.count()
    assert steps == 5 + 4 + 3, "one gesture, one step"
    for _ in range(steps):
        opened.trigger("undo")
    assert opened.session.graph.nodes == empty.nodes
    assert not opened.window.actions_table["undo"].isEnabled() or stack.index() == 0
    for _ in range(steps):
        opened.trigger("redo")
    assert opened.session.graph == built


def test_save_and_open_again_is_equal(
    opened: Opened, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_product_of_sum(opened)
    path = tmp_path / "product.backprop"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    opened.trigger("save")
    saved = opened.session.graph
    assert not opened.session.is_modified
    with opened_window(qtbot, tmp_path / "other.ini") as second:
        assert second.workspace.files.open_path(path)
        assert second.session.graph == saved
        assert {node.name for node in second.session.graph.nodes.values()} == {n.name for n in saved.nodes.values()}
        second.session.flush()
        assert second.widget(QLabel, "status_size").text() == "5 nodes · 4 wires"


def test_xor_is_trained_until_it_is_learned(opened: Opened, qtbot: QtBot) -> None:
    opened.click("example_xor")
    opened.session.flush()
    first = opened.value("L")
    opened.workspace.refresh()
    button = opened.widget(QPushButton, "training_run")
    qtbot.waitUntil(lambda: button.height() > 20)  # on a small screen the dock opens for what can be trained
    opened.click("training_run")
    training = opened.session.training
    assert training.state == "running"
    qtbot.waitUntil(lambda: bool(training.losses) and training.losses[-1] < 0.01, timeout=60000)
    opened.click("training_run")
    assert training.state == "paused"
    assert opened.value("L") < 0.01 < first
    curve = opened.workspace.training.curve
    assert curve.count == opened.session.training.step_count
    assert opened.session.undo_stack.undoText().startswith("Train ")
    opened.trigger("undo")
    assert opened.value("L") == first


def test_the_window_answers_while_it_trains(opened: Opened, qtbot: QtBot) -> None:
    opened.click("example_softmax-classifier")
    opened.session.flush()
    opened.workspace.refresh()
    opened.click("tool_train")
    qtbot.waitUntil(lambda: opened.session.training.step_count > 20, timeout=10000)
    field = opened.widget(QLineEdit, "palette_search")
    QTest.keyClicks(field, "soft")
    assert field.text() == "soft"
    node = next(iter(opened.session.graph.nodes))
    opened.session.select({node})
    steps = opened.session.training.step_count
    qtbot.waitUntil(lambda: opened.session.training.step_count > steps, timeout=10000)
    assert opened.session.training.state == "running"
    opened.workspace.refresh()
    opened.click("tool_train")
    assert opened.session.training.state == "paused"


def test_deleting_and_rewiring_by_hand(opened: Opened) -> None:
    made = build_product_of_sum(opened)
    canvas = opened.workspace.canvas
    QTest.mouseClick(opened.canvas, BUTTON, NO_KEY, canvas.node_rect(made["c"]).center().toPoint())
    opened.canvas.setFocus()
    QTest.keyClick(opened.canvas, Qt.Key.Key_Delete)
    assert made["c"] not in opened.session.graph.nodes
    opened.session.flush()
    opened.workspace.refresh()
    assert opened.widget(QToolButton, "status_health").text() == "1 problem"
    assert not opened.widget(QPushButton, "training_run").isEnabled()
    wire(opened, made["b"], made["product"], 1)
    assert number_of(opened, made["product"]) == (15.0, 1.0)
    assert number_of(opened, made["b"]) == (3.0, 8.0), "3 through the sum and 5 through the product"
