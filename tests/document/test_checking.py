"""The check of a whole graph's gradients, in words."""

from __future__ import annotations

import pytest

from backprop_studio.document.checking import CheckBadge, check_source, quick_check, sources_of
from backprop_studio.document.evaluation import evaluate_graph
from backprop_studio.document.lamp import light, light_wire
from backprop_studio.engine.gradient_check import check_leaf
from backprop_studio.exchange.graph_code import parse_graph_code
from tests.document.operation_graphs import EXAMPLES, example


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_agree(name: str) -> None:
    evaluation = example(name)
    badge = quick_check(evaluation)
    assert badge.standing == "agrees", badge
    assert "✓" in badge.text
    for call in sources_of(evaluation):
        if evaluation.program.leaves[call].size <= 20:
            assert check_source(evaluation, call).verdict == "agrees"


@pytest.mark.parametrize(
    ("code", "standing"),
    [
        ("x = parameter(0.)\nL = relu(x)", "kink"),
        ("x = parameter(1.)\nL = relu(x)", "agrees"),
        ("x = constant(1.)\nL = relu(x)", "nothing"),
        ("x = parameter([1., 2.])\ny = x * 2", "nothing"),
    ],
)
def test_standings(code: str, standing: str) -> None:
    assert quick_check(evaluate_graph(parse_graph_code(code))).standing == standing


def test_a_kink_is_counted() -> None:
    evaluation = evaluate_graph(parse_graph_code("x = parameter([0., 1., 0.])\nL = sum(relu(x))"))
    row = check_source(evaluation, sources_of(evaluation)[0])
    assert row.cells == ("x", "3", row.cells[2], "2 kinks")


def test_words() -> None:
    assert CheckBadge("agrees", 3e-11).text == "gradients checked ✓", "a node's own check shows another figure"
    assert "3e−11" in CheckBadge("agrees", 3e-11).sentence
    assert CheckBadge("kink").text == "gradients checked: kink"
    assert CheckBadge("disagrees", 0.25).text == "gradients disagree ✗"
    assert CheckBadge("disagrees", 0.25).sentence.endswith("Click to check every source.")
    assert CheckBadge("nothing").text == CheckBadge("nothing").outcome == ""
    assert CheckBadge("not finite").outcome == "not finite", "beside the heading there is room for few words"


@pytest.mark.parametrize(
    "code",
    [
        "x = parameter(0.)\nL = 1 / x",
        "x = parameter([0., -1.])\nL = sum(log(x))",
        "x = parameter([0., -0.])\nL = sum(1 / x)",
        "x = parameter(1e308)\nL = square(x)",
        "x = parameter(-8.)\ny = parameter(.5)\nL = x**y",
    ],
)
def test_what_is_not_finite_is_not_compared(code: str) -> None:
    evaluation = evaluate_graph(parse_graph_code(code))
    assert quick_check(evaluation).standing == "not finite"
    verdicts = {check_source(evaluation, call).verdict for call in sources_of(evaluation)}
    assert "not finite" in verdicts
    assert "disagrees" not in verdicts


PADDED = (
    "i = input([0, 2, 2])\nE = parameter([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])\nW = tanh(E)\n"
    "e = embedding(i, W, padding_idx={row})\nL = sum(square(e)) + 0.1 * sum(square(W))\n"
)


@pytest.mark.parametrize("row", [2, -1])
def test_a_row_without_gradient_by_definition_agrees_and_is_told(row: int) -> None:
    """The weight has another use, through which the row does get a gradient; that part is checked."""
    evaluation = evaluate_graph(parse_graph_code(PADDED.format(row=row)))
    told = (
        f"By definition no gradient passes to row {row} (padding_idx) of the weight of e; the check holds this fixed."
    )
    (source,) = sources_of(evaluation)
    checked = check_source(evaluation, source)
    assert checked.verdict == "agrees"
    assert checked.note == told
    badge = quick_check(evaluation)
    assert badge.standing == "agrees"
    assert told in badge.sentence
    for name in ("E", "W"):
        node = evaluation.graph.node_named(name)
        lamp = light(evaluation, node.id)
        assert lamp is not None
        assert lamp.is_right
        assert lamp.sentence.endswith(told)
    above = light(evaluation, evaluation.graph.node_named("e").id)
    assert above is not None
    assert not above.note, "nothing is held between the embedding and the loss"


def test_nothing_is_told_without_a_row_for_padding() -> None:
    evaluation = evaluate_graph(parse_graph_code(PADDED.format(row=None)))
    assert not quick_check(evaluation).note
    assert not check_source(evaluation, sources_of(evaluation)[0]).note


def test_a_wrong_gradient_beside_a_row_that_is_held_is_found() -> None:
    evaluation = evaluate_graph(parse_graph_code(PADDED.format(row=2)))
    (source,) = sources_of(evaluation)
    gradient = evaluation.run.gradients[source]
    assert gradient is not None
    assert not check_leaf(evaluation.program, source, gradient * 1.001).passed


def test_a_kink_tells_the_gradient_taken_and_both_slopes() -> None:
    evaluation = evaluate_graph(parse_graph_code("x = parameter(0.)\nL = relu(x)"))
    x = evaluation.graph.node_named("x")
    assert x is not None
    lamp = light(evaluation, x.id)
    assert lamp is not None
    assert lamp.sentence == "kink here: PyTorch's choice is 0; the one-sided slopes are 0 and 1"


def test_a_kink_beside_the_point_is_told_as_near() -> None:
    evaluation = evaluate_graph(parse_graph_code("a = parameter(1e-9)\nL = relu(a) + 2"))
    a = evaluation.graph.node_named("a")
    assert a is not None
    lamp = light(evaluation, a.id)
    assert lamp is not None
    assert lamp.verdict == "agrees"
    assert (lamp.analytic, lamp.numeric) == (1.0, pytest.approx(1.0))
    assert lamp.sentence.endswith("A kink is near, not here: the difference is taken on the side without it.")
    assert quick_check(evaluation).standing == "agrees"
    row = check_source(evaluation, sources_of(evaluation)[0])
    assert (row.verdict, row.kinks) == ("agrees", 0)
    assert "near" in row.note


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_wire_of_the_examples_is_right_by_itself(name: str) -> None:
    evaluation = example(name)
    checked = 0
    for wire in evaluation.graph.wires:
        contribution = evaluation.contribution(wire)
        if contribution is None or contribution.size > 20:
            continue
        lamp = light_wire(evaluation, wire)
        assert lamp is not None
        assert lamp.verdict == "agrees", (wire, lamp)
        assert lamp.analytic == contribution[lamp.entry]
        checked += 1
    assert checked


def test_a_wire_is_checked_by_its_own_use_alone() -> None:
    evaluation = evaluate_graph(
        parse_graph_code("a = parameter(2.)\nb = parameter(1.)\ns = a + b\nt = b + 1\nL = s * t")
    )
    b = evaluation.graph.node_named("b")
    assert b is not None
    found = {
        evaluation.graph.nodes[wire.target].name: light_wire(evaluation, wire)
        for wire in evaluation.graph.wires
        if wire.source == b.id
    }
    assert {name: lamp and lamp.numeric for name, lamp in found.items()} == {
        "s": pytest.approx(2.0), "t": pytest.approx(3.0),
    }  # fmt: skip
