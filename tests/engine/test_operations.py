"""Every declaration: complete, consistent with itself, and right by central differences."""

from __future__ import annotations

import ast
import re
from string import Template

import numpy as np
import pytest

from backprop_studio.engine.errors import SettingError
from backprop_studio.engine.op import Op, Sample, registry
from backprop_studio.engine.ops import sources  # noqa: F401  (fills the registry)
from tests.engine.support import numeric_vjp, outcome, refined, shapes_of, vjp

OPERATIONS = [op for op in registry if not op.is_source]
# An operation counts once more for each refined declaration that its samples lead to.
DECLARATIONS = list({id(one): one for op in OPERATIONS for one in (op, *(refined(op, s) for s in op.samples))}.values())
CASES = [
    pytest.param(op, sample, id=f"{op.name}-{index}") for op in OPERATIONS for index, sample in enumerate(op.samples)
]


def upstream_of(out: np.ndarray) -> np.ndarray:
    return np.random.default_rng(7).uniform(0.5, 1.5, out.shape)


@pytest.mark.parametrize(("op", "sample"), CASES)
def test_shape_rule_agrees_with_forward(op: Op, sample: Sample) -> None:
    out, settings = outcome(op, sample)
    assert op.shape(*shapes_of(sample), **settings) == out.shape
    assert np.isfinite(out).all()


@pytest.mark.parametrize(("op", "sample"), CASES)
def test_vjps_against_central_differences(op: Op, sample: Sample) -> None:
    out, settings = outcome(op, sample)
    g = upstream_of(out)
    for slot in range(len(sample.inputs)):
        array = sample.inputs[slot]
        if refined(op, sample).vjp_for(slot) is None or array is None:
            continue

        def of_input(array: np.ndarray, slot: int = slot) -> np.ndarray:
            inputs = list(sample.inputs)
            inputs[slot] = array
            return np.asarray(op.forward(*inputs, **settings))

        expected = numeric_vjp(of_input, array, g)
        np.testing.assert_allclose(vjp(op, slot, g, sample), expected, rtol=2e-7, atol=2e-8)


@pytest.mark.parametrize(("op", "sample"), CASES)
def test_jvp_against_central_differences(op: Op, sample: Sample) -> None:
    out, settings = outcome(op, sample)
    rng = np.random.default_rng(3)
    tangents = [
        None if array is None else rng.uniform(-1, 1, array.shape) * (refined(op, sample).vjp_for(slot) is not None)
        for slot, array in enumerate(sample.inputs)
    ]
    moved = [
        [
            array + sign * 1e-6 * t if array is not None and np.any(t) else array
            for array, t in zip(sample.inputs, tangents, strict=True)
        ]
        for sign in (1, -1)
    ]
    expected = (op.forward(*moved[0], **settings) - op.forward(*moved[1], **settings)) / 2e-6
    assert op.jvp is not None
    got = np.asarray(op.jvp(tangents, out, *sample.inputs, **settings))
    assert np.broadcast_shapes(got.shape, out.shape) == out.shape
    np.testing.assert_allclose(np.broadcast_to(got, out.shape), expected, rtol=2e-7, atol=2e-8)


@pytest.mark.parametrize(("op", "sample"), CASES)
def test_float32_stays_float32(op: Op, sample: Sample) -> None:
    narrow = tuple(a.astype(np.float32) if a is not None and a.dtype.kind == "f" else a for a in sample.inputs)
    small = Sample(narrow, sample.settings, sample.state)
    out, settings = outcome(op, small)
    assert out.dtype == np.float32
    g = upstream_of(out).astype(np.float32)
    for slot in range(len(narrow)):
        if narrow[slot] is not None and refined(op, sample).vjp_for(slot) is not None:
            contribution = vjp(op, slot, g, small)
            assert contribution.dtype == np.float32
            np.testing.assert_allclose(contribution, vjp(op, slot, g.astype(float), sample), rtol=1e-4, atol=1e-5)
    assert op.jvp is not None
    tangents = [None if a is None else (np.ones if a.dtype.kind == "f" else np.zeros)(a.shape, "f") for a in narrow]
    assert np.asarray(op.jvp(tangents, out, *narrow, **settings)).dtype == np.float32


@pytest.mark.parametrize("op", DECLARATIONS, ids=lambda op: op.name)
def test_declaration_is_complete(op: Op) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", op.name)
    assert op.title[0].isupper()
    assert 0 < len(op.symbol) <= 10
    assert op.sentence.endswith(".")
    assert len(op.sentence) <= 120
    assert op.source
    assert op.jvp is not None
    assert len(op.samples) >= 2
    assert len(op.vjps) == len(op.local) == len(op.gradient) == len(op.inputs) > 0
    for given, function, local, gradient in zip(op.inputs, op.vjps, op.local, op.gradient, strict=True):
        assert (function is None) == (local is None) == (gradient is None) == (not given.differentiable)
    assert any(function is not None for function in op.vjps)
    for sample in op.samples:
        assert len(sample.inputs) == len(op.inputs) or op.variadic
        op.complete_settings(sample.settings)
    for setting in op.settings:
        assert setting.doc.endswith(".")
        assert setting.check(setting.default) == setting.default


