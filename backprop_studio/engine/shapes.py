"""Shape rules: the shape of a result from the shapes of its inputs, or a sentence on why there is none.

Nothing is computed and no array is touched. Every function raises ShapeError with a sentence that
names the shapes and the axis concerned.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from backprop_studio.engine.errors import ShapeError
from backprop_studio.engine.op import Shape

Axis = int | tuple[int, ...] | None


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun: "1 axis", "2 axes"."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def axis_name(axis: int) -> str:
    """An axis as shown to people: "axis 0", "axis −1"."""
    return f"axis {axis}".replace("-", "−")


def broadcast(*shapes: Shape, **_: object) -> Shape:
    """The common shape to which ``shapes`` are repeated, aligned at their last axes."""
    result: list[int] = []
    for position in range(1, max(map(len, shapes), default=0) + 1):
        size = 1
        for shape in shapes:
            if len(shape) >= position and shape[-position] != 1:
                if size not in (1, shape[-position]):
                    raise ShapeError(_broadcast_clash(shapes))
                size = shape[-position]
        result.append(size)
    return tuple(reversed(result))


def _broadcast_clash(shapes: tuple[Shape, ...]) -> str:
    for second in range(1, len(shapes)):
        for first in range(second):
            a, b = shapes[first], shapes[second]
            for position in range(1, min(len(a), len(b)) + 1):
                if a[-position] != b[-position] and 1 not in (a[-position], b[-position]):
                    axis = len(a) - position if len(a) == len(b) else -position
                    return (
                        f"shapes {a} and {b} do not broadcast: "
                        f"{axis_name(axis)} has {a[-position]} against {b[-position]}."
                    )
    raise AssertionError("the shapes do broadcast")


def same(shape: Shape, **_: object) -> Shape:
    """The shape of the single input."""
    return shape


def normal_axis(axis: int, shape: Shape) -> int:
    """``axis`` counted from the front. A single number counts as having one axis, as in PyTorch."""
    ndim = max(len(shape), 1)
    if not -ndim <= axis < ndim:
        raise ShapeError(
            f"{axis_name(axis)} is out of range for shape {shape}, which has {counted(len(shape), 'axis', 'axes')}."
        )
    return axis % ndim


def normal_axes(axis: Axis, shape: Shape) -> tuple[int, ...]:
    """The axes meant by ``axis`` (None: all), ascending, counted from the front."""
    if axis is None:
        return tuple(range(len(shape)))
    if axis == ():
        raise ShapeError("axis is an empty tuple, which would reduce nothing; name the axes, or None for all of them.")
    given = (axis,) if isinstance(axis, int) else axis
    axes = sorted(normal_axis(one, shape) for one in given)
    for first, second in pairwise(axes):
        if first == second:
            raise ShapeError(f"axis {first} of shape {shape} is named twice.")
    return tuple(axes) if shape else ()


def kept(shape: Shape, axes: Iterable[int]) -> Shape:
    """``shape`` with size 1 along ``axes``: a reduction's shape with ``keepdims``."""
    reduced = set(axes)
    return tuple(1 if axis in reduced else size for axis, size in enumerate(shape))


def reduction(shape: Shape, *, axis: Axis, keepdims: bool, **_: object) -> Shape:
    """The shape left by a reduction over ``axis``."""
    axes = normal_axes(axis, shape)
    if keepdims:
        return kept(shape, axes)
    return tuple(size for position, size in enumerate(shape) if position not in axes)


def along_axis(shape: Shape, *, axis: int, **_: object) -> Shape:
    """The shape of a result computed along one axis, which must exist."""
    normal_axis(axis, shape)
    return shape


def swapped(shape: Shape, *, dim0: int, dim1: int) -> Shape:
    """The shape with two axes exchanged."""
    if len(shape) < 2 and (dim0, dim1) == (-2, -1):
        raise ShapeError(f"a transpose needs at least two axes; shape {shape} has {len(shape)}.")
    first, second = normal_axis(dim0, shape), normal_axis(dim1, shape)
    result = list(shape)
    if result:
        result[first], result[second] = result[second], result[first]
    return tuple(result)


