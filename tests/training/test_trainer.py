"""The training loop: what a step holds, when it stops, and that it learns."""

from __future__ import annotations

import re
from itertools import islice

import numpy as np
import pytest

from backprop_studio.document.compilation import compile_graph
from backprop_studio.document.examples import example_named
from backprop_studio.document.file_format import load
from backprop_studio.engine.program import Program
from backprop_studio.exchange.graph_code import parse_graph_code
from backprop_studio.training.batches import minibatches
from backprop_studio.training.datasets import dataset
from backprop_studio.training.trainer import CannotTrain, Diverged, parameters_of, train, trainable


def program_of(code: str, dtype: str = "float64") -> Program:
    """The program of graph code without faults."""
    compiled = compile_graph(parse_graph_code(code), dtype)
    assert not compiled.problems
    return compiled.program


def named(program: Program, name: str) -> int:
    """The position of the call of that name."""
    return next(index for index, call in enumerate(program.calls) if call.name == name)


def test_steps_of_a_square() -> None:
    program = program_of("x = parameter(3.)\nL = x**2")
    results = list(train(program, learning_rate=0.1, steps=3))
    x = named(program, "x")
    assert [result.step for result in results] == [1, 2, 3]
    assert [result.loss for result in results] == pytest.approx([9, 5.76, 3.6864])
    assert [float(result.parameters[x]) for result in results] == pytest.approx([2.4, 1.92, 1.536])
    assert float(results[0].run.values[x]) == 3
    assert float(results[0].run.gradients[x]) == 6
    assert float(program.leaves[x]) == 3


def test_each_step_has_arrays_of_its_own() -> None:
    program = program_of("w = parameter([1., 2.])\nL = sum(w*w)")
    first, second = islice(train(program, learning_rate=0.1), 2)
    w = named(program, "w")
    assert first.parameters[w] is not second.parameters[w]
    assert first.parameters[w].tolist() == pytest.approx([0.8, 1.6])
    assert not first.parameters[w].flags.writeable


def test_only_parameters_change() -> None:
    program = program_of("x = input(2.)\nt = target(1.)\nk = constant(3.)\nw = parameter(1.)\nL = mse_loss(x*w*k, t)")
    *_, last = train(program, learning_rate=0.01, steps=5)
    assert set(last.parameters) == {named(program, "w")} == set(parameters_of(program))
    for name, value in (("x", 2.0), ("t", 1.0), ("k", 3.0)):
        assert float(last.run.values[named(program, name)]) == value


def test_a_parameter_off_the_path_stays() -> None:
    program = program_of("w = parameter(1.)\nv = parameter(5.)\nu = v*2\nL = w*w")
    *_, last = train(program, learning_rate=0.1, steps=3)
    assert float(last.parameters[named(program, "v")]) == 5


def test_the_learning_rate_may_change_on_the_way() -> None:
    program = program_of("x = parameter(3.)\nL = x**2")
    rates = iter([0.1, 0.0, 0.5])
    x = named(program, "x")
    path = [float(result.parameters[x]) for result in train(program, learning_rate=lambda: next(rates), steps=3)]
    assert path == pytest.approx([2.4, 2.4, 0.0])


def test_float32() -> None:
    *_, last = train(program_of("w = parameter([1., 2.])\nL = sum(w*w)", "float32"), learning_rate=0.1, steps=2)
    assert all(array.dtype == np.float32 for array in last.parameters.values())


def test_xor_is_learnt() -> None:
    example = example_named("xor")
    program = compile_graph(load(example.path)).program
    *_, last = train(program, learning_rate=example.learning_rate, steps=example.steps)
    assert last.loss < 0.01
    outputs = last.run.values[named(program, "y")].ravel()
    assert outputs.round().tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"])
def test_training_is_that_of_pytorch(optimizer: str) -> None:
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(1)
    x, t, w = random.normal(size=(8, 3)), random.normal(size=(8, 1)), random.normal(size=(3, 1))
    text = f"x = input({x.tolist()})\nt = target({t.tolist()})\nw = parameter({w.tolist()})\nL = mse_loss(tanh(x@w), t)"
    theirs = torch.nn.Parameter(torch.tensor(w))
    make = {
        "sgd": lambda p: torch.optim.SGD(p, lr=0.05), "momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
        "nesterov": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
        "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.05), "adam": lambda p: torch.optim.Adam(p, lr=0.05),
        "adamw": lambda p: torch.optim.AdamW(p, lr=0.05),
    }  # fmt: skip
    updater = make[optimizer]([theirs])
    program = program_of(text)
    for result in train(program, learning_rate=0.05, optimizer=optimizer, steps=40):
        loss = torch.nn.functional.mse_loss(torch.tanh(torch.tensor(x) @ theirs), torch.tensor(t))
        updater.zero_grad()
        loss.backward()
        updater.step()
        assert result.loss == pytest.approx(loss.item(), rel=1e-11)
        np.testing.assert_allclose(result.parameters[named(program, "w")], theirs.detach().numpy(), rtol=1e-10)


