"""Every line of an explanation against the numbers of the passes, central differences and PyTorch."""

from __future__ import annotations

import re

import numpy as np
import pytest

from backprop_studio.document.explanation import Explanation, explain_event, explain_node, explain_wire
from backprop_studio.document.explanation_lines import backward_block
from backprop_studio.document.graph import Wire
from backprop_studio.document.lamp import light
from backprop_studio.document.local_derivatives import scalar_local
from backprop_studio.document.number_text import MINUS, brief, number
from backprop_studio.document.symbols_text import Written, fill, name, value
from backprop_studio.document.typesetting import FormulaError, typeset
from backprop_studio.engine.gradient_check import as_source
from backprop_studio.engine.interpreter import forward_pass, unbroadcast
from backprop_studio.engine.op import Formula, Op, Sample
from backprop_studio.engine.ops import registry
from backprop_studio.engine.trace import EventKind, Stage
from tests.document.evaluated import named, of_code
from tests.document.operation_graphs import EXAMPLES, SAMPLE_IDS, SAMPLES, around, example
from tests.document.torch_graph import torch_gradients

ROWS = "X = input([[1., 2.], [3., 4.], [5., 6.]])\n"
PRODUCT = re.compile(rf"= (\S+) × (\(?{MINUS}?[^\s)]+\)?)$")


def read(shown: str) -> float:
    return float(shown.strip("()").replace(MINUS, "-").replace("NaN", "nan").replace("∞", "inf"))


def texts(explanation: Explanation, block: int = 0) -> list[str]:
    return [line.written.text for line in explanation.blocks[block].lines]


@pytest.mark.parametrize("example_name", EXAMPLES)
def test_every_backward_event_multiplies_right(example_name: str) -> None:
    """Upstream × local, as written, is the contribution as written; the contributions of a node add up."""
    evaluation = example(example_name)
    for index, event in enumerate(evaluation.trace):
        if event.stage is not Stage.BACKWARD or event.kind is not EventKind.CARRY:
            continue
        assert event.slot is not None
        lines = texts(explain_event(evaluation, index))
        contribution = evaluation.run.contributions[event.call, event.slot]
        sign, shown = re.findall("([=≈]) ([^=≈]+)$", lines[-1])[0]
        assert shown == brief(contribution)
        if scalar_local(evaluation, event.call, event.slot) is None:
            assert sign == "="
        elif event.call != evaluation.program.loss:
            found = PRODUCT.search(lines[-2])
            assert found is not None, lines
            product = read(found[1]) * read(found[2])
            assert product == pytest.approx(contribution.item(), rel=2e-3, abs=1e-12)
            assert sign == ("=" if number(product) == shown else "≈")


@pytest.mark.parametrize("example_name", EXAMPLES)
def test_every_contribution_against_a_central_difference(example_name: str) -> None:
    """Each contribution of a single number: upstream from differences at the result, local from them at the input."""
    evaluation = example(example_name)
    program, step = evaluation.program, 1e-6
    for (call, slot), contribution in evaluation.run.contributions.items():
        source = program.calls[call].inputs[slot]
        if contribution.size != 1 or evaluation.run.values[call].size != 1:  # type: ignore[union-attr]
            continue
        slopes = []
        for sign in (1.0, -1.0):
            moved = [evaluation.run.values[at] for at in program.calls[call].inputs]
            moved[slot] = moved[slot] + sign * step  # type: ignore[operator]
            out = np.asarray(program.calls[call].op.forward(*moved, **program.calls[call].settings))
            values, _ = forward_pass(as_source(program, call, out), {call: out})
            slopes.append(float(values[program.loss].item()))  # type: ignore[index, union-attr]
        numeric = (slopes[0] - slopes[1]) / (2 * step)
        assert contribution.item() == pytest.approx(numeric, rel=1e-5, abs=1e-8), program.calls[source].name


@pytest.mark.parametrize("example_name", EXAMPLES)
def test_the_lamp_agrees_everywhere(example_name: str) -> None:
    evaluation = example(example_name)
    checked = 0
    for node in evaluation.graph.nodes:
        value_here = evaluation.value(node)
        if value_here is not None and value_here.size > 100:
            continue
        lamp = light(evaluation, node)
        if lamp is not None:
            checked += 1
            assert lamp.verdict == "agrees", (evaluation.graph.nodes[node].name, lamp)
    assert checked > 2


