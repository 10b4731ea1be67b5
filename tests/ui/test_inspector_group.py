"""The inspector's page for a group, on the real window."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QTableView, QWidget
from pytestqt.qtbot import QtBot

from backprop_studio.document.number_text import full_number, listed
from backprop_studio.session.training_run import TrainingSnapshot
from backprop_studio.ui.panels.inspector_group import HeatStrip
from backprop_studio.ui.panels.numbers_box import SHORT
from tests.ui.window_support import Opened

CODE = """x = input([[1., 2.], [3., 4.]])
w = parameter([[0.5], [-0.25]])
b = parameter(0.1)
z = x @ w
s = z + b
h = tanh(s)
k = parameter(3.)
L = mean(square(h)) * k"""


def group(opened: Opened, *names: str, code: str = CODE) -> int:
    """A group of some nodes, which is selected and shown in the inspector."""
    assert opened.session.set_code(code) is None
    found = opened.session.group_items([opened.id(name) for name in names])
    assert found is not None
    opened.session.flush()
    opened.workspace.inspector.refresh()
    opened.workspace.refresh()
    return found


def line(opened: Opened, name: str) -> str:
    return opened.widget(QLabel, name).text()


def test_title_size_ports_and_parameters(opened: Opened) -> None:
    made = group(opened, "w", "b", "z", "s", "h")
    assert opened.widget(QLineEdit, "group_name").text() == opened.session.graph.groups[made].name
    assert line(opened, "group_holds") == "5 nodes"
    assert line(opened, "group_input_0") == "x"
    assert line(opened, "group_output_0") == "h"
    table = opened.widget(QTableView, "group_parameters")
    assert [table.model().index(row, 0).data() for row in range(table.model().rowCount())] == ["w", "b"]
    titles = [label.text() for label in opened.widget(QWidget, "inspector_group").findChildren(QLabel)]
    assert "Parameters: 3 numbers" in titles


def test_a_port_has_its_numbers_and_a_heat_map(opened: Opened) -> None:
    code = "x = input([[1., 2.], [3., 4.]])\nw = parameter([[0.5], [-0.25]])\nh = matmul(x, w)\nL = mean(h)"
    group(opened, "h", "L", code=code)
    evaluation = opened.session.evaluation
    w = opened.id("w")
    at = next(number for number in range(2) if line(opened, f"group_input_{number}") == "w")
    strip = opened.widget(QLabel, f"group_input_{at}").parent().findChildren(HeatStrip)[0]  # type: ignore[union-attr]
    assert strip.isVisible()
    gradient = evaluation.gradient(w)
    assert gradient is not None
    text = opened.widget(QPlainTextEdit, f"group_input_{at}_gradient_numbers").toPlainText()
    assert text == listed(gradient, SHORT)
    value = evaluation.value(opened.id("L"))
    assert value is not None
    assert line(opened, "group_output_0_value") == full_number(value.item())
    assert line(opened, "group_output_0_gradient") == "1"


def test_only_what_flows_through_the_group_stands_at_its_input(opened: Opened) -> None:
    code = "a = parameter(3.)\np = square(a)\nL = p + a"
    group(opened, "p", code=code)
    assert line(opened, "group_input_0_gradient") == "6", "not 7, which is all of ∂L/∂a"
    opened.trigger("step")
    opened.workspace.inspector.refresh()
    assert line(opened, "group_input_0_gradient") == "not computed"


def test_title_and_colour_are_edited_in_one_undo_step_each(opened: Opened) -> None:
    made = group(opened, "h")
    session = opened.session
    count = session.undo_stack.index()
    field = opened.widget(QLineEdit, "group_name")
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "encoder")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert session.graph.groups[made].name == "encoder"
    colors = opened.widget(QComboBox, "group_color")
    QTest.keyClick(colors, Qt.Key.Key_Down)
    assert session.graph.groups[made].color == "blue"
    assert session.undo_stack.index() == count + 2


@pytest.mark.parametrize("name", ["enter_group", "collapse", "ungroup"])
def test_buttons_do_what_the_menu_does(opened: Opened, qtbot: QtBot, name: str) -> None:
    made = group(opened, "h", "b")
    button = opened.widget(QPushButton, f"group_do_{name}")
    opened.workspace.refresh()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    session = opened.session
    if name == "enter_group":
        assert session.inside == made
    elif name == "collapse":
        assert not session.graph.groups[made].collapsed
        qtbot.waitUntil(lambda: button.text() == "Collapse")
    else:
        assert not session.graph.groups


def test_a_parameter_in_the_list_opens_the_way_to_it(opened: Opened) -> None:
    made = group(opened, "w", "h")
    table = opened.widget(QTableView, "group_parameters")
    QTest.mouseClick(
        table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
        table.visualRect(table.model().index(0, 0)).center(),
    )  # fmt: skip
    assert opened.session.inside == made
    assert opened.session.selection == {opened.id("w")}


def test_ports_follow_training(opened: Opened, qtbot: QtBot) -> None:
    group(opened, "p", code="a = parameter(3.)\np = square(a)\nL = p + a")
    seen: list[tuple[str, float]] = []
    training, a = opened.session.training, opened.id("a")

    def look(snapshot: TrainingSnapshot) -> None:
        if training.state == "running":
            seen.append((line(opened, "group_input_0_gradient"), float(2 * snapshot.values[a])))

    training.progressed.connect(look)
    training.learning_rate, training.steps_per_second = 0.01, 20.0
    training.run()
    qtbot.waitUntil(lambda: len(seen) > 1, timeout=10_000)
    training.pause()
    assert all(np.isclose(float(shown.replace("−", "-")), expected) for shown, expected in seen)