# fmt: off
UNTRAINABLE = [
    ("x = input(1.)",                                      "There is no loss"),
    ("w = parameter([1., 2.])\nL = w*2",                   "L is the loss but has shape (2,)"),
    ("x = input(1.)\nL = x*2",                             "no parameter to train"),
    ("w = parameter(1.)\nv = w*2\nx = input(1.)\nL = x*2", "No parameter leads to the loss L"),
]
# fmt: on


@pytest.mark.parametrize(("code", "part"), UNTRAINABLE)
def test_what_cannot_be_trained(code: str, part: str) -> None:
    program = compile_graph(parse_graph_code(code)).program
    assert part in trainable(program)
    with pytest.raises(CannotTrain, match=re.escape(part)):
        next(train(program, learning_rate=0.1))


def test_one_number_in_any_shape_can_be_trained() -> None:
    program = program_of("w = parameter([[2.]])\nL = w*w")
    assert trainable(program) is None
    assert next(train(program, learning_rate=0.1)).loss == 4


def test_a_loss_that_overflows_is_told_with_its_origin() -> None:
    program = program_of("w = parameter(1.)\nz = w*400\ny = exp(z)\nL = square(y)")
    steps = train(program, learning_rate=0.1)
    with pytest.raises(Diverged) as caught:
        next(steps)
    assert str(caught.value) == ("Training stopped at step 1: L became infinite. Check the values it is computed from.")
    assert program.calls[caught.value.call].name == "L"
    program = program_of("w = parameter(3.)\nz = w*300\ny = exp(z)\nL = 1/y + y")
    with pytest.raises(Diverged, match=r"step 1: y became infinite, and with it the loss L\."):
        next(train(program, learning_rate=0.1))


def test_divergence_is_told_at_its_step() -> None:
    program = program_of("x = parameter(3.)\nL = x**2")
    losses: list[float] = []
    with pytest.raises(Diverged, match="Try a smaller learning rate") as caught:
        losses.extend(result.loss for result in train(program, learning_rate=1.1))
    assert np.isfinite(losses).all()
    assert caught.value.step == len(losses) + 1
    assert losses[:2] == pytest.approx([9, 12.96])


def test_a_gradient_that_is_not_finite_is_told() -> None:
    program = program_of("w = parameter(0.)\ns = sqrt(w)\nL = s + 1")
    with pytest.raises(Diverged) as caught:
        next(train(program, learning_rate=0.1))
    assert str(caught.value) == (
        "Training stopped at step 1: the loss is finite, but the gradient of w became infinite. "
        "Check the values it is computed from."
    )
    assert caught.value.call == named(program, "w")


def test_an_update_that_overflows_is_told() -> None:
    program = program_of("w = parameter(1.)\nL = w*1e300")
    with pytest.raises(Diverged, match=r"its update made w infinite\. Try a smaller learning rate"):
        next(train(program, learning_rate=1e200))


def test_not_a_number_is_told_apart_from_infinity() -> None:
    program = program_of("w = parameter(-1.)\nL = log(w)")
    with pytest.raises(Diverged, match="L became NaN"):
        next(train(program, learning_rate=0.1))


def test_a_value_that_an_operation_refuses_is_told() -> None:
    program = program_of("x = parameter([[1., 2.]])\nt = target([5])\nL = cross_entropy(x, t)")
    with pytest.raises(CannotTrain, match="L: "):
        next(train(program, learning_rate=0.1))


# Minibatches

REGRESSION = "x = input({x})\nt = target({t})\nw = parameter(0.)\nb = parameter(0.)\ny = w*x + b\nL = mse_loss(y, t)"


def regression(rows: int) -> Program:
    x = np.linspace(-1, 1, rows)
    return program_of(REGRESSION.format(x=x.tolist(), t=(2 * x - 1).tolist()))


