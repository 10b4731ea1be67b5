"""The curve of an earlier run, behind the present one."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from backprop_studio.engine.op import Array
from backprop_studio.ui.plots.envelope import Envelope
from backprop_studio.ui.theme import Theme

MOST_POINTS = 400
MOST_DRAWN, MOST_SHOWN = 1e308, 9e306
"""The highest that a point is drawn and that the axis reaches: the plot cannot scale larger numbers. A loss beyond,
just before training diverges, is above the plot."""
OVER = 3.0
"""An earlier curve makes the axis at most so many times longer, at each end."""
_STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)


class EarlierCurve:
    """Losses that stay as they are, called ``title``; ``age`` counts from 0, the newest of the earlier runs."""

    def __init__(self, title: str, losses: list[float], age: int) -> None:
        self.title = title
        self.losses = losses
        self._style = _STYLES[age % len(_STYLES)]
        self._steps, self._shown = Envelope(MOST_POINTS).points(np.array(losses))
        self._item = pg.PlotCurveItem(connect="finite", antialias=True)
        self._item.setZValue(-10)
        self._log: bool | None = None
        """The axis that it is drawn on, None before it is."""
        self._heights = np.empty(0)

    @property
    def item(self) -> pg.PlotCurveItem:
        """What is drawn."""
        return self._item

    @property
    def heights(self) -> Array:
        """Where the points are drawn, NaN where they are not."""
        return self._heights

    def add(self, plot: pg.PlotItem) -> None:
        """Put the curve on a plot."""
        plot.addItem(self._item, ignoreBounds=True)

    def remove(self, plot: pg.PlotItem) -> None:
        """Take it away."""
        plot.removeItem(self._item)

    def draw(self, log: bool) -> None:
        """Draw it on a linear or a logarithmic axis."""
        if log == self._log:
            return
        self._log, self._heights = log, drawable(self._shown, log)
        known = np.isfinite(self._heights)
        self._item.setData(self._steps[known], self._heights[known])

    def recolour(self, theme: Theme, ratio: float) -> None:
        """Take the theme's colours: grey, and told apart by how the line is dashed. ``ratio``: pixels of the screen."""
        self._item.setPen(pg.mkPen(theme.quiet, width=1.2 * ratio, style=self._style))


def drawable(losses: Array, log: bool) -> Array:
    """Heights at which losses are drawn, NaN where they are not."""
    heights = losses
    if log:
        heights = np.log10(losses, where=losses > 0, out=np.full(len(losses), np.nan))
    return np.where(np.isfinite(heights), np.clip(heights, -MOST_DRAWN, MOST_DRAWN), np.nan)


def height_range(present: Array, earlier: list[Array]) -> tuple[float, float]:
    """The lowest and highest that the vertical axis shows: all of the present curve, most of the earlier ones.

    One that has diverged must not press the others flat: it may take three times the room of the present curve.
    """
    low, high = _range(present)
    others = [_range(heights) for heights in earlier if np.isfinite(heights).any()]
    if not others:
        return low, high
    lowest, highest = min(low for low, _ in others), max(high for _, high in others)
    if not np.isfinite(present).any():
        return lowest, highest
    room = OVER * (high - low or abs(high) or 1.0)
    return max(min(low, max(lowest, low - room)), -MOST_SHOWN), min(max(high, min(highest, high + room)), MOST_SHOWN)


def _range(heights: Array) -> tuple[float, float]:
    known = heights[np.isfinite(heights)]
    if not len(known):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    room = 0.0 if low < high else 0.5 * abs(high) or 0.5  # one height alone stands in the middle
    return max(low - room, -MOST_SHOWN), min(high + room, MOST_SHOWN)
