"""Operations that rearrange, select, join or repeat entries; each entry's gradient goes back where it came from."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from backprop_studio.engine import shape_changes
from backprop_studio.engine.indexing import read_index
from backprop_studio.engine.op import Array, Category, Formula, Input, Op, Setting, Shape, Spelling, registry
from backprop_studio.engine.ops.declare import formulas, sample
from backprop_studio.engine.ops.optional import with_optional_inputs

_MATRIX = [[1.0, -2.0, 0.5], [3.0, 0.25, -1.5]]
_VOLUME = [_MATRIX, [[0.5, 1.0, 2.0], [-0.5, 0.75, 1.5]]]


def _reshape(x: Array, *, shape: Shape) -> Array:
    return x.reshape(shape_changes.reshaped(x.shape, shape=shape))


def _flatten(x: Array, *, start_dim: int, end_dim: int) -> Array:
    return x.reshape(shape_changes.flattened(x.shape, start_dim=start_dim, end_dim=end_dim))


def _concatenate_vjp(g: Array, out: Array, *inputs: Array, axis: int, slot: int) -> Array:
    before = sum(x.shape[axis] for x in inputs[:slot])
    part = [slice(None)] * g.ndim
    part[axis] = slice(before, before + inputs[slot].shape[axis])
    result: Array = g[tuple(part)]
    return result


def _stack_vjp(g: Array, out: Array, *inputs: Array, axis: int, slot: int) -> Array:
    result: Array = np.moveaxis(g, axis, 0)[slot]
    return result


def _slice(x: Array, *, index: str) -> Array:
    result: Array = x[read_index(index)]
    return result


def _slice_vjp(g: Array, out: Array, x: Array, *, index: str) -> Array:
    whole = np.zeros_like(x)
    whole[read_index(index)] = g
    return whole


def _broadcast_to(x: Array, *, shape: Shape) -> Array:
    return np.broadcast_to(x, tuple(shape))


_LOCAL, _GRADIENT = formulas((("1", "1", "$g in the shape of $x", r"\operatorname{reshape}($g)"),))
reshape = registry.add(
    Op(
        name="reshape", symbol="reshape", title="Reshape", category=Category.LINEAR_ALGEBRA, inputs=(Input("x"),),
        forward=_reshape,
        vjps=(lambda g, out, x, shape: g.reshape(x.shape),),
        jvp=lambda tangents, out, x, shape: tangents[0].reshape(out.shape),
        shape=shape_changes.reshaped,
        formula=Formula("reshape($x, $shape)", r"\operatorname{reshape}($x, $shape)"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling("torch.reshape($x, $shape)", "jnp.reshape($x, $shape)", "np.reshape($x, $shape)"),
        samples=(sample(_MATRIX), sample(_MATRIX, shape=(3, 2)), sample(_VOLUME, shape=(2, -1)), sample(0.7)),
        sentence="Arranges the same entries in another shape; the gradient is arranged back.",
        source="PyTorch: torch.reshape",
        settings=(Setting("shape", "shape", (-1,), "The new sizes; −1 for one of them fits it.", minimum=-1),),
        synonyms=("view", "shape", "rearrange"),
    )
)  # fmt: skip

flatten = registry.add(
    Op(
        name="flatten", symbol="flatten", title="Flatten", category=Category.LINEAR_ALGEBRA, inputs=(Input("x"),),
        forward=_flatten,
        vjps=(lambda g, out, x, start_dim, end_dim: g.reshape(x.shape),),
        jvp=lambda tangents, out, x, start_dim, end_dim: tangents[0].reshape(out.shape),
        shape=shape_changes.flattened,
        formula=Formula("flatten($x)", r"\operatorname{flatten}($x)"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling(
            "torch.flatten($x, $start_dim, $end_dim)",
            "jax.lax.collapse(jnp.atleast_1d($x), $start_dim, $end_dim + 1 or None)",
            "np.reshape($x, (*$x.shape[:$start_dim], -1, *$x.shape[max($x.ndim, 1) + $end_dim + 1 "
            "if $end_dim < 0 else $end_dim + 1:]))",
        ),
        samples=(sample(_MATRIX), sample(_VOLUME, start_dim=1), sample(_VOLUME, end_dim=1), sample(0.7)),
        sentence="Joins axes into one, keeping the order of the entries; the gradient is arranged back.",
        source="PyTorch: torch.flatten",
        settings=(
            Setting("start_dim", "int", 0, "The first axis to join."),
            Setting("end_dim", "int", -1, "The last axis to join."),
        ),
        synonyms=("ravel", "vector"),
    )
)  # fmt: skip

_LOCAL, _GRADIENT = formulas((("1", "1", "the part of $g that is $x", r"{$g}_{[$x]}"),))
concatenate = registry.add(
    Op(
        name="concatenate", symbol="[x|y]", title="Concatenate", category=Category.LINEAR_ALGEBRA, inputs=(Input("x"),),
        forward=lambda *inputs, axis: np.concatenate(inputs, axis=axis),
        vjps=(_concatenate_vjp,),
        jvp=lambda tangents, out, *inputs, axis: np.concatenate(tangents, axis=axis),
        shape=shape_changes.concatenated,
        formula=Formula("concatenate($inputs)", r"\operatorname{concatenate}($inputs)"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling(
            "torch.cat(($inputs,), dim=$axis)",
            "jnp.concatenate(($inputs,), axis=$axis)",
            "np.concatenate(($inputs,), axis=$axis)",
        ),
        samples=(
            sample([1.0, 2.0], [3.0]), sample(_MATRIX, [[0.5, 1.0, 2.0]]), sample(_MATRIX),
            sample(_MATRIX, [[2.0], [5.0]], _MATRIX, axis=-1),
        ),
        sentence="Joins arrays along an axis that they have; each receives its own part of the gradient.",
        source="PyTorch: torch.cat",
        settings=(Setting("axis", "int", 0, "The axis along which the inputs follow each other.", aliases=("dim",)),),
        synonyms=("cat", "join", "append", "concat"),
        variadic=True,
    )
)  # fmt: skip

stack = registry.add(
    Op(
        name="stack", symbol="stack", title="Stack", category=Category.LINEAR_ALGEBRA, inputs=(Input("x"),),
        forward=lambda *inputs, axis: np.stack(inputs, axis=axis),
        vjps=(_stack_vjp,),
        jvp=lambda tangents, out, *inputs, axis: np.stack(tangents, axis=axis),
        shape=shape_changes.stacked,
        formula=Formula("stack($inputs)", r"\operatorname{stack}($inputs)"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling(
            "torch.stack(($inputs,), dim=$axis)",
            "jnp.stack(($inputs,), axis=$axis)",
            "np.stack(($inputs,), axis=$axis)",
        ),
        samples=(sample(1.0, 2.0, 3.0), sample(_MATRIX, _MATRIX), sample(_MATRIX, _MATRIX, axis=-1), sample(0.7)),
        sentence="Joins arrays of one shape along a new axis; each receives its own part of the gradient.",
        source="PyTorch: torch.stack",
        settings=(Setting("axis", "int", 0, "Where the new axis stands.", aliases=("dim",)),),
        synonyms=("join", "pile", "vector"),
        variadic=True,
    )
)  # fmt: skip

_LOCAL, _GRADIENT = formulas((
    ("1 where selected, else 0", r"[\text{selected}]",
     "$g where selected, else 0", r"$g \cdot [\text{selected}]"),
))  # fmt: skip
slice_ = registry.add(
    Op(
        name="slice", symbol="[i]", title="Slice", category=Category.LINEAR_ALGEBRA, inputs=(Input("x"),),
        forward=_slice,
        vjps=(_slice_vjp,),
        jvp=lambda tangents, out, x, index: _slice(tangents[0], index=index),
        shape=shape_changes.indexed,
        formula=Formula("$x[$index]", "{$x}_{[$index]}"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling("$x[$index]", "$x[$index]", "$x[$index]"),
        samples=(
            sample([1.0, 2.0, 3.0], index="1"), sample(_MATRIX, index=":, 0:2"), sample(_VOLUME, index="..., ::2"),
            sample(_VOLUME, index="-1, :, 1"), sample(0.7),
        ),
        sentence="Selects entries by constant indices; the others receive a gradient of 0.",
        source="PyTorch: Tensor indexing; NumPy: basic indexing",
        settings=(Setting("index", "index", "...", "What stands between the brackets, such as 0 or :, 1:3."),),
        synonyms=("index", "select", "getitem", "crop"),
    )
)  # fmt: skip

_LOCAL, _GRADIENT = formulas((("1", "1", "Σ $g over the copies", r"\sum $g"),))
broadcast_to = registry.add(
    Op(
        name="broadcast_to", symbol="repeat", title="Broadcast", category=Category.LINEAR_ALGEBRA, inputs=(Input("x"),),
        forward=_broadcast_to,
        vjps=(lambda g, out, x, shape: g,),
        jvp=lambda tangents, out, x, shape: np.broadcast_to(tangents[0], tuple(shape)),
        shape=shape_changes.repeated,
        formula=Formula("broadcast($x, $shape)", r"\operatorname{broadcast}($x, $shape)"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling(
            "torch.broadcast_to($x, $shape)", "jnp.broadcast_to($x, $shape)", "np.broadcast_to($x, $shape)"
        ),
        samples=(sample(0.7), sample([1.0, 2.0, 3.0], shape=(2, 3)), sample([[1.0], [2.0]], shape=(2, 2, 3))),
        sentence="Repeats a value along new axes or axes of size 1; the gradients of the copies add up.",
        source="PyTorch: torch.broadcast_to",
        settings=(Setting("shape", "shape", (), "The sizes to which the input is repeated."),),
        synonyms=("expand", "repeat", "tile"),
    )
)  # fmt: skip


def _linear_vjp_weight(g: Array, out: Array, x: Array, weight: Array, bias: Array | None) -> Array:
    rows = prod(x.shape[:-1])
    each = g.reshape(rows, weight.shape[0])
    result: Array = np.matmul(np.swapaxes(each, 0, 1), x.reshape(rows, weight.shape[1]))
    return result


def _linear(x: Array, weight: Array, bias: Array | None) -> Array:
    result: Array = np.matmul(x, np.swapaxes(weight, 0, 1))
    return result if bias is None else result + bias


def _linear_jvp(tangents: Sequence[Array], out: Array, x: Array, weight: Array, bias: Array | None) -> Array:
    return _linear(tangents[0], weight, tangents[2]) + _linear(x, tangents[1], None)


_LOCAL, _GRADIENT = formulas((
    ("$weight", "$weight", "$g @ $weight", r"$g \, $weight"),
    ("$x", "$x", "$gᵀ @ $x", r"{$g}^{\top} $x"),
    ("1", "1", "Σ $g over the batch", r"\sum $g"),
))  # fmt: skip
linear = registry.add(
    with_optional_inputs(Op(
        name="linear", symbol="xWᵀ+b", title="Linear", category=Category.LAYER,
        inputs=(Input("x"), Input("weight"), Input("bias", optional=True)),
        forward=_linear,
        vjps=(lambda g, out, x, weight, bias: np.matmul(g, weight), _linear_vjp_weight, lambda g, *_: g),
        jvp=_linear_jvp,
        shape=shape_changes.affine,
        formula=Formula("$x @ $weightᵀ⟦ + $bias⟧", r"$x \, {$weight}^{\top}⟦ + $bias⟧"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling(
            "torch.nn.functional.linear($x, $weight, $bias)", "$x @ $weight.T⟦ + $bias⟧", "$x @ $weight.T⟦ + $bias⟧"
        ),
        samples=(
            sample(_MATRIX, [[0.5, 2.0, -0.25], [-1.0, 1.5, 3.0]], [0.1, -0.2]),
            sample([1.0, -2.0, 0.5], [[0.5, 2.0, -0.25]], [0.1]),
            sample(_VOLUME, [[0.5, 2.0, -0.25], [-1.0, 1.5, 3.0]], [0.1, -0.2]),
            sample(_MATRIX, [[0.5, 2.0, -0.25], [-1.0, 1.5, 3.0]], None),
        ),
        sentence="A fully connected layer: x times the transposed weight, plus the bias; weight (outputs, inputs).",
        source="PyTorch: torch.nn.functional.linear; Goodfellow, Bengio and Courville, Deep Learning (2016), 6.1",
        synonyms=("dense", "fully connected", "affine", "layer"),
    ))
)  # fmt: skip
