"""The inspector as somebody needs it who sees it for the first time."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QListWidget,
    QScrollArea,
    QTableView,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from backprop_studio.ui.panels.labels import ShrinkingLabel, breakable
from tests.ui.window_support import Opened


def select(opened: Opened, *names: str) -> None:
    """Select nodes, and let the inspector follow."""
    opened.session.flush()
    opened.session.select({opened.id(name) for name in names})
    QApplication.processEvents()


def test_a_loss_that_is_no_scalar_is_named_as_the_reason(opened: Opened) -> None:
    assert opened.session.set_code("w = parameter([1.0, 2.0])\ny = w*3") is None
    select(opened, "w")
    note = opened.widget(QLabel, "inspector_gradient_note")
    assert opened.widget(QLabel, "inspector_gradient").text() == "not computed"
    assert note.isVisible()
    assert "shape" in note.text()
    assert "path" not in note.text()


def test_a_shape_clash_downstream_is_named_as_the_reason(opened: Opened) -> None:
    assert opened.session.set_code("w = parameter([1.0, 2.0])\nv = parameter([1.0, 2.0, 3.0])\nL = sum(w*v)") is None
    select(opened, "w")
    note = opened.widget(QLabel, "inspector_gradient_note").text()
    assert note
    assert "No differentiable path" not in note


def test_a_source_shows_the_arithmetic_of_its_one_wire(opened: Opened) -> None:
    opened.workspace.open_example("sum-times-c")
    select(opened, "c")
    assert opened.workspace.inspector.node_page.arrived.text == "from L: 1 × 5 = 5"


def test_nothing_makes_the_inspector_wider(opened: Opened) -> None:
    long = "a_name_" + "of_many_letters_" * 2 + "x"
    assert opened.session.set_code(f"{long} = parameter([1.0, 2.0])\ny = {long}*constant([1.0, 2.0, 3.0])") is None
    for name in (long, "y"):
        select(opened, name)
        areas = opened.workspace.inspector.findChildren(QScrollArea)
        for area in (each for each in areas if each.isVisible()):
            page = area.widget()
            assert page is not None
            assert page.width() <= area.viewport().width()
            for child in page.findChildren(QWidget):
                if child.isVisible() and child.parent() is page:
                    assert child.geometry().right() <= page.width()
    assert opened.window.docks["inspector"].width() < 360


def test_a_label_that_shrinks_keeps_its_text(qtbot: QtBot) -> None:
    label = ShrinkingLabel("one two three four five")
    qtbot.addWidget(label)
    label.resize(60, 20)
    label.show()
    assert label.text() == "one two three four five"
    assert "five" in label.toolTip()
    label.resize(600, 20)
    assert label.toolTip() == ""


def test_only_overlong_words_may_break_inside() -> None:
    assert breakable("Adds 0.26554121098658571 to it.") == "Adds 0.26554121098658571 to it."
    assert breakable("x" * 30).replace("\u200b", "") == "x" * 30
    assert breakable("x" * 30).count("\u200b") == 2


def test_while_training_the_value_field_follows_and_agrees_with_the_canvas(opened: Opened, qtbot: QtBot) -> None:
    opened.workspace.open_example("linear-regression")
    select(opened, "w")
    field = opened.widget(QLineEdit, "inspector_value_field")
    before = field.text()
    shown: list[tuple[str, float, int, int]] = []

    def look(snapshot: object) -> None:
        value = opened.workspace.canvas.scene.labels.value(opened.id("w"))
        assert value is not None
        curve = opened.workspace.training.curve.count
        shown.append((field.text(), float(value), curve, opened.session.training.step_count))

    opened.session.training.progressed.connect(look)
    opened.session.training.run(20)
    qtbot.waitUntil(lambda: opened.session.training.state != "running", timeout=8000)
    assert shown
    running = shown[:-1] or shown
    for text, value, curve, steps in running:
        assert np.isclose(float(text), value)
        assert curve == steps
    assert field.text() != before


def test_the_initial_value_is_folded_where_a_value_is_set(opened: Opened) -> None:
    opened.workspace.open_example("sum-times-c")
    select(opened, "a")
    fold, shape = opened.widget(QToolButton, "setting_fold"), opened.widget(QLineEdit, "setting_shape")
    assert fold.isVisible()
    assert not shape.isVisible()
    fold.click()
    assert shape.isVisible()
    assert shape.text() == ""


def test_several_selected_nodes_are_summed_up(opened: Opened) -> None:
    opened.workspace.open_example("sum-times-c")
    select(opened, "a", "q")
    page = opened.workspace.inspector.summary_page
    cells = page.parameters.model()
    rows = [[cells.index(r, c).data() for c in range(3)] for r in range(cells.rowCount())]
    assert rows == [["a", "2", "4"], ["q", "5", "4"]]
    assert "Select a node" not in opened.widget(QLabel, "summary_hint").text()
    opened.session.clear_selection()
    assert "Select a node" in opened.widget(QLabel, "summary_hint").text()


def test_the_loss_is_written_with_six_digits(opened: Opened) -> None:
    opened.workspace.open_example("xor")
    opened.session.flush()
    assert opened.widget(QLabel, "summary_loss").text() == "0.265541"


def test_without_parameters_there_is_no_table_of_them(opened: Opened) -> None:
    table = opened.widget(QTableView, "summary_parameters")
    opened.workspace.place("input")
    opened.session.clear_selection()
    opened.workspace.inspector.refresh()
    assert not table.isVisible()
    opened.workspace.place("parameter")
    opened.session.clear_selection()
    opened.session.flush()
    opened.workspace.inspector.refresh()
    assert table.isVisible()


def test_the_sentence_of_a_problem_is_shown_whole(opened: Opened) -> None:
    code = "x = input([[1., 2., 3.]])\nW = parameter([[1., 2.], [3., 4.]])\nm = x @ W\nL = mean(m)"
    assert opened.session.set_code(code) is None
    opened.session.flush()
    opened.session.clear_selection()
    opened.workspace.inspector.refresh()
    QApplication.processEvents()
    problems = opened.widget(QListWidget, "summary_problems")
    assert problems.count() == 1
    shown, needed = problems.viewport().height(), problems.visualItemRect(problems.item(0)).height()
    words = QRect(0, 0, problems.viewport().width() - 20, 1000)
    text = problems.fontMetrics().boundingRect(words, Qt.TextFlag.TextWordWrap, problems.item(0).text())
    assert text.height() <= needed <= shown < needed + 30
