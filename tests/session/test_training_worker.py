"""Training in the session: on a thread, one undo step, nothing lost and nothing late."""

from __future__ import annotations

import gc
import itertools
import subprocess
import sys
import textwrap
import threading
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QTimer

from backprop_studio.document.compilation import compile_graph
from backprop_studio.document.values import Value
from backprop_studio.exchange.graph_code import parse_graph_code
from backprop_studio.session import training_run, training_worker
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.training_choices import DEFAULT_LEARNING_RATE
from backprop_studio.session.training_run import TrainingRun, TrainingSnapshot
from backprop_studio.training.trainer import train

LINE = """
x = input([[0.], [1.], [2.]])
w = parameter([[0.]])
b = parameter(0.5)
t = target([[1.], [3.], [5.]])
L = mse_loss(x @ w + b, t)
"""


def wait_for_steps(session: EditorSession, qtbot: Any, steps: int = 5) -> None:
    qtbot.waitUntil(lambda: session.training.step_count >= steps, timeout=20_000)


def ids(session: EditorSession, *names: str) -> list[int]:
    found = [session.graph.node_named(name) for name in names]
    return [node.id for node in found if node is not None]


def value_of(session: EditorSession, name: str) -> Any:
    node = session.graph.node_named(name)
    assert node is not None
    return None if node.value is None else node.value.array


@pytest.fixture
def snapshots(session: EditorSession) -> list[TrainingSnapshot]:
    taken: list[TrainingSnapshot] = []
    session.training.progressed.connect(taken.append)
    return taken


def test_a_run_is_one_undo_step_with_the_trainers_numbers(
    session: EditorSession, qtbot: Any, told: Any, snapshots: list[TrainingSnapshot]
) -> None:
    session.set_code(LINE)
    session.flush()
    before, count = session.graph, session.undo_stack.count()
    evaluations = len(told.evaluations)
    session.training.learning_rate = 0.05
    assert session.training.run()
    assert session.training.state == "running"
    wait_for_steps(session, qtbot)
    assert session.graph is before
    assert len(told.evaluations) == evaluations
    session.training.pause()
    steps = session.training.step_count
    assert session.training.state == "paused"
    assert session.undo_stack.count() == count + 1
    assert session.undo_stack.undoText() == f"Train {steps} steps"
    expected = list(train(compile_graph(before).program, learning_rate=0.05, steps=steps))
    assert session.training.losses == [result.loss for result in expected]
    position = compile_graph(before).program.position
    w, b = ids(session, "w", "b")
    assert np.array_equal(value_of(session, "w"), expected[-1].parameters[position[w]])
    assert np.array_equal(value_of(session, "b"), expected[-1].parameters[position[b]])
    assert session.graph.node_named("x") is not None
    assert session.graph.node_named("x") == before.node_named("x")
    session.flush()
    assert len(told.evaluations) == evaluations + 1
    after = session.graph
    session.undo()
    assert session.graph == before
    assert session.training.step_count == steps  # the curve is kept
    session.redo()
    assert session.graph == after
    joined = [loss for snapshot in snapshots for loss in snapshot.losses]
    assert joined == session.training.losses
    assert [snapshot.step for snapshot in snapshots] == list(itertools.accumulate(len(s.losses) for s in snapshots))


def test_a_snapshot_holds_numbers_by_node(session: EditorSession, snapshots: list[TrainingSnapshot]) -> None:
    session.set_code("w = parameter(3.)\nL = square(w)")
    session.training.learning_rate = 0.1
    assert session.training.step_once()
    w, loss = ids(session, "w", "L")
    (snapshot,) = snapshots
    assert (snapshot.step, snapshot.losses) == (1, [9.0])
    assert {key: float(value) for key, value in snapshot.values.items()} == {w: 3.0, loss: 9.0}
    assert {key: float(value) for key, value in snapshot.gradients.items()} == {w: 6.0, loss: 1.0}
    assert snapshot.parameters[w] == pytest.approx(2.4, abs=1e-15)
    assert not snapshot.parameters[w].flags.writeable


def test_one_step_at_a_time(session: EditorSession) -> None:
    session.set_code("w = parameter(3.)\nL = square(w)")
    session.training.learning_rate = 0.1
    count = session.undo_stack.count()
    for expected in (2.4, 1.92, 1.536):
        assert session.training.step_once()
        assert value_of(session, "w") == pytest.approx(expected, abs=1e-12)
    assert session.undo_stack.count() == count + 3
    assert session.undo_stack.undoText() == "Train 1 step"
    assert session.training.state == "paused"
    assert session.training.step_count == 3


