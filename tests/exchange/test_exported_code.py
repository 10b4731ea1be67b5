"""Exported PyTorch, JAX and NumPy code gives the values and gradients of the graph that it was written from."""

from __future__ import annotations

import ast
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_studio.document import edits
from backprop_studio.document.evaluation import Evaluation, evaluate_graph
from backprop_studio.document.graph import Graph, frozen
from backprop_studio.exchange.exporting import ExportError, export_text
from backprop_studio.exchange.graph_code import parse_graph_code
from backprop_studio.exchange.listing import listing
from backprop_studio.exchange.numpy_code import RESERVED
from tests.engine.random_programs import random_program
from tests.exchange.support import CASES, agree, executed, graph_of

LIBRARIES = ("pytorch", "numpy", "jax")
NOT_IN_JAX = {"max_pool2d-5": "JAX has no gradient for max_pool2d with dilation. Choose dilation"}


def check_numpy(evaluation: Evaluation) -> dict[str, Any]:
    """Every value and every gradient."""
    scope, _ = executed(export_text(evaluation.graph, "numpy"))
    names = listing(evaluation.graph, RESERVED).names
    for index, name in enumerate(names):
        agree(scope[name], evaluation.run.values[index])
        gradient = evaluation.run.gradients[index]
        if gradient is not None:
            agree(scope[f"d_{name}"], gradient)
    return scope


