"""How a sample of PyTorch's operators is put to ours: inputs in our order, and our settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch


class Skip(Exception):
    """A sample that asks for something our operation does not have; ``str`` is the reason."""


@dataclass
class Translated:
    """Inputs (tensors or numbers) and settings for our operation; ``pick`` takes the result out of PyTorch's."""

    inputs: Sequence[Any]
    settings: dict[str, Any] = field(default_factory=dict)
    pick: Callable[[Any], torch.Tensor] = lambda result: result
    state: dict[str, Any] = field(default_factory=dict)


Adapter = Callable[[Any], Translated]
_LEGACY = ("size_average", "reduce")


def _named(sample: Any, names: Sequence[str], defaults: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Positional and keyword arguments by name. What is not named must have the value in ``defaults``."""
    given = dict(zip(names, sample.args, strict=False)) | sample.kwargs
    if len(sample.args) > len(names):
        raise Skip("more arguments than ours has")
    allowed = {"inplace": False} | dict(defaults or {})
    for name in list(given):
        if name in names:
            continue
        value = given.pop(name)
        if name in allowed and (value is allowed[name] or _same(value, allowed[name])):
            continue
        raise Skip(f"{name} given")
    return given


def _same(a: Any, b: Any) -> bool:
    return not isinstance(a, torch.Tensor) and type(a) is type(b) and a == b


def _settings(given: Mapping[str, Any], renamed: Mapping[str, str] | None = None) -> dict[str, Any]:
    result = {}
    for name, value in given.items():
        if isinstance(value, torch.Tensor):
            raise Skip(f"{name} is a tensor")
        result[(renamed or {}).get(name, name)] = list(value) if isinstance(value, torch.Size | tuple) else value
    return result


def unary(*names: str) -> Adapter:
    """One input; arguments of these names are settings of the same names."""
    return lambda sample: Translated([sample.input], _settings(_named(sample, names)))


def binary(sample: Any) -> Translated:
    """Two inputs, of which the second may be a number."""
    given = _named(sample, ("other",), {"alpha": 1})
    other = given["other"]
    if isinstance(other, complex):
        raise Skip("complex number")
    return Translated([sample.input, other])


def clamp(sample: Any) -> Translated:
    """Bounds that are numbers."""
    given = _named(sample, ("min", "max"))
    return Translated([sample.input], {name: v for name, v in _settings(given).items() if v is not None})


def bound(name: str) -> Adapter:
    """One bound that is a number."""
    return lambda sample: Translated([sample.input], _settings(_named(sample, (name,))))


def where(sample: Any) -> Translated:
    """PyTorch's samples put the condition second."""
    condition, other = sample.args
    return Translated([condition, sample.input, other])


def reduction(sample: Any) -> Translated:
    """dim and keepdim."""
    given = _settings(_named(sample, ("dim", "keepdim")), {"dim": "axis", "keepdim": "keepdims"})
    if given.get("axis") == []:
        raise Skip("an empty tuple of axes, which ours refuses")
    return Translated([sample.input], given)


def extreme(sample: Any) -> Translated:
    """max and min along one axis return values and indices."""
    translated = reduction(sample)
    translated.pick = lambda result: result if isinstance(result, torch.Tensor) else result[0]
    return translated


def several(sample: Any) -> Translated:
    """A list of tensors, and dim."""
    given = _settings(_named(sample, ("dim",)), {"dim": "axis"})
    tensors = list(sample.input)
    if len(tensors) > 1 and len({one.dim() for one in tensors}) > 1:
        raise Skip("an empty tensor of another number of axes")
    return Translated(tensors, given)


def reshape(sample: Any) -> Translated:
    """The new shape as one argument."""
    (shape,) = sample.args
    if any(size == -1 for size in shape):
        return Translated([sample.input], {"shape": list(sample.input.reshape(shape).shape)})
    return Translated([sample.input], {"shape": list(shape)})


def index(sample: Any) -> Translated:
    """Indexing by constants."""
    (key,) = sample.args
    parts = key if isinstance(key, tuple) else (key,)
    return Translated([sample.input], {"index": ", ".join(map(_index_text, parts))})


def _index_text(part: Any) -> str:
    if part is Ellipsis:
        return "..."
    if isinstance(part, bool) or not isinstance(part, int | slice):
        raise Skip(f"indexed by {type(part).__name__}")
    if isinstance(part, int):
        return str(part)
    ends = ["" if one is None else str(one) for one in (part.start, part.stop)]
    return ":".join(ends if part.step is None else [*ends, str(part.step)])


def linear(sample: Any) -> Translated:
    """With or without a bias."""
    given = _named(sample, ("weight", "bias"))
    if given["weight"].dim() != 2:
        raise Skip("a weight without an axis of outputs")
    return Translated([sample.input, given["weight"], given.get("bias")])


def weighted_loss(*names: str, weights: Sequence[str] = ("weight",)) -> Adapter:
    """Input, target, weights, and settings."""

    def translate(sample: Any) -> Translated:
        given = _named(sample, ("target", *weights, "reduction", *names), dict.fromkeys(_LEGACY))
        inputs = [given.pop(name, None) for name in ("target", *weights)]
        return Translated([sample.input, *inputs], _settings(given))

    return translate


def loss(*names: str) -> Adapter:
    """Input, target, and settings."""

    def translate(sample: Any) -> Translated:
        nothing = {"weight": None, **dict.fromkeys(_LEGACY)}
        given = _named(sample, ("target", "reduction", *names), nothing)
        target = given.pop("target")
        return Translated([sample.input, target], _settings(given))

    return translate


def conv2d(sample: Any) -> Translated:
    """With or without a bias; padding in numbers or as a word."""
    given = _named(sample, ("weight", "bias", "stride", "padding", "dilation", "groups"))
    weight, bias = given.pop("weight"), given.pop("bias", None)
    return Translated([sample.input, weight, bias], _settings(given))


def pool(*order: str) -> Adapter:
    """A window, its stride and padding, and further settings."""

    def translate(sample: Any) -> Translated:
        given = _named(sample, ("kernel_size", "stride", "padding", *order))
        given.pop("return_indices", None)
        if (given.get("divisor_override") or 1) < 1:
            raise Skip("a divisor below 1, which ours refuses")
        stride = given.get("stride")
        if stride is not None and not isinstance(stride, int) and len(stride) == 0:
            given["stride"] = None
        pick = lambda result: result[0] if isinstance(result, tuple) else result  # noqa: E731
        return Translated([sample.input], _settings(given), pick)

    return translate


def batch_norm(sample: Any) -> Translated:
    """With the statistics of the batch, or the running ones."""
    names = ("running_mean", "running_var", "weight", "bias", "training", "momentum", "eps")
    given = _named(sample, names)
    if sample.input.dim() < 2:
        raise Skip("an input without an axis of channels")
    if not 0.0 <= given.get("momentum", 0.1) <= 1.0:
        raise Skip("a momentum outside 0 to 1, which ours refuses")
    settings = {"training": given.get("training", False)}
    settings |= {name: given[name] for name in ("momentum", "eps") if given.get(name) is not None}
    kept = {name: given[name] for name in names[:2] if given.get(name) is not None}
    state = {name: tensor.detach().numpy().copy() for name, tensor in kept.items()}
    return Translated([sample.input, given.get("weight"), given.get("bias")], settings, state=state)


def layer_norm(sample: Any) -> Translated:
    """Over the last axes."""
    given = _named(sample, ("normalized_shape", "weight", "bias", "eps"))
    if given.get("eps", 0.0) < 0.0:
        raise Skip("a negative eps, which ours refuses")
    settings = {"eps": given.get("eps", 1e-5), "normalized_shape": list(given["normalized_shape"])}
    return Translated([sample.input, given.get("weight"), given.get("bias")], settings)


def embedding(sample: Any) -> Translated:
    """PyTorch's samples put the weight first."""
    given = _named(sample, ("indices", "padding_idx"), {"sparse": False, "scale_grad_by_freq": False})
    return Translated([given.pop("indices"), sample.input], _settings(given))


def random_mask(sample: Any) -> Translated:
    """Dropout draws another mask than PyTorch; only without one can it be compared."""
    given = _named(sample, ("p", "training"))
    if given.get("training", True) and given.get("p", 0.5) not in (0.0, 1.0):
        raise Skip("a random mask")
    return Translated([sample.input], _settings(given))


_F = "nn.functional."
# fmt: off
ADAPTERS: dict[str, tuple[tuple[str, str, Adapter], ...]] = {
    "add": (("add", "", binary),), "subtract": (("sub", "", binary),), "multiply": (("mul", "", binary),),
    "divide": (("div", "no_rounding_mode", binary), ("true_divide", "", binary)), "negative": (("neg", "", unary()),),
    "power": (("pow", "", binary),), "square": (("square", "", unary()),), "sqrt": (("sqrt", "", unary()),),
    "exp": (("exp", "", unary()),), "log": (("log", "", unary()),), "absolute": (("abs", "", unary()),),
    "maximum": (("maximum", "", binary), ("max", "binary", binary)),
    "minimum": (("minimum", "", binary), ("min", "binary", binary)),
    "sin": (("sin", "", unary()),), "cos": (("cos", "", unary()),),
    "clamp": (("clamp", "", clamp), ("clamp_min", "", bound("min")), ("clamp_max", "", bound("max"))),
    "where": (("where", "", where),), "relu": ((f"{_F}relu", "", unary()),),
    "leaky_relu": ((f"{_F}leaky_relu", "", unary("negative_slope")),), "elu": ((f"{_F}elu", "", unary("alpha")),),
    "sigmoid": (("sigmoid", "", unary()),), "tanh": (("tanh", "", unary()),),
    "softplus": ((f"{_F}softplus", "", unary("beta", "threshold")),),
    "gelu": ((f"{_F}gelu", "", unary("approximate")),), "silu": ((f"{_F}silu", "", unary()),),
    "softmax": (("softmax", "", reduction),), "log_softmax": (("log_softmax", "", reduction),),
    "sum": (("sum", "", reduction),), "mean": (("mean", "", reduction),), "logsumexp": (("logsumexp", "", reduction),),
    "max": (("amax", "", reduction), ("max", "reduction_no_dim", extreme), ("max", "reduction_with_dim", extreme)),
    "min": (("amin", "", reduction), ("min", "reduction_no_dim", extreme), ("min", "reduction_with_dim", extreme)),
    "matmul": (("matmul", "", binary),), "transpose": (("transpose", "", unary("dim0", "dim1")),),
    "reshape": (("reshape", "", reshape),), "flatten": (("flatten", "", unary("start_dim", "end_dim")),),
    "concatenate": (("cat", "", several),), "stack": (("stack", "", several),),
    "slice": (("__getitem__", "", index),), "broadcast_to": (("broadcast_to", "", reshape),),
    "linear": ((f"{_F}linear", "", linear),), "mse_loss": ((f"{_F}mse_loss", "", loss()),),
    "l1_loss": ((f"{_F}l1_loss", "", loss()),), "huber_loss": ((f"{_F}huber_loss", "", loss("delta")),),
    "binary_cross_entropy": ((f"{_F}binary_cross_entropy", "", weighted_loss()),),
    "binary_cross_entropy_with_logits": ((
        f"{_F}binary_cross_entropy_with_logits", "", weighted_loss(weights=("weight", "pos_weight")),
    ),),
    "cross_entropy": ((f"{_F}cross_entropy", "", weighted_loss("ignore_index", "label_smoothing")),),
    "nll_loss": ((f"{_F}nll_loss", "", weighted_loss("ignore_index")),), "conv2d": ((f"{_F}conv2d", "", conv2d),),
    "max_pool2d": ((
        f"{_F}max_pool2d", "", pool("dilation", "ceil_mode", "return_indices"),
    ),),
    "avg_pool2d": ((
        f"{_F}avg_pool2d", "",
        pool("ceil_mode", "count_include_pad", "divisor_override"),
    ),),
    "batch_norm": ((f"{_F}batch_norm", "", batch_norm),), "layer_norm": ((f"{_F}layer_norm", "", layer_norm),),
    "dropout": ((f"{_F}dropout", "", random_mask),), "embedding": ((f"{_F}embedding", "", embedding),),
}
# fmt: on
