"""Colours of nodes and comments leave the text on them legible, and are to be seen."""

from __future__ import annotations

import pytest

from backprop_studio.document import edits
from backprop_studio.document.parts import FRAME_COLORS
from backprop_studio.ui.canvas.colors import shade
from backprop_studio.ui.canvas.sprites import TINT
from backprop_studio.ui.canvas.view import CanvasView
from backprop_studio.ui.theme import THEMES, blend, contrast
from tests.ui.canvas.conftest import product_of_sum, show
from tests.ui.canvas.test_repainting import check


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("color", FRAME_COLORS[1:])
def test_text_on_coloured_nodes_is_legible(name: str, color: str) -> None:
    theme = THEMES[name]
    card = blend(shade(theme, color), theme.node, TINT)
    for ink in (theme.quiet, theme.forward_text, theme.backward_text, theme.update_text, theme.error):
        assert contrast(ink, card) >= 4.5


def test_each_colour_looks_like_no_other(canvas: CanvasView) -> None:
    ids = show(canvas, product_of_sum())
    pictures = []
    for color in FRAME_COLORS:
        canvas.session.edit(lambda graph, chosen=color: edits.recolour(graph, [ids["d"]], chosen), "Colour")  # type: ignore[misc]
        check(canvas)
        pictures.append(canvas.grab().toImage())
    assert all(one != other for number, one in enumerate(pictures) for other in pictures[:number])
    canvas.set_zoom(0.2)
    canvas.grab()
