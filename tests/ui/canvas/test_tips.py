"""Tooltips are plain text and say what is wrong, or numbers in full."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from backprop_studio.document.graph import Wire
from backprop_studio.document.number_text import full
from backprop_studio.exchange.graph_code import parse_graph_code
from backprop_studio.ui.canvas.tips import tip_at
from backprop_studio.ui.canvas.view import CanvasView
from backprop_studio.ui.canvas.wire_tips import wire_tip
from backprop_studio.ui.heat_map import LEGEND
from backprop_studio.ui.panels.inspector_facts import wire_facts
from tests.ui.canvas.conftest import Builder, product_of_sum, show


def at_row(canvas: CanvasView, node: int, row: int) -> QPointF:
    return canvas.node_rect(node).topLeft() + QPointF(70, 45 + 22 * row)


def test_numbers_in_full(canvas: CanvasView) -> None:
    built = Builder().source("parameter", "w", -0.123456789, 0, 0).op("square", "L", 220, 0, "w")
    ids = show(canvas, built)
    assert tip_at(canvas, at_row(canvas, ids["w"], 0)) == "−0.123456789"
    assert tip_at(canvas, at_row(canvas, ids["w"], 1)).startswith("−0.246913578")
    assert tip_at(canvas, QPointF(800, 500)) == ""


def test_headers_and_ports_say_what_they_are(canvas: CanvasView) -> None:
    ids = show(canvas, product_of_sum())
    tip = tip_at(canvas, canvas.node_rect(ids["d"]).topLeft() + QPointF(70, 12))
    assert tip.startswith("d: ")
    assert tip_at(canvas, canvas.port_point(ids["d"], 1)) == "second input: number"


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
    assert tip_at(canvas, at_row(canvas, ids["a"], 1)) == "The gradient of a has not been computed yet. That is not 0."
    assert tip_at(canvas, at_row(canvas, ids["a"], 0)) == "2"


def test_ports_say_what_they_carry(canvas: CanvasView) -> None:
    built = Builder().source("input", "x", [[1.0, 2.0]], 0, 0).op("relu", "r", 300, 0, "x").op("add", "s", 600, 0)
    ids = show(canvas, built)
    assert tip_at(canvas, canvas.port_point(ids["r"], 0)) == "input: matrix, shape 1 × 2"
    assert tip_at(canvas, canvas.port_point(ids["r"], None)) == "output: matrix, shape 1 × 2"
    assert "Drag" in tip_at(canvas, canvas.port_point(ids["s"], 1))


def test_a_wire_tells_its_numbers_in_full_as_far_as_they_are_known(canvas: CanvasView) -> None:
    built = Builder().source("parameter", "w", 0.123456789, 0, 0).op("square", "q", 220, 0, "w")
    ids = show(canvas, built.op("multiply", "L", 440, 0, "q", "q"))
    wire = Wire(ids["w"], ids["q"], 0)
    at = canvas.wire_point(wire)
    tip = tip_at(canvas, at)
    assert "w → input of q" in tip
    assert "value: 0.123456789" in tip
    contribution = canvas.session.flush().contribution(wire)
    assert contribution is not None
    assert f"contribution to ∂L/∂w: {full(contribution)}" in tip
    canvas.session.timeline.seek(0)
    QApplication.processEvents()
    assert "value: 0.123456789" in tip_at(canvas, at)
    assert "contribution" not in tip_at(canvas, at)


def test_a_number_on_a_wire_answers_like_the_wire(canvas: CanvasView) -> None:
    built = Builder().source("parameter", "w", 0.123456789, 0, 0).op("square", "L", 320, 0, "w")
    ids = show(canvas, built)
    wire = Wire(ids["w"], ids["L"], 0)
    above = canvas.wire_point(wire) - QPointF(0, 19)
    assert tip_at(canvas, above) == ""
    canvas.session.timeline.to_end()
    QApplication.processEvents()
    assert "0.123456789" in tip_at(canvas, above)


def test_large_arrays_show_some_entries_and_their_range(canvas: CanvasView) -> None:
    values = np.arange(100.0).reshape(10, 10) - 50
    ids = show(canvas, Builder().source("input", "x", values.tolist(), 0, 0))
    tip = tip_at(canvas, at_row(canvas, ids["x"], 0))
    assert tip.startswith("shape 10 × 10, from −50 to 49, mean −0.5\n")
    assert "..." in tip
    assert len(tip) < 300


def test_a_clash_is_told_at_the_wire_and_a_fault_at_its_badge(canvas: CanvasView) -> None:
    built = Builder().source("input", "x", [1.0, 2.0], 0, 0).source("input", "y", [1.0, 2.0, 3.0], 0, 200)
    ids = show(canvas, built.op("add", "s", 300, 100, "x", "y"))
    problem = canvas.session.evaluation.problems[ids["s"]].sentence
    assert problem in tip_at(canvas, canvas.wire_point(Wire(ids["x"], ids["s"], 0)))
    badge = canvas.node_rect(ids["s"]).topRight() + QPointF(2, -3)
    assert tip_at(canvas, badge) == problem


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("x = parameter([[1., 2.]])\nw = parameter([[3., 4.]])\ny = linear(x, w)\nL = sum(y)", "w → input weight of y"),
        (
            "x = parameter([[1., 2.]])\nb = parameter([3., 4.])\ny = layer_norm(x, None, b)\nL = sum(y)",
            "b → input bias of y",
        ),
    ],
)
def test_hover_beside_an_input_that_is_left_out(canvas: CanvasView, code: str, told: str) -> None:
    session = canvas.session
    session._load(parse_graph_code(code), None, "test")
    evaluation = session.flush()
    target = session.graph.node_named("y")
    assert target is not None
    wire = next(wire for wire in session.graph.wires if wire.target == target.id and wire.slot > 0)
    lines = wire_tip(canvas.scene, wire).splitlines()
    assert lines[0] == told
    contribution = evaluation.contribution(wire)
    assert contribution is not None
    name = told.partition(" ")[0]
    assert f"contribution to ∂L/∂{name}" in "\n".join(lines)
    assert full(contribution) in "\n".join(lines)
    facts = wire_facts(evaluation, wire, session.timeline)
    assert facts.title == told.replace(" → ", " → y (").replace(" of y", ")")


def test_a_heat_map_says_what_its_colours_mean(canvas: CanvasView) -> None:
    built = Builder().source("parameter", "w", [1.0, -2.0], 0, 0).op("sum", "L", 220, 0, "w")
    ids = show(canvas, built)
    assert tip_at(canvas, at_row(canvas, ids["w"], 0)).endswith(LEGEND)
    assert LEGEND not in tip_at(canvas, at_row(canvas, ids["L"], 0))
