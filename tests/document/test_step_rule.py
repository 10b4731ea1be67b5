"""The update of a step, as written, is what PyTorch computes; the state is shown with its numbers."""

from __future__ import annotations

import re

import numpy as np
import pytest

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.number_text import MINUS, brief
from backprop_studio.document.step_rule import StepRule, held_gradient, update_block, update_numbers, updated
from backprop_studio.document.typesetting import typeset
from backprop_studio.training.optimizers import OPTIMIZERS, Optimizer, setup
from backprop_studio.training.past import Past, layout_of
from tests.document.evaluated import of_code

NEURON = """
x = input(2.)
w = parameter(.5)
b = parameter(-.3)
y = target(1.)
z = x*w + b
s = sigmoid(z)
L = square(s - y)
"""
MATRIX = """
X = input([[1., 2.], [3., 4.]])
W = parameter([[0.5, -1.], [2., 0.25]])
u = parameter(3.)
v = u * 2
L = sum(square(X @ W))
"""


def call_of(evaluation: Evaluation, name: str) -> int:
    node = evaluation.graph.node_named(name)
    assert node is not None
    call = evaluation.position(node.id)
    assert call is not None
    return call


def arithmetic(text: str) -> float:
    """What stands left of the last sign of equality, worked out."""
    text = text.replace(" ≈ ", " = ").rpartition(" = ")[0].removeprefix("= ")
    text = re.sub(r"√([\de.−]+)", r"np.sqrt(\1)", text)
    for sign, spelled in (("×", "*"), (MINUS, "-"), ("^", "**"), ("²", "**2"), ("10⁻⁶", "1e-6")):
        text = text.replace(sign, spelled)
    return float(eval(text, {"np": np, "min": min}))


def rules(name: str) -> StepRule:
    return StepRule(setup(name, lr=0.1, weight_decay=0.1, max_norm=0.05))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_line_of_an_update_is_right(name: str) -> None:
    evaluation = of_code(NEURON)
    w = call_of(evaluation, "w")
    lines = update_block(evaluation, w, rules(name)).lines
    checked = 0
    for line in lines:
        text = line.written.text
        found = re.search(r" [=≈] (\S+)$", text)
        if line.kind in ("numbers", "result") and found is not None:
            shown = float(found[1].replace(MINUS, "-"))
            assert arithmetic(text) == pytest.approx(shown, rel=5e-3, abs=1e-12), text
            checked += 1
        assert typeset(line.written.latex, "#102030", 15.0).width > 0
    assert checked >= 4
    assert all(line.hint.endswith(".") for line in lines if "←" in line.written.text)
    after = updated(evaluation, w, rules(name))
    assert after is not None
    assert lines[-1].written.text.endswith((f"= {brief(after)}", f"≈ {brief(after)}"))
    assert update_numbers(evaluation, w, rules(name)).text.endswith((f"= {brief(after)}", f"≈ {brief(after)}"))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_parameters_step_alone_as_they_do_together(name: str) -> None:
    """Clipping looks at all of them, also where one parameter's step is shown."""
    evaluation = of_code(NEURON)
    calls = [call_of(evaluation, each) for each in ("w", "b")]
    values = np.array([float(evaluation.run.values[at].item()) for at in calls])  # type: ignore[union-attr]
    gradient = np.array([float(evaluation.run.gradients[at].item()) for at in calls])  # type: ignore[union-attr]
    together = Optimizer(rules(name).setup).step(values, gradient)
    alone = [updated(evaluation, at, rules(name)) for at in calls]
    np.testing.assert_allclose(np.array(alone), together, rtol=1e-14)


