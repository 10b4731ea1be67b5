"""Pictures of empty nodes, painted once for each look and scale and blitted ever after."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap

from backprop_studio.document.node_size import (
    HEADER_HEIGHT,
    PADDING,
    ROW_HEIGHT,
    BoxShape,
)
from backprop_studio.document.parts import FRAME_COLORS, Mode
from backprop_studio.ui.canvas.colors import shade
from backprop_studio.ui.canvas.labels import Kind
from backprop_studio.ui.canvas.ranks import port_color
from backprop_studio.ui.theme import Theme, blend

MARGIN = 9.0
"""Room around a node for ports, borders and the badge."""
RADIUS = 8.0
PORT_RADIUS = 5.0
DOTS = [1.09, 1.09]
"""Dots and gaps of a dotted port, in widths of its pen: eight of each go round it."""
BADGE_RADIUS = 8.0
BAND, TINT = 4.0, 0.05
"""Height of the band below the header of a coloured node, and how much of the colour is in the card."""
STACK_STEP = 3.5
"""How far each of the cards below that of a group looks out."""
_MOST_BYTES = 48 * 2**20


class Look(NamedTuple):
    """All that decides how an empty node looks."""

    kind: Kind
    shape: BoxShape
    selected: bool = False
    faulty: bool = False
    far: bool = False
    mode: Mode = "on"
    ranks: tuple[int, ...] = ()
    """What its ports carry, inputs first; () where all are plain."""
    color: str = FRAME_COLORS[0]
    loose: tuple[int, ...] = ()
    """Inputs that may stay as they are, unwired: their ports are dotted."""
    doubtful: bool = False
    """It can be computed and is seldom meant so: a badge as of a problem, in the colour of a warning."""


class Sprites:
    """A bounded cache of node pictures for one theme. The least recently used go first."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self._pixmaps: dict[tuple[Look, float], QPixmap] = {}
        self._bytes = 0

    def pixmap(self, look: Look, scale: float) -> QPixmap:
        """The picture of a node with MARGIN around it, ``scale`` pixels a scene unit."""
        key = (look, scale)
        found = self._pixmaps.pop(key, None)
        if found is None:
            found = self._paint(look, scale)
            self._bytes += _size(found)
        self._pixmaps[key] = found
        while self._bytes > _MOST_BYTES and len(self._pixmaps) > 1:
            oldest = next(iter(self._pixmaps))
            self._bytes -= _size(self._pixmaps.pop(oldest))
        return found

    def _paint(self, look: Look, scale: float) -> QPixmap:
        width = int((look.shape.width + 2 * MARGIN) * scale) + 2
        height = int((look.shape.height + 2 * MARGIN) * scale) + 2
        pixmap = QPixmap(width, height)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(scale, scale)
        painter.translate(MARGIN, MARGIN)
        paint_card(painter, self.theme, look, scale)
        painter.end()
        return pixmap