@pytest.mark.parametrize("example_name", EXAMPLES)
def test_explained_gradients_are_pytorchs(example_name: str) -> None:
    """The same graph built of PyTorch's functions gives the gradients that the explanations end in."""
    evaluation = example(example_name)
    for at, grad in torch_gradients(evaluation).items():
        np.testing.assert_allclose(evaluation.run.gradients[at], grad, rtol=1e-9, atol=1e-12)  # type: ignore[arg-type]
        told = explain_node(evaluation, evaluation.node_of(at)).blocks
        block = [one for one in told if one.stage is Stage.BACKWARD and not one.factors][evaluation.output_at(at)]
        assert re.split("[=≈] ", block.lines[-1].written.text)[-1] == brief(grad)


@pytest.mark.parametrize(("op", "number_", "sample"), SAMPLES, ids=SAMPLE_IDS)
def test_every_operation_is_explained(op: Op, number_: int, sample: Sample) -> None:
    """Each event has a title, a sentence, formulas without an open placeholder, text and LaTeX."""
    evaluation = around(op, sample)
    for index in range(len(evaluation.trace)):
        explanation = explain_event(evaluation, index)
        assert explanation.title
        assert explanation.sentence
        for line in explanation.blocks[0].lines:
            assert "$" not in line.written.text
            assert "$" not in line.written.latex.replace(r"\$", "")
            assert line.written.latex.count("{") - line.written.latex.count(r"\{") == (
                line.written.latex.count("}") - line.written.latex.count(r"\}")
            )
    for wire in evaluation.graph.wires:
        assert explain_wire(evaluation, wire).blocks
    for node in evaluation.graph.nodes:
        assert explain_node(evaluation, node).text


@pytest.mark.parametrize("op", list(registry), ids=lambda op: op.name)
def test_no_operation_lacks_a_sentence_or_a_rule(op: Op) -> None:
    """What it does, in a sentence; a formula; for each differentiable input its local derivative and its gradient."""
    assert op.sentence.endswith(".")
    assert op.sentence[0].isupper()
    assert "$" not in op.sentence
    assert op.is_source or op.samples, "what has no sample is explained nowhere in these tests"
    for slot, given in enumerate(op.inputs):
        if given.differentiable:
            local, whole = op.local_for(slot), op.gradient_for(slot)
            assert local is not None
            assert whole is not None
            assert local.text
            assert local.latex
            assert "$g" in whole.text, "a contribution is made of the upstream gradient"


def test_both_outputs_of_data_are_explained() -> None:
    """Features and targets: each has its value, its own name, and a reason where it has no gradient."""
    evaluation = of_code(
        "X, t = data('moons')\nw = parameter([[.5], [1.]])\nb = parameter(0.)\n"
        "L = binary_cross_entropy_with_logits(flatten(X @ w + b, start_dim=0), t)"
    )
    source = next(node for node in evaluation.graph.nodes.values() if len(node.names) == 2)
    told = explain_node(evaluation, source.id)
    assert len(told.blocks) == 4
    for own in source.names:
        assert any(block.heading == f"Value of {own}" for block in told.blocks)
    for index in range(len(evaluation.trace)):
        assert explain_event(evaluation, index).text
    for wire in evaluation.graph.wires:
        assert explain_wire(evaluation, wire).blocks


def test_every_operation_is_typeset() -> None:
    """One formula with names and one contribution of every operation can be set."""
    done = set()
    for op, _, sample in SAMPLES:
        if op.name in done:
            continue
        done.add(op.name)
        evaluation = around(op, sample)
        f = named(evaluation, "f")
        for line in explain_node(evaluation, f).blocks[-1].lines[:1]:
            made = typeset(line.written.latex, "#102030", 15.0)
            assert made.width > 0
            assert b"#102030" in made.svg
        call = evaluation.position(f)
        wire = next((wire for wire in evaluation.graph.wires if wire.target == f and
                     (call, wire.slot) in evaluation.run.contributions), None)  # fmt: skip
        if wire is not None:
            for line in explain_wire(evaluation, wire).blocks[0].lines:
                assert typeset(line.written.latex, "#102030", 15.0).height > 0
    assert len(done) > 40


