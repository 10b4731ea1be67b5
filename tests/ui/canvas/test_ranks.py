"""The kinds of values, and the colours that tell them apart."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from backprop_studio.document.graph import Wire
from backprop_studio.ui.canvas.ranks import Rank, port_color, wire_color
from backprop_studio.ui.canvas.view import CanvasView
from backprop_studio.ui.theme import DARK, LIGHT, Theme, contrast
from tests.ui.canvas.conftest import Builder, product_of_sum, show


def test_every_kind_of_value_has_its_rank(canvas: CanvasView) -> None:
    built = Builder()
    values = {"a": 2.0, "v": [1.0, 2.0], "m": [[1.0, 2.0], [3.0, 4.0]], "h": [[[1.0]]], "k": [0, 1], "n": 3}
    for number, (name, value) in enumerate(values.items()):
        built.source("input", name, value, 0, number * 100)
    built.op("relu", "r", 300, 0, "m").op("cross_entropy", "L", 600, 0, "r", "k")
    ids = show(canvas, built)
    ranks = canvas.scene.ranks
    assert [ranks.of(ids[name]) for name in values] == [
        Rank.SCALAR, Rank.VECTOR, Rank.MATRIX, Rank.HIGHER, Rank.INTEGER, Rank.SCALAR,
    ]  # fmt: skip
    assert ranks.ports(ids["r"]) == (Rank.MATRIX, Rank.MATRIX)


def test_a_graph_of_numbers_looks_plain(canvas: CanvasView) -> None:
    ids = show(canvas, product_of_sum())
    assert {canvas.scene.ranks.ports(node) for node in ids.values()} == {()}


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_colours_are_legible_and_apart(theme: Theme) -> None:
    ports = [port_color(theme, rank) for rank in Rank]
    assert len({color.name() for color in ports}) == len(Rank)
    assert all(contrast(color, theme.canvas) > 2.4 for color in ports[1:])
    assert all(contrast(wire_color(theme, rank), theme.canvas) > 1.7 for rank in Rank)


def test_the_wire_is_painted_in_its_colour(canvas: CanvasView) -> None:
    built = Builder().source("input", "x", [[1.0, 2.0]], 0, 0).op("relu", "r", 400, 0, "x")
    ids = show(canvas, built)
    QApplication.processEvents()
    at = canvas.wire_point(Wire(ids["x"], ids["r"], 0)).toPoint()
    image = canvas.grab().toImage()
    colors = {image.pixelColor(at.x(), at.y() + dy).name() for dy in (-1, 0, 1)}
    assert wire_color(LIGHT, Rank.MATRIX).name() in colors
