"""The table of every event's arithmetic that a person can print: complete, true, and PyTorch's."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from backprop_studio import cli
from backprop_studio.document.number_text import number
from backprop_studio.engine.gradient_check import check_edge
from backprop_studio.engine.trace import EventKind, Stage
from tests.document.operation_graphs import EXAMPLES, example
from tests.document.test_arithmetic import check
from tests.document.torch_graph import torch_gradients


def printed(*arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert cli.main(["explain", *arguments]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def events(*arguments: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(printed(*arguments, "--json", capsys=capsys))["events"]
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_backward_event_of_an_example_is_there_and_true(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Against what the signs claim, central differences through each wire alone, and PyTorch's gradients."""
    evaluation = example(name)
    calls, first = evaluation.program.calls, evaluation.trace.stage_span(Stage.BACKWARD)[0]
    told = events("--example", name, "--backward", capsys=capsys)
    assert [each["event"] for each in told] == list(range(1, len(evaluation.trace) - first + 1))
    sums: dict[int, Any] = {}
    for each, event in zip(told, evaluation.trace.events[first:], strict=True):
        check(each["arithmetic"])
        if event.kind is not EventKind.CARRY or event.slot is None:
            continue
        assert (each["from"], each["to"]) == (calls[event.call].name, calls[event.source].name)
        result = np.array(each["result"])
        if result.size <= 24:
            alone = check_edge(evaluation.program, event.call, event.slot, result)
            assert alone.passed
        if result.size == 1:
            assert each["arithmetic"].endswith((f"= {number(result.item())}", f"≈ {number(result.item())}"))
        sums[event.source] = sums.get(event.source, 0.0) + result
    for at, gradient in torch_gradients(evaluation).items():
        np.testing.assert_allclose(sums[at], gradient, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_table_has_a_line_for_every_event(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed("--example", name, capsys=capsys).splitlines()
    evaluation = example(name)
    assert len(lines) == 2 + len(evaluation.trace)
    assert lines[0].split("  ")[0] == "event"
    backward = printed("--example", name, "--backward", capsys=capsys).splitlines()
    assert [line.split()[0] for line in backward[2:]] == ["Backward"] * (len(backward) - 2)
    assert len(lines) > len(backward) > 4


def test_the_neuron(capsys: pytest.CaptureFixture[str]) -> None:
    table = printed("--example", "neuron-loss", "--backward", capsys=capsys)
    row = next(line for line in table.splitlines() if line.startswith("Backward 5 of 9"))
    assert row.split("  ")[1:] != []
    assert "s passes the gradient to z" in row
    assert "∂s/∂z = s × (1 − s)" in row
    assert row.endswith("−0.6636 × 0.2217 = −0.1471")
    latex = printed("--example", "neuron-loss", "--latex", capsys=capsys)
    assert r"\frac{\partial s}{\partial z} = s (1 - s)" in latex or r"\partial s" in latex
    assert latex.count("% Backward") == 9
    assert latex.count("\\begin{gathered}") == latex.count("\\end{gathered}") > 9


def test_an_entry_of_an_array_is_worked_out(capsys: pytest.CaptureFixture[str]) -> None:
    told = printed("--code", "X = input([[1., 2.]])\nW = parameter([[3.], [4.]])\nL = sum(X @ W)", capsys=capsys)
    assert "[0, 0]" not in next(line for line in told.splitlines() if "computes X @ W" in line), "one number"
    row = next(line for line in told.splitlines() if "passes the gradient to W" in line)
    assert row.endswith("W[1, 0]: 1 × 2 = 2")


def test_a_graph_without_a_loss_is_explained_forward(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "--code", "x = input([1., 2.])\ny = x * 2"]) == 0
    assert "Backward" not in capsys.readouterr().out
