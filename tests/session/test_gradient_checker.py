"""The live check: after edits, never while something plays or trains; every source on demand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from backprop_studio.session import gradient_checker
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.gradient_checker import GradientChecker

CODE = "x = input(2.)\nw = parameter(.5)\nL = square(sigmoid(x*w) - 1)"


@pytest.fixture
def checker(session: EditorSession) -> Iterator[GradientChecker]:
    made = GradientChecker(session)
    yield made
    made.shutdown()


def test_an_edit_is_checked_soon(session: EditorSession, checker: GradientChecker, qtbot: Any) -> None:
    assert checker.badge.standing == "nothing"
    with qtbot.waitSignal(checker.changed, timeout=5000):
        session.set_code(CODE)
    assert checker.badge.standing == "agrees"
    assert checker.badge.error < 1e-7
    session.set_code("x = parameter(0.)\nL = relu(x)")
    qtbot.waitUntil(lambda: checker.badge.standing == "kink", timeout=5000)


def test_nothing_is_checked_while_passes_play(session: EditorSession, checker: GradientChecker, qtbot: Any) -> None:
    session.set_code(CODE)
    session.flush()
    session.timeline.play()
    checker.check_now()
    assert checker.badge.standing == "nothing"
    session.timeline.pause()
    qtbot.waitUntil(lambda: checker.badge.standing == "agrees", timeout=5000)


def test_nothing_is_checked_while_training(session: EditorSession, checker: GradientChecker, qtbot: Any) -> None:
    session.set_code(CODE)
    session.flush()
    assert session.training.run()
    checker.check_now()
    assert checker.badge.standing == "nothing"
    qtbot.waitUntil(lambda: session.training.step_count > 2, timeout=20_000)
    session.training.pause()
    qtbot.waitUntil(lambda: checker.badge.standing == "agrees", timeout=5000)


def test_what_was_found_is_not_shown_while_training_changes_the_numbers(
    session: EditorSession, checker: GradientChecker, qtbot: Any
) -> None:
    session.set_code(CODE)
    qtbot.waitUntil(lambda: checker.badge.standing == "agrees", timeout=5000)
    assert session.training.run()
    assert checker.badge.standing == "training"
    session.training.pause()
    qtbot.waitUntil(lambda: checker.badge.standing == "agrees", timeout=5000)


def test_a_large_graph_waits_to_be_asked(
    session: EditorSession, checker: GradientChecker, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gradient_checker, "QUICK_WORK", 100)
    session.set_code(CODE)
    session.flush()
    checker.check_now()
    assert checker.badge.standing == "unchecked"
    checker.check_all()
    qtbot.waitUntil(lambda: not checker.is_checking, timeout=20_000)
    assert [row.name for row in checker.rows] == ["x", "w"]
    assert all(row.verdict == "agrees" for row in checker.rows)


def test_an_edit_drops_the_list(session: EditorSession, checker: GradientChecker, qtbot: Any) -> None:
    session.set_code("x = parameter(shape=(40, 40))\nL = sum(square(x))")
    session.flush()
    checker.check_all()
    assert checker.is_checking
    session.set_code(CODE)
    session.flush()
    assert not checker.is_checking
    assert checker.rows == ()
    checker.check_all()
    qtbot.waitUntil(lambda: not checker.is_checking, timeout=20_000)
    assert [row.name for row in checker.rows] == ["x", "w"], "nothing of the graph before"


def test_without_a_gradient_there_is_nothing_to_check(session: EditorSession, checker: GradientChecker) -> None:
    session.set_code("x = constant(2.)")
    session.flush()
    checker.check_all()
    assert not checker.is_checking


def test_the_badge_is_the_worst_of_the_list_until_the_next_edit(
    session: EditorSession, checker: GradientChecker, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gradient_checker, "QUICK_WORK", 0)
    session.set_code("x = parameter([0., 1.])\ny = parameter(2.)\nL = sum(relu(x)) + square(y)")
    session.flush()
    checker.check_all()
    qtbot.waitUntil(lambda: not checker.is_checking, timeout=20_000)
    assert checker.badge.standing == "kink"
    assert checker.badge.error == max(row.error for row in checker.rows)
    checker.check_now()
    assert checker.badge.standing == "kink", "the list stands for as long as the graph does"
    session.set_code(CODE)
    session.flush()
    checker.check_now()
    assert checker.badge.standing == "unchecked"
    assert checker.rows == ()


def test_a_gradient_too_small_to_tell_is_not_called_right(
    session: EditorSession, checker: GradientChecker, qtbot: Any
) -> None:
    session.set_code("x = parameter(1.)\nL = x*1e-14")
    qtbot.waitUntil(lambda: checker.badge.standing == "too small", timeout=5000)
    checker.check_all()
    qtbot.waitUntil(lambda: not checker.is_checking, timeout=20_000)
    assert checker.rows[0].verdict == checker.badge.standing == "too small"
