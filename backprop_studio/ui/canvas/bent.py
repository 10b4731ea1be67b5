"""Wires that are led through bends: smooth chains of curves, one from bend to bend."""

from __future__ import annotations

import numpy as np

from backprop_studio.document.wire_curves import chain as pieces
from backprop_studio.ui.canvas import bezier
from backprop_studio.ui.canvas.bezier import Floats

__all__ = ["DOT", "nearest_piece", "pieces", "place"]

DOT = 4.5
"""Radius of the dot that marks a bend, in scene units."""


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
