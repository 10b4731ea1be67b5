"""Losses between an input and a target of matching shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from backprop_studio.engine import shapes
from backprop_studio.engine.errors import ValueRefused
from backprop_studio.engine.op import (
    JVP,
    VJP,
    Array,
    Category,
    Formula,
    Forward,
    Input,
    Op,
    Sample,
    Setting,
    ShapeRule,
    Spelling,
    registry,
)
from backprop_studio.engine.ops import stable
from backprop_studio.engine.ops.declare import Rule, formulas, sample
from backprop_studio.engine.ops.optional import with_optional_inputs

REDUCTION = Setting(
    "reduction",
    "choice",
    "mean",
    "How the entries' losses become one number; in formulas n is their count for mean, else 1.",
    choices=("mean", "sum", "none"),
)
_TORCH = "torch.nn.functional"
_BY_NAME = "{{'mean': {m}.mean, 'sum': {m}.sum, 'none': {m}.asarray}}[$reduction]"
_JAX_REDUCTION, _NUMPY_REDUCTION = _BY_NAME.format(m="jnp"), _BY_NAME.format(m="np")
_DEEP_LEARNING = "Goodfellow, Bengio and Courville, Deep Learning (2016), section"
_SMALLEST_LOG = -100.0
_NUMERIC_STEP = 1e-4  # so that a numeric gradient can be taken at the labels 0 and 1
_SMALLEST_VARIANCE = float(np.float32(1e-12))  # PyTorch's constant is a float32


def reduce_loss(losses: Array, reduction: str) -> Array:
    """The mean or the sum of ``losses``, or all of them."""
    if reduction == "none":
        return losses
    total = stable.total(losses)
    return total if reduction == "sum" else np.true_divide(total, losses.size)


def entry_gradient(g: Array, reduction: str, entries: int) -> Array:
    """The upstream gradient of a single entry's loss."""
    return np.true_divide(g, entries) if reduction == "mean" else g


def _loss(
    name: str, symbol: str, title: str, *,
    entry: Callable[..., Array], slopes: tuple[Callable[..., Array], Callable[..., Array]], shape: ShapeRule,
    formula: Formula, rules: Sequence[Rule], spelling: Spelling, samples: tuple[Sample, ...],
    sentence: str, source: str, settings: tuple[Setting, ...] = (), synonyms: tuple[str, ...] = (),
    check: Callable[[Array, Array], None] | None = None, weights: tuple[Input, ...] = (),
) -> Op:  # fmt: skip
    """Declare a loss that is a mean or sum of ``entry(input, target)``.

    ``slopes`` are the derivatives of ``entry`` in input and target; ``check`` raises where values are refused.
    ``weights`` are optional inputs: the first multiplies each entry's loss, others are given to ``entry`` and
    ``slopes`` (None where absent).
    """
    local, gradient = formulas((*rules, *(None for _ in weights)))
    return registry.add(
        with_optional_inputs(Op(
            name=name, symbol=symbol, title=title, category=Category.LOSS,
            inputs=(Input("input"), Input("target"), *weights), forward=_forward(entry, check),
            vjps=(_vjp(slopes[0]), _vjp(slopes[1]), *(None for _ in weights)), jvp=_jvp(slopes), shape=shape,
            formula=formula, local=local, gradient=gradient, spelling=spelling, samples=samples, sentence=sentence,
            source=source, settings=(REDUCTION, *settings), synonyms=("loss", "cost", "objective", *synonyms),
        ))
    )  # fmt: skip


def _weighted(entries: Array, weight: Array | None) -> Array:
    return entries if weight is None else entries * weight


def _forward(entry: Callable[..., Array], check: Callable[[Array, Array], None] | None) -> Forward:
    def forward(
        given: Array, target: Array, weight: Array | None = None, *more: Array | None, reduction: str, **settings: Any
    ) -> Array:
        if check is not None and isinstance(given, np.ndarray):
            check(given, target)
        return reduce_loss(_weighted(entry(given, target, *more, **settings), weight), reduction)

    return forward