def matmul(x: Shape, y: Shape) -> Shape:
    """The shape of ``x @ y``: 1-D inputs are a row on the left, a column on the right; more axes are a batch."""
    if not x or not y:
        which = "both inputs are single numbers" if x == y else f"shapes {x} and {y} hold a single number"
        raise ShapeError(f"@ needs at least one axis on either side, but {which}; use × to multiply by a number.")
    inner = y[-2] if len(y) > 1 else y[0]
    if x[-1] != inner:
        rows = counted(inner, "row", "rows") if len(y) > 1 else counted(inner, "entry", "entries")
        columns = counted(x[-1], "column", "columns") if len(x) > 1 else counted(x[-1], "entry", "entries")
        raise ShapeError(
            f"shapes {x} and {y} do not fit for @: the first has {columns}, the second {rows}. Make them as many."
        )
    try:
        batch = broadcast(x[:-2], y[:-2])
    except ShapeError:
        raise ShapeError(f"shapes {x} and {y} do not fit for @: their batch axes do not broadcast.") from None
    return (*batch, *x[-2:-1], *(y[-1:] if len(y) > 1 else ()))


def broadcast_loss(given: Shape, target: Shape, *, reduction: str, **_: object) -> Shape:
    """The shape of a loss whose input and target broadcast."""
    full = broadcast(given, target)
    return full if reduction == "none" else ()


def paired_loss(
    given: Shape,
    target: Shape,
    weight: Shape | None = None,
    pos_weight: Shape | None = None,
    *,
    reduction: str,
    **_: object,
) -> Shape:
    """The shape of a loss whose input and target must have one shape, to which weights must broadcast."""
    if given != target:
        raise ShapeError(f"input has shape {given} and target {target}; they must have the same shape.")
    for name, shape in (("weight", weight), ("pos_weight", pos_weight)):
        if shape is not None and not _fits(shape, given):
            raise ShapeError(f"{name} has shape {shape}; it must broadcast to the shape {given} of input and target.")
    return given if reduction == "none" else ()


def _fits(shape: Shape, given: Shape) -> bool:
    """Does an array of ``shape`` broadcast to ``given``?"""
    from_the_end = zip(reversed(shape), reversed(given), strict=False)
    return len(shape) <= len(given) and all(own in (1, size) for own, size in from_the_end)


def class_axis(logits: Shape) -> int:
    """The axis of the classes: the only one, or the second."""
    return min(1, len(logits) - 1)


def class_loss(logits: Shape, target: Shape, weight: Shape | None = None, *, reduction: str, **_: object) -> Shape:
    """The shape of a loss over classes: the target has the input's shape, or that without the class axis."""
    if not logits:
        raise ShapeError("the input is a single number; it needs an axis of classes: (C,), (N, C) or (N, C, d1, ...).")
    axis = class_axis(logits)
    if logits[axis] == 0:
        raise ShapeError(f"the input of shape {logits} has no classes: {axis_name(axis)} has size 0.")
    without = logits[:axis] + logits[axis + 1 :]
    if target not in (logits, without):
        raise ShapeError(
            f"input of shape {logits} has its {logits[axis]} classes along axis {axis}; the target must have shape "
            f"{without} (class indices) or {logits} (probabilities), not {target}."
        )
    if weight not in (None, (logits[axis],)):
        raise ShapeError(
            f"the weight has shape {weight}; for the {logits[axis]} classes along axis {axis} of an input of shape "
            f"{logits} it must be {(logits[axis],)}."
        )
    return without if reduction == "none" else ()


def index_class_loss(scores: Shape, target: Shape, weight: Shape | None = None, **settings: str) -> Shape:
    """The shape of a loss over classes that takes class indices only."""
    shape = class_loss(scores, target, weight, **settings)
    if target == scores:
        axis = class_axis(scores)
        raise ShapeError(
            f"the target has the input's shape {scores}, but it takes class indices, of shape "
            f"{scores[:axis] + scores[axis + 1 :]}."
        )
    return shape
