"""Wires that are led through bends: smooth chains of curves, one from bend to bend."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backprop_studio.document.graph import Point
from backprop_studio.ui.canvas import bezier
from backprop_studio.ui.canvas.bezier import Floats

DOT = 4.5
"""Radius of the dot that marks a bend, in scene units."""
_PULL = 0.38
"""How far along to its neighbours a bend pulls the curve straight."""


def pieces(start: Floats, bends: Sequence[Point], end: Floats) -> Floats:
    """The curves from ``start`` through the bends to ``end``; shape (bends + 1, 4, 2).

    The chain leaves to the right, arrives from the left and passes each bend without a corner.
    """
    points = np.array([start, *bends, end], float)
    steps = np.diff(points, axis=0)
    lengths = np.maximum(np.hypot(steps[:, 0], steps[:, 1]), 1e-6)
    ways = np.empty_like(points)
    ways[0] = ways[-1] = (1.0, 0.0)
    across = points[2:] - points[:-2]
    ways[1:-1] = across / np.maximum(np.hypot(across[:, 0], across[:, 1]), 1e-6)[:, None]
    reach = (lengths * _PULL)[:, None]
    return np.stack([points[:-1], points[:-1] + ways[:-1] * reach, points[1:] - ways[1:] * reach, points[1:]], 1)


def place(chain: Floats, along: float) -> Floats:
    """The point of a chain at a share of its length, 0 to 1; shape (2,)."""
    lengths = np.hypot(*(chain[:, 3] - chain[:, 0]).T)
    ends = np.cumsum(lengths) / max(float(lengths.sum()), 1e-9)
    number = min(int(np.searchsorted(ends, along)), len(chain) - 1)
    before = float(ends[number - 1]) if number else 0.0
    width = max(float(ends[number]) - before, 1e-9)
    share = min(max((along - before) / width, 0.0), 1.0)
    result: Floats = bezier.points(chain[number], np.array([share]))[0]
    return result


def nearest_piece(chain: Floats, x: float, y: float) -> int:
    """Which curve of a chain passes nearest to a point: a new bend there goes before the bend of that number."""
    return int(bezier.distance(chain, x, y).argmin())
