"""The explanation panel in a whole window, by mouse and keyboard."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPushButton, QSlider, QToolButton
from pytestqt.qtbot import QtBot

from backprop_studio.document.graph import Wire
from backprop_studio.document.node_size import HEADER_HEIGHT, PADDING, ROW_HEIGHT
from backprop_studio.engine.trace import Stage
from backprop_studio.ui.panels.explanation import ExplanationPanel
from backprop_studio.ui.panels.explanation_cards import NumberTable
from backprop_studio.ui.panels.formula_view import FormulaView
from backprop_studio.ui.panels.labels import ElidedLabel
from backprop_studio.ui.plots.slope_plot import SlopePlot
from tests.ui.window_support import Opened

LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def explained(opened: Opened, example: str) -> ExplanationPanel:
    opened.workspace.open_example(example)
    opened.session.flush()
    opened.trigger("show_explanation")
    QApplication.processEvents()
    panel = opened.workspace.explanation
    panel.refresh()
    return panel


def lines(panel: ExplanationPanel, block: int = 0) -> list[str]:
    return [view.text for view in panel.blocks[block].formulas.views if not view.isHidden()]


def click_gradient(opened: Opened, name: str) -> None:
    """Click the number of a node's gradient."""
    rect, zoom = opened.workspace.canvas.node_rect(opened.id(name)), opened.workspace.canvas.zoom
    below = HEADER_HEIGHT + PADDING + 1.5 * ROW_HEIGHT
    at = QPointF(rect.left() + 0.8 * rect.width(), rect.top() + below * zoom)
    QTest.mouseClick(opened.canvas, LEFT, NO_KEY, at.toPoint())
    QApplication.processEvents()


def test_from_the_start_screen_in_two_clicks(opened: Opened) -> None:
    """An example, the number of a gradient: there stands why it is what it is."""
    opened.click("example_neuron-loss")
    opened.session.flush()
    QApplication.processEvents()
    click_gradient(opened, "w")
    panel = opened.workspace.explanation
    assert not panel.visibleRegion().isEmpty()
    assert panel.title.text() == "w"
    assert lines(panel)[0] == "∂L/∂w = ∂L/∂e × ∂e/∂s × ∂s/∂z × ∂z/∂m × ∂m/∂w"
    assert lines(panel, 1)[-2:] == ["= −0.1471 × 2", "≈ −0.2943"]
    assert panel.lamp.summary.startswith("✓")
    shown = [view for view in panel.blocks[0].formulas.views if not view.isHidden()]
    assert all(not view.visibleRegion().isEmpty() for view in shown), "all of it is seen without scrolling"
    assert opened.session.selection == {opened.id("w")}


def test_a_click_elsewhere_on_a_node_only_selects_it(opened: Opened) -> None:
    opened.workspace.open_example("neuron-loss")
    opened.session.flush()
    rect = opened.workspace.canvas.node_rect(opened.id("w"))
    QTest.mouseClick(opened.canvas, LEFT, NO_KEY, (rect.topLeft() + QPointF(30, 10)).toPoint())
    QApplication.processEvents()
    assert opened.session.selection == {opened.id("w")}
    assert opened.window.docks["explanation"].isHidden()


def test_a_scalar_wire_is_explained_without_scrolling(opened: Opened) -> None:
    panel = explained(opened, "neuron-loss")
    opened.session.select((), Wire(opened.id("z"), opened.id("s"), 0))
    panel.refresh()
    QApplication.processEvents()
    for view in panel.blocks[0].formulas.views:
        assert view.isHidden() or view.visibleRegion().boundingRect().height() >= view.height()
    assert lines(panel)[-1] == "= −0.1471"
    for card in (panel.why, panel.lamp, panel.slope):
        assert card.isVisible()
        assert not card.is_open
    assert panel.slope.summary == "slope 0.2217"