def check_torch(evaluation: Evaluation) -> None:
    """The loss and the gradient of every source that has one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns where the two sides of a loss broadcast
        scope, _ = executed(export_text(evaluation.graph, "pytorch"))
    written = listing(evaluation.graph)
    agree(scope[written.names[written.loss]].detach().numpy(), evaluation.run.values[written.loss])
    for index in written.asked:
        agree(scope[written.names[index]].grad.numpy(), evaluation.run.gradients[index])


def check_jax(evaluation: Evaluation) -> None:
    """The same."""
    scope, _ = executed(export_text(evaluation.graph, "jax"))
    written = listing(evaluation.graph)
    loss = evaluation.run.values[written.loss]
    assert loss is not None
    agree(np.reshape(scope[written.names[written.loss]], loss.shape), loss)
    assert list(scope["gradients"]) == [written.names[index] for index in written.asked]
    for index in written.asked:
        agree(scope["gradients"][written.names[index]], evaluation.run.gradients[index])


@pytest.mark.parametrize("case", CASES)
def test_numpy_code_computes_every_value_and_gradient(case: str) -> None:
    check_numpy(CASES[case]())


@pytest.mark.parametrize("case", CASES)
def test_torch_code_computes_the_same(case: str) -> None:
    pytest.importorskip("torch")
    check_torch(CASES[case]())


@pytest.mark.parametrize("case", CASES)
def test_jax_code_computes_the_same_or_says_why_not(case: str) -> None:
    evaluation = CASES[case]()
    if case in NOT_IN_JAX:
        with pytest.raises(ExportError, match=NOT_IN_JAX[case]):
            export_text(evaluation.graph, "jax")
        return
    text = export_text(evaluation.graph, "jax")
    ast.parse(text)
    pytest.importorskip("jax")
    check_jax(evaluation)


@settings(max_examples=25)
@given(
    st.integers(0, 10_000), st.integers(6, 40), st.lists(st.sampled_from([(), (3,), (2, 3)]), min_size=2, max_size=4)
)
def test_random_graphs_in_numpy(seed: int, size: int, shapes: list[tuple[int, ...]]) -> None:
    check_numpy(graph_of(random_program(seed, size, shapes)))


@settings(max_examples=10)
@given(st.integers(0, 10_000), st.integers(6, 40))
def test_random_graphs_in_torch(seed: int, size: int) -> None:
    pytest.importorskip("torch")
    check_torch(graph_of(random_program(seed, size, [(2, 3), (3,), ()])))


AWKWARD = """\
np = parameter([[1.0, 2.0], [3.0, 4.0]])
torch = parameter(0.5)
jnp = parameter(0.25)
grad = np*torch
d_grad = grad + jnp
print = sum(d_grad)
größe = print*torch
λ = größe + jnp
gradients = λ*2
loss_function = gradients + 1
wanted = tanh(loss_function)
found = sigmoid(wanted)
name = found*found
"""


@pytest.mark.parametrize("library", LIBRARIES)
def test_names_that_mean_something_else_are_renamed_and_said(library: str) -> None:
    graph = parse_graph_code(AWKWARD)
    text = export_text(graph, library)
    assert "# the node np\nnp_1 = " in text
    assert "# the node print\n" in text.replace("    #", "#")
    assert "größe = " in text
    if library == "numpy":
        check_numpy(evaluate_graph(graph))
    elif library == "pytorch":
        pytest.importorskip("torch")
        check_torch(evaluate_graph(graph))
    else:
        pytest.importorskip("jax")
        check_jax(evaluate_graph(graph))


@pytest.mark.parametrize("library", [*LIBRARIES, "dot", "latex"])
@pytest.mark.parametrize(
    "name", ["x\nimport os", "x; import os", '"); import os; ("', "class", "", "a-b", "\\end{document}"]
)
def test_hostile_names_never_reach_the_code(library: str, name: str) -> None:
    graph = parse_graph_code("x = parameter(2.0)\ny = x*x\nL = y + x\n")
    nodes = dict(graph.nodes)
    for key in nodes:
        nodes[key] = nodes[key].with_(name=name + "!" * key if name else name)
    hostile = Graph(nodes=frozen(nodes), sources=graph.sources, next_id=graph.next_id)
    text = export_text(hostile, library)
    if library in LIBRARIES:
        assert "import os" not in text
        tree = ast.parse(text)
        modules = {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
        assert modules <= {"numpy", "torch", "jax", "jax.numpy", "math"}
    elif library == "dot":
        assert all(line.startswith(("  ", "//", "digraph", "}")) for line in text.splitlines())
    else:
        assert text.count("\\end{document}") == 1


def test_strings_of_the_code_hold_only_names_that_are_words() -> None:
    graph = parse_graph_code("größe = parameter(2.0)\nL = größe*größe\n")
    _, printed = executed(export_text(graph, "numpy"))
    assert printed == "L = 4.0\ndL/dgröße = 4.0\n"


def off(mode: str) -> Evaluation:
    graph = parse_graph_code("x = parameter([1.0, 2.0])\nr = relu(x)\ns = tanh(r)\ny = r*s + x\nL = sum(y)\n")
    nodes = dict(graph.nodes)
    key = next(key for key, node in nodes.items() if node.name == "s")
    nodes[key] = nodes[key].with_(mode=mode)
    return evaluate_graph(Graph(nodes=frozen(nodes), sources=graph.sources, next_id=graph.next_id, loss=graph.loss))


@pytest.mark.parametrize("mode", ["muted", "bypassed"])
def test_a_node_that_is_off_is_written_as_it_computes_with_a_comment(mode: str) -> None:
    evaluation = off(mode)
    for library in LIBRARIES:
        assert f"# tanh, {mode}: " in export_text(evaluation.graph, library)
    check_numpy(evaluation)
    pytest.importorskip("torch")
    check_torch(evaluation)


def test_evaluation_mode_is_written_and_said() -> None:
    graph = parse_graph_code("x = parameter([[1.0, 2.0], [3.0, 5.0]])\nL = sum(square(batch_norm(dropout(x))))\n")
    text = export_text(edits.set_training(graph, False), "numpy")
    assert "# dropout in evaluation mode: nothing is drawn at random" in text
    assert "# batch_norm in evaluation mode: what training has kept is used and stays" in text
    assert "default_rng" not in text
    check_numpy(evaluate_graph(edits.set_training(graph, False)))
    assert "default_rng((seed, int(step), stream))" in export_text(graph, "numpy")
    pytest.importorskip("torch")
    check_torch(evaluate_graph(edits.set_training(graph, False)))
    check_torch(evaluate_graph(graph))


def test_a_dataset_is_written_as_two_arrays_with_integers_as_they_are() -> None:
    code = 'x, t = data("blobs", classes=3, samples=40)\nw = parameter(shape=(2, 3), seed=1)\n'
    code += "L = cross_entropy(x @ w, t)\n"
    evaluation = evaluate_graph(parse_graph_code(code))
    scope = check_numpy(evaluation)
    assert scope["t"].dtype.kind == "i"
    assert scope["x"].shape == (40, 2)
    pytest.importorskip("torch")
    check_torch(evaluation)


CORNERS = """\
x = parameter([-1.0, 0.0, 0.5, 1.0, 25.0, -30.0])
a = softplus(x, threshold=2.0)
b = leaky_relu(x)
c = clamp(x, min=-1.0, max=1.0)
d = relu(x) + elu(x) + absolute(x) + maximum(x, -x) + square(x)**0
e = max(a*b + c) + min(sum(c*d)*x) + l1_loss(x, x*x) + huber_loss(x, x + 1.0)
L = sum(a*b*c + d) + e + hinge_loss(x, a*0 + 1.0)
"""


def test_corners_have_the_gradients_of_the_graph_in_every_library() -> None:
    evaluation = evaluate_graph(parse_graph_code(CORNERS))
    check_numpy(evaluation)
    for module, check in (("torch", check_torch), ("jax", check_jax)):
        pytest.importorskip(module)
        check(evaluation)


def test_class_indices_may_be_floats() -> None:
    code = "w = parameter([[1.0, 2.0, 0.5], [0.25, -1.0, 3.0]])\nt = target([0.0, 2.0])\ni = input([1.0, 0.0])\n"
    evaluation = evaluate_graph(parse_graph_code(code + "L = cross_entropy(embedding(i, w), t) + sum(t*i)\n"))
    check_numpy(evaluation)
    for module, check in (("torch", check_torch), ("jax", check_jax)):
        pytest.importorskip(module)
        check(evaluation)


@pytest.mark.parametrize("training", [True, False])
def test_what_training_has_left_is_written(training: bool) -> None:
    code = "x = parameter([[1.0, 2.0], [3.0, 5.0], [0.5, -1.0]])\n"
    code += "n = batch_norm(x, running_mean=[0.5, -1.0], running_var=[1.0, 4.0])\n"
    graph = parse_graph_code(code + "L = sum(square(dropout(n, p=0.25, step=7.0)))\n")
    evaluation = evaluate_graph(edits.set_training(graph, training))
    check_numpy(evaluation)
    for module, check in (("torch", check_torch), ("jax", check_jax)):
        pytest.importorskip(module)
        check(evaluation)


def test_contributions_to_a_value_used_twice_are_added_one_a_line() -> None:
    text = export_text(parse_graph_code("a = parameter(2.0)\nb = parameter(1.0)\nL = (a + b)*(b + 1)\n"), "numpy")
    assert "d_b = np.zeros_like(b)\n" in text
    assert text.count("\nd_b += ") == 2
    assert text.startswith("# Written by Backprop Studio.")
    assert "import numpy as np\n" in text
    assert "math" not in text


def test_pytorch_code_is_what_a_person_writes() -> None:
    text = export_text(parse_graph_code("x = input(2.0)\nw = parameter(3.0)\nL = relu(x*w)\n"), "pytorch")
    assert text.split("\n", 1)[1] == (
        "import torch\n\n"
        "x = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)\n"
        "w = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)\n"
        "multiply_1 = x * w\n"
        "L = torch.nn.functional.relu(multiply_1)\n\n"
        "L.backward()\n"
        'print("L =", L.item())\n'
        'print("dL/dx =", x.grad)\n'
        'print("dL/dw =", w.grad)\n'
    )


def test_numpy_code_runs_as_a_program(tmp_path: Path) -> None:
    file = tmp_path / "take_away.py"
    file.write_text(export_text(CASES["sigmoid-neuron"]().graph, "numpy"), "utf-8")
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, timeout=60, check=True)
    evaluation = CASES["sigmoid-neuron"]()
    written = listing(evaluation.graph)
    lines = dict(line.split(" = ") for line in done.stdout.splitlines())
    assert len(lines) == 1 + len(written.asked)
    for index in written.asked:
        agree(float(lines[f"d{written.names[written.loss]}/d{written.names[index]}"]), evaluation.run.gradients[index])


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("a = parameter(1.)\nL = a*b\n", "b has no value"),
        ("a = parameter([1., 2.])\nL = a*2\n", "L is the loss but has shape (2,)"),
        ("a = parameter(1.)\n", "There is no loss to differentiate"),
        ("", "The graph is empty"),
    ],
)
def test_what_cannot_be_exported_is_said_in_a_sentence(code: str, sentence: str) -> None:
    graph = parse_graph_code(code) if code else Graph()
    for library in (*LIBRARIES, "latex"):
        with pytest.raises(ExportError) as caught:
            export_text(graph, library)
        assert sentence in str(caught.value)


def test_a_loss_of_constants_alone_is_exported_without_gradients() -> None:
    graph = parse_graph_code("c = constant(2.0)\nL = c*3\n")
    _, printed = executed(export_text(graph, "numpy"))
    assert printed == "L = 6.0\n"
    assert "No gradient exists" in export_text(graph, "pytorch")
