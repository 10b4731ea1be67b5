"""Layers: dropout, embedding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from backprop_studio.engine import layer_shapes, shapes
from backprop_studio.engine.errors import ValueRefused
from backprop_studio.engine.one_call import one_call
from backprop_studio.engine.op import (
    Array,
    Category,
    Formula,
    Input,
    Op,
    Sample,
    Setting,
    Settings,
    Shape,
    Spelling,
    State,
    Withheld,
    registry,
)
from backprop_studio.engine.ops.class_losses import wrong_index
from backprop_studio.engine.ops.declare import MODE, elementwise_jvp, formulas, ramp, sample, times


@one_call(lambda step, shape, **_: shape)
def _mask(step: Array, *, dtype: np.dtype, shape: Shape, p: float, seed: int, stream: int) -> Array:
    """1 / (1 − p) where an entry stays, 0 where it is dropped: the same for the same seed, step, stream and shape."""
    stays = np.random.default_rng((seed, int(step), stream)).random(shape) >= p
    return np.where(stays, np.asarray(1.0 / max(1.0 - p, 1e-300), dtype), np.zeros((), dtype))


def _dropped(x: Array, *, training: bool, step: Array, **drawn: Any) -> Array:
    return x * _mask(step, dtype=x.dtype, shape=x.shape, **drawn) if training else np.positive(x)


def _dropout_vjp(g: Array, out: Array, x: Array, *, training: bool, step: Array, **drawn: Any) -> Array:
    return g * _mask(step, dtype=x.dtype, shape=x.shape, **drawn) if training else g


def _kept(op: Op, shapes: Sequence[Shape | None], settings: Settings) -> Op:
    """In evaluation nothing is dropped."""
    if settings["training"]:
        return op
    local, gradient = formulas((times("1", "1"),))
    return replace(op, formula=Formula("$x", "$x"), local=local, gradient=gradient)


_LOCAL, _GRADIENT = formulas((times("(1 / (1 − $p) or 0)", r"\left(\frac{1}{1 - $p} \text{ or } 0\right)"),))
_STAYS = "np.random.default_rng(($seed, int($step), $stream)).random($x.shape) >= $p"
dropout = registry.add(
    Op(
        name="dropout", symbol="drop", title="Dropout", category=Category.LAYER, inputs=(Input("x"),),
        forward=_dropped,
        vjps=(_dropout_vjp,),
        jvp=elementwise_jvp((_dropout_vjp,)),
        shape=shapes.same,
        formula=Formula("$x / (1 − $p) or 0", r"\frac{$x}{1 - $p} \text{ or } 0"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling(
            f"$x * torch.as_tensor({_STAYS}) / max(1 - $p, 1e-300) if $training else $x",
            f"$x * ({_STAYS}) / max(1 - $p, 1e-300) if $training else $x",
            f"$x * ({_STAYS}) / max(1 - $p, 1e-300) if $training else $x",
        ),
        samples=(
            sample(0.7), sample(ramp(3, 4)), sample(ramp(3, 4), p=0.25, seed=3), sample(ramp(3, 4), training=False),
            Sample((ramp(3, 4),), {"p": 0.25}, {"step": np.array(7.0)}),
        ),
        sentence="Sets entries to 0 at random, with probability p, and scales the rest up to keep the mean.",
        source="PyTorch: torch.nn.functional.dropout, here with the same mask for the same seed, step and name; "
        "Srivastava et al., JMLR 15 (2014)",
        settings=(
            Setting("p", "float", 0.5, "Probability that an entry is dropped.", minimum=0.0, maximum=1.0),
            MODE,
            Setting("seed", "int", 0, "Seed of the random choice, which differs with every training step and node.",
                    minimum=0),
        ),
        elementwise=True,
        synonyms=("regularisation", "random", "noise"),
        refine=_kept,
        state=(State("step", "Training steps so far: each drops other entries.", 0.0, lambda x: (), counts=True),),
        advance=lambda x, step, **_: {"step": step + 1.0},
        draws=True,
    )
)  # fmt: skip


def _rows(indices: Array, weight: Array) -> Array:
    rows = weight.shape[0]
    wrong = wrong_index(indices, rows)
    if wrong is not None:
        raise ValueRefused(
            f"the input holds the index {wrong}, but the weight has {shapes.counted(rows, 'row')}: "
            f"an index is a whole number from 0 to {rows - 1}."
        )
    return indices.astype(np.intp)


def _embedding(indices: Array, weight: Array, *, padding_idx: int | None) -> Array:
    result: Array = weight[_rows(indices, weight)]
    return result


def _embedding_vjp(g: Array, out: Array, indices: Array, weight: Array, *, padding_idx: int | None) -> Array:
    gradient = np.zeros_like(weight)
    np.add.at(gradient, _rows(indices, weight), g)
    if padding_idx is not None:
        gradient[padding_idx] = 0.0
    return gradient


def _embedding_jvp(
    tangents: Sequence[Array], out: Array, indices: Array, weight: Array, *, padding_idx: int | None
) -> Array:
    moved = tangents[1].copy()
    if padding_idx is not None:
        moved[padding_idx] = 0.0
    return _embedding(indices, moved, padding_idx=padding_idx)


def _padding(indices: Array, weight: Array, *, padding_idx: int | None) -> dict[str, Array]:
    if padding_idx is None:
        return {}
    mask = np.zeros(weight.shape, bool)
    mask[padding_idx] = True
    return {"weight": mask}


_LOCAL, _GRADIENT = formulas((
    None,
    ("1 in the rows that were looked up", r"[\text{row} \in $input]",
     "Σ $g over the uses of each row", r"\sum_{\text{uses}} $g"),
))  # fmt: skip
embedding = registry.add(
    Op(
        name="embedding", symbol="W[i]", title="Embedding", category=Category.LAYER,
        inputs=(Input("input", differentiable=False, indices=True), Input("weight")),
        forward=_embedding,
        vjps=(None, _embedding_vjp),
        jvp=_embedding_jvp,
        shape=layer_shapes.embedded,
        formula=Formula("$weight[$input]", "{$weight}_{$input}"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling(
            "torch.nn.functional.embedding($input, $weight, padding_idx=$padding_idx)",
            "($weight if $padding_idx is None else "
            "$weight.at[$padding_idx].set(jax.lax.stop_gradient($weight[$padding_idx])))[$input]",
            "$weight[$input]",
        ),
        samples=(
            sample(np.array(1), ramp(3, 2)), sample(np.array([2, 0, 2]), ramp(3, 2)),
            sample(np.array([[0, 1], [1, 1]]), ramp(2, 3)),
        ),
        sentence="Looks up rows of a weight by index; a row used more than once adds up its gradients.",
        source="PyTorch: torch.nn.functional.embedding; Goodfellow, Bengio and Courville, Deep Learning (2016), "
        "section 12.4.2",
        settings=(Setting("padding_idx", "int", None, "The row that stands for nothing: it gets no gradient."),),
        synonyms=("lookup", "table", "word vectors", "token"),
        withheld=Withheld(_padding, "row $padding_idx (padding_idx) of the weight"),
    )
)  # fmt: skip