def test_runs_follow_each_other_on_one_curve(session: EditorSession, qtbot: Any) -> None:
    session.set_code("w = parameter(3.)\nL = square(w)")
    session.training.learning_rate = 0.01
    for steps in (4, 3):
        assert session.training.run(steps)
        qtbot.waitUntil(lambda: session.training.state == "paused", timeout=20_000)
        assert session.undo_stack.undoText() == f"Train {steps} steps"
    assert session.training.losses == pytest.approx([9.0 * 0.98 ** (2 * step) for step in range(7)])


def test_reset_goes_back_to_the_first_weights(session: EditorSession, qtbot: Any) -> None:
    session.set_code('x = input([[1., 2.]])\nw = parameter(shape=(2, 3), init="xavier")\nL = mean(x @ w)')
    (w,) = ids(session, "w")
    before = session.graph
    session.training.step_once()
    session.training.run()
    wait_for_steps(session, qtbot)
    count = session.undo_stack.count()
    assert session.graph.nodes[w].value is not None
    session.training.reset()
    assert session.graph == before
    assert session.graph.nodes[w].value is None  # drawn by its initialiser again
    assert session.undo_stack.count() == count + 2  # the run, and the reset
    assert session.undo_stack.undoText() == "Reset weights"
    assert (session.training.losses, session.training.state) == ([], "idle")
    session.undo()
    assert session.graph.nodes[w].value is not None
    session.training.reset()  # the curve is back, so that there is something to go back to
    assert session.graph == before
    session.training.reset()  # there is no curve any more
    assert session.undo_stack.count() == count + 2


def test_reset_passes_over_what_is_gone(session: EditorSession) -> None:
    session.set_code("v = parameter(2.)\nw = parameter(3.)\nL = square(w) + v")
    session.training.step_once()
    (v,) = ids(session, "v")
    session.select({v})
    session.delete_selection()
    session.training.reset()
    assert value_of(session, "w") == 3.0


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", "nothing to train"),
        ("x = input(1.)", "no loss"),
        ("x = input(1.)\nL = square(x)", "no parameter"),
        ("w = parameter([1., 2.])\ny = square(w)", "shape (2,)"),
        ("w = parameter([1., 2.])\nv = parameter([1., 2., 3.])\nL = sum((w + v) * 2)", "shape"),
    ],
)
def test_what_can_not_be_trained_is_said_and_why(session: EditorSession, told: Any, code: str, said: str) -> None:
    session.set_code(code)
    sentence = session.training.can_train()
    assert sentence is not None
    assert said in sentence
    session.flush()
    assert session.training.can_train() == sentence  # the same with and without an evaluation
    count = session.undo_stack.count()
    assert not session.training.run()
    assert not session.training.step_once()
    assert told.errors == [sentence, sentence]
    assert session.undo_stack.count() == count
    assert session.training.state == "idle"


def test_what_has_no_value_is_not_trained(session: EditorSession) -> None:
    session.edit(lambda graph: parse_graph_code("L = square(w + 1)"), "Take the graph of a file")
    assert "w has no value" in (session.training.can_train() or "")


def test_a_missing_wire_is_named_from_the_loss(session: EditorSession) -> None:
    add = session.add_node("add", (0, 0))
    square = session.add_node("square", (200, 0))
    assert add
    assert square
    session.connect(add, square, 0)
    session.set_loss(square)
    sentence = session.training.can_train()
    assert sentence is not None
    assert "add_1" in sentence
    assert "square_1" in sentence


def test_divergence_stops_with_the_name_of_the_node(session: EditorSession, qtbot: Any, told: Any) -> None:
    session.set_code("w = parameter(3.)\ny = square(w)\nL = y * 1.5")
    session.training.step_once()
    told.messages.clear()
    session.training.learning_rate = 1e80
    session.training.run()
    qtbot.waitUntil(lambda: session.training.state != "running", timeout=20_000)
    assert len(told.errors) == 1
    assert "y became infinite" in told.errors[0]
    steps = session.training.step_count
    assert f"at step {steps + 1}:" in told.errors[0]  # counted from the start of the curve
    assert np.isfinite(value_of(session, "w"))
    assert all(np.isfinite(session.training.losses))
    assert session.undo_stack.undoText() == f"Train {steps - 1} step" + ("s" if steps > 2 else "")


