"""Shape rules of operations that rearrange, select, join or repeat entries. Each raises ShapeError with a sentence."""

from __future__ import annotations

from math import prod

from backprop_studio.engine.errors import ShapeError
from backprop_studio.engine.indexing import read_index
from backprop_studio.engine.op import Shape
from backprop_studio.engine.shapes import axis_name, broadcast, counted, normal_axis


def reshaped(old: Shape, *, shape: Shape) -> Shape:
    """``shape``, with a size of −1 filled in from the number of entries."""
    count, known = prod(old), prod(size for size in shape if size != -1)
    if shape.count(-1) > 1:
        raise ShapeError(f"only one size of {shape} may be −1.".replace("-", "−"))
    if -1 in shape:
        if known == 0 or count % known:
            raise ShapeError(f"shape {old} holds {counted(count, 'number')}, which {_shown(shape)} can not hold.")
        return tuple(count // known if size == -1 else size for size in shape)
    if known != count:
        raise ShapeError(
            f"shape {old} holds {counted(count, 'number')}, but {_shown(shape)} would hold {counted(known, 'number')}."
        )
    return tuple(shape)


def _shown(shape: Shape) -> str:
    return str(tuple(shape)).replace("-", "−")


def flattened(shape: Shape, *, start_dim: int, end_dim: int) -> Shape:
    """The shape with the axes from ``start_dim`` to ``end_dim`` joined into one."""
    start, end = normal_axis(start_dim, shape), normal_axis(end_dim, shape)
    if not shape:
        return (1,)
    if start > end:
        raise ShapeError(f"start_dim is {axis_name(start)}, after end_dim, {axis_name(end)}.")
    return (*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :])


def concatenated(*shapes: Shape, axis: int) -> Shape:
    """The shape of arrays joined along an axis that they have."""
    first = shapes[0]
    if () in shapes:
        raise ShapeError("single numbers have no axis to be joined along; use stack.")
    position = normal_axis(axis, first)
    for shape in shapes[1:]:
        if len(shape) != len(first):
            raise ShapeError(f"shapes {first} and {shape} can not be joined: they have different numbers of axes.")
        for place, (one, other) in enumerate(zip(first, shape, strict=True)):
            if one != other and place != position:
                raise ShapeError(
                    f"shapes {first} and {shape} can not be joined along axis {position}: "
                    f"axis {place} has {one} against {other}."
                )
    return (*first[:position], sum(shape[position] for shape in shapes), *first[position + 1 :])


def new_axis(axis: int, shape: Shape) -> int:
    """Where an axis is inserted into ``shape``, counted from the front."""
    if not -len(shape) - 1 <= axis <= len(shape):
        raise ShapeError(f"{axis_name(axis)} can not be inserted into shape {shape}.")
    return axis % (len(shape) + 1)


def stacked(*shapes: Shape, axis: int) -> Shape:
    """The shape of arrays of one shape, joined along a new axis."""
    first = shapes[0]
    for shape in shapes[1:]:
        if shape != first:
            raise ShapeError(f"shapes {first} and {shape} can not be stacked; they must be the same.")
    position = new_axis(axis, first)
    return (*first[:position], len(shapes), *first[position:])


def indexed(shape: Shape, *, index: str) -> Shape:
    """The shape of what a constant index selects."""
    parts = read_index(index)
    named = [part for part in parts if part is not ...]
    if len(named) > len(shape):
        raise ShapeError(
            f"the index [{index}] names {counted(len(named), 'axis', 'axes')}, but shape {shape} "
            f"has {counted(len(shape), 'axis', 'axes')}."
        )
    at = parts.index(...) if ... in parts else len(parts)
    full = [*parts[:at], *[slice(None)] * (len(shape) - len(named)), *parts[at + 1 :]]
    result = []
    for axis, (part, size) in enumerate(zip(full, shape, strict=True)):
        if isinstance(part, slice):
            result.append(len(range(*part.indices(size))))
        elif isinstance(part, int) and not -size <= part < size:
            number = str(part).replace("-", "−")
            raise ShapeError(f"index {number} is out of range for axis {axis} of shape {shape}, which has size {size}.")
    return tuple(result)


def repeated(old: Shape, *, shape: Shape) -> Shape:
    """``shape``, where ``old`` broadcasts to it."""
    try:
        fits = broadcast(old, tuple(shape)) == tuple(shape)
    except ShapeError:
        fits = False
    if not fits:
        raise ShapeError(f"shape {old} does not broadcast to {tuple(shape)}.")
    return tuple(shape)


def affine(x: Shape, weight: Shape, bias: Shape | None) -> Shape:
    """The shape of ``x @ weightᵀ + bias``."""
    if len(weight) != 2:
        raise ShapeError(f"the weight has shape {weight}; it needs two axes, (outputs, inputs).")
    if not x or x[-1] != weight[1]:
        raise ShapeError(
            f"x of shape {x} and weight of shape {weight} do not fit: the last axis of x must have the size of "
            f"axis 1 of the weight, {weight[1]}."
        )
    if bias not in (None, weight[:1]):
        raise ShapeError(f"the bias has shape {bias}; with a weight of shape {weight} it must be {weight[:1]}.")
    return (*x[:-1], weight[0])
