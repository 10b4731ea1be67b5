"""How wires run: arrays of cubic Bézier curves of shape (n, 4, 2), each its start, two control points and its end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from backprop_studio.document.parts import Point

Floats = NDArray[np.float64]

_PULL = 0.38
"""How far along to its neighbours a bend pulls the curve straight."""
_LEAST_REACH, _REACH = 40.0, 0.6
"""A level end pulls no further than a share of the way across: steep pieces do not swing out to the sides."""


def between(starts: Floats, ends: Floats) -> Floats:
    """Curves that leave each start to the right and reach each end from the left; shapes (n, 2)."""
    across = ends[:, 0] - starts[:, 0]
    distance = np.hypot(across, ends[:, 1] - starts[:, 1])
    # Backwards wires swing out no further than 260, however long they are.
    reach = np.maximum(np.abs(across) * 0.5, np.minimum(40.0, distance * 0.5))
    reach = np.where(across < 0, np.minimum(reach + 20.0, 260.0), reach)
    sideways = np.stack([reach, np.zeros_like(reach)], 1)
    return np.stack([starts, starts + sideways, ends - sideways, ends], 1)


def samples(curves: Floats, pieces: int) -> Floats:
    """Points along each of n curves, at the ends of straight pieces; shape (n, pieces + 1, 2)."""
    t = np.linspace(0.0, 1.0, pieces + 1)[None, :, None]
    u = 1.0 - t
    a, b, c, d = (curves[:, None, k, :] for k in range(4))
    result: Floats = u**3 * a + 3 * u * u * t * b + 3 * u * t * t * c + t**3 * d
    return result


def chain(start: Floats, bends: Sequence[Point], end: Floats) -> Floats:
    """The curves from ``start`` through the bends to ``end``; shape (bends + 1, 4, 2).

    The chain leaves to the right, arrives from the left and passes each bend without a corner. Where it turns from
    rising to falling, or runs level, it passes the bend level, so that it does not swing beyond it.
    """
    points = np.array([start, *bends, end], float)
    steps = np.diff(points, axis=0)
    lengths = np.maximum(np.hypot(steps[:, 0], steps[:, 1]), 1e-6)
    ways = np.empty_like(points)
    ways[0] = ways[-1] = (1.0, 0.0)
    across = points[2:] - points[:-2]
    ways[1:-1] = across / np.maximum(np.hypot(across[:, 0], across[:, 1]), 1e-6)[:, None]
    turns = (steps[:-1, 1] * steps[1:, 1] <= 0) & (steps[:-1, 0] * steps[1:, 0] > 0)
    ways[1:-1][turns] = np.stack([np.sign(steps[1:, 0][turns]), np.zeros(int(turns.sum()))], 1)
    reach = lengths * _PULL
    held = np.minimum(reach, np.maximum(np.abs(steps[:, 0]) * _REACH, _LEAST_REACH))
    first = np.where(ways[:-1, 1] == 0.0, held, reach)[:, None]
    last = np.where(ways[1:, 1] == 0.0, held, reach)[:, None]
    return np.stack([points[:-1], points[:-1] + ways[:-1] * first, points[1:] - ways[1:] * last, points[1:]], 1)
