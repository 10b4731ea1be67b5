"""The card on the wire says what the explanation says, in fewer rows."""

from __future__ import annotations

import pytest

from backprop_studio.document.evaluation import Evaluation, evaluate_graph
from backprop_studio.document.event_card import LONGEST_ROW, MOST_ROWS, EventCard, event_card
from backprop_studio.document.examples import all_examples
from backprop_studio.document.explanation import explain_event
from backprop_studio.document.file_format import load
from backprop_studio.engine.trace import EventKind, Stage
from backprop_studio.exchange.graph_code import parse_graph_code

EXAMPLES = {example.name: example.path for example in all_examples()}


def cards(evaluation: Evaluation, stage: Stage, kind: EventKind) -> list[EventCard]:
    found = []
    for index, event in enumerate(evaluation.trace):
        if (event.stage, event.kind) == (stage, kind):
            card = event_card(explain_event(evaluation, index))
            assert card is not None
            found.append(card)
    return found


def texts(card: EventCard) -> list[str]:
    return [row.written.text for row in card.rows]


def test_a_scalar_edge_has_the_rule_its_numbers_and_the_product() -> None:
    evaluation = evaluate_graph(parse_graph_code("x = input(-2.)\nw = parameter(3.)\nz = x*w\nL = z*z"))
    found = [texts(card) for card in cards(evaluation, Stage.BACKWARD, EventKind.CARRY) if card.heading.endswith("z")]
    assert found[-1] == ["∂z/∂w = x = −2", "∂L/∂w = ∂L/∂z × ∂z/∂w", "= −12 × (−2) = 24"]


def test_a_matrix_edge_has_the_shapes_of_its_factors() -> None:
    code = "X = input([[1., 2., 3.], [4., 5., 6.], [7., 8., 9.], [1., 0., 1.]])\n"
    code += "W = parameter(shape=(3, 2), init='ones')\nh = X @ W\nL = sum(h)"
    evaluation = evaluate_graph(parse_graph_code(code))
    found = [texts(card) for card in cards(evaluation, Stage.BACKWARD, EventKind.CARRY) if card.heading.endswith("h")]
    assert found[-1][-1] == "[3 × 4] @ [4 × 2] → [3 × 2]"


def test_a_fan_out_adds_up_and_a_forward_event_has_its_formula() -> None:
    evaluation = evaluate_graph(parse_graph_code("a = parameter(2.)\nb = parameter(1.)\nL = (a + b)*(b + 1)"))
    summed = texts(cards(evaluation, Stage.BACKWARD, EventKind.COMPUTE)[-1])
    assert summed[-1].endswith("= 5")
    assert any("2 + 3" in row or "3 + 2" in row for row in summed)
    computed = texts(cards(evaluation, Stage.FORWARD, EventKind.COMPUTE)[0])
    assert computed == ["add_1 = a + b = 2 + 1 = 3"]
    carried = texts(cards(evaluation, Stage.FORWARD, EventKind.CARRY)[0])
    assert carried[0] == "a = 2"
    assert carried[1].startswith("∂")


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_event_of_every_example_has_a_card_of_lines_of_its_explanation(name: str) -> None:
    evaluation = evaluate_graph(load(EXAMPLES[name]))
    for index in range(len(evaluation.trace)):
        explanation = explain_event(evaluation, index)
        card = event_card(explanation)
        assert card is not None
        assert 1 <= len(card.rows) <= MOST_ROWS
        whole = " ".join(line.written.text for line in explanation.blocks[0].lines)
        for row in card.rows:
            assert row.written.text in whole
            assert len(row.written.text) <= LONGEST_ROW
