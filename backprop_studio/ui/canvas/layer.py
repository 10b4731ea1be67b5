"""The static layer: the picture of everything that stands still, kept between frames.

Panning moves the picture and paints only the strips that come into view; a change paints only the
places it names. An animation paints above it and touches none of this.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from PySide6.QtCore import QPoint, QRect, QRectF, QSize
from PySide6.QtGui import QPainter, QPixmap, QRegion

from backprop_studio.ui.canvas.frame import Frame
from backprop_studio.ui.canvas.painter import GraphPainter
from backprop_studio.ui.canvas.scene import Scene

_MOST_PIECES = 12
"""With more places to repaint than this, everything is repainted."""


class StaticLayer:
    """A pixmap of the scene in device pixels, repainted only where it must be."""

    def __init__(self) -> None:
        self.pixmap = QPixmap()
        self.repaints = 0
        """How often the whole layer has been painted; for tests and measurements."""
        self._frame: Frame | None = None
        self._stale = QRegion()

    def forget(self) -> None:
        """Paint everything anew next time."""
        self._frame = None

    def spoil(self, places: Iterable[QRectF], margin: float) -> None:
        """Paint some places of the scene anew next time, with a margin in scene units."""
        # In pixels of the frame that is painted, which may not be the camera's any more.
        if self._frame is not None:
            for place in places:
                self._stale += self._frame.pixels(place, margin)

    def bring_up(
        self, painter: GraphPainter, scene: Scene, frame: Frame, size: QSize, without: Collection[int]
    ) -> QPixmap:
        """The layer for a frame, painted as far as it was not."""
        whole = QRect(QPoint(0, 0), size)
        old = self._frame
        if self.pixmap.size() != size:
            self.pixmap = QPixmap(size)
            old = None
        if old is None or old.scale != frame.scale or old.zoom != frame.zoom:
            self._stale = QRegion(whole)
        elif (old.x, old.y) != (frame.x, frame.y):
            self._scroll(QPoint(frame.x - old.x, frame.y - old.y), whole)
        self._frame = frame
        stale, self._stale = self._stale.intersected(whole), QRegion()
        if not stale.isEmpty():
            if stale.rectCount() > _MOST_PIECES:
                stale = QRegion(stale.boundingRect())
            self.repaints += stale.boundingRect() == whole and stale.rectCount() == 1
            self._paint(painter, scene, frame, stale, without)
        return self.pixmap

    def _scroll(self, by: QPoint, whole: QRect) -> None:
        """Move the picture; what comes into view is to be painted."""
        self._stale.translate(by)
        if abs(by.x()) >= whole.width() or abs(by.y()) >= whole.height():
            self._stale = QRegion(whole)
            return
        self.pixmap.scroll(by.x(), by.y(), whole)
        self._stale += QRegion(whole) - whole.translated(by)

    def _paint(
        self, graph_painter: GraphPainter, scene: Scene, frame: Frame, stale: QRegion, without: Collection[int]
    ) -> None:
        painter = QPainter(self.pixmap)
        try:
            for piece in _pieces(stale):
                painter.setClipRect(piece)
                graph_painter.paint(painter, frame, scene, piece, without)
        finally:
            painter.end()


def _pieces(region: QRegion) -> list[QRect]:
    """The rectangles a region is made of."""
    return [QRect(piece) for piece in region]  # type: ignore[attr-defined]
