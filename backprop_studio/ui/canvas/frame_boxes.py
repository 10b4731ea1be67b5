"""Frames of the document: titled rectangles behind the nodes that they carry."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from backprop_studio.document.graph import Frame as Box
from backprop_studio.ui.canvas.frame import Frame
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.plain_text import plain
from backprop_studio.ui.theme import Theme, blend, text_font

TITLE_HEIGHT = 28.0
HANDLE = 16.0
"""Edge of the square in the lower right corner that resizes a frame, in scene units."""
RADIUS = 10.0
NO_TITLE = "Untitled"


def rect_of(scene: Scene, box: Box) -> QRectF:
    """Where a frame stands, or is being dragged to."""
    return QRectF(*scene.frame_rects.get(box.id, box.rect))


def frame_at(scene: Scene, point: QPointF) -> tuple[int, bool] | None:
    """The frame whose title (False) or resizing corner (True) holds a point of the scene; the smallest comes first."""
    boxes = sorted(scene.graph.frames.values(), key=lambda box: box.rect[2] * box.rect[3])
    for box in boxes:
        rect = rect_of(scene, box)
        if QRectF(rect.right() - HANDLE, rect.bottom() - HANDLE, HANDLE, HANDLE).contains(point):
            return box.id, True
        if QRectF(rect.x(), rect.y(), rect.width(), TITLE_HEIGHT).contains(point):
            return box.id, False
    return None


def frame_color(theme: Theme, name: str) -> QColor:
    """The shade of a frame's colour in a theme."""
    found = {
        "blue": theme.forward,
        "green": theme.update,
        "yellow": QColor("#b58a00" if theme.name == "light" else "#d9b23c"),
        "red": theme.error,
        "purple": theme.loss,
    }
    return found.get(name, theme.quiet)


def paint_frames(painter: QPainter, theme: Theme, frame: Frame, scene: Scene) -> None:
    """Paint all frames, the largest first, in pixels of the frame."""
    for box in sorted(scene.graph.frames.values(), key=lambda box: -box.rect[2] * box.rect[3]):
        rect, color = frame.rect(rect_of(scene, box)), frame_color(theme, box.color)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(blend(color, theme.canvas, 0.45), max(1.0, 1.2 * frame.scale)))
        painter.setBrush(blend(color, theme.canvas, 0.07))
        painter.drawRoundedRect(rect, RADIUS * frame.scale, RADIUS * frame.scale)
        if frame.is_far:
            continue
        corner, step = rect.bottomRight(), 4.0 * frame.scale
        for number in (1, 2):
            painter.drawLine(corner - QPointF(step * (number + 1), step), corner - QPointF(step, step * (number + 1)))
        font = text_font(max(1.0, 13 * frame.scale), bold=True)
        painter.setFont(font)
        painter.setPen(blend(color, theme.text, 0.55))
        title = rect.adjusted(12 * frame.scale, 0, -12 * frame.scale, 0)
        title.setHeight(TITLE_HEIGHT * frame.scale)
        text = QFontMetricsF(font, painter.device()).elidedText(
            plain(box.title) or NO_TITLE, Qt.TextElideMode.ElideRight, title.width()
        )
        painter.drawText(title, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
