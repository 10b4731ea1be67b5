"""The largest and the smallest entry along axes.

Along one axis given as a whole number the first of equal entries takes the gradient, as in ``torch.max(dim=)``;
over all axes or a tuple of axes equal entries share it evenly, as in ``torch.amax``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from backprop_studio.engine import shapes
from backprop_studio.engine.errors import ShapeError
from backprop_studio.engine.op import JVP, VJP, Array, Category, Formula, Input, Op, Shape, Spelling, registry
from backprop_studio.engine.ops.declare import formulas, times
from backprop_studio.engine.ops.reductions import SAMPLES, SETTINGS, kept
from backprop_studio.engine.ops.stable import total
from backprop_studio.engine.shapes import Axis


def _shape(shape: Shape, *, axis: Axis, keepdims: bool) -> Shape:
    result = shapes.reduction(shape, axis=axis, keepdims=keepdims)
    for position in shapes.normal_axes(axis, shape):
        if shape[position] == 0:
            raise ShapeError(f"axis {position} of shape {shape} has no entries, hence no largest or smallest one.")
    return result


def _weights(out: Array, x: Array, axis: Axis, first: Callable[..., Array]) -> Array:
    """The share of each entry in the gradient; the shares along the reduced axes sum to 1."""
    axes = shapes.normal_axes(axis, x.shape)
    if isinstance(axis, int) and axes:
        one_hot = np.zeros_like(x)
        np.put_along_axis(one_hot, np.expand_dims(first(x, axis=axes[0]), axes[0]), 1.0, axes[0])
        return one_hot
    equal = np.where(x == kept(out, x, axis), np.ones_like(x), np.zeros_like(x))
    result: Array = equal / total(equal, axes, keepdims=True)
    return result


def _vjp(first: Callable[..., Array]) -> VJP:
    def vjp(g: Array, out: Array, x: Array, *, axis: Axis, keepdims: bool) -> Array:
        result: Array = kept(g, x, axis) * _weights(out, x, axis, first)
        return result

    return vjp


def _jvp(first: Callable[..., Array]) -> JVP:
    def jvp(tangents: Sequence[Array], out: Array, x: Array, *, axis: Axis, keepdims: bool) -> Array:
        weighted = tangents[0] * _weights(out, x, axis, first)
        return total(weighted, shapes.normal_axes(axis, x.shape), keepdims=keepdims)

    return jvp


def _extreme(
    name: str, title: str, ufunc: np.ufunc, first: Callable[..., Array], sentence: str, synonyms: tuple[str, ...]
) -> Op:
    local, gradient = formulas(
        (times(f"(1 where $x is the {name}, else 0)", rf"[$x = \{name}]"),)
    )  # fmt: skip

    def forward(x: Array, *, axis: Axis, keepdims: bool) -> Array:
        result: Array = ufunc.reduce(x, axis=shapes.normal_axes(axis, x.shape), keepdims=keepdims)
        return result

    return registry.add(
        Op(
            name=name, symbol=f"{name} ↓", title=title, category=Category.REDUCTION, inputs=(Input("x"),),
            forward=forward, vjps=(_vjp(first),), jvp=_jvp(first), shape=_shape,
            formula=Formula(f"{name} of $x", rf"\{name} $x"), local=local, gradient=gradient,
            spelling=Spelling(
                f"torch.{name}($x, dim=$axis, keepdim=$keepdims).values if isinstance($axis, int) "
                f"else torch.a{name}($x, dim=$axis or (), keepdim=$keepdims)",
                f"jnp.{name}($x, axis=$axis, keepdims=$keepdims)",
                f"np.{name}($x, axis=$axis, keepdims=$keepdims)",
            ),
            samples=SAMPLES, sentence=sentence, source=f"PyTorch: torch.{name} and torch.a{name}",
            settings=SETTINGS, synonyms=synonyms,
        )
    )  # fmt: skip


max_ = _extreme(
    "max", "Largest entry", np.maximum, np.argmax,
    "Picks the largest entry, which alone receives the gradient.", ("maximum", "amax", "pool", "top"),
)  # fmt: skip
min_ = _extreme(
    "min", "Smallest entry", np.minimum, np.argmin,
    "Picks the smallest entry, which alone receives the gradient.", ("minimum", "amin", "bottom"),
)  # fmt: skip
