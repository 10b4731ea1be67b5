"""Whole random graphs: the interpreter and every kind of plan give what PyTorch gives."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_studio.engine.interpreter import run
from backprop_studio.engine.planning import Plan
from tests.oracle.random_graphs import CASES, Answer, case_program, recorded, torch_answer

RECORDED = recorded()


def assert_answer(loss: float, gradients: dict[int, np.ndarray], answer: Answer) -> None:
    np.testing.assert_allclose(loss, answer[0], rtol=1e-9, atol=1e-9)
    assert answer[1].keys() <= gradients.keys()
    for index, gradient in gradients.items():  # PyTorch gives none where no path leads to the loss
        expected = answer[1].get(index, np.zeros_like(gradient))
        np.testing.assert_allclose(gradient, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("size", "number"), CASES)
def test_all_tiers_give_pytorchs_numbers(size: int, number: int) -> None:
    program, answer = case_program(size, number), RECORDED[size, number]
    passed = run(program)
    assert program.loss is not None
    value = passed.values[program.loss]
    assert value is not None
    reached = {index: gradient for index in answer[1] if (gradient := passed.gradients[index]) is not None}
    assert_answer(value.item(), reached, answer)
    parameters = [index for index, call in enumerate(program.calls) if call.op.name == "parameter"]
    for everything in (False, True):
        plan = Plan(program, parameters, keep_everything=everything)
        loss = plan.step()
        assert_answer(loss, {index: np.array(view) for index, view in plan.gradient_views.items()}, answer)


@pytest.mark.parametrize(("size", "number"), CASES)
def test_what_is_recorded_is_what_pytorch_answers_now(size: int, number: int) -> None:
    pytest.importorskip("torch")
    loss, gradients = torch_answer(case_program(size, number))
    assert gradients.keys() == RECORDED[size, number][1].keys()
    assert_answer(loss, gradients, RECORDED[size, number])
