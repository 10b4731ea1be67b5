"""The transport bar shows and moves the timeline."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from backprop_studio.document.followed_entry import contribution_entry, value_entry
from backprop_studio.document.narration import narrate
from backprop_studio.ui.panels.labels import ElidedLabel
from backprop_studio.ui.panels.scrubber import Scrubber
from backprop_studio.ui.panels.transport import EVENTS_PER_SECOND, TransportBar, speed_text
from tests.ui.window_support import Opened


@pytest.fixture
def product(opened: Opened) -> Opened:
    """(a + b) · c, with animation by steps, so that no clock is needed."""
    opened.workspace.open_example("sum-times-c")
    opened.session.flush()
    opened.session.timeline.animate = "steps"
    return opened


def text(opened: Opened, name: str) -> str:
    return opened.widget(ElidedLabel, name).text


def test_hidden_until_something_is_played(product: Opened) -> None:
    bar = product.widget(TransportBar, "transport")
    assert not bar.isVisible()
    product.trigger("step")
    assert bar.isVisible()
    assert product.canvas.rect().contains(bar.geometry())
    product.trigger("stop")
    assert not bar.isVisible()


def test_every_event_is_told_as_the_narration_has_it(product: Opened) -> None:
    timeline = product.session.timeline
    for position in range(1, timeline.length + 1):
        timeline.seek(position)
        told = timeline.narration(position - 1)
        assert told is not None
        if position <= len(product.session.evaluation.trace):
            assert told == narrate(product.session.evaluation, position - 1)
        assert text(product, "transport_title") == told.title
        assert text(product, "transport_sentence") == told.sentence
        assert text(product, "transport_arithmetic") == told.arithmetic
    timeline.seek(0)
    assert text(product, "transport_title") == "Start"


def test_the_buttons_move_the_timeline(product: Opened) -> None:
    timeline = product.session.timeline
    timeline.seek(2)
    product.click("transport_forward")
    assert timeline.position == 3
    product.click("transport_back")
    product.click("transport_back")
    assert timeline.position == 1
    product.click("transport_to_end")
    assert timeline.position == timeline.length
    assert not product.widget(QToolButton, "transport_forward").isEnabled()
    product.click("transport_to_start")
    assert timeline.position == 0
    assert not product.widget(QToolButton, "transport_back").isEnabled()
    product.click("transport_play")
    assert timeline.is_playing
    assert product.widget(QToolButton, "transport_play").accessibleName() == "Pause"
    product.click("transport_play")
    assert not timeline.is_playing
    product.click("transport_close")
    assert not timeline.is_active


def test_the_scrubber_follows_the_mouse(product: Opened) -> None:
    timeline = product.session.timeline
    timeline.seek(0)
    scrubber = product.widget(Scrubber, "scrubber")
    press = scrubber.handle_point(0).toPoint()
    QTest.mousePress(scrubber, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, press)
    for target in (3, timeline.length, 5):
        QTest.mouseMove(scrubber, scrubber.handle_point(target).toPoint())
        assert timeline.position == target
    QTest.mouseRelease(scrubber, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, press)
    assert scrubber.value() == 5


def test_the_scrubber_by_keyboard(product: Opened) -> None:
    timeline = product.session.timeline
    timeline.seek(0)
    scrubber = product.widget(Scrubber, "scrubber")
    assert timeline.trace is not None
    first_stage, _, update_end, _ = timeline.trace.stage_ends
    for key, expected in (
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_Right, 2),
        (Qt.Key.Key_Left, 1),
        (Qt.Key.Key_PageDown, first_stage),
        (Qt.Key.Key_End, timeline.length),
        (Qt.Key.Key_PageUp, update_end),
        (Qt.Key.Key_PageUp, product.session.evaluation.trace.passes_end),
        (Qt.Key.Key_PageUp, first_stage),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_Left, 0),
    ):
        QTest.keyClick(scrubber, key)
        assert timeline.position == expected, key


def test_the_speed_is_chosen_from_its_menu_and_remembered(product: Opened) -> None:
    product.session.timeline.seek(1)
    button = product.widget(QToolButton, "transport_speed")
    assert button.text() == "1×"
    menu = button.menu()
    (action,) = [action for action in menu.actions() if action.objectName() == "speed_4"]
    action.trigger()
    assert product.session.timeline.speed == 4 * EVENTS_PER_SECOND
    assert button.text() == "4×"
    assert product.window.settings.number("speed", 1.0, 0.1, 10.0) == 4.0


def test_the_bar_never_covers_a_fitted_graph(product: Opened) -> None:
    canvas = product.workspace.canvas
    product.trigger("fit")
    product.session.timeline.seek(1)
    bar = product.widget(TransportBar, "transport").geometry().toRectF()
    for node in product.session.graph.nodes:
        assert not canvas.node_rect(node).intersects(bar)


def test_the_toolbar_says_pause_while_it_plays(product: Opened) -> None:
    product.trigger("play")
    product.workspace.refresh()
    assert product.widget(QToolButton, "tool_play").text() == "Pause"
    product.trigger("play")
    product.workspace.refresh()
    assert product.widget(QToolButton, "tool_play").text() == "Play passes"


def test_speed_text() -> None:
    assert speed_text(EVENTS_PER_SECOND / 4) == "0.25×"


def test_large_words_are_not_cut(opened: Opened) -> None:
    """The sentence has a line of its own, also beside the long arithmetic of Adam."""
    opened.workspace.open_example("neuron-loss")
    opened.session.flush()
    opened.session.timeline.animate = "steps"
    opened.session.training.optimizer = "adam"
    bar = opened.widget(TransportBar, "transport")
    for large in (True, False, True):
        bar.set_large(20 if large else 0)
        opened.workspace.overlays.place()
        opened.session.timeline.to_end()
        opened.session.timeline.previous_stage()
        sentence = opened.widget(ElidedLabel, "transport_sentence")
        assert "step" in sentence.text
        QApplication.processEvents()
        if large:
            assert sentence.width() >= sentence.sizeHint().width()
        arithmetic = opened.widget(ElidedLabel, "transport_arithmetic")
        assert (sentence.y() > arithmetic.geometry().bottom()) == large


def test_one_entry_of_an_array_is_worked_out_in_bar_and_inspector(opened: Opened) -> None:
    opened.workspace.open_example("xor")
    session, bar = opened.session, opened.widget(TransportBar, "transport")
    evaluation = session.flush()
    timeline = session.timeline
    timeline.animate = "steps"
    timeline.to_start()
    height = bar.height()
    told = set()
    for position in range(1, timeline.length + 1):
        timeline.seek(position)
        told.add(text(opened, "transport_entry"))
        assert bar.height() == height, "the bar does not jump"
    node = next(each for each in session.graph.nodes.values() if each.op_name == "tanh")
    at = evaluation.position(node.id)
    assert at is not None
    entry, back = value_entry(evaluation, at), contribution_entry(evaluation, at, 0)
    assert " at [" in entry
    assert {entry, back} <= told
    session.select({node.id})
    timeline.to_end()
    opened.workspace.inspector.refresh()
    page = opened.workspace.inspector.node_page
    assert entry in page.forward.text.splitlines()
    assert back in page.backward.text.splitlines()
    opened.workspace.open_example("sum-times-c")
    session.flush()
    timeline.to_start()
    assert bar.height() < height
