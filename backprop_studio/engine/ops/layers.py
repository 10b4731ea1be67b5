"""Layers: normalisation, dropout, embedding."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from backprop_studio.engine import layer_shapes, shapes
from backprop_studio.engine.errors import ValueRefused
from backprop_studio.engine.op import Array, Category, Formula, Input, Op, Setting, Spelling, registry
from backprop_studio.engine.ops.class_losses import wrong_index
from backprop_studio.engine.ops.declare import elementwise, formulas, ramp, sample, times
from backprop_studio.engine.ops.stable import total

_EPS = Setting("eps", "float", 1e-5, "Added to the variance, so that nothing is divided by 0.", minimum=0.0)
Axes = tuple[int, ...]


def _mean(x: Array, axes: Axes) -> Array:
    result: Array = np.true_divide(total(x, axes, keepdims=True), prod(x.shape[axis] for axis in axes))
    return result


def _standard(x: Array, axes: Axes, eps: float) -> tuple[Array, Array]:
    """``x`` with mean 0 and variance 1 along ``axes``, and by what it was scaled."""
    centred = x - _mean(x, axes)
    scale = 1.0 / np.sqrt(_mean(np.square(centred), axes) + eps)
    return centred * scale, scale


def _spread(per_channel: Array, x: Array) -> Array:
    """A vector over the channels, shaped so that it broadcasts over axis 1 of ``x``."""
    return per_channel.reshape(-1, *[1] * (x.ndim - 2))


def _through_standard(change: Array, x: Array, axes: Axes, eps: float) -> Array:
    """The Jacobian of standardising times ``change``. It is symmetric, so this is VJP and JVP alike."""
    standard, scale = _standard(x, axes, eps)
    result: Array = scale * (change - _mean(change, axes) - standard * _mean(change * standard, axes))
    return result


def _batch_axes(x: Array) -> Axes:
    return (0, *range(2, x.ndim))


def _layer_axes(x: Array, weight: Array) -> Axes:
    return tuple(range(x.ndim - weight.ndim, x.ndim))


def _batch_norm(x: Array, weight: Array, bias: Array, *, eps: float) -> Array:
    result: Array = _standard(x, _batch_axes(x), eps)[0] * _spread(weight, x) + _spread(bias, x)
    return result


def _batch_norm_jvp(
    tangents: Sequence[Array], out: Array, x: Array, weight: Array, bias: Array, *, eps: float
) -> Array:
    axes = _batch_axes(x)
    along_x = _through_standard(tangents[0], x, axes, eps) * _spread(weight, x)
    result: Array = along_x + _standard(x, axes, eps)[0] * _spread(tangents[1], x) + _spread(tangents[2], x)
    return result


def _layer_norm(x: Array, weight: Array, bias: Array, *, eps: float) -> Array:
    result: Array = _standard(x, _layer_axes(x, weight), eps)[0] * weight + bias
    return result


def _layer_norm_jvp(
    tangents: Sequence[Array], out: Array, x: Array, weight: Array, bias: Array, *, eps: float
) -> Array:
    axes = _layer_axes(x, weight)
    along_x = _through_standard(tangents[0], x, axes, eps) * weight
    result: Array = along_x + _standard(x, axes, eps)[0] * tangents[1] + tangents[2]
    return result


_LOCAL, _GRADIENT = formulas((
    ("$weight / σ × (1 − 1/n − x̂ x̂ᵀ/n)",
     r"\frac{$weight}{\sigma}\left(I - \frac{1}{n} - \frac{\hat x \hat x^{\top}}{n}\right)",
     "$weight / σ × ($g − mean($g) − x̂ × mean($g × x̂))",
     r"\frac{$weight}{\sigma} \left($g - \overline{$g} - \hat x \cdot \overline{$g \cdot \hat x}\right)"),
    ("x̂", r"\hat x", "Σ $g × x̂", r"\sum $g \cdot \hat x"),
    ("1", "1", "Σ $g", r"\sum $g"),
))  # fmt: skip
_STANDARD = "($x - {m}.mean($x, axis={axes}, keepdims=True)) / {m}.sqrt({m}.var($x, axis={axes}, keepdims=True) + $eps)"
_BATCH = f"{_STANDARD} * $weight.reshape(-1, *[1] * ($x.ndim - 2)) + $bias.reshape(-1, *[1] * ($x.ndim - 2))"
_BATCH_AXES, _LAYER_AXES = "(0, *range(2, $x.ndim))", "tuple(range(-$weight.ndim, 0))"
_FORMULA = Formula(
    "$weight × ($x − mean) / √(variance + $eps) + $bias",
    r"$weight \cdot \frac{$x - \mu}{\sqrt{\sigma^2 + $eps}} + $bias",
)
batch_norm = registry.add(
    Op(
        name="batch_norm", symbol="BN", title="Batch normalisation", category=Category.LAYER,
        inputs=(Input("x"), Input("weight"), Input("bias")),
        forward=_batch_norm,
        vjps=(
            lambda g, out, x, weight, bias, eps: _through_standard(g * _spread(weight, x), x, _batch_axes(x), eps),
            lambda g, out, x, weight, bias, eps: total(g * _standard(x, _batch_axes(x), eps)[0], _batch_axes(x)),
            lambda g, out, x, weight, bias, eps: total(g, _batch_axes(x)),
        ),
        jvp=_batch_norm_jvp,
        shape=layer_shapes.batch_normalised,
        formula=_FORMULA,
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling(
            "torch.nn.functional.batch_norm($x, None, None, $weight, $bias, training=True, eps=$eps)",
            _BATCH.format(m="jnp", axes=_BATCH_AXES),
            _BATCH.format(m="np", axes=_BATCH_AXES),
        ),
        samples=(
            sample(ramp(4, 1), [1.5], [0.5]), sample(ramp(4, 3), ramp(3), ramp(3)),
            sample(ramp(2, 3, 2, 2), ramp(3), ramp(3), eps=0.1),
        ),
        sentence="Gives each channel mean 0 and variance 1 over the batch at hand, then scales and shifts it.",
        source="PyTorch: torch.nn.functional.batch_norm with training=True; Ioffe and Szegedy, arXiv:1502.03167",
        settings=(_EPS,),
        synonyms=("bn", "normalize", "standardise"),
    )
)  # fmt: skip

layer_norm = registry.add(
    Op(
        name="layer_norm", symbol="LN", title="Layer normalisation", category=Category.LAYER,
        inputs=(Input("x"), Input("weight"), Input("bias")),
        forward=_layer_norm,
        vjps=(
            lambda g, out, x, weight, bias, eps: _through_standard(g * weight, x, _layer_axes(x, weight), eps),
            lambda g, out, x, weight, bias, eps: g * _standard(x, _layer_axes(x, weight), eps)[0],
            lambda g, out, x, weight, bias, eps: g,
        ),
        jvp=_layer_norm_jvp,
        shape=layer_shapes.layer_normalised,
        formula=_FORMULA,
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling(
            "torch.nn.functional.layer_norm($x, $weight.shape, $weight, $bias, eps=$eps)",
            _STANDARD.format(m="jnp", axes=_LAYER_AXES) + " * $weight + $bias",
            _STANDARD.format(m="np", axes=_LAYER_AXES) + " * $weight + $bias",
        ),
        samples=(
            sample(ramp(3), ramp(3), ramp(3)), sample(ramp(4, 3), ramp(3), ramp(3)),
            sample(ramp(2, 3, 2), ramp(3, 2), ramp(3, 2), eps=0.1),
        ),
        sentence="Gives each example mean 0 and variance 1 over its last axes, then scales and shifts it.",
        source="PyTorch: torch.nn.functional.layer_norm; Ba, Kiros and Hinton, arXiv:1607.06450",
        settings=(_EPS,),
        synonyms=("ln", "normalize", "transformer"),
    )
)  # fmt: skip


def _mask(x: Array, p: float, seed: int) -> Array:
    """1 / (1 − p) where an entry stays, 0 where it is dropped: the same for the same seed and shape."""
    stays = np.random.default_rng(seed).random(x.shape) >= p
    return np.where(stays, np.asarray(1.0 / max(1.0 - p, 1e-300), x.dtype), np.zeros((), x.dtype))


def _dropout(x: Array, *, p: float, training: bool, seed: int) -> Array:
    return x * _mask(x, p, seed) if training else np.positive(x)


_STAYS = "np.random.default_rng($seed).random($x.shape) >= $p"
dropout = elementwise(
    "dropout", "drop", "Dropout", Category.LAYER,
    inputs=("x",),
    forward=_dropout,
    vjps=(lambda g, out, x, p, training, seed: g * _mask(x, p, seed) if training else g,),
    formula=Formula("$x / (1 − $p) or 0", r"\frac{$x}{1 - $p} \text{ or } 0"),
    rules=(times("(1 / (1 − $p) or 0)", r"\left(\frac{1}{1 - $p} \text{ or } 0\right)"),),
    spelling=Spelling(
        f"$x * torch.as_tensor({_STAYS}) / max(1 - $p, 1e-300) if $training else $x",
        f"$x * ({_STAYS}) / max(1 - $p, 1e-300) if $training else $x",
        f"$x * ({_STAYS}) / max(1 - $p, 1e-300) if $training else $x",
    ),
    samples=(sample(0.7), sample(ramp(3, 4)), sample(ramp(3, 4), p=0.25, seed=3), sample(ramp(3, 4), training=False)),
    sentence="Sets entries to 0 at random, with probability p, and scales the rest up to keep the mean.",
    source="PyTorch: torch.nn.functional.dropout, here with the same mask for the same seed; Srivastava et al., "
    "JMLR 15 (2014)",
    settings=(
        Setting("p", "float", 0.5, "Probability that an entry is dropped.", minimum=0.0, maximum=1.0),
        Setting("training", "bool", True, "Drop entries; otherwise all pass unchanged."),
        Setting("seed", "int", 0, "Seed of the random choice.", minimum=0),
    ),
    synonyms=("regularisation", "random", "noise"),
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


def _embedding(indices: Array, weight: Array) -> Array:
    result: Array = weight[_rows(indices, weight)]
    return result


def _embedding_vjp(g: Array, out: Array, indices: Array, weight: Array) -> Array:
    gradient = np.zeros_like(weight)
    np.add.at(gradient, _rows(indices, weight), g)
    return gradient


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
        jvp=lambda tangents, out, indices, weight: _embedding(indices, tangents[1]),
        shape=layer_shapes.embedded,
        formula=Formula("$weight[$input]", "{$weight}_{$input}"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling("torch.nn.functional.embedding($input, $weight)", "$weight[$input]", "$weight[$input]"),
        samples=(
            sample(np.array(1), ramp(3, 2)), sample(np.array([2, 0, 2]), ramp(3, 2)),
            sample(np.array([[0, 1], [1, 1]]), ramp(2, 3)),
        ),
        sentence="Looks up rows of a weight by index; a row used more than once adds up its gradients.",
        source="PyTorch: torch.nn.functional.embedding; Goodfellow, Bengio and Courville, Deep Learning (2016), "
        "section 12.4.2",
        synonyms=("lookup", "table", "word vectors", "token"),
    )
)  # fmt: skip
