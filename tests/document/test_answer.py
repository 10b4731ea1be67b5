"""What a gradient means, in a sentence: it must say which way the loss really goes."""

from __future__ import annotations

import pytest

from backprop_studio.document.answer import gradient_answer
from backprop_studio.document.explanation import explain_node
from backprop_studio.document.typesetting import typeset
from tests.document.evaluated import named, of_code


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ("2.", "When w grows by a little, L rises 4 times as much. So gradient descent makes w smaller."),
        ("-1.", "When w grows by a little, L falls 2 times as much. So gradient descent makes w larger."),
        ("0.", "A small change of w leaves L as it is: the slope of L over w is 0 here."),
    ],
)
def test_the_answer_says_which_way_the_loss_goes(value: str, answer: str) -> None:
    evaluation = of_code(f"w = parameter({value})\nL = w * w")
    assert gradient_answer(evaluation, named(evaluation, "w")) == answer
    assert explain_node(evaluation, named(evaluation, "w")).sentence == answer


def test_arrays_are_answered_entry_by_entry_and_what_has_no_gradient_not_at_all() -> None:
    evaluation = of_code("x = parameter([1., 2.])\nc = constant(2.)\nm = x * c\nL = sum(m)")
    assert gradient_answer(evaluation, named(evaluation, "x")).startswith("Each entry of ∂L/∂x says how fast L")
    assert gradient_answer(evaluation, named(evaluation, "c")) == ""
    assert gradient_answer(evaluation, named(evaluation, "L")) == ""
    assert "0 times" not in gradient_answer(of_code("x = parameter(0.)\nL = 1 / x"), 1)


def test_a_sign_stands_at_its_number() -> None:
    loose, tight = typeset("x = a - 1", "#000000", 16.0), typeset("x = -1", "#000000", 16.0)
    assert tight.width == typeset("x = {-}1", "#000000", 16.0).width
    assert loose.width == typeset("x = a - 1", "#000000", 16.0).width > tight.width


def test_a_sum_that_the_rule_names_is_not_summed_twice() -> None:
    code = "x = input([[1., 2.]])\nW = parameter([[1., 2.]])\nb = parameter([0.5])\nh = linear(x, W, b)\nL = sum(h)"
    evaluation = of_code(code)
    rules = [
        line.written.text for block in explain_node(evaluation, named(evaluation, "b")).blocks for line in block.lines
    ]
    assert not any(rule.count("Σ") > 1 for rule in rules)
