"""The loss curve: long ones, one point, earlier runs behind it, what the mouse points at, what the menus take away."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from backprop_studio.ui.plots.earlier_curve import height_range
from backprop_studio.ui.plots.envelope import Envelope
from backprop_studio.ui.plots.loss_curve import LossCurve
from backprop_studio.ui.theme import ThemeManager
from tests.ui.window_support import Opened

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")  # said of windows, off screen only


@pytest.fixture
def curve(qtbot: QtBot) -> LossCurve:
    shown = LossCurve(ThemeManager())
    qtbot.addWidget(shown)
    shown.resize(400, 200)
    shown.show()
    return shown


def test_a_long_curve_keeps_its_peaks() -> None:
    losses = np.ones(100_000)
    losses[31_415], losses[-1] = 50.0, 0.25
    steps, shown = Envelope(4000).points(losses)
    assert len(steps) == len(shown) <= 4003
    assert shown.max() == 50.0
    assert (steps[-1], shown[-1]) == (100_000.0, 0.25)
    steps, shown = Envelope(4000).points(losses[:10])
    assert steps.tolist() == list(range(1, 11))


@given(st.lists(st.integers(1, 700), min_size=1, max_size=12), st.integers(0, 2**32))
def test_a_curve_that_grows_is_drawn_as_one_that_came_at_once(pieces: list[int], seed: int) -> None:
    losses = np.random.default_rng(seed).normal(size=sum(pieces))
    growing, most = Envelope(64), 64
    for end in np.cumsum(pieces):
        steps, shown = growing.points(losses[:end])
        whole_steps, whole = Envelope(most).points(losses[:end])
        assert (steps.tolist(), shown.tolist()) == (whole_steps.tolist(), whole.tolist())
        assert len(steps) <= most + 3
        assert (np.diff(steps) >= 0).all()
        assert (shown.min(), shown.max(), shown[-1]) == (losses[:end].min(), losses[:end].max(), losses[end - 1])


def test_one_step_is_seen_and_steps_begin_at_zero(curve: LossCurve) -> None:
    curve.append([0.5])
    assert curve._end.getData()[0].tolist() == [1.0]
    (left, right), (low, high) = curve._item.viewRange()
    assert left < 1.0 < 10.0 < right
    assert left > -1.0
    assert 0.0 < low < 0.5 < high < 1.0
    curve.append([0.4] * 99)
    assert curve._end.getData()[0].tolist() == [100.0]
    assert curve._item.viewRange()[0][1] >= 100.0


def test_a_run_that_diverged_does_not_press_the_others_flat(curve: LossCurve) -> None:
    curve.append([1.0, 0.5, 0.25])
    curve.show_earlier([("SGD 9", [1.0, 10.0, 1e300]), ("SGD 0.1", [1.0, 0.9, 0.8])], "SGD 1")
    low, high = curve._item.viewRange()[1]
    assert low < 0.25
    assert 1.0 < high < 4.0
    assert [label.text for _, label in curve._legend.items] == ["SGD 1", "SGD 0.1", "SGD 9"]
    log = curve.findChild(QToolButton, "loss_log")
    assert isinstance(log, QToolButton)
    log.click()
    assert np.isfinite(curve._item.viewRange()[1]).all()
    curve.show_earlier([], "SGD 1")
    assert not curve._legend.isVisible()
    assert height_range(np.empty(0), []) == (0.0, 1.0)


def point_at(curve: LossCurve, step: float, height: float) -> None:
    """Move the mouse over the plot."""
    QApplication.processEvents()
    scene = curve._item.getViewBox().mapViewToScene(QPointF(step, height))
    viewport = curve._plot.viewport()
    QTest.mouseMove(viewport, curve._plot.mapFromScene(scene))
    QApplication.processEvents()


def test_the_mouse_reads_step_and_loss(curve: LossCurve) -> None:
    curve.append([1.0 / step for step in range(1, 51)])
    curve.show_earlier([("Adam 0.1", [2.0] * 30)], "SGD 1")
    point_at(curve, 20.2, 0.1)
    assert curve.readout == "step 20 · loss 0.05"
    curve.append([0.0, 0.0])
    assert curve.readout.startswith("step 21 · loss 0.047"), "while training goes on, and the axis grows, too"
    point_at(curve, 10.0, 1.9)
    assert curve.readout == "Adam 0.1: step 10 · loss 2"
    point_at(curve, 45.0, 1.9)
    assert curve.readout.startswith("step 45 · loss 0.022")
    QTest.mouseMove(curve, QPoint(2, 2))
    QApplication.sendEvent(curve._plot.viewport(), QEvent(QEvent.Type.Leave))
    assert curve.readout == "step 52 · loss 0"


def test_what_a_logarithmic_axis_does_not_have_is_read_without_a_dot(curve: LossCurve) -> None:
    curve._log.setChecked(True)
    curve.append([0.0])
    point_at(curve, 1.0, 0.0)
    curve.grab()
    curve.append([0.5, 0.0, math.nan])
    for step in (1.0, 2.0, 3.0, 4.0):
        point_at(curve, step, -0.3)
        curve.grab()
    assert curve.readout.startswith("step")


@pytest.fixture
def trained(opened: Opened) -> Opened:
    opened.workspace.open_example("linear-regression")
    opened.session.flush()
    for _ in range(3):
        assert opened.session.training.step_once()
    opened.workspace.refresh()
    QApplication.processEvents()
    return opened


def test_runs_are_compared_until_they_are_forgotten(trained: Opened) -> None:
    plot = trained.workspace.training.curve
    trained.click("training_reset")
    QApplication.processEvents()
    assert [(c.title, len(c.losses)) for c in plot._earlier] == [("SGD 0.1", 3)]
    trained.workspace.refresh()
    trained.trigger("forget_runs")
    QApplication.processEvents()
    assert plot._earlier == []


def test_losses_and_curve_are_copied_and_exported(trained: Opened, tmp_path: Path) -> None:
    losses = trained.session.training.losses
    table = "step,loss\n" + "".join(f"{step},{loss!r}\n" for step, loss in enumerate(losses, 1))
    trained.trigger("copy_losses")
    assert QGuiApplication.clipboard().text() == table
    trained.trigger("copy_curve")
    assert not QGuiApplication.clipboard().pixmap().isNull()
    commands = trained.window.handlers.training
    assert commands.write_curve(tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == table
    assert commands.write_curve(tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert not commands.write_curve(tmp_path / "none" / "a.csv")
    assert not commands.write_curve(tmp_path / "none" / "a.png")
    assert "cannot be written" in trained.workspace.messages.text
