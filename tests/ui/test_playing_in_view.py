"""What stays in view while the passes play: the whole graph in a presentation, and the numbers beside a card."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from backprop_studio.ui.canvas.event_cards import EventCards
from backprop_studio.ui.canvas.event_follow import WHOLE, EventFollow
from backprop_studio.ui.canvas.wire_painter import BETWEEN_NODES, PILL_HEIGHT, WirePainter
from tests.ui.window_support import Opened


@pytest.fixture
def neuron(opened: Opened) -> Opened:
    opened.workspace.open_example("neuron-loss")
    opened.session.flush()
    opened.session.timeline.animate = "steps"
    opened.trigger("fit")
    return opened


def test_a_presentation_keeps_a_graph_in_view_that_is_large_enough(neuron: Opened, qtbot: QtBot) -> None:
    canvas, timeline = neuron.workspace.canvas, neuron.session.timeline
    neuron.trigger("present")
    QApplication.processEvents()
    qtbot.wait(50)  # until the window has filled the screen
    follow = canvas.findChild(EventFollow)
    assert follow is not None
    follow.readable = canvas.zoom / WHOLE
    timeline.seek(0)
    whole = canvas.zoom
    for _ in range(timeline.length):
        timeline.step_forward()
        assert canvas.zoom == whole
    timeline.stop()
    follow.readable = canvas.zoom / WHOLE * 1.1
    timeline.seek(1)
    assert canvas.zoom > whole, "a graph that is smaller than that is followed"


def test_a_presentation_that_begins_amid_the_passes_shows_the_whole_graph(opened: Opened, qtbot: QtBot) -> None:
    opened.workspace.open_example("fan-out")
    opened.session.flush()
    canvas, timeline = opened.workspace.canvas, opened.session.timeline
    timeline.animate = "steps"
    opened.window.resize(760, 700)
    QApplication.processEvents()
    opened.trigger("fit")
    small = canvas.zoom
    timeline.seek(12)
    opened.trigger("present")
    qtbot.wait(50)  # until the window has filled the screen
    room = QRectF(canvas.rect()).adjusted(0, 0, 0, -canvas.foot)
    bounds = canvas.scene.bounds()
    assert bounds is not None
    assert room.contains(canvas.camera.rect_to_widget(bounds))
    assert canvas.zoom > small


def test_a_card_covers_no_number_on_a_wire(neuron: Opened) -> None:
    canvas, timeline = neuron.workspace.canvas, neuron.session.timeline
    cards = canvas.findChild(EventCards)
    assert cards is not None
    frame = canvas.frame()
    for position in range(1, timeline.length + 1):
        timeline.seek(position)
        place = cards.place(frame)
        assert place is not None
        for row, wire in enumerate(canvas.scene.geometry.wires):
            mark = canvas.scene.mark_of(wire)
            if mark is not None and mark.text:
                at, lift = WirePainter.resting_place(canvas.scene.geometry.curves[row])
                box = QRectF(0, 0, BETWEEN_NODES, PILL_HEIGHT)
                box.moveCenter(at - type(at)(0.0, lift))
                assert not place.intersects(frame.rect(box)), f"at {position}"
