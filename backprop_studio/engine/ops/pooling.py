"""Pooling of images: the largest entry or the mean of each window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import TypedDict, Unpack

import numpy as np

from backprop_studio.engine import layer_shapes
from backprop_studio.engine.layer_shapes import Grid
from backprop_studio.engine.one_call import one_call
from backprop_studio.engine.op import Array, Category, Formula, Input, Op, Setting, Shape, Spelling, registry
from backprop_studio.engine.ops.declare import formulas, ramp, sample
from backprop_studio.engine.ops.windows import Windows


class _Settings(TypedDict):
    kernel_size: Shape
    stride: Shape | None
    padding: Shape
    ceil_mode: bool


class _Dilated(_Settings):
    dilation: Shape


class _Counted(_Settings):
    count_include_pad: bool
    divisor_override: int | None


def _windows(
    x: Array, *, kernel_size: Shape, stride: Shape | None, padding: Shape, ceil_mode: bool, dilation: Shape = (1,)
) -> Windows:
    return Windows(layer_shapes.pooling_grid(x.shape, kernel_size, stride, padding, dilation, ceil_mode))


def _pooled_shape(*arrays: Array, grid: Grid) -> Shape:
    return (*arrays[0].shape[:-2], *grid.places(arrays[0].shape))


@one_call(_pooled_shape)
def _largest(x: Array, *, dtype: np.dtype, grid: Grid, into: Array | None = None) -> Array:
    """The largest entry of each window. Place by place, this is six times as fast as a reduction over small windows."""
    views = Windows(grid).of(x, -np.inf)
    result = np.empty(views[0].shape, dtype) if into is None else into
    np.copyto(result, views[0])
    for view in views[1:]:
        np.maximum(result, view, out=result)
    return result


@one_call(lambda g, largest, x, grid: x.shape)
def _to_largest(g: Array, largest: Array, x: Array, *, dtype: np.dtype, grid: Grid, into: Array | None = None) -> Array:
    """The gradient of each window, given to the first of its entries that is the largest, or to its last NaN."""
    windows = Windows(grid)
    whole = windows.zeros(x.shape, dtype, into)
    for target, chosen in zip(windows.views(whole, x.shape), _chosen(windows.of(x, -np.inf), largest), strict=True):
        if windows.are_disjoint():
            np.multiply(g, chosen, out=target)
        else:
            np.add(target, g * chosen, out=target)
    return whole if whole is into else windows.cropped(whole, x.shape)


def _chosen(views: Sequence[Array], largest: Array) -> list[Array]:
    """For each place in the window, in which windows it is the first to hold the largest entry, or the last NaN."""
    waiting = np.ones(largest.shape, dtype=bool)
    chosen = [_taken(waiting, view == largest) for view in views]
    if waiting.any():  # NaN equals nothing; it counts as larger than all before it
        for found, view in zip(reversed(chosen), reversed(views), strict=True):
            found |= _taken(waiting, np.isnan(view))
    return chosen


def _taken(waiting: Array, here: Array) -> Array:
    """Those of the windows still waiting that are ``here``; they wait no more."""
    here &= waiting
    waiting ^= here
    return here


def _max_pool(x: Array, **settings: Unpack[_Dilated]) -> Array:
    result: Array = _largest(x, dtype=x.dtype, grid=_windows(x, **settings).grid)
    return result


def _max_vjp(g: Array, out: Array, x: Array, **settings: Unpack[_Dilated]) -> Array:
    result: Array = _to_largest(g, out, x, dtype=x.dtype, grid=_windows(x, **settings).grid)
    return result


def _max_jvp(tangents: Sequence[Array], out: Array, x: Array, **settings: Unpack[_Dilated]) -> Array:
    windows = _windows(x, **settings)
    pairs = zip(windows.of(tangents[0]), _chosen(windows.of(x, -np.inf), out), strict=True)
    return _sum([moved * chosen for moved, chosen in pairs])


def _sum(parts: Sequence[Array]) -> Array:
    return sum(parts[1:], start=parts[0])


def _averaging(x: Array, settings: _Counted) -> tuple[Windows, Array | int]:
    """The windows, and by what the sum of each is divided."""
    windows = _windows(
        x,
        kernel_size=settings["kernel_size"],
        stride=settings["stride"],
        padding=settings["padding"],
        ceil_mode=settings["ceil_mode"],
    )
    grid = windows.grid
    if settings["divisor_override"] is not None:
        return windows, settings["divisor_override"]
    if settings["count_include_pad"] and not settings["ceil_mode"]:
        return windows, grid.size[0] * grid.size[1]
    height, width = x.shape[-2], x.shape[-1]
    if settings["count_include_pad"]:  # what lies beyond the padding does not count
        top, left = grid.before
        ones = np.ones((height + 2 * top, width + 2 * left), x.dtype)
        beyond = grid.after[0] - top, grid.after[1] - left
        return windows, _sum(Windows(replace(grid, before=(0, 0), after=beyond)).of(ones))
    return windows, _sum(windows.of(np.ones((height, width), x.dtype)))


def _avg_pool(x: Array, **settings: Unpack[_Counted]) -> Array:
    windows, count = _averaging(x, settings)
    result: Array = _sum(windows.of(x)) / count
    return result


def _avg_vjp(g: Array, out: Array, x: Array, **settings: Unpack[_Counted]) -> Array:
    windows, count = _averaging(x, settings)
    return windows.add_back([g / count] * prod(windows.grid.size), x.shape, x.dtype)


_SETTINGS = (
    Setting("kernel_size", "shape", (2,), "Size of a window: one size, or (height, width).", minimum=1),
    Setting("stride", "shape", None, "Steps between windows; None for the size of a window.", minimum=1),
    Setting("padding", "shape", (0,), "Places added on each side: one size, or (top, left).", minimum=0),
    Setting("ceil_mode", "bool", False, "Take windows that reach beyond the padding as well."),
)
_SAMPLES = (
    sample(ramp(1, 2, 2)),
    sample(ramp(2, 2, 4, 5)),
    sample(ramp(2, 5, 4), kernel_size=(3, 2), stride=(2, 1), padding=(1, 1)),
    sample(ramp(1, 4, 5), kernel_size=(2,), stride=(3, 2), padding=(1, 0), ceil_mode=True),
)
_NUMPY = (
    "np.lib.stride_tricks.sliding_window_view(np.pad($x, [(0, 0)] * ($x.ndim - 2) + "
    "[(p, p) for p in ($padding * 2)[:2]], constant_values={fill}), {reach}, axis=(-2, -1))"
    "[..., ::($stride or $kernel_size)[0], ::($stride or $kernel_size)[-1], {steps}].{reduce}(axis=(-2, -1))"
)
_REACH = "tuple(d * (k - 1) + 1 for d, k in zip(($dilation * 2)[:2], ($kernel_size * 2)[:2]))"
_DIVISOR = "($divisor_override or $kernel_size[0] * $kernel_size[-1])"
_JAX_DILATION = ", window_dilation=(1,) * ($x.ndim - 2) + ($dilation * 2)[:2]"
_JAX = (
    "jax.lax.reduce_window($x, {start}, jax.lax.{reduce}, (1,) * ($x.ndim - 2) + ($kernel_size * 2)[:2], "
    "(1,) * ($x.ndim - 2) + (($stride or $kernel_size) * 2)[:2], "
    "((0, 0),) * ($x.ndim - 2) + tuple((p, p) for p in ($padding * 2)[:2]){dilated}){divided}"
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
            "torch.nn.functional.max_pool2d($x, $kernel_size, stride=$stride, padding=$padding, dilation=$dilation, "
            "ceil_mode=$ceil_mode)",
            _JAX.format(start="-jnp.inf", reduce="max", divided="", dilated=_JAX_DILATION),
            _NUMPY.format(fill="-np.inf", reduce="max", reach=_REACH, steps="::$dilation[0], ::$dilation[-1]"),
            ("ceil_mode",),
        ),
        samples=(*_SAMPLES, sample(ramp(1, 5, 5), kernel_size=(2,), stride=(1,), dilation=(2, 3))),
        sentence="Keeps the largest entry of each window; it alone receives the window's gradient.",
        source="PyTorch: torch.nn.functional.max_pool2d; Goodfellow, Bengio and Courville, Deep Learning (2016), "
        "section 9.3",
        settings=(
            *_SETTINGS, Setting("dilation", "shape", (1,), "Steps between the entries of a window.", minimum=1),
        ),
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
            "ceil_mode=$ceil_mode, count_include_pad=$count_include_pad, divisor_override=$divisor_override)",
            _JAX.format(start="0.0", reduce="add", divided=f" / {_DIVISOR}", dilated=""),
            _NUMPY.format(fill="0", reduce="sum", reach="($kernel_size * 2)[:2]", steps=":, :") + f" / {_DIVISOR}",
            ("ceil_mode", "count_include_pad"),
        ),
        samples=(
            *_SAMPLES, sample(ramp(1, 4, 4), divisor_override=3),
            sample(ramp(1, 4, 5), kernel_size=(2,), stride=(3, 2), padding=(1, 0), ceil_mode=True,
                   count_include_pad=False),
        ),
        sentence="Averages the entries of each window; they share the window's gradient evenly.",
        source="PyTorch: torch.nn.functional.avg_pool2d; Goodfellow, Bengio and Courville, Deep Learning (2016), "
        "section 9.3",
        settings=(
            *_SETTINGS,
            Setting("count_include_pad", "bool", True, "Count the padding as zeros in the mean."),
            Setting("divisor_override", "int", None, "What sums are divided by; None for the size of the window.",
                    minimum=1),
        ),
        synonyms=("cnn", "downsample", "image", "mean"),
    )
)  # fmt: skip
