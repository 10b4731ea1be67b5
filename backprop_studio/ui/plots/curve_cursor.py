"""Reads step and loss off the curve that the mouse points at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF
from PySide6.QtGui import QMouseEvent

from backprop_studio.engine.op import Array
from backprop_studio.ui.theme import Theme


@dataclass(frozen=True, eq=False)
class Readable:
    """A curve that can be read: its losses from step 1 on, and what it is called ("" for the present one)."""

    losses: Array | list[float]
    title: str = ""


@dataclass(frozen=True)
class Reading:
    """What the mouse points at: the step of a curve, and the loss of it."""

    step: int
    loss: float
    title: str


class CurveCursor(QObject):
    """A line under the mouse and a dot on the nearest curve. ``told`` gets each reading, None where there is none."""

    def __init__(
        self, plot: pg.PlotWidget, curves: Callable[[], Sequence[Readable]], told: Callable[[Reading | None], None]
    ) -> None:
        super().__init__(plot)
        self._plot = plot
        self._box = plot.getPlotItem().getViewBox()
        self._curves, self._told = curves, told
        self._is_log = False
        self._at = QPointF()
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._dot = pg.ScatterPlotItem(size=8)
        for item in (self._line, self._dot):
            item.setZValue(20)
            item.hide()
            plot.getPlotItem().addItem(item, ignoreBounds=True)
        plot.viewport().installEventFilter(self)

    def set_log(self, on: bool) -> None:
        """The vertical axis is logarithmic."""
        self._is_log = on

    def recolour(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._line.setPen(pg.mkPen(theme.quiet, width=1))
        self._dot.setBrush(pg.mkBrush(theme.text))
        self._dot.setPen(pg.mkPen(theme.panel))

    def again(self) -> None:
        """Read once more: there may be other curves now."""
        if self._line.isVisible():
            self._moved(self._at)

    def hide(self) -> None:
        """Read nothing."""
        if self._line.isVisible():
            self._line.hide()
            self._dot.hide()
            self._told(None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the mouse until it leaves; pyqtgraph's own signal drops the last of quick moves."""
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseMove:
            self._moved(self._plot.mapToScene(event.position().toPoint()))
        elif event.type() == QEvent.Type.Leave:
            self.hide()
        return False

    def read(self, at: QPointF) -> Reading | None:
        """What is nearest to a point of the plot, in its own coordinates, of those curves that have that step."""
        step, reach = max(1, round(at.x())), np.inf
        nearest: Reading | None = None
        for curve in self._curves():
            at_end = min(step, len(curve.losses))
            if at_end and (at_end == step or not curve.title):
                loss = float(curve.losses[at_end - 1])
                distance = abs(self._height(loss) - at.y())
                if distance < reach:
                    reach, nearest = distance, Reading(at_end, loss, curve.title)
        return nearest

    def _height(self, loss: float) -> float:
        if not self._is_log:
            return loss
        return float(np.log10(loss)) if loss > 0 else -np.inf

    def _moved(self, at: QPointF) -> None:
        self._at = QPointF(at)
        reading = self.read(self._box.mapSceneToView(at)) if self._box.sceneBoundingRect().contains(at) else None
        if reading is None:
            self.hide()
            return
        self._line.setPos(reading.step)
        height = self._height(reading.loss)
        self._dot.setData(*([[reading.step], [height]] if np.isfinite(height) else [[], []]))
        self._line.show()
        self._dot.show()
        self._told(reading)