@pytest.mark.parametrize("op", DECLARATIONS, ids=lambda op: op.name)
def test_formulas_name_only_what_exists(op: Op) -> None:
    known = {given.name for given in (*op.inputs, *op.settings, *op.state)}
    if op.variadic:
        known |= {"inputs", "terms"}
    for part, extra in ((op.formula, set()), *((f, {"out", "g"}) for f in (*op.local, *op.gradient) if f is not None)):
        for text in (part.text, part.latex):
            template = Template(text)
            assert template.is_valid()
            assert set(template.get_identifiers()) <= known | extra
        assert part.latex.count("{") == part.latex.count("}")
        assert part.latex.count(r"\left") - part.latex.count(r"\leftarrow") == part.latex.count(r"\right")
        assert "-" not in part.text, "text uses the minus sign −"
    for spelling in (op.spelling.torch, op.spelling.jax, op.spelling.numpy):
        template = Template(spelling)
        assert template.is_valid()
        assert set(template.get_identifiers()) <= known | ({"stream"} if op.draws else set())
        ast.parse(template.substitute({name: "v_" + name for name in known | {"stream"}}), mode="eval")


def numpy_names() -> dict[str, object]:
    import math

    return {"np": np, "math": math}


@pytest.mark.parametrize(("op", "sample"), CASES)
def test_numpy_spelling_computes_the_same(op: Op, sample: Sample) -> None:
    given = op.complete_settings(sample.settings)
    if any(given[name] != op.setting(name).default for name in op.spelling.only_default):
        pytest.skip(f"NumPy has no one-line spelling of {' and '.join(op.spelling.only_default)}")
    out, settings = outcome(op, sample)
    there = [array is not None for array in sample.inputs]
    names = {op.input_for(slot).name: array for slot, array in enumerate(sample.inputs) if there[slot]}
    names |= {one.name: settings[one.name] for one in op.state}
    names |= {"stream": settings["stream"]} if op.draws else {}
    filled = Template(op.with_inputs(there).spelling_for(len(there)).numpy).substitute(
        {name: f"v_{name}" for name in names} | {given.name: given.code(settings[given.name]) for given in op.settings}
    )
    result = eval(filled, numpy_names() | {f"v_{name}": array for name, array in names.items()})
    np.testing.assert_allclose(result, out, rtol=1e-12, atol=1e-14)


def test_names_and_titles_are_unique() -> None:
    names = [op.name for op in registry]
    titles = [op.title for op in registry]
    assert len(set(names)) == len(names)
    assert len(set(titles)) == len(titles)


def test_elementwise_local_derivative_times_upstream() -> None:
    """``elementwise`` promises that the contribution is linear in each entry of g alone."""
    for op in OPERATIONS:
        if not op.elementwise:
            continue
        sample = op.samples[0]
        for slot, function in enumerate(op.vjps):
            if function is not None:
                once = vjp(op, slot, np.ones(sample.inputs[0].shape), sample)
                np.testing.assert_allclose(vjp(op, slot, np.full(sample.inputs[0].shape, -3.5), sample), -3.5 * once)


@pytest.mark.parametrize("op", DECLARATIONS, ids=lambda op: op.name)
def test_latex_is_understood_by_a_renderer(op: Op) -> None:
    ziamath = pytest.importorskip("ziamath")
    names = dict.fromkeys(("x1", "x2", "g", "out", *(given.name for given in op.inputs)), "a")
    parts = names | {setting.name: "1" for setting in op.settings}
    slots = range(len(op.inputs))
    formulas = [op.formula_for(2), *(op.local_for(slot) for slot in slots), *(op.gradient_for(slot) for slot in slots)]
    for formula in formulas:
        if formula is not None:
            filled = formula.fill_latex(parts)
            assert "$" not in filled
            assert "$" not in formula.fill(parts)
            assert "<svg" in ziamath.Latex(filled).svg()


@pytest.mark.parametrize("value", [10**30, -(10**30), 1e30, 10**400, (10**30,), float("nan"), None, "x", [1.5], True])
def test_a_setting_takes_a_value_or_refuses_it_with_a_sentence(value):
    for setting in (setting for op in registry for setting in op.settings):
        try:
            checked = setting.check(value)
        except SettingError:
            with pytest.raises(SettingError, match=setting.name):
                setting.check(value)
            continue
        numbers = checked if isinstance(checked, tuple) else (checked,)
        assert all(not isinstance(number, int) or abs(number) < 2**63 for number in numbers)
