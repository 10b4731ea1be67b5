"""Losses over classes: cross-entropy on logits, negative log-likelihood on log-probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

import numpy as np

from backprop_studio.engine import shapes
from backprop_studio.engine.errors import ValueRefused
from backprop_studio.engine.one_call import one_call
from backprop_studio.engine.op import Array, Category, Formula, Input, Op, Setting, Settings, Shape, Spelling, registry
from backprop_studio.engine.ops import stable
from backprop_studio.engine.ops.declare import formulas, sample
from backprop_studio.engine.ops.losses import REDUCTION
from backprop_studio.engine.ops.optional import with_optional_inputs
from backprop_studio.engine.shapes import class_axis


def wrong_index(indices: Array, size: int, counts: Array | bool = True) -> str | None:
    """The first entry that counts and is no whole number from 0 to size − 1, in words such as "3 at [0]"."""
    valid = (indices >= 0) & (indices < size) & (indices == np.floor(indices))
    wrong = np.argwhere(counts & ~valid)
    if not len(wrong):
        return None
    place = tuple(wrong[0].tolist())
    number = f"{indices[place]:.6g}".replace("-", "−")
    return f"{number} at {list(place)}" if place else number


def class_indices(target: Array, classes: int, ignore_index: int) -> tuple[Array, Array]:
    """Indices safe to look up (0 where ignored) and a mask of those that count.

    Raises ValueRefused, naming the index and the number of classes, for one that is out of range.
    """
    counts = target != ignore_index
    wrong = wrong_index(target, classes, counts)
    if wrong is not None:
        raise ValueRefused(
            f"the target holds the class index {wrong}, but the input has "
            f"{shapes.counted(classes, 'class', 'classes')}: an index is a whole number from 0 to {classes - 1}."
        )
    return np.where(counts, target, 0).astype(np.intp), counts


@one_call(lambda target, shape, **_: shape)
def _wanted(target: Array, *, dtype: np.dtype, shape: Shape, ignore_index: int, label_smoothing: float) -> Array:
    """The probability wanted of each class, in the shape of the logits; 0 throughout where ignored."""
    axis = class_axis(shape)
    classes = shape[axis]
    if target.shape == shape:
        smoothed: Array = target * (1.0 - label_smoothing) + label_smoothing / classes
        return smoothed
    indices, counts = class_indices(target, classes, ignore_index)
    one_hot = np.zeros(shape, dtype)
    np.put_along_axis(one_hot, np.expand_dims(indices, axis), 1.0, axis)
    wanted = one_hot * (1.0 - label_smoothing) + label_smoothing / classes
    result: Array = wanted * np.expand_dims(counts, axis)
    return result


@one_call(lambda target, **_: ())
def _count(target: Array, *, dtype: np.dtype, shape: Shape, ignore_index: int) -> Array:
    """How many examples count."""
    if target.shape == shape:
        return np.asarray(prod(shape) // shape[class_axis(shape)], dtype)
    return np.asarray(np.add.reduce(target != ignore_index, axis=None, dtype=np.int64), dtype)


CLASS_WEIGHT = Input("weight", differentiable=False, optional=True)
"""How much the examples of each class count."""


def _spread(weight: Array, shape: Shape) -> Array:
    """A weight for each class, shaped so that it broadcasts over logits of ``shape``."""
    return weight.reshape(-1, *[1] * (len(shape) - 1 - class_axis(shape)))


def _weights(
    logits: Array, target: Array, weight: Array | None, ignore_index: int, label_smoothing: float
) -> tuple[Array, Array]:
    """The probability wanted of each class, times its weight, and by what a mean over the examples divides.

    That is their number; with class indices and weights the sum of the weights of their classes. The weight of a class
    that no example is of does not count, even where it is infinite, as 1 over their number is.
    """
    about = {"shape": logits.shape, "dtype": logits.dtype, "ignore_index": ignore_index}
    wanted, count = _wanted(target, label_smoothing=label_smoothing, **about), _count(target, **about)
    if weight is None:
        return wanted, count
    each = _spread(weight, logits.shape)
    if target.shape == logits.shape:
        return wanted * each, count
    own = _wanted(target, label_smoothing=0.0, **about)
    return np.where(wanted == 0, 0.0, wanted * each), stable.total(np.where(own == 0, 0.0, own * each))


def _per_example(g: Array, reduction: str, count: Array, weight: Array | None) -> Array:
    """The upstream gradient of one example's loss."""
    if reduction != "mean":
        return g
    return g / count if weight is not None else np.where(count == 0, 0.0, g / np.maximum(count, 1))


