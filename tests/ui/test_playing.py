"""Playing in the window: cards beside the wires, breakpoints, keys on the canvas, forward mode, weights that glide."""

from __future__ import annotations

import random

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QMenu, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from backprop_studio.document.event_card import event_card
from backprop_studio.document.number_text import brief
from backprop_studio.engine.trace import Stage
from backprop_studio.ui.canvas.event_cards import EventCards
from backprop_studio.ui.canvas.group_work import working
from backprop_studio.ui.canvas.pass_painter import gliding
from backprop_studio.ui.canvas.view import CanvasView
from backprop_studio.ui.panels.entry_grid import EntryGrid
from backprop_studio.ui.panels.explanation import ExplanationPanel
from backprop_studio.ui.panels.labels import ElidedLabel
from tests.ui.window_support import Opened

NEURON = "x = input(-1.)\nw = parameter(2.)\nb = parameter(-3.)\nz = x*w + b\ns = sigmoid(z)\nL = square(s)"


@pytest.fixture
def neuron(opened: Opened) -> Opened:
    assert opened.session.set_code(NEURON) is None
    opened.session.flush()
    opened.session.timeline.animate = "steps"
    opened.trigger("fit")
    opened.canvas.setFocus()
    return opened


def cards(opened: Opened) -> EventCards:
    found = view(opened).findChild(EventCards)
    assert found is not None
    return found


def view(opened: Opened) -> CanvasView:
    return opened.workspace.canvas


def press(opened: Opened, key: Qt.Key) -> None:
    QTest.keyClick(opened.canvas, key)


def image(opened: Opened) -> QImage:
    QApplication.processEvents()
    return opened.canvas.grab().toImage()


def settle(opened: Opened, qtbot: QtBot) -> None:
    """Wait until the card's formulas are set."""
    qtbot.waitUntil(lambda: cards(opened).is_settled, timeout=8000)


def test_every_event_has_the_card_of_its_explanation_clear_of_its_nodes(neuron: Opened) -> None:
    timeline = neuron.session.timeline
    canvas, frame = view(neuron), view(neuron).frame()
    for position in range(1, timeline.length + 1):
        timeline.seek(position)
        found = timeline.explanation(position - 1)
        assert found is not None
        assert cards(neuron).card == event_card(found)
        place = cards(neuron).place(frame)
        assert place is not None
        assert canvas.rect().contains(place.toAlignedRect())
        assert place.bottom() < canvas.height() - canvas.foot
        ends = (found.wire.source, found.wire.target) if found.wire is not None else (found.node,)
        for node in ends:
            assert node is not None
            assert not place.intersects(canvas.node_rect(node))
    timeline.stop()
    assert cards(neuron).card is None


def test_cards_can_be_switched_off_for_good(neuron: Opened) -> None:
    timeline = neuron.session.timeline
    timeline.seek(3)
    with_card = image(neuron)
    neuron.trigger("cards")
    assert cards(neuron).place(view(neuron).frame()) is None
    assert image(neuron) != with_card
    assert neuron.store.value("cards") == "off"
    neuron.trigger("cards")
    assert cards(neuron).place(view(neuron).frame()) is not None


def test_formulas_are_set_off_the_windows_thread_and_come_when_ready(neuron: Opened, qtbot: QtBot) -> None:
    neuron.session.timeline.seek(neuron.session.timeline.length - 3)
    as_text = image(neuron)
    assert not cards(neuron).is_settled
    settle(neuron, qtbot)
    assert image(neuron) != as_text


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_the_picture_at_a_position_is_the_same_whichever_way_it_was_reached(
    neuron: Opened, qtbot: QtBot, mode: str
) -> None:
    timeline, numbers = neuron.session.timeline, random.Random(5)
    neuron.canvas.setFixedSize(neuron.canvas.size())  # whatever the panels around it come to need
    if mode == "forward":
        neuron.trigger("forward_mode")
        timeline.pause()
    straight = {}
    for position in range(1, timeline.length + 1):
        timeline.seek(position)
        settle(neuron, qtbot)
        straight[position] = image(neuron)
    for _ in range(25):
        move = numbers.choice([timeline.step_forward, timeline.step_back, timeline.next_stage, timeline.previous_stage])
        timeline.seek(numbers.randrange(1, timeline.length))
        QApplication.processEvents()
        move()
        if timeline.position:
            settle(neuron, qtbot)
            assert image(neuron) == straight[timeline.position], timeline.position


