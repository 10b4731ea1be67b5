"""The windows of convolutions and poolings in numbers, as exported code writes them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backprop_studio.engine import layer_shapes
from backprop_studio.engine.layer_shapes import Grid
from backprop_studio.engine.op import Array, Shape
from backprop_studio.engine.program import Call


def grid_of(call: Call, shapes: Sequence[Shape]) -> Grid:
    """The windows of a convolution or pooling."""
    given = call.keywords
    if call.op.name == "conv2d":
        return layer_shapes.convolution_grid(shapes[1], given["stride"], given["padding"], given["dilation"])
    dilation = given.get("dilation", (1,))
    return layer_shapes.pooling_grid(
        shapes[0], given["kernel_size"], given["stride"], given["padding"], dilation, given["ceil_mode"]
    )


def window_sizes(call: Call, shapes: Sequence[Shape]) -> Array:
    """By what an average pooling divides the sum of each window: one number, or one a window."""
    given, grid = call.keywords, grid_of(call, shapes)
    if given["divisor_override"] is not None:
        return np.asarray(given["divisor_override"])
    if given["count_include_pad"] and not given["ceil_mode"]:
        return np.asarray(grid.size[0] * grid.size[1])
    padding = layer_shapes.pair(given["padding"], "padding") if given["count_include_pad"] else (0, 0)
    counts = []
    for axis in (0, 1):
        length, first = shapes[0][axis - 2], -grid.before[axis]
        starts = first + grid.stride[axis] * np.arange(grid.places(shapes[0])[axis])
        ends = np.minimum(starts + grid.size[axis], length + padding[axis])
        counts.append(ends - np.maximum(starts, -padding[axis]))
    sizes: Array = np.outer(*counts).astype(float)
    return sizes