def test_the_slope_is_plotted_when_it_is_unfolded(opened: Opened) -> None:
    panel = explained(opened, "neuron-loss")
    opened.session.select((), Wire(opened.id("z"), opened.id("s"), 0))
    panel.refresh()
    assert not panel.findChildren(SlopePlot)
    opened.click("explanation_slope_heading")
    plot = opened.widget(SlopePlot, "slope_plot")
    assert plot.slope is not None
    assert plot.slope.slope == pytest.approx(0.221712873)
    assert "slope 0.2217" in plot.accessibleName()
    opened.session.select({opened.id("w")})
    panel.refresh()
    assert (plot.slope.x, plot.slope.y_name) == (0.5, "L")
    opened.click("explanation_nudge_heading")
    opened.widget(QSlider, "nudge_slider").setValue(60)
    assert plot.slope.moved is not None
    assert plot.slope.moved[0] == pytest.approx(0.8)
    assert plot.grab().toImage().width() > 100
    opened.themes.set("light")
    opened.session.select({opened.id("z")})
    panel.refresh()
    assert panel.slope.isHidden(), "a sum has two inputs that act on it"


def test_the_slope_follows_play_and_the_chosen_entry(opened: Opened) -> None:
    panel = explained(opened, "xor")
    opened.session.select({opened.id("h")})
    panel.refresh()
    assert panel.slope.slope is not None
    before = panel.slope.slope.x_name
    panel.blocks[0].tensor.follow((3, 1))
    assert panel.slope.slope is not None
    assert panel.slope.slope.x_name.endswith("[3, 1]")
    assert panel.slope.slope.x_name != before or before.endswith("[3, 1]")


def test_the_plot_of_a_reduction_shows_one_entry_and_offers_the_others(opened: Opened) -> None:
    panel = explained(opened, "softmax-classifier")
    name = next(n.name for n in opened.session.graph.nodes.values() if n.op_name == "cross_entropy")
    opened.session.select({opened.id(name)})
    panel.refresh()
    assert panel.slope.slope is not None
    assert panel.slope.slope.x_name.endswith("]")
    assert panel.slope.slope.y_name == name
    opened.click("explanation_slope_heading")
    pairs = opened.widget(QComboBox, "slope_pairs")
    assert pairs.isVisible()
    before, wanted = panel.slope.slope.x_name, (pairs.currentIndex() + 1) % pairs.count()
    pairs.setFocus()
    QTest.keyClick(pairs, Qt.Key.Key_Down if wanted else Qt.Key.Key_Home)
    assert panel.slope.slope.x_name != before
    assert pairs.currentIndex() == wanted
    assert pairs.currentText() == f"{name} over {panel.slope.slope.x_name}"
    plot = opened.widget(SlopePlot, "slope_plot")
    assert plot.slope is panel.slope.slope


def test_the_badge_leads_to_the_list_of_checks(opened: Opened, qtbot: QtBot) -> None:
    explained(opened, "neuron-loss")
    badge = opened.widget(QToolButton, "status_check")
    qtbot.waitUntil(lambda: badge.text().startswith("gradients checked ✓"), timeout=5000)
    opened.click("status_check")
    card = opened.workspace.explanation.checks
    qtbot.waitUntil(lambda: len(card.table.rows) == 5, timeout=20_000)
    assert [row[0] for row in card.table.rows] == ["source", "x", "w", "b", "y"]
    assert all(row[-1] == "agrees" for row in card.table.rows[1:])
    qtbot.waitUntil(lambda: card.sentence.text() == "All gradients agree with central differences.", timeout=5000)
    assert card.isVisible()


def test_formulas_are_typeset_off_the_windows_thread(opened: Opened, qtbot: QtBot) -> None:
    panel = explained(opened, "sigmoid-neuron")
    opened.session.select({opened.id("w0")})
    panel.refresh()
    view = panel.blocks[1].formulas.views[0]
    assert view.text == "∂m0/∂w0 = x0 = −1", "the text is there at once"
    assert view.accessibleName() == view.text
    qtbot.waitUntil(lambda: view.is_typeset, timeout=10000)
    opened.themes.set("light")
    qtbot.waitUntil(lambda: view.is_typeset, timeout=10000)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == view.text


def test_the_panel_follows_the_passes(opened: Opened) -> None:
    panel = explained(opened, "fan-out")
    timeline = opened.session.timeline
    timeline.animate = "steps"
    for position in range(1, timeline.length + 1):
        timeline.seek(position)
        panel.refresh()
        told = timeline.narration(position - 1)
        assert told is not None
        assert panel.title.text() == told.title
        assert panel.sentence.text() == told.sentence
    timeline.stop()
    panel.refresh()
    assert panel.explanation is None
    assert "Select a node" in panel.sentence.text()


