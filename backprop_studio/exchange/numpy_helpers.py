"""What NumPy has no word for: functions that exported NumPy code defines for itself, where it needs them.

Steps that the engine takes as one call, and operations whose functions work on arrays in place, are written here once
more, in the shortest form; the tests hold them against the engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backprop_studio.engine.layer_shapes import Grid


@dataclass(frozen=True)
class Helper:
    """A function by name, its source, the settings that it takes after its arrays, and the functions it calls."""

    name: str
    source: str
    settings: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    def call(self, arguments: Sequence[str], settings: Mapping[str, Any]) -> str:
        """The call, with arrays as expressions and settings as values."""
        given = {**settings, **_grid_settings(settings.get("grid"))}
        return f"{self.name}({', '.join([*arguments, *(f'{name}={given[name]!r}' for name in self.settings)])})"


_GRID = ("size", "stride", "before", "after", "dilation")

HELPERS: Mapping[str, Helper] = {
    "erfc": Helper(
        "erfc",
        '''\
def erfc(x):
    """The complementary error function."""
    return np.vectorize(math.erfc, otypes=[float])(x)
''',
    ),
    "_mask": Helper(
        "mask",
        '''\
def mask(step, shape, p, seed, stream):
    """1 / (1 - p) where an entry stays, 0 where it is dropped."""
    stays = np.random.default_rng((seed, int(step), stream)).random(shape) >= p
    return np.where(stays, 1.0 / max(1.0 - p, 1e-300), 0.0)
''',
        ("shape", "p", "seed", "stream"),
    ),
    "_wanted": Helper(
        "wanted",
        '''\
def wanted(target, shape, ignore_index, label_smoothing):
    """The probability wanted of each class, in the shape of the scores; 0 where an example is ignored."""
    axis = min(1, len(shape) - 1)
    if target.shape == shape:
        return target * (1.0 - label_smoothing) + label_smoothing / shape[axis]
    counts = target != ignore_index
    one_hot = np.moveaxis(np.eye(shape[axis])[np.where(counts, target, 0).astype(int)], -1, axis)
    smoothed = one_hot * (1.0 - label_smoothing) + label_smoothing / shape[axis]
    return smoothed * np.expand_dims(counts, axis)
''',
        ("shape", "ignore_index", "label_smoothing"),
    ),
    "_count": Helper(
        "examples",
        '''\
def examples(target, shape, ignore_index):
    """How many examples count."""
    if target.shape == shape:
        return target.size // shape[min(1, len(shape) - 1)]
    return np.sum(target != ignore_index)
''',
        ("shape", "ignore_index"),
    ),
    "windows": Helper(
        "windows",
        '''\
def windows(x, size, stride, before, after, dilation, fill=0.0):
    """The entries of each window of the images x, along two new axes at the end."""
    pad = [(0, 0)] * (x.ndim - 2) + list(zip(before, after))
    reach = [step * (entries - 1) + 1 for step, entries in zip(dilation, size)]
    view = np.lib.stride_tricks.sliding_window_view(np.pad(x, pad, constant_values=fill), reach, axis=(-2, -1))
    return view[..., ::stride[0], ::stride[1], ::dilation[0], ::dilation[1]]
''',
    ),
    "add_back": Helper(
        "add_back",
        '''\
def add_back(parts, shape, size, stride, before, after, dilation):
    """The adjoint of windows: the entries of all windows, added up where they were taken from."""
    whole = np.zeros((*shape[:-2], *(length + b + a for length, b, a in zip(shape[-2:], before, after))))
    down, across = parts.shape[-4:-2]
    for row, column in np.ndindex(*size):
        y, x = row * dilation[0], column * dilation[1]
        rows = slice(y, y + stride[0] * (down - 1) + 1, stride[0])
        columns = slice(x, x + stride[1] * (across - 1) + 1, stride[1])
        whole[..., rows, columns] += parts[..., row, column]
    return whole[..., before[0]:before[0] + shape[-2], before[1]:before[1] + shape[-1]]
''',
    ),
    "convolution": Helper(
        "convolution",
        '''\
def convolution(x, weight, groups, **grid):
    """Each filter slid over the images x."""
    parts = zip(np.split(windows(x, **grid), groups, axis=-5), np.split(weight, groups))
    return np.concatenate([np.einsum("...cijhw,ochw->...oij", part, filters) for part, filters in parts], axis=-3)
''',
        ("groups", *_GRID),
        ("windows",),
    ),
    "convolution_to_x": Helper(
        "convolution_to_x",
        '''\
def convolution_to_x(g, x, weight, groups, **grid):
    """What a convolution passes back to its images."""
    parts = zip(np.split(g, groups, axis=-3), np.split(weight, groups))
    parts = [np.einsum("...oij,ochw->...cijhw", part, filters) for part, filters in parts]
    return add_back(np.concatenate(parts, axis=-5), x.shape, **grid)
''',
        ("groups", *_GRID),
        ("add_back",),
    ),
    "convolution_to_weight": Helper(
        "convolution_to_weight",
        '''\
def convolution_to_weight(g, x, weight, groups, **grid):
    """What a convolution passes back to its filters."""
    g, x = (array.reshape(-1, *array.shape[-3:]) for array in (g, x))
    parts = zip(np.split(g, groups, axis=-3), np.split(windows(x, **grid), groups, axis=-5))
    return np.concatenate([np.einsum("noij,ncijhw->ochw", *part) for part in parts])
''',
        ("groups", *_GRID),
        ("windows",),
    ),
    "max_pool_back": Helper(
        "max_pool_back",
        '''\
def max_pool_back(g, x, **grid):
    """The gradient of each window, given to the first of its entries that is the largest."""
    entries = windows(x, **grid, fill=-np.inf)
    flat = entries.reshape(*entries.shape[:-2], -1)
    parts = np.zeros(flat.shape)
    np.put_along_axis(parts, np.argmax(flat, axis=-1)[..., None], g[..., None], axis=-1)
    return add_back(parts.reshape(entries.shape), x.shape, **grid)
''',
        _GRID,
        ("windows", "add_back"),
    ),
    "average_back": Helper(
        "average_back",
        '''\
def average_back(g, x, **grid):
    """The gradient of each window, given to each of its entries."""
    parts = np.broadcast_to(g[..., None, None], (*g.shape, *grid["size"]))
    return add_back(parts, x.shape, **grid)
''',
        _GRID,
        ("add_back",),
    ),
    "first_of": Helper(
        "first_of",
        '''\
def first_of(place, x, axis):
    """1 at the place of one entry along an axis, 0 elsewhere."""
    one_hot = np.zeros(x.shape)
    np.put_along_axis(one_hot, np.expand_dims(place, axis), 1.0, axis)
    return one_hot
''',
    ),
    "put": Helper(
        "put",
        '''\
def put(g, x, index):
    """Zeros of the shape of x, with g where index says."""
    whole = np.zeros(x.shape)
    whole[index] = g
    return whole
''',
    ),
    "add_rows": Helper(
        "add_rows",
        '''\
def add_rows(g, indices, weight):
    """The gradient of each row that was looked up, added up by row."""
    rows = np.zeros(weight.shape)
    np.add.at(rows, indices.astype(int), g)
    return rows
''',
    ),
}
"""By the name of the engine's function that they stand for, or by their own."""


def with_needs(names: Sequence[str]) -> list[Helper]:
    """The helpers of those names and all that they call, each once, in the order of the table."""
    wanted = set(names)
    for key in names:
        wanted.update(HELPERS[key].needs)
    return [helper for key, helper in HELPERS.items() if key in wanted]


def _grid_settings(grid: Grid | None) -> dict[str, Any]:
    return {} if grid is None else {name: getattr(grid, name) for name in _GRID}
