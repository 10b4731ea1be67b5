"""Open groups: a dashed outline with a title around what they hold."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from backprop_studio.document.groups import size_text
from backprop_studio.document.node_size import OUTLINE_TITLE
from backprop_studio.document.parts import FRAME_COLORS
from backprop_studio.ui.canvas.colors import shade
from backprop_studio.ui.canvas.dashes import dashed_outline
from backprop_studio.ui.canvas.frame import Frame
from backprop_studio.ui.canvas.group_painter import GAP, PAD, TITLE_LEFT, TRIANGLE, paint_triangle
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.plain_text import plain
from backprop_studio.ui.theme import Theme, blend, text_font

RADIUS = 10.0


def outline_at(scene: Scene, point: QPointF) -> int | None:
    """The open group whose title a point of the scene is on; inner groups come first."""
    found = scene.outlines()
    hits = [g for g, rect in found.items() if title_rect(rect).contains(point)]
    return hits[-1] if hits else None


def title_rect(outline: QRectF) -> QRectF:
    """The part of an outline that its title takes."""
    return QRectF(outline.x(), outline.y(), outline.width(), OUTLINE_TITLE)


def paint_outlines(painter: QPainter, theme: Theme, frame: Frame, scene: Scene, pixels: QRect) -> None:
    """Paint what reaches into ``pixels`` of the outlines of all open groups, outer ones first."""
    scale, seen = frame.scale, QRectF(pixels.adjusted(-2, -2, 2, 2))
    for group, area in scene.outlines().items():
        rect = frame.rect(area)
        selected = group in scene.selected_groups
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = scene.graph.groups[group].color
        line = theme.node_hover if color == FRAME_COLORS[0] else shade(theme, color)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(blend(theme.node_border if line is theme.node_hover else line, theme.canvas, 0.1))
        painter.drawRoundedRect(rect, RADIUS * scale, RADIUS * scale)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if selected:  # as the border of a node that is selected
            painter.setPen(QPen(theme.node_selected, max(2.0, 1.5 * scale)))
            painter.drawRoundedRect(rect, RADIUS * scale, RADIUS * scale)
        else:
            dashed_outline(painter, QPen(line, max(1.0, 1.2 * scale)), rect, RADIUS * scale, seen)
        if frame.is_far:
            continue
        middle = rect.y() + OUTLINE_TITLE / 2 * scale
        corner = QPointF(rect.x() + PAD * scale, middle - TRIANGLE / 2 * scale)
        paint_triangle(painter, corner, TRIANGLE * scale, theme.quiet, opened=True)
        title = rect.adjusted(TITLE_LEFT * scale, 0, 0, 0)
        title.setHeight(OUTLINE_TITLE * scale)
        _write_title(painter, theme, scene, group, title, scale)


def _write_title(painter: QPainter, theme: Theme, scene: Scene, group: int, title: QRectF, scale: float) -> None:
    """The name at the left, the size at the right where there is room for it."""
    line = Qt.AlignmentFlag.AlignVCenter
    small, bold = text_font(max(1.0, 11 * scale)), text_font(max(1.0, 12.5 * scale), bold=True)
    size = size_text(scene.graph, group)
    width = QFontMetricsF(small, painter.device()).horizontalAdvance(size)
    room = title.width() - (PAD + GAP) * scale - width
    painter.setFont(bold)
    painter.setPen(theme.text)
    name = plain(scene.graph.groups[group].name)
    name = QFontMetricsF(bold, painter.device()).elidedText(name, Qt.TextElideMode.ElideRight, room)
    painter.drawText(title, line | Qt.AlignmentFlag.AlignLeft, name)
    painter.setFont(small)
    painter.setPen(theme.quiet)
    painter.drawText(title.adjusted(0, 0, -PAD * scale, 0), line | Qt.AlignmentFlag.AlignRight, size)
