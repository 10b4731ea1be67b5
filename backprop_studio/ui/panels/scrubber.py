"""The line on which a training step can be scrubbed: forward blue, loss violet, backward orange, update green."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QSlider

from backprop_studio.engine.trace import Stage
from backprop_studio.ui.panels.stage_names import StageName, place_names
from backprop_studio.ui.theme import ThemeManager, text_font

TRACK_HEIGHT = 6.0
HANDLE_RADIUS = 7.0
MARGIN = 9.0
"""Free space left and right of the track, for the handle and the focus ring."""
TRACK_Y = 12.0
NAMES_Y = 22.0
TYPE = 11
"""Pixels of the stages' names at the usual size."""
_BELOW_NAMES = 5
LOSS = "loss"


class Scrubber(QSlider):
    """A slider over the events of the passes; ``sought(position)`` is emitted while it is dragged or keyed.

    A QSlider for its keyboard and accessibility; the painting and the mouse are our own.
    """

    sought = Signal(int)
    next_stage = Signal()
    previous_stage = Signal()

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setObjectName("scrubber")
        self.setAccessibleName("Position in the passes")
        self._themes = themes
        self._progress = 0.0
        self._type = TYPE
        self._stages: list[tuple[Stage, int]] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self.update)

    @property
    def _end(self) -> int:
        return self._stages[-1][1] if self._stages else 0

    def show_state(self, position: int, progress: float, stages: list[tuple[Stage, int]]) -> None:
        """Show a position, how far beyond it events have come, and the stages with the positions where they end."""
        self._stages = stages
        self._progress = progress
        self.setRange(0, self._end)
        self.setValue(position)
        self.update()

    def set_type(self, pixels: int) -> None:
        """Write the stages' names in type of so many pixels."""
        self._type = pixels
        self.updateGeometry()
        self.update()

    def handle_point(self, position: float | None = None) -> QPointF:
        """Where the handle's centre stands, at the present or another position, in widget coordinates."""
        at = self.value() + self._progress if position is None else position
        share = at / self._end if self._end else 0.0
        return QPointF(MARGIN + share * (self.width() - 2 * MARGIN), TRACK_Y)

    def sizeHint(self) -> QSize:
        """Room for the track and the stages' names."""
        return QSize(320, self._height)

    def minimumSizeHint(self) -> QSize:
        """A track that can still be grabbed."""
        return QSize(120, self._height)

    @property
    def _height(self) -> int:
        return round(NAMES_Y) + self._type + _BELOW_NAMES

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go where the mouse was pressed."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._seek(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse while its button is held."""
        if self.isSliderDown():
            self._seek(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self.setSliderDown(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go one event on or back, Page Up and Down one stage, Home and End to the ends."""
        key = event.key()
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1}
        if key in steps:
            self._go(self.value() + steps[Qt.Key(key)])
        elif key == Qt.Key.Key_Home:
            self._go(0)
        elif key == Qt.Key.Key_End:
            self._go(self._end)
        elif key == Qt.Key.Key_PageDown:
            self.next_stage.emit()
        elif key == Qt.Key.Key_PageUp:
            self.previous_stage.emit()
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The track by stage, what is done in full colour, the handle, the stages' names."""
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        handle = self.handle_point()
        start = 0
        colors = {
            Stage.FORWARD: theme.forward, Stage.BACKWARD: theme.backward, Stage.UPDATE: theme.update,
            Stage.ZERO_GRAD: theme.quiet, Stage.TANGENT: theme.tangent,
        }  # fmt: skip
        for stage, end in self._stages:
            left, right = self.handle_point(start).x(), self.handle_point(end).x()
            if right > left:
                _stage(painter, left, right, handle.x(), colors[stage], theme.button)
            start = end
        self._paint_loss(painter)
        self._write_names(painter)
        if self.hasFocus():
            painter.setPen(QPen(theme.forward, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(handle, HANDLE_RADIUS + 2, HANDLE_RADIUS + 2)
        painter.setPen(QPen(theme.panel, 2))
        painter.setBrush(theme.text)
        painter.drawEllipse(handle, HANDLE_RADIUS, HANDLE_RADIUS)

    def _paint_loss(self, painter: QPainter) -> None:
        """Where the loss is computed, in its own colour: between the two passes."""
        place = self._loss_place()
        if place is None:
            return
        color = QColor(self._themes.theme.loss)
        color.setAlphaF(1.0 if self.value() + self._progress >= self._stages[0][1] else 0.45)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        left, right = place
        painter.drawRoundedRect(QRectF(left, TRACK_Y - TRACK_HEIGHT / 2, right - left, TRACK_HEIGHT), 2, 2)

    def _loss_place(self) -> tuple[float, float] | None:
        """From where to where the loss has its colour, None where there is no backward pass."""
        ends = [end for _, end in self._stages]
        if len(ends) < 2 or not ends[0] or ends[1] == ends[0]:
            return None
        left, right = self.handle_point(ends[0] - 1).x(), self.handle_point(ends[0]).x()
        return right - max(3.0, min(right - left, 10.0)), right

    @property
    def names(self) -> list[tuple[str, float]]:
        """The names of the stages that are written, each with its left edge."""
        metrics = QFontMetrics(text_font(self._type))
        found: list[StageName] = []
        start, loss = 0, self._loss_place()
        for stage, end in self._stages:
            left, right = self.handle_point(start).x(), self.handle_point(end).x()
            if right > left:
                found.append(StageName(stage.value, metrics.horizontalAdvance(stage.value), left, right))
            if start == 0 and loss is not None:
                found.append(StageName(LOSS, metrics.horizontalAdvance(LOSS), *loss))
            start = end
        return place_names(found, 0.0, self.width())

    def _write_names(self, painter: QPainter) -> None:
        painter.setPen(self._themes.theme.quiet)
        painter.setFont(text_font(self._type))
        for name, left in self.names:
            area = QRectF(left, NAMES_Y, self.width(), self.height() - NAMES_Y)
            painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)

    def _seek(self, x: float) -> None:
        track = max(1.0, self.width() - 2 * MARGIN)
        self._go(round((x - MARGIN) / track * self._end))

    def _go(self, position: int) -> None:
        self.sought.emit(max(0, min(self._end, position)))


def _stage(painter: QPainter, left: float, right: float, done: float, color: QColor, empty: QColor) -> None:
    """One stage of the track: what is still to come faint, what is done in full colour."""
    area = QRectF(left, TRACK_Y - TRACK_HEIGHT / 2, right - left, TRACK_HEIGHT)
    painter.setBrush(empty)
    painter.drawRoundedRect(area, 2, 2)
    faint = QColor(color)
    faint.setAlphaF(0.22)
    painter.setBrush(faint)
    painter.drawRoundedRect(area, 2, 2)
    if done > left:
        painter.setBrush(color)
        painter.drawRoundedRect(QRectF(left, area.top(), min(done, right) - left, TRACK_HEIGHT), 2, 2)