def test_every_row_comes_once_a_pass() -> None:
    program = regression(10)
    x, t = named(program, "x"), named(program, "t")
    orders = []
    batches = minibatches(program, 4, seed=3)
    for _ in range(2):
        seen = []
        for rows in (4, 4, 2):
            part, leaves = next(batches)
            assert leaves[x].shape == leaves[t].shape == (rows,) == part.calls[x].shape
            np.testing.assert_allclose(leaves[t], 2 * leaves[x] - 1)
            seen += leaves[x].tolist()
        assert sorted(seen) == program.leaves[x].tolist()
        orders.append(seen)
    assert orders[0] != orders[1]


def test_the_seed_fixes_the_order() -> None:
    def first(seed: int) -> list[float]:
        program = regression(10)
        return next(minibatches(program, 4, seed))[1][named(program, "x")].tolist()

    assert first(1) == first(1)
    assert first(1) != first(2)


def test_batches_as_large_as_the_data_are_the_data() -> None:
    program = regression(5)
    for size in (5, 50):
        assert next(minibatches(program, size)) == (program, {})


def test_minibatches_train() -> None:
    program = regression(10)
    *_, last = train(program, learning_rate=0.1, steps=500, batches=minibatches(program, 3))
    assert float(last.parameters[named(program, "w")]) == pytest.approx(2, abs=1e-3)
    assert float(last.parameters[named(program, "b")]) == pytest.approx(-1, abs=1e-3)


def test_class_indices_stay_integers_in_minibatches() -> None:
    example = example_named("softmax-classifier")
    program = compile_graph(load(example.path)).program
    part, leaves = next(minibatches(program, 7))
    assert leaves[named(program, "t")].dtype.kind == "i"
    assert part.leaves[named(program, "t")].dtype.kind == "i"
    *_, last = train(program, learning_rate=0.5, steps=300, batches=minibatches(program, 7))
    assert np.isfinite(last.loss)


@pytest.mark.parametrize(
    ("code", "part"),
    [
        ("w = parameter(1.)\nx = input(2.)\nL = x*w", "no input or target has an axis"),
        (
            "w = parameter(1.)\nx = input([1., 2.])\nt = target([1., 2., 3.])\nL = sum(x*w) + sum(t)",
            "x has 2, t has 3",
        ),
        ("w = parameter([1., 2., 3.])\nx = input([1., 2., 3.])\nL = sum(x*w)", "does not compute on batches of 2 rows"),
    ],
)
def test_graphs_without_rows(code: str, part: str) -> None:
    with pytest.raises(CannotTrain, match=part):
        next(minibatches(program_of(code), 2))


def test_minibatches_of_a_dataset_take_the_same_rows_of_features_and_targets() -> None:
    code = 'x, t = data("moons", samples=10, seed=4)\nw = parameter([[0.3], [-0.2]])\nL = mse_loss(x @ w, t)\n'
    program = program_of(code)
    features, targets = dataset("moons", 10, seed=4)
    weights, random = np.array([[0.3], [-0.2]]), np.random.default_rng(5)
    expected = []
    while len(expected) < 7:
        order = random.permutation(10)
        for rows in (order[:4], order[4:8], order[8:]):
            wrong = features[rows] @ weights - targets[rows]
            expected.append(float(np.mean(wrong**2)))
            weights = weights - 0.1 * 2.0 * features[rows].T @ wrong / len(rows)
    results = list(train(program, learning_rate=0.1, steps=len(expected), batches=minibatches(program, 4, 5)))
    assert [result.loss for result in results] == pytest.approx(expected, rel=1e-12)
    assert np.allclose(results[-1].parameters[named(program, "w")], weights, rtol=1e-12)


def test_batches_of_class_indices() -> None:
    program = program_of(
        'x, t = data("blobs", samples=31, classes=3, seed=1)\n'
        "W = parameter(shape=(2, 3))\nL = cross_entropy(x @ W, t)\n"
    )
    results = list(train(program, learning_rate=0.5, steps=200, batches=minibatches(program, 8)))
    assert results[-1].loss < 0.2 < results[0].loss


def test_a_dataset_and_an_input_must_have_the_same_rows() -> None:
    program = program_of(
        'x, t = data("moons", samples=10)\nz = input([1., 2.])\nw = parameter(1.)\nL = mean(x)*w + mean(z) + mean(t)\n'
    )
    with pytest.raises(CannotTrain, match=r"(x|t) has 10"):
        next(minibatches(program, 4))
