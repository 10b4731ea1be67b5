"""Every operation on what nobody should give it: PyTorch's result, or one sentence with the shapes; never a crash."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backprop_studio.engine.errors import EngineError
from backprop_studio.engine.interpreter import run
from backprop_studio.engine.op import Op, Sample
from backprop_studio.engine.ops import registry
from backprop_studio.engine.ops.optional import padded
from backprop_studio.engine.planning import Plan
from backprop_studio.engine.program import CallSpec, FaultKind, assemble
from tests.engine.support import keywords_of, outcome, refined, shapes_of, specs_of, vjp

OPERATIONS = [op for op in registry if not op.is_source]
SIZES = st.lists(st.integers(0, 4), max_size=4).map(tuple)
WILD = [0.0, -0.0, 1.0, -1.0, np.nan, np.inf, -np.inf, 3.0, -100.0, 1e300, -1e300, 1e-300, 0.5, 2.0]
TOLERATED = (FaultKind.SHAPE, FaultKind.SETTING, FaultKind.VALUE, FaultKind.MISSING_INPUT, FaultKind.BLOCKED)


def assert_sentence(text: str) -> None:
    assert text.rstrip().endswith("."), text
    assert not re.search(r"Error|Traceback|object at|nan\b.*nan\b.*nan", text), text
    assert len(text) < 400, text


@st.composite
def wild_samples(draw: st.DrawFn, op: Op) -> Sample:
    """Inputs of any shapes with any numbers in them; settings of one of the operation's samples."""
    base = draw(st.sampled_from(op.samples))
    count = draw(st.integers(1, 3)) if op.variadic else len(op.inputs)
    arrays: list[np.ndarray | None] = []
    for slot in range(count):
        own = base.inputs[slot] if slot < len(base.inputs) else None
        if not op.variadic and op.input_for(slot).optional and draw(st.booleans()):
            arrays.append(None)
            continue
        keep = own is not None and draw(st.integers(0, 3)) > 0
        shape = own.shape if keep and own is not None else draw(SIZES)
        if draw(st.integers(0, 5)) == 0 and shape:  # one axis empty
            at = draw(st.integers(0, len(shape) - 1))
            shape = (*shape[:at], 0, *shape[at + 1 :])
        picks = draw(st.lists(st.integers(0, len(WILD) - 1), min_size=1, max_size=6))
        numbers = np.resize(np.array([WILD[pick] for pick in picks]), shape)
        integers = op.input_for(slot).indices and draw(st.booleans())
        arrays.append(np.resize(np.array([0, 1, -1, 7, -100])[[p % 5 for p in picks]], shape) if integers else numbers)
    return Sample(tuple(arrays), base.settings)


@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.name)
def test_anything_gives_a_result_or_a_sentence(op: Op) -> None:
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(wild_samples(op), st.sampled_from(["float64", "float32"]))
    def check(sample: Sample, dtype: str) -> None:
        specs = specs_of(op, sample)
        out = len(specs) - 1
        specs.append(CallSpec(out + 1, "L", registry["sum"], (out,)))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            program, faults = assemble(specs, out + 1, dtype)
            for fault in faults.values():
                assert fault.kind in TOLERATED
                assert_sentence(fault.sentence)
            passed = run(program)
        for sentence in passed.faults.values():
            assert_sentence(sentence)
        at = program.position.get(out)
        if at is None or passed.values[at] is None:
            return
        assert passed.values[at].shape == program.calls[at].shape, "the shape rule says what is computed"
        for index, gradient in enumerate(passed.gradients):
            assert gradient is None or gradient.shape == program.calls[index].shape
        if program.loss is not None and passed.values[program.loss] is not None:
            trained = [index for index, call in enumerate(program.calls) if call.op.name == "parameter"]
            try:
                plan = Plan(program, trained)
                with np.errstate(all="ignore"):
                    plan.step_exactly()
            except EngineError as error:
                assert_sentence(str(error))

    check()


