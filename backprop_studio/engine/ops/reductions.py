"""Reductions: many entries become one, along all axes or some."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from backprop_studio.engine import shapes
from backprop_studio.engine.op import Array, Category, Formula, Input, Op, Setting, Spelling, registry
from backprop_studio.engine.ops.declare import formulas, sample
from backprop_studio.engine.ops.stable import total
from backprop_studio.engine.shapes import Axis

_MATRIX = [[1.0, -2.0, 0.5], [3.0, 0.25, -1.5]]
SAMPLES = (
    sample(0.7),
    sample(_MATRIX),
    sample(_MATRIX, axis=0),
    sample(_MATRIX, axis=-1, keepdims=True),
    sample([_MATRIX, [[0.5, 1.0, 2.0], [-0.5, 0.75, 1.5]]], axis=(0, 2)),
)
SETTINGS = (
    Setting("axis", "axis", None, "The axis or axes that vanish; None for all.", aliases=("dim",)),
    Setting("keepdims", "bool", False, "Keep the vanished axes with size 1.", aliases=("keepdim",)),
)


def kept(array: Array, x: Array, axis: Axis) -> Array:
    """``array``, a reduction of ``x``, with the reduced axes put back with size 1."""
    return array.reshape(shapes.kept(x.shape, shapes.normal_axes(axis, x.shape)))


def _sum(x: Array, *, axis: Axis, keepdims: bool) -> Array:
    return total(x, shapes.normal_axes(axis, x.shape), keepdims=keepdims)


def _sum_vjp(g: Array, out: Array, x: Array, *, axis: Axis, keepdims: bool) -> Array:
    return np.broadcast_to(kept(g, x, axis), x.shape)


def _count(x: Array, axis: Axis) -> int:
    return prod(x.shape[position] for position in shapes.normal_axes(axis, x.shape))


def _mean(x: Array, *, axis: Axis, keepdims: bool) -> Array:
    return np.true_divide(_sum(x, axis=axis, keepdims=keepdims), _count(x, axis))


def _mean_vjp(g: Array, out: Array, x: Array, *, axis: Axis, keepdims: bool) -> Array:
    return np.broadcast_to(kept(np.true_divide(g, _count(x, axis)), x, axis), x.shape)


def _logsumexp(x: Array, *, axis: Axis, keepdims: bool) -> Array:
    axes = shapes.normal_axes(axis, x.shape)
    top = np.maximum.reduce(x, axis=axes, keepdims=True, initial=-np.inf)
    top = np.where(np.isinf(top), 0.0, top)
    result: Array = np.log(total(np.exp(x - top), axes, keepdims=True)) + top
    return result if keepdims else total(result, axes)


def _shares(out: Array, x: Array, axis: Axis) -> Array:
    """The softmax of ``x`` along the reduced axes."""
    result: Array = np.exp(x - kept(out, x, axis))
    return result


def _logsumexp_vjp(g: Array, out: Array, x: Array, *, axis: Axis, keepdims: bool) -> Array:
    result: Array = kept(g, x, axis) * _shares(out, x, axis)
    return result


def _logsumexp_jvp(tangents: Sequence[Array], out: Array, x: Array, *, axis: Axis, keepdims: bool) -> Array:
    return _sum(tangents[0] * _shares(out, x, axis), axis=axis, keepdims=keepdims)


_LOCAL, _GRADIENT = formulas((("1", "1", "$g × 1", r"$g \cdot 1"),))
sum_ = registry.add(
    Op(
        name="sum", symbol="Σ", title="Sum", category=Category.REDUCTION, inputs=(Input("x"),),
        forward=_sum,
        vjps=(_sum_vjp,),
        jvp=lambda tangents, out, x, axis, keepdims: _sum(tangents[0], axis=axis, keepdims=keepdims),
        shape=shapes.reduction,
        formula=Formula("Σ $x", r"\sum $x"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling(
            "torch.sum($x, dim=$axis, keepdim=$keepdims)",
            "jnp.sum($x, axis=$axis, keepdims=$keepdims)",
            "np.sum($x, axis=$axis, keepdims=$keepdims)",
        ),
        samples=SAMPLES,
        sentence="Adds up the entries; each of them receives the upstream gradient unchanged.",
        source="PyTorch: torch.sum; Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.5.6",
        settings=SETTINGS,
        synonyms=("total", "add up", "sigma"),
    )
)  # fmt: skip

_LOCAL, _GRADIENT = formulas((("1 / n", r"\frac{1}{n}", "$g / n", r"\frac{$g}{n}"),))
mean = registry.add(
    Op(
        name="mean", symbol="mean", title="Mean", category=Category.REDUCTION, inputs=(Input("x"),),
        forward=_mean,
        vjps=(_mean_vjp,),
        jvp=lambda tangents, out, x, axis, keepdims: _mean(tangents[0], axis=axis, keepdims=keepdims),
        shape=shapes.reduction,
        formula=Formula("mean($x)", r"\frac{1}{n} \sum $x"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling(
            "torch.mean($x, dim=$axis, keepdim=$keepdims)",
            "jnp.mean($x, axis=$axis, keepdims=$keepdims)",
            "np.mean($x, axis=$axis, keepdims=$keepdims)",
        ),
        samples=SAMPLES,
        sentence="Averages n entries; each of them receives 1 / n of the upstream gradient.",
        source="PyTorch: torch.mean; Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.5.6",
        settings=SETTINGS,
        synonyms=("average", "expectation"),
    )
)  # fmt: skip

_LOCAL, _GRADIENT = formulas((("exp($x − $out)", "e^{$x - $out}", "$g × exp($x − $out)", r"$g \cdot e^{$x - $out}"),))
logsumexp = registry.add(
    Op(
        name="logsumexp", symbol="ln Σ exp", title="Log-sum-exp", category=Category.REDUCTION, inputs=(Input("x"),),
        forward=_logsumexp,
        vjps=(_logsumexp_vjp,),
        jvp=_logsumexp_jvp,
        shape=shapes.reduction,
        formula=Formula("ln Σ exp($x)", r"\ln \sum e^{$x}"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling(
            "torch.logsumexp($x, dim=tuple(range($x.ndim)) if $axis is None else $axis, keepdim=$keepdims)",
            "jax.nn.logsumexp($x, axis=$axis, keepdims=$keepdims)",
            "np.logaddexp.reduce($x, axis=$axis, keepdims=$keepdims)",
        ),
        samples=SAMPLES,
        sentence="A smooth maximum: the logarithm of the sum of exponentials, computed without overflow.",
        source="PyTorch: torch.logsumexp; Goodfellow, Bengio and Courville, Deep Learning (2016), section 4.1",
        settings=SETTINGS,
        synonyms=("lse", "smooth maximum", "softmax"),
    )
)  # fmt: skip
