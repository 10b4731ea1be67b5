"""A frame: the way from scene units to the pixels of whatever is painted on."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPointF, QRect, QRectF

FAR = 0.3
"""Below this zoom no text is painted and wires are thin."""
CLOSE = 0.45
"""Below this zoom the small captions are left out."""
VERY_FAR = 0.12
"""Below this zoom nodes are plain rectangles."""


class Frame(NamedTuple):
    """Pixel = scene coordinate × ``scale`` + offset; the offset is whole pixels.

    ``zoom`` is the scale without the pixel ratio of the screen: it decides how much detail is painted.
    """

    scale: float
    x: int
    y: int
    zoom: float

    @property
    def is_far(self) -> bool:
        """True where nodes are too small for text."""
        return self.zoom < FAR

    def point(self, point: QPointF) -> QPointF:
        """A point of the scene in pixels."""
        return QPointF(point.x() * self.scale + self.x, point.y() * self.scale + self.y)

    def rect(self, rect: QRectF) -> QRectF:
        """A rectangle of the scene in pixels."""
        return QRectF(self.point(rect.topLeft()), rect.size() * self.scale)

    def pixels(self, rect: QRectF, margin: float = 0.0) -> QRect:
        """The whole pixels that a rectangle of the scene touches, with a margin in scene units."""
        return self.rect(rect.adjusted(-margin, -margin, margin, margin)).toAlignedRect().adjusted(-1, -1, 1, 1)

    def area(self, pixels: QRect) -> QRectF:
        """The part of the scene under some pixels."""
        scale = self.scale
        return QRectF(
            (pixels.left() - self.x) / scale,
            (pixels.top() - self.y) / scale,
            pixels.width() / scale,
            pixels.height() / scale,
        )
