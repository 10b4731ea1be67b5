"""A dataset through the public functions and the command line, and beside PyTorch where that is installed."""

from __future__ import annotations

import json

import numpy as np
import pytest

from backprop_studio import GraphError, check, evaluate, export, load, save, train
from backprop_studio.cli import main

NET = (
    'x, t = data("moons", samples=20, seed=1)\nW = parameter(shape=(2, 8), seed=1)\nb = parameter(shape=(8,))\n'
    "V = parameter(shape=(8, 1), seed=2)\nL = binary_cross_entropy_with_logits(tanh(x @ W + b) @ V + c, t)\n"
)


def test_outputs_are_known_by_their_names():
    evaluation = evaluate(NET, {"c": 0.0})
    assert evaluation.values["x"].shape == (20, 2)
    assert evaluation.values["t"].shape == (20, 1)
    assert evaluation.gradients["t"].shape == (20, 1)
    assert ("t", "L", "target") in evaluation.contributions
    assert ("x", "matmul_1", "x") in evaluation.contributions
    assert evaluation.contributions["t", "L", "target"] == pytest.approx(evaluation.gradients["t"])


def test_arrays_given_by_name_take_the_place_of_the_dataset():
    evaluation = evaluate("x, t = data()\nL = mse_loss(x, t)", {"x": [[1.0], [2.0]], "t": [[0.0], [0.0]]})
    assert float(evaluation.values["L"]) == 2.5
    graph = evaluation.graph
    assert export(graph, to="code") == "x, t = data([[1.0], [2.0]], [[0.0], [0.0]])\nL = mse_loss(x, t)\n"


def test_a_further_output_is_no_loss():
    with pytest.raises(GraphError, match="t is one of several outputs"):
        evaluate(NET, {"c": 0.0}, loss="t")
    with pytest.raises(GraphError, match="no node named u"):
        evaluate(NET, {"u": 0.0})


def test_gradients_agree_with_differences():
    report = check(NET, {"c": 0.5})
    assert report.passed
    assert set(report.leaves) == {"x", "t", "W", "b", "V", "c"}


def test_training_leaves_the_dataset_and_can_be_saved(tmp_path):
    result = train(NET, {"c": 0.0}, steps=200, lr=0.5, batch=7, seed=3)
    assert result.final_loss < 0.4 < result.losses[0]
    assert set(result.parameters) == {"W", "b", "V", "c"}
    save(result.graph, tmp_path / "net.backprop")
    save(result.graph, tmp_path / "net.py")
    again = evaluate(tmp_path / "net.backprop")
    assert float(again.values["L"]) == pytest.approx(result.final_loss)
    assert float(evaluate(tmp_path / "net.py").values["L"]) == pytest.approx(result.final_loss)
    assert load(tmp_path / "net.backprop").node_named("t").op_name == "data"


def test_the_command_line_names_outputs(capsys):
    assert (
        main(["evaluate", "--code", 'x, t = data("xor")\nL = mse_loss(x @ w, t)', "--set", "w=[[1],[2]]", "--json"])
        == 0
    )
    printed = json.loads(capsys.readouterr().out)
    assert printed["nodes"]["t"] == {
        "op": "data", "shape": [4, 1], "value": [[0.0], [1.0], [1.0], [0.0]],
        "gradient": [[0.0], [-0.5], [0.0], [-1.5]],
    }  # fmt: skip
    assert {"source": "t", "target": "L", "input": "target", "contribution": [[0.0], [-0.5], [0.0], [-1.5]]} in printed[
        "edges"
    ]
    assert main(["train", "--code", NET, "--set", "c=0", "--steps", "5", "--batch", "6", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["loss"]) == 5


def test_gradients_of_a_graph_fed_by_data_are_those_of_pytorch():
    torch = pytest.importorskip("torch")
    evaluation = evaluate(NET, {"c": 0.25})
    leaves = {
        name: torch.tensor(evaluation.values[name], dtype=torch.float64, requires_grad=True)
        for name in ("x", "t", "W", "b", "V", "c")
    }
    x, t, weights, bias, last, c = leaves.values()
    logits = torch.tanh(x @ weights + bias) @ last + c
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, t)
    loss.backward()
    assert float(evaluation.values["L"]) == pytest.approx(loss.item(), rel=1e-12)
    for name, leaf in leaves.items():
        assert np.allclose(evaluation.gradients[name], leaf.grad.numpy(), rtol=1e-9, atol=1e-12), name