def _vjp(slope: Callable[..., Array]) -> VJP:
    def vjp(
        g: Array, out: Array, given: Array, target: Array, weight: Array | None = None, *more: Array | None,
        reduction: str, **settings: Any,
    ) -> Array:  # fmt: skip
        derivative = _weighted(slope(given, target, *more, **settings), weight)
        return entry_gradient(g, reduction, derivative.size) * derivative

    return vjp


def _jvp(slopes: tuple[Callable[..., Array], Callable[..., Array]]) -> JVP:
    def jvp(
        tangents: Sequence[Array], out: Array, given: Array, target: Array, weight: Array | None = None,
        *more: Array | None, reduction: str, **settings: Any,
    ) -> Array:  # fmt: skip
        first, second = (slope(given, target, *more, **settings) for slope in slopes)
        return reduce_loss(_weighted(first * tangents[0] + second * tangents[1], weight), reduction)

    return jvp


def _mean_of(text: str, latex: str) -> Formula:
    return Formula(f"$reduction({text})", rf"\operatorname{{$reduction}}\left({latex}\right)")


def _spelled(torch: str, inner: str, *, settings: str = "") -> Spelling:
    """Spellings of a loss: PyTorch's own, and ``inner`` (with {m} for the module) reduced for JAX and NumPy."""
    return Spelling(
        f"{_TORCH}.{torch}($input, $target{settings}, reduction=$reduction)",
        f"{_JAX_REDUCTION}({inner.replace('{m}', 'jnp')})",
        f"{_NUMPY_REDUCTION}({inner.replace('{m}', 'np')})",
    )


def _rules(local: tuple[str, str], target: tuple[str, str]) -> tuple[Rule, Rule]:
    """The rules of input and target, under the mean over n entries."""
    first, second = (
        (text, latex, f"$g × {text} / n", rf"\frac{{$g}}{{n}} \cdot {latex}") for text, latex in (local, target)
    )
    return first, second


_MATRIX, _TARGETS = [[1.0, -2.0, 0.5], [3.0, 0.25, -1.5]], [[0.5, -1.75, 2.0], [-1.0, 0.75, -1.0]]
_REGRESSION = (
    sample(2.0, 0.5), sample(_MATRIX, _TARGETS), sample(_MATRIX, _TARGETS, reduction="sum"),
    sample(_MATRIX, _TARGETS, reduction="none"), sample(_MATRIX, [0.5, -1.25, 2.25]),
)  # fmt: skip


mse_loss = _loss(
    "mse_loss", "MSE", "Mean squared error",
    entry=lambda given, target: np.square(given - target),
    slopes=(lambda given, target: 2.0 * (given - target), lambda given, target: 2.0 * (target - given)),
    shape=shapes.broadcast_loss,
    formula=_mean_of("($input − $target)²", "{($input - $target)}^{2}"),
    rules=_rules(("2 × ($input − $target)", r"2 \cdot ($input - $target)"),
                 ("2 × ($target − $input)", r"2 \cdot ($target - $input)")),
    spelling=_spelled("mse_loss", "($input - $target) ** 2"),
    samples=_REGRESSION,
    sentence="Averages the squared differences between input and target.",
    source=f"PyTorch: {_TORCH}.mse_loss; {_DEEP_LEARNING} 5.1.4",
    synonyms=("squared error", "l2", "regression"),
)  # fmt: skip

l1_loss = _loss(
    "l1_loss", "L1", "Mean absolute error",
    entry=lambda given, target: np.absolute(given - target),
    slopes=(lambda given, target: stable.sign(given - target), lambda given, target: stable.sign(target - given)),
    shape=shapes.broadcast_loss,
    formula=_mean_of("|$input − $target|", r"\left|$input - $target\right|"),
    rules=_rules(("sign($input − $target)", r"\operatorname{sign}($input - $target)"),
                 ("sign($target − $input)", r"\operatorname{sign}($target - $input)")),
    spelling=_spelled("l1_loss", "{m}.abs($input - $target)"),
    samples=_REGRESSION,
    sentence="Averages the absolute differences between input and target; where they are equal the gradient is 0.",
    source=f"PyTorch: {_TORCH}.l1_loss",
    synonyms=("mae", "absolute error", "regression"),
)  # fmt: skip


