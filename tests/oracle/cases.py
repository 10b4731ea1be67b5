"""The cases compared with PyTorch: every sample of every operation, and the corners. Needs no PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from backprop_studio.engine.op import Op, Sample
from backprop_studio.engine.ops import registry
from backprop_studio.engine.ops.declare import ramp, sample
from backprop_studio.engine.ops.optional import padded

INF, NAN = float("inf"), float("nan")
_WILD = [0.0, -0.0, 1.0, -1.0, NAN, INF, -INF, 800.0, -800.0, 1e-300, -1e-300]
_TIES = ([1.0, 2.0, 3.0, NAN, 1.0, INF, -INF, 0.0], [1.0, 3.0, 2.0, 1.0, NAN, INF, -INF, -0.0])
_UNDER, _OVER = [[-1000.0, 0.0, 1000.0], [800.0, 801.0, -INF]], [[-INF, -INF], [INF, 1.0], [2.0, 2.0]]
_VOLUME = [[[0.5, -1.0], [1.5, 0.25]], [[1.0, 0.0], [-2.0, 0.5]]]
_PAIR = [[2.0, -1.0, 0.5], [0.25, 1.5, -3.0]]


def _int(content: Any) -> Any:
    return np.array(content, dtype=np.int64)


CORNERS: dict[str, tuple[Sample, ...]] = {
    "add": (sample(_WILD, 1.0), sample(np.zeros((2, 0, 3)), [1.0, 2.0, 3.0])),
    "add_n": (sample(_WILD), sample(_WILD, [INF], 1.0), sample(np.zeros((2, 0, 3)), [1.0, 2.0, 3.0], 0.5)),
    "subtract": (sample(_WILD, [INF]),),
    "multiply": (sample(_WILD, 0.0), sample(_WILD, INF)),
    "divide": (sample(_WILD, 0.0), sample(1.0, _WILD), sample(0.0, -0.0)),
    "negative": (sample(_WILD),),
    "power": (
        sample([0.0, 0.0, 0.0, 0.0, -2.0, -2.0, -2.0, 2.0], [0.0, 1.0, 2.0, 0.5, 3.0, 2.5, 0.0, 0.0]),
        sample([NAN, 0.0, 0.0], [2.0, -1.0, NAN]),
        sample(_WILD, 2.0), sample(_WILD, 0.0), sample(_WILD, 1.0), sample(-8.0, 1 / 3),
    ),
    "square": (sample(_WILD),),
    "sqrt": (sample(_WILD),),
    "exp": (sample(_WILD),),
    "log": (sample(_WILD),),
    "absolute": (sample(_WILD),),
    "maximum": (sample(*_TIES), sample(2.0, [2.0, 2.0, 1.0])),
    "minimum": (sample(*_TIES), sample(2.0, [2.0, 2.0, 1.0])),
    "clamp": (
        sample(_WILD, min=-1.0, max=1.0), sample([1.0, 2.0, 3.0], min=1.0, max=3.0), sample(_WILD, min=0.0),
        sample([0.0, 1.0, 2.0, 3.0], min=2.0, max=1.0),
    ),
    "where": (sample([0.0, 1.0, NAN, -0.0, INF], [1.0, NAN, 3.0, NAN, 5.0], 2.0),),
    "identity": (sample(_WILD),),
    "max": (
        sample([[1.0, 3.0, 3.0], [3.0, 0.0, 3.0]]), sample([[1.0, 3.0, 3.0], [3.0, 0.0, 3.0]], axis=1),
        sample([[1.0, 3.0, 3.0], [3.0, 0.0, 3.0]], axis=(0, 1)),
        sample([[1.0, 3.0], [3.0, 0.0]], axis=(1,), keepdims=True),
        sample([1.0, NAN, 2.0, NAN]), sample([1.0, NAN, 2.0, NAN], axis=0), sample([INF, INF, -INF]),
        sample(1.5, axis=0), sample(np.zeros((0, 3)), axis=1),
    ),
    "min": (
        sample([[1.0, 0.0, 3.0], [0.0, 0.0, 3.0]]), sample([[1.0, 0.0, 0.0], [3.0, 3.0, 3.0]], axis=1),
        sample([1.0, NAN, 2.0, NAN], axis=0), sample(1.5, axis=-1), sample([[1.0, 1.0], [2.0, 1.0]], axis=(0,)),
    ),
    "reshape": (sample(np.zeros((0, 2)), shape=(2, 0)), sample([0.5], shape=())),
    "flatten": (sample(np.zeros((2, 0, 3)), start_dim=1), sample([1.0, 2.0])),
    "concatenate": (sample(np.zeros((0, 2)), [[1.0, 2.0]]),),
    "stack": (sample([1.0, 2.0], [3.0, 4.0], axis=1),),
    "slice": (sample([1.0, 2.0, 3.0], index="5:"), sample(_PAIR, index="-1"), sample(_PAIR, index=":, -2:")),
    "broadcast_to": (sample([1.0, 2.0], shape=(0, 2)), sample([[1.0]], shape=(3, 1))),
    "linear": (
        sample(np.zeros((0, 2)), [[1.0, 2.0]], [0.5]), sample([1.0, 2.0], [[0.5, -1.0], [2.0, 3.0]], [0.0, INF]),
    ),
    "nll_loss": (
        sample(_PAIR, _int([0, -100])), sample(_PAIR, _int([-100, -100])), sample(_PAIR, [2.0, 1.0], ignore_index=1),
        sample([-INF, -1.0], _int(0)), sample([-INF, -1.0], _int(1)), sample(np.zeros((0, 3)), _int(np.zeros(0))),
        sample(_PAIR, _int([0, -100]), reduction="none"),
        sample(_PAIR, _int([0, -100]), [0.25, 2.0, 0.5]), sample(_PAIR, _int([0, 1]), [0.0, 0.0, 0.5]),
        sample(_PAIR, _int([0, 2]), [0.25, 2.0, 0.5], reduction="none"),
        sample(_PAIR, _int([0, 2]), [0.25, INF, 0.5]),
        sample(_PAIR, _int([0, -100]), [0.25, 2.0, NAN], reduction="sum"),
    ),
    "l2_penalty": (sample(_WILD), sample(np.zeros(0), [1.0, 2.0])),
    "conv2d": (
        sample(ramp(1, 2, 4, 5), ramp(2, 2, 4, 2), None, padding="same", dilation=(1, 2)),
        sample(ramp(1, 2, 4, 5), ramp(2, 1, 2, 2), ramp(2), padding="valid", groups=2),
        sample(ramp(2, 5, 4), ramp(4, 1, 3, 3), ramp(4), padding=(1,), groups=2),
        sample(ramp(0, 1, 3, 3), ramp(1, 1, 2, 2), ramp(1)),
        sample(ramp(1, 1, 7, 8), ramp(2, 1, 2, 2), ramp(2), stride=(3,)),
        sample(ramp(1, 1, 7, 8), ramp(2, 1, 2, 2), ramp(2), dilation=(3,), padding=(0, 1)),
    ),
    "max_pool2d": (
        sample(ramp(1, 5, 6), kernel_size=(3, 2), stride=(2,), padding=(1, 1), ceil_mode=True),
        sample(ramp(1, 7, 6), kernel_size=(2, 3), stride=(4, 1), dilation=(2,), ceil_mode=True),
        sample([[[1.0, 1.0, 2.0], [1.0, 1.0, 2.0]]], kernel_size=(2,), stride=(1,)),
        sample(-1.0 * np.ones((1, 2, 2)), padding=(1,)),
        sample([[[NAN, 1.0], [2.0, 3.0]]]), sample([[[-INF, -INF], [-INF, -INF]]]),
        sample([[[NAN, 1.0], [NAN, INF]]]), sample([[[1.0, NAN, NAN], [2.0, 3.0, 4.0]]], kernel_size=(2,), stride=(1,)),
        sample(ramp(1, 1, 7, 8), kernel_size=(3,)),
    ),
    "avg_pool2d": (
        sample(ramp(1, 5, 6), kernel_size=(3, 2), stride=(2,), padding=(1, 1), ceil_mode=True),
        sample(ramp(1, 5, 6), kernel_size=(3, 2), stride=(2, 3), padding=(1, 0), ceil_mode=True,
               count_include_pad=False),
        sample(ramp(1, 5, 6), kernel_size=(2,), stride=(3,), ceil_mode=True, divisor_override=7),
        sample(ramp(1, 5, 5), kernel_size=(3,), padding=(1,), count_include_pad=False),
        sample(ramp(1, 1, 7, 8), stride=(3, 1)),
    ),
    "batch_norm": (sample(np.ones((3, 2)), [1.0, 2.0], [0.0, 1.0]), sample(ramp(1, 2, 3), ramp(2), ramp(2))),
    "layer_norm": (sample(np.ones((2, 3)), [1.0, 2.0, 3.0], [0.0, 1.0, 0.0]), sample(ramp(0, 3), ramp(3), ramp(3))),
    "dropout": (sample(ramp(6), p=1.0), sample(ramp(6), p=0.0)),
    "embedding": (
        sample(_int([0, 2, 2]), ramp(3, 2), padding_idx=2), sample(_int([0, 2, 2]), ramp(3, 2), padding_idx=-3),
        sample([2.0, 0.0], ramp(3, 2)), sample(_int(np.zeros((0, 2))), ramp(3, 2)),
    ),
    "sin": (sample(_WILD),),
    "cos": (sample(_WILD),),
    "relu": (sample(_WILD),),
    "leaky_relu": (sample(_WILD), sample(_WILD, negative_slope=-0.5)),
    "elu": (sample(_WILD), sample(_WILD, alpha=2.5)),
    "sigmoid": (sample(_WILD), sample([-700.0, -40.0, 40.0, 700.0])),
    "tanh": (sample(_WILD), sample([-40.0, 40.0])),
    "softplus": (sample(_WILD), sample([19.9, 20.0, 20.1, -40.0]), sample([9.9, 10.0, 10.1], beta=2.0, threshold=5.0)),
    "gelu": (
        sample(_WILD), sample([-9.0, -6.0, -3.0, 3.0, 6.0, 9.0]), sample(_WILD, approximate="tanh"),
        sample([-9.0, -6.0, -3.0, 3.0, 6.0, 9.0], approximate="tanh"),
    ),
    "silu": (sample(_WILD),),
    "softmax": (sample(_UNDER), sample(_OVER), sample(np.zeros((2, 0))), sample(np.zeros((0, 3)), axis=0)),
    "log_softmax": (sample(_UNDER), sample(_OVER), sample(np.zeros((2, 0))), sample(np.zeros((0, 3)), axis=0)),
    "sum": (
        sample(_WILD), sample(np.zeros((2, 0))), sample(np.zeros((2, 0)), axis=1), sample(np.zeros((0, 3)), axis=1),
        sample(1.5, axis=0), sample(1.5, axis=-1, keepdims=True),
    ),
    "mean": (sample(_WILD), sample(np.zeros((2, 0))), sample(np.zeros((2, 0)), axis=1), sample(1.5, axis=0)),
    "logsumexp": (
        sample(_UNDER), sample(_UNDER, axis=1), sample(_OVER, axis=1), sample(np.zeros((2, 0)), axis=1),
        sample(1.5, axis=0), sample([-INF, -INF]), sample([INF, INF]), sample([NAN, 1.0]),
    ),
    "matmul": (
        sample([1.0, 2.0], [[[1.0], [2.0]], [[3.0], [4.0]]]),
        sample([[[1.0, 2.0]], [[3.0, 4.0]]], [0.5, -1.0]),
        sample([[[[1.0, 2.0]]], [[[3.0, 4.0]]]], [[[1.0], [2.0]], [[3.0], [4.0]], [[5.0], [6.0]]]),
        sample(np.zeros((2, 0)), np.zeros((0, 3))), sample(np.zeros((0, 2)), np.ones((2, 3))),
        sample(np.zeros(0), np.zeros(0)),
        sample([[INF, 1.0], [NAN, 0.0]], [[0.0, 1.0], [1.0, 2.0]]),
    ),
    "transpose": (sample(1.5, dim0=0, dim1=0), sample([1.0, 2.0], dim0=0, dim1=-1), sample(np.zeros((2, 0)))),
    "mse_loss": (sample(_WILD, 0.0), sample(np.zeros((0, 2)), np.zeros((0, 2))), sample([[1.0], [2.0]], [1.0, 4.0])),
    "l1_loss": (sample(_WILD, _WILD), sample(_WILD, 1.0), sample(np.zeros(0), np.zeros(0))),
    "huber_loss": (sample([-1.0, 1.0, 0.0, 5.0, -5.0, NAN, INF], 0.0), sample([-0.5, 0.5, 0.4], 0.0, delta=0.5)),
    "binary_cross_entropy": (
        sample([0.0, 0.0, 1.0, 1.0, 0.5, 1e-15], [0.0, 1.0, 0.0, 1.0, 0.3, 1.0]),
        sample([0.0, 1.0, 0.25], [0.5, 0.5, 0.75], reduction="none"), sample(np.zeros(0), np.zeros(0)),
        sample([0.8, 0.1], [1.0, 1.0], reduction="none"),
        sample([0.0, 1.0, 0.5], [0.0, 0.0, 1.0], [0.0, 2.0, INF]), sample([0.8, 0.1], [1.0, 0.0], 3.0, reduction="sum"),
        sample([[0.8, 0.1], [0.3, 0.6]], [[1.0, 0.0], [0.5, 1.0]], [0.25, -2.0], reduction="none"),
    ),
    "binary_cross_entropy_with_logits": (
        sample([800.0, -800.0, 800.0, -800.0, 0.0], [1.0, 1.0, 0.0, 0.0, 0.5]),
        sample([NAN, INF, -INF], [1.0, 1.0, 0.0]), sample(np.zeros((0, 1)), np.zeros((0, 1))),
        sample([800.0, -800.0, 800.0, -800.0, 0.0], [1.0, 1.0, 0.0, 0.0, 0.5], None, 3.0),
        sample([[0.5, -1.0], [2.0, 0.0]], [[1.0, 0.0], [0.25, 1.0]], [0.0, 2.0], [[3.0], [0.5]], reduction="sum"),
        sample([[0.5, -1.0], [2.0, 0.0]], [[1.0, 0.0], [0.25, 1.0]], 0.5, [0.0, 2.0], reduction="none"),
        sample(np.zeros((0, 2)), np.zeros((0, 2)), [1.0, 2.0], [1.0, 2.0]),
    ),
    "hinge_loss": (sample([1.0, -1.0, 0.5, NAN, 3.0], [1.0, -1.0, 2.0, 1.0, -1.0]),),
    "cross_entropy": (
        sample(_PAIR, _int([0, 2]), reduction="none"), sample(_PAIR, _int([0, 2]), reduction="sum"),
        sample(_PAIR, _int([0, 2]), [0.25, INF, 0.5]),
        sample(_PAIR, _int([0, -100]), [0.25, NAN, 0.5], reduction="none"),
        sample(_PAIR, [0.0, 2.0]), sample(_PAIR, _int([-100, 2])), sample(_PAIR, _int([-100, -100])),
        sample(_PAIR, _int([-100, -100]), reduction="sum"), sample(_PAIR, _int([1, 2]), ignore_index=1),
        sample(_PAIR, _int([1, -100]), label_smoothing=0.2),
        sample(_PAIR, _int([1, -100]), label_smoothing=1.0, reduction="none"),
        sample(_PAIR, [[0.2, 0.5, 0.3], [0.9, 0.3, 0.1]], label_smoothing=0.2),
        sample(_PAIR, [[0.2, 0.5, 0.3], [0.9, 0.3, 0.1]], reduction="none"),
        sample([0.5, -1.0, 2.0], [0.2, 0.5, 0.3]), sample([0.5, -1.0, 2.0], _int(1), reduction="none"),
        sample([1000.0, -1000.0, 0.0], _int(1)), sample([1000.0, -1000.0, 0.0], _int(0)),
        sample([-INF, 1.0, 2.0], _int(1)), sample([-INF, 1.0, 2.0], _int(0)),
        sample(np.zeros((0, 3)), _int(np.zeros(0))), sample(np.zeros((0, 3)), _int(np.zeros(0)), reduction="sum"),
        sample([[[0.5, -1.0], [1.5, 0.25]], [[1.0, 0.0], [-2.0, 0.5]]], _int([[0, 1], [-100, 1]])),
        sample([[[0.5, -1.0], [1.5, 0.25]]], [[[0.5, 0.0], [0.5, 1.0]]], label_smoothing=0.1),
        sample([[[[0.5]], [[1.5]]]], _int([[[1]]]), reduction="none"),
        sample(_PAIR, _int([2, 2]), label_smoothing=0.1, reduction="sum"),
        sample(_PAIR, _int([0, -100]), [0.25, 2.0, 0.5]), sample(_PAIR, _int([-100, -100]), [0.25, 2.0, 0.5]),
        sample(_PAIR, _int([0, 2]), [0.25, 2.0, 0.5], label_smoothing=0.2),
        sample(_PAIR, _int([0, 2]), [0.25, 2.0, 0.5], label_smoothing=0.2, reduction="none"),
        sample(_PAIR, [[0.2, 0.5, 0.3], [0.9, 0.3, 0.1]], [0.25, 2.0, 0.5], label_smoothing=0.2),
        sample(_VOLUME, _int([[0, 1], [-100, 1]]), [0.25, 2.0]), sample([0.5, -1.0, 2.0], _int(1), [0.25, 2.0, 0.5]),
        sample(_PAIR, _int([0, 1]), [0.0, 0.0, 0.5]),
    ),
}  # fmt: skip


def cases() -> Iterator[tuple[str, Op, Sample]]:
    """Every case with its identifier."""
    for op in registry:
        if op.is_source:
            continue
        for index, one in enumerate(op.samples):
            yield f"{op.name}-sample-{index}", op, one
        for index, one in enumerate(CORNERS[op.name]):
            yield f"{op.name}-corner-{index}", op, padded(op, one)


def upstream(shape: tuple[int, ...]) -> np.ndarray:
    """The upstream gradient used for a result of ``shape``: fixed, and different in every entry."""
    count = int(np.prod(shape))
    return (1.0 + 0.25 * (np.arange(count) % 7) - 0.5 * (np.arange(count) % 2)).reshape(shape)
