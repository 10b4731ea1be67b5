"""Tooltips are plain text and say what is wrong, or numbers in full."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from backprop_studio.ui.canvas.tips import tip_at
from backprop_studio.ui.canvas.view import CanvasView
from tests.ui.canvas.conftest import Builder, product_of_sum, show


def at_row(canvas: CanvasView, node: int, row: int) -> QPointF:
    return canvas.node_rect(node).topLeft() + QPointF(70, 45 + 22 * row)


def test_numbers_in_full(canvas: CanvasView) -> None:
    built = Builder().source("parameter", "w", -0.123456789, 0, 0).op("square", "L", 220, 0, "w")
    ids = show(canvas, built)
    assert tip_at(canvas, at_row(canvas, ids["w"], 0)) == "−0.123456789"
    assert tip_at(canvas, at_row(canvas, ids["w"], 1)) == "−0.246913578"
    assert tip_at(canvas, QPointF(800, 500)) == ""


def test_headers_and_ports_say_what_they_are(canvas: CanvasView) -> None:
    ids = show(canvas, product_of_sum())
    tip = tip_at(canvas, canvas.node_rect(ids["d"]).topLeft() + QPointF(70, 12))
    assert tip.startswith("d: ")
    assert tip_at(canvas, canvas.port_point(ids["d"], 1)) == "input y: number"


@pytest.mark.qt_log_ignore(r"raise\(\)")
def test_a_problem_is_told_without_markup(canvas: CanvasView) -> None:
    ids = show(canvas, Builder().op("sigmoid", "s", 0, 0, None))
    at = at_row(canvas, ids["s"], 0)
    problem = canvas.session.evaluation.problems[ids["s"]].sentence
    assert tip_at(canvas, at) == problem
    event = QHelpEvent(QEvent.Type.ToolTip, at.toPoint(), canvas.mapToGlobal(at.toPoint()))
    QApplication.sendEvent(canvas, event)
    assert problem in QToolTip.text()
    QToolTip.hideText()


def test_what_the_pass_has_not_computed_is_not_told(canvas: CanvasView) -> None:
    ids = show(canvas, product_of_sum())
    canvas.session.timeline.seek(0)
    QApplication.processEvents()
    assert tip_at(canvas, at_row(canvas, ids["L"], 0)) == ""
    assert tip_at(canvas, at_row(canvas, ids["a"], 1)) == ""
    assert tip_at(canvas, at_row(canvas, ids["a"], 0)) == "2"


def test_ports_say_what_they_carry(canvas: CanvasView) -> None:
    built = Builder().source("input", "x", [[1.0, 2.0]], 0, 0).op("relu", "r", 300, 0, "x").op("add", "s", 600, 0)
    ids = show(canvas, built)
    assert tip_at(canvas, canvas.port_point(ids["r"], 0)) == "input x: matrix, shape 1 × 2"
    assert tip_at(canvas, canvas.port_point(ids["r"], None)) == "output: matrix, shape 1 × 2"
    assert "Drag" in tip_at(canvas, canvas.port_point(ids["s"], 1))