def _huber(given: Array, target: Array, *, delta: float) -> Array:
    size = np.absolute(given - target)
    result: Array = np.where(size < delta, 0.5 * np.square(size), delta * (size - 0.5 * delta))
    return result


def _bounded(difference: Array, delta: float) -> Array:
    return np.minimum(np.maximum(difference, -delta), delta)


huber_loss = _loss(
    "huber_loss", "Huber", "Huber loss",
    entry=_huber,
    slopes=(
        lambda given, target, delta: _bounded(given - target, delta),
        lambda given, target, delta: _bounded(target - given, delta),
    ),
    shape=shapes.broadcast_loss,
    formula=_mean_of(
        "½ × d² if |d| < $delta else $delta × (|d| − ½ × $delta), where d = $input − $target",
        r"\begin{cases}\frac{1}{2} d^2 & |d| < $delta \\ $delta (|d| - \frac{1}{2} $delta) & \text{otherwise}"
        r"\end{cases},\ d = $input - $target",
    ),
    rules=_rules(
        ("clamp($input − $target, −$delta, $delta)", r"\operatorname{clamp}($input - $target, -$delta, $delta)"),
        ("clamp($target − $input, −$delta, $delta)", r"\operatorname{clamp}($target - $input, -$delta, $delta)"),
    ),
    spelling=_spelled(
        "huber_loss",
        "{m}.where({m}.abs($input - $target) < $delta, ($input - $target) ** 2 / 2, "
        "$delta * ({m}.abs($input - $target) - $delta / 2))",
        settings=", delta=$delta",
    ),
    samples=(*_REGRESSION, sample(_MATRIX, _TARGETS, delta=0.4)),
    sentence="Squares small differences and takes large ones linearly, so that outliers pull less.",
    source=f"PyTorch: {_TORCH}.huber_loss; Huber, Robust estimation of a location parameter (1964)",
    settings=(Setting("delta", "float", 1.0, "The difference from which on the loss is linear.", above=0.0),),
    synonyms=("smooth l1", "robust", "regression"),
)  # fmt: skip


def _check_probabilities(given: Array, target: Array) -> None:
    advice = {
        "input": "Put a sigmoid before it, or use binary_cross_entropy_with_logits.",
        "target": "Label the classes 0 and 1.",
    }
    for name, array, beyond in (("input", given, 0.0), ("target", target, _NUMERIC_STEP)):
        outside = np.argwhere((array < -beyond) | (array > 1 + beyond))
        if len(outside):
            place = tuple(outside[0].tolist())
            where = f" at {list(place)}" if place else ""
            number = f"{array[place]:.6g}".replace("-", "−")
            raise ValueRefused(f"the {name} holds {number}{where}; it takes numbers from 0 to 1. {advice[name]}")


def _clamped_log(x: Array) -> Array:
    return np.maximum(np.log(x), _SMALLEST_LOG)


def _clamped_log_rest(x: Array) -> Array:
    return np.maximum(np.log1p(-x), _SMALLEST_LOG)


_LABELS = [[1.0, 0.0, 1.0], [0.0, 1.0, 0.25]]
_ENTRY_WEIGHTS = [[0.5, 1.0, 2.0], [1.5, 0.0, 0.25]]
_WEIGHT = Input("weight", differentiable=False, optional=True)
"""How much each entry counts; it broadcasts to the input's shape."""
_POS_WEIGHT = Input("pos_weight", differentiable=False, optional=True)
"""How much label 1 counts, where label 0 counts 1: above 1 the rare positives weigh more."""
_PROBABILITIES = [[0.8, 0.3, 0.55], [0.1, 0.65, 0.9]]

