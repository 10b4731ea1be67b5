"""The training dock: controls, curve, gradients' norms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from backprop_studio.document.number_text import number
from backprop_studio.ui.plots.axes import typeset
from backprop_studio.ui.plots.gradient_norms import Norm
from backprop_studio.ui.plots.loss_curve import LossCurve, readout, shorter
from backprop_studio.ui.theme import ThemeManager
from backprop_studio.ui.training_dock import norm_of
from tests.ui.window_support import Opened, opened_window


@pytest.fixture
def regression(opened: Opened) -> Opened:
    """The example that fits a line."""
    opened.workspace.open_example("linear-regression")
    opened.session.flush()
    opened.workspace.refresh()
    return opened


def test_an_example_brings_its_learning_rate(regression: Opened) -> None:
    assert regression.widget(QLineEdit, "training_rate").text() == "0.1"


def test_one_step_moves_curve_readout_and_parameters(regression: Opened) -> None:
    before = regression.value("w")
    regression.click("training_step")
    curve = regression.workspace.training.curve
    assert curve.count == 1
    assert curve.readout.startswith("step 1 · loss ")
    gradient = regression.session.training.losses
    assert len(gradient) == 1
    assert regression.value("w") != before
    assert regression.session.undo_stack.undoText() == "Train 1 step"


def test_a_narrow_curve_leaves_out_the_step(regression: Opened) -> None:
    regression.click("training_step")
    curve = regression.workspace.training.curve
    shown = regression.widget(QLabel, "loss_readout")
    assert shown.text() == curve.readout
    curve.resize(230, curve.height())
    assert shown.text() == curve.readout.partition(" · ")[2]
    assert shown.text().startswith("loss ")


def test_run_pause_and_reset_by_their_buttons(regression: Opened, qtbot: QtBot) -> None:
    before = regression.value("w")
    run = regression.widget(QPushButton, "training_run")
    regression.click("training_run")
    assert run.text() == "&Pause"
    qtbot.waitUntil(lambda: regression.workspace.training.curve.count >= 5, timeout=5000)
    assert not regression.widget(QPushButton, "training_step").isEnabled()
    regression.click("training_run")
    qtbot.waitUntil(lambda: run.text() == "Ru&n", timeout=5000)
    assert regression.workspace.training.curve.count == regression.session.training.step_count
    assert regression.value("w") != before
    regression.click("training_reset")
    assert regression.value("w") == before
    assert regression.workspace.training.curve.count == 0
    assert regression.workspace.training.curve.readout == "no steps yet"


@pytest.mark.parametrize(("typed", "rate"), [("0.5", 0.5), ("1e-3", 1e-3), (" 2 ", 2.0), ("0", 0.0)])
def test_learning_rates_that_are_taken(regression: Opened, typed: str, rate: float) -> None:
    enter_rate(regression, typed)
    assert regression.session.training.learning_rate == rate
    assert not regression.widget(QLabel, "training_refusal").isVisible()


@pytest.mark.parametrize("typed", ["fast", "-1", "nan", "inf", "", "1e999"])
def test_learning_rates_that_are_refused(regression: Opened, typed: str) -> None:
    enter_rate(regression, typed)
    assert regression.session.training.learning_rate == 0.1
    assert regression.widget(QLabel, "training_refusal").isVisible()
    enter_rate(regression, "0.2")
    assert not regression.widget(QLabel, "training_refusal").isVisible()


def enter_rate(opened: Opened, text: str) -> None:
    field = opened.widget(QLineEdit, "training_rate")
    field.setFocus()
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_the_pace_is_chosen(regression: Opened) -> None:
    pace = regression.widget(QComboBox, "training_pace")
    for at, expected in enumerate((1.0, 10.0, 60.0, 200.0, None)):
        pace.setCurrentIndex(at)
        pace.activated.emit(at)
        assert regression.session.training.steps_per_second == expected


def test_what_cannot_be_trained_says_why(opened: Opened) -> None:
    note = opened.widget(QLabel, "loss_note")
    opened.workspace.open_example("fan-out")
    opened.session.flush()
    assert opened.session.set_code("y = add(1.0, 2.0)") is None
    opened.session.flush()
    assert note.isVisible()
    assert note.text() == opened.session.training.can_train()
    assert not opened.widget(QPushButton, "training_run").isEnabled()
    opened.session.undo()
    opened.workspace.open_example("xor")
    opened.session.flush()
    assert not note.isVisible()
    assert opened.widget(QPushButton, "training_run").isEnabled()


def test_max_is_one_click_away_and_back(regression: Opened) -> None:
    regression.click("training_fast")
    assert regression.session.training.steps_per_second is None
    regression.click("training_fast")
    assert regression.session.training.steps_per_second == 60


def test_undone_steps_are_greyed_and_gone_once_trained_anew(regression: Opened) -> None:
    for _ in range(3):
        regression.click("training_step")
        regression.session.flush()
    curve, session = regression.workspace.training.curve, regression.session
    first, third = session.training.losses[0], session.training.losses[2]
    assert curve.readout.startswith(f"step 3 · loss {number(third)}, now ")
    regression.trigger("undo")
    session.flush()
    assert session.training.steps_standing == 2
    assert curve.readout == f"step 2 · loss {number(session.training.losses[1])}, now {number(third)} (1 undone)"
    for _ in range(2):
        regression.trigger("undo")
    session.flush()
    assert curve.readout.startswith(f"before training: loss {first:.2f}")
    assert curve.readout.endswith(" (3 undone)")
    assert len(curve._undone.getData()[0]) == 3
    for _ in range(3):
        regression.trigger("redo")
    session.flush()
    assert curve.readout.startswith(f"step 3 · loss {number(third)}, now ")
    regression.trigger("undo")
    regression.click("training_step")
    session.flush()
    assert curve.readout == f"step 3 · loss {number(third)}, now {number(regression.value('L'))}"
    assert session.training.losses[2] == third
    regression.trigger("undo")
    regression.trigger("undo")
    regression.click("training_step")
    assert curve.count == session.training.step_count == 2
    assert "undone" not in curve.readout


def test_training_is_a_strip_until_it_is_asked_for(qtbot: QtBot, tmp_path: Path) -> None:
    with opened_window(qtbot, tmp_path / "settings.ini", training=False) as opened:
        dock = opened.workspace.training
        opened.workspace.open_example("neuron-loss")
        opened.session.flush()
        QApplication.processEvents()
        assert [dock.is_closed, dock.height() < 60] == [True, True]
        assert opened.canvas.zoom >= 0.8, "the main example can be read on a small screen"
        opened.click("training_open")
        QApplication.processEvents()
        assert [dock.is_closed, dock.height() > 150] == [False, True]


def test_training_opens_with_the_first_step(qtbot: QtBot, tmp_path: Path) -> None:
    with opened_window(qtbot, tmp_path / "settings.ini", training=False) as opened:
        opened.workspace.open_example("neuron-loss")
        opened.session.flush()
        opened.trigger("train_step")
        assert not opened.workspace.training.is_closed


def test_the_view_stays_while_a_graph_is_built(qtbot: QtBot, tmp_path: Path) -> None:
    with opened_window(qtbot, tmp_path / "settings.ini", training=False) as opened:
        opened.workspace.open_example("neuron-loss")
        opened.session.flush()
        fitted = opened.canvas.zoom
        opened.session.add_node("square", (0.0, 300.0))
        opened.workspace.training.open()
        QApplication.processEvents()
        QTest.qWait(20)
        assert opened.canvas.zoom == fitted


def test_ticks_are_written_as_all_numbers() -> None:
    assert [typeset(text) for text in ("1e-05", "-2.5e-10", "1e+06", "0.5")] == ["1e−5", "−2.5e−10", "1e6", "0.5"]


def test_divergence_is_said_and_the_curve_stands(regression: Opened, qtbot: QtBot) -> None:
    enter_rate(regression, "1e9")
    regression.click("training_run")
    qtbot.waitUntil(lambda: regression.session.training.state != "running", timeout=10000)
    assert regression.workspace.messages.severity == "error"
    assert regression.workspace.messages.text
    assert regression.workspace.training.curve.count > 0
    regression.trigger("undo")
    assert np.isfinite(regression.value("w"))


def test_norms_are_those_of_the_gradients(regression: Opened, qtbot: QtBot) -> None:
    evaluation = regression.session.flush()
    bars = regression.workspace.training.norms
    qtbot.waitUntil(lambda: {norm.name for norm in bars.norms} == {"w", "b"})
    shown = {norm.name: norm.norm for norm in bars.norms}
    for name, norm in shown.items():
        gradient = evaluation.gradient(regression.id(name))
        assert gradient is not None
        assert norm == pytest.approx(float(np.linalg.norm(gradient)))
    regression.session.timeline.seek(0)
    qtbot.waitUntil(lambda: [norm.norm for norm in bars.norms] == [None, None])


def test_norms_that_add_up_without_zero_grad_say_so(regression: Opened, qtbot: QtBot) -> None:
    evaluation = regression.session.flush()
    gradient = evaluation.gradient(regression.id("w"))
    assert gradient is not None
    timeline, norms = regression.session.timeline, regression.workspace.training.norms
    timeline.animate = "steps"
    timeline.set_stages(whole_step=True, zero_grad=False)
    heading = regression.widget(QLabel, "gradient_norms_heading")
    timeline.to_end()
    qtbot.waitUntil(lambda: {norm.passes for norm in norms.norms} == {0})
    assert heading.text() == "Gradient norms"
    timeline.play()
    timeline.to_end()
    qtbot.waitUntil(lambda: {norm.passes for norm in norms.norms} == {2})
    shown = next(norm for norm in norms.norms if norm.name == "w")
    assert shown.norm == pytest.approx(2 * float(np.linalg.norm(gradient)))
    assert heading.text() == "Gradient norms, added up"
    assert f"w.grad {number(shown.norm)} (2 passes)" in norms.findChildren(QWidget, "gradient_bars")[0].accessibleName()
    timeline.stop()
    qtbot.waitUntil(lambda: heading.text() == "Gradient norms")


def test_norm_of() -> None:
    assert norm_of(None) is None
    assert norm_of(np.array([[3.0, 0.0], [0.0, 4.0]])) == 5.0


def test_a_curve_takes_zeros_and_infinities_on_both_axes(opened: Opened) -> None:
    curve = opened.workspace.training.curve
    curve.append([1.0, 0.0, float("inf"), float("nan"), -2.0, 0.5])
    opened.widget(QToolButton, "loss_log").click()
    x, y = curve._curve.getData()
    assert y[np.isfinite(y)].tolist() == [0.0, np.log10(0.5)]
    opened.widget(QToolButton, "loss_log").click()
    x, y = curve._curve.getData()
    assert len(x) == 6
    assert y[np.isfinite(y)].tolist() == [1.0, 0.0, -2.0, 0.5]


def test_a_curve_follows_the_theme(opened: Opened) -> None:
    themes: ThemeManager = opened.themes
    curve: LossCurve = opened.workspace.training.curve
    themes.set("light")
    assert curve._curve.opts["pen"].color() == themes.theme.loss
    themes.set("dark")
    assert curve._curve.opts["pen"].color() == themes.theme.loss


def test_readout() -> None:
    assert readout(np.array([0.5, 0.004])) == "step 2 · loss 0.004"
    assert readout(np.array([])) == "no steps yet"
    losses = np.array([0.5, 0.004])
    assert readout(losses, now=0.003) == "step 2 · loss 0.004, now 0.003", "the loss that the step began at, and L's"
    assert readout(losses, now=0.00400000001) == "step 2 · loss 0.004"
    assert readout(losses, 1, 0.004) == "step 1 · loss 0.5, now 0.004 (1 undone)"


@pytest.mark.parametrize(
    ("told", "least"),
    [
        ("step 2 · loss 0.5, now 0.004 (1 undone)", "loss 0.5"),
        ("before training: loss 4.13 (72 undone)", "loss 4.13"),
        ("no steps yet", "no steps yet"), ("Adam 0.1: step 10 · loss 2", "loss 2"),
    ],
)  # fmt: skip
def test_a_readout_without_room_is_its_loss_whole(told: str, least: str) -> None:
    forms = shorter(told)
    assert (forms[0], forms[-1]) == (told, least)
    assert sorted(forms, key=len, reverse=True) == forms


def test_bars_paint_whatever_the_norms(opened: Opened) -> None:
    norms = opened.workspace.training.norms
    strange = [0.0, float("nan"), float("inf"), 1e-300, 1e300, None]
    norms.show_norms([Norm(f"p{at}", norm) for at, norm in enumerate(strange)])
    image = norms.grab().toImage()
    assert not image.isNull()


@pytest.mark.parametrize(("entries", "norm"), [([3e200, -4e200], 5e200), ([3e-200, 4e-200], 5e-200), ([0.0, 0.0], 0.0)])
def test_a_norm_neither_overflows_nor_vanishes(entries: list[float], norm: float) -> None:
    assert norm_of(np.array(entries)) == pytest.approx(norm, rel=1e-12, abs=0.0)


def test_a_norm_of_what_is_not_finite_is_told() -> None:
    assert norm_of(np.array([1.0, np.inf])) == np.inf
    assert np.isnan(norm_of(np.array([1.0, np.nan])))


@pytest.mark.parametrize("last", [4.469e304, 8.9e306])
def test_a_diverging_curve_is_drawn_where_its_losses_are(qtbot: QtBot, last: float) -> None:
    curve = LossCurve(ThemeManager())
    qtbot.addWidget(curve)
    curve.append([9.0, last])
    assert curve._curve.getData()[1].tolist() == [9.0, last]
    assert curve._end.getData()[1].tolist() == [last]
    assert curve._item.viewRange()[1][1] >= last
    assert not curve.grab().isNull()


def test_a_loss_beyond_what_the_plot_can_scale_leaves_it_at_the_top(qtbot: QtBot) -> None:
    curve = LossCurve(ThemeManager())
    qtbot.addWidget(curve)
    curve.append([9.0, 1.5e308])
    low, high = curve._item.viewRange()[1]
    assert curve._curve.getData()[1][1] > high, "a dot at the axis's end would be read as that number"
    assert -1e306 < low < 9.0
    assert not curve.grab().isNull()
    assert "1.5e308" in readout(np.array([9.0, 1.5e308]))
