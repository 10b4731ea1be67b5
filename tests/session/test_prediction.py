"""Predict before seeing: questions in order, nothing given away, hits counted."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from backprop_studio.engine.trace import Stage
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.prediction import Prediction


@pytest.fixture
def asking(session: EditorSession, qapp: QApplication) -> Prediction:
    session.load_example("sum-times-c")
    session.flush()
    session.timeline.animate = "steps"
    session.timeline.set_stages(whole_step=True)
    return Prediction(session.timeline, session)


def test_every_number_is_asked_for_once_and_in_order(session: EditorSession, asking: Prediction) -> None:
    asking.set_on(True)
    events = []
    while (asked := asking.question) is not None:
        assert session.timeline.position == asked.event, "what is asked for has not happened yet"
        events.append(asked.event)
        verdict = asking.answer(repr(asked.expected))
        assert verdict is not None
        assert verdict.right
    assert events == sorted(set(events))
    assert {session.evaluation.trace.events[event].stage for event in events} == {Stage.FORWARD, Stage.BACKWARD}
    assert (asking.hits, asking.answers) == (len(events), len(events))
    assert session.timeline.position == session.timeline.length


def test_wrong_answers_show_the_arithmetic_and_count(asking: Prediction) -> None:
    asking.set_on(True)
    first = asking.question
    assert first is not None
    verdict = asking.answer("-77")
    assert verdict is not None
    assert first.arithmetic not in verdict.sentence, "there is a second try"
    assert asking.question == first
    verdict = asking.answer("-77")
    assert verdict is not None
    assert verdict.right is False
    assert first.arithmetic in verdict.sentence
    assert asking.score == "0 of 1 right"
    assert asking.question != first


def test_what_is_no_answer_asks_again(asking: Prediction) -> None:
    asking.set_on(True)
    first = asking.question
    verdict = asking.answer("hm")
    assert verdict is not None
    assert verdict.right is None
    assert asking.question == first
    assert asking.answers == 0


def test_playing_stands_still_at_the_next_question(session: EditorSession, asking: Prediction) -> None:
    asking.set_on(True)
    asked = asking.question
    session.timeline.play()
    assert not session.timeline.is_playing
    assert asking.question == asked


def test_the_score_counts_answers_and_tells_what_was_shown(asking: Prediction) -> None:
    asking.set_on(True)
    asked = asking.question
    assert asked is not None
    asking.reveal()
    assert asking.score == "0 of 0 right, 1 shown"
    assert asking.verdict is not None
    assert asking.verdict.right is None
    assert asking.verdict.sentence == f"shown: {asked.about} is {asked.arithmetic}"
    following = asking.question
    assert following is not None
    asking.answer(repr(following.expected))
    assert asking.score == "1 of 1 right, 1 shown"


def test_a_step_over_a_question_counts_as_show_me(qtbot: QtBot, session: EditorSession, asking: Prediction) -> None:
    asking.set_on(True)
    asked = asking.question
    assert asked is not None
    session.timeline.animate = "full"
    session.timeline.step_forward()
    qtbot.waitUntil(lambda: asking.question != asked)
    assert asking.marked == asked
    assert asking.score == "0 of 0 right, 1 shown"
    assert session.timeline.progress == 0.0


def test_leaving_the_passes_ends_it(session: EditorSession, asking: Prediction) -> None:
    asking.set_on(True)
    session.timeline.stop()
    assert not asking.is_on
    assert asking.question is None
    assert asking.answer("1") is None