def test_divergence_in_the_first_step_commits_nothing(session: EditorSession, told: Any) -> None:
    session.set_code("w = parameter(0.)\nL = log(w)")
    count = session.undo_stack.count()
    assert session.training.step_once()
    assert len(told.errors) == 1
    assert "L became" in told.errors[0]
    assert session.undo_stack.count() == count
    assert (session.training.state, session.training.losses) == ("idle", [])


def test_an_edit_commits_the_training_that_runs_first(session: EditorSession, qtbot: Any) -> None:
    session.set_code(LINE)
    session.flush()
    count = session.undo_stack.count()
    session.training.run()
    wait_for_steps(session, qtbot)
    (b,) = ids(session, "b")
    assert session.set_value(b, "not a number") is not None
    assert not session.connect(b, b, 0, quiet=True)
    assert session.training.state == "running"  # refused edits disturb nothing
    assert session.set_value(b, "7") is None
    assert session.training.state == "paused"
    assert [session.undo_stack.text(i) for i in range(count, session.undo_stack.count())] == [
        f"Train {session.training.step_count} steps", "Set b to 7",
    ]  # fmt: skip
    assert session.graph.nodes[b].value == Value(7)
    assert value_of(session, "w") != 0.0


def test_moving_nodes_does_not_stop_training(session: EditorSession, qtbot: Any, told: Any) -> None:
    session.set_code(LINE)
    session.flush()
    session.training.run()
    (b,) = ids(session, "b")
    session.move_nodes({b: (77.0, 88.0)})
    session.tidy()
    assert session.training.state == "running"
    wait_for_steps(session, qtbot)
    session.training.stop()
    assert session.training.state == "idle"
    assert session.graph.nodes[b].value != Value(0.5)
    assert told.messages == []


@pytest.mark.parametrize("way", ["session", "stack"])
def test_undo_while_training_takes_the_training_back(session: EditorSession, qtbot: Any, way: str) -> None:
    session.set_code(LINE)
    before = session.graph
    session.training.run()
    wait_for_steps(session, qtbot)
    (session if way == "session" else session.undo_stack).undo()
    assert session.training.state == "paused"
    assert session.graph == before
    assert session.undo_stack.redoText().startswith("Train ")


def test_undo_from_qts_own_action_drops_the_run_and_says_so(session: EditorSession, qtbot: Any, told: Any) -> None:
    session.set_code(LINE)
    action = session.undo_stack.createUndoAction(session)
    session.training.run()
    wait_for_steps(session, qtbot)
    action.trigger()
    assert len(session.graph.nodes) == 0
    assert (session.training.state, session.training.losses) == ("idle", [])
    assert [message.severity for message in told.messages] == ["warning"]


def test_late_snapshots_are_dropped(session: EditorSession, qtbot: Any, snapshots: list[TrainingSnapshot]) -> None:
    session.set_code(LINE)
    session.training.run()
    wait_for_steps(session, qtbot)
    session.training.pause()
    steps, told = session.training.step_count, len(snapshots)
    for late in (1, 0, 99):
        session.training._take(late)
        session.training._take_end(late)
    qtbot.wait(60)
    assert (session.training.step_count, len(snapshots), session.training.state) == (steps, told, "paused")
    session.training.run()
    session.training._take_end(1)  # the end of the first run, late
    assert session.training.state == "running"


def test_running_counts_as_modified(session: EditorSession, qtbot: Any, tmp_path: Any) -> None:
    session.set_code(LINE)
    assert session.save(tmp_path / "line.backprop")
    assert not session.is_modified
    session.training.run()
    wait_for_steps(session, qtbot)
    assert session.is_modified
    assert session.save()  # what is saved includes the training
    assert session.training.state == "paused"
    assert not session.is_modified
    trained = session.graph
    assert session.open(tmp_path / "line.backprop")
    assert session.graph.nodes == trained.nodes
    assert (session.training.state, session.training.losses) == ("idle", [])


def test_another_document_ends_training_without_a_trace(session: EditorSession, qtbot: Any, told: Any) -> None:
    session.set_code(LINE)
    session.training.run()
    wait_for_steps(session, qtbot)
    session.new()
    qtbot.wait(50)
    assert (session.training.state, session.training.losses) == ("idle", [])
    assert session.undo_stack.count() == 0
    assert not session.is_modified
    assert told.messages == []


