"""The optimiser and its settings in the window, by mouse and keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from backprop_studio.training.algorithms import ALGORITHMS
from tests.ui.window_support import Opened


@pytest.fixture
def regression(opened: Opened) -> Opened:
    """The example that fits a line, with the settings shown."""
    opened.workspace.open_example("linear-regression")
    opened.session.flush()
    opened.workspace.refresh()
    QApplication.processEvents()  # the dock opens and lays its parts out
    opened.click("training_settings")
    QApplication.processEvents()
    return opened


def choose(opened: Opened, name: str) -> None:
    """Choose an optimiser by the keyboard."""
    box = opened.widget(QComboBox, "training_optimizer")
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Home)
    for _ in range(list(ALGORITHMS).index(name)):
        QTest.keyClick(box, Qt.Key.Key_Down)
    QApplication.processEvents()


def enter(opened: Opened, name: str, text: str) -> None:
    field = opened.widget(QLineEdit, f"setting_{name}")
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)
    QApplication.processEvents()


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_optimiser_shows_its_settings(regression: Opened, name: str) -> None:
    choose(regression, name)
    assert regression.session.training.optimizer == name
    for setting in ALGORITHMS[name].settings:
        if setting.name != "lr":
            assert regression.widget(QLineEdit, f"setting_{setting.name}").isVisible()
    assert regression.widget(QLabel, "optimizer_sentence").text() == ALGORITHMS[name].sentence
    rate = float(regression.widget(QLineEdit, "training_rate").text())
    assert rate == regression.session.training.learning_rate


def test_settings_are_taken_and_refused(regression: Opened) -> None:
    choose(regression, "adam")
    enter(regression, "beta1", "0.5")
    assert regression.session.training.setup.values["beta1"] == 0.5
    enter(regression, "beta1", "1")
    refusal = regression.widget(QLabel, "optimizer_refusal")
    assert refusal.isVisible()
    assert "at most 0.99999" in refusal.text()
    assert regression.session.training.setup.values["beta1"] == 0.5
    enter(regression, "beta1", "much")
    assert "is a number" in refusal.text()
    enter(regression, "beta1", "0.6")
    assert not refusal.isVisible()
    clip = regression.widget(QLineEdit, "setting_max_norm")
    assert clip.text() == "off"
    enter(regression, "max_norm", "2")
    assert regression.session.training.setup.values["max_norm"] == 2.0
    enter(regression, "max_norm", "off")
    assert regression.session.training.setup.values["max_norm"] == 0.0


def test_a_batch_is_offered_where_there_are_rows(regression: Opened) -> None:
    batch = regression.widget(QLineEdit, "setting_batch")
    assert batch.isVisible()
    assert batch.text() == "all"
    enter(regression, "batch", "4")
    assert regression.session.training.batch == 4
    enter(regression, "batch", "-1")
    assert regression.session.training.batch == 4
    assert "whole number of rows" in regression.widget(QLabel, "optimizer_refusal").text()
    enter(regression, "batch", "all")
    assert regression.session.training.batch is None
    regression.workspace.open_example("neuron-loss")
    regression.session.flush()
    QApplication.processEvents()
    assert not batch.isVisible()


def test_momentum_goes_on_after_a_pause_and_ends_with_a_reset(regression: Opened) -> None:
    choose(regression, "momentum")
    training = regression.session.training
    for _ in range(3):
        regression.click("training_step")
    assert training.past is not None
    assert training.past.state.steps == 3
    assert regression.session.timeline.rule.past is training.past
    regression.session.undo()
    regression.session.flush()
    QApplication.processEvents()
    assert regression.session.timeline.rule.past is not None
    assert regression.session.timeline.rule.past.state.steps == 2
    regression.click("training_reset")
    assert training.past is None


def test_all_fields_stand_in_one_column(regression: Opened) -> None:
    fields = [
        field for field in regression.window.findChildren(QLineEdit)
        if field.objectName().startswith("setting_") and field.isVisible()
    ]  # fmt: skip
    assert {field.objectName() for field in fields} >= {"setting_batch", "setting_seed", "setting_steps"}
    assert len({(field.mapTo(regression.window, field.rect().topLeft()).x(), field.width()) for field in fields}) == 1


def test_a_run_pauses_by_itself_after_the_steps_chosen(regression: Opened, qtbot: QtBot) -> None:
    training = regression.session.training
    enter(regression, "steps", "12")
    enter(regression, "seed", "3")
    assert (training.steps, training.seed) == (12, 3)
    for expected in (12, 24):
        regression.click("training_run")
        qtbot.waitUntil(lambda: training.state == "paused")
        assert training.step_count == expected
    for text, kept in (("0", 12), ("ten", 12), ("never", None)):
        enter(regression, "steps", text)
        assert training.steps == kept
        refused = regression.widget(QLabel, "optimizer_refusal")
        assert refused.isVisible() == (text != "never")
