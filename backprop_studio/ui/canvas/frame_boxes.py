"""Frames of the document: titled rectangles behind the nodes that they carry; and where frames and comments stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from backprop_studio.document.graph import Comment
from backprop_studio.document.graph import Frame as Box
from backprop_studio.ui.canvas.colors import shade
from backprop_studio.ui.canvas.frame import Frame
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.plain_text import plain
from backprop_studio.ui.theme import Theme, blend, text_font

TITLE_HEIGHT = 28.0
HANDLE = 16.0
"""Edge of the square in the lower right corner that resizes a frame, in scene units."""
RADIUS = 10.0
NO_TITLE = "Untitled"
_Note = TypeVar("_Note", Box, Comment)


def notes_shown(scene: Scene, notes: Mapping[int, _Note]) -> list[_Note]:
    """Those of the frames or comments that are seen."""
    level = scene.level
    return [note for i, note in notes.items() if level is None or i in level.frames or i in level.comments]


def note_rect(scene: Scene, note: int) -> QRectF:
    """Where a frame or a comment stands, or is being dragged to. Raises KeyError where it is gone."""
    if note in scene.note_rects:
        return QRectF(*scene.note_rects[note])
    if note in scene.graph.frames:
        return QRectF(*scene.graph.frames[note].rect)
    comment = scene.graph.comments[note]
    return QRectF(*comment.position, *comment.size)


def note_at(scene: Scene, point: QPointF) -> tuple[int, bool] | None:
    """The comment or frame at a point of the scene, and whether that is its resizing corner.

    A frame is taken hold of by its title or that corner alone. Comments come first, then the smallest frame.
    """
    for comment in reversed(notes_shown(scene, scene.graph.comments)):
        rect = note_rect(scene, comment.id)
        if rect.contains(point):
            return comment.id, _corner(rect).contains(point)
    for box in sorted(notes_shown(scene, scene.graph.frames), key=lambda box: box.rect[2] * box.rect[3]):
        rect = note_rect(scene, box.id)
        if _corner(rect).contains(point):
            return box.id, True
        if QRectF(rect.x(), rect.y(), rect.width(), TITLE_HEIGHT).contains(point):
            return box.id, False
    return None


def notes_in(scene: Scene, area: QRectF) -> frozenset[int]:
    """The comments that overlap a rectangle of the scene, and the frames that lie in it as a whole."""
    comments = (c.id for c in notes_shown(scene, scene.graph.comments) if note_rect(scene, c.id).intersects(area))
    frames = (box.id for box in notes_shown(scene, scene.graph.frames) if area.contains(note_rect(scene, box.id)))
    return frozenset((*comments, *frames))


def _corner(rect: QRectF) -> QRectF:
    return QRectF(rect.right() - HANDLE, rect.bottom() - HANDLE, HANDLE, HANDLE)


def paint_frames(painter: QPainter, theme: Theme, frame: Frame, scene: Scene) -> None:
    """Paint all frames, the largest first, in pixels of the frame."""
    for box in sorted(notes_shown(scene, scene.graph.frames), key=lambda box: -box.rect[2] * box.rect[3]):
        rect, color = frame.rect(note_rect(scene, box.id)), shade(theme, box.color)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if box.id in scene.selected_notes:
            painter.setPen(QPen(theme.node_selected, max(2.0, 1.6 * frame.scale)))
        else:
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
