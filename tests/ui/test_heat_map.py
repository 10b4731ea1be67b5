"""Heat maps: sign by hue, size by strength, one scale rule."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PySide6.QtGui import QColor

from backprop_studio.ui.heat_map import MAX_COLUMNS, MAX_ROWS, cells, image

POSITIVE, NEGATIVE, GROUND, BAD = QColor("#0000ff"), QColor("#ff8000"), QColor("#ffffff"), QColor("#808080")


@settings(max_examples=80, deadline=None)
@given(hnp.arrays(np.float64, hnp.array_shapes(min_dims=0, max_dims=4, max_side=40), elements=st.floats()))
def test_cells_are_few_and_within_one(array: np.ndarray) -> None:
    found = cells(array)
    assert found.ndim == 2
    assert found.shape[0] <= MAX_ROWS
    assert found.shape[1] <= MAX_COLUMNS
    kept = found[~np.isnan(found)]
    assert (np.abs(kept) <= 1.0).all()
    finite = np.isfinite(array)
    if finite.all() and np.abs(array).max(initial=0.0) > 0:
        assert np.abs(found).max() == 1.0


def test_colours_by_sign_and_size() -> None:
    picture = image(np.array([[2.0, -2.0], [1.0, 0.0]]), POSITIVE, NEGATIVE, GROUND, BAD)
    colors = [picture.pixelColor(x, y).name() for y in range(2) for x in range(2)]
    assert colors == ["#0000ff", "#ff8000", "#8080ff", "#ffffff"]


def test_what_is_no_number_has_its_own_colour() -> None:
    picture = image(np.array([np.nan, 1.0, -np.inf]), POSITIVE, NEGATIVE, GROUND, BAD)
    assert [picture.pixelColor(x, 0).name() for x in range(3)] == ["#808080", "#0000ff", "#ff8000"]


def test_blocks_show_their_strongest_entry() -> None:
    array = np.zeros((1, 100))
    array[0, 57] = -5.0
    found = cells(array)
    assert found.shape == (1, MAX_COLUMNS)
    assert (found == -1.0).sum() == 1
    assert (found == 0.0).sum() == MAX_COLUMNS - 1


def test_empty_and_zero_arrays() -> None:
    assert cells(np.zeros((0, 3))).shape == (1, 1)
    assert (cells(np.zeros((2, 3))) == 0.0).all()
