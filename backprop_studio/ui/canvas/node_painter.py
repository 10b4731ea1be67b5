"""Nodes: a sprite for the empty card, and the texts, numbers and heat maps written on it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap

from backprop_studio.document.node_size import HEADER_HEIGHT, NODE_WIDTH, port_offset_in
from backprop_studio.engine.op import Array
from backprop_studio.ui import heat_map
from backprop_studio.ui.canvas.frame import CLOSE, VERY_FAR, Frame
from backprop_studio.ui.canvas.group_labels import is_mistaken
from backprop_studio.ui.canvas.group_painter import GroupPainter, group_look
from backprop_studio.ui.canvas.labels import HIDDEN, Kind, NodeLabel, Row, Tone
from backprop_studio.ui.canvas.looks import SceneLooks
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.canvas.specks import Specks
from backprop_studio.ui.canvas.sprites import MARGIN, Look, Sprites, paint_card, row_middle
from backprop_studio.ui.canvas.text import Face, Faces, Measure
from backprop_studio.ui.theme import Theme

HEADER_PAD, ROW_PAD, GAP = 12.0, 14.0, 6.0
MOST_OF_HEADER = 0.62
"""Share of the header that a long symbol or name may take."""
HEAT_HEIGHT, HEAT_WIDTH, LEAST_HEAT_WIDTH = 13.0, 44.0, 14.0
LARGEST_SPRITE_SCALE = 4.0
"""Beyond this scale few nodes are in view and their pictures would be large: they are painted directly."""
LENIENCE, LEAST_CAPTION = 2.0, 4
"""Scene units by which a caption may come nearer to its number; characters below which one that is cut says nothing."""
_MOST_HEAT_MAPS = 1024


class NodePainter:
    """Paints the nodes of a scene in one theme. ``vector`` True paints shapes instead of blitting sprites."""

    def __init__(self, theme: Theme, *, vector: bool = False) -> None:
        self.theme = theme
        self._vector = vector
        self._sprites = Sprites(theme)
        self._looks: SceneLooks | None = None
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
            Tone.UPDATE: theme.update_text,
            Tone.TANGENT: theme.tangent_text,
        }
        self._groups = GroupPainter(theme, self._tones)
        self.specks = Specks(theme)

    def paint(self, painter: QPainter, frame: Frame, faces: Faces, scene: Scene, rows: list[int]) -> None:
        """Paint the nodes of some rows of the geometry, in that order."""
        if frame.zoom < VERY_FAR:
            self.specks.paint(painter, frame, scene, rows)
            return
        nodes, ids, labels, far = scene.graph.nodes, scene.geometry.ids, scene.labels, frame.is_far
        corners = (scene.geometry.position[rows] * frame.scale).round().astype(int)
        if self._looks is None or not self._looks.holds(scene, far=far):
            self._looks = SceneLooks(scene, far=far)
        looks, paint_look = self._looks, self._look_painter(painter, frame.scale)
        for row, (x, y) in zip(rows, (corners + np.array((frame.x, frame.y))).tolist(), strict=True):
            key = ids[row]
            if key not in nodes:
                self._paint_group(painter, frame, faces, scene, key, (x, y))
                continue
            paint_look(looks[key], x, y)
            if not far:
                self._write(painter, frame, faces, labels[key], x, y)

    def _paint_group(
        self, painter: QPainter, frame: Frame, faces: Faces, scene: Scene, item: int, corner: tuple[int, int]
    ) -> None:
        """Paint a collapsed group, or an edge of the one that was entered."""
        assert scene.level is not None
        faulty = item in is_mistaken(scene.labels, scene.level.shown_as)
        look = group_look(scene, item, faulty=faulty, far=frame.is_far)
        self._look_painter(painter, frame.scale)(look, *corner)
        if not frame.is_far:
            self._groups.write(painter, frame, faces, scene, item, *corner)

    def _look_painter(self, painter: QPainter, scale: float) -> Callable[[Look, int, int], None]:
        """What paints an empty card with its top left corner at a pixel, for one round of painting."""
        margin, draw = round(MARGIN * scale), painter.drawPixmap
        sprites: dict[int, QPixmap] = {}
        """By the identity of the look: cards that look alike share it, and hashing one takes longer than a blit."""

        def blit(look: Look, x: int, y: int) -> None:
            sprite = sprites.get(id(look))
            if sprite is None:
                sprite = sprites[id(look)] = self._sprites.pixmap(look, scale)
            draw(x - margin, y - margin, sprite)

        def paint(look: Look, x: int, y: int) -> None:
            painter.save()
            painter.translate(x, y)
            painter.scale(scale, scale)
            paint_card(painter, self.theme, look, scale)
            painter.restore()

        return paint if self._vector or scale > LARGEST_SPRITE_SCALE else blit

    def _write(self, painter: QPainter, frame: Frame, faces: Faces, label: NodeLabel, x: int, y: int) -> None:
        scale, close = frame.scale, frame.zoom >= CLOSE
        symbol = faces.symbol.fitted(label.symbol, (NODE_WIDTH - 2 * HEADER_PAD) * MOST_OF_HEADER)
        middle = y + HEADER_HEIGHT / 2 * scale
        faces.symbol.draw(painter, x + HEADER_PAD * scale, middle, symbol, self._symbol_colors[label.kind])
        if close:
            room = NODE_WIDTH - 2 * HEADER_PAD - faces.symbol.width(symbol) - GAP
            caption = faces.caption.fitted(label.caption, room)
            left = x + (NODE_WIDTH - HEADER_PAD - faces.caption.width(caption)) * scale
            faces.caption.draw(painter, left, middle, caption, self.theme.header_caption)
        for number, row in enumerate(label.rows):
            self._write_row(painter, faces, row, x, y + row_middle(number) * scale, scale, close)
        if close:
            for slot, name in enumerate(label.inputs, 2):
                level = y + port_offset_in(slot + 1, slot)[1] * scale
                faces.caption.draw(painter, x + ROW_PAD * scale, level, name, self.theme.quiet)

    def _write_row(
        self, painter: QPainter, faces: Faces, row: Row, x: float, middle: float, scale: float, close: bool
    ) -> None:
        text, room = row.text, NODE_WIDTH - 2 * ROW_PAD
        right = NODE_WIDTH - ROW_PAD
        if text:
            face = faces.shape if row.heat is not None else faces.symbol if text == HIDDEN else faces.number
            text = face.fitted(text, room)
            width = face.width(text)
            face.draw(painter, x + (right - width) * scale, middle, text, self._tones[row.tone])
            room -= width + GAP
            right -= width + GAP
        if close:
            caption = shown_caption(faces.caption, row.caption, room + LENIENCE)
            color = self.theme.error if row.tone is Tone.ERROR and not text else self.theme.quiet
            faces.caption.draw(painter, x + ROW_PAD * scale, middle, caption, color)
            room -= faces.caption.width(caption) + GAP
        if row.heat is not None and room >= LEAST_HEAT_WIDTH:
            wide, high = min(room, HEAT_WIDTH) * scale, HEAT_HEIGHT * scale
            self._paint_heat(painter, QRectF(x + right * scale - wide, middle - high / 2, wide, high), row.heat)

    def _paint_heat(self, painter: QPainter, rect: QRectF, array: Array) -> None:
        found = self._heat.get(id(array))
        if found is None:
            if len(self._heat) > _MOST_HEAT_MAPS:
                self._heat.clear()
            theme = self.theme
            picture = heat_map.image(array, theme.plus, theme.minus, theme.node, theme.quiet)
            found = self._heat[id(array)] = (array, picture)  # holding the array keeps its id its own
        image = found[1]
        target: QRect = rect.toRect()
        # Whole pixels a cell where there is room, so that all cells are of one size.
        width = max(target.width() // image.width(), 1) * image.width()
        if width <= target.width():
            target.setLeft(target.right() + 1 - width)
        painter.drawImage(target, image)
        painter.setPen(QPen(QColor(self.theme.node_border), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)  # whatever was painted before
        painter.drawRect(target.adjusted(-1, -1, 0, 0))


def shown_caption(measure: Face | Measure, caption: str, room: float) -> str:
    """A caption, of "w.grad" only its end where there is no room for all of it, and nothing rather than a letter."""
    if measure.width(caption) > room:
        caption = measure.fitted(caption[max(caption.rfind("."), 0) :], room)
    return "" if caption.endswith("…") and len(caption) < LEAST_CAPTION else caption
