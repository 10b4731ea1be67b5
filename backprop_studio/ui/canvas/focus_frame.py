"""A frame around the canvas that tells that the keyboard is there, for those who came by the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPen

from backprop_studio.ui.canvas.frame import Frame

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

_BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
WIDTH = 2.0


class FocusFrame(QObject):
    """Shown from the moment the focus comes by a key until it leaves, or a button is pressed."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.is_shown = False
        canvas.installEventFilter(self)
        canvas.above.append(self._paint)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice how the focus comes and that it goes."""
        if isinstance(event, QFocusEvent):
            self._show(event.gotFocus() and event.reason() in _BY_KEYBOARD)
        elif event.type() == QEvent.Type.MouseButtonPress:
            self._show(False)
        return super().eventFilter(watched, event)

    def _show(self, shown: bool) -> None:
        if shown != self.is_shown:
            self.is_shown = shown
            self._canvas.update()

    def _paint(self, painter: QPainter, frame: Frame) -> None:
        if self.is_shown:
            ratio = frame.scale / frame.zoom
            half = WIDTH * ratio / 2
            room = QRectF(0, 0, self._canvas.width() * ratio, self._canvas.height() * ratio)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._canvas.painter.theme.forward, WIDTH * ratio))
            painter.drawRect(room.adjusted(half, half, -half, -half))