def test_five_updates_shown_are_those_of_pytorch() -> None:
    """The step shown after n steps of training has the state of n steps; 1e-12 off PyTorch at most."""
    torch = pytest.importorskip("torch")
    kinds = {"momentum": (torch.optim.SGD, {"momentum": 0.9}), "adam": (torch.optim.Adam, {})}
    for name, (kind, given) in kinds.items():
        w = torch.nn.Parameter(torch.tensor(0.5, dtype=torch.float64))
        b = torch.nn.Parameter(torch.tensor(-0.3, dtype=torch.float64))
        theirs = kind([w, b], lr=0.1, **given)
        made = Optimizer(setup(name, lr=0.1))
        here = np.array([0.5, -0.3])
        for step in range(5):
            evaluation = of_code(NEURON.replace(".5)", f"{float(here[0])!r})").replace("-.3)", f"{float(here[1])!r})"))
            program = evaluation.program
            past = Past(name, layout_of(program), str(program.dtype), made.state)
            assert past.fits(name, program)
            rule = StepRule(made.setup, past)
            calls = [call_of(evaluation, each) for each in ("w", "b")]
            block = update_block(evaluation, calls[0], rule)
            assert (f"Step {step + 1}:" if step else "The first step") in block.notes[0]
            shown = np.array([updated(evaluation, at, rule) for at in calls])
            theirs.zero_grad()
            ((torch.sigmoid(2 * w + b) - 1) ** 2).backward()
            theirs.step()
            np.testing.assert_allclose(shown, [w.item(), b.item()], rtol=1e-12, atol=1e-12)
            gradient = np.array([float(evaluation.run.gradients[at].item()) for at in calls])  # type: ignore[union-attr]
            here = made.step(here, gradient)


def test_an_entry_of_an_array_is_followed() -> None:
    evaluation = of_code(MATRIX)
    at = call_of(evaluation, "W")
    block = update_block(evaluation, at, rules("adam"))
    assert block.follow is not None
    after = updated(evaluation, at, rules("adam"))
    assert after is not None
    story = block.follow((1, 0))
    assert story.title == "W[1, 0]"
    assert story.lines[-1].text.endswith(f"= {brief(after[1, 0])}")
    assert arithmetic(story.lines[-1].text) == pytest.approx(after[1, 0], rel=5e-3)


def test_what_has_no_gradient_stays() -> None:
    evaluation = of_code(MATRIX)
    u = call_of(evaluation, "u")
    assert updated(evaluation, u, rules("sgd")) is None
    assert update_block(evaluation, u, rules("sgd")).notes == ("u has no gradient, so it stays.",)


def test_gradients_never_cleared_make_the_step_larger() -> None:
    evaluation = of_code(NEURON)
    w = call_of(evaluation, "w")
    kept = StepRule(setup("sgd", lr=0.1), kept=2)
    held, gradient = held_gradient(evaluation, w, kept), evaluation.run.gradients[w]
    assert held is not None
    assert gradient is not None
    assert held == pytest.approx(3 * gradient)
    assert updated(evaluation, w, kept) == pytest.approx(0.5 - 0.1 * 3 * gradient)
    assert "−0.5885 + (−0.2943) = −0.8828" in update_block(evaluation, w, kept).notes[0]


def test_the_published_sum_of_gradients_never_cleared() -> None:
    """(a + b) · d at 3, 2, 1: PyTorch's .grad after one, two and three backward passes; only leaves add up."""
    evaluation = of_code("a = parameter(3.)\nb = parameter(2.)\nd = parameter(1.)\ns = a + b\nL = s * d")
    for kept, leaves in enumerate([(1.0, 1.0, 5.0), (2.0, 2.0, 10.0), (3.0, 3.0, 15.0)]):
        rule = StepRule(setup("sgd"), kept=kept)
        assert tuple(held_gradient(evaluation, call_of(evaluation, name), rule) for name in "abd") == leaves
        assert held_gradient(evaluation, call_of(evaluation, "s"), rule) == 1.0


def test_a_fan_out_does_not_double_inside_a_pass() -> None:
    evaluation = of_code("a = parameter(3.)\ns = square(a)\nL = s + s")
    for kept in (0, 1):
        rule = StepRule(setup("sgd"), kept=kept)
        assert held_gradient(evaluation, call_of(evaluation, "s"), rule) == 2.0
        assert held_gradient(evaluation, call_of(evaluation, "a"), rule) == 12.0 * (kept + 1)


def test_what_a_cleared_gradient_would_have_done_is_told() -> None:
    evaluation = of_code(NEURON)
    w = call_of(evaluation, "w")
    cleared = updated(evaluation, w, StepRule(setup("sgd", lr=0.5)))
    notes = update_block(evaluation, w, StepRule(setup("sgd", lr=0.5), kept=1)).notes
    assert cleared is not None
    assert notes[1] == f"With zero_grad after every step, w would become {brief(cleared)}."
    assert all(note.endswith(".") for note in notes)
