"""The card on the wire: while the passes play, the current event's derivation stands beside its pulse."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QTimer, Slot
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from backprop_studio.document.event_card import EventCard, event_card
from backprop_studio.document.graph import Wire
from backprop_studio.document.step_rule import StepRule
from backprop_studio.engine.trace import Trace
from backprop_studio.ui.canvas.card_picture import SHADOW, CardPicture, stage_colors, wanted_formulas
from backprop_studio.ui.canvas.card_place import Rects, fitted_card_place
from backprop_studio.ui.canvas.frame import Frame
from backprop_studio.ui.canvas.wire_painter import BETWEEN_NODES, PILL_HEIGHT, WirePainter
from backprop_studio.ui.formula_shelf import FormulaKey, FormulaShelf
from backprop_studio.ui.theme import Theme, ThemeManager

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

SMALLEST, LARGEST = 0.9, 2.2
"""A card follows the zoom between these scales, so that it can be read from afar and does not fill the view."""
FOLLOWS = 0.6
"""How closely: a view twice as large shows cards half as large again, so that they still find room."""
MARGIN = 10.0
"""Pixels between a card and the edge of the canvas."""
PILL = (64.0, 46.0)
"""Room around the middle of a wire that its pulse and its number need, in scene units."""
MOST_PILLS = 100
"""Where more wires are in view, cards go by the nodes alone."""


class _Subject(NamedTuple):
    """What a card tells about: a wire, with its ends, or a node."""

    wire: Wire | None
    nodes: tuple[int, ...]


class EventCards(QObject):
    """Paints the card of a timeline's current event above one canvas."""

    def __init__(self, canvas: CanvasView, shelf: FormulaShelf, themes: ThemeManager) -> None:
        super().__init__(canvas)
        self._canvas, self._shelf, self._themes = canvas, shelf, themes
        self._is_on = False
        self._shown: tuple[Trace | None, StepRule, int | None] | None = None
        """Which event of which passes the card belongs to."""
        self._is_stale = False
        """Is another event current than the one that the card is about?"""
        self._card: EventCard | None = None
        self._subject = _Subject(None, ())
        self._picture: CardPicture | None = None
        self._pixmap: tuple[CardPicture, float, QPixmap] | None = None
        self._placed: tuple[tuple[object, ...], QRectF, float] | None = None
        """For what the card was placed, where, and at which share of its size."""
        self._pixels = QRect()
        """Where cards may stand on the canvas as it is: one is painted before it is known that it will move."""
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._repaint)
        canvas.above.append(self.paint)
        canvas.session.timeline.changed.connect(self._follow)
        shelf.ready.connect(self._take_formula)
        themes.changed.connect(self._take_theme)

    @property
    def is_on(self) -> bool:
        """Are cards shown?"""
        return self._is_on

    @property
    def card(self) -> EventCard | None:
        """What is shown now."""
        self._bring_up()
        return self._card

    @property
    def is_settled(self) -> bool:
        """Are all formulas of the card set, so that none stands as text that will not stay so?"""
        self._bring_up()
        return self._picture is None or not self._picture.waits_for

    def set_on(self, on: bool) -> None:
        """Show cards, or do not."""
        self._is_on = on
        self._shown = None
        self._follow()

    def place(self, frame: Frame) -> QRectF | None:
        """Where the card is, in pixels of the frame; None where there is none."""
        self._bring_up()
        picture, found = self._picture, self._about(frame)
        if picture is None or found is None:
            return None
        ratio = frame.scale / frame.zoom
        canvas, scale = self._canvas, self._scale(frame)
        covered = canvas.foot * ratio
        room = QRectF(0, 0, canvas.width() * ratio, canvas.height() * ratio - covered)
        about, own = found
        key = (picture, frame, room.width(), room.height(), about, own.tobytes())
        if self._placed is None or self._placed[0] != key:
            margin = MARGIN * ratio
            place, share = fitted_card_place(
                picture.size * scale,
                about,
                own,
                self._others(frame),
                room.adjusted(margin, margin, -margin, -margin),
                scale,
            )
            self._placed = (key, QRectF(QPointF(round(place.x()), round(place.y())), place.size()), share)
        return self._placed[1]

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """Paint the card and the line that ties it to its wire or node, in pixels of the frame."""
        place, picture, card = self.place(frame), self._picture, self.card
        if place is None or picture is None or card is None:
            return
        share = self._placed[2] if self._placed is not None else 1.0
        scale, found = self._scale(frame) * share, self._about(frame)
        about = found[0] if found is not None else place
        color = QColor(stage_colors(self._themes.theme, card.stage)[0])
        color.setAlpha(150)
        painter.setPen(QPen(color, 1.2 * scale))
        start, end = _nearest(place, about.center()), about.center()
        if self._subject.wire not in self._canvas.scene.geometry.wire_row:
            end = _nearest(about, place.center())
        if not place.contains(end):
            painter.drawLine(start, end)
        if self._pixmap is None or self._pixmap[:2] != (picture, scale):
            self._pixmap = (picture, scale, picture.pixmap(scale))
        self._pixels = self._pixels.united(self._reach(place, about, scale))
        painter.drawPixmap(place.topLeft() - QPointF(SHADOW, SHADOW) * scale, self._pixmap[2])

    def _scale(self, frame: Frame) -> float:
        return min(max(frame.zoom**FOLLOWS, SMALLEST), LARGEST) * frame.scale / frame.zoom

    def _about(self, frame: Frame) -> tuple[QRectF, Rects] | None:
        """What the card stands beside, and what it must not cover; None where nothing of it is drawn.

        What lies in a collapsed group is told of beside the group.
        """
        geometry, wire = self._canvas.scene.geometry, self._subject.wire
        own = [frame.rect(geometry.node_rect(item)) for item in self._items()]
        if wire is not None and wire in geometry.wire_row:
            x, y = geometry.places([geometry.wire_row[wire]], 0.5)[0].tolist()
            width, height = PILL
            about = frame.rect(QRectF(x - width / 2, y - height / 2, width, height))
            return about, _array([about, *own, self._pill(frame, geometry.wire_row[wire])])
        return (own[0], _array(own)) if own else None

    def _items(self) -> list[int]:
        """The boxes that show the nodes that the card tells about."""
        scene = self._canvas.scene
        items = dict.fromkeys(scene.item_of(node) for node in self._subject.nodes)
        return [item for item in items if item is not None and item in scene.geometry.node_row]

    def _others(self, frame: Frame) -> Rects:
        """The other nodes in view, and the numbers on wires."""
        geometry, ratio = self._canvas.scene.geometry, frame.scale / frame.zoom
        pixels = QRect(0, 0, round(self._canvas.width() * ratio), round(self._canvas.height() * ratio))
        rows = geometry.visible_nodes(frame.area(pixels))
        own = [geometry.node_row[item] for item in self._items()]
        rows = np.setdiff1d(rows, own, assume_unique=True)
        corners = geometry.position[rows] * frame.scale + (frame.x, frame.y)
        sizes = np.column_stack((geometry.width[rows], geometry.height[rows])) * frame.scale
        return np.concatenate((np.column_stack((corners, corners + sizes)), self._pills(frame, frame.area(pixels))))

    def _pills(self, frame: Frame, area: QRectF) -> Rects:
        """The numbers that stand on wires in an area of the scene; none where there are too many to be spared."""
        scene, geometry = self._canvas.scene, self._canvas.scene.geometry
        rows = geometry.visible_wires(area) if scene.marks.any and not frame.is_far else np.empty(0, np.int64)
        found = []
        for row in rows.tolist() if len(rows) <= MOST_PILLS else ():
            mark = scene.mark_of(geometry.wires[row])
            if mark is not None and mark.text:
                found.append(self._pill(frame, row))
        return _array(found)

    def _pill(self, frame: Frame, row: int) -> QRectF:
        """Where a wire's number stands, at its widest."""
        at, lift = WirePainter.resting_place(self._canvas.scene.geometry.curves[row])
        width, height = BETWEEN_NODES, PILL_HEIGHT
        return frame.rect(QRectF(at.x() - width / 2, at.y() - lift - height / 2, width, height))

    @Slot()
    def _follow(self) -> None:
        """Have the card of the event that is current now shown: seeking itself does not wait for it."""
        timeline = self._canvas.session.timeline
        index = timeline.current_event_index() if self._is_on else None
        alone = timeline.unit != "depth" or len(timeline.current_events) == 1
        shown = (timeline.trace, timeline.rule, index if alone else None)
        if shown != self._shown:
            self._shown, self._is_stale = shown, True
            self._soon.start(0)

    def _bring_up(self) -> None:
        """Make the card where another event has become current."""
        if not self._is_stale:
            return
        self._is_stale = False
        index = self._shown[2] if self._shown else None
        timeline = self._canvas.session.timeline
        found = timeline.explanation(index) if index is not None else None
        self._card = event_card(found) if found is not None else None
        self._forget_waiting()
        self._picture = None
        if found is None or self._card is None:
            return
        wire = found.wire
        self._subject = _Subject(wire, (wire.source, wire.target)) if wire else _Subject(None, (found.node or 0,))
        self._picture = CardPicture(self._card, self._themes.theme, self._shelf)
        self._look_ahead(index)

    def _look_ahead(self, index: int | None) -> None:
        """Have the next event's formulas set while this one is looked at."""
        timeline = self._canvas.session.timeline
        if index is None or index + 1 >= timeline.length or not timeline.is_playing:
            return
        ahead = timeline.explanation(index + 1)
        card = event_card(ahead) if ahead is not None else None
        for key in wanted_formulas(card, self._themes.theme) if card is not None else ():
            self._shelf.formula(key)

    def _forget_waiting(self) -> None:
        for key in self._picture.waits_for if self._picture is not None else ():
            self._shelf.forget(key)

    @Slot(object)
    def _take_formula(self, key: FormulaKey) -> None:
        """A formula is set: show the card typeset once all its formulas are."""
        picture, card = self._picture, self._card
        if picture is None or card is None or key not in picture.waits_for:
            return
        picture.waits_for.remove(key)
        if not picture.waits_for:
            self._picture = CardPicture(card, self._themes.theme, self._shelf)
            self._repaint()

    @Slot(object)
    def _take_theme(self, theme: Theme) -> None:
        self._shown = None
        self._follow()

    @Slot()
    def _repaint(self) -> None:
        """Show the places anew where the card was and where it is."""
        frame = self._canvas.frame()
        place = self.place(frame)
        before, self._pixels = self._pixels, QRect()
        found = self._about(frame)
        if place is not None and found is not None:
            self._pixels = self._reach(place, found[0], self._scale(frame))
        self._canvas.update_pixels(self._pixels.united(before))

    @staticmethod
    def _reach(place: QRectF, about: QRectF, scale: float) -> QRect:
        """The pixels that a card with its shadow and its tie can touch."""
        reach = (SHADOW + 2.0) * scale
        return place.united(about).adjusted(-reach, -reach, reach, reach).toAlignedRect()


def _array(rects: list[QRectF]) -> Rects:
    return np.array([(r.left(), r.top(), r.right(), r.bottom()) for r in rects], np.float64).reshape(-1, 4)


def _nearest(rect: QRectF, point: QPointF) -> QPointF:
    """The point of a rectangle nearest to another point."""
    return QPointF(min(max(point.x(), rect.left()), rect.right()), min(max(point.y(), rect.top()), rect.bottom()))
