"""What training leaves in a graph, the mode of the whole graph, and inputs that may stay unwired."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from backprop_studio import api
from backprop_studio.document import edits
from backprop_studio.document.changes import difference
from backprop_studio.document.edits import EditError
from backprop_studio.document.evaluation import Evaluation, evaluate_graph
from backprop_studio.document.explanation import explain_wire
from backprop_studio.document.file_format import DocumentError, dumps, loads
from backprop_studio.document.graph import Graph, Wire
from backprop_studio.document.narration import narrate
from backprop_studio.document.values import Value
from backprop_studio.exchange.graph_code import GraphCodeError, graph_code, parse_graph_code
from backprop_studio.resource_files import resource_text
from backprop_studio.session.code_adoption import adopt

CODE = """x = input([[1.0, 2.0], [3.0, 5.0], [0.0, 1.0]])
b = parameter([0.1, 0.2])
h = batch_norm(x, None, b)
d = dropout(h, p=0.25)
L = mean(square(d))
"""


def read() -> tuple[Graph, dict[str, int]]:
    graph = parse_graph_code(CODE)
    return graph, {node.name: node.id for node in graph.nodes.values()}


def trained() -> Graph:
    graph, ids = read()
    statistics = {"running_mean": Value([0.5, 1.5]), "running_var": Value([2.0, 3.0])}
    graph = edits.set_states(graph, {ids["h"]: statistics, ids["d"]: {"step": Value(7.0)}})
    return edits.set_training(graph, False)


def everything(evaluation: Evaluation) -> list[np.ndarray | None]:
    return [evaluation.value(node) for node in evaluation.graph.nodes]


def test_state_and_mode_are_saved_as_the_schema_says() -> None:
    graph = trained()
    data = dumps(graph)
    assert loads(data) == graph
    schema = json.loads(resource_text("document.schema.json"))
    jsonschema.validate(json.loads(data), schema)
    assert b"training" not in dumps(read()[0])
    assert b'"state"' not in dumps(read()[0])


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            b'"running_mean": [0.5, 1.5]',
            b'"mean": [0.5, 1.5]',
            "batch_norm keeps running_mean, running_var from training",
        ),
        (b'"running_mean": [0.5, 1.5]', b'"running_mean": "much"', r"\$\.nodes\[\d\]\.state\.running_mean"),
        (b'"step": 7.0', b'"step": null', r"state\.step: there is no value"),
    ],
)
def test_state_that_is_wrong_is_refused_with_its_place(before: bytes, after: bytes, said: str) -> None:
    data = dumps(trained())
    assert before in data
    with pytest.raises(DocumentError, match=said):
        loads(data.replace(before, after))


def test_graph_code_carries_state_and_optional_inputs() -> None:
    graph = trained()
    text = graph_code(graph)
    assert "h = batch_norm(x, None, b, running_mean=[0.5, 1.5], running_var=[2.0, 3.0])" in text
    assert "dropout(h, p=0.25, step=7.0)" in text
    again = parse_graph_code(text)
    assert {node.name: dict(node.state) for node in again.nodes.values()} == {
        node.name: dict(node.state) for node in graph.nodes.values()
    }


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("y = linear(x, w)", "y = linear(x, w)"),
        ("y = linear(x, w, None)", "y = linear(x, w)"),
        ("y = linear(x, w, bias=b)", "y = linear(x, w, b)"),
        ("y = layer_norm(x, bias=b)", "y = layer_norm(x, None, b)"),
        ("y = cross_entropy(x, w, weight=b)", "y = cross_entropy(x, w, b)"),
        ("y = batch_norm(x, training=False)", "y = batch_norm(x, training=False)"),
    ],
)
def test_optional_inputs_in_graph_code(line: str, written: str) -> None:
    assert graph_code(parse_graph_code(line)).splitlines()[-1] == written


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("y = linear(x)", r"linear takes 2 to 3 inputs, not 1: write linear\(x, weight, bias=None\)"),
        ("y = linear(x, w, b, bias=c)", "The input bias is given twice"),
        ("y = linear(x, weight=w)", "Inputs go by position, without weight="),
        ("y = linear(x, w, weight=w)", "Inputs go by position, without weight="),
    ],
)
def test_refused_in_graph_code(line: str, said: str) -> None:
    with pytest.raises(GraphCodeError, match=said):
        parse_graph_code(line)


def test_a_wire_behind_an_absent_input_is_known_by_its_slot() -> None:
    graph, ids = read()
    evaluation = evaluate_graph(graph)
    assert not evaluation.problems
    wire = Wire(ids["b"], ids["h"], 2)
    np.testing.assert_array_equal(evaluation.contribution(wire), evaluation.gradient(ids["b"]))
    told = [evaluation.wire_of((event.call, event.slot)) for event in evaluation.trace if event.slot is not None]
    assert wire in told
    assert set(told) == set(graph.wires)
    assert explain_wire(evaluation, wire).blocks
    for event in range(len(evaluation.trace)):
        assert "None" not in narrate(evaluation, event).sentence


def test_evaluation_mode_uses_what_training_left() -> None:
    graph = trained()
    ids = read()[1]
    x = np.array([[1.0, 2.0], [3.0, 5.0], [0.0, 1.0]])
    expected = (x - [0.5, 1.5]) / np.sqrt(np.array([2.0, 3.0]) + 1e-5) + [0.1, 0.2]
    np.testing.assert_allclose(evaluate_graph(graph).value(ids["h"]), expected, rtol=1e-12)
    np.testing.assert_allclose(evaluate_graph(graph).value(ids["d"]), expected, rtol=1e-12)
    training = evaluate_graph(edits.set_training(graph, True))
    assert not np.allclose(training.value(ids["h"]), expected)


def test_a_change_of_mode_is_a_change() -> None:
    graph = read()[0]
    assert difference(graph, edits.set_training(graph, False)).training_changed
    assert not difference(graph, edits.set_training(graph, False)).is_empty
    assert edits.set_training(graph, True) is graph


def test_only_what_an_operation_keeps_can_be_set() -> None:
    graph, ids = read()
    with pytest.raises(EditError, match="keeps step from training, nothing else"):
        edits.set_states(graph, {ids["d"]: {"running_mean": Value(1.0)}})


def test_the_python_interface_trains_saves_and_evaluates(tmp_path: Path) -> None:
    done = api.train(CODE, steps=4, lr=0.1)
    node = done.graph.node_named("d")
    assert node is not None
    assert node.state["step"].array == 4.0
    api.save(done.graph, tmp_path / "t.backprop")
    api.save(done.graph, tmp_path / "t.py")
    losses = [
        float(api.evaluate(tmp_path / name, mode=mode).values["L"])
        for mode in ("train", "eval")
        for name in ("t.backprop", "t.py")
    ]
    assert losses[0] == losses[1]
    assert losses[2] == losses[3] != losses[0]
    assert api.check(tmp_path / "t.backprop", mode="eval").passed
    assert api.check(tmp_path / "t.backprop").passed
    with pytest.raises(api.GraphError, match="The mode is 'train' or 'eval', not 'test'"):
        api.evaluate(CODE, mode="test")


def test_text_tells_of_evaluation_mode_and_reading_it_again_keeps_it() -> None:
    graph = edits.set_training(read()[0], False)
    text = graph_code(graph)
    assert text.startswith("# evaluation mode (")
    assert "--mode eval" in text.splitlines()[0]
    assert not adopt(graph, parse_graph_code(text)).training
    assert parse_graph_code(text).training
    assert not graph_code(read()[0]).startswith("#")
    plain = edits.set_training(parse_graph_code("x = input(1.)\nL = square(x)\n"), False)
    assert "#" not in graph_code(plain), "no node of it knows modes"


def test_the_mode_can_be_asked_for_whatever_the_kind_of_file(tmp_path: Path) -> None:
    told = {}
    for training, name in ((True, "on.backprop"), (False, "off.backprop"), (True, "on.py"), (False, "off.py")):
        path = tmp_path / name
        api.save(edits.set_training(trained(), training), path)
        told[name] = [float(api.evaluate(path, mode=mode).values["L"]) for mode in ("train", "eval")]
    assert len({tuple(losses) for losses in told.values()}) == 1
    train, evaluation = told["on.py"]
    assert train != evaluation


def test_each_dropout_keeps_its_mask_through_graph_code_and_saving() -> None:
    """The text puts the named one first, whatever the order in which both were made."""
    code = "x = input([1., 2., 3., 4., 5., 6., 7., 8.])\nu = dropout(x)\nh = dropout(x)\nL = mean(square(u - h))\n"
    graph = parse_graph_code(code)
    first, second = graph.node_named("u"), graph.node_named("h")
    graph = edits.rename(graph, first.id, "dropout_1")
    told = evaluate_graph(graph)
    assert (told.value(first.id) != told.value(second.id)).any()
    for again in (loads(dumps(graph)), parse_graph_code(graph_code(graph))):
        shown = evaluate_graph(again)
        for name in ("dropout_1", "h"):
            assert (shown.value(again.node_named(name).id) == told.value(graph.node_named(name).id)).all()
