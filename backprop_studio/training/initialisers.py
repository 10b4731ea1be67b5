"""First values of parameters that are given by a shape only."""

from __future__ import annotations

from math import prod, sqrt

import numpy as np

from backprop_studio.engine.op import Array, Shape
from backprop_studio.engine.program import MAX_ELEMENTS, size_text


def initial_value(shape: Shape, init: str, seed: int = 0) -> Array:
    """Draw a float64 array of ``shape``; the same arguments give the same numbers.

    ``init`` is "zeros", "ones", "normal" (mean 0, standard deviation 1), "uniform" (−1 to 1),
    "xavier" (Glorot, uniform within ±√(6 / (fan in + fan out))) or "he" (Kaiming, normal with
    standard deviation √(2 / fan in)). Raises ValueError with a sentence for an unknown name and for a
    shape too large to hold.
    """
    if len(shape) > MAX_AXES:
        raise ValueError(f"a shape has at most {MAX_AXES} axes, not {len(shape)}. Leave some out.")
    if prod(shape) > MAX_ELEMENTS:
        raise ValueError(
            f"shape {shape} has {size_text(shape)}; at most {MAX_ELEMENTS:,} are allowed. Make it smaller."
        )
    random = np.random.default_rng(seed)
    fan_in, fan_out = fans(shape)
    match init:
        case "zeros":
            return np.zeros(shape)
        case "ones":
            return np.ones(shape)
        case "normal":
            return np.asarray(random.standard_normal(shape))
        case "uniform":
            return np.asarray(random.uniform(-1.0, 1.0, shape))
        case "xavier":
            bound = sqrt(6.0 / max(fan_in + fan_out, 1))
            return np.asarray(random.uniform(-bound, bound, shape))
        case "he":
            return np.asarray(random.standard_normal(shape) * sqrt(2.0 / max(fan_in, 1)))
    raise ValueError(f"there is no initialiser {init!r}. Use zeros, ones, normal, uniform, xavier or he.")


MAX_AXES = 32


def fans(shape: Shape) -> tuple[int, int]:
    """How many inputs feed one output, and how many outputs one input feeds, in a weight of ``shape``.

    A matrix stands to the right, as in ``x @ W``: (inputs, outputs). More axes are a convolution's kernel:
    (outputs, inputs, height, width). One axis is the weights of a single output.
    """
    if len(shape) > 2:
        field = prod(shape[2:])
        return shape[1] * field, shape[0] * field
    if len(shape) == 2:
        return shape[0], shape[1]
    return (shape[0], 1) if shape else (1, 1)