def _unless_ignored(gradient: Array, logits: Array, target: Array, ignore_index: int, *, whole_rows: bool) -> Array:
    """0 where an example is ignored, or in all classes but its own: a mean over weights of sum 0 is NaN elsewhere."""
    if target.shape == logits.shape:
        return gradient
    about = {"shape": logits.shape, "dtype": logits.dtype, "ignore_index": ignore_index}
    own = _wanted(target, label_smoothing=0.0, **about)
    counts = stable.total(own, class_axis(logits.shape), keepdims=True) if whole_rows else own
    return np.where(counts == 0, 0.0, gradient)


def _reduced(losses: Array, reduction: str, count: Array) -> Array:
    if reduction == "none":
        return losses
    total = stable.total(losses)
    return total if reduction == "sum" else np.true_divide(total, count)


def _cross_entropy(
    logits: Array, target: Array, weight: Array | None, *, reduction: str, ignore_index: int, label_smoothing: float
) -> Array:
    axis = class_axis(logits.shape)
    wanted, count = _weights(logits, target, weight, ignore_index, label_smoothing)
    terms = wanted * stable.log_softmax(logits, axis)
    if target.shape != logits.shape:
        terms = np.where(wanted == 0, 0.0, terms)
    return _reduced(-stable.total(terms, axis), reduction, count)


def _entry_gradient(g: Array, logits: Array, reduction: str, count: Array, weight: Array | None) -> Array:
    """The upstream gradient of one example's loss, with the class axis put back."""
    each = _per_example(g, reduction, count, weight)
    return np.expand_dims(each, class_axis(logits.shape)) if reduction == "none" else each


def _vjp_input(
    g: Array, out: Array, logits: Array, target: Array, weight: Array | None, *,
    reduction: str, ignore_index: int, label_smoothing: float,
) -> Array:  # fmt: skip
    axis = class_axis(logits.shape)
    wanted, count = _weights(logits, target, weight, ignore_index, label_smoothing)
    each = _entry_gradient(g, logits, reduction, count, weight)
    probability = stable.scaled_softmax(logits, axis, each * stable.total(wanted, axis, keepdims=True))
    result: Array = probability - each * wanted
    return result if weight is None else _unless_ignored(result, logits, target, ignore_index, whole_rows=True)


def _vjp_target(
    g: Array, out: Array, logits: Array, target: Array, weight: Array | None, *,
    reduction: str, ignore_index: int, label_smoothing: float,
) -> Array:  # fmt: skip
    _, count = _weights(logits, target, weight, ignore_index, label_smoothing)
    slope = (label_smoothing - 1.0) * stable.log_softmax(logits, class_axis(logits.shape))
    if weight is not None:
        slope = slope * _spread(weight, logits.shape)
    result: Array = _entry_gradient(g, logits, reduction, count, weight) * slope
    return result


def _for_probabilities(op: Op, shapes: Sequence[Shape | None], settings: Settings) -> Op:
    """With probabilities as target the target has a gradient too, and the formula sums over the classes."""
    if shapes[0] != shapes[1] or op.inputs[1].differentiable:
        return op
    soft_local, soft_gradient = formulas((
        ("softmax($input) − $target", r"\operatorname{softmax}($input) - $target",
         "$g × (softmax($input) − $target) / n", r"\frac{$g}{n} \cdot (\operatorname{softmax}($input) - $target)"),
        ("−ln softmax($input)", r"-\ln \operatorname{softmax}($input)",
         "$g × (−ln softmax($input)) / n", r"\frac{$g}{n} \cdot (-\ln \operatorname{softmax}($input))"),
    ))  # fmt: skip
    return replace(
        op,
        inputs=(op.inputs[0], Input("target"), *op.inputs[2:]),
        vjps=(_vjp_input, _vjp_target, *op.vjps[2:]),
        formula=Formula(
            "$reduction(−Σ $target × ln softmax($input))",
            r"\operatorname{$reduction}\left(-\sum $target \cdot \ln \operatorname{softmax}($input)\right)",
        ),
        local=(*soft_local, *op.local[2:]),
        gradient=(*soft_gradient, *op.gradient[2:]),
        short_texts={},
    )


