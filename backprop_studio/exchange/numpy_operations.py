"""Operations whose functions symbols cannot follow, as expressions of NumPy code: the result, and what goes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backprop_studio.engine.op import Shape
from backprop_studio.engine.program import Call
from backprop_studio.engine.shapes import normal_axes
from backprop_studio.exchange.array_text import array_text
from backprop_studio.exchange.numpy_helpers import HELPERS
from backprop_studio.exchange.window_grids import grid_of, window_sizes


@dataclass(frozen=True)
class CallText:
    """One call as code writes it: variables of its upstream gradient, result and inputs, shapes, and the slot."""

    call: Call
    g: str
    out: str
    inputs: Sequence[str]
    shapes: Sequence[Shape]
    use: Callable[[str], None]
    """Takes note of a helper that the code needs."""
    slot: int = -1

    def helper(self, name: str, *arguments: str, **settings: Any) -> str:
        """The call of a helper."""
        self.use(name)
        return HELPERS[name].call(arguments, {**self.call.keywords, **settings})


def _convolution(text: CallText) -> str:
    grid = grid_of(text.call, text.shapes)
    product = text.helper("convolution", text.inputs[0], text.inputs[1], grid=grid)
    return f"{product} + {text.inputs[2]}[:, None, None]" if len(text.inputs) > 2 else product


def _convolution_back(text: CallText) -> str:
    if text.slot == 2:
        axes = tuple(axis for axis in range(len(text.call.shape)) if axis != len(text.call.shape) - 3)
        return f"np.sum({text.g}, axis={axes!r})"
    name = ("convolution_to_x", "convolution_to_weight")[text.slot]
    return text.helper(name, text.g, *text.inputs[:2], grid=grid_of(text.call, text.shapes))


def _largest(text: CallText) -> str:
    text.use("windows")
    grid = HELPERS["max_pool_back"].call([text.inputs[0]], {"grid": grid_of(text.call, text.shapes)})
    return f"windows{grid.removeprefix('max_pool_back').removesuffix(')')}, fill=-np.inf).max(axis=(-2, -1))"


def _largest_back(text: CallText) -> str:
    return text.helper("max_pool_back", text.g, text.inputs[0], grid=grid_of(text.call, text.shapes))


def _divisor(text: CallText) -> str:
    """By what the sum of a window is divided, as code."""
    sizes = window_sizes(text.call, text.shapes)
    literal = array_text(sizes, "np")
    return literal if sizes.ndim == 0 else f"np.array({literal})"


def _average(text: CallText) -> str:
    text.use("windows")
    grid = HELPERS["average_back"].call([text.inputs[0]], {"grid": grid_of(text.call, text.shapes)})
    return f"windows{grid.removeprefix('average_back')}.sum(axis=(-2, -1)) / {_divisor(text)}"


def _average_back(text: CallText) -> str:
    grid = grid_of(text.call, text.shapes)
    return text.helper("average_back", f"{text.g} / {_divisor(text)}", text.inputs[0], grid=grid)


def _extreme_back(text: CallText) -> str:
    text.use("first_of")
    (axis,) = normal_axes(text.call.keywords["axis"], text.shapes[0])
    g = text.g if text.call.keywords["keepdims"] else f"np.expand_dims({text.g}, {axis})"
    place = f"np.arg{text.call.op.name}({text.inputs[0]}, axis={axis})"
    return f"{g} * first_of({place}, {text.inputs[0]}, {axis})"


def _slice_back(text: CallText) -> str:
    text.use("put")
    return f"put({text.g}, {text.inputs[0]}, np.s_[{text.call.keywords['index']}])"


def _rows(text: CallText) -> str:
    return f"{text.inputs[1]}[{text.inputs[0]}.astype(int)]"


def _rows_back(text: CallText) -> str:
    text.use("add_rows")
    padding = text.call.keywords["padding_idx"]
    rows = f"add_rows({text.g}, {text.inputs[0]}, {text.inputs[1]})"
    if padding is None:
        return rows
    row = padding % text.shapes[1][0]
    return f"{rows} * (np.arange({text.shapes[1][0]}) != {row})[:, None]"


FORWARD: Mapping[str, Callable[[CallText], str]] = {
    "conv2d": _convolution,
    "max_pool2d": _largest,
    "avg_pool2d": _average,
    "embedding": _rows,
}
"""The result, by operation."""
BACKWARD: Mapping[str, Callable[[CallText], str]] = {
    "conv2d": _convolution_back,
    "max_pool2d": _largest_back,
    "avg_pool2d": _average_back,
    "embedding": _rows_back,
    "max": _extreme_back,
    "min": _extreme_back,
    "slice": _slice_back,
}
"""The contribution to an input, by operation."""
ALWAYS = frozenset({"conv2d", "max_pool2d", "avg_pool2d"})
"""Operations that are written so even where symbols can follow them, since it reads better."""
