"""Pooling of images: the largest entry or the mean of each window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backprop_studio.engine import layer_shapes
from backprop_studio.engine.layer_shapes import pair
from backprop_studio.engine.op import Array, Category, Formula, Input, Op, Setting, Shape, Spelling, registry
from backprop_studio.engine.ops.declare import formulas, ramp, sample
from backprop_studio.engine.ops.stable import total
from backprop_studio.engine.ops.windows import Windows


def _windows(kernel_size: Shape, stride: Shape | None, padding: Shape) -> Windows:
    size = pair(kernel_size, "kernel_size")
    return Windows(size, size if stride is None else pair(stride, "stride"), pair(padding, "padding"))


def _largest(views: Array) -> Array:
    """The largest entry of each window. Place by place, this is six times as fast as a reduction over small windows."""
    result: Array = views[..., 0, 0].copy()
    for row, column in np.ndindex(views.shape[-2:]):
        np.maximum(result, views[..., row, column], out=result)
    return result


def _chosen(x: Array, kernel_size: Shape, stride: Shape | None, padding: Shape) -> Array:
    """1 at the first largest entry of each window, else 0: shape (..., down, across, height, width)."""
    views = _windows(kernel_size, stride, padding).of(x, -np.inf)
    largest, found = _largest(views), np.empty(views.shape, x.dtype)
    waiting = np.ones(largest.shape, dtype=bool)
    for row, column in np.ndindex(views.shape[-2:]):
        here = (views[..., row, column] == largest) & waiting
        waiting ^= here
        found[..., row, column] = here
    if not waiting.any():
        return found
    rows = views.reshape(*views.shape[:-2], -1)  # NaN equals nothing; it counts as the largest
    one_hot = np.zeros_like(rows)
    np.put_along_axis(one_hot, np.expand_dims(np.argmax(rows, axis=-1), -1), 1.0, -1)
    return one_hot.reshape(views.shape)


def _max_pool(x: Array, *, kernel_size: Shape, stride: Shape | None, padding: Shape) -> Array:
    return _largest(_windows(kernel_size, stride, padding).of(x, -np.inf))


def _max_vjp(g: Array, out: Array, x: Array, *, kernel_size: Shape, stride: Shape | None, padding: Shape) -> Array:
    parts = g[..., np.newaxis, np.newaxis] * _chosen(x, kernel_size, stride, padding)
    return _windows(kernel_size, stride, padding).add_back(parts, x.shape)


def _max_jvp(
    tangents: Sequence[Array], out: Array, x: Array, *, kernel_size: Shape, stride: Shape | None, padding: Shape
) -> Array:
    moved = _windows(kernel_size, stride, padding).of(tangents[0])
    return total(moved * _chosen(x, kernel_size, stride, padding), (-2, -1))


def _count(x: Array, windows: Windows, count_include_pad: bool) -> Array | int:
    """By what the sum of each window is divided."""
    if count_include_pad:
        return windows.size[0] * windows.size[1]
    return total(windows.of(np.ones(x.shape[-2:], x.dtype)), (-2, -1))


def _avg_pool(x: Array, *, kernel_size: Shape, stride: Shape | None, padding: Shape, count_include_pad: bool) -> Array:
    windows = _windows(kernel_size, stride, padding)
    result: Array = total(windows.of(x), (-2, -1)) / _count(x, windows, count_include_pad)
    return result


def _avg_vjp(
    g: Array, out: Array, x: Array, *, kernel_size: Shape, stride: Shape | None, padding: Shape, count_include_pad: bool
) -> Array:
    windows = _windows(kernel_size, stride, padding)
    share = (g / _count(x, windows, count_include_pad))[..., np.newaxis, np.newaxis]
    return windows.add_back(np.broadcast_to(share, (*g.shape, *windows.size)), x.shape)


_SETTINGS = (
    Setting("kernel_size", "shape", (2,), "Size of a window: one size, or (height, width).", minimum=1),
    Setting("stride", "shape", None, "Steps between windows; None for the size of a window.", minimum=1),
    Setting("padding", "shape", (0,), "Places added on each side: one size, or (top, left).", minimum=0),
)
_SAMPLES = (
    sample(ramp(1, 2, 2)),
    sample(ramp(2, 2, 4, 5)),
    sample(ramp(2, 5, 4), kernel_size=(3, 2), stride=(2, 1), padding=(1, 1)),
)
_NUMPY = (
    "np.lib.stride_tricks.sliding_window_view(np.pad($x, [(0, 0)] * ($x.ndim - 2) + "
    "[(p, p) for p in ($padding * 2)[:2]], constant_values={fill}), ($kernel_size * 2)[:2], axis=(-2, -1))"
    "[..., ::($stride or $kernel_size)[0], ::($stride or $kernel_size)[-1], :, :].{reduce}(axis=(-2, -1))"
)
_JAX = (
    "jax.lax.reduce_window($x, {start}, jax.lax.{reduce}, (1,) * ($x.ndim - 2) + ($kernel_size * 2)[:2], "
    "(1,) * ($x.ndim - 2) + (($stride or $kernel_size) * 2)[:2], "
    "((0, 0),) * ($x.ndim - 2) + tuple((p, p) for p in ($padding * 2)[:2])){divided}"
)

_LOCAL, _GRADIENT = formulas((
    ("1 at the largest of its window, else 0", r"[$x = \max]",
     "Σ $g of the windows in which $x is the largest", r"\sum $g \cdot [$x = \max]"),
))  # fmt: skip
max_pool2d = registry.add(
    Op(
        name="max_pool2d", symbol="max ▦", title="Max pooling", category=Category.LAYER, inputs=(Input("x"),),
        forward=_max_pool,
        vjps=(_max_vjp,),
        jvp=_max_jvp,
        shape=layer_shapes.pooled,
        formula=Formula("max of each window of $x", r"\max_{\text{window}} $x"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling(
            "torch.nn.functional.max_pool2d($x, $kernel_size, stride=$stride, padding=$padding)",
            _JAX.format(start="-jnp.inf", reduce="max", divided=""),
            _NUMPY.format(fill="-np.inf", reduce="max"),
        ),
        samples=_SAMPLES,
        sentence="Keeps the largest entry of each window; it alone receives the window's gradient.",
        source="PyTorch: torch.nn.functional.max_pool2d; Goodfellow, Bengio and Courville, Deep Learning (2016), "
        "section 9.3",
        settings=_SETTINGS,
        synonyms=("cnn", "downsample", "image"),
    )
)  # fmt: skip

_LOCAL, _GRADIENT = formulas((("1 / n", r"\frac{1}{n}", "Σ $g / n over its windows", r"\sum \frac{$g}{n}"),))
avg_pool2d = registry.add(
    Op(
        name="avg_pool2d", symbol="mean ▦", title="Average pooling", category=Category.LAYER, inputs=(Input("x"),),
        forward=_avg_pool,
        vjps=(_avg_vjp,),
        jvp=lambda tangents, out, x, **settings: _avg_pool(tangents[0], **settings),
        shape=layer_shapes.pooled,
        formula=Formula("mean of each window of $x", r"\operatorname{mean}_{\text{window}} $x"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling(
            "torch.nn.functional.avg_pool2d($x, $kernel_size, stride=$stride, padding=$padding, "
            "count_include_pad=$count_include_pad)",
            _JAX.format(start="0.0", reduce="add", divided=" / ($kernel_size[0] * $kernel_size[-1])"),
            _NUMPY.format(fill="0", reduce="mean"),
        ),
        samples=_SAMPLES,
        sentence="Averages the entries of each window; they share the window's gradient evenly.",
        source="PyTorch: torch.nn.functional.avg_pool2d; Goodfellow, Bengio and Courville, Deep Learning (2016), "
        "section 9.3",
        settings=(
            *_SETTINGS, Setting("count_include_pad", "bool", True, "Count the padding as zeros in the mean."),
        ),
        synonyms=("cnn", "downsample", "image", "mean"),
    )
)  # fmt: skip
