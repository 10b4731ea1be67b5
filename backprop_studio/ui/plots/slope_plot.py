"""A function of one number, the point where it stands, and the tangent there."""

from __future__ import annotations

from functools import partial

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from backprop_studio.document.slopes import Slope
from backprop_studio.engine.op import Array
from backprop_studio.ui.plain_text import plain
from backprop_studio.ui.plots.axes import NumberAxis
from backprop_studio.ui.theme import Theme, ThemeManager, number_font

HEIGHT = 170
TANGENT = 0.22
"""How far the tangent reaches to either side, as a share of the curve's width."""
MOST_OF_MIDDLE = 3.0
"""A curve that is so many times as high as its middle nine tenths has a pole, which is cut off."""
LARGEST = 1e100
"""Ordinates beyond this are left out: the plot cannot scale them."""


class SlopePlot(QWidget):
    """Axes, curve, tangent and point. At a kink the slopes of both sides are drawn, dashed, beside the one used."""

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self.setObjectName("slope_plot")
        self.slope: Slope | None = None
        """What is drawn."""
        self._themes = themes
        axes = {side: NumberAxis(side) for side in ("left", "bottom")}
        self._plot = pg.PlotWidget(background=None, axisItems=axes)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        item = self._plot.getPlotItem()
        item.setMenuEnabled(False)
        item.ctrlMenu.setParent(self, Qt.WindowType.Popup)  # pyqtgraph makes it all the same, without an owner
        item.hideButtons()
        item.setMouseEnabled(x=False, y=False)
        self._curve, self._tangent = (pg.PlotCurveItem(connect="finite", antialias=True) for _ in range(2))
        self._sides = tuple(pg.PlotCurveItem(connect="finite", antialias=True) for _ in range(2))
        self._point, self._moved = (pg.ScatterPlotItem(size=size) for size in (9, 7))
        for part in (self._curve, *self._sides, self._tangent, self._moved, self._point):
            item.addItem(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._plot)
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._recolour)
        self._recolour(themes.theme)

    def sizeHint(self) -> QSize:
        """A small plot."""
        return QSize(240, HEIGHT)

    def show_slope(self, slope: Slope) -> None:
        """Draw a function."""
        self.slope = slope
        self.setAccessibleName(plain(f"{slope.y_name} over {slope.x_name}. {slope.sentence}"))
        self._curve.setData(slope.xs, _drawable(slope.ys))
        reach = TANGENT * float(slope.xs[-1] - slope.xs[0])
        line = partial(_line, slope, reach)
        self._tangent.setData(*line(slope.slope, both=True))
        for side, sign, item in ((slope.left, -1.0, self._sides[0]), (slope.right, 1.0, self._sides[1])):
            item.setData(*(line(side, sign=sign) if side is not None else ([], [])))
        self._place(self._point, (slope.x, slope.y))
        self._place(self._moved, slope.moved)
        plot = self._plot.getPlotItem()
        plot.setXRange(float(slope.xs[0]), float(slope.xs[-1]), padding=0.0)
        plot.setYRange(*_heights(slope), padding=0.0)
        for edge, text in (("bottom", slope.x_name), ("left", slope.y_name)):
            plot.getAxis(edge).setToolTip(plain(text))

    def _place(self, item: pg.ScatterPlotItem, at: tuple[float, float] | None) -> None:
        shown = at is not None and bool(np.isfinite(at).all()) and abs(at[1]) < LARGEST
        item.setData(*([[at[0]], [at[1]]] if shown and at is not None else [[], []]))

    def _recolour(self, theme: Theme) -> None:
        self._plot.setBackground(theme.field)
        for side in ("left", "bottom"):
            axis = self._plot.getPlotItem().getAxis(side)
            axis.setPen(pg.mkPen(theme.line))
            axis.setTextPen(pg.mkPen(theme.quiet))
            axis.setStyle(tickFont=number_font(10), tickLength=-4)
            axis.enableAutoSIPrefix(False)
        self._curve.setPen(pg.mkPen(theme.forward, width=2))
        self._tangent.setPen(pg.mkPen(theme.backward, width=2))
        for item in self._sides:
            item.setPen(pg.mkPen(theme.backward, width=1.5, style=Qt.PenStyle.DashLine))
        self._point.setBrush(pg.mkBrush(theme.backward))
        self._point.setPen(pg.mkPen(theme.field, width=1.5))
        self._moved.setBrush(pg.mkBrush(theme.forward))
        self._moved.setPen(pg.mkPen(theme.field, width=1.5))


def _drawable(ys: Array) -> Array:
    return np.where(np.abs(ys) < LARGEST, ys, np.nan)


def _line(slope: Slope, reach: float, steepness: float, sign: float = 1.0, both: bool = False) -> tuple[Array, Array]:
    """A straight line through the point, to one side of it or to both."""
    if not np.isfinite([steepness, slope.y]).all():
        return np.empty(0), np.empty(0)
    offsets = np.array([-reach, reach]) if both else np.array([0.0, sign * reach])
    return slope.x + offsets, _drawable(slope.y + steepness * offsets)


def _heights(slope: Slope) -> tuple[float, float]:
    """Lowest and highest ordinate to show: most of the curve, not its poles, and the point."""
    finite = slope.ys[np.isfinite(slope.ys) & (np.abs(slope.ys) < LARGEST)]
    shown = [*np.percentile(finite, [0, 5, 95, 100])] if finite.size else []
    if shown and shown[3] - shown[0] > MOST_OF_MIDDLE * (shown[2] - shown[1]):
        shown = shown[1:3]
    if np.isfinite(slope.y) and abs(slope.y) < LARGEST:
        shown.append(slope.y)
    low, high = (min(shown), max(shown)) if shown else (-1.0, 1.0)
    margin = 0.12 * (high - low) or 0.5 * max(1.0, abs(high))
    return low - margin, high + margin
