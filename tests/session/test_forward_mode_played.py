"""Forward mode on the timeline: the same numbers as reverse mode, and whatever way a position was reached, the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from backprop_studio.document.evaluation import Evaluation, evaluate_graph
from backprop_studio.document.examples import all_examples
from backprop_studio.document.tangent_lines import explain_tangent, narrate_tangent
from backprop_studio.document.tangents import Seed, seed_value, seeds, tangents
from backprop_studio.engine.trace import EventKind, Stage
from backprop_studio.exchange.graph_code import parse_graph_code
from backprop_studio.session.documents import read_document
from backprop_studio.session.play_units import UNITS
from backprop_studio.session.timeline import Timeline
from tests.session.timelines import ARRAYS, FAN_OUT

EXAMPLES = {example.name: example.path for example in all_examples()}


@pytest.fixture(autouse=True)
def application(qapp: QApplication) -> QApplication:
    return qapp


def timeline_of(evaluation: Evaluation, animate: str = "steps") -> Timeline:
    timeline = Timeline()
    timeline.animate = animate  # type: ignore[assignment]
    timeline.set_evaluation(evaluation)
    timeline.set_stages(whole_step=True)
    return timeline


def seed_of(evaluation: Evaluation, name: str) -> Seed:
    node = evaluation.graph.node_named(name)
    assert node is not None
    return next(seed for seed in seeds(evaluation) if seed.node == node.id)


def seen(timeline: Timeline) -> list[object]:
    """Everything that a view can ask for."""
    evaluation = timeline.evaluation
    assert evaluation is not None

    def plain(array: Any) -> object:
        return None if array is None else (array.shape, array.tobytes())

    shown: list[object] = [timeline.position, timeline.stage, timeline.active_wires(), timeline.tangent_caption]
    for node in evaluation.graph.nodes:
        shown += [timeline.value_known(node), timeline.gradient_known(node), plain(timeline.tangent(node))]
    for wire in evaluation.graph.wires:
        number = timeline.wire_number(wire)
        shown.append(None if number is None else (number[0], plain(number[1])))
    return shown


def test_value_and_tangent_arrive_together_and_add_up() -> None:
    evaluation = evaluate_graph(parse_graph_code(FAN_OUT))
    timeline = timeline_of(evaluation)
    assert timeline.set_seed(seed_of(evaluation, "b"))
    assert timeline.is_active
    assert timeline.position == 0
    ids = {node.name: node.id for node in evaluation.graph.nodes.values()}
    assert timeline.tangent(ids["a"]) == 0  # does not depend on b: known from the start
    assert timeline.tangent(ids["b"]) is None
    assert not timeline.value_known(ids["L"])
    timeline.step_forward()
    assert timeline.tangent(ids["b"]) == 1
    timeline.to_end()
    assert timeline.value_known(ids["L"])
    assert timeline.tangent(ids["L"]) == 5
    arrived = [timeline.wire_number(wire) for wire in evaluation.graph.wires if wire.target == ids["L"]]
    assert sorted(float(number[1]) for number in arrived if number is not None) == [2.0, 3.0]
    assert {number[0] for number in arrived if number is not None} == {Stage.TANGENT}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_loss_has_the_gradient_of_reverse_mode_for_every_number(name: str) -> None:
    evaluation = evaluate_graph(read_document(EXAMPLES[name]))
    timeline = timeline_of(evaluation)
    compared = 0
    for seed in seeds(evaluation):
        found = tangents(evaluation, seed)
        if found is None or found.at_loss is None:
            continue
        forward, reverse = found.at_loss
        assert forward == pytest.approx(reverse, rel=1e-9, abs=1e-12)
        assert timeline.set_seed(seed)
        last = timeline.narration(timeline.length - 1)
        assert last is not None
        at_loss = found.of(evaluation.program.loss or 0)
        if at_loss is not None and found.trace.events[-1].call == evaluation.program.loss:
            assert "the same number as in reverse mode" in last.sentence
        compared += 1
    assert compared or evaluation.program.loss is None or not seeds(evaluation)


EVALUATIONS = {name: evaluate_graph(read_document(path)) for name, path in EXAMPLES.items()}


@given(st.data())
def test_any_entry_of_any_source_gives_the_gradient_of_reverse_mode(data: st.DataObject) -> None:
    evaluation = EVALUATIONS[data.draw(st.sampled_from(sorted(EVALUATIONS)))]
    first = data.draw(st.sampled_from(seeds(evaluation)))
    value, gradient = seed_value(evaluation, first), evaluation.gradient(first.node, first.output)
    assert value is not None
    assert gradient is not None
    entry = tuple(data.draw(st.integers(0, size - 1)) for size in value.shape)
    found = tangents(evaluation, replace(first, entry=entry))
    assert found is not None
    assert found.at_loss is not None
    forward, reverse = found.at_loss
    assert reverse == gradient[entry]
    assert forward == pytest.approx(reverse, rel=1e-9, abs=1e-12)
    told = explain_tangent(found, 0)
    name = evaluation.graph.nodes[first.node].names[first.output]
    shown = f"{name[0]}\u0307{name[1:]}" + (f"[{', '.join(map(str, entry))}]" if entry else "")
    assert told.blocks[0].lines[-1].written.text == f"{shown} = 1"
    assert narrate_tangent(found, len(found.trace) - 1).sentence


def test_an_entry_that_is_not_there_is_no_seed() -> None:
    evaluation = evaluate_graph(parse_graph_code(ARRAYS))
    first = next(seed for seed in seeds(evaluation) if seed.entry)
    assert tangents(evaluation, replace(first, entry=(99,) * len(first.entry))) is None
    assert tangents(evaluation, replace(first, entry=())) is None


def test_what_wires_bring_adds_up_to_every_tangent() -> None:
    evaluation = evaluate_graph(parse_graph_code(ARRAYS))
    for seed in seeds(evaluation):
        found = tangents(evaluation, seed)
        assert found is not None
        for call, edges in found.trace.incoming.items():
            parts = [found.contribution(edge) for edge in edges]
            tangent = found.of(call)
            assert tangent is not None
            assert np.allclose(np.sum(parts, axis=0), tangent, rtol=1e-12, atol=0.0)


_moves = st.lists(
    st.tuples(st.just("seek"), st.integers(-2, 40))
    | st.tuples(st.just("advance"), st.floats(0.0, 2.0))
    | st.tuples(st.sampled_from(["step_forward", "step_back", "play", "pause", "next_stage", "previous_stage"]))
    | st.tuples(st.just("unit"), st.sampled_from(UNITS)),
    max_size=15,
)


@settings(max_examples=60, deadline=None)
@given(
    code=st.sampled_from([FAN_OUT, ARRAYS]),
    forward=st.booleans(),
    stop=st.booleans(),
    loops=st.booleans(),
    moves=_moves,
)
def test_any_way_to_a_position_shows_what_the_straight_way_shows(
    code: str, forward: bool, stop: bool, loops: bool, moves: list[tuple[Any, ...]]
) -> None:
    evaluation = evaluate_graph(parse_graph_code(code))
    timeline = timeline_of(evaluation, "full")
    straight = timeline_of(evaluation)
    timeline.loops = loops
    if stop:
        timeline.breakpoints.toggle({next(iter(evaluation.graph.nodes)) + 2})
    if forward:
        assert timeline.set_seed(seeds(evaluation)[0])
        assert straight.set_seed(seeds(evaluation)[0])
    for move, *arguments in moves:
        if move == "unit":
            timeline.unit = arguments[0]
        else:
            getattr(timeline, move)(*arguments)
    if not timeline.is_active:
        return
    timeline.pause()
    timeline.seek(timeline.position)
    straight.unit = timeline.unit
    straight.seek(0)
    for _ in range(200):  # the straight way: one event after the other
        if straight.position == timeline.position:
            break
        straight.seek(straight.position + 1)
    assert seen(timeline) == seen(straight)


def test_leaving_the_passes_leaves_forward_mode() -> None:
    evaluation = evaluate_graph(parse_graph_code(FAN_OUT))
    timeline = timeline_of(evaluation)
    assert timeline.set_seed(seeds(evaluation)[0])
    timeline.stop()
    assert timeline.seed is None
    assert timeline.tangent_caption is None
    assert all(
        timeline.gradient_known(node) == "known"
        for node in evaluation.graph.nodes
        if evaluation.gradient(node) is not None
    )
    assert timeline.set_seed(seeds(evaluation)[0])
    timeline.set_evaluation(evaluate_graph(parse_graph_code("w = parameter(1.)\nL = w*w")))
    assert timeline.seed is None
    assert not timeline.is_active


def test_what_is_no_number_of_the_graph_is_refused() -> None:
    timeline = timeline_of(evaluate_graph(parse_graph_code("c = constant(1.)\nw = parameter([1., 2.])\nL = sum(w*c)")))
    for seed in (Seed(99), Seed(1), Seed(2), Seed(2, (7,))):
        assert not timeline.set_seed(seed)
    assert timeline.seed is None
    assert timeline.set_seed(Seed(2, (1,)))


def test_layers_travel_together_and_are_told_of_together() -> None:
    code = "a = parameter(3.)\nb = parameter(2.)\nu = a*b\nv = a+b\nL = u*v"
    timeline = timeline_of(evaluate_graph(parse_graph_code(code)), "full")
    timeline.unit = "depth"
    timeline.play()
    timeline.advance(0.5 / timeline.speed)
    assert len(timeline.active_wires()) == 4
    assert all(timeline.wire_number(wire) is not None for wire in timeline.active_wires())
    told = timeline.current_narration
    assert told is not None
    assert told.title == "Forward 1–6 of 9"
    assert told.sentence == "u and v compute their values"
    timeline.to_end()
    timeline.step_back()  # zero_grad of both
    timeline.step_back()  # the update of both
    summed = timeline.current_narration
    assert summed is not None
    assert summed.sentence == "Contributions add up at b and a"


def test_every_layer_is_one_unit_however_the_graph_was_built() -> None:
    lines = ["x = input(1.)"]
    for neuron in range(4):  # neuron by neuron, so that the program goes deep before it goes wide
        lines += [f"w{neuron} = parameter(0.{neuron + 1})", f"z{neuron} = x*w{neuron}", f"h{neuron} = tanh(z{neuron})"]
    lines.append("L = h0 + h1 + h2 + h3")
    timeline = timeline_of(evaluate_graph(parse_graph_code("\n".join(lines))))
    timeline.unit = "depth"
    assert timeline.trace is not None
    layers = max(timeline.trace.depth_of)
    seen_at = []
    timeline.seek(0)
    while timeline.position < timeline.trace.stage_ends[0]:
        timeline.step_forward()
        seen_at.append(timeline.position)
    assert len(seen_at) == layers
    computed = [
        event.call for event in timeline.trace if event.stage is Stage.FORWARD and event.kind is EventKind.COMPUTE
    ]
    assert sorted(computed, key=timeline.trace.depth_of.__getitem__) == computed


def test_a_graph_with_an_error_plays_up_to_it_and_says_so_there() -> None:
    code = "a = parameter([1., 2.])\nb = parameter([1., 2., 3.])\np = a*2\nq = p + b\nL = sum(q)"
    timeline = timeline_of(evaluate_graph(parse_graph_code(code)))
    assert timeline.length > 0
    timeline.seek(timeline.length - 1)
    assert timeline.obstacle is None
    timeline.to_end()
    told = timeline.obstacle or ""
    assert "q" in told
    assert timeline.stage is Stage.FORWARD
