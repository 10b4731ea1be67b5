"""Linear algebra and changes of shape."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backprop_studio.engine import shapes
from backprop_studio.engine.op import Array, Category, Formula, Input, Op, Setting, Spelling, registry
from backprop_studio.engine.ops.declare import formulas, sample
from backprop_studio.engine.ops.stable import column, product

_MATRIX = [[1.0, -2.0, 0.5], [3.0, 0.25, -1.5]]


def _matmul_vjp_x(g: Array, out: Array, x: Array, y: Array) -> Array:
    if y.ndim == 1:
        result: Array = column(g) * y
        return result
    if x.ndim == 1:
        return product(y, column(g)).reshape(y.shape[:-1])
    return product(g, np.swapaxes(y, -1, -2))


def _matmul_vjp_y(g: Array, out: Array, x: Array, y: Array) -> Array:
    if x.ndim == 1:
        result: Array = g * x if y.ndim == 1 else column(x) * np.expand_dims(g, -2)
        return result
    if y.ndim == 1:
        return product(np.swapaxes(x, -1, -2), column(g)).reshape((*x.shape[:-2], x.shape[-1]))
    return product(np.swapaxes(x, -1, -2), g)


def _matmul_jvp(tangents: Sequence[Array], out: Array, x: Array, y: Array) -> Array:
    return product(tangents[0], y) + product(x, tangents[1])


_LOCAL, _GRADIENT = formulas((
    ("$yᵀ", r"{$y}^{\top}", "$g @ $yᵀ", r"$g \, {$y}^{\top}"),
    ("$xᵀ", r"{$x}^{\top}", "$xᵀ @ $g", r"{$x}^{\top} $g"),
))  # fmt: skip
matmul = registry.add(
    Op(
        name="matmul", symbol="@", title="Matrix product", category=Category.LINEAR_ALGEBRA,
        inputs=(Input("x"), Input("y")),
        forward=np.matmul,
        vjps=(_matmul_vjp_x, _matmul_vjp_y),
        jvp=_matmul_jvp,
        shape=shapes.matmul,
        formula=Formula("$x @ $y", r"$x \, $y"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling("$x @ $y", "$x @ $y", "$x @ $y"),
        samples=(
            sample(_MATRIX, [[0.5, -1.0], [2.0, 1.5], [-0.25, 3.0]]),
            sample([1.0, 2.0, -1.0], [0.5, -1.5, 2.0]),
            sample(_MATRIX, [0.5, -1.5, 2.0]),
            sample([1.0, -2.0], _MATRIX),
            sample([_MATRIX, [[0.5, 1.0, 2.0], [-0.5, 0.75, 1.5]]], [[0.5], [2.0], [-0.25]]),
        ),
        sentence="Multiplies matrices: each entry is a row of the first times a column of the second.",
        source="PyTorch: torch.matmul; Goodfellow, Bengio and Courville, Deep Learning (2016), sections 2.2 and 6.5.6",
        synonyms=("dot", "matrix multiply", "mm", "@", "linear"),
    )
)  # fmt: skip

_LOCAL, _GRADIENT = formulas((("ᵀ", r"{(\cdot)}^{\top}", "$gᵀ", r"{$g}^{\top}"),))
transpose = registry.add(
    Op(
        name="transpose", symbol="ᵀ", title="Transpose", category=Category.LINEAR_ALGEBRA, inputs=(Input("x"),),
        forward=lambda x, dim0, dim1: np.swapaxes(x, dim0, dim1) if x.ndim else x,
        vjps=(lambda g, out, x, dim0, dim1: np.swapaxes(g, dim0, dim1) if x.ndim else g,),
        jvp=lambda tangents, out, x, dim0, dim1: np.swapaxes(tangents[0], dim0, dim1) if x.ndim else tangents[0],
        shape=shapes.swapped,
        formula=Formula("$xᵀ", r"{$x}^{\top}"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling(
            "torch.transpose($x, $dim0, $dim1)", "jnp.swapaxes($x, $dim0, $dim1)", "np.swapaxes($x, $dim0, $dim1)"
        ),
        samples=(sample(_MATRIX), sample([_MATRIX, [[0.5, 1.0, 2.0], [-0.5, 0.75, 1.5]]], dim0=0, dim1=2)),
        sentence="Exchanges two axes, rows and columns by default; the gradient is exchanged back.",
        source="PyTorch: torch.transpose; Goodfellow, Bengio and Courville, Deep Learning (2016), section 2.1",
        settings=(
            Setting("dim0", "int", -2, "The first axis to exchange.", aliases=("axis0",)),
            Setting("dim1", "int", -1, "The second axis to exchange.", aliases=("axis1",)),
        ),
        synonyms=("T", "swap", "rows and columns"),
    )
)  # fmt: skip