def test_the_neuron_of_the_design() -> None:
    evaluation = of_code(
        "x = input(2.)\nw = parameter(.5)\nb = parameter(-.3)\ny = target(1.)\nz = x*w + b\ns = sigmoid(z)\n"
        "L = square(s - y)"
    )
    z, s = named(evaluation, "z"), named(evaluation, "s")
    assert texts(explain_wire(evaluation, Wire(z, s, 0))) == [
        "∂s/∂z = s × (1 − s)",
        "= 0.6682 × (1 − 0.6682) = 0.2217",
        "∂L/∂z = ∂L/∂s × ∂s/∂z",
        "= −0.6636 × 0.2217",
        "= −0.1471",
    ]
    w = explain_node(evaluation, named(evaluation, "w"))
    assert texts(w)[0].startswith("∂L/∂w = ∂L/∂subtract_1 × ∂subtract_1/∂s × ∂s/∂z × ")
    assert texts(w)[1:] == ["= −0.6636 × 1 × 0.2217 × 1 × 2", "≈ −0.2943"]
    assert texts(w, 1)[-2:] == ["= −0.1471 × 2", "≈ −0.2943"], "0.1471 × 2 is 0.2942"
    assert "∂L/∂w" in w.text
    assert r"\frac{\partial L}{\partial w}" in w.latex


def test_a_fan_out_adds_and_names_its_wires() -> None:
    evaluation = example("fan-out")
    b = named(evaluation, "b")
    chain, block, _ = explain_node(evaluation, b).blocks
    assert sorted(f"{factor.label} = {factor.written.text}" for factor in chain.factors) == [
        "∂L/∂s = t = 2", "∂L/∂t = s = 3", "∂s/∂b = 1", "∂t/∂b = 1",
    ]  # fmt: skip
    assert [line.written.text for line in block.lines][1:] == ["= 3 + 2", "= 5"]
    assert sorted(term.written.text for term in block.terms) == ["2", "3"]
    assert all(term.wire.source == b for term in block.terms)
    assert all(term.wire in evaluation.graph.wires for term in block.terms)


def test_the_same_node_twice_is_told_apart() -> None:
    evaluation = of_code("a = parameter(3.)\nL = a + a")
    labels = [term.label for term in explain_node(evaluation, named(evaluation, "a")).blocks[0].terms]
    assert sorted(labels) == ["L (first input)", "L (second input)"]


def test_a_matrix_product_shows_its_shapes() -> None:
    evaluation = of_code(
        "X = input([[1., 2.], [3., 4.], [5., 6.]])\nW = parameter([[1.], [2.]])\nh = X @ W\nL = sum(h)"
    )
    lines = texts(explain_node(evaluation, named(evaluation, "W")))
    assert "∂L/∂W = Xᵀ @ ∂L/∂h" in lines
    assert "[2 × 3] @ [3 × 1] → [2 × 1]" in lines


def test_a_single_number_beside_arrays_shows_itself() -> None:
    evaluation = of_code("x = input([1., 2., 3.])\nb = parameter(0.1)\nz = x + b\nL = sum(z)")
    assert "[3 numbers] + 0.1 → [3 numbers]" in explain_node(evaluation, named(evaluation, "z")).text
    assert "→ a number" in explain_node(evaluation, named(evaluation, "L")).text


def test_broadcasting_undone_says_which_axes() -> None:
    evaluation = of_code("X = input([[1., 2.], [3., 4.], [5., 6.]])\nb = parameter([0.5, 1.])\nh = X + b\nL = sum(h)")
    notes = explain_node(evaluation, named(evaluation, "b")).blocks[0].notes
    assert any("summed over axis 0" in note and "repeated 3 times" in note for note in notes)
    lines = texts(explain_node(evaluation, named(evaluation, "b")))
    assert "∂L/∂b = Σ over axis 0 of ∂L/∂h × 1" in lines
    assert "Σ over axis 0 of [3 × 2] × 1 → [2 numbers]" in lines
    h = explain_node(evaluation, named(evaluation, "h"))
    assert any("b (2 numbers) is repeated along axis 0" in note for note in h.blocks[1].notes)


