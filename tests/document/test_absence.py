"""Not computed is not zero: each reason has its own mark, its own words and its own sentence."""

from __future__ import annotations

import pytest

from backprop_studio.document import edits
from backprop_studio.document.absence import Reason, contribution_absence, gradient_absence
from backprop_studio.document.evaluation import Evaluation, evaluate_graph
from backprop_studio.exchange.graph_code import parse_graph_code
from tests.document.evaluated import of_code

CODE = """
w = parameter(2.)
u = parameter(1.)
c = constant(3.)
v = u * 2
d = c * 2
p = w**-0.5
L = w * d
"""


def node(evaluation: Evaluation, name: str) -> int:
    found = evaluation.graph.node_named(name)
    assert found is not None
    return found.id


def test_marks_and_words_are_all_different() -> None:
    assert len({reason.mark for reason in Reason}) == len({reason.words for reason in Reason}) == len(Reason)
    assert "0" not in {reason.mark for reason in Reason}


@pytest.mark.parametrize(
    ("name", "reason", "told"),
    [
        ("u", Reason.NO_PATH, "No differentiable path leads from u to L"),
        ("v", Reason.NO_PATH, "No differentiable path leads from v to L"),
        ("c", Reason.NOT_DIFFERENTIABLE, "c is a constant"),
        ("d", Reason.NOT_DIFFERENTIABLE, "d depends on constants only"),
    ],
)
def test_reasons(name: str, reason: Reason, told: str) -> None:
    evaluation = of_code(CODE)
    absence = gradient_absence(evaluation, node(evaluation, name))
    assert absence is not None
    assert absence.reason is reason
    assert absence.sentence.startswith(told)
    assert absence.sentence.endswith(".")


def test_what_has_not_arrived_yet() -> None:
    evaluation = of_code(CODE)
    w = node(evaluation, "w")
    assert gradient_absence(evaluation, w) is None
    for known in ("hidden", "partial"):
        absence = gradient_absence(evaluation, w, known)  # type: ignore[arg-type]
        assert absence is not None
        assert (absence.reason, absence.mark) == (Reason.NOT_COMPUTED, "·")
        assert "That is not 0." in absence.sentence


def test_nan_is_not_defined() -> None:
    evaluation = of_code("w = parameter(0.)\nL = w * 0 / w")
    absence = gradient_absence(evaluation, node(evaluation, "w"))
    assert absence is not None
    assert (absence.reason, absence.mark) == (Reason.NOT_DEFINED, "NaN")


def test_without_a_loss_nothing_is_computed() -> None:
    evaluation = of_code("w = parameter([1., 2.])\ny = w * 2")
    absence = gradient_absence(evaluation, node(evaluation, "w"))
    assert absence is not None
    assert absence.reason is Reason.NOT_COMPUTED


def test_wires() -> None:
    evaluation = of_code(CODE)
    told = {
        (evaluation.graph.nodes[wire.source].name, evaluation.graph.nodes[wire.target].name): contribution_absence(
            evaluation, wire
        )
        for wire in evaluation.graph.wires
    }
    assert told["w", "L"] is None
    reasons = {ends: absence.reason for ends, absence in told.items() if absence is not None}
    assert reasons["u", "v"] is Reason.NO_PATH
    assert reasons["c", "d"] is Reason.NOT_DIFFERENTIABLE
    assert reasons["d", "L"] is Reason.NOT_DIFFERENTIABLE


@pytest.mark.parametrize(
    ("muted", "asked", "told"),
    [
        ("s", "s", "s is muted: it gives zeros"),
        ("s", "w", "s is muted, so no gradient comes back through it to w."),
        ("w", "s", "w is muted, so s depends on constants only"),
    ],
)
def test_a_muted_node_is_named_as_the_cause(muted: str, asked: str, told: str) -> None:
    graph = parse_graph_code("w = parameter(2.)\ns = sigmoid(w)\nL = square(s)")
    names = {node.name: node.id for node in graph.nodes.values()}
    evaluation = evaluate_graph(edits.set_mode(graph, [names[muted]], "muted"))
    absence = gradient_absence(evaluation, names[asked])
    assert absence is not None
    assert told in absence.sentence
