"""Nodes: a sprite for the empty card, and the texts, numbers and heat maps written on it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from backprop_studio.document.node_size import HEADER_HEIGHT, NODE_WIDTH
from backprop_studio.engine.op import Array
from backprop_studio.ui.canvas import heat_map
from backprop_studio.ui.canvas.frame import VERY_FAR, Frame
from backprop_studio.ui.canvas.labels import HIDDEN, Kind, NodeLabel, Row, Tone
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.canvas.sprites import MARGIN, Look, Sprites, header_fill, paint_card, row_middle
from backprop_studio.ui.canvas.text import Face, Faces
from backprop_studio.ui.theme import Theme

HEADER_PAD, ROW_PAD, GAP = 12.0, 14.0, 6.0
HEAT_HEIGHT, HEAT_WIDTH, LEAST_HEAT_WIDTH = 13.0, 44.0, 14.0
LARGEST_SPRITE_SCALE = 4.0
"""Beyond this scale few nodes are in view and their pictures would be large: they are painted directly."""
_MOST_HEAT_MAPS = 1024


class NodePainter:
    """Paints the nodes of a scene in one theme. ``vector`` True paints shapes instead of blitting sprites."""

    def __init__(self, theme: Theme, *, vector: bool = False) -> None:
        self.theme = theme
        self._vector = vector
        self._sprites = Sprites(theme)
        self._heat: dict[int, tuple[Array, QImage]] = {}
        self._symbol_colors = {
            Kind.SOURCE: theme.header_caption,
            Kind.PARAMETER: theme.update_text,
            Kind.OPERATION: theme.forward_text,
            Kind.LOSS: theme.loss_text,
        }
        self._tones = {
            Tone.FORWARD: theme.forward_text,
            Tone.BACKWARD: theme.backward_text,
            Tone.QUIET: theme.quiet,
            Tone.ERROR: theme.error,
        }

    def paint(
        self, painter: QPainter, frame: Frame, faces: Faces, scene: Scene, rows: list[int], hovered: int | None = None
    ) -> None:
        """Paint the nodes of some rows of the geometry, in that order."""
        if frame.zoom < VERY_FAR:
            self._paint_specks(painter, frame, scene, rows)
            return
        graph, labels, selection, far = scene.graph, scene.labels, scene.selection, frame.is_far
        ids, position = scene.geometry.ids, scene.geometry.position
        scale = frame.scale
        corners = (position[rows] * scale).round().astype(int).tolist()
        problems = labels.evaluation.problems if labels.evaluation is not None else {}
        for row, (x, y) in zip(rows, corners, strict=True):
            node = graph.nodes[ids[row]]
            label = None if far and not problems else labels[node.id]
            look = Look(
                labels.kind(node) if label is None else label.kind,
                node.op_name,
                node.id in selection,
                label is not None and label.is_faulty,
                node.id == hovered,
                far,
            )
            self._paint_look(painter, frame, look, x + frame.x, y + frame.y)
            if label is not None and not far:
                self._write(painter, faces, label, x + frame.x, y + frame.y, scale)

    def _paint_look(self, painter: QPainter, frame: Frame, look: Look, x: int, y: int) -> None:
        scale = frame.scale
        if self._vector or scale > LARGEST_SPRITE_SCALE:
            painter.save()
            painter.translate(x, y)
            painter.scale(scale, scale)
            paint_card(painter, self.theme, look, scale)
            painter.restore()
            return
        margin = round(MARGIN * scale)
        # The sprite is painted with its corner at a whole pixel, as the node's corner is.
        painter.drawPixmap(x - margin, y - margin, self._sprites.pixmap(look, scale))

    def _paint_specks(self, painter: QPainter, frame: Frame, scene: Scene, rows: list[int]) -> None:
        """Plain rectangles in the colours of the headers, for a graph seen from very far."""
        geometry = scene.geometry
        for row in rows:
            node = scene.graph.nodes[geometry.ids[row]]
            rect = frame.rect(geometry.node_rect(node.id)).toAlignedRect()
            selected = node.id in scene.selection
            painter.fillRect(rect, self.theme.node_selected if selected else self.theme.node_border)
            painter.fillRect(rect.adjusted(1, 1, -1, -1), header_fill(self.theme, scene.labels.kind(node)))

    def _write(self, painter: QPainter, faces: Faces, label: NodeLabel, x: int, y: int, scale: float) -> None:
        pad = HEADER_PAD * scale
        right = x + NODE_WIDTH * scale
        symbol = faces.symbol.fitted(label.symbol, (NODE_WIDTH - 2 * HEADER_PAD) * scale * 0.62)
        middle = y + HEADER_HEIGHT / 2 * scale
        painter.setFont(faces.symbol.font)
        painter.setPen(self._symbol_colors[label.kind])
        painter.drawText(QPointF(x + pad, middle + faces.symbol.middle), symbol)
        room = right - x - 2 * pad - faces.symbol.width(symbol) - GAP * scale
        caption = faces.caption.fitted(label.caption, room)
        painter.setFont(faces.caption.font)
        painter.setPen(self.theme.header_caption)
        painter.drawText(QPointF(right - pad - faces.caption.width(caption), middle + faces.caption.middle), caption)
        for index, row in enumerate((label.value, label.gradient)):
            self._write_row(painter, faces, row, x, y + row_middle(index) * scale, scale)

    def _write_row(self, painter: QPainter, faces: Faces, row: Row, x: float, middle: float, scale: float) -> None:
        left, right = x + ROW_PAD * scale, x + (NODE_WIDTH - ROW_PAD) * scale
        face = faces.shape if row.heat is not None else faces.symbol if row.text == HIDDEN else faces.number
        text = face.fitted(row.text, right - left) if row.text else ""
        width = face.width(text)
        room = right - left - (width + GAP * scale if text else 0.0)
        used = self._write_caption(painter, faces.caption, row, left, middle, room)
        if text:
            painter.setFont(face.font)
            painter.setPen(self._tones[row.tone])
            painter.drawText(QPointF(right - width, middle + face.middle), text)
        if row.heat is not None:
            free = room - used - GAP * scale
            if free >= LEAST_HEAT_WIDTH * scale:
                end = right - width - GAP * scale
                heat_width = min(free, HEAT_WIDTH * scale)
                height = HEAT_HEIGHT * scale
                self._paint_heat(painter, QRectF(end - heat_width, middle - height / 2, heat_width, height), row.heat)

    def _write_caption(self, painter: QPainter, face: Face, row: Row, left: float, middle: float, room: float) -> float:
        """Write a row's caption as far as there is room; returns the width it takes."""
        caption = face.fitted(row.caption, room)
        painter.setFont(face.font)
        painter.setPen(self.theme.error if row.tone is Tone.ERROR and not row.text else self.theme.quiet)
        painter.drawText(QPointF(left, middle + face.middle), caption)
        return face.width(caption)

    def _paint_heat(self, painter: QPainter, rect: QRectF, array: Array) -> None:
        found = self._heat.get(id(array))
        if found is None:
            if len(self._heat) > _MOST_HEAT_MAPS:
                self._heat.clear()
            theme = self.theme
            picture = heat_map.image(array, theme.forward, theme.backward, theme.node, theme.quiet)
            found = self._heat[id(array)] = (array, picture)  # holding the array keeps its id its own
        image = found[1]
        target: QRect = rect.toRect()
        # Whole pixels a cell where there is room, so that all cells are of one size.
        width = max(target.width() // image.width(), 1) * image.width()
        if width <= target.width():
            target.setLeft(target.right() + 1 - width)
        painter.drawImage(target, image)
        painter.setPen(QPen(QColor(self.theme.node_border), 1))
        painter.drawRect(target.adjusted(-1, -1, 0, 0))
