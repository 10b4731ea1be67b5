"""Functions that several operations share, in forms that neither overflow nor cancel."""

from __future__ import annotations

from math import exp, factorial, pi, sqrt

import numpy as np

from backprop_studio.engine.one_call import one_call
from backprop_studio.engine.op import Array

_TAYLOR = tuple(2 / sqrt(pi) * (-1) ** n / (factorial(n) * (2 * n + 1)) for n in range(18))
_STEP = 0.5
_NODES = tuple((n * _STEP) ** 2 for n in range(1, 14))


def total(x: Array, axes: int | tuple[int, ...] | None = None, *, keepdims: bool = False) -> Array:
    """The sum along ``axes``; None: along all."""
    result: Array = np.add.reduce(x, axis=axes, keepdims=keepdims)  # type: ignore[call-overload]  # its stubs want a literal
    return result


def product(x: Array, y: Array) -> Array:
    """``x @ y``."""
    result: Array = np.matmul(x, y)
    return result


def column(x: Array) -> Array:
    """``x`` with a last axis of size 1 added."""
    result: Array = x[..., np.newaxis]
    return result


def sigmoid(x: Array) -> Array:
    """1 / (1 + e^−x), without overflow and to full relative precision on both sides."""
    result: Array = np.exp(np.minimum(x, 0.0)) / (1.0 + np.exp(-np.absolute(x)))
    return result


def log_sigmoid(x: Array) -> Array:
    """ln sigmoid(x), without overflow."""
    return np.minimum(x, 0.0) - np.log1p(np.exp(-np.absolute(x)))


def log_softmax(x: Array, axis: int) -> Array:
    """x − ln Σ e^x along ``axis``, shifted by the largest entry."""
    shifted = x - np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf)
    return shifted - np.log(total(np.exp(shifted), axis, keepdims=True))


def softmax(x: Array, axis: int) -> Array:
    """e^x / Σ e^x along ``axis``, shifted by the largest entry."""
    raised = _raised(x, axis)
    result: Array = raised / total(raised, axis, keepdims=True)
    return result


def scaled_softmax(x: Array, axis: int, factor: Array) -> Array:
    """``factor`` times softmax, for a factor that is one number along ``axis``, in one pass less."""
    raised = _raised(x, axis)
    result: Array = raised * (factor / total(raised, axis, keepdims=True))
    return result


def _raised(x: Array, axis: int) -> Array:
    """e^x, shifted by the largest entry along ``axis``."""
    result: Array = np.exp(x - np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf))
    return result


def sign(x: Array) -> Array:
    """−1, 0 or 1; 0 for NaN, as in PyTorch."""
    return np.where(x > 0, np.ones_like(x), np.where(x < 0, -np.ones_like(x), np.zeros_like(x)))


def normal_cdf(x: Array) -> Array:
    """The standard normal distribution function, to full relative precision in its lower tail."""
    return 0.5 * erfc(x * -sqrt(0.5), dtype=x.dtype)


def normal_pdf(x: Array) -> Array:
    """The standard normal density."""
    return np.exp(-0.5 * np.square(x)) * (1 / sqrt(2 * pi))


@one_call(lambda x: x.shape)
def erfc(x: Array, *, dtype: np.dtype) -> Array:
    """The complementary error function, which NumPy lacks.

    Up to |x| = 1 by the Taylor series of erf; above by the trapezoidal rule for its integral,
    which converges exponentially (Chiarella and Reichel, Math. Comp. 22, 1968).
    """
    size = np.asarray(np.minimum(np.absolute(x), 30.0))
    near, far = np.minimum(size, 1.0), np.maximum(size, 1.0)
    return np.where(
        size <= 1.0, 1.0 - np.where(x < 0, -1.0, 1.0).astype(dtype) * _erf_near(near), _erfc_far(far, x < 0)
    )


def _erf_near(x: Array) -> Array:
    squared = np.square(x)
    series = np.full(x.shape, _TAYLOR[-1], x.dtype)
    for coefficient in _TAYLOR[-2::-1]:
        np.multiply(series, squared, out=series)
        np.add(series, coefficient, out=series)
    result: Array = x * series
    return result


def _erfc_far(x: Array, mirrored: Array) -> Array:
    squared = np.asarray(np.square(x))
    sums, term = np.asarray(0.5 / squared), np.empty_like(squared)
    for node in _NODES:
        np.add(squared, node, out=term)
        np.divide(exp(-node), term, out=term)
        np.add(sums, term, out=sums)
    tail = x * np.exp(-squared) * (sums * (2 * _STEP / pi))
    # The pole of the integrand at ±i x counts only where it lies within the rule's strip.
    pole = 2.0 / np.expm1(np.minimum(x, 6.0) * (2 * pi / _STEP))
    upper = tail - np.where(x < 6.0, pole, 0.0)
    result: Array = np.where(mirrored, 2.0 - upper, upper)
    return result
