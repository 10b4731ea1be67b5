"""Between an arithmetic and its result stands "=" where the printed numbers give it, and "≈" where they do not."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from backprop_studio.document.evaluation import Evaluation, evaluate_graph
from backprop_studio.document.explanation import explain_node, explain_step
from backprop_studio.document.explanation_lines import Block
from backprop_studio.document.number_text import number
from backprop_studio.document.step_rule import StepRule, narrate_step
from backprop_studio.document.tangent_lines import explain_tangent, narrate_tangent
from backprop_studio.document.tangents import seeds, tangents
from backprop_studio.engine.trace import Stage
from backprop_studio.exchange.graph_code import parse_graph_code
from backprop_studio.training.algorithms import ALGORITHMS
from backprop_studio.training.optimizers import setup
from tests.document.operation_graphs import EXAMPLES, example

_POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_PLAIN = re.compile(r"[\d\s.e+*/()-]+")


def worth(shown: str) -> float | None:
    """What an arithmetic of plain numbers comes to, None where it is something else."""
    code = shown.replace("−", "-").replace("×", "*").replace("·", "*")
    code = re.sub(
        r"\)?([⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda found: found[0].replace(found[1], f"**{found[1].translate(_POWERS)}"), code
    )
    code = re.sub(r"√([\d.e-]+)", r"(\1)**0.5", code).replace("^", "**")
    if not _PLAIN.fullmatch(code):
        return None
    try:
        return float(eval(code, {"__builtins__": {}}))
    except (NameError, SyntaxError, TypeError, ZeroDivisionError, OverflowError):
        return None


def claims(text: str) -> Iterator[tuple[float, str, float]]:
    """Every arithmetic in a line with the sign behind it and what is said to come of it."""
    parts = re.split(r" ?([=≈]) ", text)
    for left, sign, right in zip(parts[:-2:2], parts[1:-1:2], parts[2::2], strict=True):
        came, said = worth(left.strip()), worth(right.strip())
        if came is not None and said is not None and re.search(r"\d ?[+×/−^√]|[+×/√] ?\(?[\d(]", left):
            yield came, sign, said


def check(text: str) -> int:
    found = 0
    for came, sign, said in claims(text):
        assert (number(came) == number(said)) == (sign == "="), text
        found += 1
    return found


def of_block(block: Block) -> str:
    """The lines of a derivation in one: a line that begins with "=" goes on from the one before."""
    return " ".join(line.written.text for line in block.lines)


def steps(evaluation: Evaluation, rule: StepRule) -> Iterator[str]:
    trace = evaluation.step_trace()
    for index in range(len(trace.events)):
        yield narrate_step(evaluation, trace, index, rule).arithmetic
        for block in explain_step(evaluation, trace, index, rule).blocks:
            yield of_block(block)
            if block.follow is not None and block.result is not None:
                yield from (line.text for line in block.follow((0,) * block.result.ndim).lines)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_step_and_update(name: str, algorithm: str) -> None:
    evaluation = example(name)
    values = {"lr": 0.0137} | ({"weight_decay": 0.01} if algorithm != "sgd" else {"max_norm": 0.07})
    checked = sum(map(check, steps(evaluation, StepRule(setup(algorithm, **values), kept=1))))
    assert checked or name not in ("neuron-loss", "sigmoid-neuron")


@pytest.mark.parametrize("name", EXAMPLES)
def test_forward_mode_and_the_chains_of_every_node(name: str) -> None:
    evaluation = example(name)
    for seed in seeds(evaluation):
        found = tangents(evaluation, seed)
        for index in range(len(found.trace.events) if found is not None else 0):
            assert found is not None
            check(narrate_tangent(found, index).arithmetic)
            for block in explain_tangent(found, index).blocks:
                check(of_block(block))
    for node in evaluation.graph.nodes:
        for block in explain_node(evaluation, node).blocks:
            check(of_block(block))


def test_rounded_numbers_get_the_sign_of_an_estimate() -> None:
    code = "w = parameter(0.123456)\nL = square(w - 1/3)"
    evaluation = evaluate_graph(parse_graph_code(code))
    trace = evaluation.step_trace()
    index = next(at for at, event in enumerate(trace.events) if event.stage is Stage.UPDATE)
    told = narrate_step(evaluation, trace, index, StepRule(setup("sgd", lr=21.0)))
    assert told.arithmetic == "0.1235 − 21 × (−0.4198) ≈ 8.938"
    exact = narrate_step(evaluation, trace, index, StepRule(setup("sgd", lr=1.0)))
    assert exact.arithmetic == "0.1235 − 1 × (−0.4198) ≈ 0.5432"
    assert check(told.arithmetic) == 1


def test_the_reader_of_arithmetic_reads() -> None:
    assert check("0.5 − 0.1 × (−0.2941) = 0.5294") == 1
    with pytest.raises(AssertionError):
        check("0.5 − 0.1 × (−0.2941) = 0.5295")
    with pytest.raises(AssertionError):
        check("2 + 3 ≈ 5")
    assert check("0.9 × 0 + (1 − 0.9) × 2 = 0.2") == 1
    assert check("σ(0.7) = 0.6682") == 0
