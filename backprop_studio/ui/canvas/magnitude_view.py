"""Wires coloured by their gradients, as an option of the view: kept up to date, with a legend in the corner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.number_text import number
from backprop_studio.session.training_run import TrainingSnapshot
from backprop_studio.ui.canvas.frame import Frame
from backprop_studio.ui.canvas.magnitudes import LEVELS, Magnitudes, color
from backprop_studio.ui.theme import number_font, text_font

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

MARGIN, WIDTH, HEIGHT = 12.0, 212.0, 58.0


class MagnitudeView(QObject):
    """Colours the wires of one canvas while it is on, but not while the passes are played."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.is_on = False
        canvas.session.evaluated.connect(self._take)
        canvas.session.training.progressed.connect(self._take_training)
        canvas.above.append(self._paint_legend)

    def set_on(self, on: bool) -> None:
        """Colour the wires, or leave them as they are."""
        self.is_on = on
        self._take(self._canvas.session.evaluation)

    def _take(self, evaluation: Evaluation) -> None:
        had = self._canvas.scene.magnitudes is not None
        self._canvas.scene.magnitudes = (
            Magnitudes(evaluation.graph.wires, evaluation.contribution) if self.is_on else None
        )
        if had or self.is_on:
            self._canvas.spoil_all()

    def _take_training(self, snapshot: TrainingSnapshot) -> None:
        """Follow the gradients of the step that was taken last."""
        if self.is_on:
            scene, given = self._canvas.scene, snapshot.contributions
            scene.magnitudes = Magnitudes(scene.graph.wires, lambda wire: given.get((wire.target, wire.slot)))
            self._canvas.spoil_all()

    def _paint_legend(self, painter: QPainter, frame: Frame) -> None:
        """The scale: the smallest gradient at the left, the largest at the right."""
        scene, theme = self._canvas.scene, self._canvas.painter.theme
        magnitudes = scene.magnitudes
        if magnitudes is None or scene.marks.playing is not None or not scene.graph.nodes:
            return
        painter.save()
        ratio = frame.scale / frame.zoom
        painter.scale(ratio, ratio)
        box = QRectF(MARGIN, MARGIN, WIDTH, HEIGHT)
        painter.setPen(QPen(theme.node_border, 1.0))
        painter.setBrush(theme.panel)
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        inside = box.adjusted(10, 6, -10, -6)
        painter.setPen(theme.quiet)
        painter.setFont(text_font(11))
        painter.drawText(
            inside, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, "Gradient on the wire, log scale"
        )
        if magnitudes.high > 0:
            step = inside.width() / LEVELS
            for level in range(LEVELS):
                bar = QRectF(inside.x() + level * step, inside.y() + 19, step + 0.5, 8)
                painter.fillRect(bar, color(theme, level))
            painter.setFont(number_font(11))
            for side, size in (
                (Qt.AlignmentFlag.AlignLeft, magnitudes.low),
                (Qt.AlignmentFlag.AlignRight, magnitudes.high),
            ):
                painter.drawText(inside, Qt.AlignmentFlag.AlignBottom | side, number(size, 2))
        else:
            painter.drawText(inside, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, "none but 0")
        painter.restore()
