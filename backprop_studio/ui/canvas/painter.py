"""The painter of graphs: background, grid, wires, nodes and pills, on a screen or on a picture."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPaintDevice, QPainter, QPixmap

from backprop_studio.ui.canvas.comment_boxes import paint_comments
from backprop_studio.ui.canvas.frame import Frame
from backprop_studio.ui.canvas.frame_boxes import paint_frames
from backprop_studio.ui.canvas.group_outlines import paint_outlines
from backprop_studio.ui.canvas.node_painter import NodePainter
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.canvas.text import Faces, Measures
from backprop_studio.ui.canvas.wire_painter import PILL_REACH, WirePainter
from backprop_studio.ui.theme import Theme

GRID = 24.0
"""Distance of the dots of the grid, in scene units."""
_LEAST_GRID = 16.0
"""Distance in pixels (at pixel ratio 1) below which every other dot is left out."""
_MOST_FACES = 6


class GraphPainter:
    """Paints a scene in one theme. All coordinates are pixels of the device; a Frame says what lies where."""

    def __init__(self, theme: Theme, *, vector: bool = False, grid: bool = True) -> None:
        self.theme = theme
        self._grid = grid
        self._vector = vector
        self.nodes = NodePainter(theme, vector=vector)
        self.wires = WirePainter(theme)
        self._measures = Measures()
        self._faces: dict[tuple[float, int], Faces] = {}
        self._grid_row: tuple[object, QPixmap] | None = None

    def faces(self, frame: Frame, device: QPaintDevice) -> Faces:
        """The fonts for a frame."""
        key = (frame.scale, device.logicalDpiY())
        faces = self._faces.get(key)
        if faces is None:
            if len(self._faces) >= _MOST_FACES:
                self._faces.pop(next(iter(self._faces)))
            faces = self._faces[key] = Faces(self._measures, frame.scale, device, vector=self._vector)
        return faces

    def paint(
        self, painter: QPainter, frame: Frame, scene: Scene, pixels: QRect, without: Collection[int] = frozenset()
    ) -> None:
        """Paint background and all of the scene that reaches into ``pixels``.

        ``without`` names nodes to leave out, with the wires that touch them.
        """
        painter.fillRect(pixels, self.theme.canvas)
        if self._grid:
            self.paint_grid(painter, frame, pixels)
        if scene.graph.frames:
            paint_frames(painter, self.theme, frame, scene)
        if scene.graph.comments:
            paint_comments(painter, self.theme, frame, scene, frame.area(pixels))
        paint_outlines(painter, self.theme, frame, scene, pixels)
        geometry = scene.geometry
        margin = PILL_REACH if scene.marks.any else 6.0
        wires = geometry.visible_wires(frame.area(pixels), margin).tolist()
        nodes = geometry.visible_nodes(frame.area(pixels)).tolist()
        if without:
            lifted = set(geometry.wires_of(without).tolist())
            wires = [row for row in wires if row not in lifted]
            nodes = [row for row in nodes if geometry.ids[row] not in without]
        self.paint_rows(painter, frame, scene, wires, nodes)

    def paint_rows(self, painter: QPainter, frame: Frame, scene: Scene, wires: list[int], nodes: list[int]) -> None:
        """Paint some wires and nodes, given by their rows in the geometry, and the wires' pills."""
        faces = self.faces(frame, painter.device())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.wires.paint(painter, frame, scene, wires)
        self.nodes.paint(painter, frame, faces, scene, nodes)
        self.wires.paint_pills(painter, frame, faces, scene, wires)

    def paint_grid(self, painter: QPainter, frame: Frame, pixels: QRect) -> None:
        """Paint the dots of the grid: one row of dots is painted once and blitted for each row."""
        ratio = frame.scale / frame.zoom
        step = GRID * frame.scale
        while step < _LEAST_GRID * ratio:
            step *= 2
        dot = max(1, round(1.6 * ratio))
        row = self._row_of_dots(step, frame.x, pixels.width() + pixels.left(), dot)
        first = int((pixels.top() - dot - frame.y) // step)
        last = int((pixels.bottom() - frame.y) // step) + 1
        for index in range(first, last + 1):
            painter.drawPixmap(0, round(index * step) + frame.y, row)

    def _row_of_dots(self, step: float, offset: int, width: int, dot: int) -> QPixmap:
        key = (step, offset, dot)
        if self._grid_row is not None and self._grid_row[0] == key and self._grid_row[1].width() >= width:
            return self._grid_row[1]
        pixmap = QPixmap(max(width, 1), dot)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        first = int((-dot - offset) // step)
        last = int((width - offset) // step) + 1
        for index in range(first, last + 1):
            painter.fillRect(round(index * step) + offset, 0, dot, dot, self.theme.grid)
        painter.end()
        self._grid_row = (key, pixmap)
        return pixmap