binary_cross_entropy = _loss(
    "binary_cross_entropy", "BCE", "Binary cross-entropy",
    entry=lambda given, target: (target - 1.0) * _clamped_log_rest(given) - target * _clamped_log(given),
    slopes=(
        lambda given, target: (given - target) / np.maximum((1.0 - given) * given, _SMALLEST_VARIANCE),
        lambda given, target: np.log1p(-given) - np.log(given),
    ),
    shape=shapes.paired_loss,
    formula=_mean_of("−⟦$weight × ⟧$target × ln $input − ⟦$weight × ⟧(1 − $target) × ln(1 − $input)",
                     r"-⟦$weight \cdot ⟧$target \cdot \ln $input - "
                     r"⟦$weight \cdot ⟧(1 - $target) \cdot \ln(1 - $input)"),
    rules=_rules(
        ("($input − $target) / ($input × (1 − $input))⟦ × $weight⟧",
         r"\frac{$input - $target}{$input \cdot (1 - $input)}⟦ \cdot $weight⟧"),
        ("ln((1 − $input) / $input)⟦ × $weight⟧", r"\ln\frac{1 - $input}{$input}⟦ \cdot $weight⟧"),
    ),
    spelling=_spelled("binary_cross_entropy",
                      "⟦$weight * ⟧(-$target * {m}.log($input) - (1 - $target) * {m}.log1p(-$input))",
                      settings="⟦, weight=$weight⟧"),
    samples=(
        sample(0.8, 1.0), sample(_PROBABILITIES, _LABELS), sample(_PROBABILITIES, _LABELS, reduction="sum"),
        sample(_PROBABILITIES, _LABELS, reduction="none"), sample(_PROBABILITIES, _LABELS, _ENTRY_WEIGHTS),
        sample(_PROBABILITIES, _LABELS, [[0.5], [2.0]], reduction="sum"),
    ),
    sentence="Measures how surprised probabilities are by labels 0 and 1; logarithms are cut off at −100.",
    source=f"PyTorch: {_TORCH}.binary_cross_entropy; {_DEEP_LEARNING} 6.2.2.2",
    synonyms=("bce", "log loss", "classification", "logistic"),
    check=_check_probabilities,
    weights=(_WEIGHT,),
)  # fmt: skip


def _logit_entry(given: Array, target: Array, positive: Array | None = None) -> Array:
    share = 1.0 if positive is None else (positive - 1.0) * target + 1.0
    return (1.0 - target) * given - share * stable.log_sigmoid(given)


def _logit_slope(given: Array, target: Array, positive: Array | None = None) -> Array:
    if positive is None:
        return stable.sigmoid(given) - target
    wanted = positive * target
    slope: Array = (wanted + 1.0 - target) * stable.sigmoid(given) - wanted
    return slope


def _logit_target_slope(given: Array, target: Array, positive: Array | None = None) -> Array:
    if positive is None:
        return -given
    slope: Array = stable.log_sigmoid(-given) - positive * stable.log_sigmoid(given)
    return slope


