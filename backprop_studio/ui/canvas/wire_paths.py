"""The lines of a geometry as painter paths: one by one, or seen from very far many at once."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtGui import QPainterPath

from backprop_studio.ui.canvas import bezier
from backprop_studio.ui.canvas.frame import VERY_FAR, Frame
from backprop_studio.ui.canvas.geometry import Geometry

AT_ONCE = 128
"""Lines in one path: more take longer to stroke, fewer longer to make."""


def paths(geometry: Geometry, frame: Frame, rows: list[int]) -> Iterator[QPainterPath]:
    """What paints the lines of some rows. One painter path for each takes longer to make than to paint."""
    if frame.zoom >= VERY_FAR:
        yield from map(geometry.path, rows)
        return
    if geometry.chains:
        bent = [row for row in rows if geometry.wires[row] in geometry.chains]
        yield from map(geometry.path, bent)
        rows = sorted(set(rows).difference(bent))
    for first in range(0, len(rows), AT_ONCE):
        yield bezier.joined(geometry.curves[rows[first : first + AT_ONCE]])
