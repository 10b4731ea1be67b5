"""A red dot on every node with a breakpoint, and on every collapsed group that holds one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Slot
from PySide6.QtGui import QPainter, QPen

from backprop_studio.ui.canvas.frame import Frame
from backprop_studio.ui.theme import ThemeManager

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

RADIUS, LEAST = 6.0, 3.0
"""In scene units; in pixels, so that the dot is seen from far away too."""
INSET = 2.0
"""How far the dot's middle lies inside the node's top left corner."""


class BreakpointMarks(QObject):
    """Paints the dots above one canvas. They belong to the session and are in no exported picture."""

    def __init__(self, canvas: CanvasView, themes: ThemeManager) -> None:
        super().__init__(canvas)
        self._canvas, self._themes = canvas, themes
        self._breakpoints = canvas.session.timeline.breakpoints
        canvas.above.append(self.paint)
        self._breakpoints.changed.connect(self._repaint)

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """Paint them all, in pixels of the frame."""
        scene, ratio = self._canvas.scene, frame.scale / frame.zoom
        for item in {scene.item_of(node) for node in self._breakpoints.nodes}:
            if item is not None and item in scene.geometry.node_row:
                middle = frame.point(scene.geometry.node_rect(item).topLeft() + QPointF(INSET, INSET))
                radius = max(RADIUS * frame.scale, LEAST * ratio)
                painter.setPen(QPen(self._themes.theme.canvas, max(1.5 * frame.scale, ratio)))
                painter.setBrush(self._themes.theme.error)
                painter.drawEllipse(middle, radius, radius)

    @Slot()
    def _repaint(self) -> None:
        self._canvas.update()
