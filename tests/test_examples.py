"""Every example opens, shows its published numbers, is neatly laid out, and trains."""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pytest

from backprop_studio import api
from backprop_studio.document.examples import Example, all_examples, example_named
from backprop_studio.document.file_format import dumps, load
from backprop_studio.document.node_size import NODE_WIDTH, node_height, port_offset_in, port_offset_out
from backprop_studio.exchange.graph_code import graph_code, parse_graph_code
from backprop_studio.resource_files import resource
from backprop_studio.training.datasets import dataset

EXAMPLES = all_examples()
every_example = pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])

# Loss and gradients that the literature gives.
# fmt: off
NUMBERS = {
    "sum-times-c":    (20, {"a": 4, "b": 4, "c": 5, "q": 4}),
    "square-of-line": (25, {"x": 30, "u": 10, "m": 10}),
    "fan-out":        (6,  {"a": 2, "b": 5, "s": 2, "t": 3}),
    "sigmoid-neuron": (0.73105857863,
                       {"w0": -0.19661193, "w1": -0.39322387, "w2": 0.19661193, "x0": 0.39322387, "x1": -0.58983580}),
    "neuron-loss":    (0.11009935454, {"w": -0.29426817, "b": -0.14713408, "s": -0.66362446}),
}
# fmt: on


def test_the_list() -> None:
    assert [example.name for example in EXAMPLES] == [
        "sum-times-c", "square-of-line", "fan-out", "sigmoid-neuron", "neuron-loss", "linear-regression", "xor",
        "moons", "softmax-classifier",
    ]  # fmt: skip
    files = {path.stem for path in resource("examples").glob("*.backprop")}
    assert files == {example.name for example in EXAMPLES}
    assert len({example.title for example in EXAMPLES}) == len(EXAMPLES)
    for example in EXAMPLES:
        assert example.sentence.endswith(".")
        assert len(example.sentence) < 130


def test_the_index_says_nothing_else() -> None:
    entries = json.loads(resource("examples/index.json").read_text(encoding="utf-8"))
    assert all(set(entry) == {"name", "title", "sentence", "group", "learning_rate", "steps"} for entry in entries)


def test_an_unknown_name_is_told_the_nearest() -> None:
    with pytest.raises(KeyError, match="Did you mean xor"):
        example_named("xors")
    with pytest.raises(KeyError, match="There are: sum-times-c, square"):
        example_named("???")


@every_example
def test_it_is_a_document_as_we_write_it(example: Example) -> None:
    assert dumps(load(example.path)) == example.path.read_bytes()


@every_example
def test_it_evaluates_and_its_gradients_are_right(example: Example) -> None:
    evaluation = api.evaluate(example.path)
    assert evaluation.loss in ("L", "y")
    assert evaluation.notice is None
    assert api.check(example.path).passed


@pytest.mark.parametrize("name", NUMBERS)
def test_published_numbers(name: str) -> None:
    evaluation = api.evaluate(example_named(name).path)
    loss, gradients = NUMBERS[name]
    assert float(evaluation.values[evaluation.loss]) == pytest.approx(loss, rel=1e-9)
    for node, gradient in gradients.items():
        assert float(evaluation.gradients[node]) == pytest.approx(gradient, rel=1e-7), node


def test_both_contributions_of_the_fan_out() -> None:
    contributions = api.evaluate(example_named("fan-out").path).contributions
    assert contributions["b", "s", "y"] == 2
    assert contributions["b", "t", "x"] == 3


@every_example
def test_it_trains(example: Example) -> None:
    result = api.train(example.path, steps=example.steps, lr=example.learning_rate)
    assert result.final_loss < result.losses[0]
    assert np.isfinite(result.losses).all()


def test_linear_regression_finds_the_line() -> None:
    example = example_named("linear-regression")
    result = api.train(example.path, steps=example.steps, lr=example.learning_rate)
    values = api.evaluate(example.path).values
    assert values["x"].shape == values["t"].shape == (20,)
    slope, intercept = np.polyfit(values["x"], values["t"], 1)
    assert result.parameters["w"] == pytest.approx(slope, abs=1e-6)
    assert result.parameters["b"] == pytest.approx(intercept, abs=1e-6)


def test_xor_is_learnt() -> None:
    example = example_named("xor")
    result = api.train(example.path, steps=example.steps, lr=example.learning_rate)
    assert result.final_loss < 0.01
    assert api.evaluate(result.graph).values["y"].round().ravel().tolist() == [0, 1, 1, 0]


def test_the_classifier_tells_all_points_apart() -> None:
    example = example_named("softmax-classifier")
    before = api.evaluate(example.path).values
    assert before["X"].shape == (30, 2)
    assert np.bincount(before["t"]).tolist() == [10, 10, 10]
    trained = api.train(example.path, steps=example.steps, lr=example.learning_rate).graph
    assert (api.evaluate(trained).values["z2"].argmax(axis=1) == before["t"]).all()


def test_the_moons_are_told_apart_by_a_network_fed_from_one_node() -> None:
    example = example_named("moons")
    values = api.evaluate(example.path).values
    features, targets = dataset("moons", noise=0.1)
    assert np.array_equal(values["x"], features)
    assert np.array_equal(values["t"], targets)
    trained = api.train(example.path, steps=example.steps, lr=example.learning_rate)
    assert trained.final_loss < 0.02
    assert np.array_equal(api.evaluate(trained.graph).values["z"] > 0, targets == 1)
    by_batches = api.train(example.path, steps=example.steps, lr=example.learning_rate, batch=10)
    assert by_batches.final_loss < 0.02


@every_example
def test_it_comes_back_from_graph_code(example: Example) -> None:
    graph = load(example.path)
    again = parse_graph_code(graph_code(graph))
    assert {(n.names, n.op_name, n.values) for n in again.nodes.values()} == {
        (n.names, n.op_name, n.values) for n in graph.nodes.values()
    }


@every_example
def test_it_is_laid_out_in_columns_from_left_to_right(example: Example) -> None:
    graph = load(example.path)
    for first, second in combinations(graph.nodes.values(), 2):
        across = abs(first.position[0] - second.position[0])
        upper, lower = sorted((first, second), key=lambda node: node.position[1])
        free = lower.position[1] - upper.position[1] - node_height(graph.slot_count(upper.id))
        assert across >= NODE_WIDTH + 30 or free >= 20, (first.name, second.name)
    for node in graph.nodes.values():
        assert node.position[0] % 10 == 0
        assert node.position[1] % 10 == 0
    right = max(node.position[0] for node in graph.nodes.values()) + NODE_WIDTH
    assert right <= 1330, "wider than a canvas of 800 pixels shows at 60 %"
    straight = 0
    for wire in graph.wires:
        source, target = graph.nodes[wire.source], graph.nodes[wire.target]
        assert source.position[0] < target.position[0]
        leaves = source.position[1] + port_offset_out(len(source.names), graph.output_of(wire.target, wire.slot))[1]
        arrives = target.position[1] + port_offset_in(graph.slot_count(target.id), wire.slot)[1]
        straight += leaves == arrives
    assert straight >= 1 or example.name == "fan-out"
