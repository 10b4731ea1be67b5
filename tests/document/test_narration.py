"""Every event has a sentence and an arithmetic that is true."""

from __future__ import annotations

import re

import pytest

from backprop_studio.document.evaluation import Evaluation, evaluate_graph
from backprop_studio.document.formula_text import fill_numbers
from backprop_studio.document.narration import Narration, narrate
from backprop_studio.document.values import Value
from backprop_studio.engine.op import Formula
from backprop_studio.engine.trace import Stage
from backprop_studio.exchange.graph_code import parse_graph_code

NEURON = """
z = x*w + b
s = sigmoid(z)
d = s - y
L = square(d)
"""


def evaluate(code: str, **values: float) -> Evaluation:
    return evaluate_graph(parse_graph_code(code, {name: Value(value) for name, value in values.items()}))


def story(evaluation: Evaluation) -> list[Narration]:
    return [narrate(evaluation, index) for index in range(len(evaluation.trace))]


def test_a_neuron_told_step_by_step() -> None:
    told = story(evaluate(NEURON, x=2, w=0.5, b=-0.3, y=1))
    lines = {narration.sentence: narration for narration in told}
    assert lines["s computes σ(z)"].arithmetic == "σ(0.7) = 0.6682"
    step = lines["s passes the gradient to z"]
    assert step.arithmetic == "−0.6636 × 0.2217 = −0.1471"
    assert step.title.startswith("Backward ")
    assert lines["L is the loss: its gradient with respect to itself is 1"].arithmetic == "∂L/∂L = 1"
    assert told[0].title == f"Forward 1 of {told[0].total}"
    assert told[-1].number == told[-1].total


def test_contributions_at_a_fan_out_are_summed_in_words() -> None:
    told = story(evaluate("L = (a+b)*(b+1)", a=2, b=1))
    sums = [narration for narration in told if "add up" in narration.sentence]
    assert [narration.arithmetic for narration in sums] in (["2 + 3 = 5"], ["3 + 2 = 5"])


def test_arrays_are_told_by_their_shapes() -> None:
    told = story(evaluate("L = mean(input([[1., 2.], [3., 4.]]) @ parameter([[1.], [2.]]))"))
    assert any(narration.arithmetic == "[2 × 2] @ [2 × 1] = [2 × 1]" for narration in told)
    assert any(narration.arithmetic == "[2 × 2]ᵀ @ [2 × 1] = [2 × 1]" for narration in told)


def test_the_arithmetic_of_a_repeated_input_says_over_which_axis_it_is_summed() -> None:
    told = story(evaluate("L = mean(input([[1., 2.], [3., 4.], [5., 6.]]) + parameter([1., 2.]))"))
    assert any(narration.arithmetic == "Σ over axis 0 of [3 × 2] × 1 = [2 numbers]" for narration in told)


@pytest.mark.parametrize(
    ("text", "parts", "filled"),
    [
        ("$x × $y", {"x": "−2", "y": "−3"}, "−2 × (−3)"),
        ("σ($x)", {"x": "−2"}, "σ(−2)"),
        ("max($x, $y)", {"x": "−2", "y": "−1"}, "max(−2, −1)"),
        ("$x²", {"x": "−2"}, "(−2)²"),
        ("−$x", {"x": "−2"}, "−(−2)"),
        ("|$x|", {"x": "−2"}, "|−2|"),
    ],
)
def test_negative_numbers_get_parentheses_where_they_need_them(text: str, parts: dict[str, str], filled: str) -> None:
    assert fill_numbers(Formula(text, ""), parts) == filled


def test_scalar_arithmetic_is_true() -> None:
    """upstream × local = contribution, read back from the text."""
    evaluation = evaluate("L = tanh(a*b + exp(a/c)) * (b - c)**2", a=0.7, b=-1.3, c=0.4)
    checked = 0
    for narration in story(evaluation):
        found = re.fullmatch(r"(\S+) × (\S+) = (\S+)", narration.arithmetic)
        if narration.title.startswith("Backward") and found:
            upstream, local, result = (float(part.strip("()").replace("−", "-")) for part in found.groups())
            assert upstream * local == pytest.approx(result, rel=2e-3)
            checked += 1
    assert checked >= 10


def test_of_a_loss_that_is_no_single_number_only_the_forward_pass_is_told() -> None:
    evaluation = evaluate_graph(parse_graph_code("x = input([1., 2.])\nL = relu(x)"))
    assert evaluation.trace.stage_span(Stage.BACKWARD) == (2, 2)
    assert [narrate(evaluation, event).sentence for event in range(len(evaluation.trace))]
    assert len(evaluate_graph(parse_graph_code("x = parameter([[2.]])\nL = relu(x)")).trace) == 4
