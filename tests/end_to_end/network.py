"""A network of two inputs, three sigmoid neurons and one, with PyTorch's numbers for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from tests.ui.window_support import Opened

TABLE: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "oracle" / "network_2_3_1.json").read_text(encoding="utf-8")
)
FORMULAS = tuple(f"h{i} = sigmoid(x1*w{i}1 + x2*w{i}2 + b{i})" for i in (1, 2, 3))
OUTPUT = "y = sigmoid(h1*v1 + h2*v2 + h3*v3 + c)"


def check_passes(opened: Opened, names: dict[str, int], table: dict[str, Any]) -> None:
    """Compare the values and gradients of the nodes, given by the names of the table, with PyTorch's."""
    evaluation = opened.session.flush()
    assert not evaluation.problems
    for name, expected in table["values"].items():
        np.testing.assert_allclose(evaluation.value(names[name]), expected, rtol=1e-12)
    for name, expected in table["gradients"].items():
        np.testing.assert_allclose(evaluation.gradient(names[name]), expected, rtol=1e-12)


def check_trained(opened: Opened, names: dict[str, int], table: dict[str, Any]) -> None:
    """Compare the parameters after one step with PyTorch's."""
    assert opened.session.training.learning_rate == TABLE["learning_rate"]
    for name, expected in table["after_one_step"].items():
        value = opened.session.graph.nodes[names[name]].value
        assert value is not None
        np.testing.assert_allclose(value.array, expected, rtol=1e-12)
