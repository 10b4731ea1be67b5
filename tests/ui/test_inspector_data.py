"""The inspector on a source of two outputs: both arrays, the settings that make them, arrays of its own."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPlainTextEdit

from backprop_studio.ui.panels.inspector_facts import NOT_COMPUTED
from tests.ui.window_support import Opened


@pytest.fixture
def moons(opened: Opened) -> Opened:
    """The example of two moons, its dataset selected."""
    opened.workspace.open_example("moons")
    opened.session.flush()
    opened.session.select({opened.id("x")})
    opened.workspace.inspector.refresh()
    return opened


def text(opened: Opened, name: str) -> str:
    return opened.widget(QLabel, name).text()


def enter(opened: Opened, name: str, written: str) -> None:
    field = opened.widget(QLineEdit, name)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, written) if written else QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClick(field, Qt.Key.Key_Return)
    opened.session.flush()
    opened.workspace.inspector.refresh()


def test_both_arrays_stand_under_their_names(moons: Opened) -> None:
    assert text(moons, "inspector_dock_subject") == " — x, t"
    assert moons.widget(QLineEdit, "inspector_name").text() == "x, t"
    assert text(moons, "inspector_shape_0") == "100 × 2"
    assert text(moons, "inspector_shape_1") == "100 × 1"
    features = moons.widget(QPlainTextEdit, "inspector_value_numbers_0").toPlainText()
    targets = moons.widget(QPlainTextEdit, "inspector_value_numbers_1").toPlainText()
    assert features.count("\n") == targets.count("\n") == 99
    assert targets.startswith("[[0]")
    assert text(moons, "inspector_gradient_1") == "[100 × 1]"
    assert not moons.widget(QLabel, "inspector_shape").isVisible()


def test_an_ordinary_source_has_its_one_value_again(moons: Opened) -> None:
    moons.session.select({moons.id("b2")})
    moons.workspace.inspector.refresh()
    assert moons.widget(QLabel, "inspector_shape").isVisible()
    assert not moons.widget(QLabel, "inspector_shape_1").isVisible()
    assert not moons.widget(QLabel, "inspector_gradient_1").isVisible()


def test_settings_make_another_dataset(moons: Opened) -> None:
    moons.widget(QComboBox, "setting_kind").textActivated.emit("blobs")
    enter(moons, "setting_classes", "3")
    enter(moons, "setting_samples", "30")
    assert text(moons, "inspector_shape_1") == "30 numbers"
    assert moons.widget(QLineEdit, "setting_samples").text() == "30"
    enter(moons, "setting_samples", "0")
    assert "at least 1" in text(moons, "inspector_refusal")


def test_an_array_of_its_own_takes_the_place_of_the_dataset_and_goes_again(moons: Opened) -> None:
    enter(moons, "inspector_value_field_1", "[[1], [0]]")
    node = moons.session.graph.nodes[moons.id("x")]
    assert node.values[0] is None
    assert node.values[1] is not None
    assert text(moons, "inspector_shape_1") == "2 × 1"
    assert moons.session.undo_stack.undoText() == "Set x, t to [[1], [0]]"
    enter(moons, "inspector_value_field_1", "")
    assert moons.session.graph.nodes[moons.id("x")].values == (None, None)
    assert text(moons, "inspector_shape_1") == "100 × 1"


def test_a_name_for_each_output(moons: Opened) -> None:
    enter(moons, "inspector_name", "points, labels")
    assert moons.session.graph.nodes[moons.id("points")].names == ("points", "labels")
    enter(moons, "inspector_name", "points")
    assert "features and targets" in text(moons, "inspector_refusal")


def test_while_the_passes_play_gradients_are_hidden_each_for_itself(moons: Opened) -> None:
    timeline = moons.session.timeline
    shown = []
    for position in range(len(moons.session.evaluation.trace) + 1):
        timeline.seek(position)
        moons.workspace.inspector.refresh()
        pair = text(moons, "inspector_gradient_0"), text(moons, "inspector_gradient_1")
        if not shown or pair != shown[-1]:
            shown.append(pair)
    assert shown == [
        (NOT_COMPUTED, NOT_COMPUTED), (NOT_COMPUTED, "[100 × 1]"), ("[100 × 2]", "[100 × 1]"),
    ]  # fmt: skip