def _jvp(
    tangents: Sequence[Array], out: Array, logits: Array, target: Array, weight: Array | None, *,
    reduction: str, ignore_index: int, label_smoothing: float,
) -> Array:  # fmt: skip
    axis = class_axis(logits.shape)
    wanted, count = _weights(logits, target, weight, ignore_index, label_smoothing)
    slope = stable.softmax(logits, axis) * stable.total(wanted, axis, keepdims=True) - wanted
    change = slope * tangents[0]
    if target.shape == logits.shape:
        each = 1.0 if weight is None else _spread(weight, logits.shape)
        change = change - tangents[1] * each * (1.0 - label_smoothing) * stable.log_softmax(logits, axis)
    return _reduced(stable.total(change, axis), reduction, count)


_LOCAL, _GRADIENT = formulas((
    ("softmax($input) − onehot($target)", r"\operatorname{softmax}($input) - \operatorname{onehot}($target)",
     "$g × (softmax($input) − onehot($target)) / n",
     r"\frac{$g}{n} \cdot (\operatorname{softmax}($input) - \operatorname{onehot}($target))"),
    None,
    None,
))  # fmt: skip
_AXIS = "min(1, $input.ndim - 1)"
_KNOWN = (
    "{m}.moveaxis({m}.eye($input.shape[" + _AXIS + "])[{m}.where($target == $ignore_index, 0, $target).astype(int)], "
    "-1, " + _AXIS + ") * {m}.expand_dims($target != $ignore_index, " + _AXIS + ")"
)


def _spelled(m: str, log_p: str, wanted: str, known: str, count: str) -> str:
    """One line of NumPy or JAX: ``known`` is 1 at each example's class, ``wanted`` what that becomes."""
    weight = f"⟦$weight.reshape((-1,) + (1,) * ($input.ndim - 1 - {_AXIS})) * ⟧"
    text = (
        "(lambda losses, count: {'mean': losses.sum() / count, 'sum': losses.sum(), 'none': losses}[$reduction])("
        f"*(lambda known: (-({weight}{wanted} * {log_p}).sum({_AXIS}), {count.format(weight=weight)}))({known}))"
    )
    return text.replace("{m}", m)