def test_terms_of_a_sum_lead_to_their_wires(opened: Opened) -> None:
    panel = explained(opened, "fan-out")
    b = opened.id("b")
    opened.session.select({b})
    panel.refresh()
    QApplication.processEvents()
    links = [button for button in panel.findChildren(QPushButton, "explanation_term") if button.isVisible()]
    shown = [button.accessibleName() for button in links]
    assert sorted(shown) == [
        "from s 2", "from t 3", "∂L/∂s = t = 2", "∂L/∂t = s = 3", "∂s/∂b = 1", "∂t/∂b = 1",
    ]  # fmt: skip
    chosen = links[shown.index("from t 3")]
    QTest.mouseClick(chosen, LEFT)
    wire = opened.session.selected_wire
    assert wire is not None
    assert (wire.source, wire.target) == (b, opened.id("t"))
    panel.refresh()
    assert panel.explanation is not None
    assert panel.explanation.wire == wire


def test_a_click_on_an_entry_follows_it(opened: Opened) -> None:
    panel = explained(opened, "xor")
    wire = Wire(opened.id("W1"), opened.id("m1"), 1)
    opened.session.select((), wire)
    panel.refresh()
    QApplication.processEvents()
    tensor = panel.blocks[0].tensor
    assert tensor.entry == (1, 1), "the largest one is followed until another is chosen"
    cell = tensor.grid.cell_rect((1, 2)).center().toPoint()
    QTest.mouseClick(tensor.grid, LEFT, NO_KEY, cell)
    assert tensor.title.text().startswith("W1[1, 2]")
    upstream, x = tensor.operands
    assert upstream.lit <= {(row, 2) for row in range(4)}
    assert x.lit == {(row, 1) for row in range(4)}
    QTest.keyClick(tensor.grid, Qt.Key.Key_Left)
    assert tensor.title.text().startswith("W1[1, 1]")


def test_why_lists_the_paths_and_selects_them(opened: Opened) -> None:
    panel = explained(opened, "fan-out")
    opened.session.select({opened.id("b")})
    panel.refresh()
    QApplication.processEvents()
    assert panel.why.summary == "2 paths: 5"
    opened.click("explanation_why_heading")
    paths = panel.why.list
    assert sorted(paths.item(row).text() for row in range(paths.count())) == ["2   b → s → L", "3   b → t → L"]
    row = paths.visualItemRect(paths.item(0)).center()
    QTest.mouseClick(paths.viewport(), LEFT, NO_KEY, row)
    assert opened.session.selection >= {opened.id("b"), opened.id("L")}
    panel.refresh()
    assert panel.title.text() == "b", "it goes on explaining what it explained"
    target = opened.widget(QComboBox, "why_target")
    target.setCurrentIndex(target.findText("to s"))
    target.activated.emit(target.currentIndex())
    assert panel.why.paths is not None
    assert (panel.why.paths.count, panel.why.paths.total) == (1, 1.0)


def test_paths_too_long_for_a_line_go_on_in_the_next(opened: Opened) -> None:
    panel = explained(opened, "sigmoid-neuron")
    opened.session.select({opened.id("w0")})
    panel.refresh()
    opened.click("explanation_why_heading")
    paths = panel.why.list
    names = ["w", *(f"long_name_of_node_{at}" for at in range(9))]
    lines = "\n".join(f"{after} = tanh({before})" for before, after in pairwise(names))
    assert opened.session.set_code(f"w = parameter(0.5)\n{lines}\nL = square({names[-1]})") is None
    opened.session.flush()
    opened.session.select({opened.id("w")})
    panel.refresh()
    QApplication.processEvents()
    item, metrics = paths.item(0), QFontMetrics(paths.font())
    assert item.text().endswith("long_name_of_node_8 → L")
    needed = metrics.boundingRect(
        QRect(0, 0, paths.viewport().width() - 8, 10_000), Qt.TextFlag.TextWordWrap, item.text()
    )
    assert paths.visualItemRect(item).height() >= needed.height() > 3 * metrics.height()
    assert needed.width() <= paths.viewport().width()
    opened.session.select({opened.id(names[5])})
    panel.refresh()
    QApplication.processEvents()
    assert all(card.minimumSizeHint().width() < 200 for card in panel.blocks), "no heading makes the panel wider"


