"""Zooming, panning, fitting, and where things are said to be."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtWidgets import QApplication

from backprop_studio.document.graph import Wire
from backprop_studio.ui.canvas.camera import MAX_ZOOM, MIN_ZOOM
from backprop_studio.ui.canvas.view import CanvasView
from tests.ui.canvas.conftest import Builder, Mouse, fan_out, product_of_sum, show

NONE = Qt.KeyboardModifier.NoModifier
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
AT = QPointF(300, 200)


def turn(
    canvas: CanvasView,
    *,
    angle: tuple[int, int] = (0, 0),
    pixels: tuple[int, int] = (0, 0),
    modifiers: Qt.KeyboardModifier = NONE,
    phase: Qt.ScrollPhase = Qt.ScrollPhase.NoScrollPhase,
) -> None:
    """Turn the wheel, or scroll by two fingers, at AT."""
    event = QWheelEvent(
        AT, QPointF(canvas.mapToGlobal(AT.toPoint())), QPoint(*pixels), QPoint(*angle), Qt.MouseButton.NoButton,
        modifiers, phase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)


def test_a_notch_of_the_wheel_zooms_at_the_pointer(canvas: CanvasView) -> None:
    show(canvas, product_of_sum())
    told: list[float] = []
    canvas.zoom_changed.connect(told.append)
    fixed = canvas.camera.to_scene(AT)
    turn(canvas, angle=(0, 120))
    assert canvas.zoom == pytest.approx(1.2)
    assert told == [canvas.zoom]
    now = canvas.camera.to_scene(AT)
    assert (now.x(), now.y()) == pytest.approx((fixed.x(), fixed.y()), abs=0.6)
    turn(canvas, angle=(0, -120))
    assert canvas.zoom == pytest.approx(1.0)


def test_control_and_wheel_zoom_on_a_touchpad_too(canvas: CanvasView) -> None:
    show(canvas, product_of_sum())
    turn(canvas, angle=(0, 120), modifiers=CONTROL)
    assert canvas.zoom == pytest.approx(1.2)
    turn(canvas, pixels=(0, -60), modifiers=CONTROL, phase=Qt.ScrollPhase.ScrollUpdate)
    assert canvas.zoom == pytest.approx(1.0)


def test_two_fingers_pan(canvas: CanvasView) -> None:
    show(canvas, product_of_sum())
    turn(canvas, pixels=(15, -40), angle=(30, -80), phase=Qt.ScrollPhase.ScrollUpdate)
    assert (canvas.camera.x, canvas.camera.y, canvas.zoom) == (55, 0, 1.0)


def test_shift_and_wheel_pan_sideways(canvas: CanvasView) -> None:
    show(canvas, product_of_sum())
    turn(canvas, angle=(0, 120), modifiers=SHIFT)
    assert (canvas.camera.x, canvas.camera.y, canvas.zoom) == (100, 40, 1.0)


def test_zoom_stays_within_its_bounds(canvas: CanvasView) -> None:
    show(canvas, product_of_sum())
    for _ in range(60):
        turn(canvas, angle=(0, 120))
    assert canvas.zoom == MAX_ZOOM == 8.0
    canvas.grab()
    for _ in range(80):
        turn(canvas, angle=(0, -120))
    assert canvas.zoom == MIN_ZOOM == 0.05
    canvas.grab()


def test_a_pinch_zooms(canvas: CanvasView) -> None:
    show(canvas, product_of_sum())
    device = QPointingDevice.primaryPointingDevice()
    event = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture, device, 2, AT, AT, QPointF(canvas.mapToGlobal(AT.toPoint())), 0.25,
        QPointF(0, 0),
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)
    assert canvas.zoom == pytest.approx(1.25)


def test_the_middle_button_pans(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    mouse.drag(QPointF(500, 500), QPointF(540, 420), Qt.MouseButton.MiddleButton)
    assert canvas.node_rect(ids["a"]).topLeft() == QPointF(80, -40)
    assert canvas.session.selection == frozenset()


def test_fit_shows_everything_above_the_foot(canvas: CanvasView) -> None:
    ids = show(canvas, product_of_sum())
    canvas.foot = 120.0
    canvas.camera.pan(5000, 0)
    canvas.fit()
    room = QRectF(canvas.rect()).adjusted(15, 15, -15, -135)
    for node in ids.values():
        assert room.contains(canvas.node_rect(node))


def test_fit_does_not_blow_up_a_single_node(canvas: CanvasView) -> None:
    show(canvas, Builder().source("input", "x", 1.0, 900, 900))
    canvas.fit()
    assert canvas.zoom == 1.5


def test_fit_of_nothing_is_the_natural_size(canvas: CanvasView) -> None:
    show(canvas, Builder())
    canvas.set_zoom(3)
    canvas.fit()
    assert canvas.zoom == 1.0


def test_fit_of_a_huge_graph_stops_at_the_smallest_zoom(canvas: CanvasView) -> None:
    built = Builder().source("input", "x", 1.0, -90_000, 0).source("input", "y", 1.0, 90_000, 0)
    show(canvas, built)
    canvas.fit()
    assert canvas.zoom == MIN_ZOOM
    room = QRectF(canvas.rect())
    assert any(room.contains(canvas.node_rect(node)) for node in canvas.scene.geometry.ids), "not on nothing"
    canvas.grab()


def test_zoom_to_selection_centres_it(canvas: CanvasView) -> None:
    ids = show(canvas, fan_out())
    canvas.session.select({ids["L"]})
    canvas.zoom_to_selection()
    centre, middle = canvas.node_rect(ids["L"]).center(), QRectF(canvas.rect()).center()
    assert (centre.x(), centre.y()) == pytest.approx((middle.x(), middle.y()), abs=1)


def test_places_in_the_widget_follow_the_camera(canvas: CanvasView) -> None:
    ids = show(canvas, product_of_sum())
    canvas.set_zoom(0.5, QPointF(40, 40))
    assert canvas.node_rect(ids["d"]) == QRectF(150, 70, 70, 43)
    assert canvas.port_point(ids["d"], None) == QPointF(220, 98)
    wire = Wire(ids["d"], ids["L"], 0)
    middle = (canvas.port_point(ids["d"], None) + canvas.port_point(ids["L"], 0)) / 2
    point = canvas.wire_point(wire)
    assert (point.x(), point.y()) == pytest.approx((middle.x(), middle.y()))


def test_resizing_keeps_the_middle(canvas: CanvasView) -> None:
    show(canvas, product_of_sum())
    before = canvas.centre_of_view()
    canvas.resize(700, 640)
    QApplication.processEvents()
    assert canvas.centre_of_view() == pytest.approx(before, abs=1)


def test_hover_shows_ports_nodes_and_wires(canvas: CanvasView, mouse: Mouse) -> None:
    ids = show(canvas, product_of_sum())
    mouse.move(canvas.port_point(ids["d"], None))
    assert canvas.overlay.hovered_port is not None
    assert canvas.cursor().shape() is Qt.CursorShape.CrossCursor
    mouse.move(canvas.node_rect(ids["d"]).center())
    assert (canvas.overlay.hovered_node, canvas.overlay.hovered_port) == (ids["d"], None)
    wire = Wire(ids["c"], ids["L"], 1)
    mouse.move(canvas.wire_point(wire))
    assert (canvas.overlay.hovered_node, canvas.overlay.hovered_wire) == (None, wire)
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    assert canvas.overlay.hovered_wire is None
