"""Shape rules of layers. Each raises ShapeError with a sentence that names the shapes."""

from __future__ import annotations

from dataclasses import dataclass, replace

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


@dataclass(frozen=True, slots=True)
class Grid:
    """Windows of ``size`` placed ``stride`` apart on padded images; all are (height, width).

    ``before`` is added at the top and left, ``after`` at the bottom and right.
    """

    size: Pair
    stride: Pair
    before: Pair
    after: Pair
    dilation: Pair = (1, 1)

    def places(self, x: Shape) -> Pair:
        """At how many places down and across a window fits into images of shape ``x``; raises ShapeError."""
        found = []
        for axis in (0, 1):
            size, reach = x[axis - 2] + self.before[axis] + self.after[axis], self.reach(axis)
            if self.size[axis] < 1 or reach > size:
                raise ShapeError(
                    f"a window of {reach} does not fit into {('height', 'width')[axis]} {x[axis - 2]} of x with shape "
                    f"{x}, with {self.before[axis]} + {self.after[axis]} of padding."
                )
            found.append((size - reach) // self.stride[axis] + 1)
        return found[0], found[1]

    def reach(self, axis: int) -> int:
        """How far a window reaches, gaps included."""
        return self.dilation[axis] * (self.size[axis] - 1) + 1

    def with_partial_windows(self, x: Shape) -> Grid:
        """The grid with windows that reach beyond the padding too, as long as they begin before its end."""
        extra = []
        for axis in (0, 1):
            size, step = x[axis - 2] + self.before[axis] + self.after[axis], self.stride[axis]
            count = -((self.reach(axis) - size) // step) + 1
            if (count - 1) * step >= x[axis - 2] + self.before[axis]:
                count -= 1
            extra.append(max(0, (count - 1) * step + self.reach(axis) - size) if count > 0 else 0)
        after = self.after[0] + extra[0], self.after[1] + extra[1]
        return replace(self, after=after)


def convolution_grid(weight: Shape, stride: Shape, padding: Shape | str, dilation: Shape) -> Grid:
    """Where the filters of a convolution lie; raises ShapeError."""
    size, step, gaps = (weight[2], weight[3]), pair(stride, "stride"), pair(dilation, "dilation")
    if padding == "same":
        if step != (1, 1):
            raise ShapeError(f"padding 'same' needs stride 1, not {step}; give the padding in numbers.")
        whole = gaps[0] * (size[0] - 1), gaps[1] * (size[1] - 1)
        before = whole[0] // 2, whole[1] // 2
        return Grid(size, step, before, (whole[0] - before[0], whole[1] - before[1]), gaps)
    around = (0, 0) if isinstance(padding, str) else pair(padding, "padding")
    return Grid(size, step, around, around, gaps)


def convolved(
    x: Shape, weight: Shape, bias: Shape | None, *, stride: Shape, padding: Shape | str, dilation: Shape, groups: int
) -> Shape:
    """The shape of a convolution: one channel for each filter."""
    _image(x)
    if len(weight) != 4:
        raise ShapeError(f"the weight has shape {weight}; it needs (filters, channels per group, height, width).")
    if x[-3] != weight[1] * groups or weight[0] % groups:
        raise ShapeError(
            f"x of shape {x} has {counted(x[-3], 'channel')} along axis {len(x) - 3} and the weight of shape {weight} "
            f"takes {weight[1]} in each of {counted(groups, 'group')}; the channels must match, and the filters "
            "divide evenly."
        )
    if bias not in (None, weight[:1]):
        raise ShapeError(f"the bias has shape {bias}; with a weight of shape {weight} it must be {weight[:1]}.")
    return (*x[:-3], weight[0], *convolution_grid(weight, stride, padding, dilation).places(x))


def pooling_grid(
    x: Shape, kernel_size: Shape, stride: Shape | None, padding: Shape, dilation: Shape, ceil_mode: bool
) -> Grid:
    """Where the windows of a pooling lie; raises ShapeError."""
    window, pad = pair(kernel_size, "kernel_size"), pair(padding, "padding")
    if any(2 * p > w for p, w in zip(pad, window, strict=True)):
        raise ShapeError(f"padding {pad} is more than half of kernel_size {window}.")
    grid = Grid(window, window if stride is None else pair(stride, "stride"), pad, pad, pair(dilation, "dilation"))
    return grid.with_partial_windows(x) if ceil_mode else grid


def pooled(
    x: Shape, *, kernel_size: Shape, stride: Shape | None, padding: Shape, dilation: Shape = (1,), ceil_mode: bool,
    **_: object,
) -> Shape:  # fmt: skip
    """The shape of a pooling: the channels stay, height and width shrink."""
    _image(x)
    return (*x[:-2], *pooling_grid(x, kernel_size, stride, padding, dilation, ceil_mode).places(x))


def batch_normalised(x: Shape, weight: Shape | None, bias: Shape | None, *, training: bool, **_: object) -> Shape:
    """The shape of x, whose axis 1 holds the channels."""
    if len(x) < 2:
        raise ShapeError(f"x has shape {x}; it needs the axes (batch, channels, ...).")
    for name, shape in (("weight", weight), ("bias", bias)):
        if shape not in (None, x[1:2]):
            raise ShapeError(f"the {name} has shape {shape}; with x of shape {x} it must be {x[1:2]}.")
    count = 1
    for axis, size in enumerate(x):
        count *= 1 if axis == 1 else size
    if count < 2 and training:
        raise ShapeError(
            f"x of shape {x} has {counted(count, 'value')} a channel, but training needs at least two; take more rows "
            "or evaluation mode."
        )
    return x


def normalised_shape(x: Shape, weight: Shape | None, bias: Shape | None, given: Shape | None) -> Shape:
    """The sizes of the last axes over which a layer is normalised."""
    asked = (("normalized_shape is", given), ("the weight has shape", weight), ("the bias has shape", bias))
    wanted = next((shape for _, shape in asked if shape is not None), x[-1:])
    for name, shape in asked:
        if shape is not None and (not shape or x[len(x) - len(shape) :] != shape or len(shape) > len(x)):
            raise ShapeError(f"{name} {shape}; it must be the shape of the last axes of x, which has shape {x}.")
        if shape not in (None, wanted):
            raise ShapeError(f"{name} {shape}, but what is normalised has shape {wanted}; they must be the same.")
    if not wanted:
        raise ShapeError("x is a single number; it needs an axis to normalise over.")
    return wanted


def layer_normalised(
    x: Shape, weight: Shape | None, bias: Shape | None, *, normalized_shape: Shape | None, **_: object
) -> Shape:
    """The shape of x."""
    normalised_shape(x, weight, bias, normalized_shape)
    return x


def embedded(indices: Shape, weight: Shape, *, padding_idx: int | None) -> Shape:
    """The shape of rows of ``weight`` looked up."""
    if len(weight) != 2:
        raise ShapeError(f"the weight has shape {weight}; it needs two axes, (entries, size of each).")
    if padding_idx is not None and not -weight[0] <= padding_idx < weight[0]:
        raise ShapeError(
            f"padding_idx is {padding_idx}, but the weight of shape {weight} has rows 0 to {weight[0] - 1}."
        )
    return (*indices, weight[1])
