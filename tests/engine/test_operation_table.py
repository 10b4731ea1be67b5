"""The table of operations tells all of them, leaves no placeholder, and the documentation's copy is current."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from backprop_studio.engine import __main__ as program
from backprop_studio.engine.op import Op
from backprop_studio.engine.operation_table import as_markdown, as_text, row_of
from backprop_studio.engine.ops import registry
from backprop_studio.resource_files import resource_text

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("op", registry, ids=lambda op: op.name)
def test_every_operation_stands_in_both_tables(op: Op) -> None:
    row = row_of(op)
    assert "$" not in "".join([row.formula, row.torch, *(rule for _, rule in row.gradient)])
    assert len(row.settings) == len(op.settings)
    assert f"\n{op.name}(" in as_text() or f"\n{op.name} " in as_text()
    assert f"| `{op.name}` |" in as_markdown()


def test_a_row_says_what_the_declaration_says() -> None:
    row = row_of(registry["power"])
    assert (row.inputs, row.formula) == ("x, exponent", "x^exponent")
    assert row.gradient == (("x", "g × exponent × x^(exponent − 1)"), ("exponent", "g × out × ln x"))
    assert row.torch == "x ** exponent"
    loss = row_of(registry["mse_loss"])
    assert loss.settings == ("reduction='mean'",)
    assert loss.torch == "torch.nn.functional.mse_loss(input, target, reduction='mean')"
    assert row_of(registry["concatenate"]).inputs == "x1, x2, …"
    assert "no one-line spelling of ceil_mode." in row_of(registry["max_pool2d"]).limits
    assert not loss.limits
    assert row_of(registry["constant"]).gradient == (("", "none"),)


def test_every_line_of_a_markdown_table_has_as_many_cells() -> None:
    lines = [line for line in as_markdown().splitlines() if line.startswith("|")]
    assert len(lines) > len(registry)
    assert {line.replace("\\|", "").count("|") for line in lines} == {8}


def test_the_documentation_is_current() -> None:
    current = resource_text("operations.md") == as_markdown()
    assert current, "run: python -m backprop_studio.engine --markdown > resources/operations.md"


def test_the_module_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--markdown"]) == 0
    assert capsys.readouterr().out == as_markdown()
    command = [sys.executable, "-m", "backprop_studio.engine"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=60)
    assert done.stdout.decode() == as_text()
    assert done.stderr == b""