EMPTY = [
    ("sum", (np.zeros((0, 3)),), {}), ("mean", (np.zeros(0),), {}), ("logsumexp", (np.zeros(0),), {}),
    ("matmul", (np.zeros((2, 0)), np.zeros((0, 3))), {}), ("mse_loss", (np.zeros(0), np.zeros(0)), {}),
    ("conv2d", (np.zeros((0, 1, 3, 3)), np.ones((1, 1, 2, 2)), None), {}),
    ("max_pool2d", (np.zeros((0, 1, 4, 4)),), {}), ("avg_pool2d", (np.zeros((0, 1, 4, 4)),), {"ceil_mode": True}),
    ("layer_norm", (np.zeros((0, 3)), None, None), {}), ("dropout", (np.zeros((0, 2)),), {}),
    ("linear", (np.ones((2, 3)), np.zeros((0, 3)), None), {}),
    ("linear", (np.zeros((0, 2)), np.ones((3, 2)), None), {}), ("softmax", (np.zeros((0, 2)),), {}),
    ("batch_norm", (np.zeros((0, 3)), None, None), {"training": False}),
    ("embedding", (np.zeros(0, dtype=np.int64), np.ones((3, 2))), {}),
    ("cross_entropy", (np.zeros((0, 3)), np.zeros(0, dtype=np.int64), np.ones(3)), {}),
    ("log", (np.array([-1.0, 0.0, 1.0]),), {}), ("sqrt", (np.array([-1.0, 0.0]),), {}),
    ("divide", (np.array([1.0, 0.0, -1.0]), np.zeros(3)), {}), ("power", (np.array([-8.0, 0.0]), np.array(1 / 3)), {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "inputs", "given_settings"), EMPTY, ids=lambda part: part if isinstance(part, str) else ""
)
def test_what_is_empty_or_undefined_is_pytorchs(name: str, inputs: tuple, given_settings: dict) -> None:
    torch_numbers = pytest.importorskip("tests.oracle.torch_numbers")
    from tests.oracle.cases import upstream

    op = registry[name]
    sample = padded(op, Sample(inputs, given_settings))
    value, gradients = torch_numbers.torch_answer(op, sample)
    np.testing.assert_allclose(outcome(op, sample)[0], value, rtol=1e-12)
    for slot, expected in enumerate(gradients):
        if expected is not None and refined(op, sample).vjp_for(slot) is not None:
            np.testing.assert_allclose(vjp(op, slot, upstream(value.shape), sample), expected, rtol=1e-12)


REFUSED = [
    ("max", (np.zeros((2, 0)),), {}, r"\(2, 0\)"),
    ("max", (np.zeros((2, 0)),), {"axis": 1}, r"axis 1"),
    ("add", (np.ones((2, 3)), np.ones((2, 4))), {}, r"\(2, 3\) and \(2, 4\) do not broadcast: axis 1 has 3 against 4"),
    ("matmul", (np.ones((2, 3)), np.ones((2, 4))), {}, r"the first has 3 columns, the second 2 rows"),
    ("linear", (np.ones((2, 3)), np.ones((4, 2)), None), {},
     r"\(2, 3\) and weight of shape \(4, 2\) do not fit: .*axis"),
    ("conv2d", (np.ones((1, 3, 4, 4)), np.ones((2, 1, 2, 2)), None), {},
     r"\(1, 3, 4, 4\) has 3 channels along axis 1 and the weight of shape \(2, 1, 2, 2\)"),
    ("conv2d", (np.ones((1, 3, 3)), np.ones((1, 1, 2, 2)), None), {"padding": "same", "stride": 2},
     r"'same' needs stride 1"),
    ("batch_norm", (np.ones((4, 3)), np.ones(2), None), {}, r"\(2,\); with x of shape \(4, 3\) it must be \(3,\)"),
    ("batch_norm", (np.ones((1, 3)), None, None), {},
     r"\(1, 3\) has 1 value a channel, but training needs at least two"),
    ("layer_norm", (np.ones((4, 3)), None, np.ones(2)), {}, r"the bias has shape \(2,\).*\(4, 3\)"),
    ("cross_entropy", (np.ones((2, 3)), np.array([0, 1]), np.ones(2)), {},
     r"weight has shape \(2,\).*3 classes along axis 1"),
    ("cross_entropy", (np.ones((2, 3)), np.array([0, 3]), None), {}, r"class index 3 at \[1\]"),
    ("nll_loss", (np.ones((2, 3)), np.array([0, -1]), None), {}, r"class index −1 at \[1\]"),
    ("embedding", (np.array([0, 5]), np.ones((3, 2))), {}, r"index 5 at \[1\].*3 rows"),
    ("embedding", (np.array([0]), np.ones((3, 2))), {"padding_idx": 3}, r"padding_idx is 3.*\(3, 2\) has rows 0 to 2"),
    ("avg_pool2d", (np.ones((1, 2, 2)),), {"kernel_size": 3},
     r"window of 3 does not fit into height 2 of x with shape"),
    ("binary_cross_entropy", (np.array([1.5]), np.array([1.0])), {}, r"1\.5"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "inputs", "given_settings", "said"), REFUSED)
def test_clashes_are_told_with_shapes_and_axes(name: str, inputs: tuple, given_settings: dict, said: str) -> None:
    op = registry[name]
    sample = padded(op, Sample(inputs, given_settings))

    def compute() -> None:
        op.shape(*shapes_of(sample), **keywords_of(op, sample))
        outcome(op, sample)

    with pytest.raises(EngineError, match=said) as caught:
        compute()
    assert_sentence(str(caught.value))
