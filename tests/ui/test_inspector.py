"""The inspector says what the engine computed, takes edits, and keeps up with playing and training."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QHelpEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QTableView,
    QToolButton,
    QToolTip,
)
from pytestqt.qtbot import QtBot

from backprop_studio.document.graph import Wire
from backprop_studio.document.number_text import full_number, number
from backprop_studio.ui.panels.inspector_facts import NOT_COMPUTED, loss_letter, node_facts, wire_facts
from backprop_studio.ui.plain_text import tooltip
from tests.ui.window_support import Opened


@pytest.fixture
def product(opened: Opened) -> Opened:
    """(a + b) · c with 2, 3, 4."""
    opened.workspace.open_example("sum-times-c")
    opened.session.flush()
    return opened


def select(opened: Opened, name: str) -> None:
    opened.session.select({opened.id(name)})
    opened.workspace.inspector.refresh()


def label(opened: Opened, name: str) -> str:
    return opened.widget(QLabel, name).text()


def test_a_node_with_its_numbers_and_formulas(product: Opened) -> None:
    select(product, "q")
    assert label(product, "inspector_operation") == "Add"
    assert label(product, "inspector_shape") == "scalar"
    assert label(product, "inspector_value") == "5"
    assert label(product, "inspector_gradient") == "4"
    assert label(product, "inspector_used_by") == "L"
    page = product.workspace.inspector.node_page
    assert page.forward.text == "q = a + b\n= 2 + 3\n= 5"
    assert page.backward.text.splitlines()[:4] == ["gradient = upstream × local", "∂L/∂a = ∂L/∂q × 1", "= 4 × 1", "= 4"]
    assert label(product, "inspector_dock_subject") == " — q"


def test_a_fan_out_shows_how_its_contributions_add_up(opened: Opened) -> None:
    opened.workspace.open_example("fan-out")
    opened.session.flush()
    select(opened, "b")
    lines = opened.workspace.inspector.node_page.arrived.text.splitlines()
    assert [line.split(": ")[1] for line in lines] in (
        ["2 × 1 = 2", "3 × 1 = 3", "5"],
        ["3 × 1 = 3", "2 × 1 = 2", "5"],
    )


def test_a_wire_with_what_it_carries_each_way(product: Opened) -> None:
    wire = Wire(product.id("q"), product.id("L"), 0)
    product.session.select((), wire)
    product.workspace.inspector.refresh()
    assert label(product, "wire_forward") == "5"
    assert label(product, "wire_backward") == "4"
    assert product.workspace.inspector.wire_page.card.text == "∂L/∂q = ∂L/∂L × c\n= 1 × 4\n= 4"


def test_nothing_selected_shows_loss_and_parameters(product: Opened) -> None:
    product.session.clear_selection()
    product.workspace.inspector.refresh()
    assert label(product, "summary_loss") == "20"
    table = product.widget(QTableView, "summary_parameters")
    cells = table.model()
    rows = [[cells.index(row, column).data() for column in range(3)] for row in range(cells.rowCount())]
    assert rows == [["a", "2", "4"], ["b", "3", "4"], ["c", "4", "5"]]
    place = table.visualRect(cells.index(2, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert product.session.selection == {product.id("c")}


def test_problems_are_listed_and_lead_to_their_node(opened: Opened) -> None:
    node = opened.workspace.place("add")
    opened.session.clear_selection()
    opened.session.flush()
    opened.workspace.inspector.refresh()
    problems = opened.widget(QListWidget, "summary_problems")
    assert problems.count() == 1
    assert "nothing wired" in problems.item(0).text()
    problems.itemClicked.emit(problems.item(0))
    assert opened.session.selection == {node}
    assert opened.widget(QToolButton, "status_health").text() == "1 problem"
    opened.session.select({next(iter(opened.session.graph.nodes))})
    opened.trigger("show_explanation")
    opened.click("status_health")
    QApplication.processEvents()
    assert opened.widget(QListWidget, "summary_problems").isVisible(), "the status bar leads to the list of problems"


def test_an_array_is_shown_with_six_digits_and_copied_with_all(opened: Opened) -> None:
    opened.workspace.open_example("xor")
    opened.session.flush()
    select(opened, "W1")
    box = opened.widget(QPlainTextEdit, "inspector_gradient_numbers")
    value = opened.session.evaluation.gradient(opened.id("W1"))
    assert value is not None
    assert number(value[0, 0], 6) in box.toPlainText()
    assert full_number(value[0, 0]) not in box.toPlainText()
    assert box.isReadOnly()
    box.selectAll()
    box.copy()
    copied = QApplication.clipboard().text()
    assert [float(text.replace("−", "-")) for text in re.findall(r"[^\s\[\],]+", copied)] == value.ravel().tolist()
    at = box.toPlainText().index(number(value[0, 1], 6)) + 2
    cursor = box.textCursor()
    cursor.setPosition(at)
    cursor.setPosition(at + 1, QTextCursor.MoveMode.KeepAnchor)
    box.setTextCursor(cursor)
    box.copy()
    assert QApplication.clipboard().text() == full_number(value[0, 1]), "a number that is touched is copied whole"


def test_a_number_of_an_array_is_told_in_full_under_the_pointer(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda at, text, widget: told.append(text))
    opened.workspace.open_example("xor")
    opened.session.flush()
    select(opened, "W1")
    box = opened.widget(QPlainTextEdit, "inspector_gradient_numbers")
    value = opened.session.evaluation.gradient(opened.id("W1"))
    assert value is not None
    cursor = box.textCursor()
    cursor.setPosition(box.toPlainText().index(number(value[0, 1], 6)) + 2)
    at = box.cursorRect(cursor).center()
    viewport = box.viewport()
    QApplication.sendEvent(viewport, QHelpEvent(QHelpEvent.Type.ToolTip, at, viewport.mapToGlobal(at)))
    assert [tooltip(full_number(value[0, 1]))] == told


def test_the_inspector_tells_the_shape_of_an_array(opened: Opened) -> None:
    opened.workspace.open_example("xor")
    opened.session.flush()
    select(opened, "W1")
    assert label(opened, "inspector_shape") == "2 × 4"


def test_a_value_is_edited(product: Opened) -> None:
    select(product, "a")
    field = product.widget(QLineEdit, "inspector_value_field")
    field.selectAll()
    QTest.keyClicks(field, "7")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert product.value("L") == 40.0
    product.trigger("undo")
    assert product.value("L") == 20.0


def test_a_refused_value_is_told_at_the_field_and_changes_nothing(product: Opened) -> None:
    select(product, "a")
    field = product.widget(QLineEdit, "inspector_value_field")
    field.selectAll()
    QTest.keyClicks(field, "seven")
    QTest.keyClick(field, Qt.Key.Key_Return)
    refusal = product.widget(QLabel, "inspector_refusal")
    assert refusal.isVisible()
    assert refusal.text()
    assert field.text() == "seven", "what was typed stays"
    assert product.value("L") == 20.0
    select(product, "b")
    assert not refusal.isVisible()


def test_a_name_is_edited_and_a_taken_one_refused(product: Opened) -> None:
    select(product, "a")
    field = product.widget(QLineEdit, "inspector_name")
    field.selectAll()
    QTest.keyClicks(field, "b")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert label(product, "inspector_refusal")
    field.selectAll()
    QTest.keyClicks(field, "alpha")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert product.session.graph.node_named("alpha") is not None
    assert not label(product, "inspector_refusal")


def test_settings_are_edited_by_fields_made_from_the_declaration(opened: Opened) -> None:
    node = opened.workspace.place("leaky_relu")
    assert node is not None
    opened.session.flush()
    opened.workspace.inspector.refresh()
    field = opened.widget(QLineEdit, "setting_negative_slope")
    assert field.text() == "0.01"
    field.selectAll()
    QTest.keyClicks(field, "0.25")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert opened.session.graph.nodes[node].settings["negative_slope"] == 0.25
    loss = opened.workspace.place("mse_loss")
    assert loss is not None
    opened.session.flush()
    opened.workspace.inspector.refresh()
    choice = opened.widget(QComboBox, "setting_reduction")
    choice.setCurrentText("sum")
    choice.textActivated.emit("sum")
    assert opened.session.graph.nodes[loss].settings["reduction"] == "sum"


def test_a_setting_out_of_range_is_refused_with_its_range(opened: Opened) -> None:
    opened.workspace.place("parameter")
    opened.session.flush()
    opened.workspace.inspector.refresh()
    field = opened.widget(QLineEdit, "setting_seed")
    field.selectAll()
    QTest.keyClicks(field, "minus one")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert "seed" in label(opened, "inspector_refusal")


def test_giving_a_parameter_a_shape_draws_its_value(opened: Opened) -> None:
    node = opened.workspace.place("parameter")
    assert node is not None
    opened.session.flush()
    opened.workspace.inspector.refresh()
    field = opened.widget(QLineEdit, "setting_shape")
    field.selectAll()
    QTest.keyClicks(field, "(2, 3)")
    QTest.keyClick(field, Qt.Key.Key_Return)
    value = opened.session.flush().value(node)
    assert value is not None
    assert value.shape == (2, 3)
    assert len(set(value.ravel().tolist())) == 6


def test_a_long_name_of_the_loss_is_shortened_in_gradients(opened: Opened) -> None:
    opened.workspace.open_example("sum-times-c")
    opened.session.flush()
    assert loss_letter(opened.session.evaluation) == "L"
    opened.session.rename(opened.id("L"), "squared_error")
    assert loss_letter(opened.session.flush()) == "L"
    opened.session.rename(opened.id("squared_error"), "E")
    assert loss_letter(opened.session.flush()) == "E"


def test_while_playing_nothing_is_told_before_it_is_computed(product: Opened) -> None:
    timeline = product.session.timeline
    evaluation = product.session.evaluation
    timeline.seek(0)
    facts = node_facts(evaluation, product.id("q"), timeline)
    assert facts.value.line == NOT_COMPUTED
    assert facts.gradient.line == NOT_COMPUTED
    assert [line[0][0] for line in facts.forward] == ["q = a + b"]
    timeline.seek(evaluation.trace.stage_ends[0])
    facts = node_facts(evaluation, product.id("q"), timeline)
    assert facts.value.line == "5"
    assert facts.gradient.line == NOT_COMPUTED
    wire = Wire(product.id("q"), product.id("L"), 0)
    assert wire_facts(evaluation, wire, timeline).backward.line == NOT_COMPUTED
    timeline.to_end()
    assert node_facts(evaluation, product.id("q"), timeline).gradient.line == "4"


def test_the_inspector_has_the_numbers_of_the_node_in_update_and_second_pass(product: Opened) -> None:
    timeline, a = product.session.timeline, product.id("a")
    timeline.animate = "steps"
    timeline.set_stages(whole_step=True, zero_grad=False)
    timeline.to_end()
    after = timeline.updated_value(a)
    assert after is not None
    inspector = product.workspace.inspector
    inspector.refresh()
    table = inspector.summary_page.parameters.model()
    row = next(row for row in range(table.rowCount()) if table.index(row, 0).data() == "a")
    assert table.index(row, 1).data() == number(float(after))
    select(product, "a")
    field, graph = product.widget(QLineEdit, "inspector_value_field"), product.session.graph
    assert field.text() == repr(float(after))
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert product.session.graph is graph, "Enter alone does not put what is shown into the graph"
    product.session.select(())
    timeline.to_end()
    timeline.play()
    timeline.pause()
    inspector.refresh()
    assert timeline.position == 0
    labels = product.canvas.scene.labels
    timeline.set_stages(zero_grad=True)
    timeline.to_end()
    inspector.refresh()
    assert table.index(row, 2).data() == "cleared"
    timeline.set_stages(zero_grad=False)
    timeline.to_end()
    timeline.play()
    timeline.pause()
    inspector.refresh()
    assert table.index(row, 2).data() == labels[a].gradient.text == "4 + ·"
    timeline.stop()
    select(product, "a")
    assert field.text() == "2.0"


def test_a_part_of_a_gradient_is_called_so_far(opened: Opened) -> None:
    opened.workspace.open_example("fan-out")
    opened.session.flush()
    timeline, b = opened.session.timeline, opened.id("b")
    seen = set()
    for position in range(timeline.length + 1):
        timeline.seek(position)
        seen.add(node_facts(opened.session.evaluation, b, timeline).gradient.line)
    assert NOT_COMPUTED in seen
    assert "5" in seen
    assert seen & {"2 so far", "3 so far"}


def test_an_input_that_gets_no_gradient_says_why(opened: Opened) -> None:
    opened.workspace.open_example("fan-out")
    evaluation = opened.session.flush()
    (constant,) = [node.id for node in evaluation.graph.nodes.values() if node.op_name == "constant"]
    (wire,) = evaluation.graph.wires_from(constant)
    facts = wire_facts(evaluation, wire, opened.session.timeline)
    assert facts.backward.line == "no gradient"
    assert "constant" in facts.explanation


def test_numbers_keep_up_with_training(opened: Opened, qtbot: QtBot) -> None:
    opened.workspace.open_example("xor")
    opened.session.flush()
    select(opened, "L")
    before = label(opened, "inspector_value")
    opened.session.training.run()
    qtbot.waitUntil(lambda: label(opened, "inspector_value") != before, timeout=5000)
    assert opened.session.training.state == "running", "the numbers changed while it ran"
    assert opened.workspace.inspector.node_page.backward.text
    opened.session.training.pause()
    value = opened.session.flush().value(opened.id("L"))
    assert value is not None
    qtbot.waitUntil(lambda: label(opened, "inspector_value") == repr(float(value)), timeout=5000)


def test_the_gradient_is_checked_beside_it(opened: Opened) -> None:
    opened.workspace.open_example("neuron-loss")
    opened.session.flush()
    opened.session.select({opened.id("w")})
    QApplication.processEvents()
    check = opened.widget(QLabel, "inspector_check")
    assert check.isVisible()
    assert check.text().startswith("✓ ")
    opened.session.timeline.to_start()
    opened.session.select({opened.id("w")})
    opened.workspace.inspector.refresh()
    assert not check.isVisible(), "what has not been computed is not given away"
    opened.session.timeline.stop()
    assert opened.session.set_code("x = parameter(0.)\nk = constant(2.)\nL = relu(x) * k") is None
    opened.session.flush()
    opened.session.select({opened.id("x")})
    opened.workspace.inspector.refresh()
    assert check.text() == "✓ kink here"
    opened.session.select({opened.id("k")})
    opened.workspace.inspector.refresh()
    assert not check.isVisible()


def test_of_many_selected_nodes_only_the_rows_in_view_are_worked_out(opened: Opened) -> None:
    code = "\n".join(["x0 = parameter(1.)", *(f"x{at + 1} = sin(x{at})" for at in range(600))])
    assert opened.session.set_code(code) is None
    opened.session.flush()
    opened.session.select_all()
    table = opened.workspace.inspector.summary_page.parameters
    looked_at: list[int] = []
    cells = table.rows._cells
    table.rows._cells = lambda row: looked_at.append(row) or cells(row)  # type: ignore[assignment, func-returns-value]
    opened.workspace.inspector.refresh()
    QApplication.processEvents()
    assert table.model().rowCount() == 601
    assert 0 < len(set(looked_at)) < 60
    assert table.model().index(600, 0).data() == "x600"
