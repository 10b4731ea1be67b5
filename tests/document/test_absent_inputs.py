"""Operations with inputs that are left out: everything told of them names the inputs that are there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from backprop_studio.document.entries import follow_contribution, follow_value
from backprop_studio.document.evaluation import Evaluation, evaluate_graph
from backprop_studio.document.event_card import event_card
from backprop_studio.document.explanation import explain_event, explain_node, explain_wire
from backprop_studio.document.lamp import light
from backprop_studio.document.narration import narrate
from backprop_studio.document.paths import chain_rule, find_paths, path_names
from backprop_studio.document.questions import question
from backprop_studio.document.slopes import slope_of
from backprop_studio.document.tangent_lines import explain_tangent, narrate_tangent
from backprop_studio.document.tangents import seeds, tangents
from backprop_studio.engine.trace import EventKind
from backprop_studio.exchange.graph_code import parse_graph_code

ROWS = "x = parameter([[1., 2.], [0.5, -1.]])\n"


class Case(NamedTuple):
    """Graph code with an input left out; the source wired behind or beside it, by its declared slot and name."""

    code: str
    source: str
    slot: int
    input: str


CASES = {
    "linear": Case(ROWS + "w = parameter([[1., 0.5], [2., -1.]])\ny = linear(x, w)\nL = sum(y)", "w", 1, "weight"),
    "layer_norm": Case(ROWS + "b = parameter([0.5, -0.5])\ny = layer_norm(x, None, b)\nL = sum(y*x)", "b", 2, "bias"),
    "batch_norm": Case(ROWS + "b = parameter([0.5, -0.5])\ny = batch_norm(x, None, b)\nL = sum(y*x)", "b", 2, "bias"),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[Case, Evaluation]:
    found = CASES[request.param]
    evaluation = evaluate_graph(parse_graph_code(found.code))
    assert not evaluation.problems
    return found, evaluation


def named(evaluation: Evaluation, name: str) -> int:
    node = evaluation.graph.node_named(name)
    assert node is not None
    return node.id


def test_every_event_is_told_of_the_wire_that_is_there(case: tuple[Case, Evaluation]) -> None:
    told, evaluation = case
    on_wire = []
    for index, event in enumerate(evaluation.trace.events):
        sentence, explained = narrate(evaluation, index).sentence, explain_event(evaluation, index)
        calls = evaluation.program.calls
        if event.kind is EventKind.CARRY:
            assert calls[event.source].name in sentence
            assert explained.wire is not None
            assert explained.wire.source == evaluation.node_of(event.source)
            assert evaluation.slot_of(explained.wire) == event.slot
            on_wire += [explained.wire] if explained.wire.source == named(evaluation, told.source) else []
        question(evaluation, index)
        slope_of(evaluation, explained)
        event_card(explained)
    assert {(wire.target, wire.slot) for wire in on_wire} == {(named(evaluation, "y"), told.slot)}
    assert len(on_wire) == 2, "once forward, once back"


def test_a_wire_behind_what_is_left_out_is_explained_as_its_own(case: tuple[Case, Evaluation]) -> None:
    told, evaluation = case
    wire = next(wire for wire in evaluation.graph.wires_from(named(evaluation, told.source)))
    assert wire.slot == told.slot
    call = evaluation.position(wire.target)
    assert call is not None
    assert evaluation.contribution(wire) is evaluation.run.contributions[call, evaluation.slot_of(wire)]
    text = explain_wire(evaluation, wire).text
    assert f"{told.source} is the input {told.input} of y" in text
    for node in evaluation.graph.nodes:
        assert explain_node(evaluation, node).text
        lamp = light(evaluation, node)
        assert lamp is None or lamp.is_right


def test_paths_lead_through_the_wires_that_are_there(case: tuple[Case, Evaluation]) -> None:
    told, evaluation = case
    assert evaluation.loss is not None
    paths = find_paths(evaluation, named(evaluation, told.source), evaluation.loss)
    assert paths.count == 1
    assert path_names(evaluation, paths.listed[0]).startswith(f"{told.source} → y")
    assert told.source in " ".join(row.text for row in chain_rule(evaluation, paths)[0])


def test_forward_mode_tells_of_every_wire(case: tuple[Case, Evaluation]) -> None:
    _, evaluation = case
    for seed in seeds(evaluation):
        found = tangents(evaluation, seed)
        assert found is not None
        for index, event in enumerate(found.trace.events):
            assert narrate_tangent(found, index).sentence
            assert explain_tangent(found, index).text
            if event.slot is not None:
                wire = evaluation.wire_of((event.call, event.slot))
                assert wire.source == evaluation.node_of(event.source)


def test_entries_are_followed_to_the_wires_that_are_there(case: tuple[Case, Evaluation]) -> None:
    told, evaluation = case
    call = evaluation.position(named(evaluation, "y"))
    assert call is not None
    lit = follow_value(evaluation, call, (0, 0))
    assert lit
    wire = next(iter(evaluation.graph.wires_from(named(evaluation, told.source))))
    slot = evaluation.slot_of(wire)
    array = evaluation.run.contributions[call, slot]
    assert follow_contribution(evaluation, call, slot, tuple(np.zeros(array.ndim, int)))
