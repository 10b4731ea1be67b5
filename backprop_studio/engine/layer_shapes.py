"""Shape rules of layers. Each raises ShapeError with a sentence that names the shapes."""

from __future__ import annotations

from backprop_studio.engine.errors import ShapeError
from backprop_studio.engine.op import Shape
from backprop_studio.engine.shapes import counted

Pair = tuple[int, int]


def pair(sizes: Shape | None, name: str) -> Pair:
    """Height and width from one size or two."""
    if sizes is None or len(sizes) not in (1, 2):
        raise ShapeError(f"{name} takes one size or two (height, width), not {sizes}.")
    return sizes[0], sizes[-1]


def _image(x: Shape) -> None:
    if len(x) not in (3, 4):
        raise ShapeError(
            f"x has shape {x}; an image has the axes (channels, height, width), a batch one more in front."
        )


def positions(x: Shape, window: Pair, stride: Pair, padding: Pair, dilation: Pair) -> Pair:
    """At how many places down and across a window fits into padded images of shape ``x``."""
    places = []
    for axis in (0, 1):
        size, reach = x[axis - 2] + 2 * padding[axis], dilation[axis] * (window[axis] - 1) + 1
        if window[axis] < 1 or reach > size:
            raise ShapeError(
                f"a window of {reach} does not fit into {('height', 'width')[axis]} {size} of x with shape {x}, "
                "padding included."
            )
        places.append((size - reach) // stride[axis] + 1)
    return places[0], places[1]


def convolved(
    x: Shape, weight: Shape, bias: Shape, *, stride: Shape, padding: Shape, dilation: Shape, groups: int
) -> Shape:
    """The shape of a convolution: one channel for each filter."""
    _image(x)
    if len(weight) != 4:
        raise ShapeError(f"the weight has shape {weight}; it needs (filters, channels per group, height, width).")
    if x[-3] != weight[1] * groups or weight[0] % groups:
        raise ShapeError(
            f"x has {counted(x[-3], 'channel')} and the weight of shape {weight} takes {weight[1]} in each of "
            f"{counted(groups, 'group')}; the channels must match, and the filters divide evenly."
        )
    if bias != weight[:1]:
        raise ShapeError(f"the bias has shape {bias}; with a weight of shape {weight} it must be {weight[:1]}.")
    steps = pair(stride, "stride"), pair(padding, "padding"), pair(dilation, "dilation")
    return (*x[:-3], weight[0], *positions(x, (weight[2], weight[3]), *steps))


def pooled(x: Shape, *, kernel_size: Shape, stride: Shape | None, padding: Shape, **_: object) -> Shape:
    """The shape of a pooling: the channels stay, height and width shrink."""
    _image(x)
    window, pad = pair(kernel_size, "kernel_size"), pair(padding, "padding")
    if any(2 * p > w for p, w in zip(pad, window, strict=True)):
        raise ShapeError(f"padding {pad} is more than half of kernel_size {window}.")
    step = window if stride is None else pair(stride, "stride")
    return (*x[:-2], *positions(x, window, step, pad, (1, 1)))


def batch_normalised(x: Shape, weight: Shape, bias: Shape, **_: object) -> Shape:
    """The shape of x, whose axis 1 holds the channels."""
    if len(x) < 2:
        raise ShapeError(f"x has shape {x}; it needs the axes (batch, channels, ...).")
    for name, shape in (("weight", weight), ("bias", bias)):
        if shape != x[1:2]:
            raise ShapeError(f"the {name} has shape {shape}; with x of shape {x} it must be {x[1:2]}.")
    count = 1
    for axis, size in enumerate(x):
        count *= 1 if axis == 1 else size
    if count < 2:
        raise ShapeError(
            f"x of shape {x} has {counted(count, 'value')} a channel; at least two are needed to normalise."
        )
    return x


def layer_normalised(x: Shape, weight: Shape, bias: Shape, **_: object) -> Shape:
    """The shape of x, whose last axes have the shape of the weight."""
    if not weight or x[-len(weight) :] != weight:
        raise ShapeError(f"the weight has shape {weight}; it must be that of the last axes of x, {x}.")
    if bias != weight:
        raise ShapeError(f"the bias has shape {bias} and the weight {weight}; they must be the same.")
    return x


def embedded(indices: Shape, weight: Shape) -> Shape:
    """The shape of rows of ``weight`` looked up."""
    if len(weight) != 2:
        raise ShapeError(f"the weight has shape {weight}; it needs two axes, (entries, size of each).")
    return (*indices, weight[1])