binary_cross_entropy_with_logits = _loss(
    "binary_cross_entropy_with_logits", "BCE ∘ σ", "Binary cross-entropy with logits",
    entry=_logit_entry,
    slopes=(_logit_slope, _logit_target_slope),
    shape=shapes.paired_loss,
    formula=_mean_of(
        "⟦$weight × ⟧ln(1 + exp($input)) − ⟦$weight × ⟧$target × $input"
        "⟦ + ⟦$weight × ⟧($pos_weight − 1) × $target × ln(1 + exp(−$input))⟧",
        r"⟦$weight \cdot ⟧\ln(1 + e^{$input}) - ⟦$weight \cdot ⟧$target \cdot $input"
        r"⟦ + ⟦$weight \cdot ⟧($pos_weight - 1) \cdot $target \cdot \ln(1 + e^{-$input})⟧",
    ),
    rules=_rules(
        ("(σ($input) − $target⟦ − ($pos_weight − 1) × $target × σ(−$input)⟧)⟦ × $weight⟧",
         r"(\sigma($input) - $target⟦ - ($pos_weight - 1) \cdot $target \cdot \sigma(-$input)⟧)⟦ \cdot $weight⟧"),
        ("(−$input⟦ + ($pos_weight − 1) × ln(1 + exp(−$input))⟧)⟦ × $weight⟧",
         r"(-$input⟦ + ($pos_weight - 1) \cdot \ln(1 + e^{-$input})⟧)⟦ \cdot $weight⟧"),
    ),
    spelling=_spelled(
        "binary_cross_entropy_with_logits",
        "⟦$weight * ⟧({m}.logaddexp($input, 0.0) - $target * $input"
        "⟦ + ($pos_weight - 1) * $target * {m}.logaddexp(-$input, 0.0)⟧)",
        settings="⟦, weight=$weight⟧⟦, pos_weight=$pos_weight⟧",
    ),
    samples=(
        sample(0.8, 1.0), sample(_MATRIX, _LABELS), sample(_MATRIX, _LABELS, reduction="sum"),
        sample(_MATRIX, _LABELS, reduction="none"), sample(_MATRIX, _LABELS, _ENTRY_WEIGHTS),
        sample(_MATRIX, _LABELS, None, [2.0, 0.5, 3.0]),
        sample(_MATRIX, _LABELS, [[0.5], [2.0]], 2.0, reduction="none"),
    ),
    weights=(_WEIGHT, _POS_WEIGHT),
    sentence="Sigmoid and binary cross-entropy in one, which never overflows; the gradient is probability minus label.",
    source=f"PyTorch: {_TORCH}.binary_cross_entropy_with_logits; {_DEEP_LEARNING} 6.2.2.2",
    synonyms=("bce", "sigmoid cross entropy", "classification", "logistic"),
)  # fmt: skip

_SCORES = [[0.75, -2.0, 0.5], [3.0, 0.25, -1.5]]
hinge_loss = _loss(
    "hinge_loss", "hinge", "Hinge loss",
    entry=lambda given, target: np.maximum(1.0 - target * given, 0.0),
    slopes=(
        lambda given, target: np.where(target * given >= 1.0, 0.0, -target),
        lambda given, target: np.where(target * given >= 1.0, 0.0, -given),
    ),
    shape=shapes.broadcast_loss,
    formula=_mean_of("max(0, 1 − $target × $input)", r"\max(0, 1 - $target \cdot $input)"),
    rules=_rules(("(−$target if $target × $input < 1 else 0)", r"(-$target \cdot [$target \cdot $input < 1])"),
                 ("(−$input if $target × $input < 1 else 0)", r"(-$input \cdot [$target \cdot $input < 1])")),
    spelling=Spelling(
        _BY_NAME.format(m="torch") + "(torch.relu(1 - $target * $input))",
        f"{_JAX_REDUCTION}(jax.nn.relu(1 - $target * $input))",
        f"{_NUMPY_REDUCTION}(np.maximum(0, 1 - $target * $input))",
    ),
    samples=(
        sample(0.8, 1.0), sample(_SCORES, [[1.0, -1.0, -1.0], [1.0, 1.0, 1.0]]),
        sample(_SCORES, [1.0, -1.0, 1.0], reduction="sum"), sample(_SCORES, [1.0, -1.0, 1.0], reduction="none"),
    ),
    sentence="Penalises margins below 1 between a score and a label of −1 or 1; beyond the margin no gradient passes.",
    source="scikit-learn: sklearn.metrics.hinge_loss; Murphy, Probabilistic Machine Learning: An Introduction (2022), "
    "section 4.3.2",
    synonyms=("svm", "margin", "classification"),
)  # fmt: skip
