"""What is written on nodes and wires: finished, playing, unfinished, wrong."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from backprop_studio.document import edits
from backprop_studio.document.evaluation import evaluate_graph
from backprop_studio.document.graph import Wire
from backprop_studio.document.values import Value
from backprop_studio.engine.trace import EventKind, Stage
from backprop_studio.exchange.graph_code import parse_graph_code
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.ui.canvas.labels import Kind, Labels, NodeLabel, Tone
from backprop_studio.ui.canvas.node_painter import shown_caption
from backprop_studio.ui.canvas.text import Measures
from backprop_studio.ui.canvas.wire_marks import Carried, WireMark, WireMarks
from tests.ui.canvas.conftest import Builder, fan_out, product_of_sum


def labels_of(built: Builder) -> dict[str, NodeLabel]:
    evaluation = evaluate_graph(built.graph)
    labels = Labels(built.graph, evaluation)
    return {name: labels[node] for name, node in built.ids.items()}


def marks_of(built: Builder) -> WireMarks:
    return WireMarks(built.graph, evaluate_graph(built.graph))


def test_numbers_of_a_finished_graph() -> None:
    labels = labels_of(product_of_sum())
    shown = {name: (label.value.text, label.gradient.text) for name, label in labels.items()}
    assert shown == {"a": ("2", "4"), "b": ("3", "4"), "c": ("4", "5"), "d": ("5", "4"), "L": ("20", "1")}
    assert (labels["a"].value.tone, labels["a"].gradient.tone) == (Tone.FORWARD, Tone.BACKWARD)


def test_headers() -> None:
    built = product_of_sum().source("constant", "k", 1.0, 0, 400).op("sigmoid", "sigmoid_1", 200, 400, "k")
    built.op("tanh", "tanh_3", 400, 400, "sigmoid_1")
    built.graph = edits.set_loss(built.graph, built.ids["L"])
    labels = labels_of(built)
    assert (labels["a"].kind, labels["a"].symbol, labels["a"].caption) == (Kind.PARAMETER, "a", "parameter")
    assert (labels["k"].kind, labels["k"].symbol, labels["k"].caption) == (Kind.SOURCE, "k", "constant")
    assert (labels["d"].kind, labels["d"].symbol, labels["d"].caption) == (Kind.OPERATION, "+", "d")
    assert (labels["L"].kind, labels["L"].caption) == (Kind.LOSS, "L → loss")
    assert (labels["sigmoid_1"].symbol, labels["sigmoid_1"].caption) == ("σ", "sigmoid_1")
    assert (labels["tanh_3"].symbol, labels["tanh_3"].caption) == ("tanh", "tanh_3")
    assert (labels["a"].gradient.caption, labels["d"].gradient.caption) == ("∂L/∂a", "grad")


def test_a_real_minus_sign_and_four_digits() -> None:
    built = Builder().source("parameter", "w", -0.123456, 0, 0).op("negative", "L", 200, 0, "w")
    labels = labels_of(built)
    assert (labels["w"].value.text, labels["w"].gradient.text) == ("−0.1235", "−1")


def test_no_gradient_is_said_and_never_shown_as_zero() -> None:
    built = product_of_sum().source("constant", "k", 2.0, 0, 400).source("parameter", "w", 2.0, 0, 500)
    built.op("sin", "aside", 300, 500, "w")
    built.graph = edits.set_loss(built.graph, built.ids["L"])
    labels = labels_of(built)
    assert (labels["k"].gradient.caption, labels["k"].gradient.text) == ("no gradient", "∅")
    assert (labels["w"].gradient.caption, labels["w"].gradient.text) == ("no path to loss", "—")


def test_class_indices_have_no_gradient() -> None:
    built = Builder().source("input", "x", [[2.0, 1.0, 0.1]], 0, 0).source("target", "t", [0], 0, 200)
    labels = labels_of(built.op("cross_entropy", "L", 300, 50, "x", "t"))
    assert labels["t"].gradient.caption == "no gradient"
    assert labels["L"].value.text == "0.417"


def test_a_graph_without_a_loss_that_is_one_number_shows_no_gradients() -> None:
    built = Builder().source("parameter", "w", [1.0, 2.0], 0, 0).op("sin", "y", 200, 0, "w")
    labels = labels_of(built)
    assert labels["w"].gradient.text == "·"
    assert labels["w"].gradient.tone is Tone.QUIET


def test_tensors_show_their_shape_and_a_heat_map() -> None:
    content = np.arange(8.0).reshape(4, 2)
    built = Builder().source("parameter", "w", content, 0, 0).op("mean", "L", 200, 0, "w")
    label = labels_of(built)["w"]
    assert (label.value.text, label.gradient.text) == ("4 × 2", "4 × 2")
    assert label.value.heat is not None
    np.testing.assert_array_equal(label.value.heat, content)
    assert labels_of(product_of_sum())["a"].value.heat is None


@pytest.mark.parametrize(
    ("change", "name", "short", "is_mistake"),
    [
        ("unwire", "L", "needs second input", False),
        ("unwire d", "L", "waits for d", False),
        ("clash", "d", "shapes clash", True),
        ("no value", "a", "needs a value", True),
    ],
)
def test_problems(change: str, name: str, short: str, is_mistake: bool) -> None:
    built = product_of_sum()
    ids = built.ids
    if change == "unwire":
        built.graph = edits.disconnect(built.graph, ids["L"], 1)
    elif change == "unwire d":
        built.graph = edits.disconnect(built.graph, ids["d"], 0)
    elif change == "no value":
        built.graph = edits.set_value(built.graph, ids["a"], None)
    else:
        built.graph = edits.set_values(built.graph, {ids["a"]: Value([1.0, 2.0]), ids["b"]: Value([1.0, 2.0, 3.0])})
    evaluation = evaluate_graph(built.graph)
    labels = Labels(built.graph, evaluation)
    label = labels[ids[name]]
    assert (label.value.caption, label.value.text) == (short, "")
    assert label.value.tone is (Tone.ERROR if is_mistake else Tone.QUIET)
    assert label.problem == evaluation.problems[ids[name]].sentence
    assert (ids[name] in labels.mistaken) == is_mistake
    assert label.gradient.text == "·"


def test_a_node_newer_than_the_evaluation_is_not_computed() -> None:
    built = product_of_sum()
    evaluation = evaluate_graph(built.graph)
    graph, node = edits.add_node(built.graph, "sigmoid", (0.0, 0.0))
    label = Labels(graph, evaluation)[node]
    assert (label.value.text, label.gradient.text, label.problem) == ("·", "·", None)
    assert Labels(graph, None)[node].value.text == "·"


def test_a_shape_clash_shows_both_shapes_on_the_wires() -> None:
    built = Builder().source("parameter", "a", [1.0, 2.0], 0, 0).source("parameter", "b", [[1.0] * 3] * 4, 0, 100)
    built.op("add", "d", 200, 0, "a", "b")
    marks, ids = marks_of(built), built.ids
    assert marks.any
    assert marks[Wire(ids["a"], ids["d"], 0)] == WireMark(Carried.CLASH, "[2]")
    assert marks[Wire(ids["b"], ids["d"], 1)] == WireMark(Carried.CLASH, "4 × 3")


def test_wires_of_a_finished_graph_have_no_marks() -> None:
    marks = marks_of(product_of_sum())
    assert not marks.any
    assert all(marks[wire] is None for wire in marks.graph.wires)


class Passes:
    """A session whose timeline stands where a test puts it."""

    def __init__(self, session: EditorSession, built: Builder) -> None:
        session._load(built.graph, None, "test")
        session.flush()
        self.ids, self.timeline = built.ids, session.timeline
        self.timeline.animate = "steps"
        self.labels = Labels(session.graph, session.evaluation, session.timeline)
        self.marks = WireMarks(session.graph, session.evaluation, session.timeline)

    def at(self, position: int) -> dict[str, tuple[str, str]]:
        """Value and gradient texts after some events."""
        self.timeline.seek(position)
        self.labels.forget()
        self.marks.forget()
        labels = {name: self.labels[node] for name, node in self.ids.items()}
        return {name: (label.value.text, label.gradient.text) for name, label in labels.items()}

    def mark(self, source: str, target: str, slot: int) -> WireMark | None:
        """The mark of a wire."""
        return self.marks[Wire(self.ids[source], self.ids[target], slot)]


def test_numbers_fill_in_as_the_passes_go(qapp: QApplication, session: EditorSession) -> None:
    passes = Passes(session, product_of_sum())
    start = passes.at(0)
    assert {name: start[name] for name in "abc"} == {"a": ("2", "·"), "b": ("3", "·"), "c": ("4", "·")}
    assert (start["d"], start["L"]) == (("·", "·"), ("·", "·"))
    trace = passes.timeline.trace
    assert trace is not None
    turn = passes.at(trace.stage_ends[0])
    assert (turn["d"], turn["L"]) == (("5", "·"), ("20", "·"))
    end = passes.at(len(trace))
    assert end == {"a": ("2", "4"), "b": ("3", "4"), "c": ("4", "5"), "d": ("5", "4"), "L": ("20", "1")}


def test_contributions_add_up_at_a_fan_out(qapp: QApplication, session: EditorSession) -> None:
    passes = Passes(session, fan_out())
    trace = passes.timeline.trace
    assert trace is not None
    seen = [passes.at(position)["b"][1] for position in range(len(trace) + 1)]
    assert [text for index, text in enumerate(seen) if index == 0 or text != seen[index - 1]] == [
        "·",
        "3 + ·",
        "3 + 2",
        "5",
    ]


def test_a_long_sum_leaves_room_for_its_caption(qapp: QApplication, session: EditorSession) -> None:
    built = fan_out()
    built.graph = edits.set_value(built.graph, built.ids["a"], Value(-2.23456))
    passes = Passes(session, built)
    trace = passes.timeline.trace
    assert trace is not None
    assert "−1.235 +" in {passes.at(position)["b"][1] for position in range(len(trace) + 1)}


def test_a_caption_is_whole_or_its_end_or_absent(qapp: QApplication) -> None:
    face = Measures().caption
    width = face.width("w.grad")
    assert shown_caption(face, "w.grad", width) == "w.grad"
    assert shown_caption(face, "w.grad", width - 1.0) == ".grad"
    assert shown_caption(face, "w.grad", 14.0) == ""
    assert shown_caption(face, "not differentiable", 60.0).endswith("…")


def test_wires_carry_pills_in_the_colour_of_the_stage(qapp: QApplication, session: EditorSession) -> None:
    passes = Passes(session, product_of_sum())
    trace = passes.timeline.trace
    assert trace is not None
    turn = trace.stage_ends[0]
    passes.at(0)
    assert passes.mark("a", "d", 0) is None
    passes.at(turn)
    assert passes.mark("a", "d", 0) == WireMark(Carried.FORWARD, "2")
    first_carry = next(i for i, e in enumerate(trace.events) if e.stage is Stage.BACKWARD and e.kind is EventKind.CARRY)
    passes.at(first_carry + 2)
    assert passes.mark("a", "d", 0) == WireMark(Carried.EARLIER, "2")
    passes.at(len(trace))
    texts = {passes.mark(*end) for end in (("d", "L", 0), ("c", "L", 1), ("a", "d", 0))}
    assert texts == {WireMark(Carried.BACKWARD, "4"), WireMark(Carried.BACKWARD, "5")}


def test_the_active_wire_is_left_to_the_overlay(qapp: QApplication, session: EditorSession) -> None:
    passes = Passes(session, product_of_sum())
    passes.at(1)
    active = passes.timeline.active_wire()
    assert active is not None
    assert passes.marks[active] is None
    assert passes.marks.travelling(active) == WireMark(Carried.FORWARD, "2")
    passes.timeline.stop()
    assert passes.marks.playing is None
    assert passes.marks.travelling(active) is None


def test_the_node_where_nan_first_arose_has_the_badge_and_the_errors_colour() -> None:
    graph = parse_graph_code("a = parameter(0.)\nb = parameter(0.)\nq = a / b\nL = q * 2")
    q, end = graph.node_named("q"), graph.node_named("L")
    assert q is not None
    assert end is not None
    labels = Labels(graph, evaluate_graph(graph))
    assert labels[q.id].problem == "q is NaN: 0 / 0 has no finite result."
    assert (labels[q.id].value.tone, labels[end.id].value.tone) == (Tone.ERROR, Tone.ERROR)
    assert labels[end.id].problem is None
    assert q.id in labels.mistaken
