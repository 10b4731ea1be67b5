"""Comments of the document: plain text in boxes of their own, broken into lines that are the same at every zoom."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QTextLayout, QTextOption

from backprop_studio.document.graph import Comment
from backprop_studio.ui.canvas.colors import shade
from backprop_studio.ui.canvas.frame import Frame
from backprop_studio.ui.canvas.frame_boxes import note_rect, notes_shown
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.plain_text import plain
from backprop_studio.ui.theme import Theme, blend, text_font

PADDING = 8.0
"""Room around the text, in scene units."""
SIZE, LINE = 13.0, 18.0
"""Size of the type and distance of its lines, in scene units."""
LEAST_WIDTH = 60.0
RADIUS = 5.0
_MEASURED_AT = 8
"""Lines are broken in type so many times as large, where hinting moves nothing."""


def text_height(text: str, width: float) -> float:
    """The height that a comment needs to show all of its text when it is so wide; scene units."""
    return len(_lines(plain(text), width - 2 * PADDING)) * LINE + 2 * PADDING


@lru_cache(maxsize=512)
def _lines(text: str, width: float) -> tuple[str, ...]:
    """The lines of a text no wider than ``width`` scene units."""
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    lines: list[str] = []
    for paragraph in text.replace("\t", "    ").split("\n"):
        layout = QTextLayout(paragraph, text_font(SIZE * _MEASURED_AT))
        layout.setTextOption(option)
        layout.beginLayout()
        before = len(lines)
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(width, 1.0) * _MEASURED_AT)
            start = line.textStart()
            lines.append(paragraph[start : start + line.textLength()].rstrip())
        layout.endLayout()
        if len(lines) == before:
            lines.append("")
    return tuple(lines)


def paint_comments(painter: QPainter, theme: Theme, frame: Frame, scene: Scene, area: QRectF) -> None:
    """Paint the comments that reach into ``area`` (scene), in pixels of the frame."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for comment in notes_shown(scene, scene.graph.comments):
        if comment.id != scene.hidden_comment and note_rect(scene, comment.id).intersects(area):
            _paint(painter, theme, frame, scene, comment)


def _paint(painter: QPainter, theme: Theme, frame: Frame, scene: Scene, comment: Comment) -> None:
    box, color = note_rect(scene, comment.id), shade(theme, comment.color)
    rect, scale = frame.rect(box), frame.scale
    selected = comment.id in scene.selected_notes
    border = QPen(theme.node_selected, max(2.0, 1.6 * scale)) if selected else QPen(blend(color, theme.canvas, 0.4))
    painter.setPen(border)
    painter.setBrush(blend(color, theme.canvas, 0.12))
    painter.drawRoundedRect(rect, RADIUS * scale, RADIUS * scale)
    lines = _lines(plain(comment.text), box.width() - 2 * PADDING)
    if frame.is_far:
        painter.setPen(QPen(blend(color, theme.text, 0.35), max(1.0, 3.0 * scale)))
        for number in range(min(len(lines), int((box.height() - PADDING) // LINE))):
            y = rect.y() + (PADDING + LINE * (number + 0.5)) * scale
            painter.drawLine(QPointF(rect.x() + PADDING * scale, y), QPointF(rect.right() - PADDING * scale, y))
        return
    room = max(int((box.height() - 2 * PADDING + 0.5) // LINE), 1)
    if len(lines) > room:
        lines = (*lines[: room - 1], lines[room - 1] + "…")
    painter.save()
    painter.setClipRect(rect, Qt.ClipOperation.IntersectClip)
    painter.setFont(text_font(max(1.0, SIZE * scale)))
    painter.setPen(theme.text)
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextDontClip
    for number, line in enumerate(lines):
        top = rect.y() + (PADDING + LINE * number) * scale
        painter.drawText(QRectF(rect.x() + PADDING * scale, top, rect.width(), LINE * scale), flags, line)
    painter.restore()
