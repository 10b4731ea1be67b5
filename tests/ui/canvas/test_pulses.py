"""Pulses on active wires: stamped as they would be painted, anew where something moved."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter, QTransform

from backprop_studio.ui.canvas import pulses
from backprop_studio.ui.canvas.pulses import Pulses
from backprop_studio.ui.canvas.view import CanvasView
from tests.ui.canvas.conftest import product_of_sum, show


def painted(canvas: CanvasView, stamps: Pulses, travelled: float = 0.5, *, backward: bool = False) -> np.ndarray:
    """All wires of the graph as active ones, as grey levels."""
    image = QImage(canvas.size(), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    rows = list(range(len(canvas.scene.geometry.wires)))
    stamps.paint(
        painter, canvas.frame(), canvas.scene, rows, canvas.painter.theme.forward, travelled, backward=backward
    )
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., 0].astype(int)


@pytest.fixture
def stamps(canvas: CanvasView) -> Pulses:
    show(canvas, product_of_sum())
    return Pulses(canvas.painter.theme, canvas.painter.wires)


def test_a_stamped_wire_looks_as_if_it_were_painted(canvas: CanvasView, stamps: Pulses) -> None:
    image = QImage(canvas.size(), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter, frame = QPainter(image), canvas.frame()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setTransform(QTransform(frame.scale, 0, 0, frame.scale, frame.x, frame.y))
    painter.setPen(canvas.painter.wires.pen(frame, canvas.painter.theme.forward, pulses.ACTIVE_WIDTH))
    for row in range(len(canvas.scene.geometry.wires)):
        painter.drawPath(canvas.scene.geometry.path(row))
    painter.end()
    wanted = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., 0].astype(int)
    found = painted(canvas, stamps, 0.0)
    assert np.abs(found - wanted).mean() < 0.5, "but for the rings at the ends"
    assert (found < 255).sum() > 1000


def test_large_wires_are_painted_all_the_same(
    canvas: CanvasView, stamps: Pulses, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamped = painted(canvas, stamps)
    monkeypatch.setattr(pulses, "MOST_AREA", 0)
    direct = painted(canvas, Pulses(canvas.painter.theme, canvas.painter.wires))
    assert np.abs(stamped - direct).max() <= 40


def test_what_moved_is_stamped_anew_and_panning_moves_the_stamps(canvas: CanvasView, stamps: Pulses) -> None:
    before = painted(canvas, stamps)
    assert (painted(canvas, stamps) == before).all()
    canvas.camera.pan(20, 10)
    assert (painted(canvas, stamps)[10:, 20:] == before[:-10, :-20]).all()
    canvas.camera.pan(-20, -10)
    node = next(iter(canvas.session.graph.nodes))
    canvas.session.move_nodes({node: (90.0, 300.0)})
    fresh = painted(canvas, Pulses(canvas.painter.theme, canvas.painter.wires))
    assert (painted(canvas, stamps) == fresh).all()
    assert (fresh != before).any()


def test_pulses_run_the_other_way_backward(canvas: CanvasView, stamps: Pulses) -> None:
    assert (painted(canvas, stamps, 0.2) != painted(canvas, stamps, 0.2, backward=True)).any()


def test_memory_is_bounded(canvas: CanvasView, stamps: Pulses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulses, "MOST_BYTES", 10_000)
    monkeypatch.setattr(pulses, "MOST_DRAWN", 8)
    monkeypatch.setattr(pulses, "MOST_SMALL", 5)
    for step in range(30):
        canvas.set_zoom(1.0 + step / 10)
        painted(canvas, stamps)
    assert len(stamps._small) <= 5
    assert len(stamps._drawn) <= 8