def test_training_and_the_passes_take_turns(session: EditorSession, qtbot: Any) -> None:
    session.set_code(LINE)
    session.timeline.seek(3)
    session.training.run()
    assert not session.timeline.is_active
    wait_for_steps(session, qtbot)
    session.timeline.play()
    assert session.training.state == "paused"
    assert session.timeline.is_playing
    assert session.evaluation.graph is session.graph


def test_settings_are_checked(session: EditorSession, qtbot: Any) -> None:
    training = session.training
    with qtbot.waitSignal(training.changed):
        training.learning_rate = 0.25
    with qtbot.waitSignal(training.changed):
        training.steps_per_second = 50
    with qtbot.waitSignal(training.changed):
        training.optimizer = "adam"
    for name, wrong in (
        ("learning_rate", -1.0), ("learning_rate", float("nan")), ("steps_per_second", 0), ("optimizer", "magic"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="is"):
            setattr(training, name, wrong)
    assert (training.learning_rate, training.steps_per_second, training.optimizer) == (1e-3, 50, "adam")
    training.optimizer = "momentum"
    assert training.learning_rate == 0.25, "steps of the same size keep their learning rate"


def test_the_learning_rate_counts_from_the_next_step(session: EditorSession) -> None:
    session.set_code("w = parameter(3.)\nL = square(w)")
    run = TrainingRun(1, compile_graph(session.graph).program, learning_rate=0.1, steps=3)
    run.work(lambda _: setattr(run, "learning_rate", 0.5))  # announced after the first step
    (w,) = run.trained().values()
    assert w == 0.0
    snapshot = run.close()
    assert snapshot is not None
    assert snapshot.losses == pytest.approx([9.0, 5.76, 0.0])


class Clock:
    """Time that passes by what is done, not by itself."""

    def __init__(self, tick: float) -> None:
        self.now = 0.0
        self.tick = tick
        self.slept: list[float] = []

    def perf_counter(self) -> float:
        self.now += self.tick
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_at_most_thirty_snapshots_a_second(session: EditorSession, monkeypatch: pytest.MonkeyPatch) -> None:
    session.set_code("w = parameter(3.)\nL = square(w)")
    clock = Clock(0.001)
    monkeypatch.setattr(training_run, "time", clock)
    run = TrainingRun(1, compile_graph(session.graph).program, learning_rate=0.01, steps=500)
    taken: list[tuple[float, TrainingSnapshot | None]] = []

    def attend(_: int) -> None:
        taken.append((clock.now, run.take()))
        run.attended()

    run.work(attend)
    gaps = [later - earlier for (earlier, _), (later, _) in itertools.pairwise(taken)]
    assert len(taken) > 10
    assert min(gaps) >= 1 / 30
    assert clock.slept  # the window's thread gets its turn
    taken.append((clock.now, run.close()))
    assert sum(len(snapshot.losses) for _, snapshot in taken if snapshot is not None) == 500


def test_there_are_fewer_snapshots_where_showing_them_takes_long(
    session: EditorSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.set_code("w = parameter(3.)\nL = square(w)")
    clock = Clock(0.0001)
    monkeypatch.setattr(training_run, "time", clock)
    run = TrainingRun(1, compile_graph(session.graph).program, learning_rate=0.01, steps=2_000)
    announced: list[float] = []

    def attend_slowly(_: int) -> None:
        announced.append(clock.now)
        clock.now += 0.1
        run.attended()

    run.work(attend_slowly)
    gaps = [later - earlier for earlier, later in itertools.pairwise(announced)]
    assert len(gaps) >= 1
    assert min(gaps) >= 0.2


def test_the_worker_steps_aside_while_the_window_is_busy(
    session: EditorSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.set_code("w = parameter(3.)\nL = square(w)")
    shares = []
    for busy in (False, True):
        clock = Clock(0.0001)
        monkeypatch.setattr(training_run, "time", clock)
        run = TrainingRun(1, compile_graph(session.graph).program, learning_rate=0.01, steps=500)
        run.work((lambda _: None) if busy else (lambda _, run=run: run.attended()))
        shares.append(sum(clock.slept) / clock.now)
    free, aside = shares
    assert 0.0 < free < 0.1
    assert aside > 0.7


def test_nothing_is_announced_before_the_last_announcement_was_taken(
    session: EditorSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.set_code("w = parameter(3.)\nL = square(w)")
    monkeypatch.setattr(training_run, "time", Clock(0.01))
    run = TrainingRun(7, compile_graph(session.graph).program, learning_rate=0.01, steps=200)
    announced: list[int] = []
    run.work(announced.append)
    assert announced == [7]
    snapshot, rest = run.take(), run.close()
    assert snapshot is not None
    assert rest is not None
    assert len(snapshot.losses) == snapshot.step < 200
    assert len(snapshot.losses) + len(rest.losses) == rest.step == 200


def test_the_pace_is_kept(session: EditorSession, monkeypatch: pytest.MonkeyPatch) -> None:
    session.set_code("w = parameter(3.)\nL = square(w)")
    clock = Clock(0.0)
    monkeypatch.setattr(training_run, "time", clock)
    run = TrainingRun(1, compile_graph(session.graph).program, learning_rate=0.01, steps=10, steps_per_second=4.0)
    closed = run._closed

    def wait(seconds: float) -> bool:
        clock.sleep(seconds)
        return closed.is_set()

    monkeypatch.setattr(closed, "wait", wait)
    run.work(lambda _: None)
    assert clock.now == pytest.approx(10 / 4.0)
    assert max(clock.slept) <= 0.05  # a new pace, or the end, is noticed soon


def test_the_interpreter_is_shared_while_a_worker_is_busy(session: EditorSession, qtbot: Any) -> None:
    before = sys.getswitchinterval()
    other = EditorSession()
    for each in (session, other):
        each.set_code(LINE)
        each.training.run()
        wait_for_steps(each, qtbot, 1)
    session.training.pause()  # the first to begin ends first
    qtbot.wait(20)
    assert sys.getswitchinterval() < before
    other.shutdown()
    assert sys.getswitchinterval() == before
    session.training.run()
    session.training.pause()
    assert sys.getswitchinterval() < before  # the last step may still be computed
    qtbot.waitUntil(lambda: sys.getswitchinterval() == before)


def test_qobjects_are_not_collected_on_the_worker(session: EditorSession, qtbot: Any) -> None:
    """Destroyed there, timers of the window's thread warn at best and crash at worst."""
    main, ended = threading.get_ident(), []

    class Note:
        def __del__(self) -> None:
            ended.append(threading.get_ident())

    session.set_code(LINE)
    session.training.run()
    for _ in range(300):
        timer = QTimer()
        timer.start(1000)
        timer.cycle = (timer, Note())  # type: ignore[attr-defined]
    del timer
    wait_for_steps(session, qtbot, 2_000)
    session.training.pause()
    gc.collect()
    assert set(ended) == {main}


def test_an_unforeseen_exception_ends_the_run_and_is_raised(
    session: EditorSession, qtbot: Any, told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> Any:
        raise RuntimeError("broken")

    session.set_code(LINE)
    monkeypatch.setattr(training_run, "train", broken)
    with qtbot.captureExceptions() as exceptions:
        session.training.run()
        qtbot.waitUntil(lambda: session.training.state == "idle", timeout=20_000)
        qtbot.waitUntil(lambda: bool(exceptions), timeout=20_000)
    assert str(exceptions[0][1]) == "broken"
    assert "broken" in told.errors[0]


def test_an_expensive_single_step_goes_to_the_worker(
    session: EditorSession, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_worker, "estimated_work", lambda _: 10**12)
    session.set_code(LINE)
    session.training.step_once()
    assert session.training.state == "running"
    qtbot.waitUntil(lambda: session.training.state == "paused", timeout=20_000)
    assert session.undo_stack.undoText() == "Train 1 step"


def test_shutdown_while_it_runs(qtbot: Any) -> None:
    session = EditorSession()
    session.set_code(LINE)
    session.training.run()
    wait_for_steps(session, qtbot)
    session.shutdown()
    session.shutdown()
    assert session.training.state == "idle"
    QCoreApplication.processEvents()


@pytest.mark.parametrize(
    "end", ["session.shutdown()", "del session; gc.collect()", "pass", "QTimer.singleShot(0, app.quit); app.exec()"]
)
def test_no_way_to_leave_aborts(end: str) -> None:
    """A QThread destroyed while it runs would abort the process."""
    script = f"""
        import gc, time
        from PySide6.QtCore import QCoreApplication, QTimer
        from backprop_studio.session.editor_session import EditorSession
        app = QCoreApplication([])
        session = EditorSession()
        session.set_code({LINE!r})
        session.training.run()
        while not session.training.step_count:
            app.processEvents()
        session._evaluator.inline_work = 0
        session.set_dtype("float32")
        app.processEvents()
        session.training.run()
        {end}
        print("left")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "left", "")


@pytest.mark.parametrize("name", ["momentum", "nesterov", "rmsprop", "adam", "adamw"])
def test_the_optimisers_state_survives_a_pause(session: EditorSession, name: str) -> None:
    """Ten single steps are ten steps in one go; undoing goes back to the state of that time, reset to none."""
    session.set_code(LINE)
    session.flush()
    training = session.training
    training.optimizer = name
    training.change_settings(lr=0.01)
    program = compile_graph(session.graph).program
    straight = list(train(program, learning_rate=0.01, optimizer=name, steps=10))
    for _ in range(10):
        assert training.step_once()
    assert training.losses == [result.loss for result in straight]
    assert training.past is not None
    assert training.past.state.steps == 10
    for _ in range(5):
        session.undo()
    session.flush()
    assert training.past is not None
    assert training.past.state.steps == 5
    for _ in range(5):
        assert training.step_once()
    assert training.losses == [result.loss for result in straight]
    training.reset()
    assert training.past is None
    assert training.step_once()
    assert training.losses == [straight[0].loss]
    training.optimizer = "adam" if name != "adam" else "rmsprop"
    assert training.past is None, "another optimiser begins anew"


def test_a_state_of_other_parameters_is_dropped(session: EditorSession, told: Any) -> None:
    session.set_code(LINE)
    session.flush()
    session.training.optimizer = "adam"
    assert session.training.step_once()
    session.set_value(ids(session, "w")[0], "[[1.], [2.]]")
    session.set_value(ids(session, "x")[0], "[[0., 1.], [1., 0.], [2., 2.]]")
    session.flush()
    assert session.training.step_once()
    assert session.training.past is not None
    assert session.training.past.state.steps == 1
    assert not told.errors


def test_batches_are_rows_of_the_data(session: EditorSession) -> None:
    session.set_code(LINE)
    session.flush()
    training = session.training
    assert training.rows == 3
    training.batch = 1
    assert training.step_once()
    whole = next(train(compile_graph(session.graph).program, learning_rate=0.1)).loss
    one_row = (0.25, 6.25, 20.25)
    assert any(training.losses[0] == pytest.approx(loss) for loss in one_row), "not the mean of all rows"
    assert whole not in training.losses
    with pytest.raises(ValueError, match="at least 1 row"):
        training.batch = 0
    session.set_code("w = parameter(2.)\nL = w**2")
    session.flush()
    assert training.rows is None
    assert training.step_once(), "a graph without rows is trained whole"


def test_another_document_begins_with_the_choices_of_a_new_one(session: EditorSession) -> None:
    training = session.training
    assert session.load_example("neuron-loss")
    assert training.learning_rate == 0.5
    training.optimizer = "adam"
    training.change_settings(beta1=0.5, max_norm=2.0)
    training.batch = 8
    session.new()
    assert (training.optimizer, training.learning_rate, training.batch) == ("sgd", DEFAULT_LEARNING_RATE, None)
    training.optimizer = "adam"
    assert training.setup.values["beta1"] == 0.9


def test_undoing_a_reset_brings_its_curve_back(session: EditorSession) -> None:
    session.set_code("w = parameter(3.)\nL = square(w)")
    training = session.training
    for _ in range(3):
        assert training.step_once()
    losses = list(training.losses)
    training.reset()
    assert (training.losses, training.state) == ([], "idle")
    session.undo()
    assert (training.losses, training.steps_standing, training.state) == (losses, 3, "paused")
    session.undo()
    assert training.steps_standing == 2
    session.redo()
    assert training.step_once()
    assert training.losses[:3] == losses
    assert training.step_count == 4


def test_undoing_past_a_reset_goes_from_curve_to_curve(session: EditorSession) -> None:
    session.set_code("w = parameter(3.)\nL = square(w)")
    training = session.training
    for _ in range(3):
        assert training.step_once()
    training.reset()
    training.learning_rate = 0.01
    assert training.step_once()
    session.undo()
    assert (training.step_count, training.steps_standing) == (1, 0)
    session.undo()
    assert (training.step_count, training.steps_standing) == (3, 3)
    session.redo()
    assert training.steps_standing == 0
    session.redo()
    assert (training.step_count, training.steps_standing) == (1, 1)
