"""Update and zero_grad on the timeline, and what happens where gradients are never cleared."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from backprop_studio.document.event_card import event_card
from backprop_studio.document.explanation import explain_node, explain_step
from backprop_studio.document.fixed_sources import fixed_sentence, is_fixed
from backprop_studio.engine.trace import Stage
from backprop_studio.session.jumping import position_of_node, position_of_wire
from backprop_studio.session.play_units import UNITS, Unit
from backprop_studio.session.timeline import Timeline
from backprop_studio.training.optimizers import setup
from backprop_studio.ui.canvas.labels import Labels, Tone
from backprop_studio.ui.panels.inspector_facts import is_number, node_facts
from tests.session.timelines import node, timeline_of

CODE = "a = parameter(3.)\nb = parameter(2.)\nd = constant(1.)\nt = a*b\nL = t*d"


@pytest.fixture(autouse=True)
def application(qapp: QApplication) -> QApplication:
    return qapp


def step_of(code: str = CODE, rate: float = 0.1, *, zero_grad: bool = True) -> Timeline:
    timeline = timeline_of(code)
    timeline.animate = "steps"
    timeline.set_stages(whole_step=True, zero_grad=zero_grad)
    timeline.set_rule(setup("sgd", lr=rate))
    return timeline


def picture(timeline: Timeline) -> list[object]:
    """Everything that a timeline shows."""
    assert timeline.evaluation is not None
    shown: list[object] = []
    for each in timeline.evaluation.graph.nodes:
        so_far, after = timeline.gradient_so_far(each), timeline.updated_value(each)
        shown.append((timeline.value_known(each), timeline.gradient_known(each)))
        shown += [None if array is None else array.tolist() for array in (so_far, after)]
    for wire in timeline.evaluation.graph.wires:
        number = timeline.wire_number(wire)
        shown.append(None if number is None else (number[0], number[1].tolist()))
    return shown


def test_the_stages_of_a_step_in_their_order() -> None:
    timeline = step_of()
    assert timeline.trace is not None
    stages = list(dict.fromkeys(event.stage for event in timeline.trace))
    assert stages == [Stage.FORWARD, Stage.BACKWARD, Stage.UPDATE, Stage.ZERO_GRAD]
    told = [timeline.narration(index) for index in range(timeline.length)]
    titles = [each.title for each in told if each is not None]
    assert titles[-4:] == ["Update 1 of 2", "Update 2 of 2", "zero_grad 1 of 2", "zero_grad 2 of 2"]
    assert any(each is not None and each.arithmetic == "3 − 0.1 × 2 = 2.8" for each in told)


def test_values_change_with_their_update_and_gradients_go_with_zero_grad() -> None:
    timeline = step_of()
    assert timeline.trace is not None
    a = node(timeline, "a")
    timeline.seek(timeline.trace.passes_end)
    assert timeline.updated_value(a) is None
    assert timeline.gradient_known(a) == "known"
    timeline.seek(timeline.trace.stage_ends[2])
    assert timeline.updated_value(a) == pytest.approx(2.8)
    assert timeline.gradient_known(a) == "known"
    timeline.to_end()
    assert timeline.gradient_known(a) == "hidden"
    assert timeline.gradient_so_far(a) is None
    assert timeline.evaluation is not None
    gradient = node_facts(timeline.evaluation, a, timeline).gradient
    assert gradient.line == "cleared by zero_grad"
    assert not is_number(gradient)
    row = Labels(timeline.evaluation.graph, timeline.evaluation, timeline)[a].gradient
    assert (row.text, row.tone) == ("cleared", Tone.QUIET)
    timeline.stop()
    assert timeline.gradient_known(a) == "known", "at rest the passes are shown, not the update"
    assert timeline.updated_value(a) is None


def test_never_cleared_gradients_add_up() -> None:
    timeline = step_of(zero_grad=False)
    assert timeline.evaluation is not None
    a, t = node(timeline, "a"), node(timeline, "t")
    for passes in (1, 2, 3):
        if passes == 1:
            timeline.to_end()
        else:
            timeline.play()
            assert timeline.position == 0
            assert timeline.gradient_known(a) == "partial", "what was not cleared is still there"
            assert timeline.gradient_so_far(a) == 2.0 * (passes - 1)
            timeline.seek(timeline.length)
        held = timeline.gradient_so_far(a)
        assert held == passes * 2.0
        assert timeline.gradient_so_far(t) == 1.0, "nothing doubles inside a pass"
        assert timeline.updated_value(a) == pytest.approx(3.0 - 0.1 * 2.0 * passes)
    timeline.stop()
    assert timeline.gradient_so_far(a) == 2.0


def test_the_sum_is_told() -> None:
    timeline = step_of(zero_grad=False)
    timeline.to_end()
    timeline.play()
    assert timeline.trace is not None
    assert timeline.evaluation is not None
    a = timeline.evaluation.position(node(timeline, "a"))
    assert a is not None
    index = timeline.trace.gradient_at[a] - 1
    told, derived = timeline.narration(index), timeline.explanation(index)
    assert told is not None
    assert derived is not None
    assert told.sentence == "a.grad sums 2 passes, as zero_grad is off"
    assert told.arithmetic == "2 + 2 = 4"
    card = event_card(derived)
    assert card is not None
    assert card.heading == "Sum of 2 passes: zero_grad is off"
    assert [row.written.text for row in card.rows][-2:] == ["a.grad ← a.grad + ∂L/∂a", "= 2 + 2 = 4"]
    last = timeline.narration(timeline.trace.updated_at[a] - 1)
    assert last is not None
    assert last.sentence == "Only a.grad adds up; a is the graph's again (Train makes real steps)"
    update = timeline.explanation(timeline.trace.updated_at[a] - 1)
    assert update is not None
    assert "a ← a − η × a.grad" in update.text
    assert "the graph keeps a = 3, and playing again begins there" in update.text


def test_what_is_this_pass_and_what_has_added_up() -> None:
    timeline = step_of(zero_grad=False)
    timeline.to_end()
    a, t = node(timeline, "a"), node(timeline, "t")
    assert timeline.passes_held(a) == 0, "the first pass adds to nothing"
    timeline.play()
    assert timeline.passes_held(a) == 1
    assert timeline.passes_held(t) == 0
    timeline.to_end()
    assert timeline.passes_held(a) == 2
    assert timeline.evaluation is not None
    facts = node_facts(timeline.evaluation, a, timeline)
    assert facts.gradient.line == "2"
    assert facts.held is not None
    assert facts.held.line == "4 (2 passes)"
    labels = Labels(timeline.evaluation.graph, timeline.evaluation, timeline)
    assert (labels[a].gradient.caption, labels[a].gradient.text) == ("a.grad", "4")
    timeline.stop()
    labels.forget()
    assert (labels[a].gradient.caption, labels[a].gradient.text) == ("∂L/∂a", "2")
    assert node_facts(timeline.evaluation, a, timeline).held is None


def test_gradients_that_training_does_not_use_are_quiet() -> None:
    timeline = step_of("x = input(3.)\nw = parameter(2.)\nL = x*w")
    assert timeline.evaluation is not None
    labels = Labels(timeline.evaluation.graph, timeline.evaluation)
    x, w = node(timeline, "x"), node(timeline, "w")
    assert (labels[x].gradient.text, labels[x].gradient.tone) == ("2", Tone.QUIET)
    assert labels[w].gradient.tone is Tone.BACKWARD
    assert "no update uses this gradient" in fixed_sentence(timeline.evaluation.graph.nodes[x])
    assert not is_fixed(timeline.evaluation.graph.nodes[w])
    assert "no update uses this gradient" in explain_node(timeline.evaluation, x).sentence
    assert "no update uses" not in explain_node(timeline.evaluation, w).text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 40), min_size=1, max_size=12), st.booleans(), st.integers(0, 2))
def test_the_same_position_gives_the_same_picture(seeks: list[int], zero_grad: bool, kept: int) -> None:
    """However it was reached, with the update, with and without accumulated gradients."""
    walked, straight = step_of(zero_grad=zero_grad), step_of(zero_grad=zero_grad)
    for timeline in (walked, straight):
        for _ in range(0 if zero_grad else kept):
            timeline.to_end()
            timeline.play()
            timeline.pause()
    for position in seeks:
        walked.seek(position)
    straight.seek(seeks[-1])
    assert picture(walked) == picture(straight)


def test_other_optimisers_take_their_own_first_step() -> None:
    timeline = step_of()
    timeline.set_rule(setup("adam", lr=0.1))
    timeline.to_end()
    assert timeline.updated_value(node(timeline, "a")) == pytest.approx(3.0 - 0.1, abs=1e-6)
    assert timeline.evaluation is not None
    assert timeline.trace is not None
    update = timeline.trace.passes_end
    told = explain_step(timeline.evaluation, timeline.trace, update, timeline.rule)
    assert "m̂ ← m / (1 − β₁^t)" in told.text
    assert "The first step of Adam" in told.text
    assert told.latex


def test_a_click_leads_to_the_event_of_the_stage_shown() -> None:
    timeline = step_of()
    assert timeline.evaluation is not None
    assert timeline.trace is not None
    a, t = node(timeline, "a"), node(timeline, "t")
    wire = next(wire for wire in timeline.evaluation.graph.wires if wire.source == a)
    call = timeline.evaluation.position(t)
    assert call is not None
    timeline.seek(1)
    assert position_of_node(timeline, t) == timeline.trace.value_at[call]
    assert position_of_wire(timeline, wire) == timeline.trace.forward_at[call, wire.slot]
    timeline.seek(timeline.trace.passes_end)
    assert position_of_node(timeline, t) == timeline.trace.gradient_at[call]
    assert position_of_wire(timeline, wire) == timeline.trace.backward_at[call, wire.slot]
    timeline.seek(timeline.trace.stage_ends[2])
    assert position_of_node(timeline, a) == timeline.trace.updated_at[timeline.evaluation.position(a)]  # type: ignore[index]


@pytest.mark.parametrize("unit", UNITS)
def test_playing_by_units_stops_at_the_ends_of_stages(unit: Unit) -> None:
    timeline = step_of("a = parameter(3.)\nb = parameter(2.)\nu = a*b\nv = a+b\nL = u*v")
    assert timeline.trace is not None
    timeline.unit = unit
    timeline.play()
    seen = [timeline.position]
    while timeline.is_playing:
        timeline.advance(1.0 / timeline.speed)
        seen.append(timeline.position)
    assert seen == sorted(set(seen))
    assert set(timeline.trace.stage_ends) <= set(seen)
    if unit == "event":
        assert len(seen) == timeline.length + 1
    else:
        assert len(seen) < timeline.length


def test_a_unit_of_a_node_ends_with_its_value() -> None:
    timeline = step_of()
    timeline.unit = "node"
    timeline.step_forward()
    assert timeline.value_known(node(timeline, "t"))
    assert not timeline.value_known(node(timeline, "L"))


def test_a_stage_that_loops_begins_anew() -> None:
    timeline = step_of()
    assert timeline.trace is not None
    timeline.loops = True
    start, end = timeline.trace.stage_ends[:2]
    timeline.seek(start)
    timeline.play()
    for _ in range(3 * (end - start)):
        timeline.advance(1.0 / timeline.speed)
        assert start <= timeline.position < end
    assert timeline.is_playing
