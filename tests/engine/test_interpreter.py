"""The interpreter: known numbers, broadcasting, fan-out, depth, faults, and the order of the trace."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backprop_studio.engine.interpreter import backward_pass, forward_pass, run, unbroadcast
from backprop_studio.engine.ops import registry
from backprop_studio.engine.program import CallSpec, FaultKind, assemble
from backprop_studio.engine.trace import EventKind, Stage, Trace
from tests.engine.support import passes, program_of

Calls = list[tuple[str, str, Any]]

NEURON: Calls = [
    *((name, "parameter", value) for name, value in (("w0", 2.0), ("w1", -3.0), ("w2", -3.0))),
    *((name, "input", value) for name, value in (("x0", -1.0), ("x1", -2.0))),
    ("p0", "multiply", ("w0", "x0")),
    ("p1", "multiply", ("w1", "x1")),
    ("s0", "add", ("p0", "p1")),
    ("s1", "add", ("s0", "w2")),
    ("L", "sigmoid", ("s1",)),
]
XOR: Calls = [
    ("x", "input", [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]),
    ("W", "parameter", np.ones((2, 2))),
    ("c", "parameter", [0.0, -1.0]),
    ("w", "parameter", [[1.0], [-2.0]]),
    ("m", "matmul", ("x", "W")),
    ("z", "add", ("m", "c")),
    ("h", "relu", ("z",)),
    ("y", "matmul", ("h", "w")),
]


def known(
    name: str, calls: Calls, loss: str, values: dict[str, Any], gradients: dict[str, Any], tolerance: float
) -> Any:
    return pytest.param(calls, loss, values, gradients, tolerance, id=name)


KNOWN = [
    known(
        "(a+b)c",
        [("a", "input", 2.0), ("b", "input", 3.0), ("c", "input", 4.0), ("s", "add", ("a", "b")),
         ("L", "multiply", ("s", "c"))],
        "L", {"s": 5, "L": 20}, {"a": 4, "b": 4, "c": 5, "s": 4, "L": 1}, 0,
    ),
    known("x²", [("x", "input", 3.0), ("L", "square", ("x",))], "L", {"L": 9}, {"x": 6}, 0),
    known(
        "(3x+2)²",
        [("x", "input", 1.0), ("k", "constant", 3.0), ("d", "constant", 2.0), ("m", "multiply", ("k", "x")),
         ("s", "add", ("m", "d")), ("L", "square", ("s",))],
        "L", {"L": 25}, {"x": 30, "k": None, "d": None}, 0,
    ),
    known(
        "binary cross-entropy at 0.8",
        [("p", "input", 0.8), ("t", "target", 1.0), ("L", "binary_cross_entropy", ("p", "t"))],
        "L", {"L": 0.223144}, {"p": -1.25}, 1e-6,
    ),
    known(
        "binary cross-entropy at 0.1",
        [("p", "input", 0.1), ("t", "target", 1.0), ("L", "binary_cross_entropy", ("p", "t"))],
        "L", {"L": 2.302585}, {"p": -10}, 1e-6,
    ),
    known(
        "(a+b)(b+1)",
        [("a", "input", 2.0), ("b", "input", 1.0), ("one", "constant", 1.0), ("s", "add", ("a", "b")),
         ("r", "add", ("b", "one")), ("L", "multiply", ("s", "r"))],
        "L", {"L": 6}, {"a": 2, "b": 5}, 0,
    ),
    known(
        "(x+y)z",
        [("x", "input", -2.0), ("y", "input", 5.0), ("z", "input", -4.0), ("q", "add", ("x", "y")),
         ("L", "multiply", ("q", "z"))],
        "L", {"L": -12}, {"x": -4, "y": -4, "z": 3}, 0,
    ),
    known(
        "neuron", NEURON, "L", {"L": 0.7311},
        {"w0": -0.1966, "w1": -0.3932, "w2": 0.1966, "x0": 0.3932, "x1": -0.5898}, 5e-5,
    ),
    known("a+a", [("a", "input", 3.0), ("L", "add", ("a", "a"))], "L", {"L": 6}, {"a": 2}, 0),
    known(
        "softmax cross-entropy",
        [("z", "input", [2.0, 1.0, 0.1]), ("t", "target", 0), ("p", "softmax", ("z",)),
         ("L", "cross_entropy", ("z", "t"))],
        "L", {"L": 0.4170, "p": [0.6590, 0.2424, 0.0986]}, {"z": [-0.3410, 0.2424, 0.0986], "t": None, "p": None}, 5e-5,
    ),
    known(
        "(a+b)d",
        [("a", "parameter", 3.0), ("b", "parameter", 2.0), ("d", "parameter", 1.0), ("s", "add", ("a", "b")),
         ("L", "multiply", ("s", "d"))],
        "L", {"L": 5}, {"a": 1, "b": 1, "d": 5, "s": 1}, 0,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("calls", "loss", "values", "gradients", "tolerance"), KNOWN)
def test_known_numbers(
    calls: Calls, loss: str, values: dict[str, Any], gradients: dict[str, Any], tolerance: float
) -> None:
    got_values, got_gradients, _ = passes(calls, loss)
    for name, expected in values.items():
        np.testing.assert_allclose(got_values[name], expected, rtol=0, atol=tolerance)
    for name, expected in gradients.items():
        if expected is None:
            assert got_gradients[name] is None
        else:
            np.testing.assert_allclose(got_gradients[name], expected, rtol=0, atol=tolerance)


def test_xor_by_hand() -> None:
    program, faults, keys = program_of(XOR)
    assert not faults
    values, _ = forward_pass(program)
    np.testing.assert_array_equal(values[program.position[keys["y"]]], [[0.0], [1.0], [1.0], [0.0]])


@pytest.mark.parametrize(("link", "expected"), [(0.9, 2.656e-5), (1.1, 13780.61)])
def test_hundred_links(link: float, expected: float) -> None:
    calls: Calls = [("x", "input", 1.0), ("k", "constant", link), ("y0", "multiply", ("x", "k"))]
    calls += [(f"y{i}", "multiply", (f"y{i - 1}", "k")) for i in range(1, 100)]
    _, gradients, _ = passes(calls, "y99")
    np.testing.assert_allclose(gradients["x"], expected, rtol=2e-4)


def test_gradient_through_three_locals() -> None:
    calls: Calls = [("x", "input", 1.0)]
    calls += [(f"k{i}", "constant", k) for i, k in enumerate((0.4, 0.6, 0.8, 0.5))]
    calls += [(f"y{i}", "multiply", (f"y{i - 1}" if i else "x", f"k{i}")) for i in range(4)]
    _, gradients, _ = passes(calls, "y3")
    np.testing.assert_allclose(gradients["x"], 0.096, rtol=1e-15)


def test_broadcast_gradients_are_summed_back() -> None:
    x = np.arange(6.0).reshape(2, 3)
    calls: Calls = [
        ("x", "input", x), ("row", "parameter", [1.0, 2.0, 3.0]), ("column", "parameter", [[2.0], [5.0]]),
        ("number", "parameter", 4.0), ("a", "multiply", ("x", "row")), ("b", "multiply", ("a", "column")),
        ("c", "multiply", ("number", "b")), ("L", "sum", ("c",)),
    ]  # fmt: skip
    _, gradients, done = passes(calls, "L")
    row, column = np.array([1.0, 2.0, 3.0]), np.array([[2.0], [5.0]])
    np.testing.assert_allclose(gradients["row"], (4 * x * column).sum(0))
    np.testing.assert_allclose(gradients["column"], (4 * x * row).sum(1, keepdims=True))
    np.testing.assert_allclose(gradients["number"], (x * row * column).sum())
    for (call, slot), contribution in done.contributions.items():
        assert contribution.shape == done.values[done_input(calls, call, slot)].shape  # type: ignore[union-attr]


def done_input(calls: Calls, call: int, slot: int) -> int:
    names = [name for name, _, _ in calls]
    return names.index(calls[call][2][slot])


def test_fan_out_adds_contributions() -> None:
    calls: Calls = [("x", "input", 3.0), ("a", "square", ("x",)), ("b", "exp", ("x",)), ("L", "multiply", ("a", "b"))]
    values, gradients, done = passes(calls, "L")
    assert gradients["x"] == done.contributions[1, 0] + done.contributions[2, 0]
    np.testing.assert_allclose(gradients["x"], np.exp(3.0) * (6 + 9))
    assert values["L"] == 9 * np.exp(3.0)


def test_running_twice_gives_the_same() -> None:
    program, _, keys = program_of(NEURON, "L")
    first, second = run(program), run(program)
    for one, two in zip(first.gradients, second.gradients, strict=True):
        np.testing.assert_array_equal(one, two)
    assert first.gradients[keys["s1"]] is not second.gradients[keys["s1"]]


def test_results_are_read_only() -> None:
    values, gradients, _ = passes(NEURON, "L")
    for array in (*values.values(), *gradients.values()):
        assert array is not None
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_chain_of_50_000_nodes() -> None:
    add, one = registry["add"], CallSpec(0, "x", registry["input"], value=np.array(1.0))
    specs = [one, CallSpec(1, "c", registry["constant"], value=np.array(0.5))]
    specs += [CallSpec(k, f"n{k}", add, (k - 1 if k > 2 else 0, 1)) for k in range(2, 50_002)]
    program, faults = assemble(reversed(specs), 50_001)
    assert not faults
    done = run(program)
    assert done.values[program.position[50_001]] == 25_001.0
    assert done.gradients[program.position[0]] == 1.0
    assert len(Trace(program)) == 3 * 50_000 + 1 + 50_000


def test_float32_throughout() -> None:
    values, gradients, done = passes(NEURON, "L", "float32")
    for array in (*values.values(), *gradients.values(), *done.contributions.values()):
        assert array is not None
        assert array.dtype == np.float32


def test_integers_stay_integers_only_as_class_indices() -> None:
    program, _, keys = program_of(
        [("z", "input", [[2, 1, 0]]), ("t", "target", [1]), ("L", "cross_entropy", ("z", "t"))], "L"
    )
    assert program.leaves[program.position[keys["t"]]].dtype.kind == "i"
    assert program.leaves[program.position[keys["z"]]].dtype == np.float64


def test_cycle_is_named_and_the_rest_computes() -> None:
    calls: Calls = [
        ("x", "input", 1.0), ("a", "add", ("x", "c")), ("b", "exp", ("a",)), ("c", "sin", ("b",)),
        ("d", "exp", ("c",)), ("y", "exp", ("x",)),
    ]  # fmt: skip
    program, faults, keys = program_of(calls)
    assert set(faults) == {keys[name] for name in "abcd"}
    for name in "abc":
        assert faults[keys[name]].kind is FaultKind.CYCLE
    sentence = faults[keys["a"]].sentence
    assert "a → b → c → a" in sentence or "b → c → a → b" in sentence or "c → a → b → c" in sentence
    assert faults[keys["d"]].kind is FaultKind.BLOCKED
    assert keys["y"] in program.position


def test_self_loop_is_a_cycle() -> None:
    _, faults, keys = program_of([("a", "exp", ("a",))])
    assert faults[keys["a"]].sentence == "The wires form a cycle: a → a. Remove one of them."


def test_shared_chains_are_not_exponential() -> None:
    calls: Calls = [("x0", "input", 1.0)]
    calls += [(f"x{i}", "multiply", (f"x{i - 1}", f"x{i - 1}")) for i in range(1, 200)]
    values, gradients, _ = passes(calls, "x199")
    assert values["x199"] == 1.0
    assert gradients["x0"] == 2.0**199


@pytest.mark.parametrize(
    ("calls", "name", "kind", "part"),
    [
        ([("y", "exp", (None,))], "y", FaultKind.MISSING_INPUT, "y has nothing wired to its input."),
        ([("x", "input", None), ("y", "exp", ("x",))], "x", FaultKind.MISSING_VALUE, "x has no value."),
        ([("x", "input", None), ("y", "exp", ("x",))], "y", FaultKind.BLOCKED, "y waits for x."),
        (
            [("a", "input", np.ones((3, 2))), ("b", "input", np.ones((4, 2))), ("y", "add", ("a", "b"))],
            "y", FaultKind.SHAPE, "shapes (3, 2) and (4, 2) do not broadcast: axis 0 has 3 against 4.",
        ),
        (
            [("a", "input", 1.0), ("y", "leaky_relu", ("a", {"negative_slope": "x"}))],
            "y", FaultKind.SETTING, "negative_slope",
        ),
        (
            [("a", "input", np.ones((20_000, 1))), ("b", "input", np.ones((1, 20_000))), ("y", "add", ("a", "b"))],
            "y", FaultKind.TOO_LARGE, "(20000, 20000), 400,000,000 numbers; at most 134,217,728",
        ),
        (  # beyond the largest float
            [("a", "input", 1.0), ("y", "broadcast_to", ("a", {"shape": (10**15,) * 30}))],
            "y", FaultKind.TOO_LARGE, "1.00e+450 numbers",
        ),
    ],
)  # fmt: skip
def test_faults_by_key(calls: Calls, name: str, kind: FaultKind, part: str) -> None:
    _, faults, keys = program_of(calls)
    assert faults[keys[name]].kind is kind
    assert part in faults[keys[name]].sentence


def test_refused_values_are_told_and_block_what_depends() -> None:
    values, gradients, done = passes(
        [("p", "input", [0.5, 1.5]), ("t", "target", [0.0, 1.0]), ("B", "binary_cross_entropy", ("p", "t")),
         ("L", "exp", ("B",)), ("other", "exp", ("p",))], "L",
    )  # fmt: skip
    assert values["B"] is None
    assert values["L"] is None
    assert gradients["p"] is None
    assert values["other"] is not None
    assert list(done.faults.values()) == [
        "B: the input holds 1.5 at [1]; it takes numbers from 0 to 1. "
        "Put a sigmoid before it, or use binary_cross_entropy_with_logits."
    ]


def test_loss_that_is_no_number_has_no_gradients() -> None:
    values, gradients, done = passes([("x", "input", [1.0, 2.0]), ("y", "exp", ("x",))], "y")
    assert values["y"] is not None
    assert gradients == {"x": None, "y": None}
    program, _, _ = program_of([("x", "input", [1.0, 2.0]), ("y", "exp", ("x",))], "y")
    with pytest.raises(ValueError, match="not a single number"):
        backward_pass(program, done.values)


def test_a_loss_of_one_number_in_any_shape_has_gradients() -> None:
    _, gradients, _ = passes([("x", "input", [[2.0]]), ("y", "square", ("x",))], "y")
    np.testing.assert_array_equal(gradients["x"], [[4.0]])


def test_first_nonfinite_is_where_it_began() -> None:
    _, _, done = passes(
        [("x", "input", -1.0), ("a", "square", ("x",)), ("b", "log", ("x",)), ("c", "exp", ("b",))], "c"
    )
    assert done.first_nonfinite() == 2


def test_trace_order() -> None:
    program, _, keys = program_of(
        [("a", "input", 2.0), ("b", "input", 1.0), ("s", "add", ("a", "b")), ("L", "multiply", ("s", "b"))], "L"
    )
    at = {name: program.position[key] for name, key in keys.items()}
    trace = Trace(program)
    forward, backward = trace.stage_span(Stage.FORWARD), trace.stage_span(Stage.BACKWARD)
    assert (forward[0], forward[1], backward[1]) == (0, backward[0], len(trace))
    events = [(event.kind, event.call, event.slot) for event in trace]
    assert events[: forward[1]] == [
        (EventKind.CARRY, at["s"], 0), (EventKind.CARRY, at["s"], 1), (EventKind.COMPUTE, at["s"], None),
        (EventKind.CARRY, at["L"], 0), (EventKind.CARRY, at["L"], 1), (EventKind.COMPUTE, at["L"], None),
    ]  # fmt: skip
    assert events[backward[0] :] == [
        (EventKind.COMPUTE, at["L"], None), (EventKind.CARRY, at["L"], 0), (EventKind.CARRY, at["L"], 1),
        (EventKind.CARRY, at["s"], 0), (EventKind.CARRY, at["s"], 1), (EventKind.COMPUTE, at["b"], None),
    ]  # fmt: skip
    assert trace.arrivals[at["b"]] == [(at["L"], 1), (at["s"], 1)]
    assert trace.gradient_at[at["s"]] == trace.backward_at[at["L"], 0]


def test_unbroadcast_repeats_what_is_smaller_and_sums_what_is_larger() -> None:
    np.testing.assert_array_equal(unbroadcast(np.array(2.0), (2, 2)), np.full((2, 2), 2.0))
    np.testing.assert_array_equal(unbroadcast(np.ones((4, 2, 3)), (2, 1)), np.full((2, 1), 12.0))
    assert unbroadcast(np.ones((0, 3)), (3,)).tolist() == [0.0, 0.0, 0.0]


def test_integers_used_as_numbers_too_become_floats() -> None:
    calls: Calls = [
        ("z", "input", [2.0, 1.0]), ("t", "target", 1), ("C", "cross_entropy", ("z", "t")),
        ("d", "subtract", ("C", "t")), ("L", "square", ("d",)),
    ]  # fmt: skip
    values, gradients, _ = passes(calls, "L", "float32")
    assert {array.dtype for array in values.values() if array is not None} == {np.dtype(np.float32)}
    np.testing.assert_allclose(gradients["t"], -2 * (np.log1p(np.exp(1.0)) - 1), rtol=1e-6)


def test_variadic_operations_take_any_number_of_inputs() -> None:
    calls: Calls = [
        ("a", "input", [1.0, 2.0]), ("b", "input", [[3.0, 4.0]]), ("r", "reshape", ("b",)),
        ("all", "concatenate", ("a", "r", "a")), ("s", "square", ("all",)), ("S", "sum", ("s",)),
        ("P", "l2_penalty", ("a", "b", {"alpha": 0.5})), ("L", "add", ("S", "P")),
    ]  # fmt: skip
    values, gradients, done = passes(calls, "L")
    assert values["L"] == 2 * 5 + 25 + 0.5 * 30
    np.testing.assert_allclose(gradients["a"], [5.0, 10.0])
    np.testing.assert_allclose(gradients["b"], [[9.0, 12.0]])
    assert {slot for call, slot in done.contributions if call == 3} == {0, 1, 2}
    op = registry["concatenate"]
    assert op.input_for(1).name == "x2"
    assert op.formula_for(3).text == "concatenate($x1, $x2, $x3)"
    assert op.spelling_for(2).torch == "torch.cat(($x1, $x2,), dim=$axis)"
    gradient = op.gradient_for(1)
    assert gradient is not None
    assert gradient.text == "the part of $g that is $x2"


def test_a_variadic_operation_without_inputs_is_told() -> None:
    _, faults, keys = program_of([("y", "stack", ({},))])
    assert faults[keys["y"]].sentence == "y has nothing wired to its first input."
    assert faults[keys["y"]].kind is FaultKind.MISSING_INPUT


def test_too_few_inputs_are_told() -> None:
    _, faults, keys = program_of([("a", "input", 1.0), ("y", "add", ("a",))])
    assert faults[keys["y"]].sentence == "y has nothing wired to its second input."


def test_probabilities_as_target_have_a_gradient_and_class_indices_none() -> None:
    z = np.array([2.0, 1.0, 0.1])
    calls: Calls = [("z", "parameter", z), ("p", "softmax", ("z",)), ("L", "cross_entropy", ("z", "p"))]
    _, gradients, _ = passes(calls, "L")
    p = np.exp(z) / np.exp(z).sum()
    np.testing.assert_allclose(gradients["p"], -np.log(p))
    np.testing.assert_allclose(gradients["z"], p * (-np.log(p) - (p * -np.log(p)).sum()))
    calls = [("z", "parameter", z), ("t", "target", 2.0), ("L", "cross_entropy", ("z", "t"))]
    _, gradients, done = passes(calls, "L")
    assert gradients["t"] is None
    assert (2, 1) not in done.contributions
