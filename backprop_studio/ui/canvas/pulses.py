"""Active wires and the pulses that run along them, stamped from small pictures so that a frame costs little."""

from __future__ import annotations

import math
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPixmap, QTransform

from backprop_studio.document.graph import Wire
from backprop_studio.ui.canvas.bezier import Floats, eased
from backprop_studio.ui.canvas.frame import Frame
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.canvas.sprites import PORT_RADIUS, paint_port
from backprop_studio.ui.canvas.wire_painter import ACTIVE_WIDTH, WirePainter
from backprop_studio.ui.theme import Theme

PULSE_RADIUS = 6.5
TRAIL = ((0.045, 5.2, 150), (0.09, 4.2, 95), (0.135, 3.2, 50))
"""Dots behind the pulse: how far back, their radius, their opacity of 255."""
LEAST_PIXELS = 2.5
"""A pulse is never smaller, so that it is seen from far away too."""
MOST_AREA = 60_000
"""A wire whose rectangle has more pixels is painted as a path: stamping it would take longer."""
MOST_BYTES, MOST_DRAWN, MOST_SMALL = 24 * 2**20, 2000, 200
"""When the pictures of wires take more memory, or there are more of them or of dots and rings, all are made anew."""


class Stamp(NamedTuple):
    """A picture, and how far its corner lies from the point that it is stamped at, in pixels."""

    picture: QPixmap
    x: int
    y: int


class Pulses:
    """Paints active wires in one theme, and keeps the pictures of those it painted last."""

    def __init__(self, theme: Theme, wires: WirePainter) -> None:
        self.theme = theme
        self._wires = wires
        self._small: dict[tuple[object, ...], Stamp] = {}
        """Dots and rings."""
        self._drawn: dict[tuple[Wire, float, int], tuple[QPainterPath, Stamp | None]] = {}
        """Wires, with the curve that each was painted along."""
        self._bytes = 0

    def paint(
        self,
        painter: QPainter,
        frame: Frame,
        scene: Scene,
        rows: list[int],
        color: QColor,
        travelled: float,
        *,
        backward: bool,
    ) -> None:
        """Paint the wires of some rows as active, each with a pulse that has come so far, 0 to 1; in pixels."""
        geometry, scale = scene.geometry, frame.scale
        for row in rows:
            self._paint_wire(painter, frame, scene, row, color)
        if not frame.is_far:
            for end in (0.0, 1.0):
                _stamp(painter, frame, self._ring(scale, color), geometry.places(rows, end))
        if travelled <= 0.0:
            return
        trail = () if frame.is_far else tuple(reversed(TRAIL))  # far away its dots would be as large as the pulse
        for behind, radius, opacity in (*trail, (0.0, PULSE_RADIUS, 255)):
            along = max(eased(travelled) - behind, 0.0)
            dot = self._dot(max(radius * scale, LEAST_PIXELS), color, opacity)
            _stamp(painter, frame, dot, geometry.places(rows, 1.0 - along if backward else along))

    def _paint_wire(self, painter: QPainter, frame: Frame, scene: Scene, row: int, color: QColor) -> None:
        path = scene.geometry.path(row)
        key = (scene.geometry.wires[row], frame.scale, color.rgba())
        along, stamp = self._drawn.get(key, (None, None))
        if along is not path:
            if self._bytes > MOST_BYTES or len(self._drawn) >= MOST_DRAWN:
                self._drawn.clear()
                self._bytes = 0
            stamp = self._wire(frame, path, scene.geometry.wire_rect(row), color)
            self._drawn[key] = (path, stamp)
        if stamp is None:
            before = painter.transform()
            painter.setTransform(QTransform(frame.scale, 0, 0, frame.scale, frame.x, frame.y), True)
            self._draw(painter, frame, path, color)
            painter.setTransform(before)
        else:
            painter.drawPixmap(stamp.x + frame.x, stamp.y + frame.y, stamp.picture)

    def _wire(self, frame: Frame, path: QPainterPath, around: QRectF, color: QColor) -> Stamp | None:
        """The picture of a wire, None where it would be too large."""
        rect = Frame(frame.scale, 0, 0, frame.zoom).pixels(around, ACTIVE_WIDTH)
        if rect.width() * rect.height() > MOST_AREA:
            return None
        self._bytes += 4 * rect.width() * rect.height()
        picture, painter = _canvas(rect.width(), rect.height())
        painter.setTransform(QTransform(frame.scale, 0, 0, frame.scale, -rect.x(), -rect.y()))
        self._draw(painter, frame, path, color)
        painter.end()
        return Stamp(picture, rect.x(), rect.y())

    def _draw(self, painter: QPainter, frame: Frame, path: QPainterPath, color: QColor) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._wires.pen(frame, color, max(ACTIVE_WIDTH, 2.0 / frame.scale)))
        painter.drawPath(path)

    def _dot(self, radius: float, color: QColor, opacity: int) -> Stamp:
        key = (radius, color.rgba(), opacity)
        found = self._small.get(key)
        if found is None:
            reach = math.ceil(radius) + 1
            picture, painter = _canvas(2 * reach, 2 * reach)
            faint = QColor(color)
            faint.setAlpha(opacity)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(faint)
            painter.drawEllipse(QPointF(reach, reach), radius, radius)
            painter.end()
            found = self._keep(key, Stamp(picture, -reach, -reach))
        return found

    def _ring(self, scale: float, color: QColor) -> Stamp:
        """A port at the end of an active wire; half a pixel larger than the one below it, which it must cover."""
        key = (scale, color.rgba())
        found = self._small.get(key)
        if found is None:
            reach = math.ceil((PORT_RADIUS + 2) * scale) + 1
            picture, painter = _canvas(2 * reach, 2 * reach)
            painter.translate(reach, reach)
            painter.scale(scale, scale)
            paint_port(painter, self.theme, QPointF(), color, PORT_RADIUS + 0.5 / scale)
            painter.end()
            found = self._keep(key, Stamp(picture, -reach, -reach))
        return found

    def _keep(self, key: tuple[object, ...], stamp: Stamp) -> Stamp:
        if len(self._small) >= MOST_SMALL:
            self._small.clear()
        self._small[key] = stamp
        return stamp


def _stamp(painter: QPainter, frame: Frame, stamp: Stamp, places: Floats) -> None:
    """Stamp a picture at some points of the scene."""
    left, top = frame.x + stamp.x, frame.y + stamp.y
    picture, draw = stamp.picture, painter.drawPixmap
    for x, y in (places * frame.scale).round().astype(int).tolist():
        draw(x + left, y + top, picture)


def _canvas(width: int, height: int) -> tuple[QPixmap, QPainter]:
    """An empty picture and a painter on it."""
    picture = QPixmap(width, height)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return picture, painter
