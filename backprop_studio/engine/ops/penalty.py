"""Penalties that keep parameters small."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backprop_studio.engine.op import Array, Category, Formula, Input, Op, Setting, Shape, Spelling, registry
from backprop_studio.engine.ops.declare import formulas, sample
from backprop_studio.engine.ops.stable import total


def _shape(*shapes: Shape, alpha: float) -> Shape:
    return ()


def _l2_penalty(*inputs: Array, alpha: float) -> Array:
    result: Array = alpha * sum((total(np.square(x)) for x in inputs[1:]), start=total(np.square(inputs[0])))
    return result


def _vjp(g: Array, out: Array, *inputs: Array, alpha: float, slot: int) -> Array:
    result: Array = g * (2.0 * alpha * inputs[slot])
    return result


def _jvp(tangents: Sequence[Array], out: Array, *inputs: Array, alpha: float) -> Array:
    terms = [total(x * t) for x, t in zip(inputs, tangents, strict=True)]
    result: Array = 2.0 * alpha * sum(terms[1:], start=terms[0])
    return result


_LOCAL, _GRADIENT = formulas((
    ("2 × $alpha × $x", r"2 \cdot $alpha \cdot $x", "$g × 2 × $alpha × $x", r"$g \cdot 2 \cdot $alpha \cdot $x"),
))  # fmt: skip
l2_penalty = registry.add(
    Op(
        name="l2_penalty", symbol="α‖w‖²", title="L2 penalty", category=Category.LOSS, inputs=(Input("x"),),
        forward=_l2_penalty,
        vjps=(_vjp,),
        jvp=_jvp,
        shape=_shape,
        formula=Formula("$alpha × Σ($inputs)²", r"$alpha \cdot \sum ($inputs)^2"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling(
            "$alpha * sum(torch.sum(v ** 2) for v in ($inputs,))",
            "$alpha * sum(jnp.sum(v ** 2) for v in ($inputs,))",
            "$alpha * sum(np.sum(v ** 2) for v in ($inputs,))",
        ),
        samples=(sample(2.0), sample([[1.0, -2.0], [0.5, 3.0]], [0.5, -1.5], alpha=0.1), sample(2.0, -1.0, alpha=1.0)),
        sentence="Adds up the squares of all its inputs, times alpha: large parameters cost.",
        source="Keras: keras.regularizers.L2; Goodfellow, Bengio and Courville, Deep Learning (2016), section 7.1.1 "
        "(there with a factor of ½)",
        settings=(Setting("alpha", "float", 0.01, "Strength of the penalty.", minimum=0.0),),
        synonyms=("weight decay", "ridge", "regularisation", "regularization"),
        variadic=True,
    )
)  # fmt: skip
