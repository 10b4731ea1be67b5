"""Operations that JAX has no line for in all their settings: expressions, and functions that the code defines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from backprop_studio.engine.op import Array, Shape
from backprop_studio.engine.program import Call
from backprop_studio.exchange.array_text import array_text
from backprop_studio.exchange.listing import ExportError
from backprop_studio.exchange.spelled_code import spelled
from backprop_studio.exchange.window_grids import grid_of, window_sizes

CLASS_LOSS = '''\
def class_loss(log_p, target, weight=None, ignore_index=-100, label_smoothing=0.0, reduction="mean"):
    """The loss of log-probabilities, against class indices or against probabilities of the same shape."""
    axis = min(1, log_p.ndim - 1)
    each = 1.0 if weight is None else weight.reshape(-1, *[1] * (log_p.ndim - 1 - axis))
    if target.shape == log_p.shape:
        count = log_p.size / log_p.shape[axis]
        wanted = each * (target * (1 - label_smoothing) + label_smoothing / log_p.shape[axis])
        losses = -(wanted * log_p).sum(axis)
    else:
        counts = jnp.expand_dims(target != ignore_index, axis)
        known = jax.nn.one_hot(jnp.where(target == ignore_index, 0, target), log_p.shape[axis], axis=axis) * counts
        count = (each * known).sum()
        wanted = each * (known * (1 - label_smoothing) + label_smoothing / log_p.shape[axis] * counts)
        losses = -jnp.where(wanted == 0, 0.0, wanted * log_p).sum(axis)
    return {"mean": losses.sum() / count, "sum": losses.sum(), "none": losses}[reduction]
'''
ABSOLUTE = '''\
def absolute_value(x):
    """|x|, with the gradient 0 at 0, where jnp.abs has 1."""
    return x * jnp.sign(x)
'''
POWER = '''\
def power(x, exponent):
    """x ** exponent, with the gradient 0 at 0 ** 0, where JAX has NaN."""
    corner = (x == 0) & (exponent == 0)
    return jnp.where(corner, 1.0, jnp.where(corner, 1.0, x) ** exponent)
'''
FUNCTIONS: Mapping[str, str] = {"class_loss": CLASS_LOSS, "absolute_value": ABSOLUTE, "power": POWER}
"""Functions that the code defines where it calls them, by name."""


@dataclass(frozen=True)
class JaxCall:
    """A call, the variables that it reads, and the arrays that they hold."""

    call: Call
    inputs: Sequence[str]
    values: Sequence[Array]

    @property
    def shapes(self) -> list[Shape]:
        """The shapes of the inputs."""
        return [value.shape for value in self.values]

    def expression(self) -> str:
        """The call as an expression. Raises ExportError for settings that JAX cannot differentiate."""
        write = _WORDS.get(self.call.op.name)
        return spelled(self.call, "jax", self.inputs, self.shapes) if write is None else write(self)


def _class_loss(made: JaxCall) -> str:
    scores, target, *rest = made.inputs
    if made.call.op.name == "cross_entropy":
        scores = f"jax.nn.log_softmax({scores}, axis={min(1, len(made.shapes[0]) - 1)})"
    given = {name: made.call.keywords[name] for name in ("ignore_index", "label_smoothing", "reduction")
             if name in made.call.keywords}  # fmt: skip
    settings = [
        f"{name}={value!r}"
        for name, value in given.items()
        if (one := made.call.op.setting(name)) and value != one.default
    ]
    return f"class_loss({', '.join([scores, target, *rest, *settings])})"


def _softmax(made: JaxCall) -> str:
    if made.shapes[0]:
        return spelled(made.call, "jax", made.inputs, made.shapes)
    return f"jnp.{'ones' if made.call.op.name == 'softmax' else 'zeros'}_like({made.inputs[0]})"


def _absolute(made: JaxCall) -> str:
    return f"absolute_value({made.inputs[0]})"


def _absolute_loss(made: JaxCall) -> str:
    reduce = {"mean": "jnp.mean", "sum": "jnp.sum", "none": ""}[made.call.keywords["reduction"]]
    losses = f"absolute_value({made.inputs[0]} - {made.inputs[1]})"
    return f"{reduce}({losses})" if reduce else losses


def _power(made: JaxCall) -> str:
    if np.any(made.values[1] == 0):
        return f"power({made.inputs[0]}, {made.inputs[1]})"
    return f"{made.inputs[0]} ** {made.inputs[1]}"


def _clamped(made: JaxCall) -> str:
    """At a bound itself the gradient passes."""
    low, high = made.call.keywords["min"], made.call.keywords["max"]
    x = made.inputs[0]
    within = [f"({x} >= {low!r})"] if low is not None else []
    within += [f"({x} <= {high!r})"] if high is not None else []
    return f"jnp.where({' & '.join(within)}, {x}, jnp.clip({x}, {low!r}, {high!r}))"


def _convolution(made: JaxCall) -> str:
    grid, batch = grid_of(made.call, made.shapes), len(made.shapes[0]) > 3
    images = made.inputs[0] if batch else f"{made.inputs[0]}[None]"
    pads = tuple(zip(grid.before, grid.after, strict=True))
    settings = [f"window_strides={grid.stride}", f"padding={pads}"]
    settings += [f"rhs_dilation={grid.dilation}"] if grid.dilation != (1, 1) else []
    groups = made.call.keywords["groups"]
    settings += [f"feature_group_count={groups}"] if groups != 1 else []
    text = f"jax.lax.conv_general_dilated({images}, {made.inputs[1]}, {', '.join(settings)})"
    text = text if batch else f"{text}[0]"
    return f"{text} + {made.inputs[2]}[:, None, None]" if len(made.inputs) > 2 else text


def _pooled(made: JaxCall, start: str, reduce: str) -> str:
    grid, before = grid_of(made.call, made.shapes), len(made.shapes[0]) - 2
    ones = (1,) * before
    pads = (*((0, 0),) * before, *zip(grid.before, grid.after, strict=True))
    window, strides = (*ones, *grid.size), (*ones, *grid.stride)
    return f"jax.lax.reduce_window({made.inputs[0]}, {start}, jax.lax.{reduce}, {window}, {strides}, {pads})"


def _largest(made: JaxCall) -> str:
    if grid_of(made.call, made.shapes).dilation != (1, 1):
        raise ExportError(
            f"{made.call.name}: JAX has no gradient for max_pool2d with dilation. Choose dilation=(1,), or export "
            "PyTorch or NumPy code."
        )
    return _pooled(made, "-jnp.inf", "max")


def _average(made: JaxCall) -> str:
    sizes = window_sizes(made.call, made.shapes)
    literal = array_text(sizes, "jnp")
    return f"{_pooled(made, '0.0', 'add')} / {literal if sizes.ndim == 0 else f'jnp.array({literal})'}"


_WORDS: Mapping[str, Callable[[JaxCall], str]] = {
    "cross_entropy": _class_loss,
    "nll_loss": _class_loss,
    "absolute": _absolute,
    "l1_loss": _absolute_loss,
    "power": _power,
    "clamp": _clamped,
    "softmax": _softmax,
    "log_softmax": _softmax,
    "conv2d": _convolution,
    "max_pool2d": _largest,
    "avg_pool2d": _average,
}
