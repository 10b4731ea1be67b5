"""Where cards go: never over the nodes they tell about where there is room elsewhere, always inside the canvas."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF, QSizeF

from backprop_studio.ui.canvas.card_place import SIZES, Rects, card_place, fitted_card_place

ROOM = QRectF(0, 0, 1000, 700)
SIZE = QSizeF(180, 110)


def array(*rects: QRectF) -> Rects:
    return np.array([(r.left(), r.top(), r.right(), r.bottom()) for r in rects]).reshape(-1, 4)


@given(
    x=st.floats(0, 860),
    y=st.floats(0, 620),
    wide=st.floats(40, 300),
    others=st.lists(st.tuples(st.floats(0, 900), st.floats(0, 640)), max_size=6),
)
def test_a_card_keeps_clear_of_its_own_nodes_and_stays_inside(
    x: float, y: float, wide: float, others: list[tuple[float, float]]
) -> None:
    left, right = QRectF(x, y, 120, 74), QRectF(x + 120 + wide, y + 20, 120, 74)
    about = QRectF(x + 120 + wide / 2 - 32, y + 30, 64, 46)
    strangers = array(*(QRectF(a, b, 120, 74) for a, b in others))
    place = card_place(SIZE, about, array(about, left, right), strangers, ROOM)
    assert ROOM.contains(place)
    assert not place.intersects(left)
    assert not place.intersects(right)
    assert place == card_place(SIZE, about, array(about, left, right), strangers, ROOM)


def test_where_there_is_room_no_other_node_is_covered() -> None:
    about = QRectF(470, 330, 64, 46)
    above, below = QRectF(440, 220, 120, 74), QRectF(440, 410, 120, 74)
    place = card_place(SIZE, about, array(about), array(above, below), ROOM)
    assert not place.intersects(above)
    assert not place.intersects(below)


def test_with_no_room_at_all_it_is_still_inside() -> None:
    everywhere = array(*(QRectF(x * 100, y * 100, 100, 100) for x in range(10) for y in range(7)))
    assert ROOM.contains(card_place(SIZE, QRectF(0, 0, 64, 46), array(), everywhere, ROOM))
    small = QRectF(0, 0, 100, 60)
    assert card_place(SIZE, QRectF(10, 10, 20, 20), array(), array(), small).topLeft() == small.topLeft()


def test_a_gap_far_off_is_found_where_all_near_by_is_crowded() -> None:
    """As measured: three columns of nodes that nearly fill a small canvas, and a sum told beside the first column."""
    size, room = QSizeF(272, 112), QRectF(0, 0, 944, 490)
    own = QRectF(36, 180, 212, 130)
    columns = [
        QRectF(36, 0, 212, 130), QRectF(36, 360, 212, 130), QRectF(366, 90, 212, 130), QRectF(366, 270, 212, 130),
        QRectF(696, 180, 212, 130),
    ]  # fmt: skip
    place = card_place(size, own, array(own), array(*columns), room, 1.5)
    assert not any(place.intersects(other) for other in (own, *columns))


def test_a_card_that_would_hide_a_number_is_smaller_instead() -> None:
    """As measured: the last step of forward mode, with room above and below the loss for most of the card."""
    size, room = QSizeF(220, 190), QRectF(10, 10, 897, 482)
    own = QRectF(675, 190, 202, 124)
    nodes = [QRectF(41, y, 202, 124) for y in (17, 190, 363)] + [QRectF(358, y, 202, 124) for y in (104, 277)]
    place, share = fitted_card_place(size, own, array(own), array(*nodes), room, 1.24)
    assert not any(place.intersects(node) for node in (own, *nodes))
    assert share in SIZES[1:]
    assert place.size() == size * share


def test_a_card_that_has_room_beside_what_it_tells_of_keeps_its_size() -> None:
    about = QRectF(470, 330, 64, 46)
    place, share = fitted_card_place(SIZE, about, array(about), array(), ROOM)
    assert share == 1.0
    assert place == card_place(SIZE, about, array(about), array(), ROOM)