_SMOOTHED = (
    "(known * (1 - $label_smoothing) + $label_smoothing / $input.shape[" + _AXIS + "] * (1 if $target.ndim == "
    "$input.ndim else known.sum(" + _AXIS + ", keepdims=True)))"
)
_CE_KNOWN = "$target if $target.ndim == $input.ndim else " + _KNOWN
_CE_COUNT = "known.size / $input.shape[" + _AXIS + "] if $target.ndim == $input.ndim else ({weight}known).sum()"
_JAX_LOG_SOFTMAX = f"jax.nn.log_softmax($input, axis={_AXIS})"
_NUMPY_LOG_SOFTMAX = f"($input - np.logaddexp.reduce($input, axis={_AXIS}, keepdims=True))"
_LOGITS = [[2.0, 1.0, 0.1], [-1.0, 0.5, 1.5]]
_VOLUME = [[[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0]], [[1.0, 0.0], [-2.0, 0.5], [0.75, 1.25]]]
cross_entropy = registry.add(
    with_optional_inputs(Op(
        name="cross_entropy", symbol="CE", title="Cross-entropy", category=Category.LOSS,
        inputs=(Input("input"), Input("target", differentiable=False, indices=True), CLASS_WEIGHT),
        forward=_cross_entropy,
        vjps=(_vjp_input, None, None),
        refine=_for_probabilities,
        jvp=_jvp,
        shape=shapes.class_loss,
        formula=Formula("$reduction(−ln softmax($input)[$target])",
                        r"\operatorname{$reduction}\left(-\ln \operatorname{softmax}($input)_{$target}\right)"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling(
            "torch.nn.functional.cross_entropy($input, $target, weight=$weight, "
            "ignore_index=$ignore_index, reduction=$reduction, label_smoothing=$label_smoothing)",
            _spelled("jnp", _JAX_LOG_SOFTMAX, _SMOOTHED, _CE_KNOWN, _CE_COUNT),
            _spelled("np", _NUMPY_LOG_SOFTMAX, _SMOOTHED, _CE_KNOWN, _CE_COUNT),
        ),
        samples=(
            sample([2.0, 1.0, 0.1], np.array(0)),
            sample(_LOGITS, np.array([0, 2])),
            sample(_LOGITS, [[0.2, 0.5, 0.3], [0.0, 1.0, 0.0]]),
            sample(_LOGITS, np.array([1, -100]), reduction="sum", label_smoothing=0.1),
            sample(_LOGITS, [[0.2, 0.5, 0.3], [0.0, 1.0, 0.5]], [0.5, 1.0, 2.0], label_smoothing=0.1),
            sample(_LOGITS, np.array([1, -100]), [0.5, 1.0, 2.0], label_smoothing=0.1),
            sample(_VOLUME, np.array([[0, 2], [1, 1]]), reduction="none"),
            sample(_LOGITS, np.array([0, 2]), [0.5, 1.0, 2.0]),
            sample(_LOGITS, [[0.2, 0.5, 0.3], [0.0, 1.0, 0.0]], [0.5, 1.0, 2.0]),
        ),
        sentence="Softmax and the surprise at the true class in one; the gradient is probability minus target.",
        source="PyTorch: torch.nn.functional.cross_entropy; Goodfellow, Bengio and Courville, Deep Learning (2016), "
        "section 6.2.2.3",
        settings=(
            REDUCTION,
            Setting("ignore_index", "int", -100, "Examples with this class index count for nothing."),
            Setting("label_smoothing", "float", 0.0, "Share of the target spread evenly over all classes.",
                    minimum=0.0, maximum=1.0),
        ),
        synonyms=("loss", "cost", "softmax loss", "classification", "log loss", "ce"),
    ))
)  # fmt: skip


def _nll(scores: Array, target: Array, weight: Array | None, *, reduction: str, ignore_index: int) -> Array:
    axis = class_axis(scores.shape)
    wanted, count = _weights(scores, target, weight, ignore_index, 0.0)
    terms = np.where(wanted == 0, 0.0, wanted * scores)
    return _reduced(-stable.total(terms, axis), reduction, count)


def _nll_vjp(
    g: Array, out: Array, scores: Array, target: Array, weight: Array | None, *, reduction: str, ignore_index: int
) -> Array:
    wanted, count = _weights(scores, target, weight, ignore_index, 0.0)
    result: Array = _entry_gradient(g, scores, reduction, count, weight) * -wanted
    return result if weight is None else _unless_ignored(result, scores, target, ignore_index, whole_rows=False)


def _nll_jvp(
    tangents: Sequence[Array], out: Array, scores: Array, target: Array, weight: Array | None, *,
    reduction: str, ignore_index: int,
) -> Array:  # fmt: skip
    wanted, count = _weights(scores, target, weight, ignore_index, 0.0)
    return _reduced(-stable.total(wanted * tangents[0], class_axis(scores.shape)), reduction, count)


_LOCAL, _GRADIENT = formulas((
    ("−1 at $target, else 0", r"-[\text{class} = $target]",
     "−$g / n at $target, else 0", r"-\frac{$g}{n} \cdot [\text{class} = $target]"),
    None,
    None,
))  # fmt: skip
nll_loss = registry.add(
    with_optional_inputs(Op(
        name="nll_loss", symbol="NLL", title="Negative log-likelihood", category=Category.LOSS,
        inputs=(Input("input"), Input("target", differentiable=False, indices=True), CLASS_WEIGHT),
        forward=_nll,
        vjps=(_nll_vjp, None, None),
        jvp=_nll_jvp,
        shape=shapes.index_class_loss,
        formula=Formula("$reduction(−$input[$target])", r"\operatorname{$reduction}\left(-{$input}_{$target}\right)"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling(
            "torch.nn.functional.nll_loss($input, $target, weight=$weight, "
            "ignore_index=$ignore_index, reduction=$reduction)",
            _spelled("jnp", "$input", "known", _KNOWN, "({weight}known).sum()"),
            _spelled("np", "$input", "known", _KNOWN, "({weight}known).sum()"),
        ),
        samples=(
            sample([-0.4, -1.4, -2.3], np.array(0)),
            sample([[-0.4, -1.4, -2.3], [-3.0, -1.5, -0.3]], np.array([0, 2])),
            sample(_VOLUME, np.array([[0, 2], [1, 1]]), reduction="none"),
            sample(_LOGITS, np.array([1, 2]), reduction="sum"),
            sample(_LOGITS, np.array([1, 2]), [0.5, 1.0, 2.0]),
            sample(_VOLUME, np.array([[0, -100], [1, 1]]), [0.5, 1.0, 2.0]),
        ),
        sentence="Minus the log-probability of the true class; feed it from a log-softmax.",
        source="PyTorch: torch.nn.functional.nll_loss; Goodfellow, Bengio and Courville, Deep Learning (2016), "
        "section 5.5",
        settings=(REDUCTION, Setting("ignore_index", "int", -100, "Examples with this class index count for nothing.")),
        synonyms=("loss", "cost", "log likelihood", "classification"),
    ))
)  # fmt: skip
