"""Convolution of images: windows gathered into rows, then one matrix product a group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backprop_studio.engine import layer_shapes
from backprop_studio.engine.op import Array, Category, Formula, Input, Op, Setting, Shape, Spelling, registry
from backprop_studio.engine.ops.declare import formulas, ramp, sample
from backprop_studio.engine.ops.optional import with_optional_inputs
from backprop_studio.engine.ops.stable import product, total
from backprop_studio.engine.ops.windows import Windows


def _windows(weight: Array, stride: Shape, padding: Shape | str, dilation: Shape) -> Windows:
    return Windows(layer_shapes.convolution_grid(weight.shape, stride, padding, dilation))


def _rows(x: Array, windows: Windows, groups: int) -> Array:
    """The windows of ``x`` as rows: shape (batch, groups, places, entries of a window)."""
    views = windows.of(x.reshape(-1, groups, x.shape[-3] // groups, *x.shape[-2:]))
    batch, groups, channels, down, across, high, wide = views.shape
    return np.moveaxis(views, 2, 4).reshape(batch, groups, down * across, channels * high * wide)


def _filters(weight: Array, groups: int) -> Array:
    """The filters as rows: shape (groups, filters of a group, entries of a window)."""
    return weight.reshape(groups, weight.shape[0] // groups, -1)


def _upstream(g: Array, groups: int) -> Array:
    """The upstream gradient as rows: shape (batch, groups, places, filters of a group)."""
    parts = g.reshape(-1, groups, g.shape[-3] // groups, g.shape[-2] * g.shape[-1])
    return np.swapaxes(parts, -1, -2)


def _conv2d(
    x: Array, weight: Array, bias: Array | None, *, stride: Shape, padding: Shape | str, dilation: Shape, groups: int
) -> Array:
    shape = layer_shapes.convolved(
        x.shape, weight.shape, None, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    rows = _rows(x, _windows(weight, stride, padding, dilation), groups)
    sums = product(rows, np.swapaxes(_filters(weight, groups), -1, -2))
    result: Array = np.swapaxes(sums, -1, -2).reshape(shape)
    return result if bias is None else result + bias[:, np.newaxis, np.newaxis]


def _vjp_x(
    g: Array, out: Array, x: Array, weight: Array, bias: Array | None, *,
    stride: Shape, padding: Shape | str, dilation: Shape, groups: int,
) -> Array:  # fmt: skip
    rows = product(_upstream(g, groups), _filters(weight, groups))
    parts = rows.reshape(*rows.shape[:2], *g.shape[-2:], weight.shape[1], *weight.shape[2:])
    grouped = (rows.shape[0], groups, weight.shape[1], *x.shape[-2:])
    windows = _windows(weight, stride, padding, dilation)
    return windows.add_back(np.moveaxis(parts, 4, 2), grouped).reshape(x.shape)


def _vjp_weight(
    g: Array, out: Array, x: Array, weight: Array, bias: Array | None, *,
    stride: Shape, padding: Shape | str, dilation: Shape, groups: int,
) -> Array:  # fmt: skip
    rows = _rows(x, _windows(weight, stride, padding, dilation), groups)
    each = product(np.swapaxes(_upstream(g, groups), -1, -2), rows)
    return total(each, 0).reshape(weight.shape)


def _vjp_bias(g: Array, out: Array, x: Array, weight: Array, bias: Array | None, **settings: object) -> Array:
    return total(g.reshape(-1, weight.shape[0], g.shape[-2] * g.shape[-1]), (0, 2))


def _jvp(
    tangents: Sequence[Array], out: Array, x: Array, weight: Array, bias: Array | None, **settings: object
) -> Array:
    along_x = _conv2d(tangents[0], weight, tangents[2], **settings)  # type: ignore[arg-type]
    return along_x + _conv2d(x, tangents[1], None, **settings)  # type: ignore[arg-type]


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
