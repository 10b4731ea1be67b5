"""Convolution of images: windows gathered into rows, then one matrix product a group."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TypedDict, Unpack

import numpy as np

from backprop_studio.engine import layer_shapes
from backprop_studio.engine.layer_shapes import Grid
from backprop_studio.engine.one_call import one_call
from backprop_studio.engine.op import Array, Category, Formula, Input, Op, Setting, Shape, Spelling, registry
from backprop_studio.engine.ops.declare import formulas, ramp, sample
from backprop_studio.engine.ops.optional import with_optional_inputs
from backprop_studio.engine.ops.stable import product, total
from backprop_studio.engine.ops.windows import Windows

# Matrices are laid out with the batch as their last and innermost axis: (groups, rows, places × batch). A window's
# entries are then gathered, and added back, in long runs, and one product a group serves the whole batch.


class _Settings(TypedDict):
    stride: Shape
    padding: Shape | str
    dilation: Shape
    groups: int


def _batch_last(x: Array) -> Array:
    """Images (channels, height, width, batch) of images (..., channels, height, width)."""
    images: Array = x.reshape(prod(x.shape[:-3]), *x.shape[-3:])
    return images.transpose(1, 2, 3, 0)


@one_call(
    lambda x, grid, groups: (
        groups,
        x.shape[-3] // groups * prod(grid.size),
        prod(grid.places(x.shape)) * prod(x.shape[:-3]),
    )
)
def _columns(x: Array, *, dtype: np.dtype, grid: Grid, groups: int, into: Array | None = None) -> Array:
    """The windows of ``x`` as columns: shape (groups, entries of a window, places × batch)."""
    views = Windows(grid, 1).of(_batch_last(x))
    shape = (groups, len(views[0]) // groups * len(views), prod(views[0].shape[1:]))
    columns = np.empty(shape, dtype) if into is None else into
    by_place = columns.reshape(len(views[0]), len(views), *views[0].shape[1:])
    for place, view in enumerate(views):
        by_place[:, place] = view
    return columns


@one_call(lambda columns, grid, images: images)
def _from_columns(columns: Array, *, dtype: np.dtype, grid: Grid, images: Shape, into: Array | None = None) -> Array:
    """The adjoint of ``_columns``: what the columns hold, added up in images of shape ``images``."""
    shape = (*images[-3:], prod(images[:-3]))
    parts = columns.reshape(images[-3], prod(grid.size), *grid.places(images), shape[-1])
    result = np.empty(images, dtype) if into is None else into
    _batch_last(result)[...] = Windows(grid, 1).add_back(np.moveaxis(parts, 1, 0), shape, dtype)
    return result


def _grid(weight: Array, stride: Shape, padding: Shape | str, dilation: Shape) -> Grid:
    return layer_shapes.convolution_grid(weight.shape, stride, padding, dilation)


def _filters(weight: Array, groups: int) -> Array:
    """The filters as rows: shape (groups, filters of a group, entries of a window)."""
    return weight.reshape(groups, weight.shape[0] // groups, prod(weight.shape[1:]))


def _upstream(g: Array, groups: int) -> Array:
    """The upstream gradient as a matrix: shape (groups, filters of a group, places × batch)."""
    result: Array = _batch_last(g).reshape(groups, g.shape[-3] // groups, prod(g.shape[-2:]) * prod(g.shape[:-3]))
    return result


def _conv2d(
    x: Array, weight: Array, bias: Array | None, *, stride: Shape, padding: Shape | str, dilation: Shape, groups: int
) -> Array:
    shape = layer_shapes.convolved(
        x.shape, weight.shape, None, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    columns = _columns(x, dtype=x.dtype, grid=_grid(weight, stride, padding, dilation), groups=groups)
    sums = product(_filters(weight, groups), columns)
    if bias is not None:
        sums = sums + bias.reshape(groups, -1, 1)
    result: Array = sums.reshape(*shape[-3:], prod(shape[:-3])).transpose(3, 0, 1, 2)
    return result if result.shape == shape else result.reshape(shape)


def _vjp_x(
    g: Array, out: Array, x: Array, weight: Array, bias: Array | None, *,
    stride: Shape, padding: Shape | str, dilation: Shape, groups: int,
) -> Array:  # fmt: skip
    columns = product(np.swapaxes(_filters(weight, groups), -1, -2), _upstream(g, groups))
    grid = _grid(weight, stride, padding, dilation)
    result: Array = _from_columns(columns, dtype=x.dtype, grid=grid, images=x.shape)
    return result


def _vjp_weight(
    g: Array, out: Array, x: Array, weight: Array, bias: Array | None, *,
    stride: Shape, padding: Shape | str, dilation: Shape, groups: int,
) -> Array:  # fmt: skip
    columns = _columns(x, dtype=x.dtype, grid=_grid(weight, stride, padding, dilation), groups=groups)
    result: Array = product(_upstream(g, groups), np.swapaxes(columns, -1, -2)).reshape(weight.shape)
    return result


def _vjp_bias(g: Array, out: Array, x: Array, weight: Array, bias: Array | None, **settings: object) -> Array:
    return total(_upstream(g, 1)[0], 1)


def _jvp(
    tangents: Sequence[Array], out: Array, x: Array, weight: Array, bias: Array | None, **settings: Unpack[_Settings]
) -> Array:
    along_x = _conv2d(tangents[0], weight, tangents[2], **settings)
    return along_x + _conv2d(x, tangents[1], None, **settings)


_SAME = (
    "[((d * (k - 1)) // 2, d * (k - 1) - (d * (k - 1)) // 2) for d, k in zip(($dilation * 2)[:2], $weight.shape[2:])]"
)
_PADS = (
    f"({_SAME} if $padding == 'same' else [(0, 0)] * 2 if $padding == 'valid' else "
    "[(p, p) for p in ($padding * 2)[:2]])"
)
_NUMPY_WINDOWS = (
    "np.lib.stride_tricks.sliding_window_view(np.pad($x, [(0, 0)] * ($x.ndim - 2) + "
    f"{_PADS}), tuple(d * (k - 1) + 1 for d, k in zip(($dilation * 2)[:2], "
    "$weight.shape[2:])), axis=(-2, -1))[..., ::$stride[0], ::$stride[-1], ::$dilation[0], ::$dilation[-1]]"
)
_LOCAL, _GRADIENT = formulas((
    ("$weight, turned by 180°", r"\operatorname{rot}_{180}($weight)",
     "$g ∗ $weight, turned by 180°", r"$g * \operatorname{rot}_{180}($weight)"),
    ("the windows of $x", r"\operatorname{windows}($x)",
     "Σ $g × the windows of $x", r"\sum $g \cdot \operatorname{windows}($x)"),
    ("1", "1", "Σ $g over batch, height and width", r"\sum $g"),
))  # fmt: skip
conv2d = registry.add(
    with_optional_inputs(Op(
        name="conv2d", symbol="∗", title="Convolution", category=Category.LAYER,
        inputs=(Input("x"), Input("weight"), Input("bias", optional=True)),
        forward=_conv2d,
        vjps=(_vjp_x, _vjp_weight, _vjp_bias),
        jvp=_jvp,
        shape=layer_shapes.convolved,
        formula=Formula("$x ∗ $weight⟦ + $bias⟧", "$x * $weight⟦ + $bias⟧"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling(
            "torch.nn.functional.conv2d($x, $weight, $bias, stride=$stride, padding=$padding, dilation=$dilation, "
            "groups=$groups)",
            "jax.lax.conv_general_dilated($x, $weight, ($stride * 2)[:2], " + _PADS + ", "
            "rhs_dilation=($dilation * 2)[:2], feature_group_count=$groups)⟦ + $bias[:, None, None]⟧",
            "np.concatenate([np.einsum('...cijhw,ochw->...oij', part, w) for part, w in "
            f"zip(np.split({_NUMPY_WINDOWS}, "
            "$groups, axis=-5), np.split($weight, $groups))], axis=-3)⟦ + $bias[:, None, None]⟧",
        ),
        samples=(
            sample(ramp(1, 3, 3), ramp(1, 1, 2, 2), ramp(1)),
            sample(ramp(2, 2, 4, 3), ramp(3, 2, 2, 2), ramp(3)),
            sample(ramp(1, 4, 6, 5), ramp(4, 2, 2, 3), ramp(4),
                   stride=(2, 1), padding=(1, 2), dilation=(2, 1), groups=2),
            sample(ramp(2, 2, 4, 3), ramp(3, 2, 2, 2), None),
            sample(ramp(1, 4, 3), ramp(2, 1, 2, 3), ramp(2), padding="same", dilation=(1, 2)),
            sample(ramp(1, 4, 3), ramp(2, 1, 2, 3), None, padding="valid"),
        ),
        sentence="Slides filters over images; each result is the sum of a window times a filter, plus a bias.",
        source="PyTorch: torch.nn.functional.conv2d; Goodfellow, Bengio and Courville, Deep Learning (2016), "
        "sections 9.1 and 9.5",
        settings=(
            Setting("stride", "shape", (1,), "Steps between windows: one size, or (down, across).", minimum=1),
            Setting("padding", "shape", (0,), "Zeros on each side: one size, or (top, left); 'same' keeps the size.",
                    minimum=0, choices=("same", "valid")),
            Setting("dilation", "shape", (1,), "Steps between the entries of a window.", minimum=1),
            Setting("groups", "int", 1, "Groups of channels that are convolved apart.", minimum=1),
        ),
        synonyms=("cnn", "filter", "kernel", "image"),
    ))
)  # fmt: skip