class Screen(QObject):
    """What is on the screen: only what a widget asks to have painted is painted anew."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__()
        self._canvas = canvas
        self._region = QRegion()
        self.shown = canvas.grab().toImage()
        canvas.installEventFilter(self)  # from here on: grabbing paints too

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note what is painted."""
        if isinstance(event, QPaintEvent):
            self._region += event.region()
        return False

    def is_right(self) -> bool:
        """Is it what it would be if all were painted, after what is due was painted?"""
        QApplication.processEvents()
        QApplication.processEvents()
        region, self._region = self._region, QRegion()
        fresh = self._canvas.grab().toImage()
        painter = QPainter(self.shown)
        painter.setClipRegion(region)
        painter.drawImage(0, 0, fresh)
        painter.end()
        self._region = QRegion()
        return self.shown == fresh


def test_no_card_is_left_standing(neuron: Opened) -> None:
    timeline = neuron.session.timeline
    screen = Screen(neuron.canvas)
    for move in (*[timeline.step_forward] * 12, timeline.to_end, *[timeline.step_back] * 6, timeline.stop):
        move()
        neuron.canvas.repaint(0, 0, 1, 1)  # something else is painted before the card's turn comes
        assert screen.is_right()


def test_keys_on_the_canvas_move_the_timeline_and_no_node(neuron: Opened) -> None:
    timeline, session = neuron.session.timeline, neuron.session
    timeline.seek(3)
    session.select({neuron.id("w")})
    timeline.seek(3)
    before = session.graph
    for key, position in (
        (Qt.Key.Key_Right, 4),
        (Qt.Key.Key_Left, 3),
        (Qt.Key.Key_End, timeline.length),
        (Qt.Key.Key_BracketLeft, timeline.trace.stage_ends[2] if timeline.trace else 0),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_BracketRight, timeline.trace.stage_ends[0] if timeline.trace else 0),
    ):
        press(neuron, key)
        assert timeline.position == position
    assert session.graph is before
    press(neuron, Qt.Key.Key_Space)
    assert timeline.is_playing
    press(neuron, Qt.Key.Key_Space)
    assert not timeline.is_playing


def test_a_breakpoint_by_key_menu_and_inspector(neuron: Opened) -> None:
    timeline, session = neuron.session.timeline, neuron.session
    z = neuron.id("z")
    session.select({z})
    undo_steps = session.undo_stack.count()
    clean = image(neuron)
    press(neuron, Qt.Key.Key_F8)
    assert timeline.breakpoints.nodes == {z}
    corner = view(neuron).node_rect(z).topLeft().toPoint() + QPoint(2, 2)
    dot = image(neuron).pixelColor(corner)
    assert dot.red() > 200 > dot.blue()
    assert image(neuron) != clean
    box = neuron.widget(QCheckBox, "inspector_breakpoint")
    assert box.isChecked()
    listed = neuron.widget(QMenu, "menu_breakpoint_list")
    assert [action.text() for action in listed.actions()] == ["z"]
    timeline.play()
    timeline.advance(20 / timeline.speed)
    assert timeline.halted_at == z
    assert neuron.widget(ElidedLabel, "transport_sentence").text.startswith("Breakpoint at z: ")
    timeline.stop()
    neuron.trigger("clear_breakpoints")
    assert not timeline.breakpoints.nodes
    neuron.trigger("breakpoint")
    box.click()
    assert not timeline.breakpoints.nodes
    assert not box.isChecked()
    assert session.undo_stack.count() == undo_steps


