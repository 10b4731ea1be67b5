"""Joins the question of predict mode to the window: answers typed on the canvas reach it, a room can read it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from backprop_studio.session.prediction import Prediction
from backprop_studio.ui.panels.prediction_row import PredictionRow

_HELD = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.GroupSwitchModifier
_STAGE_KEYS = "[]"


class Answering(QObject):
    """Lives as long as the window. Whoever looks at a wire and then types an answer does not mean to edit the graph."""

    def __init__(self, prediction: Prediction, row: PredictionRow, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._prediction, self._row, self._canvas = prediction, row, canvas
        canvas.installEventFilter(self)

    def set_large(self, pixels: int) -> None:
        """Ask in type of so many pixels, 0 for the usual size; the field is ready to be written in."""
        self._row.set_large(pixels)
        if self._prediction.question is not None:
            QTimer.singleShot(0, self._row.field, self._row.field.setFocus)  # after whoever changes the size is done

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hand characters that are typed on the canvas to the field while something is asked."""
        if watched is self._canvas and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            text, field = event.text(), self._row.field
            is_answer = len(text) == 1 and text.isprintable() and not text.isspace() and text not in _STAGE_KEYS
            if is_answer and not event.modifiers() & ~_HELD and self._prediction.question is not None:
                field.setFocus()
                QCoreApplication.sendEvent(field, event)
                return True
        return super().eventFilter(watched, event)
