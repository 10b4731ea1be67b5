"""LaTeX and Graphviz: every operation has equations that can be set, every graph a picture in words."""

from __future__ import annotations

import re

import pytest

from backprop_studio.document.graph import EMPTY_GRAPH
from backprop_studio.document.grouping import make_group, rename_group
from backprop_studio.document.typesetting import typeset
from backprop_studio.exchange.exporting import FORMATS, export_text
from backprop_studio.exchange.graph_code import parse_graph_code
from tests.exchange.support import CASES

_TWICE = "a = parameter(2.0)\nb = parameter(1.0)\none = constant(1.0)\ns = a + b\nt = b + one\nL = s*t\n"


def equations(text: str) -> list[str]:
    """The lines of all aligned equations."""
    blocks = re.findall(r"\\begin\{align\*\}\n(.*?)\n\\end\{align\*\}", text, re.DOTALL)
    return [line.replace("&", "") for block in blocks for line in block.split(" \\\\\n")]


@pytest.mark.parametrize("case", CASES)
def test_equations_are_balanced(case: str) -> None:
    text = export_text(CASES[case]().graph, "latex")
    for line in equations(text):
        assert line.count("{") - line.count(r"\{") == line.count("}") - line.count(r"\}")
        assert line.count(r"\left") == line.count(r"\right")
        assert "$" not in line


def test_equations_can_be_set() -> None:
    for line in equations(export_text(CASES["xor"]().graph, "latex")):
        assert typeset(line, "#000000", 14).width > 10


def test_the_chain_rule_with_both_terms_of_a_value_used_twice() -> None:
    text = export_text(parse_graph_code(_TWICE), "latex")
    assert (
        r"\frac{\partial L}{\partial b} &= \frac{\partial L}{\partial s} \frac{\partial s}{\partial b} + "
        r"\frac{\partial L}{\partial t} \frac{\partial t}{\partial b} = "
        r"\frac{\partial L}{\partial s} \cdot 1 + \frac{\partial L}{\partial t} \cdot 1 = 5"
    ) in text
    assert r"L &= s \cdot t = 6" in text


def test_dot_has_values_gradients_and_contributions() -> None:
    text = export_text(parse_graph_code(_TWICE), "dot")
    assert '[label="b (parameter)\\n= 1\\ngradient 5", shape=ellipse]' in text
    assert text.count(" -> ") == 6
    assert '[label="3"]' in text
    assert "penwidth=2" in text


def test_dot_shows_groups_and_quotes_their_names() -> None:
    graph = parse_graph_code(_TWICE)
    members = [key for key, node in graph.nodes.items() if node.name in ("s", "t")]
    graph, group = make_group(graph, members)
    graph = rename_group(graph, group, 'a "b" \\ c')
    text = export_text(graph, "dot")
    assert f"subgraph cluster_{group} {{\n" in text
    assert 'label="a \\"b\\" \\\\ c";' in text


def test_dot_needs_no_finished_graph() -> None:
    assert export_text(EMPTY_GRAPH, "dot").endswith("}\n")
    assert "= not computed" in export_text(parse_graph_code("L = a*b\n"), "dot")


def test_the_table_of_forms() -> None:
    assert list(FORMATS) == ["code", "pytorch", "jax", "numpy", "latex", "dot"]
    assert all(one.sentence and one.suffix.startswith(".") for one in FORMATS.values())
