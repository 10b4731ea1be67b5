"""A pass after an edit equals a full run bit by bit, and takes over what it can."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_studio.engine import incremental
from backprop_studio.engine.incremental import run_again
from backprop_studio.engine.interpreter import Pass, run
from backprop_studio.engine.ops import registry
from backprop_studio.engine.program import CallSpec, Program, assemble

UNARY = ("negative", "sin", "tanh", "relu", "softplus", "softmax", "transpose", "leaky_relu", "sqrt", "layer_free")
BINARY = ("add", "subtract", "multiply", "matmul", "maximum", "divide")
SHAPES = ((), (3,), (2, 3), (3, 2), (1, 3))


def random_specs(rng: np.random.Generator, size: int) -> list[CallSpec]:
    """Calls that may or may not fit together; what does not is left out of the program."""
    specs = []
    for key in range(4):
        op = registry[("parameter", "input", "constant", "target")[key]]
        specs.append(CallSpec(key, f"v{key}", op, value=rng.normal(size=SHAPES[rng.integers(len(SHAPES))])))
    while len(specs) < size:
        specs.append(random_call(rng, len(specs), len(specs)))
    specs.append(CallSpec(len(specs), "loss", registry["sum"], (len(specs) - 1,)))
    return specs


def random_call(rng: np.random.Generator, key: int, below: int) -> CallSpec:
    if rng.random() < 0.1:
        return CallSpec(key, f"v{key}", registry["parameter"], value=rng.normal(size=SHAPES[rng.integers(5)]))
    name = str(rng.choice(UNARY if rng.random() < 0.5 else BINARY))
    given = {"negative_slope": float(rng.normal())} if name == "leaky_relu" else {}
    op = registry["identity" if name == "layer_free" else name]
    wired = tuple(int(rng.integers(max(0, below - 5), below)) for _ in op.inputs)
    return CallSpec(key, f"v{key}", op, wired, given)


def edited(rng: np.random.Generator, specs: list[CallSpec]) -> list[CallSpec]:
    """Some edits of the kinds that people make."""
    specs = list(specs)
    for _ in range(int(rng.integers(0, 4))):
        kind, at = int(rng.integers(6)), int(rng.integers(len(specs)))
        spec = specs[at]
        if kind == 0 and spec.op.is_source and spec.value is not None:
            specs[at] = replace(spec, value=rng.normal(size=spec.value.shape))
        elif kind == 1 and spec.op.is_source and spec.value is not None:
            specs[at] = replace(spec, value=spec.value + 0.0)  # set to what it was
        elif kind == 2 and not spec.op.is_source and spec.key > 4:
            specs[at] = random_call(rng, spec.key, spec.key)
        elif kind == 3 and len(specs) > 6:
            del specs[at]
        elif kind == 4:
            key = max(one.key for one in specs) + 1
            specs.append(random_call(rng, key, key))
        else:
            specs[at] = replace(spec, name=f"renamed{at}")
    if rng.random() < 0.3:
        specs = [specs[i] for i in rng.permutation(len(specs))]
    return specs


def assemble_some(specs: list[CallSpec], loss: int) -> Program:
    """The program of what fits together, with its last number as loss where the one named does not stand."""
    program, _ = assemble(specs, loss)
    if program.loss is None and program.calls:
        program = replace(program, loss=len(program.calls) - 1)
    return program


def assert_identical(found: Pass, expected: Pass) -> None:
    pairs = [*zip(found.values, expected.values, strict=True), *zip(found.gradients, expected.gradients, strict=True)]
    assert found.contributions.keys() == expected.contributions.keys()
    pairs += [(found.contributions[edge], expected.contributions[edge]) for edge in expected.contributions]
    for ours, theirs in pairs:
        assert (ours is None) == (theirs is None)
        if ours is not None and theirs is not None:
            assert ours.shape == theirs.shape
            assert ours.dtype == theirs.dtype
            assert ours.tobytes() == theirs.tobytes()
            assert not ours.flags.writeable
    assert found.faults == expected.faults


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take over what can be taken over, whether it pays or not."""
    monkeypatch.setattr(incremental, "MOST_CHANGED", 1.0)


