"""Activation functions. Gradients at corners are PyTorch's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import sqrt

import numpy as np

from backprop_studio.engine import shapes
from backprop_studio.engine.op import Array, Category, Formula, Input, Op, Sample, Setting, Spelling, registry
from backprop_studio.engine.ops import stable
from backprop_studio.engine.ops.declare import elementwise, formulas, sample, times

_activation = partial(elementwise, category=Category.ACTIVATION, inputs=("x",))
_MATRIX = [[1.0, -2.0, 0.5], [3.0, 0.25, -1.5]]
_SAMPLES: tuple[Sample, ...] = (sample(0.7), sample(-1.3), sample(_MATRIX))
_DEEP_LEARNING = "Goodfellow, Bengio and Courville, Deep Learning (2016), section"
_TANH_SCALE = sqrt(8 / np.pi) / 2


def _softplus(x: Array, *, beta: float, threshold: float) -> Array:
    scaled = x * beta
    return np.where(scaled > threshold, x, np.logaddexp(0.0, scaled) / beta)


def _softplus_vjp(g: Array, out: Array, x: Array, *, beta: float, threshold: float) -> Array:
    scaled = x * beta
    return np.where(scaled > threshold, g, g * stable.sigmoid(scaled))


def _gelu(x: Array, *, approximate: str) -> Array:
    if approximate == "none":
        exact: Array = x * stable.normal_cdf(x)
        return exact
    close: Array = 0.5 * x * (1.0 + np.tanh(_TANH_SCALE * (x + 0.044715 * x * x * x)))
    return close


def _gelu_vjp(g: Array, out: Array, x: Array, *, approximate: str) -> Array:
    if approximate == "none":
        exact: Array = g * (stable.normal_cdf(x) + x * stable.normal_pdf(x))
        return exact
    inner = np.tanh(_TANH_SCALE * (x + 0.044715 * x * x * x))
    slope = _TANH_SCALE * (1.0 + 3 * 0.044715 * x * x)
    return g * (0.5 * (1.0 + inner) + 0.5 * x * (1.0 - inner * inner) * slope)


def _silu_vjp(g: Array, out: Array, x: Array) -> Array:
    s = stable.sigmoid(x)
    return g * (s * (1.0 + x * (1.0 - s)))


relu = _activation(
    "relu", "ReLU", "ReLU",
    forward=lambda x: np.maximum(x, 0.0),
    vjps=(lambda g, out, x: np.where(out == 0, 0.0, g),),  # out, so that a plan need not keep x; never negative
    formula=Formula("max(0, $x)", r"\max(0, $x)"),
    rules=(times("(1 if $x > 0 else 0)", r"[$x > 0]"),),
    spelling=Spelling("torch.nn.functional.relu($x)", "jax.nn.relu($x)", "np.maximum($x, 0)"),
    samples=_SAMPLES,
    sentence="Passes positive values and turns the rest into 0; where it gives 0, no gradient passes.",
    source=f"PyTorch: torch.nn.functional.relu; {_DEEP_LEARNING} 6.3.1",
    synonyms=("rectifier", "rectified linear unit", "ramp"),
)  # fmt: skip

leaky_relu = _activation(
    "leaky_relu", "LReLU", "Leaky ReLU",
    forward=lambda x, negative_slope: np.where(x > 0, x, x * negative_slope),
    vjps=(lambda g, out, x, negative_slope: np.where(x > 0, g, g * negative_slope),),
    formula=Formula(
        "$x if $x > 0 else $negative_slope × $x",
        r"\begin{cases}$x & $x > 0 \\ $negative_slope \cdot $x & \text{otherwise}\end{cases}",
    ),
    rules=(
        times("(1 if $x > 0 else $negative_slope)",
              r"\begin{cases}1 & $x > 0 \\ $negative_slope & \text{otherwise}\end{cases}"),
    ),
    spelling=Spelling(
        "torch.nn.functional.leaky_relu($x, $negative_slope)",
        "jnp.where($x > 0, $x, $x * $negative_slope)",
        "np.where($x > 0, $x, $x * $negative_slope)",
    ),
    samples=(*_SAMPLES, sample(_MATRIX, negative_slope=0.3)),
    sentence="Passes positive values and scales the rest down, so that a little gradient always passes.",
    source="PyTorch: torch.nn.functional.leaky_relu; Maas, Hannun and Ng, Rectifier nonlinearities improve neural "
    "network acoustic models (2013)",
    settings=(Setting("negative_slope", "float", 0.01, "Slope for values up to 0."),),
    synonyms=("lrelu", "rectifier"),
)  # fmt: skip

elu = _activation(
    "elu", "ELU", "ELU",
    forward=lambda x, alpha: np.where(x <= 0, alpha * np.expm1(np.minimum(x, 0.0)), x),
    vjps=(lambda g, out, x, alpha: np.where(x <= 0, g * (alpha * np.exp(np.minimum(x, 0.0))), g),),
    formula=Formula(
        "$x if $x > 0 else $alpha × (exp($x) − 1)",
        r"\begin{cases}$x & $x > 0 \\ $alpha \cdot (e^{$x} - 1) & \text{otherwise}\end{cases}",
    ),
    rules=(
        times("(1 if $x > 0 else $alpha × exp($x))",
              r"\begin{cases}1 & $x > 0 \\ $alpha \cdot e^{$x} & \text{otherwise}\end{cases}"),
    ),
    spelling=Spelling(
        "torch.nn.functional.elu($x, $alpha)",
        "jax.nn.elu($x, $alpha)",
        "np.where($x > 0, $x, $alpha * np.expm1(np.minimum($x, 0)))",
    ),
    samples=(*_SAMPLES, sample(_MATRIX, alpha=0.5)),
    sentence="Passes positive values and bends the rest smoothly towards −alpha.",
    source="PyTorch: torch.nn.functional.elu; Clevert, Unterthiner and Hochreiter, arXiv:1511.07289",
    settings=(Setting("alpha", "float", 1.0, "Depth of the negative side."),),
    synonyms=("exponential linear unit",),
)  # fmt: skip

sigmoid = _activation(
    "sigmoid", "σ", "Sigmoid",
    forward=stable.sigmoid,
    vjps=(lambda g, out, x: g * (out * (1.0 - out)),),
    formula=Formula("σ($x)", r"\sigma($x)"),
    rules=(
        ("$out × (1 − $out)", r"$out \cdot (1 - $out)", "$g × $out × (1 − $out)", r"$g \cdot $out \cdot (1 - $out)"),
    ),
    spelling=Spelling("torch.sigmoid($x)", "jax.nn.sigmoid($x)", "1 / (1 + np.exp(-$x))"),
    samples=_SAMPLES,
    sentence="Squeezes any number into 0 to 1: σ(x) = 1 / (1 + exp(−x)); its slope is at most ¼.",
    source=f"PyTorch: torch.sigmoid; {_DEEP_LEARNING} 3.10 and 6.3.2",
    synonyms=("logistic", "squash", "expit"),
)  # fmt: skip

tanh = _activation(
    "tanh", "tanh", "Hyperbolic tangent",
    forward=np.tanh,
    vjps=(lambda g, out, x: g * (1.0 - out * out),),
    formula=Formula("tanh($x)", r"\tanh($x)"),
    rules=(times("(1 − $out²)", "(1 - {$out}^{2})"),),
    spelling=Spelling("torch.tanh($x)", "jnp.tanh($x)", "np.tanh($x)"),
    samples=_SAMPLES,
    sentence="Squeezes any number into −1 to 1; its slope is 1 at 0 and falls off on both sides.",
    source=f"PyTorch: torch.tanh; {_DEEP_LEARNING} 6.3.2",
    synonyms=("hyperbolic tangent", "squash"),
)  # fmt: skip

softplus = _activation(
    "softplus", "softplus", "Softplus",
    forward=_softplus,
    vjps=(_softplus_vjp,),
    formula=Formula("ln(1 + exp($beta × $x)) / $beta", r"\frac{\ln(1 + e^{$beta \cdot $x})}{$beta}"),
    rules=(times("σ($beta × $x)", r"\sigma($beta \cdot $x)"),),
    spelling=Spelling(
        "torch.nn.functional.softplus($x, beta=$beta, threshold=$threshold)",
        "jnp.where($beta * $x > $threshold, $x, jnp.logaddexp($beta * $x, 0.0) / $beta)",
        "np.where($beta * $x > $threshold, $x, np.logaddexp($beta * $x, 0.0) / $beta)",
    ),
    samples=(*_SAMPLES, sample(_MATRIX, beta=2.0)),
    sentence="A smooth ReLU; its slope is the sigmoid. Where beta × x is above the threshold it is x itself.",
    source=f"PyTorch: torch.nn.functional.softplus; {_DEEP_LEARNING} 3.10",
    settings=(
        Setting("beta", "float", 1.0, "Sharpness of the bend.", above=0.0),
        Setting("threshold", "float", 20.0, "From this value of beta × x on the result is x."),
    ),
    synonyms=("smooth relu",),
)  # fmt: skip

gelu = _activation(
    "gelu", "GELU", "GELU",
    forward=_gelu,
    vjps=(_gelu_vjp,),
    formula=Formula("$x × Φ($x)", r"$x \cdot \Phi($x)"),
    rules=(times("(Φ($x) + $x × φ($x))", r"(\Phi($x) + $x \cdot \varphi($x))"),),
    spelling=Spelling(
        "torch.nn.functional.gelu($x, approximate=$approximate)",
        "jax.nn.gelu($x, approximate=$approximate == 'tanh')",
        "$x * 0.5 * (1 + np.vectorize(math.erf)($x / math.sqrt(2)) if $approximate == 'none' else "
        "1 + np.tanh(math.sqrt(2 / math.pi) * ($x + 0.044715 * $x ** 3)))",
    ),
    samples=(*_SAMPLES, sample(_MATRIX, approximate="tanh")),
    sentence="Weighs each value by the probability Φ that a standard normal number lies below it.",
    source="PyTorch: torch.nn.functional.gelu; Hendrycks and Gimpel, arXiv:1606.08415",
    settings=(
        Setting("approximate", "choice", "none", "Exact, or the faster formula with tanh.", choices=("none", "tanh")),
    ),
    synonyms=("gaussian error linear unit", "transformer"),
)  # fmt: skip

silu = _activation(
    "silu", "SiLU", "SiLU (Swish)",
    forward=lambda x: x * stable.sigmoid(x),
    vjps=(_silu_vjp,),
    formula=Formula("$x × σ($x)", r"$x \cdot \sigma($x)"),
    rules=(times("σ($x) × (1 + $x × (1 − σ($x)))", r"\sigma($x) \cdot (1 + $x \cdot (1 - \sigma($x)))"),),
    spelling=Spelling("torch.nn.functional.silu($x)", "jax.nn.silu($x)", "$x / (1 + np.exp(-$x))"),
    samples=_SAMPLES,
    sentence="Weighs each value by its own sigmoid.",
    source="PyTorch: torch.nn.functional.silu; Elfwing, Uchibe and Doya, arXiv:1702.03118",
    synonyms=("swish",),
)  # fmt: skip

identity = _activation(
    "identity", "x", "Identity",
    forward=np.positive,
    vjps=(lambda g, out, x: g,),
    formula=Formula("$x", "$x"),
    rules=(times("1", "1"),),
    spelling=Spelling("torch.nn.Identity()($x)", "$x", "$x"),
    samples=_SAMPLES,
    sentence="Passes the value, and the gradient, unchanged.",
    source="PyTorch: torch.nn.Identity",
    synonyms=("none", "pass", "linear"),
)  # fmt: skip


def _softmax_product(g: Array, out: Array, x: Array, *, axis: int) -> Array:
    result: Array = out * (g - stable.total(g * out, axis, keepdims=True))
    return result


def _log_softmax_jvp(tangents: Sequence[Array], out: Array, x: Array, *, axis: int) -> Array:
    return tangents[0] - stable.total(np.exp(out) * tangents[0], axis, keepdims=True)


_AXIS = Setting("axis", "int", -1, "The axis along which the results sum to 1.", aliases=("dim",))
_AXIS_SAMPLES = (sample(0.7), sample([2.0, 1.0, 0.1]), sample(_MATRIX), sample(_MATRIX, axis=0))

_LOCAL, _GRADIENT = formulas((
    ("$out (δ − $outᵀ)", r"\operatorname{diag}($out) - $out {$out}^{\top}",
     "$out × ($g − Σ $g × $out)", r"$out \odot ($g - \textstyle\sum $g \odot $out)"),
))  # fmt: skip
softmax = registry.add(
    Op(
        name="softmax", symbol="softmax", title="Softmax", category=Category.ACTIVATION, inputs=(Input("x"),),
        forward=lambda x, axis: stable.softmax(x, axis),
        vjps=(_softmax_product,),
        jvp=lambda tangents, out, x, axis: _softmax_product(tangents[0], out, x, axis=axis),
        shape=shapes.along_axis,
        formula=Formula("exp($x) / Σ exp($x)", r"\frac{e^{$x}}{\sum e^{$x}}"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling(
            "torch.softmax($x, dim=$axis)",
            "jax.nn.softmax($x, axis=$axis)",
            "np.exp($x) / np.sum(np.exp($x), axis=$axis, keepdims=True)",
        ),
        samples=_AXIS_SAMPLES,
        sentence="Turns numbers along an axis into probabilities that sum to 1; raising one lowers the others.",
        source=f"PyTorch: torch.softmax; {_DEEP_LEARNING} 6.2.2.3",
        settings=(_AXIS,),
        synonyms=("probabilities", "normalise", "attention"),
    )
)  # fmt: skip

_LOCAL, _GRADIENT = formulas((
    ("δ − exp($out)ᵀ", r"I - \mathbf{1} {e^{$out}}^{\top}",
     "$g − exp($out) × Σ $g", r"$g - e^{$out} \odot \textstyle\sum $g"),
))  # fmt: skip
log_softmax = registry.add(
    Op(
        name="log_softmax", symbol="ln softmax", title="Log-softmax", category=Category.ACTIVATION,
        inputs=(Input("x"),),
        forward=lambda x, axis: stable.log_softmax(x, axis),
        vjps=(lambda g, out, x, axis: g - np.exp(out) * stable.total(g, axis, keepdims=True),),
        jvp=_log_softmax_jvp,
        shape=shapes.along_axis,
        formula=Formula("$x − ln Σ exp($x)", r"$x - \ln \sum e^{$x}"),
        local=_LOCAL,
        gradient=_GRADIENT,
        spelling=Spelling(
            "torch.log_softmax($x, dim=$axis)",
            "jax.nn.log_softmax($x, axis=$axis)",
            "$x - np.logaddexp.reduce($x, axis=$axis, keepdims=True)",
        ),
        samples=_AXIS_SAMPLES,
        sentence="The logarithm of softmax, computed so that nothing overflows.",
        source=f"PyTorch: torch.log_softmax; {_DEEP_LEARNING} 4.1 and 6.2.2.3",
        settings=(_AXIS,),
        synonyms=("log probabilities",),
    )
)  # fmt: skip
