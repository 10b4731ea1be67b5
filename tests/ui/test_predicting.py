"""Predicting in a whole window: keys stay in the field, a mark names what it marks, a wrong answer has a second try."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton

from backprop_studio.ui.canvas.inline_editor import InlineEditor
from backprop_studio.ui.panels.labels import ElidedLabel
from backprop_studio.ui.panels.prediction_row import PredictionRow
from tests.ui.window_support import Opened


@pytest.fixture
def asked(opened: Opened) -> Opened:
    opened.workspace.open_example("sum-times-c")
    opened.session.flush()
    opened.session.timeline.animate = "steps"
    opened.session.select({opened.id("a")})
    opened.trigger("predict")
    QApplication.processEvents()
    return opened


def told(opened: Opened, name: str) -> str:
    return opened.widget(ElidedLabel, f"prediction_{name}").text


def test_keys_in_the_field_do_not_reach_the_graph(asked: Opened) -> None:
    before = asked.session.graph
    field = asked.widget(QLineEdit, "prediction_field")
    field.setFocus()
    QTest.keyClicks(field, "5")
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down, Qt.Key.Key_Up):
        QTest.keyClick(field, key)
        assert not asked.canvas.findChildren(InlineEditor)
        assert field.hasFocus()
    button = asked.widget(QPushButton, "prediction_reveal")
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Return)
    assert not asked.canvas.findChildren(InlineEditor)
    scrubber = asked.workspace.transport.scrubber
    scrubber.setFocus()
    QTest.keyClick(scrubber, Qt.Key.Key_Return)
    assert not asked.canvas.findChildren(InlineEditor)
    assert asked.session.graph is before


def test_a_wrong_answer_has_a_second_try_and_the_mark_names_its_question(asked: Opened) -> None:
    field, question = asked.widget(QLineEdit, "prediction_field"), told(asked, "question")
    assert question.startswith("What is q, where")
    assert told(asked, "verdict").endswith("in size, than a.")
    for _ in range(2):
        QTest.keyClicks(field, "77")
        QTest.keyClick(field, Qt.Key.Key_Return)
        if told(asked, "question") == question:
            assert told(asked, "verdict") == "✗ q: not quite; work out 2 + 3, or have it shown."
            assert told(asked, "score") == "0 of 0 right"
    assert told(asked, "question") != question
    assert told(asked, "verdict").startswith("✗ q: not quite, it is ")
    assert told(asked, "score") == "0 of 1 right"


def test_a_number_that_is_shown_is_no_wrong_answer_and_the_field_is_ready_for_the_next(asked: Opened) -> None:
    row, field = asked.widget(PredictionRow, "prediction"), asked.widget(QLineEdit, "prediction_field")
    theme = row._themes.theme
    QTest.mouseClick(asked.widget(QPushButton, "prediction_reveal"), Qt.MouseButton.LeftButton)
    assert told(asked, "verdict") == "shown: q is 2 + 3 = 5"
    assert row.verdict._color == theme.quiet
    assert told(asked, "score") == "0 of 0 right, 1 shown"
    assert field.hasFocus()
    QTest.keyClicks(QApplication.focusWidget(), "20")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert told(asked, "score") == "1 of 1 right, 1 shown"


def test_nothing_that_the_passes_have_not_reached_is_told(opened: Opened) -> None:
    opened.workspace.open_example("sum-times-c")
    opened.session.flush()
    opened.trigger("show_explanation")
    QApplication.processEvents()
    timeline, panel = opened.session.timeline, opened.workspace.explanation
    timeline.animate = "steps"
    trace = opened.session.evaluation.trace
    a = opened.session.evaluation.position(opened.id("a"))
    assert a is not None
    cards = (panel.why, panel.lamp, panel.nudge)
    for position in range(1, trace.stage_ends[0] + 1):
        timeline.seek(position)
        panel.refresh()
        assert all(card.isHidden() for card in cards), f"at {position}"
    timeline.seek(trace.gradient_at[a])
    panel.refresh()
    assert not any(card.isHidden() for card in cards)
    timeline.set_stages(whole_step=True)
    timeline.to_end()
    panel.refresh()
    assert all(card.isHidden() for card in cards), "what zero_grad has cleared is not told either"


def test_what_is_typed_on_the_canvas_answers_the_question(asked: Opened) -> None:
    before, field = asked.session.graph, asked.widget(QLineEdit, "prediction_field")
    asked.canvas.setFocus()
    QTest.keyClicks(asked.canvas, "7")
    assert field.hasFocus()
    QTest.keyClicks(field, "7")
    assert field.text() == "77"
    asked.canvas.setFocus()
    QTest.keyClick(asked.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not field.hasFocus(), "a shortcut is no answer"
    assert asked.session.graph is before
    assert asked.session.timeline.is_active
    asked.trigger("predict")
    QTest.keyClicks(asked.canvas, "7")
    assert field.text() == "77", "nothing is asked any more"


def test_a_presentation_asks_in_large_type_and_waits_for_the_answer(asked: Opened) -> None:
    question, field = asked.widget(ElidedLabel, "prediction_question"), asked.widget(QLineEdit, "prediction_field")
    usual = question.font().pixelSize(), field.font().pixelSize(), field.width()
    asked.trigger("present")
    QApplication.processEvents()
    transport = asked.workspace.transport
    large = question.font().pixelSize(), field.font().pixelSize(), field.width()
    assert large[0] >= 18
    assert all(after > before for before, after in zip(usual, large, strict=True))
    assert field.hasFocus()
    assert asked.canvas.rect().contains(transport.geometry())
    row = transport.rect()
    assert all(row.contains(part.geometry().translated(part.parentWidget().pos())) for part in (question, field))
    asked.trigger("present")
    QApplication.processEvents()
    assert (question.font().pixelSize(), field.font().pixelSize(), field.width()) == usual
