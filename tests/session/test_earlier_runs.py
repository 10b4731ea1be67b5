"""Curves of earlier runs stay to be compared with the present one."""

from __future__ import annotations

from backprop_studio.session.earlier_runs import MOST_RUNS
from backprop_studio.session.editor_session import EditorSession


def train(session: EditorSession, steps: int, rate: float) -> list[float]:
    session.training.learning_rate = rate
    for _ in range(steps):
        assert session.training.step_once()
    return list(session.training.losses)


def earlier(session: EditorSession) -> list[tuple[str, list[float]]]:
    return [(curve.title, curve.losses) for curve in session.training.earlier_curves]


def test_a_curve_that_was_reset_stays(session: EditorSession) -> None:
    session.set_code("w = parameter(3.)\nL = square(w)")
    slow = train(session, 3, 0.01)
    assert earlier(session) == []
    session.training.reset()
    assert earlier(session) == [("SGD 0.01", slow)]
    fast = train(session, 3, 0.25)
    session.training.reset()
    session.training.optimizer = "adam"
    train(session, 2, 0.5)
    assert earlier(session) == [("SGD 0.01", slow), ("SGD 0.25", fast)]
    session.training.forget_earlier()
    assert earlier(session) == []
    assert session.training.step_count == 2


def test_steps_undone_and_made_anew_stay_too(session: EditorSession) -> None:
    session.set_code("w = parameter(3.)\nL = square(w)")
    first = train(session, 4, 0.01)
    for _ in range(3):
        session.undo()
    assert earlier(session) == []
    train(session, 2, 0.25)
    assert earlier(session) == [("SGD 0.01", first)]
    assert session.training.losses[:2] == first[:2]


def test_a_curve_that_is_back_is_not_among_them(session: EditorSession) -> None:
    session.set_code("w = parameter(3.)\nL = square(w)")
    first = train(session, 3, 0.01)
    session.training.reset()
    session.undo()
    assert session.training.losses == first
    assert earlier(session) == []


def test_only_some_are_kept_and_none_for_another_document(session: EditorSession) -> None:
    session.set_code("w = parameter(3.)\nL = square(w)")
    for _ in range(MOST_RUNS + 2):
        train(session, 2, 0.01)
        session.training.reset()
    assert len(earlier(session)) == MOST_RUNS
    train(session, 1, 0.01)
    session.training.reset()
    assert len(earlier(session)) == MOST_RUNS, "one step is no curve"
    session.new()
    assert earlier(session) == []


def test_a_curve_is_called_by_all_that_it_was_made_with(session: EditorSession) -> None:
    session.set_code("w = parameter(3.)\nL = square(w)")
    train(session, 1, 0.01)
    train(session, 1, 0.25)
    assert session.training.curve_title == "SGD 0.01 → 0.25"
    session.training.optimizer = "adam"
    train(session, 1, 0.5)
    assert session.training.curve_title == "SGD 0.01 → Adam 0.5"