@pytest.mark.usefixtures("always")
def test_a_chain_of_random_edits_equals_full_runs() -> None:
    kept = 0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        specs = random_specs(rng, int(rng.integers(6, 40)))
        before = assemble_some(specs, specs[-1].key)
        passed = run(before)
        for _ in range(4):
            specs = edited(rng, specs)
            program = assemble_some(specs, specs[-1].key)
            found = run_again(program, before, passed)
            assert_identical(found, run(program))
            kept += sum(any(value is old for old in passed.values) for value in found.values)
            before, passed = program, found
    assert kept > 1000


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(6, 120))
def test_an_edit_equals_a_full_run(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    specs = random_specs(rng, size)
    before = assemble_some(specs, specs[-1].key)
    program = assemble_some(edited(rng, specs), specs[-1].key)
    assert_identical(run_again(program, before, run(before)), run(program))


def layers(bias: float, name: str = "b") -> Program:
    rng = np.random.default_rng(0)
    specs = [
        CallSpec(0, "x", registry["input"], value=rng.normal(size=(64, 64))),
        CallSpec(1, "w", registry["parameter"], value=rng.normal(size=(64, 64))),
        CallSpec(2, name, registry["parameter"], value=np.full(64, bias)),
        CallSpec(3, "h", registry["matmul"], (0, 1)),
        CallSpec(4, "z", registry["add"], (3, 2)),
        CallSpec(5, "L", registry["sum"], (4,)),
    ]
    return assemble(specs, 5)[0]


def test_a_product_that_the_edit_does_not_touch_is_taken_over() -> None:
    before, program = layers(0.5), layers(0.75)
    passed = run(before)
    found = run_again(program, before, passed)
    assert_identical(found, run(program))
    assert found.values[program.position[3]] is passed.values[before.position[3]]
    assert found.values[program.position[4]] is not passed.values[before.position[4]]
    # The loss is linear in z: the gradients are what they were, and both products of the backward pass as well.
    for slot in (0, 1):
        at, was = program.position[3], before.position[3]
        assert found.contributions[at, slot] is passed.contributions[was, slot]


def test_a_new_name_changes_nothing() -> None:
    before = layers(0.5)
    passed = run(before)
    found = run_again(layers(0.5, name="bias"), before, passed)
    assert all(a is b for a, b in zip(found.values, passed.values, strict=True))
    assert all(a is b for a, b in zip(found.gradients, passed.gradients, strict=True))


def test_where_it_does_not_pay_everything_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incremental, "PRODUCT_WORK", 10**9)
    before, program = layers(0.5), layers(0.75)
    passed = run(before)
    found = run_again(program, before, passed)
    assert_identical(found, run(program))
    assert found.values[program.position[3]] is not passed.values[before.position[3]]


def test_another_type_is_another_run() -> None:
    before = layers(0.5)
    specs = [CallSpec(0, "x", registry["input"], value=np.ones(3)), CallSpec(1, "L", registry["sum"], (0,))]
    program = assemble(specs, 1, "float32")[0]
    assert_identical(run_again(program, before, run(before)), run(program))


def test_the_sign_of_zero_counts() -> None:
    def clamped(low: float) -> Program:
        specs = [
            CallSpec(0, "x", registry["parameter"], value=np.array(-1.0)),
            CallSpec(1, "y", registry["clamp"], (0,), {"min": low}),
            CallSpec(2, "L", registry["divide"], (0, 1)),
        ]
        return assemble(specs, 2)[0]

    before = clamped(0.0)
    assert_identical(run_again(clamped(-0.0), before, run(before)), run(clamped(-0.0)))


@pytest.mark.usefixtures("always")
def test_a_parameter_that_becomes_a_constant_of_the_same_value_receives_nothing() -> None:
    specs = [
        CallSpec(0, "p", registry["parameter"], value=np.array(2.0)),
        CallSpec(1, "q", registry["parameter"], value=np.array(3.0)),
        CallSpec(2, "m", registry["multiply"], (0, 1)),
        CallSpec(3, "L", registry["sin"], (2,)),
    ]
    before = assemble_some(specs, 3)
    specs[0] = replace(specs[0], op=registry["constant"])
    after = assemble_some(specs, 3)
    assert_identical(run_again(after, before, run(before)), run(after))
