"""Shape rules against NumPy's own, and their sentences."""

# ruff: noqa: E501  (each expected sentence stands on one line)
from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_studio.engine import shapes
from backprop_studio.engine.errors import EngineError, ShapeError, ValueRefused
from backprop_studio.engine.ops import registry

SHAPES = st.lists(st.integers(0, 3), max_size=4).map(tuple)


@given(SHAPES, SHAPES, SHAPES)
def test_broadcast_is_numpys(a: shapes.Shape, b: shapes.Shape, c: shapes.Shape) -> None:
    try:
        expected = np.broadcast_shapes(a, b, c)
    except ValueError:
        with pytest.raises(ShapeError, match="do not broadcast"):
            shapes.broadcast(a, b, c)
    else:
        assert shapes.broadcast(a, b, c) == expected


@given(SHAPES, SHAPES)
def test_matmul_is_numpys(a: shapes.Shape, b: shapes.Shape) -> None:
    try:
        expected = np.matmul(np.zeros(a), np.zeros(b)).shape
    except ValueError:
        with pytest.raises(ShapeError):
            shapes.matmul(a, b)
    else:
        assert shapes.matmul(a, b) == expected


@given(
    SHAPES,
    st.one_of(st.none(), st.integers(-4, 4), st.lists(st.integers(-4, 4), min_size=1, max_size=3).map(tuple)),
    st.booleans(),
)
def test_reduction_is_numpys(shape: shapes.Shape, axis: Any, keepdims: bool) -> None:
    try:
        expected = np.sum(np.zeros(shape), axis=axis, keepdims=keepdims).shape
    except ValueError:
        if shape:
            with pytest.raises(ShapeError):
                shapes.reduction(shape, axis=axis, keepdims=keepdims)
    else:
        assert shapes.reduction(shape, axis=axis, keepdims=keepdims) == expected


