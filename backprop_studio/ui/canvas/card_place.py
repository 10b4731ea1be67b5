"""Where a card goes that must cover neither the nodes it tells about nor, where there is room, any other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF

Rects = NDArray[np.float64]
"""Shape (n, 4): left, top, right, bottom."""

GAP = 22.0
"""Pixels between a card and what it tells about, at the natural size."""
RINGS = (0.5, 0.8, 1.2, 1.7, 2.4, 3.4, 5.0, 6.5, 8.0, 10.0)
"""How many gaps away a place is tried."""
OWN, OTHER = 12.0, 5.0
"""What a pixel costs of the nodes that the card tells about, and of all others."""
LATTICE = 5
"""Places are also tried all over the room, so many to a side: where all is crowded near by, there may be a gap."""
TOUCHED = 0.15
"""What it costs to cover any of another node or number, as a share of the card's area: half a number is no number."""
CLEAR = 7.0
"""Pixels that stay free around nodes and numbers."""
CROSSING = 0.06
"""What it costs if the line from the card to what it tells about runs over a node, as a share of the card's area."""
FARNESS = 0.3
"""What a pixel of distance costs, times the card's shorter side: near and hiding a little is better than far off."""
SIZES = (1.0, 0.88, 0.78)
"""How large a card may be, the largest first: where it would hide something or be far off, a smaller one may not."""
CROWD = 400
"""Among more nodes and numbers than this a smaller card hides no less, and to try it would take too long."""
SHRINKING = 1.0
"""What it costs to be smaller, as a share of the area lost in width alone."""
LIKELY = 16
"""Of so many places, those that are best otherwise, it is asked what lies on the way there."""
_AROUND = tuple(
    (x, y) for y in (-1.0, 1.0, -0.5, 0.5, 0.0) for x in (0.0, -0.5, 0.5, -1.0, 1.0) if abs(x) == 1.0 or abs(y) == 1.0
)
"""Places around what the card tells about, the best first: −1 is wholly left of it or above it, 1 right or below."""


def fitted_card_place(
    size: QSizeF, about: QRectF, own: Rects, others: Rects, room: QRectF, scale: float = 1.0
) -> tuple[QRectF, float]:
    """The best place for a card, and which of SIZES it best has there."""
    area = size.width() * size.height()
    found: tuple[float, QRectF, float] | None = None
    for share in SIZES if len(others) <= CROWD else SIZES[:1]:
        shrinking = SHRINKING * (1.0 - share) * area
        if found is not None and found[0] <= shrinking:
            break
        cost, place = _priced_place(size * share, about, own, others, room, scale * share)
        if found is None or cost + shrinking < found[0]:
            found = (cost + shrinking, place, share)
    assert found is not None
    return found[1:]


def card_place(size: QSizeF, about: QRectF, own: Rects, others: Rects, room: QRectF, scale: float = 1.0) -> QRectF:
    """The best place for a card of ``size`` beside ``about`` within ``room``; all in the same pixels.

    A pure function of its arguments: of places that are equally good the first one in a fixed order.
    """
    return _priced_place(size, about, own, others, room, scale)[1]


def _priced_place(
    size: QSizeF, about: QRectF, own: Rects, others: Rects, room: QRectF, scale: float
) -> tuple[float, QRectF]:
    """The best place for a card of that size, and what it costs."""
    width, height = size.width(), size.height()
    tried = []
    for ring in RINGS:
        gap = GAP * scale * ring
        for x, y in _AROUND:
            left = about.center().x() + x * (about.width() / 2 + gap + width / 2) - width / 2
            top = about.center().y() + y * (about.height() / 2 + gap + height / 2) - height / 2
            tried.append((left, top))
    across = np.linspace(room.left(), room.right() - width, LATTICE)
    down = np.linspace(room.top(), room.bottom() - height, LATTICE)
    tried += [(left, top) for top in down.tolist() for left in across.tolist()]
    places = np.array(tried)
    np.clip(places[:, 0], room.left(), max(room.left(), room.right() - width), out=places[:, 0])
    np.clip(places[:, 1], room.top(), max(room.top(), room.bottom() - height), out=places[:, 1])
    rects = np.column_stack((places, places[:, 0] + width, places[:, 1] + height))
    middle = np.array((about.center().x(), about.center().y()))
    others = _within(others, rects, middle)
    farness = np.hypot(*(places + np.array((width / 2, height / 2)) - middle).T)
    around = np.array((-CLEAR, -CLEAR, CLEAR, CLEAR)) * scale
    kept_clear = own + around
    touched = _overlaps(rects, kept_clear).sum(axis=1)
    cost = OWN * touched + width * height * (touched > 0.0)
    hidden = _overlaps(rects, others + around)
    cost += OTHER * hidden.sum(axis=1) + TOUCHED * width * height * np.count_nonzero(hidden, axis=1)
    cost += FARNESS * min(width, height) * farness
    cheapest = np.argsort(np.round(cost, 3), kind="stable")[:LIKELY]
    crossed = _crossed(rects[cheapest], middle, np.concatenate((own[1:], others)))
    total = np.round(cost[cheapest] + CROSSING * width * height * crossed, 3)
    best = int(np.argmin(total))
    return float(total[best]), QRectF(QPointF(*places[cheapest[best]].tolist()), size)


def _within(obstacles: Rects, rects: Rects, middle: NDArray[np.float64]) -> Rects:
    """The obstacles that any of ``rects``, or the way from there to ``middle``, can touch."""
    if not len(obstacles):
        return obstacles
    low, high = np.minimum(rects[:, :2].min(axis=0), middle), np.maximum(rects[:, 2:].max(axis=0), middle)
    return obstacles[np.all((obstacles[:, 2:] > low) & (obstacles[:, :2] < high), axis=1)]


def _overlaps(rects: Rects, obstacles: Rects) -> NDArray[np.float64]:
    """The area that each of ``rects`` (a row) has in common with each obstacle (a column)."""
    wide, high = (
        np.minimum(rects[:, axis + 2, None], obstacles[:, axis + 2])
        - np.maximum(rects[:, axis, None], obstacles[:, axis])
        for axis in (0, 1)
    )
    return np.asarray(np.maximum(wide, 0.0) * np.maximum(high, 0.0), np.float64)


def _crossed(rects: Rects, middle: NDArray[np.float64], obstacles: Rects) -> NDArray[np.float64]:
    """For each of ``rects``, how many of ten points on the way from it to ``middle`` lie in obstacles."""
    if not len(obstacles):
        return np.zeros(len(rects))
    near = np.clip(middle, rects[:, :2], rects[:, 2:])
    share = np.linspace(0.0, 1.0, 10)[None, :, None]
    points = near[:, None, :] * (1 - share) + middle * share
    x, y = points[..., 0, None], points[..., 1, None]
    within = (x > obstacles[:, 0]) & (x < obstacles[:, 2]) & (y > obstacles[:, 1]) & (y < obstacles[:, 3])
    return np.asarray(np.count_nonzero(np.any(within, axis=2), axis=1), np.float64)
