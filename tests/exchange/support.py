"""What the tests of exported code share: graphs to export, and code run in a namespace of its own."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from typing import Any

import numpy as np

from backprop_studio.document import edits
from backprop_studio.document.evaluation import Evaluation, evaluate_graph
from backprop_studio.document.graph import EMPTY_GRAPH, Graph
from backprop_studio.document.values import Value
from backprop_studio.engine.program import Program
from tests.document.operation_graphs import EXAMPLES, SAMPLES, around, example

CASES: dict[str, Callable[[], Evaluation]] = {
    f"{op.name}-{number}": lambda op=op, sample=sample: around(op, sample)  # type: ignore[misc]
    for op, number, sample in SAMPLES
} | {name: lambda name=name: example(name) for name in EXAMPLES}  # type: ignore[misc]
"""Every sample of every operation, and every example."""


def executed(text: str) -> tuple[dict[str, Any], str]:
    """What exported code leaves in an empty namespace, and what it prints."""
    scope: dict[str, Any] = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), np.errstate(all="ignore"):
        exec(compile(text, "<exported>", "exec"), scope)
    return scope, printed.getvalue()


def agree(found: Any, expected: Any) -> None:
    """Require equal shapes, and numbers equal to ten digits."""
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-10, atol=1e-12)


def graph_of(program: Program) -> Evaluation:
    """The evaluation of a graph that says what a program computes."""
    graph: Graph = EMPTY_GRAPH
    made: dict[int, int] = {}
    for index, call in enumerate(program.calls):
        leaf = program.leaves.get(index)
        value = None if leaf is None else Value(leaf)
        graph, node = edits.add_node(graph, call.op.name, (0.0, 60.0 * index), name=call.name, value=value)
        made[index] = node
        for slot, source in enumerate(call.inputs):
            graph = edits.connect(graph, made[source], node, slot)
    assert program.loss is not None
    return evaluate_graph(edits.set_loss(graph, made[program.loss]))
