"""The camera: which part of the scene is seen, and how large."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF

MIN_ZOOM, MAX_ZOOM = 0.05, 8.0
MAX_FIT_ZOOM = 1.5
"""A small graph is not blown up beyond this by fitting it."""


class Camera:
    """Widget coordinates = scene coordinates × ``zoom`` + offset.

    The offset is kept on whole device pixels, so that panning can move what was painted without
    painting it anew.
    """

    def __init__(self) -> None:
        self.zoom = 1.0
        self.x = 0.0
        self.y = 0.0
        self.pixel_ratio = 1.0
        self.largest_fit = MAX_FIT_ZOOM

    def to_scene(self, point: QPointF) -> QPointF:
        """A point of the widget in scene units."""
        return QPointF((point.x() - self.x) / self.zoom, (point.y() - self.y) / self.zoom)

    def to_widget(self, point: QPointF) -> QPointF:
        """A point of the scene in widget coordinates."""
        return QPointF(point.x() * self.zoom + self.x, point.y() * self.zoom + self.y)

    def rect_to_scene(self, rect: QRectF) -> QRectF:
        """A rectangle of the widget in scene units."""
        return QRectF(self.to_scene(rect.topLeft()), self.to_scene(rect.bottomRight()))

    def rect_to_widget(self, rect: QRectF) -> QRectF:
        """A rectangle of the scene in widget coordinates."""
        return QRectF(self.to_widget(rect.topLeft()), self.to_widget(rect.bottomRight()))

    def pan(self, dx: float, dy: float) -> None:
        """Move the scene by a distance in widget coordinates."""
        self.place(self.x + dx, self.y + dy)

    def place(self, x: float, y: float) -> None:
        """Set the offset, to the nearest device pixel."""
        self.x = round(x * self.pixel_ratio) / self.pixel_ratio
        self.y = round(y * self.pixel_ratio) / self.pixel_ratio

    def zoom_at(self, point: QPointF, zoom: float) -> None:
        """Set the zoom, within its bounds; the scene's point under ``point`` (widget) stays there."""
        fixed = self.to_scene(point)
        self.zoom = min(max(zoom, MIN_ZOOM), MAX_ZOOM)
        self.place(point.x() - fixed.x() * self.zoom, point.y() - fixed.y() * self.zoom)

    def fit(self, area: QRectF, room: QRectF) -> None:
        """Show all of ``area`` (scene) in the middle of ``room`` (widget)."""
        size = QSizeF(max(area.width(), 1.0), max(area.height(), 1.0))
        zoom = min(room.width() / size.width(), room.height() / size.height(), self.largest_fit)
        self.zoom = min(max(zoom, MIN_ZOOM), MAX_ZOOM)
        middle = area.center()
        self.place(room.center().x() - middle.x() * self.zoom, room.center().y() - middle.y() * self.zoom)

    def centre_on(self, point: QPointF, room: QRectF) -> None:
        """Bring a point of the scene to the middle of ``room`` (widget)."""
        self.place(room.center().x() - point.x() * self.zoom, room.center().y() - point.y() * self.zoom)