def test_nudging_shows_the_slope_and_leaves_the_graph_alone(opened: Opened) -> None:
    panel = explained(opened, "sum-times-c")
    opened.session.select({opened.id("a")})
    panel.refresh()
    before = opened.session.graph
    slider = opened.widget(QSlider, "nudge_slider")
    slider.setValue(50)
    told = opened.widget(QLabel, "nudge_lines").text()
    assert "= 4" in told.splitlines()[2]
    assert told.splitlines()[3].endswith("= 4")
    assert opened.session.graph is before
    assert not opened.session.is_modified


def test_the_wheel_over_the_slider_scrolls_the_page(opened: Opened) -> None:
    panel = explained(opened, "neuron-loss")
    opened.session.select({opened.id("w")})
    panel.refresh()
    opened.click("explanation_nudge_heading")
    slider = opened.widget(QSlider, "nudge_slider")
    told = opened.widget(QLabel, "nudge_lines").text()
    middle = QPointF(slider.rect().center())
    turned = QWheelEvent(
        middle, slider.mapToGlobal(middle), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton, NO_KEY,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(slider, turned)
    assert slider.value() == 0
    assert not turned.isAccepted(), "the page takes it"
    assert "move the slider" not in told
    assert told.splitlines()[2].startswith("Move the slider")


def test_the_check_beside_a_wire_is_of_what_this_wire_brings(opened: Opened) -> None:
    panel = explained(opened, "fan-out")
    opened.session.select((), Wire(opened.id("b"), opened.id("t"), 0))
    panel.refresh()
    assert panel.lamp.heading.accessibleName() == "Is this part right?"
    opened.click("explanation_lamp_heading")
    assert panel.lamp.analytic.text() == "3"
    assert panel.lamp.numeric.text().startswith(("3", "2.99999"))
    told = "This wire alone is checked: through t comes 3 of ∂L/∂b, the other wire brings 2; in all it is 3 + 2 = 5."
    assert panel.lamp.sum.text() == told
    assert panel.lamp.sum.isVisible()
    opened.session.select({opened.id("b")})
    panel.refresh()
    assert panel.lamp.heading.accessibleName() == "Is ∂L/∂b right?"
    assert panel.lamp.analytic.text() == "5"
    assert panel.lamp.sum.isHidden()
    opened.session.select((), Wire(opened.id("a"), opened.id("s"), 0))
    panel.refresh()
    assert panel.lamp.heading.accessibleName() == "Is ∂L/∂a right?", "there is no other wire"


def test_both_outputs_of_a_dataset_are_asked_about(opened: Opened) -> None:
    panel = explained(opened, "moons")
    node = next(node for node in opened.session.graph.nodes.values() if len(node.names) > 1)
    opened.session.select({node.id})
    panel.refresh()
    shown = [each for each in panel.questions if not each[1].isHidden()]
    gradients = [at for at in range(2) if opened.session.evaluation.gradient(node.id, at) is not None]
    assert len(shown) == len(gradients) == 2
    for (why, lamp, _), name in zip(shown, node.names, strict=True):
        assert f"/∂{name}[" in lamp.heading.accessibleName()
        assert why.heading.accessibleName() == f"All paths from {name}"
    opened.session.select({next(n.id for n in opened.session.graph.nodes.values() if n.op_name == "parameter")})
    panel.refresh()
    assert [each[1].isHidden() for each in panel.questions] == [False, True]


def test_copies(opened: Opened) -> None:
    panel = explained(opened, "sigmoid-neuron")
    opened.session.select({opened.id("w0")})
    panel.refresh()
    opened.click("copy_text")
    copied = QGuiApplication.clipboard().text()
    assert "= 0.1966 × (−1)" in copied
    assert panel.explanation is not None
    factors = [factor for block in panel.explanation.blocks for factor in block.factors]
    assert factors
    assert all(f"{factor.label} = {factor.written.text}" in copied for factor in factors)
    opened.click("copy_latex")
    assert r"\frac{\partial y}{\partial w_{0}}" in QGuiApplication.clipboard().text()
    opened.click("copy_image")
    picture = QGuiApplication.clipboard().image()
    assert picture.width() > 300
    foot = {picture.pixelColor(x, picture.height() - 5).name() for x in range(picture.width())}
    assert foot == {opened.themes.theme.panel.name()}, "the buttons below are no part of the step"
    assert len({picture.pixel(x, y) for x in range(0, picture.width(), 3) for y in range(0, picture.height(), 3)}) > 5


def test_a_click_while_playing_goes_to_the_event(opened: Opened) -> None:
    explained(opened, "sum-times-c")
    timeline = opened.session.timeline
    timeline.animate = "steps"
    timeline.to_end()
    wire = next(wire for wire in opened.session.graph.wires if wire.source == opened.id("a"))
    timeline.seek(opened.session.evaluation.trace.passes_end)
    opened.session.select((), wire)
    call = opened.session.evaluation.position(wire.target)
    assert call is not None
    assert timeline.position == opened.session.evaluation.trace.backward_at[call, wire.slot]
    assert timeline.active_wire() == wire


def test_predicting_in_the_transport_bar(opened: Opened) -> None:
    explained(opened, "sum-times-c")
    height = opened.workspace.transport.height()
    opened.trigger("predict")
    QApplication.processEvents()
    assert opened.workspace.transport.height() > height
    field = opened.widget(QLineEdit, "prediction_field")
    for answer, mark in (("5", "✓ q: right"), *(2 * [("21", "✗ L: not quite")]), *(2 * [("-", "✗ gradient to ")])):
        QTest.keyClicks(field, answer)
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert opened.widget(ElidedLabel, "prediction_verdict").text.startswith(mark)
    assert opened.widget(ElidedLabel, "prediction_score").text == "1 of 3 right"
    panel = opened.workspace.explanation
    panel.refresh()
    assert panel.lamp.isHidden()
    assert panel.why.isHidden()
    opened.trigger("stop")
    opened.workspace.refresh()
    assert not opened.window.actions_table["predict"].isChecked()
    assert not opened.widget(QLineEdit, "prediction_field").isVisible()


def test_a_step_without_a_question_is_not_taken_for_the_end(opened: Opened) -> None:
    explained(opened, "sigmoid-neuron")
    opened.trigger("predict")
    told = opened.widget(ElidedLabel, "prediction_question")
    assert told.text.startswith("What is")
    opened.session.timeline.seek(opened.session.timeline.position + 1)
    assert opened.workspace.prediction.question is None
    assert told.text == "Nothing to predict at this step. Step on to the next question."
    opened.trigger("to_end")
    assert told.text == "All numbers are shown. Go back to predict again."


def test_nothing_is_given_away_before_the_first_event(opened: Opened) -> None:
    panel = explained(opened, "sum-times-c")
    opened.session.select({opened.id("a")})
    opened.session.timeline.to_start()
    panel.refresh()
    assert panel.explanation is None


def test_behind_its_tab_it_is_raised_not_hidden(opened: Opened) -> None:
    panel = explained(opened, "sum-times-c")
    opened.window.docks["inspector"].raise_()
    QApplication.processEvents()
    assert panel.visibleRegion().isEmpty()
    opened.trigger("show_explanation")
    QApplication.processEvents()
    assert not panel.visibleRegion().isEmpty()
    assert opened.window.actions_table["show_explanation"].isChecked()
    opened.trigger("show_explanation")
    QApplication.processEvents()
    assert not panel.isVisible()


def test_brackets_go_from_stage_to_stage(opened: Opened) -> None:
    explained(opened, "sum-times-c")
    timeline = opened.session.timeline
    timeline.seek(1)
    opened.workspace.refresh()
    assert timeline.trace is not None
    opened.canvas.setFocus()
    ends = timeline.trace.stage_ends
    for key, expected in (("]", ends[0]), ("]", ends[1]), ("]", ends[2]), ("[", ends[1]), ("[", ends[0]), ("[", 0)):
        QTest.keyClick(opened.canvas, key)
        assert timeline.position == expected


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_formula_too_wide_stands_as_text(opened: Opened, qtbot: QtBot, theme: str) -> None:
    opened.themes.set(theme)  # type: ignore[arg-type]
    panel = explained(opened, "xor")
    opened.session.select({opened.id("W1")})
    panel.refresh()
    wide = [view for view in panel.findChildren(FormulaView) if view.isVisible()]
    assert wide
    qtbot.waitUntil(lambda: any(view.is_typeset for view in wide), timeout=10000)
    qtbot.waitUntil(lambda: all(v.heightForWidth(v.width()) <= v.height() + 1 for v in wide), timeout=5000)
    QTest.mouseMove(panel, QPoint(5, 5))


def test_a_damaged_graph_is_explained_as_far_as_it_goes(opened: Opened) -> None:
    panel = explained(opened, "sum-times-c")
    opened.session.select({opened.id("c")})
    opened.session.delete_selection()
    opened.session.flush()
    for node in list(opened.session.graph.nodes):
        opened.session.select({node})
        panel.refresh()
        assert panel.explanation is not None
        assert panel.explanation.text


def test_an_entry_of_an_update_is_followed(opened: Opened) -> None:
    opened.workspace.open_example("xor")
    opened.session.training.optimizer = "adam"
    opened.session.flush()
    opened.trigger("show_explanation")
    timeline, panel = opened.session.timeline, opened.workspace.explanation
    timeline.animate = "steps"
    timeline.to_end()
    assert timeline.trace is not None
    first = timeline.trace.stage_span(Stage.UPDATE)[0]
    timeline.seek(first + 1)
    panel.refresh()
    QApplication.processEvents()
    assert "m̂ ← m / (1 − β₁^t)" in lines(panel)
    tensor = panel.blocks[0].tensor
    QTest.mouseClick(tensor.grid, LEFT, NO_KEY, tensor.grid.cell_rect((0, 1)).center().toPoint())
    assert tensor.title.text().endswith("[0, 1]")
    assert any("0.9 × 0 + (1 − 0.9) × " in view.text for view in tensor.story.views if not view.isHidden())


def test_clipboard_copies_by_a_click_and_ctrl_c(opened: Opened) -> None:
    panel = explained(opened, "neuron-loss")
    opened.session.select({opened.id("w")})
    panel.refresh()
    QApplication.processEvents()
    view = panel.blocks[1].formulas.views[1]
    QTest.mouseClick(view, LEFT)
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "∂L/∂w = ∂L/∂m × ∂m/∂w"


def test_the_menu_checks_the_gradients_and_shows_the_settings(opened: Opened, qtbot: QtBot) -> None:
    explained(opened, "sum-times-c")
    opened.trigger("check_gradients")
    card = opened.workspace.explanation.checks
    qtbot.waitUntil(lambda: len(card.table.rows) == 4, timeout=20_000)
    opened.trigger("optimizer_settings")
    QApplication.processEvents()
    assert opened.workspace.training.panel.form.isVisible()
    opened.trigger("optimizer_settings")
    assert not opened.workspace.training.panel.form.isVisible()


def test_an_event_is_named_once_and_in_the_colour_of_its_stage(opened: Opened) -> None:
    opened.workspace.open_example("neuron-loss")
    opened.session.flush()
    opened.trigger("show_explanation")
    title, theme = opened.workspace.explanation.title, opened.themes.theme
    timeline = opened.session.timeline
    timeline.seek(1)
    QTest.qWait(60)
    assert title.text().startswith("Forward")
    assert theme.forward_text.name() in title.styleSheet()
    assert timeline.trace is not None
    timeline.seek(1 + next(at for at, event in enumerate(timeline.trace.events) if event.stage is Stage.BACKWARD))
    QTest.qWait(60)
    assert title.text().startswith("Backward")
    assert theme.backward_text.name() in title.styleSheet()
    assert opened.widget(QLabel, "explanation_dock_subject").text() == ""
    timeline.stop()
    QTest.qWait(60)
    assert theme.text.name() in title.styleSheet()


def test_a_table_that_fills_row_by_row_keeps_its_labels(qtbot: QtBot) -> None:
    table = NumberTable("table")
    qtbot.addWidget(table)
    rows = [("source", "error"), *((f"w{n}", f"{n}e−9") for n in range(100))]
    for count in (*range(1, 101), 40):
        table.show_rows(rows[:count])
    labels = table.findChildren(QLabel)
    assert len(labels) == 200, "a layout of thousands would take the window for minutes"
    shown = [label.text() for label in labels if not label.isHidden()]
    assert sorted(shown) == sorted(cell for row in rows[:40] for cell in row)