@pytest.mark.parametrize(
    ("name", "given_shapes", "settings", "sentence"),
    [
        ("add", [(3, 2), (4, 2)], {}, "shapes (3, 2) and (4, 2) do not broadcast: axis 0 has 3 against 4."),
        ("add", [(3, 2), (5,)], {}, "shapes (3, 2) and (5,) do not broadcast: axis −1 has 2 against 5."),
        ("sum", [(3, 2)], {"axis": 2}, "axis 2 is out of range for shape (3, 2), which has 2 axes."),
        ("sum", [(3,)], {"axis": -2}, "axis −2 is out of range for shape (3,), which has 1 axis."),
        ("sum", [(3, 2)], {"axis": (0, -2)}, "axis 0 of shape (3, 2) is named twice."),
        ("sum", [(3, 2)], {"axis": ()}, "axis is an empty tuple, which would reduce nothing; name the axes, or None for all of them."),
        ("softmax", [(3,)], {"axis": 1}, "axis 1 is out of range for shape (3,), which has 1 axis."),
        ("matmul", [(2, 3), (2, 3)], {}, "shapes (2, 3) and (2, 3) do not fit for @: the first has 3 columns, the second 2 rows. Make them as many."),
        ("matmul", [(), (2, 3)], {}, "@ needs at least one axis on either side, but shapes () and (2, 3) hold a single number; use × to multiply by a number."),
        ("matmul", [(2, 1, 3), (3, 3, 1)], {}, "shapes (2, 1, 3) and (3, 3, 1) do not fit for @: their batch axes do not broadcast."),
        ("transpose", [(3,)], {}, "a transpose needs at least two axes; shape (3,) has 1."),
        ("transpose", [(3, 2)], {"dim0": 2}, "axis 2 is out of range for shape (3, 2), which has 2 axes."),
        ("binary_cross_entropy", [(4, 1), (4,)], {}, "input has shape (4, 1) and target (4,); they must have the same shape."),
        ("cross_entropy", [(), ()], {}, "the input is a single number; it needs an axis of classes: (C,), (N, C) or (N, C, d1, ...)."),
        ("cross_entropy", [(2, 0), (2,)], {}, "the input of shape (2, 0) has no classes: axis 1 has size 0."),
        ("cross_entropy", [(2, 3), (3,)], {}, "input of shape (2, 3) has its 3 classes along axis 1; the target must have shape (2,) (class indices) or (2, 3) (probabilities), not (3,)."),
    ],
)  # fmt: skip
def test_sentences(name: str, given_shapes: list[Any], settings: dict[str, Any], sentence: str) -> None:
    op = registry[name]
    with pytest.raises(ShapeError) as caught:
        op.shape(*given_shapes, **op.complete_settings(settings))
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("name", "inputs", "sentence"),
    [
        ("cross_entropy", ([[1.0, 2.0, 3.0]], np.array([3])), "the target holds the class index 3 at [0], but the input has 3 classes: an index is a whole number from 0 to 2."),
        ("cross_entropy", ([1.0, 2.0, 3.0], np.array(-1)), "the target holds the class index −1, but the input has 3 classes: an index is a whole number from 0 to 2."),
        ("cross_entropy", ([1.0, 2.0], 0.5), "the target holds the class index 0.5, but the input has 2 classes: an index is a whole number from 0 to 1."),
        ("cross_entropy", ([1.0], float("nan")), "the target holds the class index nan, but the input has 1 class: an index is a whole number from 0 to 0."),
        ("binary_cross_entropy", ([-0.5], [1.0]), "the input holds −0.5 at [0]; it takes numbers from 0 to 1. Put a sigmoid before it, or use binary_cross_entropy_with_logits."),
        ("binary_cross_entropy", ([0.5], [2.0]), "the target holds 2 at [0]; it takes numbers from 0 to 1. Label the classes 0 and 1."),
    ],
)  # fmt: skip
def test_refused_values(name: str, inputs: tuple[Any, ...], sentence: str) -> None:
    op = registry[name]
    op = op.with_inputs([slot < len(inputs) for slot in range(len(op.inputs))])
    with pytest.raises(ValueRefused) as caught:
        op.forward(*map(np.asarray, inputs), **op.complete_settings({}))
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("huber_loss", {"delta": 0.0}),
        ("huber_loss", {"delta": float("nan")}),
        ("mse_loss", {"reduction": "average"}),
        ("gelu", {"approximate": True}),
        ("softmax", {"axis": None}),
        ("softplus", {"beta": -1.0}),
        ("cross_entropy", {"label_smoothing": 1.5}),
        ("sum", {"keepdims": 1}),
        ("add", {"alpha": 2.0}),
    ],
)
def test_refused_settings(name: str, settings: dict[str, Any]) -> None:
    with pytest.raises(EngineError, match=next(iter(settings))):
        registry[name].complete_settings(settings)


@pytest.mark.parametrize(
    ("name", "alias", "canonical", "value"),
    [("sum", "dim", "axis", 1), ("sum", "keepdim", "keepdims", True), ("softmax", "dim", "axis", 0), ("transpose", "axis0", "dim0", 0)],
)  # fmt: skip
def test_aliases(name: str, alias: str, canonical: str, value: Any) -> None:
    assert registry[name].complete_settings({alias: value})[canonical] == value


@pytest.mark.parametrize(
    ("shapes", "told"),
    [
        (((2, 3), (2, 3), (2,)), "weight has shape (2,)"),
        (((2, 3), (2, 3), (4, 2, 3)), "weight has shape (4, 2, 3); it must broadcast to the shape (2, 3)"),
        (((2, 3), (2, 3), None, (2, 2)), "pos_weight has shape (2, 2)"),
    ],
)
def test_weights_that_do_not_fit_the_entries_are_refused(shapes: tuple[Any, ...], told: str) -> None:
    with pytest.raises(ShapeError) as caught:
        registry["binary_cross_entropy_with_logits"].shape(*shapes, reduction="mean")
    assert told in str(caught.value)
