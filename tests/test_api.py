"""The public functions compute the published numbers, copy what they give, and refuse in one sentence."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

import backprop_studio
from backprop_studio import Diverged, GraphError, check, evaluate, export, load, save, train
from backprop_studio.document.graph import EMPTY_GRAPH
from backprop_studio.exchange import code_writer
from backprop_studio.training.algorithms import ALGORITHMS

# fmt: off
TABLE = [
    # code, values, value of the loss, gradients
    ("L = (a+b)*c",             {"a": 2, "b": 3, "c": 4},       20,       {"a": 4, "b": 4, "c": 5, "add_1": 4}),
    ("L = x**2",                {"x": 3},                       9,        {"x": 6}),
    ("L = square(x)",           {"x": 3},                       9,        {"x": 6}),
    ("L = (3*x+2)**2",          {"x": 1},                       25,       {"x": 30}),
    ("L = x*.8*.6*.4*.5",       {"x": 1},                       0.096,    {"x": 0.096}),
    ("L = binary_cross_entropy(p, target(1.))", {"p": 0.8},     0.223144, {"p": -1.25}),
    ("L = binary_cross_entropy(p, target(1.))", {"p": 0.1},     2.302585, {"p": -10}),
    ("L = (a+b)*(b+1)",         {"a": 2, "b": 1},               6,        {"a": 2, "b": 5}),
    ("L = (x+y)*z",             {"x": -2, "y": 5, "z": -4},     -12,      {"x": -4, "y": -4, "z": 3}),
    ("L = sigmoid(w0*x0 + w1*x1 + w2)", {"w0": 2, "w1": -3, "w2": -3, "x0": -1, "x1": -2}, 0.731059,
     {"w0": -0.196612, "w1": -0.393224, "w2": 0.196612, "x0": 0.393224, "x1": -0.589836}),
    ("L = a+a",                 {"a": 3},                       6,        {"a": 2}),
    ("L = cross_entropy(z, target(0))", {"z": [2, 1, 0.1]},     0.417030, {"z": [-0.340999, 0.242433, 0.098566]}),
    ("L = (a+b)*d",             {"a": 3, "b": 2, "d": 1},       5,        {"a": 1, "b": 1, "d": 5}),
    ("x1 = x*" + "*".join(["c9"] * 100), {"x": 1, "c9": 0.9},   2.656e-5, {"x": 2.656e-5}),
    ("x1 = x*" + "*".join(["c9"] * 100), {"x": 1, "c9": 1.1},   13780.61, {"x": 13780.61}),
]
# fmt: on


@pytest.mark.parametrize(("code", "values", "loss", "gradients"), TABLE)
def test_published_numbers(code: str, values: dict[str, object], loss: float, gradients: dict[str, object]) -> None:
    evaluation = evaluate(code, values)
    assert float(evaluation.values[evaluation.loss]) == pytest.approx(loss, rel=1e-4)
    for name, gradient in gradients.items():
        assert evaluation.gradients[name] == pytest.approx(np.array(gradient), rel=1e-4), name


def test_xor_by_hand() -> None:
    code = (
        "X = input([[0, 0], [0, 1], [1, 0], [1, 1]])\nW = parameter([[1., 1.], [1., 1.]])\nc = parameter([0., -1.])\n"
        "w = parameter([1., -2.])\ny = relu(X @ W + c) @ w\nL = sum(y)"
    )
    assert evaluate(code).values["y"].tolist() == [0, 1, 1, 0]


def test_what_an_evaluation_holds() -> None:
    evaluation = evaluate("z = x*w\nL = sum(z*z)", {"x": [1, 2], "w": 3.0})
    assert evaluation.loss == "L"
    assert set(evaluation.values) == set(evaluation.gradients) == {"x", "w", "z", "multiply_1", "L"}
    assert evaluation.contributions["z", "multiply_1", "x"].tolist() == [3, 6]
    assert evaluation.contributions["z", "multiply_1", "y"].tolist() == [3, 6]
    assert evaluation.gradients["z"].tolist() == [6, 12]
    assert evaluation.gradients["w"].shape == ()
    assert evaluation.notice is None


def test_what_does_not_exist_is_none() -> None:
    evaluation = evaluate("c = constant(2.)\nu = x*c\nv = sin(x)\nL = u*u", {"x": 1})
    assert evaluation.gradients["c"] is None
    assert evaluation.gradients["v"] is None
    assert evaluation.contributions["c", "u", "y"] is None
    assert evaluation.contributions["x", "v", "x"] is None
    assert evaluation.gradients["u"] == 4
    many = evaluate("L = x*2", {"x": [1, 2]})
    assert many.gradients["x"] is None
    assert "has shape (2,)" in many.notice


def test_arrays_are_copies() -> None:
    graph = load_code("L = sum(x*x)\n")
    first = evaluate(graph, {"x": [1, 2]})
    first.values["x"][:] = 9
    first.gradients["x"][:] = 9
    first.contributions["x", "multiply_1", "x"][:] = 9
    first.values["L"][...] = 9
    again = evaluate(first.graph)
    assert again.values["x"].tolist() == [1, 2]
    assert again.gradients["x"].tolist() == [2, 4]
    given = np.array([1.0, 2.0])
    assert evaluate(graph, {"x": given}).values["x"] is not given


def load_code(text: str):
    return backprop_studio.evaluate(text, {"x": 0}).graph


@pytest.mark.parametrize("number", [np.int64(2), np.uint8(2), np.array(2)])
def test_counts_of_any_library(number: Any) -> None:
    code = "x = input([[1.], [2.], [3.], [4.]])\nw = parameter(1.)\nL = mean(x*w)"
    plain = train(code, steps=2, batch=2, seed=2, lr=0.1)
    assert train(code, steps=number, batch=number, seed=number, lr=np.float32(0.1).astype(float)).steps == 2
    assert train(code, steps=number, batch=number, seed=number, lr=0.1).losses == plain.losses


@pytest.mark.parametrize("dtype", ["float32", np.float32, np.dtype("float32")])
def test_a_float_type_by_its_name_or_as_numpy_has_it(dtype: Any) -> None:
    assert evaluate("L = x*2", {"x": 3}, dtype=dtype).values["L"].dtype == np.float32


def test_the_loss_can_be_another() -> None:
    assert evaluate("y = x**2\nL = y*3", {"x": 2}, loss="y").gradients["x"] == 4
    assert evaluate("y = x**2\nz = y\nL = y*3", {"x": 2}, loss="z").loss == "y"


def test_float32() -> None:
    evaluation = evaluate("L = x*0.1", {"x": 3}, dtype="float32")
    assert evaluation.values["L"].dtype == np.float32


@pytest.mark.parametrize("value", [3, 3.0, np.float32(3), np.int64(3), np.array(3), np.array([[3]]), [3.0], ((3,),)])
def test_values_of_every_kind(value: object) -> None:
    assert evaluate("L = sum(x*x)", {"x": value}).values["L"] == 9


def test_a_path_code_or_a_graph(tmp_path: Path) -> None:
    code = "a = parameter(2.)\nL = a*3\n"
    graph = evaluate(code).graph
    document, script = tmp_path / "net.backprop", tmp_path / "net.py"
    save(graph, document)
    save(graph, script)
    assert script.read_text() == "a = parameter(2.0)\nL = a*3\n"
    odd = tmp_path / "a=1.py"
    save(graph, odd)
    for source in (code, graph, document, str(document), script, str(script), str(odd)):
        assert evaluate(source).gradients["a"] == 3
    assert load(document) == graph
    assert [node.name for node in load(str(script)).nodes.values()] == ["a", "c", "L"]


def test_set_reaches_any_source() -> None:
    code = "x = input(1.)\nt = target(1.)\nc = constant(1.)\nw = parameter(1.)\nL = x*t*c*w*v"
    assert evaluate(code, {"x": 2, "t": 3, "c": 5, "w": 7, "v": 11}).values["L"] == 2310


# fmt: off
REFUSED = [
    ({"source": "L = a*b"},                                      "line 1, column 5: a has no value. Give it one"),
    ({"source": "L = a*b + c"},                                  "--set a=1. Without one too: b, c."),
    ({"source": "L = a*b", "values": {"a": 1}},                  "line 1, column 7: b has no value"),
    ({"source": "L = a*b", "values": {"aa": 1}},                 "There is no node named aa. Did you mean a?"),
    ({"source": "z = a*b\nL = z", "values": {"z": 1}},           "z is computed (multiply), so it can not be set"),
    ({"source": "L = a*2", "values": {"a": "3"}},                "The value of a is refused: A value is a number"),
    ({"source": "L = a*2", "values": {"a": True}},               "The value of a is refused"),
    ({"source": "L = a*2", "values": {"a": None}},               "The value of a is refused"),
    ({"source": "L = a*2", "values": {"a": {}}},                 "The value of a is refused"),
    ({"source": "L = a*2", "values": {"a": [[1, 2], [3]]}},      "The value of a is refused"),
    ({"source": "L = a*2", "values": {"a": [1, [2]]}},           "The value of a is refused"),
    ({"source": "L = a*2", "values": {"a": float("inf")}},       "The value of a is refused"),
    ({"source": "L = a*2", "values": {"a": 1j}},                 "The value of a is refused"),
    ({"source": "L = a*2", "values": {"a": np.array(["x"])}},    "The value of a is refused"),
    ({"source": "L = a*2", "values": {"a": 1}, "loss": "M"},     "There is no node named M"),
    ({"source": "L = a*2", "values": {"a": 1}, "dtype": "int8"}, "float64 or float32, not 'int8'"),
    ({"source": "L = a @ b", "values": {"a": [[1, 2]], "b": [[1, 2]]}}, "line 1, column 5: L: shapes (1, 2) and"),
    ({"source": "z = a + b\nL = sum(z)", "values": {"a": [1, 2], "b": [1, 2, 3]}}, "line 1, column 5: z: "),
    ({"source": "L = foo(x)"},                                   "line 1, column 5: There is no operation foo"),
    ({"source": "L = relu(None)"},                               "its input. Write a name or an expression in place"),
    ({"source": "L = (x"},                                       "line 1, column 5: "),
    ({"source": "x = 1\nL = cross_entropy(parameter([1., 2.]), target(7))"}, "line 2, column 5: L: "),
    ({"source": ""},                                             "The graph is empty. Write an assignment"),
    ({"source": "  "},                                           "The graph is empty. Write an assignment"),
    ({"source": "# nothing\n\n"},                                "The graph is empty"),
    ({"source": EMPTY_GRAPH},                                    "The graph is empty"),
    ({"source": "w = parameter(shape=(100000, 100000))\nL = sum(w)"}, "at most"),
    ({"source": "x = parameter(shape=(100000, 1))\nL = sum(x + x.T)"}, "at most"),
    ({"source": "x*2"},                                          "x*2"),
    ({"source": "nowhere.backprop"},                             "nowhere.backprop"),
    ({"source": "nowhere.py"},                                   "nowhere.py can not be read: No such file"),
    ({"source": "L = a*2", "values": [1]},                       "by name, such as {'x': 0.5}, not list."),
    ({"source": "L = a*2", "values": {1: 2}},                    "A name is text, not 1."),
    ({"source": "L = a*2", "values": {"a": 1}, "loss": 3},       "A name is text, not 3."),
    ({"source": "L = a*2", "values": {"a": 1}, "loss": ["L"]},   "A name is text, not ['L']."),
    ({"source": "L = a*2", "values": {"a": 1}, "dtype": None},   "float64 or float32, not None"),
    ({"source": "L = a*2", "values": {"a": np.uint64(2**63)}},   "beyond ±9223372036854775807"),
    ({"source": "L = a*2", "values": {"a": np.longdouble("1e4000")}}, "is not finite"),
    ({"source": 3},                                              "not int"),
    ({"source": None},                                           "not NoneType"),
]
# fmt: on


@pytest.mark.parametrize(("arguments", "part"), REFUSED)
def test_bad_input_is_one_sentence(arguments: dict[str, object], part: str) -> None:
    with pytest.raises(GraphError) as caught:
        evaluate(**arguments)
    sentence = str(caught.value)
    assert part in sentence
    assert sentence[-1] in ".?"
    assert "\n" not in sentence
    assert len(sentence) < 260


def test_files_that_are_no_graphs(tmp_path: Path) -> None:
    binary, folder = tmp_path / "binary.py", tmp_path / "folder.py"
    binary.write_bytes(b"\xff\xfe\x00L")
    folder.mkdir()
    large = tmp_path / "large.py"
    large.write_bytes(b"#" * 5_000_000)
    wrong = tmp_path / "wrong.py"
    wrong.write_text("x = 1\nL = foo(x)\n")
    parts = {
        binary: "no UTF-8", folder: "is no file", large: "more than 1,000,000", wrong: "wrong.py: line 2, column 5: ",
        tmp_path / "a\0b.py": "is no path",
    }  # fmt: skip
    for path, part in parts.items():
        with pytest.raises(GraphError, match=part):
            load(path)
    marked = tmp_path / "marked.py"
    marked.write_bytes(b"\xef\xbb\xbfL = 2*x\r\n")
    assert evaluate(marked, {"x": 2}).values["L"] == 4


# Check


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("L = sum(tanh(x @ w))", {"x": [[1, 2], [3, 4]], "w": [[0.1], [0.2]]}),
        ("L = exp(x)*1e6", {"x": 3}),
        ("L = sum(x**3)", {"x": [1e-3, 1, 1e3]}),
        ("L = mean(square(x))", {"x": [0, 0]}),
        ("L = cross_entropy(z, target([0, 2]))", {"z": [[1, 2, 3], [0.1, 0.2, 0.3]]}),
    ],
)
def test_right_gradients_pass(code: str, values: dict[str, object]) -> None:
    report = check(code, values)
    assert report.passed
    assert report.max_error < 1e-5
    assert not any(leaf.kink.any() for leaf in report.leaves.values())


def test_kinks_are_told_and_pass() -> None:
    report = check(
        "L = sum(relu(x)) + sum(absolute(y)) + maximum(a, b)", {"x": [0, 1, -1], "y": [0, 2], "a": 1, "b": 1}
    )
    assert report.passed
    assert report.leaves["x"].kink.tolist() == [True, False, False]
    # A central difference agrees here, halfway between both slopes; it is a kink all the same.
    assert report.leaves["y"].kink.tolist() == [True, False]
    assert report.leaves["a"].kink


def test_wrong_gradients_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from backprop_studio.engine import op

    sin = op.registry["sin"]
    wrong = replace(sin, vjps=(lambda g, out, x: g * np.cos(x) * 1.001,))
    monkeypatch.setitem(op.registry._ops, "sin", wrong)
    report = check("L = sin(x)*cos(y)", {"x": 1, "y": 1})
    assert not report.passed
    assert not report.leaves["x"].passed
    assert report.leaves["y"].passed
    assert report.max_error == pytest.approx(1e-3, rel=0.01)


def test_what_cannot_be_checked() -> None:
    with pytest.raises(GraphError, match="There is no loss"):
        check("x = input(1.)")
    with pytest.raises(GraphError, match=r"L is the loss but has shape \(2,\)"):
        check("L = x*2", {"x": [1, 2]})


# Train


def test_training_returns_what_it_did() -> None:
    result = train("L = x**2", {"x": 3}, steps=3, lr=0.1)
    assert result.steps == 3
    assert result.losses == pytest.approx([9, 5.76, 3.6864])
    assert result.final_loss == pytest.approx(2.359296)
    assert result.parameters["x"] == pytest.approx(1.536)
    assert evaluate(result.graph).values["L"] == pytest.approx(2.359296)


def test_a_step_by_hand() -> None:
    assert train("L = w*-0.5", {"w": 2}, steps=1, lr=0.1).parameters["w"] == pytest.approx(2.05)


def test_no_steps_change_nothing() -> None:
    result = train("L = x**2", {"x": 3}, steps=0)
    assert result.losses == []
    assert result.final_loss == 9
    assert result.parameters["x"] == 3


def test_only_parameters_are_trained_and_a_shape_keeps_its_setting() -> None:
    code = "x = input([[1., 2.]])\nw = parameter(shape=(2, 1), seed=4)\nv = parameter(1.)\nu = v*2\nL = sum((x@w)**2)"
    graph = train(code, steps=20, lr=0.01).graph
    assert graph.node_named("x").value == evaluate(code).graph.node_named("x").value
    assert graph.node_named("v").value.array == 1
    assert graph.node_named("w").settings == {"shape": (2, 1), "seed": 4}
    assert graph.node_named("w").value is not None


def test_minibatches_and_their_seed() -> None:
    code = "x = input([1., 2., 3., 4.])\nt = target([2., 4., 6., 8.])\nL = mse_loss(w*x, t)"
    one = train(code, {"w": 0}, steps=50, lr=0.02, batch=2, seed=1)
    assert one.losses == train(code, {"w": 0}, steps=50, lr=0.02, batch=2, seed=1).losses
    assert one.losses != train(code, {"w": 0}, steps=50, lr=0.02, batch=2, seed=2).losses
    assert one.parameters["w"] == pytest.approx(2, abs=1e-3)
    assert one.final_loss == pytest.approx(float(evaluate(one.graph).values["L"]))


def test_divergence_is_an_error_of_its_own() -> None:
    with pytest.raises(Diverged, match="L became infinite"):
        train("L = x**2", {"x": 3}, steps=10_000, lr=1.1)
    with pytest.raises(Diverged, match="after step 1 the loss L is inf"):
        train("L = x**2", {"x": 1e150}, steps=1, lr=1e30)


def test_divergence_carries_what_came_before() -> None:
    with pytest.raises(Diverged) as caught:
        train("L = x**2", {"x": 3}, steps=10_000, lr=1.1)
    error = caught.value
    assert error.node == "L"
    assert len(error.losses) == error.step - 1
    assert np.isfinite(error.losses).all()
    assert error.losses[:200] == train("L = x**2", {"x": 3}, steps=200, lr=1.1).losses
    assert np.isfinite(error.parameters["x"])
    assert abs(error.parameters["x"]) > error.losses[-1] ** 0.5


class Tensor:
    """Looks like a tensor that wants gradients: it becomes an array only once it is detached."""

    def __init__(self, content: object, wants_gradients: bool = True) -> None:
        self.content, self.wants_gradients = content, wants_gradients

    def detach(self) -> Tensor:
        return Tensor(self.content, wants_gradients=False)

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        if self.wants_gradients:
            raise RuntimeError("it wants gradients")
        return np.array(self.content)


def test_arrays_of_other_libraries_are_values() -> None:
    assert evaluate("L = sum(x)", {"x": Tensor([1.5, 2.0])}).values["L"] == 3.5
    assert evaluate("L = sum(x)", {"x": [Tensor(1.5), np.float32(2)]}).values["L"] == 3.5


@pytest.mark.parametrize("content", [[1.0, np.nan], [np.inf], []])
def test_one_rule_for_values_however_they_are_held(content: list[float]) -> None:
    for held in (content, np.array(content), Tensor(content)):
        with pytest.raises(GraphError, match=r"The value of x is refused: .*(is not finite|holds no number)"):
            evaluate("L = sum(x)", {"x": held})


def test_further_names_hold_the_same_arrays() -> None:
    result = evaluate("s = a*2\nL = s\nb = +a", {"a": 3})
    assert result.aliases == {"L": "s", "b": "a"}
    assert result.values["L"] == 6
    assert result.gradients["b"] == 2


# fmt: off
@pytest.mark.parametrize(
    ("code", "arguments", "part"),
    [
        ("L = x**2",      {"optimizer": "sdg"}, "no optimiser 'sdg'"),
        ("L = x**2",      {"lr": -1.0},         "learning rate is a number of at least 0"),
        ("L = x**2",      {"lr": float("nan")}, "learning rate"),
        ("L = x**2",      {"steps": -1},        "steps is a whole number of at least 0, not -1"),
        ("L = x**2",      {"steps": 1.5},       "steps is a whole number"),
        ("L = x**2",      {"batch": 0},         "batch is a whole number of at least 1"),
        ("L = x**2",      {"batch": 2},         "no input or target has an axis"),
        ("L = x**2",      {"seed": -1},         "seed is a whole number"),
        ("L = x**2",      {"seed": None},       "seed is a whole number of at least 0, not None"),
        ("L = x**2",      {"steps": None},      "steps is a whole number of at least 0, not None"),
        ("L = x**2",      {"steps": True},      "steps is a whole number of at least 0, not True"),
        ("L = x**2",      {"lr": "0.1"},        "The setting lr takes a number at least 0, not '0.1'"),
        ("L = x**2",      {"lr": [0.1]},        "The setting lr takes a number at least 0, not [0.1]"),
        ("L = x**2",      {"optimizer": ["sgd"]}, "no optimiser ['sgd']"),
        ("L = x**2",      {"optimizer": "adam", "rho": 0.5}, "Adam has no setting rho. It has lr, beta1, beta2, eps"),
        ("L = x**2",      {"optimizer": "adam", "beta1": 2.0}, "beta1"),
        ("L = x**2",      {"clip": 1.0, "max_norm": 2.0}, "max_norm is given twice"),
        ("L = x*[1., 2.]", {},                  "line 1, column 7"),
        ("L = x*constant([1., 2.])", {},        "L is the loss but has shape (2,)"),
        ("y = x + 1\nL = input(1.)*2", {},      "No parameter leads to the loss L"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained(code: str, arguments: dict[str, object], part: str) -> None:
    with pytest.raises(GraphError) as caught:
        train(code, {"x": 1}, **arguments)
    assert part in str(caught.value)


def test_every_setting_of_an_optimiser_can_be_given() -> None:
    for algorithm in ALGORITHMS.values():
        values: dict[str, Any] = {setting.name: 0.25 for setting in algorithm.settings}
        result = train("L = x**2", {"x": 1.0}, steps=1, optimizer=algorithm.name, **values)
        assert result.optimizer.values == values


def test_float32_is_known_under_the_name_that_pytorch_has_for_it() -> None:
    class _Torch:
        def __repr__(self) -> str:
            return "torch.float32"

    assert evaluate("L = x**2", {"x": 1.0}, dtype=cast(Any, _Torch())).values["L"].dtype == np.float32


# Export, save


def test_export() -> None:
    assert export("L = (a + b)*c", {"a": 1}, to="code") == "a = parameter(1)\nL = (a + b)*c\n"
    with pytest.raises(GraphError, match="no export to 'onnx' in this version"):
        export("L = a*b", to="onnx")
    with pytest.raises(GraphError, match=r"line 1, column 5: a has no value\. Give it one"):
        export("L = a*b", to="pytorch")
    with pytest.raises(GraphError, match=r"L is the loss but has shape \(2,\)"):
        export("L = a*2", {"a": [1, 2]}, to="numpy")
    assert "d_a = d_L * b" in export("L = a*b", {"a": 2, "b": 3}, to="numpy")
    assert "mask(" not in export("L = dropout(a)", {"a": 2}, to="numpy", mode="eval")


@pytest.mark.parametrize("path", ["", None, 3])
def test_what_is_no_path_is_told(path: Any) -> None:
    with pytest.raises(GraphError, match=r"is no path\. Name a \.backprop document or a \.py file"):
        load(path)
    with pytest.raises(GraphError, match=r"is no path\. Name a \.backprop document or a \.py file"):
        save(EMPTY_GRAPH, path)


def test_only_graphs_are_saved(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match=r"save takes a Graph, such as load\(path\) gives, not str\."):
        save("L = a*2", tmp_path / "x.backprop")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("code", "value"), [("L = log(a)", 0), ("L = exp(a)", 1000), ("L = sqrt(a)", 0)])
def test_what_is_not_finite_is_not_right(code: str, value: float) -> None:
    report = check(code, {"a": value})
    assert not report.is_finite
    assert not report.passed
    assert check(code, {"a": 1}).is_finite


def test_the_readme_tells_what_happens() -> None:
    """Every line of the Python example whose comment is a result gives it; every block of graph code is one."""
    text = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
    scope: dict[str, Any] = {}
    codes, compared = 0, 0
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        if "import backprop_studio" not in block:
            codes += evaluate(block).loss is not None
            continue
        for line in filter(None, block.splitlines()):
            statement, _, comment = line.partition("#")
            if comment:
                assert eval(statement, scope) == eval(comment), line
                compared += 1
            else:
                exec(statement, scope)
    assert codes
    assert compared


def test_graph_code_that_could_not_be_read_is_not_exported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_writer, "MAX_LENGTH", 1_000)
    with pytest.raises(GraphError) as caught:
        export("L = sum(square(x))", {"x": [0.5] * 1_000}, to="code")
    assert str(caught.value) == "As graph code this graph has more than 1,000 characters. Keep it in a document."


def test_save_refuses_in_a_sentence(tmp_path: Path) -> None:
    graph = evaluate("L = x*2", {"x": 1}).graph
    for path in (tmp_path / "no" / "x.py", tmp_path / "no" / "x.backprop", tmp_path):
        with pytest.raises(GraphError):
            save(graph, path)
    assert list(tmp_path.iterdir()) == []


# The package


def test_nothing_imports_qt() -> None:
    code = (
        "import sys, backprop_studio as b\n"
        "assert 'numpy' not in sys.modules, 'the package is slow to name'\n"
        "b.evaluate('L = x*2', {'x': 1}); b.train('L = x**2', {'x': 1}, steps=1); b.check('L = x*2', {'x': 1})\n"
        "b.export('L = x*2', to='code'); import backprop_studio.cli, backprop_studio.cli_commands\n"
        "found = [m for m in sys.modules if m.split('.')[0] in ('PySide6', 'shiboken6', 'pyqtgraph')]\n"
        "assert not found, found\n"
    )
    root = Path(__file__).resolve().parent.parent
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, cwd=root, timeout=60)


def test_the_package_names_what_it_offers() -> None:
    for name in backprop_studio.__all__:
        assert getattr(backprop_studio, name) is not None
        assert name in dir(backprop_studio)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = backprop_studio.nothing