def test_forward_mode_from_the_menu_for_the_selected_source(neuron: Opened) -> None:
    timeline, session = neuron.session.timeline, neuron.session
    session.select({neuron.id("w")})
    neuron.trigger("forward_mode")
    assert timeline.is_playing, "it plays, as its name says"
    timeline.to_start()
    timeline.pause()
    assert neuron.widget(ElidedLabel, "transport_title").text == "Forward mode"
    press(neuron, Qt.Key.Key_Right)
    assert neuron.widget(ElidedLabel, "transport_title").text == f"Forward mode 1 of {timeline.length}"
    assert timeline.stage is Stage.TANGENT
    labels = view(neuron).scene.labels
    assert (labels[neuron.id("w")].gradient.caption, labels[neuron.id("w")].gradient.text) == ("d/dw", "1")
    assert labels[neuron.id("L")].value.text == "·"
    assert labels[neuron.id("x")].gradient.text == "0"
    press(neuron, Qt.Key.Key_End)
    told = neuron.widget(ElidedLabel, "transport_sentence").text
    assert told.endswith("the same number as in reverse mode")
    gradient = neuron.gradient("w")
    shown = float(labels[neuron.id("L")].gradient.text.replace("−", "-"))
    assert shown == pytest.approx(gradient, rel=1e-3)
    seed_button = neuron.widget(QToolButton, "transport_seed")
    assert seed_button.text() == "derivative d/dw"
    menu = seed_button.menu()
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    assert [(action.text(), action.isChecked()) for action in menu.actions()] == [
        ("x", False), ("w", True), ("b", False)
    ]  # fmt: skip
    menu.actions()[0].trigger()
    assert seed_button.text() == "derivative d/dx"
    assert timeline.position == 0
    neuron.trigger("forward_mode")
    assert not timeline.is_active
    assert not neuron.window.actions_table["forward_mode"].isChecked()


def click_entry(grid: EntryGrid, entry: tuple[int, ...]) -> None:
    QTest.mouseClick(
        grid, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, grid.cell_rect(entry).center().toPoint()
    )


def test_forward_mode_for_any_entry_of_an_array(opened: Opened) -> None:
    opened.workspace.open_example("xor")
    opened.session.flush()
    opened.trigger("show_explanation")
    panel = opened.widget(ExplanationPanel, "explanation")
    panel.refresh()
    opened.click("explanation_modes_heading")
    source = panel.modes.source
    parameters = [node for node in opened.session.graph.nodes.values() if node.op_name == "parameter"]
    name = next(node.name for node in parameters if node.value is not None and len(node.value.shape) == 2)
    source.setFocus()
    while source.currentText() != name:
        QTest.keyClick(source, Qt.Key.Key_Down)
    click_entry(panel.modes.grid, (1, 0))
    QTest.keyClick(panel.modes.grid, Qt.Key.Key_Right)
    assert panel.modes.duals.rows[0][2] == f"∂/∂{name}[1, 1]"
    forward, reverse = panel.modes.agreement.text().splitlines()
    assert forward.split()[1] == reverse.split()[1]
    opened.click("modes_play")
    timeline = opened.session.timeline
    assert timeline.seed is not None
    assert timeline.seed.entry == (1, 1)
    button = opened.widget(QToolButton, "transport_seed")
    assert button.text() == f"d/d{name}[1, 1]"
    menu = button.menu()
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    submenu = next(action.menu() for action in menu.actions() if action.text().startswith(name))
    assert isinstance(submenu, QMenu)
    grid = submenu.findChild(EntryGrid)
    assert grid is not None
    click_entry(grid, (0, 1))
    assert timeline.seed.entry == (0, 1)
    timeline.to_end()
    told = opened.widget(ElidedLabel, "transport_sentence").text
    assert told.endswith("the same number as in reverse mode")
    opened.trigger("forward_mode")
    opened.session.select({opened.id(name)})
    opened.trigger("forward_mode")
    assert timeline.seed is not None
    assert timeline.seed.entry == (0, 1), "the entry that was chosen stays"


def test_forward_mode_from_the_explanation_and_predicting_exclude_each_other(neuron: Opened) -> None:
    neuron.trigger("show_explanation")
    panel = neuron.widget(ExplanationPanel, "explanation")
    panel.refresh()
    neuron.click("explanation_modes_heading")
    neuron.click("modes_play")
    timeline = neuron.session.timeline
    assert timeline.seed is not None
    assert neuron.window.actions_table["forward_mode"].isChecked()
    neuron.trigger("predict")
    assert not neuron.window.actions_table["forward_mode"].isChecked()
    assert neuron.workspace.prediction.is_on
    neuron.trigger("forward_mode")
    assert timeline.seed is not None
    assert not neuron.workspace.prediction.is_on


