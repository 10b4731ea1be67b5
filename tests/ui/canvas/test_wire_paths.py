"""Wires as painter paths, one by one and many at once."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_studio.document.graph import Graph
from backprop_studio.exchange.graph_code import parse_graph_code
from backprop_studio.ui.canvas import bezier
from backprop_studio.ui.canvas.frame import VERY_FAR, Frame
from backprop_studio.ui.canvas.geometry import Geometry
from backprop_studio.ui.canvas.wire_paths import AT_ONCE, paths

FAR, NEAR = (Frame(zoom, 0, 0, zoom) for zoom in (VERY_FAR / 2, 1.0))


def chain(count: int) -> Geometry:
    lines = ["x0 = parameter(1.)", *(f"x{at + 1} = sin(x{at})" for at in range(count))]
    graph: Graph = parse_graph_code("\n".join(lines))
    geometry = Geometry()
    geometry.reset(graph)
    return geometry


def test_joined_curves_are_those_that_are_drawn_one_by_one() -> None:
    curves = np.random.default_rng(1).uniform(-1e4, 1e4, (5, 4, 2))
    joined = bezier.joined(curves)
    found = [joined.elementAt(at) for at in range(joined.elementCount())]
    assert len(found) == 20
    for row, curve in enumerate(curves):
        alone = bezier.path(curve)
        for at in range(4):
            expected, element = alone.elementAt(at), found[4 * row + at]
            assert (element.x, element.y, element.type) == (expected.x, expected.y, expected.type)


@pytest.mark.parametrize("count", [0, 1, AT_ONCE + 3])
def test_seen_from_very_far_every_line_is_painted_once(count: int) -> None:
    geometry = chain(count)
    rows = list(range(len(geometry.wires)))
    far, near = list(paths(geometry, FAR, rows)), list(paths(geometry, NEAR, rows))
    assert len(near) == count
    assert len(far) == -(-count // AT_ONCE)
    assert sum(path.elementCount() for path in far) == 4 * count


def test_lines_with_bends_keep_them_from_far() -> None:
    geometry = chain(6)
    geometry.bend(geometry.wires[2], ((50.0, 300.0),))
    far = list(paths(geometry, FAR, list(range(6))))
    assert geometry.path(2) in far
    assert sum(path.elementCount() for path in far) == 4 * 5 + geometry.path(2).elementCount()
