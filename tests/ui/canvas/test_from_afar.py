"""Graphs seen from very far: specks for nodes, and wires in the colours of what has travelled on them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF

from backprop_studio.document.grouping import make_group
from backprop_studio.ui.canvas.frame import VERY_FAR
from backprop_studio.ui.canvas.labels import Kind
from backprop_studio.ui.canvas.sprites import far_fill
from backprop_studio.ui.canvas.view import CanvasView
from backprop_studio.ui.canvas.wire_marks import Carried
from backprop_studio.ui.canvas.wire_times import WireTimes
from backprop_studio.ui.theme import contrast
from tests.ui.canvas.conftest import fan_out, show


def test_wires_are_coloured_from_afar_as_they_are_marked_near_by(canvas: CanvasView) -> None:
    """At every position of both passes, also where wires are drawn as one, and in forward mode."""
    ids = show(canvas, fan_out())
    session, scene = canvas.session, canvas.scene
    for grouped in (False, True):
        if grouped:
            assert session.edit(lambda graph: make_group(graph, [ids["p"], ids["q"]])[0], "Group")
            session.flush()
        timeline = session.timeline
        trace, evaluation = timeline.trace, timeline.evaluation
        assert trace is not None
        assert evaluation is not None
        times = WireTimes(scene, trace, evaluation)
        assert times.holds(scene, trace)
        rows = list(range(len(scene.geometry.wires)))
        seen = set()
        for position in range(1, timeline.length + 1):
            timeline.seek(position)
            scene.marks.forget()
            found = times.by_carried(scene, timeline, rows)
            assert sorted(row for alike in found.values() for row in alike) == rows
            for carried, alike in found.items():
                for row in alike:
                    mark = scene.mark_of(scene.geometry.wires[row])
                    active = any(wire in timeline.active_wires() for wire in scene.geometry.wires_at(row))
                    assert active or (mark.carried if mark is not None else None) == carried, (position, row)
                    seen.add(carried)
        assert {None, Carried.FORWARD, Carried.EARLIER, Carried.BACKWARD} <= seen
        timeline.stop()


def test_specks_have_the_colours_of_their_kinds(canvas: CanvasView) -> None:
    ids = show(canvas, fan_out())
    session = canvas.session
    session.select({ids["p"]})
    canvas.set_zoom(VERY_FAR * 0.9, QPointF(0, 0))
    image, theme = canvas.grab().toImage(), canvas.painter.theme
    for name, kind in (("a", Kind.SOURCE), ("p", Kind.OPERATION), ("L", Kind.LOSS)):
        rect = canvas.node_rect(ids[name])
        if name == "a" and session.graph.nodes[ids["a"]].op_name == "parameter":
            kind = Kind.PARAMETER
        assert image.pixelColor(rect.center().toPoint()) == far_fill(theme, kind), name
    edge = canvas.node_rect(ids["p"]).toAlignedRect()
    assert image.pixelColor(edge.left(), edge.center().y()) == theme.node_selected
    edge = canvas.node_rect(ids["q"]).toAlignedRect()
    assert image.pixelColor(edge.left(), edge.top()) == theme.node_border


@pytest.mark.parametrize("zoom", [0.28, 0.5, 1.0])
def test_wires_at_rest_are_seen_at_every_zoom(canvas: CanvasView, zoom: float) -> None:
    ids = show(canvas, fan_out())
    canvas.set_zoom(zoom, QPointF(0, 0))
    image, theme = canvas.grab().toImage(), canvas.painter.theme
    for wire in canvas.session.graph.wires_from(ids["b"]):
        at = canvas.wire_point(wire).toPoint()
        near = [image.pixelColor(at.x() + dx, at.y() + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
        assert max(contrast(color, theme.canvas) for color in near) > 1.75, wire
