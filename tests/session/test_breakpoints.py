"""Breakpoints stop playing at every event of a node, in both passes, and are remembered with their document."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from backprop_studio.engine.trace import Stage
from backprop_studio.session.breakpoints import BreakpointMemory, Breakpoints
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.play_units import UNITS, Unit
from backprop_studio.session.timeline import Timeline
from tests.session.timelines import node, timeline_of

CODE = "a = parameter(2.)\nb = parameter(1.)\np = a + b\nL = p*(b + 1)"


class Texts(dict[str, str]):
    """Settings in memory."""

    def text(self, key: str, default: str) -> str:
        """A stored text."""
        return self.get(key, default)

    def set_text(self, key: str, value: str) -> None:
        """Store a text."""
        self[key] = value


@pytest.fixture(autouse=True)
def application(qapp: QApplication) -> QApplication:
    return qapp


def stepping(code: str = CODE) -> Timeline:
    timeline = timeline_of(code)
    timeline.animate = "steps"
    return timeline


def stops(timeline: Timeline) -> list[int]:
    """Where playing from the start stops, until the end."""
    found: list[int] = []
    timeline.seek(0)
    for _ in range(100):
        timeline.play()
        while timeline.is_playing:
            timeline.advance(0.3 / timeline.speed)
        if timeline.halted_at is None:
            return found
        found.append(timeline.position)
    raise AssertionError("playing never came to the end")


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("animate", ["full", "steps"])
def test_playing_stops_at_each_event_of_the_node_and_nowhere_else(unit: Unit, animate: str) -> None:
    timeline = stepping()
    timeline.animate = animate  # type: ignore[assignment]
    timeline.unit = unit
    p = node(timeline, "p")
    assert stops(timeline) == []
    timeline.breakpoints.toggle({p})
    assert timeline.trace is not None
    assert timeline.evaluation is not None
    call = timeline.evaluation.position(p)
    expected = [
        at + 1
        for at, event in enumerate(timeline.trace)
        if event.call == call or (event.stage is Stage.BACKWARD and event.source == call)
    ]
    assert stops(timeline) == expected
    assert {timeline.trace.events[at - 1].stage for at in expected} == {Stage.FORWARD, Stage.BACKWARD}


def test_with_animation_off_playing_stops_there_too() -> None:
    timeline = stepping()
    timeline.animate = "off"
    timeline.breakpoints.toggle({node(timeline, "p")})
    timeline.play()
    assert timeline.position == 1
    assert timeline.halted_at == node(timeline, "p")


def test_where_playing_stopped_is_told_until_something_moves() -> None:
    timeline = stepping()
    timeline.breakpoints.toggle({node(timeline, "p")})
    timeline.play()
    timeline.advance(1.01 / timeline.speed)
    assert (timeline.is_playing, timeline.halted_at) == (False, node(timeline, "p"))
    timeline.step_forward()
    assert timeline.halted_at is None


def test_toggling_sets_all_or_takes_all_away() -> None:
    breakpoints = Breakpoints()
    breakpoints.toggle({1})
    breakpoints.toggle({1, 2})
    assert breakpoints.nodes == {1, 2}
    breakpoints.toggle({1, 2})
    assert not breakpoints.nodes
    breakpoints.toggle({3})
    breakpoints.clear()
    assert not breakpoints.nodes


def test_they_come_back_with_their_document_and_are_no_part_of_undo(session: EditorSession, tmp_path: Path) -> None:
    texts = Texts()
    BreakpointMemory(session, texts)
    source = session.add_node("parameter", (0.0, 0.0))
    other = session.add_node("parameter", (0.0, 200.0))
    assert source is not None
    assert other is not None
    session.timeline.breakpoints.toggle({source})
    session.undo()
    session.redo()
    assert session.timeline.breakpoints.nodes == {source}
    assert session.save(tmp_path / "one.backprop")
    session.timeline.breakpoints.toggle({other})
    session.new()
    assert not session.timeline.breakpoints.nodes
    assert session.open(tmp_path / "one.backprop")
    assert session.timeline.breakpoints.nodes == {source, other}
    session.timeline.breakpoints.clear()
    session.new()
    assert session.open(tmp_path / "one.backprop")
    assert not session.timeline.breakpoints.nodes


@pytest.mark.parametrize("stored", ["", "{", "[]", '{"a": 3}', "[" * 100_000, '{"/x": ["a", null, true]}'])
def test_damaged_settings_are_passed_over(session: EditorSession, tmp_path: Path, stored: str) -> None:
    BreakpointMemory(session, Texts(breakpoints=stored))
    session.add_node("parameter", (0.0, 0.0))
    assert session.save(tmp_path / "two.backprop")
    session.timeline.breakpoints.toggle({1})
    session.new()
    assert session.open(tmp_path / "two.backprop")
    assert session.timeline.breakpoints.nodes == {1}