def _size(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4


def header_fill(theme: Theme, kind: Kind) -> QColor:
    """The fill of a node's header."""
    return {
        Kind.SOURCE: theme.header_source,
        Kind.PARAMETER: theme.header_parameter,
        Kind.OPERATION: theme.header_operation,
        Kind.LOSS: theme.header_loss,
        Kind.GROUP: blend(theme.node_border, theme.node, 0.6),
        Kind.EDGE: theme.node,
    }[kind]


def far_fill(theme: Theme, kind: Kind) -> QColor:
    """The fill of a header too small for text, strong enough to tell the kinds apart."""
    color = {
        Kind.SOURCE: theme.quiet,
        Kind.PARAMETER: theme.update,
        Kind.OPERATION: theme.forward,
        Kind.LOSS: theme.loss,
        Kind.GROUP: theme.text,
        Kind.EDGE: theme.node_border,
    }[kind]
    return blend(color, theme.node, 0.45)


def port_offsets(shape: BoxShape) -> list[QPointF]:
    """Centres of the ports, inputs first, relative to the box's top left corner."""
    return [*(QPointF(0.0, y) for y in shape.inputs), *(QPointF(shape.width, y) for y in shape.outputs)]


def row_middle(row: int) -> float:
    """Height of the middle of a row (0 the value, 1 the gradient) below the node's top."""
    return HEADER_HEIGHT + PADDING + ROW_HEIGHT * (row + 0.5)


def paint_card(painter: QPainter, theme: Theme, look: Look, scale: float) -> None:
    """Paint an empty node with its top left corner at the origin; the painter maps scene units to pixels."""
    hairline = max(1.0, 1.0 / scale)
    border, width = theme.node_border, hairline
    if look.faulty:
        border, width = theme.error, max(1.6, hairline)
    if look.selected:
        border, width = (theme.error if look.faulty else theme.node_selected), max(2.0, 1.5 * hairline)
    inset = min(width, 1.0) / 2
    rect = QRectF(0, 0, look.shape.width, look.shape.height).adjusted(inset, inset, -inset, -inset)
    if look.kind is Kind.GROUP:
        _paint_stack(painter, theme, rect, hairline)
    painter.setPen(Qt.PenStyle.NoPen)
    coloured = look.color != FRAME_COLORS[0]
    painter.setBrush(blend(shade(theme, look.color), theme.node, TINT) if coloured else theme.node)
    painter.drawRoundedRect(rect, RADIUS, RADIUS)
    fill = far_fill(theme, look.kind) if look.far else header_fill(theme, look.kind)
    painter.setBrush(fill if look.mode == "on" else blend(fill, theme.node, 0.25))
    painter.drawPath(_header(rect))
    if coloured:
        band = QRectF(rect.x(), HEADER_HEIGHT - BAND / 2, rect.width(), BAND)
        painter.fillRect(band, blend(shade(theme, look.color), theme.node, 0.85))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    pen = QPen(border, width)
    if look.mode != "on":
        pen.setDashPattern([4.0, 3.0])
        _paint_mode(painter, theme, look)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(pen)
    painter.drawRoundedRect(rect, RADIUS, RADIUS)
    if look.far:
        return
    paint_ports(painter, theme, QPointF(), look.shape, look.ranks, look.loose)
    if look.faulty or look.doubtful:
        _paint_badge(painter, theme, look.shape.width, theme.error if look.faulty else theme.warning)


def paint_ports(
    painter: QPainter,
    theme: Theme,
    corner: QPointF,
    shape: BoxShape,
    ranks: tuple[int, ...],
    loose: tuple[int, ...] = (),
) -> None:
    """Paint all ports of a box, in the colours of what they carry; those of ``loose`` inputs dotted."""
    for number, offset in enumerate(port_offsets(shape)):
        ring = port_color(theme, ranks[number]) if ranks else None
        paint_port(painter, theme, corner + offset, ring, dotted=number in loose)


def paint_port(
    painter: QPainter,
    theme: Theme,
    point: QPointF,
    ring: QColor | None = None,
    radius: float = PORT_RADIUS,
    *,
    dotted: bool = False,
) -> None:
    """Paint one port."""
    pen = QPen(ring or theme.port, 1.8)
    if dotted:
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern(DOTS)
    painter.setPen(pen)
    painter.setBrush(theme.canvas if theme.name == "dark" else theme.node)
    painter.drawEllipse(point, radius, radius)


def _header(rect: QRectF) -> QPainterPath:
    """The header: rounded at the top, straight at the bottom."""
    path = QPainterPath()
    path.addRoundedRect(rect.x(), rect.y(), rect.width(), HEADER_HEIGHT + RADIUS, RADIUS, RADIUS)
    below = QPainterPath()
    below.addRect(rect.x(), HEADER_HEIGHT, rect.width(), 2 * RADIUS)
    return path.subtracted(below)


def _paint_stack(painter: QPainter, theme: Theme, rect: QRectF, line: float) -> None:
    """Two more cards below that of a group, lowest first, so that it is seen to hold several."""
    painter.setPen(QPen(theme.node_border, line))
    for number, strength in ((2, 0.35), (1, 0.6)):
        painter.setBrush(blend(theme.node, theme.canvas, strength))
        below = rect.translated(0.0, STACK_STEP * number)
        inset = 2.0 * STACK_STEP * number
        painter.drawRoundedRect(below.adjusted(inset, RADIUS, -inset, 0.0), RADIUS, RADIUS)


def _paint_mode(painter: QPainter, theme: Theme, look: Look) -> None:
    """A line straight through a bypassed node, a cut across the output of a muted one."""
    out = QPointF(look.shape.width, look.shape.outputs[0])
    painter.setPen(QPen(blend(theme.quiet, theme.node, 0.55), 1.6))
    if look.mode == "bypassed" and look.shape.inputs:
        painter.drawLine(QPointF(0.0, look.shape.inputs[0]), out)
    elif look.mode == "muted":
        middle = out - QPointF(16.0, 0.0)
        painter.drawLine(middle + QPointF(-5.0, -5.0), middle + QPointF(5.0, 5.0))
        painter.drawLine(middle + QPointF(-5.0, 5.0), middle + QPointF(5.0, -5.0))


def badge_centre(corner: QPointF) -> QPointF:
    """The middle of a node's error badge, given its top right corner."""
    return corner + QPointF(-3.0, 3.0)


def _paint_badge(painter: QPainter, theme: Theme, right: float, color: QColor) -> None:
    """An exclamation mark in a disc over the top right corner, drawn as shapes so that no font is needed."""
    centre = badge_centre(QPointF(right, 0.0))
    painter.setPen(QPen(theme.canvas, 1.5))
    painter.setBrush(color)
    painter.drawEllipse(centre, BADGE_RADIUS, BADGE_RADIUS)
    mark = theme.node if theme.name == "light" else theme.window
    pen = QPen(mark, 1.9)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawLine(centre + QPointF(0, -4.0), centre + QPointF(0, 0.6))
    painter.drawPoint(centre + QPointF(0, 4.0))
