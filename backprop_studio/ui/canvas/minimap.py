"""The minimap: the whole graph with its frames and comments in a corner of the canvas, and the part in view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from backprop_studio.ui.canvas.colors import shade
from backprop_studio.ui.canvas.frame import Frame
from backprop_studio.ui.canvas.frame_boxes import note_rect, notes_shown
from backprop_studio.ui.canvas.labels import Kind
from backprop_studio.ui.canvas.specks import SELECTED
from backprop_studio.ui.canvas.sprites import far_fill
from backprop_studio.ui.theme import Theme, ThemeManager, blend

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

SIZE = QSize(190, 124)
MARGIN, INSIDE = 12, 7.0
LEAST_NODES = 20
"""With fewer nodes than this, nearly all in view, there is nothing to find one's way in."""
LEAST_SHARE = 0.8
"""Where less than this share of the graph is in view, a small graph needs a map as well."""
ALL = 0.999
"""With this share of the graph in view, a map would show nothing new, and cover some of it."""
LEAST_SIDE = 1.5
"""Pixels that a node is wide and high on the map at least."""
REFRESH_MILLISECONDS = 60


class Minimap(QWidget):
    """A press or a drag brings that part of the graph into view. Hidden where not wanted, where all of the graph is
    in view, and for small graphs nearly all of which is."""

    def __init__(self, canvas: CanvasView, themes: ThemeManager) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._theme = themes.theme
        self.wanted = True
        self._picture: QPixmap | None = None
        self._shown: tuple[float, float, float] | None = None
        self._scale, self._origin = 1.0, QPointF()
        self.setObjectName("minimap")
        self.setAccessibleName("Map of the graph")
        self.setFixedSize(SIZE)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.refresh)
        session = canvas.session
        for signal in (session.graph_changed, session.level_changed, session.selection_changed, session.evaluated):
            signal.connect(self._soon)
        canvas.glide.arrived.connect(self._soon)
        themes.changed.connect(self._take_theme)
        canvas.installEventFilter(self)
        canvas.above.append(self._follow)
        self.refresh()

    def want(self, wanted: bool) -> None:
        """Show the map, where the graph is large enough for one, or never."""
        self.wanted = wanted
        self.refresh()

    def refresh(self) -> None:
        """Show the graph as it is now."""
        self._timer.stop()
        self._picture = None
        self.setVisible(self._is_needed())
        self._place()
        self.update()

    def to_scene(self, point: QPointF) -> QPointF:
        """The point of the scene that a point of the map stands for."""
        return QPointF((point.x() - self._origin.x()) / self._scale, (point.y() - self._origin.y()) / self._scale)

    def to_map(self, rect: QRectF) -> QRectF:
        """Where a rectangle of the scene lies on the map."""
        corner = QPointF(rect.x() * self._scale, rect.y() * self._scale) + self._origin
        return QRectF(corner, rect.size() * self._scale)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The graph, and the part of it in view."""
        if self._picture is None:
            self._picture = self._paint_graph()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        seen = self.to_map(self._canvas.camera.rect_to_scene(QRectF(self._canvas.rect())))
        seen = seen.intersected(QRectF(self.rect()).adjusted(2, 2, -2, -2))
        fill = QColor(self._theme.forward)
        fill.setAlpha(38)
        painter.setBrush(fill)
        painter.setPen(QPen(self._theme.forward, 1.5))
        painter.drawRect(seen)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Bring a part of the graph into view."""
        self._centre(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on doing so."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._centre(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner."""
        if watched is self._canvas and event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _centre(self, event: QMouseEvent) -> None:
        canvas = self._canvas
        canvas.camera.centre_on(self.to_scene(event.position()), QRectF(canvas.rect()))
        canvas.camera_moved()
        event.accept()

    def _soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start(REFRESH_MILLISECONDS)

    def _follow(self, painter: QPainter, frame: Frame) -> None:
        """The canvas is painted: it may show another part of the graph."""
        camera = self._canvas.camera
        shown = (camera.x, camera.y, camera.zoom)
        if shown != self._shown:
            self._shown = shown
            self.update()
            if self._is_needed() == self.isHidden():
                self._soon()

    def _is_needed(self) -> bool:
        """Is any of a large graph out of view, or more than a little of a small one?"""
        scene, bounds = self._canvas.scene, self._canvas.scene.bounds()
        if not self.wanted or bounds is None:
            return False
        seen = bounds.intersected(self._canvas.camera.rect_to_scene(QRectF(self._canvas.rect())))
        share = seen.width() * seen.height() / max(bounds.width() * bounds.height(), 1.0)
        return share < (ALL if len(scene.geometry.ids) >= LEAST_NODES else LEAST_SHARE)

    def _place(self) -> None:
        self.move(self._canvas.width() - self.width() - MARGIN, MARGIN)

    def _paint_graph(self) -> QPixmap:
        scene, theme = self._canvas.scene, self._theme
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.node_border, 1.0))
        painter.setBrush(theme.panel)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        bounds = scene.bounds()
        if bounds is not None:
            room = QRectF(self.rect()).adjusted(INSIDE, INSIDE, -INSIDE, -INSIDE)
            self._scale = min(room.width() / bounds.width(), room.height() / bounds.height())
            self._origin = room.center() - bounds.center() * self._scale
            self._paint_notes(painter)
            self._paint_boxes(painter)
        painter.end()
        return picture

    def _paint_boxes(self, painter: QPainter) -> None:
        """Nodes and groups in the colours of their kinds, all of one colour at once."""
        geometry, theme = self._canvas.scene.geometry, self._theme
        corners = geometry.position * self._scale + np.array(self._origin.toTuple())
        sizes = np.maximum(np.stack([geometry.width, geometry.height], 1) * self._scale, LEAST_SIDE)
        boxes = np.concatenate([corners, sizes], 1)
        looks = self._canvas.painter.nodes.specks.looks_of(self._canvas.scene)
        painter.setPen(Qt.PenStyle.NoPen)
        for look in np.unique(looks).tolist():
            painter.setBrush(theme.node_selected if look >= SELECTED else far_fill(theme, Kind(look)))
            painter.drawRects([QRectF(*box) for box in boxes[looks == look].tolist()])

    def _paint_notes(self, painter: QPainter) -> None:
        """Frames, the largest first, open groups and comments: behind the nodes, in their own colours."""
        scene, theme = self._canvas.scene, self._theme
        frames = sorted(notes_shown(scene, scene.graph.frames), key=lambda box: -box.rect[2] * box.rect[3])
        comments = notes_shown(scene, scene.graph.comments)
        for note, name in [*((box.id, box.color) for box in frames), *((each.id, each.color) for each in comments)]:
            color = shade(theme, name)
            chosen = note in scene.selected_notes
            painter.setPen(QPen(theme.node_selected if chosen else blend(color, theme.panel, 0.6), 1.0))
            painter.setBrush(blend(color, theme.panel, 0.18))
            painter.drawRect(self.to_map(note_rect(scene, note)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.node_border, 1.0, Qt.PenStyle.DashLine))
        for outline in scene.outlines().values():
            painter.drawRect(self.to_map(outline))

    def _take_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.refresh()
