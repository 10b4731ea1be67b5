"""The timeline: whatever way a position was reached, it shows the same."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QApplication

from backprop_studio.document.evaluation import Evaluation, evaluate_graph
from backprop_studio.engine.trace import EventKind, Stage
from backprop_studio.exchange.graph_code import parse_graph_code
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.timeline import Timeline
from tests.session.timelines import ARRAYS, FAN_OUT, node, timeline_of


def seen(timeline: Timeline) -> list[object]:
    """Everything that a view can ask for."""
    evaluation = timeline.evaluation
    assert evaluation is not None

    def plain(array: Any) -> object:
        return None if array is None else (array.shape, array.tobytes())

    shown: list[object] = [timeline.is_active, timeline.position, timeline.progress, timeline.current_event_index()]
    shown += [timeline.active_wire(), timeline.active_node(), timeline.stage]
    for key in evaluation.graph.nodes:
        shown += [timeline.value_known(key), timeline.gradient_known(key), plain(timeline.gradient_so_far(key))]
        shown.append(timeline.contributions_arrived(key))
    for wire in evaluation.graph.wires:
        number = timeline.wire_number(wire)
        shown.append(None if number is None else (number[0], plain(number[1])))
    return shown


@pytest.fixture(autouse=True)
def application(qapp: QApplication) -> QApplication:
    return qapp


def test_at_rest_everything_is_known() -> None:
    timeline = timeline_of(FAN_OUT)
    assert (timeline.is_active, timeline.position, timeline.progress) == (False, 0, 0.0)
    assert timeline.current_event_index() is None
    for name, gradient in (("a", 2.0), ("b", 5.0), ("L", 1.0)):
        assert timeline.value_known(node(timeline, name))
        assert timeline.gradient_known(node(timeline, name)) == "known"
        assert timeline.gradient_so_far(node(timeline, name)) == gradient


def test_contributions_add_up_at_a_fan_out() -> None:
    timeline = timeline_of(FAN_OUT)
    b = node(timeline, "b")
    timeline.to_start()
    assert timeline.value_known(b)  # a source
    assert not timeline.value_known(node(timeline, "L"))
    heard: list[tuple[str, float | None]] = []
    for position in range(timeline.length + 1):
        timeline.seek(position)
        total = timeline.gradient_so_far(b)
        state = (timeline.gradient_known(b), None if total is None else float(total))
        if not heard or heard[-1] != state:
            heard.append(state)
    assert [state for state, _ in heard] == ["hidden", "partial", "partial", "known"]
    assert heard[0][1] is None
    assert heard[1][1] in (2.0, 3.0)
    assert heard[2][1] == heard[3][1] == 5.0


def test_partial_sums_are_the_engines_in_any_order_of_asking() -> None:
    timeline = timeline_of(ARRAYS)
    evaluation = timeline.evaluation
    assert evaluation is not None
    trace = evaluation.trace
    h = node(timeline, "h")
    call = evaluation.position(h)
    assert call is not None
    terms = [evaluation.run.contributions[edge] for edge in trace.arrivals[call]]
    assert len(terms) == 3
    for count in (3, 1, 2, 3, 2, 1):
        timeline.seek(trace.backward_at[trace.arrivals[call][count - 1]])
        expected = terms[0]
        for term in terms[1:count]:
            expected = expected + term
        assert timeline.contributions_arrived(h) == (count, 3)
        assert np.array_equal(timeline.gradient_so_far(h), expected)
    timeline.to_end()
    assert np.array_equal(timeline.gradient_so_far(h), evaluation.gradient(h))


def test_a_wire_shows_what_travelled_on_it_last() -> None:
    timeline = timeline_of("a = parameter(3.)\nb = parameter(4.)\nL = a*b")
    evaluation = timeline.evaluation
    assert evaluation is not None
    trace = evaluation.trace
    wire = next(w for w in evaluation.graph.wires if w.source == node(timeline, "a"))
    timeline.to_start()
    assert timeline.wire_number(wire) is None
    timeline.step_forward()
    timeline.advance(0.25)
    assert 0.0 < timeline.progress < 1.0
    assert timeline.active_wire() == wire
    assert timeline.active_node() == node(timeline, "L")
    assert timeline.wire_number(wire) == (Stage.FORWARD, 3.0)
    timeline.seek(trace.stage_ends[0])
    assert timeline.wire_number(wire) == (Stage.FORWARD, 3.0)
    carry = next(
        i
        for i, e in enumerate(trace)
        if e.stage is Stage.BACKWARD and e.kind is EventKind.CARRY and e.slot == wire.slot
    )
    timeline.seek(carry)
    assert timeline.wire_number(wire) == (Stage.FORWARD, 3.0)
    timeline.step_forward()
    timeline.advance(0.25)
    assert timeline.wire_number(wire) == (Stage.BACKWARD, 4.0)
    assert timeline.active_node() == node(timeline, "a")
    assert timeline.gradient_known(node(timeline, "a")) == "hidden"  # on its way, not there
    timeline.advance(10.0)
    assert timeline.gradient_known(node(timeline, "a")) == "known"


def test_playing_takes_its_time_and_stops_at_the_end() -> None:
    timeline = timeline_of(FAN_OUT)
    timeline.set_speed(2.0)
    timeline.play()
    assert timeline.is_playing
    timeline.advance(0.75)
    assert (timeline.position, timeline.progress) == (1, 0.5)
    assert timeline.current_event_index() == 1
    timeline.pause()
    timeline.advance(5.0)
    assert (timeline.position, timeline.progress, timeline.is_playing) == (1, 0.5, False)
    timeline.toggle()
    timeline.advance(0.25)
    assert (timeline.position, timeline.progress) == (2, 0.0)
    timeline.advance(1000.0)
    assert (timeline.position, timeline.progress, timeline.is_playing) == (timeline.length, 0.0, False)
    assert timeline.is_active
    timeline.play()
    assert (timeline.position, timeline.is_playing) == (0, True)
    timeline.stop()
    assert (timeline.is_active, timeline.is_playing, timeline.position) == (False, False, 0)


def test_a_step_travels_and_a_second_one_completes_it() -> None:
    timeline = timeline_of(FAN_OUT)
    timeline.step_forward()
    timeline.advance(0.1)
    assert (timeline.position, timeline.is_playing) == (0, False)
    assert timeline.progress > 0.0
    timeline.step_forward()
    assert (timeline.position, timeline.progress) == (1, 0.0)
    timeline.advance(10.0)
    assert (timeline.position, timeline.progress) == (2, 0.0)
    timeline.advance(10.0)  # one step, no more
    assert timeline.position == 2
    timeline.step_forward()
    timeline.advance(0.1)
    timeline.step_back()  # takes back what is on its way
    assert (timeline.position, timeline.progress) == (2, 0.0)
    timeline.step_back()
    assert timeline.position == 1
    timeline.play()
    timeline.advance(0.1)
    timeline.step_forward()  # goes on with what is on its way
    assert not timeline.is_playing
    timeline.advance(10.0)
    assert timeline.position == 2


def test_stepping_back_at_rest_begins_from_the_end() -> None:
    timeline = timeline_of(FAN_OUT)
    timeline.step_back()
    assert (timeline.is_active, timeline.position) == (True, timeline.length - 1)
    timeline.to_end()
    timeline.step_forward()
    assert timeline.position == timeline.length


@pytest.mark.parametrize("animate", ["steps", "off"])
def test_without_animation_a_step_jumps(animate: Any) -> None:
    timeline = timeline_of(FAN_OUT)
    timeline.animate = animate
    timeline.step_forward()
    timeline.step_forward()
    assert (timeline.position, timeline.progress) == (2, 0.0)


def test_playing_in_steps_shows_nothing_on_its_way() -> None:
    timeline = timeline_of(FAN_OUT)
    timeline.animate = "steps"
    timeline.set_speed(1.0)
    timeline.play()
    timeline.advance(0.9)
    assert (timeline.position, timeline.progress, timeline.current_event_index()) == (0, 0.0, None)
    timeline.advance(0.9)
    assert (timeline.position, timeline.progress, timeline.current_event_index()) == (1, 0.0, 0)


def test_playing_without_animation_goes_to_the_end_of_the_pass() -> None:
    timeline = timeline_of(FAN_OUT)
    timeline.animate = "off"
    forward_end = timeline.trace.stage_ends[0] if timeline.trace else 0
    timeline.play()
    assert (timeline.position, timeline.is_playing) == (forward_end, False)
    timeline.play()
    assert timeline.position == timeline.length
    with pytest.raises(ValueError, match="animate"):
        timeline.animate = "a bit"  # type: ignore[assignment]


def test_changing_the_animation_in_flight_lets_the_event_arrive() -> None:
    timeline = timeline_of(FAN_OUT)
    timeline.step_forward()
    timeline.advance(0.1)
    timeline.animate = "steps"
    assert (timeline.position, timeline.progress) == (1, 0.0)


def test_stages() -> None:
    timeline = timeline_of(FAN_OUT)
    end = timeline.trace.stage_ends[0] if timeline.trace else 0
    timeline.to_start()
    places = []
    for move in (
        timeline.next_stage, timeline.next_stage, timeline.next_stage,
        timeline.previous_stage, timeline.previous_stage, timeline.previous_stage,
    ):  # fmt: skip
        move()
        places.append(timeline.position)
    assert places == [end, timeline.length, timeline.length, end, 0, 0]
    timeline.seek(end + 2)
    assert timeline.stage is Stage.BACKWARD
    timeline.previous_stage()
    assert timeline.position == end
    assert timeline.stage is Stage.FORWARD


def test_nothing_to_play() -> None:
    for timeline in (Timeline(), timeline_of("x = input(1.)")):
        for move in (
            timeline.play, timeline.step_forward, timeline.step_back, timeline.to_start, timeline.to_end,
            timeline.next_stage, timeline.previous_stage, timeline.stop, timeline.pause,
        ):  # fmt: skip
            move()
        timeline.advance(1.0)
        assert (timeline.length, timeline.position, timeline.is_active, timeline.is_playing) == (0, 0, False, False)


def test_speed_is_clipped() -> None:
    timeline = timeline_of(FAN_OUT)
    for asked, got in ((0.0, 0.1), (1e9, 20.0), (3.0, 3.0)):
        timeline.set_speed(asked)
        assert timeline.speed == got


def test_the_clock_runs_only_while_something_moves(qtbot: Any) -> None:
    timeline = timeline_of(FAN_OUT)
    assert not timeline._clock.isActive()
    timeline.set_speed(20.0)
    timeline.play()
    assert timeline._clock.isActive()
    qtbot.waitUntil(lambda: not timeline.is_playing, timeout=20_000)
    assert timeline.position == timeline.length
    assert not timeline._clock.isActive()


MOVES = st.one_of(
    st.tuples(st.just("seek"), st.integers(-2, 60)),
    st.tuples(st.just("advance"), st.floats(0.0, 3.0)),
    st.tuples(st.sampled_from(["step_forward", "step_back", "play", "pause", "next_stage", "previous_stage", "stop"])),
    st.tuples(st.just("set_speed"), st.floats(0.1, 20.0)),
    st.tuples(st.just("animate"), st.sampled_from(["full", "steps"])),
)

EVALUATIONS: dict[str, Evaluation] = {}


@settings(deadline=None, max_examples=150)
@given(code=st.sampled_from([FAN_OUT, ARRAYS]), moves=st.lists(MOVES, max_size=25))
def test_what_is_shown_depends_on_the_position_alone(code: str, moves: list[tuple[Any, ...]]) -> None:
    evaluation = EVALUATIONS.setdefault(code, evaluate_graph(parse_graph_code(code)))
    timeline, straight = Timeline(), Timeline()
    timeline.set_evaluation(evaluation)
    straight.set_evaluation(evaluation)
    for name, *arguments in moves:
        if name == "animate":
            timeline.animate = arguments[0]
        else:
            getattr(timeline, name)(*arguments)
        assert 0 <= timeline.position <= timeline.length
        assert 0.0 <= timeline.progress < 1.0
        assert timeline.progress == 0.0 or timeline.position < timeline.length
        if timeline.is_active and timeline.progress == 0.0:
            straight.seek(timeline.position)
            assert seen(timeline) == seen(straight)
    if timeline.is_active:
        timeline.seek(timeline.position)
        straight.seek(timeline.position)
    else:
        straight.stop()
    assert seen(timeline) == seen(straight)


def test_in_flight_shows_the_position_and_the_number_on_its_way() -> None:
    timeline, straight = timeline_of(ARRAYS), timeline_of(ARRAYS)
    for position in range(timeline.length):
        timeline.seek(position)
        timeline.step_forward()
        timeline.advance(0.2)
        straight.seek(position)
        assert timeline.evaluation is not None
        for key in timeline.evaluation.graph.nodes:
            assert timeline.value_known(key) == straight.value_known(key)
            assert timeline.gradient_known(key) == straight.gradient_known(key)
        straight.seek(position + 1)
        for wire in timeline.evaluation.graph.wires:
            travelling, arrived = timeline.wire_number(wire), straight.wire_number(wire)
            assert (travelling is None) == (arrived is None)
            if travelling is not None and arrived is not None:
                assert travelling[0] is arrived[0]
                assert np.array_equal(travelling[1], arrived[1])


def test_a_value_that_is_refused_stops_the_passes_there() -> None:
    timeline = timeline_of("x = parameter([[1., 2.]])\nt = target([5])\nL = cross_entropy(x, t)")
    assert timeline.evaluation is not None
    assert timeline.evaluation.problems
    timeline.to_end()
    for key in timeline.evaluation.graph.nodes:
        assert timeline.gradient_so_far(key) is None
        timeline.gradient_known(key)


def test_an_edit_rewinds_the_passes_and_says_so_once(session: EditorSession, told: Any) -> None:
    session.set_code(FAN_OUT)
    session.timeline.seek(3)
    assert session.timeline.is_active  # the edit was evaluated first
    assert session.timeline.evaluation is session.evaluation
    a = session.graph.node_named("a")
    assert a is not None
    session.move_nodes({a.id: (1.0, 2.0)})
    session.rename(a.id, "first")
    session.flush()
    assert (session.timeline.is_active, session.timeline.position) == (True, 3)
    assert session.timeline.evaluation is not None
    assert session.timeline.evaluation.graph is session.graph
    assert told.messages == []
    session.set_value(a.id, "7")
    session.set_value(a.id, "8")
    session.flush()
    assert not session.timeline.is_active
    assert [message.severity for message in told.messages] == ["info"]
    assert "rewound" in told.messages[0].text


def test_playing_right_after_an_edit_plays_the_new_graph(session: EditorSession) -> None:
    session.set_code("a = parameter(2.)\nL = a*a")
    session.timeline.play()
    assert session.timeline.is_playing
    assert session.evaluation.graph is session.graph
    assert session.timeline.length == len(session.evaluation.trace) > 0


def test_a_stall_of_the_window_skips_no_event(qtbot: Any) -> None:
    timeline = timeline_of(ARRAYS)
    timeline.set_speed(20.0)
    seen_at: list[int] = []
    timeline.changed.connect(lambda: seen_at.append(timeline.position))
    timeline.changed.connect(lambda: QThread.msleep(60))  # longer than an event takes
    timeline.play()
    qtbot.waitUntil(lambda: not timeline.is_playing, timeout=20_000)
    assert sorted(set(seen_at)) == list(range(timeline.length + 1))
