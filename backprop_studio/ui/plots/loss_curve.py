"""The loss of every training step as a curve."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from backprop_studio.document.number_text import number
from backprop_studio.engine.op import Array
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.plots.axes import NumberAxis
from backprop_studio.ui.plots.curve_cursor import CurveCursor, Readable, Reading
from backprop_studio.ui.plots.earlier_curve import EarlierCurve, drawable, height_range
from backprop_studio.ui.plots.envelope import Envelope
from backprop_studio.ui.theme import Theme, ThemeManager, number_font, text_font

MOST_POINTS = 800
"""Points drawn; longer curves are drawn as the range of each of their pieces."""
READOUT_BESIDE = 90
"""What the heading and the gaps take of the width beside the readout."""
FEWEST_STEPS = 10
"""The horizontal axis is never shorter."""


class LossCurve(QWidget):
    """Heading, curve and readout. Losses are appended; nothing is kept of Qt's per point."""

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("loss_curve")
        self._themes = themes
        self._losses = np.empty(1024)
        self._count = 0
        axes = {side: NumberAxis(side) for side in ("left", "bottom")}
        self._plot = pg.PlotWidget(background=None, axisItems=axes)
        self._plot.setObjectName("loss_plot")
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._item = self._plot.getPlotItem()
        self._curve = pg.PlotCurveItem(connect="finite", antialias=True)
        self._undone = pg.PlotCurveItem(connect="finite", antialias=True)
        self._standing: int | None = None
        self._loss_now: float | None = None
        self._end = pg.ScatterPlotItem(size=7)
        self._envelope = Envelope(MOST_POINTS)
        self._earlier: list[EarlierCurve] = []
        self._key: list[str] = []
        self._legend = pg.LegendItem(offset=(-6, 2), labelTextSize="8pt", verSpacing=-6)
        self._legend.setParentItem(self._item.getViewBox())
        self._legend.hide()
        self._item.addItem(self._undone)
        self._item.addItem(self._curve)
        self._item.addItem(self._end, ignoreBounds=True)
        self._make_labels()
        self._set_up_plot()
        self._lay_out()
        self._cursor = CurveCursor(self._plot, self._readable, self._read)
        self._log.toggled.connect(self._redraw)
        themes.changed.connect(self._recolour)
        self._recolour(themes.theme)
        self.clear()

    def _make_labels(self) -> None:
        self._log = QToolButton()
        self._log.setObjectName("loss_log")
        self._log.setText("L&og")
        self._log.setCheckable(True)
        self._log.setFixedHeight(24)
        self._log.setStyleSheet("padding: 1px 8px;")
        self._log.setAccessibleName("Logarithmic scale")
        self._log.setToolTip(tooltip("Show the loss on a logarithmic axis."))
        self._readout, self._told, self._last_told = QLabel(), "", ""
        self._readout.setObjectName("loss_readout")
        self._readout.setTextFormat(Qt.TextFormat.PlainText)
        self._readout.setFont(number_font(12))
        self._readout.setProperty("quiet", True)
        self._note = QLabel(self._plot)
        self._note.setObjectName("loss_note")
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._note.setWordWrap(True)
        self._note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._note.setProperty("quiet", True)
        self._note.setMargin(12)

    @property
    def count(self) -> int:
        """Number of losses shown."""
        return self._count

    @property
    def readout(self) -> str:
        """The last step and its loss, as shown."""
        return self._told

    def clear(self) -> None:
        """Begin an empty curve."""
        self._count = 0
        self._standing = self._loss_now = None
        self._envelope.clear()
        self._redraw()

    def show_earlier(self, runs: Sequence[tuple[str, list[float]]], present: str) -> None:
        """Show other curves to compare with, each with what it is called, the newest last; ``present`` is this one."""
        key = [present, *(title for title, _ in runs)] if runs else []
        if self._key == key and [curve.losses for curve in self._earlier] == [losses for _, losses in reversed(runs)]:
            return
        self._key = key
        for curve in self._earlier:
            curve.remove(self._item)
        self._earlier = [EarlierCurve(title, losses, at) for at, (title, losses) in enumerate(reversed(runs))]
        for curve in self._earlier:
            curve.add(self._item)
        self._legend.clear()
        self._legend.setVisible(bool(runs))
        for item, title in ((self._curve, present), *((curve.item, curve.title) for curve in self._earlier)):
            self._legend.addItem(item, escape(title))
        self._recolour(self._themes.theme)
        self._redraw()

    def show_standing(self, steps: int, loss: float | None) -> None:
        """Only the first ``steps`` are not undone: the rest is greyed. ``loss`` is that of the graph as it is."""
        standing = steps if steps < self._count else None
        if (standing, loss) != (self._standing, self._loss_now):
            self._standing, self._loss_now = standing, loss
            self._redraw()

    def append(self, losses: list[float]) -> None:
        """Add the losses of further steps."""
        needed = self._count + len(losses)
        if needed > len(self._losses):
            grown = np.empty(max(needed, 2 * len(self._losses)))
            grown[: self._count] = self._losses[: self._count]
            self._losses = grown
        self._losses[self._count : needed] = losses
        self._count, self._loss_now = needed, None
        self._redraw()

    def show_note(self, text: str) -> None:
        """Say something in the middle of the plot, such as why there is no curve; "" takes it away."""
        self._note.setText(plain(text))
        self._item.setVisible(not text or self._count > 0)
        self._note.setVisible(bool(text) and self._count == 0)

    def showEvent(self, event: QShowEvent) -> None:
        """Lines are as wide as this screen wants them."""
        super().showEvent(event)
        self._recolour(self._themes.theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the note on the plot."""
        super().resizeEvent(event)
        self._note.setGeometry(self._plot.rect())
        self._fit_readout()

    def _readable(self) -> list[Readable]:
        return [Readable(self._losses[: self._count]), *(Readable(c.losses, c.title) for c in self._earlier)]

    def _read(self, reading: Reading | None) -> None:
        """Show what the mouse points at in place of the last step."""
        self._told = self._last_told
        if reading is not None:
            title = f"{reading.title}: " if reading.title else ""
            self._told = f"{title}step {reading.step} · loss {number(reading.loss)}"
        self._fit_readout()

    def _fit_readout(self) -> None:
        """Leave out what there is no room for: a number cut off would be another one."""
        room = self.width() - self._log.sizeHint().width() - READOUT_BESIDE
        wide = self._readout.fontMetrics().horizontalAdvance
        forms = shorter(self._told)
        shown = next((form for form in forms if wide(form) <= room), forms[-1])
        self._readout.setText(shown)
        self._readout.setToolTip("" if shown == self._told else tooltip(self._told))

    def sizeHint(self) -> QSize:
        """A curve that can be read."""
        return QSize(380, 190)

    def minimumSizeHint(self) -> QSize:
        """A curve that can still be made out."""
        return QSize(200, 120)

    def _set_up_plot(self) -> None:
        self._item.hideButtons()
        self._item.setContentsMargins(0, 7, 0, 0)  # the upper half of the highest tick's text
        self._item.setMenuEnabled(False)
        self._item.ctrlMenu.setParent(self, Qt.WindowType.Popup)  # pyqtgraph makes it all the same, without an owner
        self._item.setMouseEnabled(False, False)
        self._item.getViewBox().setDefaultPadding(0.03)
        for side in ("left", "bottom"):
            axis = self._item.getAxis(side)
            axis.setStyle(tickFont=text_font(11), tickLength=-4, maxTickLevel=0)
            axis.enableAutoSIPrefix(False)
        self._item.getAxis("left").setWidth(52)
        self._plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._plot.setMinimumSize(120, 60)

    def _lay_out(self) -> None:
        heading = QLabel("Loss")
        heading.setFont(text_font(12, bold=True))
        heading.setMinimumHeight(24)
        top = QHBoxLayout()
        top.addWidget(heading)
        top.addSpacing(12)
        top.addWidget(self._readout, 1)
        top.addWidget(self._log)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 8, 10, 6)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self._plot, 1)

    def _redraw(self) -> None:
        losses = self._losses[: self._count]
        log = self._log.isChecked()
        steps, shown = self._envelope.points(losses)
        shown = drawable(shown, log)
        self._item.setLogMode(x=False, y=log)
        self._cursor.set_log(log)
        if not np.isfinite(shown).any():
            steps = shown = np.empty(0)
        last = self._count if self._standing is None else self._standing
        self._curve.setData(steps[steps <= last], shown[steps <= last])
        after = (steps >= last) & (last < self._count)
        self._undone.setData(steps[after], shown[after])
        for earlier in self._earlier:
            earlier.draw(log)
        self._draw_end(log, last)
        self.show_note(self._note.text())
        self._fit_axes(shown)
        self._told = self._last_told = readout(losses, self._standing, self._loss_now)
        self._fit_readout()
        self._cursor.again()

    def _draw_end(self, log: bool, last: int) -> None:
        """A dot at the step that the parameters are after: one step alone is seen too."""
        height = drawable(self._losses[last - 1 : last], log) if last else np.empty(0)
        height = height[np.isfinite(height)]
        self._end.setData([float(last)] if len(height) else [], height)

    def _fit_axes(self, heights: Array) -> None:
        """Steps begin at 0, and there is room for a few from the start."""
        longest = max([self._count, *(len(curve.losses) for curve in self._earlier)])
        self._item.setXRange(0, max(FEWEST_STEPS, longest), padding=0.03)
        self._item.setYRange(*height_range(heights, [curve.heights for curve in self._earlier]), padding=0.03)

    def _recolour(self, theme: Theme) -> None:
        self._plot.setBackground(theme.panel)
        ratio = self.devicePixelRatioF()  # pyqtgraph counts widths in pixels of the screen
        self._curve.setPen(pg.mkPen(theme.loss, width=2 * ratio))
        self._undone.setPen(pg.mkPen(theme.line, width=2 * ratio))
        self._end.setBrush(pg.mkBrush(theme.loss))
        self._end.setPen(pg.mkPen(theme.panel))
        self._cursor.recolour(theme)
        veil = QColor(theme.panel)
        veil.setAlpha(215)
        self._legend.setBrush(pg.mkBrush(veil))
        self._legend.setLabelTextColor(theme.quiet)
        for curve in self._earlier:
            curve.recolour(theme, ratio)
        for side in ("left", "bottom"):
            axis = self._item.getAxis(side)
            axis.setPen(pg.mkPen(theme.line))
            axis.setTextPen(pg.mkPen(theme.quiet))


def shorter(told: str) -> list[str]:
    """A readout, and what to show of it where there is less and less room; the last is its loss alone."""
    loss = told.rpartition(" · ")[2].removeprefix("before training: ")
    return [told, loss, loss.partition(" (")[0], loss.partition(" (")[0].partition(", now ")[0]]


def readout(losses: Array, standing: int | None = None, now: float | None = None) -> str:
    """ "step 160 · loss 0.004" for the last of ``losses``, or for the last of the ``standing`` that are not undone.

    That is the loss which the step began at. ``now``, the loss of the graph as it is, is told where it reads otherwise.
    """
    if standing == 0:
        return "before training" + (f": loss {number(now)}" if now is not None else "") + f" ({len(losses)} undone)"
    if not len(losses):
        return "no steps yet"
    last = len(losses) if standing is None else standing
    loss = number(float(losses[last - 1]))
    after = f", now {number(now)}" if now is not None and number(now) != loss else ""
    undone = "" if standing is None else f" ({len(losses) - standing} undone)"
    return f"step {last} · loss {loss}{after}{undone}"