def test_what_has_no_gradient_says_why() -> None:
    evaluation = of_code("x = input(1.)\nu = parameter(2.)\nL = x*3\nv = u*2")
    told = explain_node(evaluation, named(evaluation, "L"))
    assert told.blocks
    evaluation = of_code("a = parameter(2.)\nc = constant(3.)\nL = a*c\n")
    (block, _) = explain_node(evaluation, named(evaluation, "c")).blocks
    assert block.notes == ("∅  c is a constant: no gradient is taken for it.",)


def test_names_and_numbers_in_latex() -> None:
    assert name("w").latex == "w"
    assert name("w12").latex == "w_{12}"
    assert name("add_1").latex == r"\mathrm{add}_{1}"
    assert name("a_b").latex == r"\mathrm{a\_b}"
    assert value(-2.656e-5).latex == r"{-2.656} \cdot 10^{-5}"
    assert value(float("nan")).latex == r"\text{NaN}"
    assert value(float("-inf")).text == f"{MINUS}∞"
    parts = {"x": value(-3.0)}
    assert fill(Formula("$x²", "{$x}^{2}"), parts) == Written("(−3)²", "{({-3})}^{2}")


def test_a_formula_that_cannot_be_set_is_told() -> None:
    with pytest.raises(FormulaError):
        typeset(r"\frac{", "#000000", 15.0)
    with pytest.raises(FormulaError):
        typeset("x" * 5000, "#000000", 15.0)


def test_unbroadcast_is_what_the_note_says() -> None:
    """The sum over the axes named is the contribution."""
    evaluation = of_code(
        "X = input([[1., 2.], [3., 4.], [5., 6.]])\nb = parameter([[0.5], [1.], [2.]])\nL = sum(X * b)"
    )
    gradient = evaluation.gradient(named(evaluation, "b"))
    wide = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert gradient is not None
    np.testing.assert_array_equal(gradient, unbroadcast(wide, (3, 1)))
    assert number(gradient[0, 0]) == "3"


def test_the_gradient_through_the_loss_does_not_go_in_a_circle() -> None:
    """∂L/∂q is the local derivative alone where q feeds the loss: no line has it on both sides, nor 4 = 4."""
    evaluation = of_code("q = parameter(3.)\nc = constant(4.)\nL = q*c")
    assert texts(explain_node(evaluation, named(evaluation, "q"))) == ["∂L/∂q = c = 4"]
    evaluation = of_code("q = parameter(3.)\nm = q*q\nL = q + m")
    told = explain_node(evaluation, named(evaluation, "q"))
    assert texts(told)[:2] == ["∂L/∂q = 1", "+ ∂L/∂m × ∂m/∂q"]
    assert texts(told, 1)[0] == "∂L/∂q = 1 + ∂L/∂m × ∂m/∂q + ∂L/∂m × ∂m/∂q"


@pytest.mark.parametrize(
    "code", ["w = parameter(2.34567)\nm = w*3\nL = square(m)", "w = parameter(1.5)\nL = square(w)"]
)
def test_what_a_formula_with_printed_numbers_comes_to_is_said(code: str) -> None:
    """Forward, 2.346 × 3 is 7.038, not 7.037: the sign says that the result is of more digits."""
    evaluation = of_code(code)
    lines = texts(explain_node(evaluation, named(evaluation, "m" if "m =" in code else "L")), 1)
    assert lines[-1].startswith("≈ 7.037" if "m =" in code else "= 2.25")


def test_the_gradient_at_a_loss_of_arrays_is_one_rule_and_other_rules_say_what_they_are_of() -> None:
    code = "X = input([[1.], [2.]])\nw = parameter([[0.5]])\nz = X @ w\na = tanh(z)\nt = target([[1.], [0.]])\n"
    evaluation = of_code(code + "L = mse_loss(a, t)")

    def rules(target: str, slot: int) -> list[str]:
        call = evaluation.position(named(evaluation, target))
        assert call is not None
        return [line.written.text for line in backward_block(evaluation, call, slot).lines if line.kind == "rule"]

    assert rules("L", 0) == ["∂L/∂a = 1 × 2 × (a − t) / n"]
    assert rules("a", 0) == ["∂a/∂z of one entry = 1 − a²", "∂L/∂z = ∂L/∂a × (1 − a²)"]
    assert rules("z", 1) == ["∂z/∂w as a factor: Xᵀ", "∂L/∂w = Xᵀ @ ∂L/∂z"]
