"""Collapsed groups and the edges of an entered one: a card with two rows for each port, and a title."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath

from backprop_studio.document.node_size import HEADER_HEIGHT, ROW_HEIGHT, BoxShape, port_rows
from backprop_studio.ui.canvas.boxes import ENTRY, EXIT
from backprop_studio.ui.canvas.frame import CLOSE, Frame
from backprop_studio.ui.canvas.group_labels import GroupLabel, PortLabel, group_label
from backprop_studio.ui.canvas.labels import HIDDEN, Kind, Row, Tone
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.canvas.sprites import Look
from backprop_studio.ui.canvas.text import Faces
from backprop_studio.ui.theme import Theme

PAD, GAP = 12.0, 6.0
TRIANGLE = 8.0
"""Edge of the triangle before a title: it points right on a collapsed group, down on an open one."""
LEAST_NAME = 4
"""A name beside a number that would be cut to fewer characters than this is left out."""
TITLE_LEFT = PAD + TRIANGLE + GAP


def group_look(scene: Scene, item: int, *, faulty: bool, far: bool) -> Look:
    """How the empty box of a collapsed group, or of an edge, looks."""
    shape = scene.geometry.shapes[scene.geometry.node_row[item]]
    if item in (ENTRY, EXIT):
        return Look(Kind.EDGE, shape, far=far, ranks=() if far else scene.port_ranks(item))
    selected = item in scene.selected_groups
    ranks, color = () if far else scene.port_ranks(item), scene.graph.groups[item].color
    return Look(Kind.GROUP, shape, selected, faulty, far, ranks=ranks, color=color)


def paint_triangle(painter: QPainter, corner: QPointF, edge: float, color: QColor, *, opened: bool) -> None:
    """Paint the triangle of a title, with the top left corner of its square at a point; all in pixels."""
    path = QPainterPath(corner)
    if opened:
        path.lineTo(corner + QPointF(edge, 0.0))
        path.lineTo(corner + QPointF(edge / 2, edge * 0.8))
    else:
        path.lineTo(corner + QPointF(edge * 0.8, edge / 2))
        path.lineTo(corner + QPointF(0.0, edge))
    path.closeSubpath()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawPath(path)


class GroupPainter:
    """Writes on the boxes of collapsed groups and edges in one theme."""

    def __init__(self, theme: Theme, tones: dict[Tone, QColor]) -> None:
        self.theme = theme
        self._tones = tones

    def write(self, painter: QPainter, frame: Frame, faces: Faces, scene: Scene, item: int, x: int, y: int) -> None:
        """Write title and numbers on a box whose top left corner is at a pixel."""
        assert scene.level is not None
        shape = scene.geometry.shapes[scene.geometry.node_row[item]]
        rows = port_rows(len(shape.inputs), len(shape.outputs))
        label = group_label(scene.labels, scene.level, item, with_ports=rows > 0)
        close = frame.zoom >= CLOSE
        self._write_header(painter, faces, label, shape, QPointF(x, y), frame.scale, close)
        both = bool(shape.inputs) and bool(shape.outputs)
        room = (shape.width - 2 * PAD - (GAP if both else 0.0)) / (2 if both else 1)
        left = shape.width - PAD - room
        if not rows:
            self._write_count(painter, faces, shape, QPointF(x, y), frame.scale)
        for port, height in zip(label.inputs, shape.inputs, strict=False):
            self._write_port(painter, faces, port, QPointF(x, y), height, (PAD, room), frame.scale, close, rows)
        for port, height in zip(label.outputs, shape.outputs, strict=False):
            at = QPointF(x, y)
            self._write_port(painter, faces, port, at, height, (left, room), frame.scale, close, rows, right=True)

    def _write_count(self, painter: QPainter, faces: Faces, shape: BoxShape, corner: QPointF, scale: float) -> None:
        """Say how many ports there are where they are too many to write at each."""
        for line, (number, what) in enumerate(((len(shape.inputs), "input"), (len(shape.outputs), "output"))):
            text = f"{number:,} {what}{'s' if number != 1 else ''}"
            middle = corner.y() + (shape.height / 2 + (line - 0.5) * ROW_HEIGHT) * scale
            left = (shape.width - faces.caption.width(text)) / 2
            faces.caption.draw(painter, corner.x() + left * scale, middle, text, self.theme.quiet)

    def _write_header(
        self, painter: QPainter, faces: Faces, label: GroupLabel, shape: BoxShape, corner: QPointF,
        scale: float, close: bool,
    ) -> None:  # fmt: skip
        middle = corner.y() + HEADER_HEIGHT / 2 * scale
        left, right = PAD, shape.width - PAD
        if label.caption:
            at = QPointF(corner.x() + PAD * scale, middle - TRIANGLE / 2 * scale)
            paint_triangle(painter, at, TRIANGLE * scale, self.theme.header_caption, opened=False)
            left = TITLE_LEFT
        if close and label.caption:
            # The bare number where the name needs the room.
            crowded = left + faces.title.width(label.title) + GAP > right - faces.caption.width(label.caption)
            caption = label.caption.split()[0] if crowded else label.caption
            right -= faces.caption.width(caption)
            faces.caption.draw(painter, corner.x() + right * scale, middle, caption, self.theme.header_caption)
            right -= GAP
        title = faces.title.fitted(label.title, right - left)
        faces.title.draw(painter, corner.x() + left * scale, middle, title, self.theme.text)

    def _write_port(
        self, painter: QPainter, faces: Faces, port: PortLabel, corner: QPointF, height: float,
        span: tuple[float, float], scale: float, close: bool, rows: int, *, right: bool = False,
    ) -> None:  # fmt: skip
        """Write the value above a port's height and the gradient below, the port's name beside the value.

        In one row there is no gradient. Where there is no number, it says below the name why.
        """
        left, room = span
        told = port.gradient if port.gradient.text or port.value.text else Row("", port.value.caption)
        for row, offset in ((port.value, -0.5), (told, 0.5))[:rows]:
            middle = corner.y() + (height + (offset if rows > 1 else 0.0) * ROW_HEIGHT) * scale
            text, width = row.text, 0.0
            if text:
                face = faces.shape if row.heat is not None else faces.symbol if text == HIDDEN else faces.number
                face = face if row is not told or told is port.gradient else faces.caption
                text = face.fitted(text, room)
                width = face.width(text)
                start = left + room - width if right else left
                face.draw(painter, corner.x() + start * scale, middle, text, self._tones[row.tone])
            if close and row is port.value:
                self._write_name(painter, faces, port, row, corner.x(), middle, (left, room, width), scale, right=right)

    def _write_name(
        self, painter: QPainter, faces: Faces, port: PortLabel, row: Row, x: float, middle: float,
        span: tuple[float, float, float], scale: float, *, right: bool,
    ) -> None:  # fmt: skip
        left, room, taken = span
        name = faces.caption.fitted(port.name, room - taken - GAP)
        if name == port.name or len(name) >= LEAST_NAME or not row.text:
            width = faces.caption.width(name)
            gap = GAP if taken else 0.0
            start = left + room - taken - gap - width if right else left + taken + gap
            faces.caption.draw(painter, x + start * scale, middle, name, self.theme.quiet)
