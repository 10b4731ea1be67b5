"""How large the gradients on the wires are, as levels of a logarithmic scale, each with a colour and a width."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
from PySide6.QtGui import QColor, QPainter, QPen

from backprop_studio.document.graph import Wire
from backprop_studio.engine.op import Array
from backprop_studio.ui.canvas.frame import Frame
from backprop_studio.ui.canvas.geometry import Geometry
from backprop_studio.ui.canvas.wire_paths import paths
from backprop_studio.ui.theme import Theme, blend

LEVELS = 8
LEAST_DECADES, MOST_DECADES = 2.0, 8.0
"""What the scale spans: gradients of much the same size look much the same, and those below it as the smallest."""
THINNEST, THICKEST = 1.6, 4.2
"""Widths of the lowest and the highest level, in scene units."""

MakePen = Callable[[QColor, float], QPen]


class Magnitudes:
    """Levels of wires by their largest absolute contribution. ``low`` and ``high`` bound them."""

    def __init__(self, wires: Iterable[Wire], contribution_of: Callable[[Wire], Array | None]) -> None:
        sizes: dict[Wire, float] = {}
        for wire in wires:
            contribution = contribution_of(wire)
            if contribution is not None and contribution.size:
                sizes[wire] = float(np.abs(contribution).max())
        finite = [size for size in sizes.values() if size > 0 and math.isfinite(size)]
        self.high = max(finite, default=0.0)
        smallest = max(min(finite, default=0.0), self.high * 10.0**-MOST_DECADES)
        self.low = min(smallest, self.high * 10.0**-LEAST_DECADES)
        self._levels = {wire: self.level(size) for wire, size in sizes.items() if size > 0}

    def level(self, size: float) -> int:
        """The level of a magnitude above 0, from 0 to LEVELS − 1; NaN and infinities take the highest."""
        if not math.isfinite(size) or self.high <= self.low:
            return LEVELS - 1
        share = math.log(max(size, self.low) / self.low) / math.log(self.high / self.low)
        return min(int(share * LEVELS), LEVELS - 1)

    def of(self, wire: Wire) -> int | None:
        """The level of a wire, None where no gradient runs along it or none but 0."""
        return self._levels.get(wire)

    def paint(
        self,
        painter: QPainter,
        frame: Frame,
        geometry: Geometry,
        rows: list[int],
        theme: Theme,
        resting: QColor,
        pen: MakePen,
    ) -> None:
        """Paint wires, those of one level after those of the one below; ``resting`` those without a gradient."""
        by_level: dict[int, list[int]] = {}
        for row in rows:
            level = self._levels.get(geometry.wires[row])
            by_level.setdefault(-1 if level is None else level, []).append(row)
        for level in sorted(by_level):
            painter.setPen(pen(resting, THINNEST) if level < 0 else pen(color(theme, level), width(level)))
            for path in paths(geometry, frame, by_level[level]):
                painter.drawPath(path)


def color(theme: Theme, level: int) -> QColor:
    """From a pale violet for the smallest to the full colour of gradients for the largest."""
    share = level / (LEVELS - 1)
    return blend(theme.backward, blend(theme.loss, theme.canvas, 0.55), share)


def width(level: int) -> float:
    """The larger the thicker, so that the colour is not all that tells."""
    return THINNEST + (THICKEST - THINNEST) * level / (LEVELS - 1)
