"""Datasets small enough to see: points of the plane in classes, and curves to fit.

The points are laid out as scikit-learn's ``make_circles``, ``make_moons`` and ``make_blobs`` lay them, and the
spiral as TensorFlow Playground does; the same arguments give the same numbers, always.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from backprop_studio.engine.op import Array


@dataclass(frozen=True)
class Dataset:
    """A dataset that can be made: what it is called and shows, and its size and noise where none are asked for.

    ``make(samples, noise, classes, random)`` gives features, float64 of shape (samples, 1 or 2), and targets.
    ``has_classes`` says that the number of classes can be chosen.
    """

    name: str
    title: str
    sentence: str
    make: Callable[[int, float, int, np.random.Generator], tuple[Array, Array]]
    samples: int = 100
    noise: float = 0.1
    has_classes: bool = False


@lru_cache(maxsize=32)
def dataset(
    kind: str, samples: int | None = None, noise: float | None = None, classes: int = 2, seed: int = 0
) -> tuple[Array, Array]:
    """Features and targets of a dataset, both read-only and with ``samples`` rows.

    Features are float64 of shape (samples, 2), of "linear" and "sine" (samples, 1). Targets are float64 of shape
    (samples, 1): 0 or 1, of "linear" and "sine" any number. With more than two ``classes``, which "blobs" and "spiral"
    allow, they are class indices, int64 of shape (samples,). ``noise`` is the standard deviation of the normal
    noise that is added to the features, of "linear" and "sine" to the targets. Without ``samples`` or ``noise``
    the dataset has its own. Raises KeyError for an unknown kind.
    """
    chosen = DATASETS[kind]
    rows = chosen.samples if samples is None else samples
    spread = chosen.noise if noise is None else noise
    features, targets = chosen.make(rows, spread, classes, np.random.default_rng(seed))
    features.flags.writeable = targets.flags.writeable = False
    return features, targets


def _xor(samples: int, noise: float, _: int, random: np.random.Generator) -> tuple[Array, Array]:
    """The four corners of the unit square over and over; 1 where exactly one coordinate is."""
    corners = np.arange(samples) % 4
    points = np.stack([corners // 2, corners % 2], axis=1).astype(np.float64)
    return _scattered(points, noise, random), _column((corners == 1) | (corners == 2))


def _circles(samples: int, noise: float, _: int, random: np.random.Generator) -> tuple[Array, Array]:
    """Two circles around the origin: 0 with radius 1, 1 with radius 0.5."""
    labels, share = _classes(samples, 2)
    radius = np.where(labels == 0, 1.0, 0.5)
    angle = 2.0 * np.pi * share
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return _scattered(points, noise, random), _column(labels)


def _moons(samples: int, noise: float, _: int, random: np.random.Generator) -> tuple[Array, Array]:
    """Two half circles of radius 1 that reach into each other: 0 the upper, 1 the lower."""
    labels, share = _classes(samples, 2, closed=True)
    angle = np.pi * share
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1.0 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    return _scattered(np.where(labels[:, None] == 0, upper, lower), noise, random), _column(labels)


def _spiral(samples: int, noise: float, classes: int, random: np.random.Generator) -> tuple[Array, Array]:
    """One arm a class, of radius up to 1 and almost two half turns, evenly turned against each other."""
    labels, share = _classes(samples, classes, closed=True)
    angle = 1.75 * np.pi * share + 2.0 * np.pi * labels / classes
    points = share[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return _scattered(points, noise, random), _targets(labels, classes)


def _blobs(samples: int, noise: float, classes: int, random: np.random.Generator) -> tuple[Array, Array]:
    """One round cloud a class, their centres evenly on the unit circle; ``noise`` is the width of a cloud."""
    labels, _ = _classes(samples, classes)
    angle = 2.0 * np.pi * labels / classes
    points = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return _scattered(points, noise, random), _targets(labels, classes)


def _linear(samples: int, noise: float, _: int, random: np.random.Generator) -> tuple[Array, Array]:
    """The line t = 2x + 1 at evenly spaced x from −1 to 1."""
    x = np.linspace(-1.0, 1.0, samples)[:, None]
    return x, _scattered(2.0 * x + 1.0, noise, random)


def _sine(samples: int, noise: float, _: int, random: np.random.Generator) -> tuple[Array, Array]:
    """The curve t = sin x at evenly spaced x from −π to π."""
    x = np.linspace(-np.pi, np.pi, samples)[:, None]
    return x, _scattered(np.sin(x), noise, random)


def _classes(samples: int, classes: int, *, closed: bool = False) -> tuple[Array, Array]:
    """The class of each row, one class after the other, and how far along its class it stands.

    That is from 0 on to less than 1, or to 1 where the last row of a class is its end (``closed``).
    """
    labels = np.sort(np.arange(samples) % classes)
    sizes = np.bincount(labels, minlength=classes)
    place = np.arange(samples) - (np.cumsum(sizes) - sizes)[labels]
    return labels, place / np.maximum(sizes[labels] - closed, 1)


def _scattered(points: Array, noise: float, random: np.random.Generator) -> Array:
    return np.asarray(points + noise * random.standard_normal(points.shape))


def _targets(labels: Array, classes: int) -> Array:
    return _column(labels) if classes == 2 else labels.astype(np.int64)


def _column(labels: Array) -> Array:
    return labels.astype(np.float64)[:, None]


DATASETS: Mapping[str, Dataset] = MappingProxyType(
    {
        made.name: made
        for made in (
            Dataset("xor", "XOR", "Four corners of a square, which no straight line parts.", _xor, 4, 0.0),
            Dataset("circles", "Circles", "A circle within a circle.", _circles, noise=0.05),
            Dataset("moons", "Moons", "Two half circles that reach into each other.", _moons),
            Dataset("spiral", "Spiral", "Arms that wind around each other.", _spiral, noise=0.02, has_classes=True),
            Dataset("blobs", "Blobs", "Round clouds, easily parted.", _blobs, noise=0.3, has_classes=True),
            Dataset("linear", "Linear", "Points about the line t = 2x + 1.", _linear),
            Dataset("sine", "Sine", "Points about a wave.", _sine),
        )
    }
)
"""The datasets by name, in the order in which they are listed."""
