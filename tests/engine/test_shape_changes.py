# ruff: noqa: E501  (each expected sentence stands on one line)
"""Shape rules of rearranging operations and layers, constant indices, and their sentences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_studio.engine import shape_changes
from backprop_studio.engine.errors import SettingError, ShapeError, ValueRefused
from backprop_studio.engine.indexing import read_index, write_index
from backprop_studio.engine.op import Sample
from backprop_studio.engine.ops import registry
from tests.engine.support import keywords_of

INTS = st.integers(-4, 4)
SLICES = st.builds(slice, st.none() | INTS, st.none() | INTS, st.none() | st.integers(1, 3))
PARTS = st.lists(INTS | SLICES, min_size=1, max_size=4)
SHAPES = st.lists(st.integers(0, 3), max_size=4).map(tuple)


@given(SHAPES, PARTS, st.integers(0, 4), st.booleans())
def test_indexed_shape_is_numpys(shape: tuple[int, ...], parts: list[Any], at: int, dots: bool) -> None:
    if dots:
        parts.insert(min(at, len(parts)), ...)
    text = write_index(tuple(parts))
    assert write_index(read_index(text)) == text
    try:
        expected = np.zeros(shape)[tuple(parts)].shape
    except IndexError:
        with pytest.raises(ShapeError):
            shape_changes.indexed(shape, index=text)
    else:
        assert shape_changes.indexed(shape, index=text) == expected


@given(SHAPES, st.lists(st.integers(-1, 4), max_size=3).map(tuple))
def test_reshaped_is_numpys(shape: tuple[int, ...], new: tuple[int, ...]) -> None:
    try:
        expected = np.zeros(shape).reshape(new).shape
    except ValueError:
        with pytest.raises(ShapeError):
            shape_changes.reshaped(shape, shape=new)
    else:
        assert shape_changes.reshaped(shape, shape=new) == expected


@given(st.lists(SHAPES, min_size=1, max_size=3), INTS)
def test_joined_shapes_are_numpys(shapes: list[tuple[int, ...]], axis: int) -> None:
    arrays = [np.zeros(shape) for shape in shapes]
    for rule, join in ((shape_changes.concatenated, np.concatenate), (shape_changes.stacked, np.stack)):
        try:
            expected = join(arrays, axis=axis).shape
        except ValueError:
            with pytest.raises(ShapeError):
                rule(*shapes, axis=axis)
        else:
            assert rule(*shapes, axis=axis) == expected


@pytest.mark.parametrize(
    ("given_value", "text"),
    [("0", "0"), (" :,1 : 3 ", ":, 1:3"), ("...,::2", "..., ::2"), ("-1,", "-1"), (2, "2"), ("1:5:1", "1:5")],
)
def test_indices_are_kept_in_one_form(given_value: Any, text: str) -> None:
    assert registry["slice"].complete_settings({"index": given_value})["index"] == text


@pytest.mark.parametrize(
    "value",
    [
        "",
        "a",
        "1.5",
        "__import__('os')",
        "::-1",
        "::0",
        "1:2:3:4",
        "..., ...",
        "[0]",
        "None",
        True,
        (1, 2),
        "1" * 300,
        "9" * 12,
        "٣",
    ],
)
def test_bad_indices_are_refused(value: Any) -> None:
    with pytest.raises(SettingError, match="index"):
        registry["slice"].complete_settings({"index": value})


@pytest.mark.parametrize(
    ("name", "shapes", "settings", "sentence"),
    [
        ("reshape", [(2, 3)], {"shape": (4, 2)}, "shape (2, 3) holds 6 numbers, but (4, 2) would hold 8 numbers."),
        ("reshape", [(2, 3)], {"shape": (-1, 4)}, "shape (2, 3) holds 6 numbers, which (−1, 4) can not hold."),
        ("reshape", [(2, 3)], {"shape": (-1, -1)}, "only one size of (−1, −1) may be −1."),
        ("flatten", [(2, 3)], {"start_dim": 1, "end_dim": 0}, "start_dim is axis 1, after end_dim, axis 0."),
        ("concatenate", [(2, 3), (2, 4)], {}, "shapes (2, 3) and (2, 4) can not be joined along axis 0: axis 1 has 3 against 4."),
        ("concatenate", [(2, 3), (2,)], {}, "shapes (2, 3) and (2,) can not be joined: they have different numbers of axes."),
        ("concatenate", [(), ()], {}, "single numbers have no axis to be joined along; use stack."),
        ("stack", [(2,), (3,)], {}, "shapes (2,) and (3,) can not be stacked; they must be the same."),
        ("stack", [(2,)], {"axis": 2}, "axis 2 can not be inserted into shape (2,)."),
        ("slice", [(2, 3)], {"index": "-3"}, "index −3 is out of range for axis 0 of shape (2, 3), which has size 2."),
        ("slice", [(2,)], {"index": "0, 1"}, "the index [0, 1] names 2 axes, but shape (2,) has 1 axis."),
        ("broadcast_to", [(3,)], {"shape": (3, 2)}, "shape (3,) does not broadcast to (3, 2)."),
        ("clamp", [()], {}, "clamp has no bound; set min, max or both."),
        ("max", [(2, 0)], {"axis": 1}, "axis 1 of shape (2, 0) has no entries, hence no largest or smallest one."),
        ("linear", [(4, 3), (2, 5), (2,)], {}, "x of shape (4, 3) and weight of shape (2, 5) do not fit: the last axis of x must have the size of axis 1 of the weight, 5."),
        ("linear", [(4, 5), (2, 5), (3,)], {}, "the bias has shape (3,); with a weight of shape (2, 5) it must be (2,)."),
        ("nll_loss", [(2, 3), (2, 3)], {}, "the target has the input's shape (2, 3), but it takes class indices, of shape (2,)."),
        ("conv2d", [(3, 3), (1, 1, 2, 2), (1,)], {}, "x has shape (3, 3); an image has the axes (channels, height, width), a batch one more in front."),
        ("conv2d", [(2, 3, 3), (1, 1, 2, 2), (1,)], {}, "x of shape (2, 3, 3) has 2 channels along axis 0 and the weight of shape (1, 1, 2, 2) takes 1 in each of 1 group; the channels must match, and the filters divide evenly."),
        ("conv2d", [(1, 3, 3), (1, 1, 4, 2), (1,)], {}, "a window of 4 does not fit into height 3 of x with shape (1, 3, 3), with 0 + 0 of padding."),
        ("conv2d", [(1, 3, 3), (1, 1, 2, 2), (1,)], {"stride": (1, 1, 1)}, "stride takes one size or two (height, width), not (1, 1, 1)."),
        ("max_pool2d", [(1, 3, 3)], {"padding": 2}, "padding (2, 2) is more than half of kernel_size (2, 2)."),
        ("batch_norm", [(1, 3), (3,), (3,)], {}, "x of shape (1, 3) has 1 value a channel, but training needs at least two; take more rows or evaluation mode."),
        ("batch_norm", [(2, 3), (2,), (3,)], {}, "the weight has shape (2,); with x of shape (2, 3) it must be (3,)."),
        ("layer_norm", [(2, 3), (2,), (2,)], {}, "the weight has shape (2,); it must be the shape of the last axes of x, which has shape (2, 3)."),
        ("embedding", [(2,), (3,)], {}, "the weight has shape (3,); it needs two axes, (entries, size of each)."),
    ],
)  # fmt: skip
def test_sentences(name: str, shapes: list[Any], settings: dict[str, Any], sentence: str) -> None:
    op = registry[name]
    with pytest.raises((ShapeError, SettingError)) as caught:
        op.shape(*shapes, **op.in_mode(op.complete_settings(settings), training=True))
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("reshape", {"shape": (-2,)}),
        ("broadcast_to", {"shape": (-1,)}),
        ("conv2d", {"stride": 0}),
        ("conv2d", {"groups": 0}),
        ("dropout", {"p": 1.5}),
        ("clamp", {"min": "low"}),
    ],
)
def test_refused_settings(name: str, settings: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match=next(iter(settings))):
        registry[name].complete_settings(settings)


def test_refused_rows() -> None:
    with pytest.raises(ValueRefused) as caught:
        registry["embedding"].forward(np.array([0, 3]), np.ones((3, 2)), padding_idx=None)
    assert (
        str(caught.value)
        == "the input holds the index 3 at [1], but the weight has 3 rows: an index is a whole number from 0 to 2."
    )


def test_dropout_keeps_the_mean_and_its_mask() -> None:
    op, x = registry["dropout"], np.ones(10_000)

    def dropped(step: float = 0.0, **settings: float) -> np.ndarray:
        one = Sample((x,), {"p": 0.3, **settings}, {"step": np.array(step)})
        return op.forward(x, **keywords_of(op, one))

    first = dropped()
    np.testing.assert_array_equal(first, dropped())
    assert set(np.unique(first).tolist()) == {0.0, 1 / 0.7}
    assert abs(first.mean() - 1) < 0.03
    assert (first != dropped(seed=1)).any()
    assert (first != dropped(step=1.0)).any()
    np.testing.assert_array_equal(dropped(training=False), x)