def test_a_parameter_glides_to_its_new_value_and_steps_with_reduced_motion(neuron: Opened) -> None:
    timeline = neuron.session.timeline
    assert timeline.trace is not None
    w, start = neuron.id("w"), timeline.trace.stage_ends[1]
    labels = view(neuron).scene.labels
    at = next(i for i in range(start, timeline.length) if timeline.explanation(i).node == w)  # type: ignore[union-attr]
    timeline.animate = "full"
    timeline.seek(at)
    before = labels.value(w)
    timeline.play()
    timeline.advance(0.5 / timeline.speed)
    after = timeline.value_under_way(w)
    assert before is not None
    assert after is not None
    assert timeline.position == at  # not there yet
    half = gliding(labels[w], before, after, timeline.progress)
    assert half.value.text == f"{brief(before)} → {brief(after)}", "a number that counted would be false"
    for old, new, text in (
        (0.5294, 0.5832, "0.5294→0.5832"),
        (-0.2853, -0.2584, "→ −0.2584"),
        (-0.28, 0.5, "−0.28 → 0.5"),
    ):
        assert gliding(labels[w], np.array(old), np.array(new), 0.5).value.text == text, "the new number is never cut"
    half = gliding(labels[w], np.zeros((2, 2)), np.ones((2, 2)), 0.5)
    assert half.value.heat is not None
    assert 0.0 < half.value.heat[0, 0] < 1.0
    standing = labels[w].value.text
    image(neuron)
    assert labels[w].value.text == standing
    timeline.pause()
    timeline.animate = "steps"
    assert timeline.value_under_way(w) is None


def test_an_edit_while_playing_rewinds_and_shows_nothing_of_the_old_graph(neuron: Opened) -> None:
    session, timeline = neuron.session, neuron.session.timeline
    timeline.seek(timeline.length - 2)
    assert session.set_value(neuron.id("w"), "5") is None
    assert not timeline.is_active
    assert cards(neuron).card is None
    assert "rewound" in neuron.workspace.messages.text
    timeline.play()
    assert timeline.evaluation is not None
    assert timeline.evaluation.graph is session.graph
    timeline.pause()
    timeline.seek(timeline.length)
    assert float(neuron.value("w")) == 5.0


def test_a_graph_with_an_error_says_so_where_the_passes_end(opened: Opened) -> None:
    code = "a = parameter([1., 2.])\nb = parameter([1., 2., 3.])\np = a*2\nq = p + b\nL = sum(q)"
    assert opened.session.set_code(code) is None
    opened.session.flush()
    opened.session.timeline.animate = "steps"
    timeline = opened.session.timeline
    timeline.play()
    timeline.advance(10 / timeline.speed)
    assert timeline.position == timeline.length > 0
    told = opened.widget(ElidedLabel, "transport_sentence").text
    assert opened.widget(ElidedLabel, "transport_title").text == "The passes end here"
    assert told.startswith("q: shapes ")
    assert "q" in told


def test_what_happens_in_a_collapsed_group_is_told_beside_it(neuron: Opened) -> None:
    timeline, canvas = neuron.session.timeline, view(neuron)
    neuron.session.select({neuron.id("z"), neuron.id("s")})
    neuron.trigger("group")
    neuron.session.flush()
    z = neuron.id("z")
    group = canvas.scene.item_of(z)
    assert group is not None
    assert group != z
    timeline.breakpoints.toggle({z})
    corner = canvas.camera.rect_to_widget(canvas.scene.geometry.node_rect(group)).topLeft().toPoint()
    assert image(neuron).pixelColor(corner + QPoint(2, 2)).red() > 200
    for position in range(1, timeline.length + 1):
        timeline.seek(position)
        place = cards(neuron).place(canvas.frame())
        assert place is not None
        assert not place.intersects(canvas.camera.rect_to_widget(canvas.scene.geometry.node_rect(group)))
    neuron.trigger("forward_mode")
    timeline.seek(timeline.length)
    told = []
    for position in range(timeline.length + 1):
        timeline.seek(position)
        work = working(canvas.scene, timeline)
        told += [work[group].caption] if group in work else []
    assert any("→" in caption for caption in told)
    assert any(caption.startswith("ds/dx = ") for caption in told)
