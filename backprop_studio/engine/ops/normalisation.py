"""Normalisation: over the batch, with running statistics for evaluation, and over each example."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import TypedDict, Unpack

import numpy as np

from backprop_studio.engine import layer_shapes
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
    registry,
)
from backprop_studio.engine.ops.declare import MODE, formulas, ramp, sample
from backprop_studio.engine.ops.optional import with_optional_inputs
from backprop_studio.engine.ops.stable import total

Axes = tuple[int, ...]
Statistics = tuple[Array, Array] | None
"""Mean and variance given from outside, shaped to broadcast; None to take those of the array itself."""


def _mean(x: Array, axes: Axes) -> Array:
    result: Array = np.true_divide(total(x, axes, keepdims=True), prod(x.shape[axis] for axis in axes))
    return result


def _standard(x: Array, axes: Axes, eps: float, given: Statistics = None) -> tuple[Array, Array]:
    """``x`` less its mean and over its standard deviation along ``axes``, and by what it was scaled."""
    if given is not None:
        scale = 1.0 / np.sqrt(given[1] + eps)
        return (x - given[0]) * scale, scale
    centred = x - _mean(x, axes)
    scale = 1.0 / np.sqrt(_mean(np.square(centred), axes) + eps)
    return centred * scale, scale


def _through_standard(change: Array, x: Array, axes: Axes, eps: float, given: Statistics = None) -> Array:
    """The Jacobian of standardising times ``change``. It is symmetric, so this is VJP and JVP alike."""
    standard, scale = _standard(x, axes, eps, given)
    if given is not None:
        return change * scale
    result: Array = scale * (change - _mean(change, axes) - standard * _mean(change * standard, axes))
    return result


def _scaled(standard: Array, weight: Array | None, bias: Array | None) -> Array:
    scaled = standard if weight is None else standard * weight
    return scaled if bias is None else scaled + bias


def _spread(per_channel: Array, x: Array) -> Array:
    """A vector over the channels, shaped so that it broadcasts over axis 1 of ``x``."""
    return per_channel.reshape(-1, *[1] * (x.ndim - 2))


def _batch_axes(x: Array) -> Axes:
    return (0, *range(2, x.ndim))


class _Settings(TypedDict):
    training: bool
    momentum: float
    eps: float
    running_mean: Array
    running_var: Array


class _BatchNorm:
    """One call of batch_norm: its axes, and the statistics that its mode asks for."""

    def __init__(self, x: Array, **settings: Unpack[_Settings]) -> None:
        self.x, self.axes, self.eps = x, _batch_axes(x), settings["eps"]
        kept = settings["running_mean"], settings["running_var"]
        self.given = None if settings["training"] else (_spread(kept[0], x), _spread(kept[1], x))

    def standard(self) -> Array:
        return _standard(self.x, self.axes, self.eps, self.given)[0]

    def through(self, change: Array) -> Array:
        return _through_standard(change, self.x, self.axes, self.eps, self.given)

    def times(self, change: Array, weight: Array | None) -> Array:
        return change if weight is None else change * _spread(weight, self.x)

    def summed(self, change: Array) -> Array:
        return total(change, self.axes)


def _batch_norm(x: Array, weight: Array | None, bias: Array | None, **settings: Unpack[_Settings]) -> Array:
    weight, bias = (None if part is None else _spread(part, x) for part in (weight, bias))
    return _scaled(_BatchNorm(x, **settings).standard(), weight, bias)


def _batch_norm_jvp(
    tangents: Sequence[Array | None], out: Array, x: Array, weight: Array | None, bias: Array | None,
    **settings: Unpack[_Settings],
) -> Array:  # fmt: skip
    call = _BatchNorm(x, **settings)
    assert tangents[0] is not None
    change = call.times(call.through(tangents[0]), weight)
    if tangents[1] is not None:
        change = change + call.standard() * _spread(tangents[1], x)
    return change if tangents[2] is None else change + _spread(tangents[2], x)


def _running(
    x: Array, weight: Array | None, bias: Array | None, *, momentum: float, running_mean: Array, running_var: Array,
    **_: object,
) -> dict[str, Array]:  # fmt: skip
    """The running statistics after a training step: mean, and unbiased variance."""
    axes = _batch_axes(x)
    count = prod(x.shape[axis] for axis in axes)
    variance = total(np.square(x - _mean(x, axes)), axes) * (1.0 / (count - 1))
    mean = np.true_divide(total(x, axes), count)
    return {
        "running_mean": running_mean * (1.0 - momentum) + mean * momentum,
        "running_var": running_var * (1.0 - momentum) + variance * momentum,
    }


def _per_channel(x: Shape, *_: Shape | None) -> Shape:
    return x[1:2]


_HAT = r"\frac{$x - \mu}{\sqrt{\sigma^2 + $eps}}"
_LATEX = rf"⟦$weight \cdot ⟧{_HAT}⟦ + $bias⟧"
_FORMULA = Formula("⟦$weight × ⟧($x − mean) / √(variance + $eps)⟦ + $bias⟧", _LATEX)
_SCALE_RULE = ("x̂", r"\hat x", "Σ $g × x̂", r"\sum $g \cdot \hat x")
_SHIFT_RULE = ("1", "1", "Σ $g", r"\sum $g")
_LOCAL, _GRADIENT = formulas((
    ("⟦$weight × ⟧(1 − 1/n − x̂ x̂ᵀ/n) / σ",
     r"⟦$weight ⟧\frac{1}{\sigma}\left(I - \frac{1}{n} - \frac{\hat x \hat x^{\top}}{n}\right)",
     "⟦$weight × ⟧($g − mean($g) − x̂ × mean($g × x̂)) / σ",
     r"⟦$weight ⟧\frac{1}{\sigma} \left($g - \overline{$g} - \hat x \cdot \overline{$g \cdot \hat x}\right)"),
    _SCALE_RULE,
    _SHIFT_RULE,
))  # fmt: skip
_STANDARD = "($x - {m}.mean($x, axis={axes}, keepdims=True)) / {m}.sqrt({m}.var($x, axis={axes}, keepdims=True) + $eps)"
_BATCH_AXES = "(0, *range(2, $x.ndim))"
_SPREAD = ".reshape(-1, *[1] * ($x.ndim - 2))"
_RUNNING = f"($x - $running_mean{_SPREAD}) / {{m}}.sqrt($running_var{_SPREAD} + $eps)"
_BATCH = f"(({_STANDARD}) if $training else ({_RUNNING}))⟦ * $weight{_SPREAD}⟧⟦ + $bias{_SPREAD}⟧"  # one line a library
_EPS = Setting("eps", "float", 1e-5, "Added to the variance, so that nothing is divided by 0.", minimum=0.0)
_SCALE_AND_SHIFT = Input("weight", optional=True), Input("bias", optional=True)
_BATCH_NORM = Op(
    name="batch_norm", symbol="BN", title="Batch normalisation", category=Category.LAYER,
    inputs=(Input("x"), *_SCALE_AND_SHIFT),
    forward=_batch_norm,
    vjps=(
        lambda g, out, x, weight, bias, **settings: (call := _BatchNorm(x, **settings)).through(call.times(g, weight)),
        lambda g, out, x, weight, bias, **settings: total(g * _BatchNorm(x, **settings).standard(), _batch_axes(x)),
        lambda g, out, x, weight, bias, **settings: total(g, _batch_axes(x)),
    ),
    jvp=_batch_norm_jvp,
    shape=layer_shapes.batch_normalised,
    formula=_FORMULA,
    local=_LOCAL,
    gradient=_GRADIENT,
    spelling=Spelling(
        "torch.nn.functional.batch_norm($x, $running_mean, $running_var, $weight, $bias, training=$training, "
        "momentum=$momentum, eps=$eps)",
        _BATCH.format(m="jnp", axes=_BATCH_AXES),
        _BATCH.format(m="np", axes=_BATCH_AXES),
    ),
    samples=(
        sample(ramp(4, 1), [1.5], [0.5]), sample(ramp(4, 3), ramp(3), ramp(3)),
        sample(ramp(2, 3, 2, 2), ramp(3), ramp(3), eps=0.1), sample(ramp(4, 3), None, None),
        sample(ramp(4, 3), ramp(3), None, momentum=0.5), sample(ramp(4, 3), None, ramp(3)),
        Sample((ramp(4, 3), ramp(3), ramp(3)), {"training": False},
               {"running_mean": np.array([0.5, -1.0, 0.25]), "running_var": np.array([1.0, 0.25, 4.0])}),
        Sample((ramp(1, 2, 3), None, None), {"training": False}, {"running_mean": np.array([0.5, -1.0])}),
    ),
    sentence="Gives each channel mean 0 and variance 1 over the batch at hand, then scales and shifts it.",
    source="PyTorch: torch.nn.functional.batch_norm; Ioffe and Szegedy, arXiv:1502.03167",
    settings=(
        MODE,
        Setting("momentum", "float", 0.1, "Share of the batch at hand in the running statistics.",
                minimum=0.0, maximum=1.0),
        _EPS,
    ),
    synonyms=("bn", "normalize", "standardise"),
    state=(
        State("running_mean", "Mean of each channel, followed over the training steps.", 0.0, _per_channel),
        State("running_var", "Unbiased variance of each channel, followed over the training steps.", 1.0, _per_channel),
    ),
    advance=_running,
)  # fmt: skip

_LOCAL, _GRADIENT = formulas((
    ("⟦$weight × ⟧1 / σ", r"⟦$weight ⟧\frac{1}{\sigma}", "$g⟦ × $weight⟧ / σ", r"⟦$weight ⟧\frac{$g}{\sigma}"),
    _SCALE_RULE,
    _SHIFT_RULE,
))  # fmt: skip
_EVALUATION = with_optional_inputs(replace(
    _BATCH_NORM,
    formula=Formula("⟦$weight × ⟧($x − running mean) / √(running variance + $eps)⟦ + $bias⟧", _LATEX),
    local=_LOCAL,
    gradient=_GRADIENT,
))  # fmt: skip


def _in_evaluation(op: Op, shapes: Sequence[Shape | None], settings: Settings) -> Op:
    """With running statistics, which depend on no entry of x, other local derivatives hold."""
    if settings["training"]:
        return op
    form = _EVALUATION
    return replace(
        op, formula=form.formula, local=form.local, gradient=form.gradient, short_texts=form.short_texts
    )  # fmt: skip


batch_norm = registry.add(with_optional_inputs(replace(_BATCH_NORM, refine=_in_evaluation)))


def _normalised(x: Array, weight: Array | None, bias: Array | None, normalized_shape: Shape | None) -> Axes:
    shape = layer_shapes.normalised_shape(
        x.shape, None if weight is None else weight.shape, None if bias is None else bias.shape, normalized_shape
    )
    return tuple(range(x.ndim - len(shape), x.ndim))


def _layer_norm(
    x: Array, weight: Array | None, bias: Array | None, *, normalized_shape: Shape | None, eps: float
) -> Array:
    return _scaled(_standard(x, _normalised(x, weight, bias, normalized_shape), eps)[0], weight, bias)


def _layer_norm_vjp_x(
    g: Array, out: Array, x: Array, weight: Array | None, bias: Array | None, *,
    normalized_shape: Shape | None, eps: float,
) -> Array:  # fmt: skip
    change = g if weight is None else g * weight
    return _through_standard(change, x, _normalised(x, weight, bias, normalized_shape), eps)


def _layer_norm_vjp_weight(
    g: Array, out: Array, x: Array, weight: Array | None, bias: Array | None, *,
    normalized_shape: Shape | None, eps: float,
) -> Array:  # fmt: skip
    result: Array = g * _standard(x, _normalised(x, weight, bias, normalized_shape), eps)[0]
    return result


def _layer_norm_jvp(
    tangents: Sequence[Array | None], out: Array, x: Array, weight: Array | None, bias: Array | None, *,
    normalized_shape: Shape | None, eps: float,
) -> Array:  # fmt: skip
    axes = _normalised(x, weight, bias, normalized_shape)
    assert tangents[0] is not None
    change = _through_standard(tangents[0], x, axes, eps)
    change = change if weight is None else change * weight
    if tangents[1] is not None:
        change = change + _standard(x, axes, eps)[0] * tangents[1]
    return change if tangents[2] is None else change + tangents[2]


_LAYER_AXES = "tuple(range(-len($normalized_shape or np.shape($weight) or np.shape($bias) or (1,)), 0))"
layer_norm = registry.add(with_optional_inputs(
    Op(
        name="layer_norm", symbol="LN", title="Layer normalisation", category=Category.LAYER,
        inputs=(Input("x"), *_SCALE_AND_SHIFT),
        forward=_layer_norm,
        vjps=(_layer_norm_vjp_x, _layer_norm_vjp_weight, lambda g, *_, **__: g),
        jvp=_layer_norm_jvp,
        shape=layer_shapes.layer_normalised,
        formula=_FORMULA,
        local=_BATCH_NORM.local,
        gradient=_BATCH_NORM.gradient,
        spelling=Spelling(
            "torch.nn.functional.layer_norm($x, $x.shape[" + _LAYER_AXES + "[0]:], $weight, $bias, eps=$eps)",
            _STANDARD.format(m="jnp", axes=_LAYER_AXES) + "⟦ * $weight⟧⟦ + $bias⟧",
            _STANDARD.format(m="np", axes=_LAYER_AXES) + "⟦ * $weight⟧⟦ + $bias⟧",
        ),
        samples=(
            sample(ramp(3), ramp(3), ramp(3)), sample(ramp(4, 3), ramp(3), ramp(3)),
            sample(ramp(2, 3, 2), ramp(3, 2), ramp(3, 2), eps=0.1), sample(ramp(4, 3), None, None),
            sample(ramp(2, 3, 2), None, None, normalized_shape=(3, 2)), sample(ramp(4, 3), ramp(3), None),
            sample(ramp(2, 3, 2), None, ramp(3, 2)),
        ),
        sentence="Gives each example mean 0 and variance 1 over its last axes, then scales and shifts it.",
        source="PyTorch: torch.nn.functional.layer_norm; Ba, Kiros and Hinton, arXiv:1607.06450",
        settings=(
            Setting("normalized_shape", "shape", None,
                    "Sizes of the last axes; None for those of the weight or the bias, else the last axis."),
            _EPS,
        ),
        synonyms=("ln", "normalize", "transformer"),
    )
))  # fmt: skip
