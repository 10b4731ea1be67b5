"""Fingers on a touch screen and on a touchpad, with the events that Qt makes of them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from backprop_studio.ui.canvas.camera import MAX_ZOOM, MIN_ZOOM
from backprop_studio.ui.canvas.touch import HOLD_MILLISECONDS
from backprop_studio.ui.canvas.view import CanvasView
from tests.ui.canvas.conftest import Mouse, product_of_sum, show
from tests.ui.canvas.test_gestures import steps

EMPTY = QPoint(700, 450)


class Fingers:
    """Up to two fingers on a canvas."""

    _device: QPointingDevice | None = None

    def __init__(self, canvas: CanvasView) -> None:
        if Fingers._device is None:
            Fingers._device = QTest.createTouchDevice()
        self._canvas = canvas

    def down(self, *points: QPoint) -> None:
        """Put fingers down."""
        events = QTest.touchEvent(self._canvas, self._device, False)
        for number, point in enumerate(points):
            events.press(number, point, self._canvas)
        events.commit()

    def second(self, first: QPoint, second: QPoint) -> None:
        """Put a second one down beside the first."""
        events = QTest.touchEvent(self._canvas, self._device, False)
        events.stationary(0).press(1, second, self._canvas)
        events.commit()

    def move(self, *points: QPoint) -> None:
        """Move them."""
        events = QTest.touchEvent(self._canvas, self._device, False)
        for number, point in enumerate(points):
            events.move(number, point, self._canvas)
        events.commit()

    def up(self, *points: QPoint) -> None:
        """Lift them."""
        events = QTest.touchEvent(self._canvas, self._device, False)
        for number, point in enumerate(points):
            events.release(number, point, self._canvas)
        events.commit()
        QApplication.processEvents()

    def drag(self, start: QPoint, end: QPoint) -> None:
        """Drag one finger."""
        self.down(start)
        for step in range(1, 6):
            self.move(start + (end - start) * (step / 5))
        self.up(end)

    def tap(self, at: QPoint) -> None:
        """Touch and let go."""
        self.down(at)
        self.up(at)


@pytest.fixture
def fingers(canvas: CanvasView) -> Fingers:
    return Fingers(canvas)


def test_one_finger_on_empty_canvas_pans(canvas: CanvasView, fingers: Fingers) -> None:
    show(canvas, product_of_sum())
    before = canvas.camera.to_scene(QPointF(EMPTY))
    fingers.drag(EMPTY, EMPTY - QPoint(100, 60))
    after = canvas.camera.to_scene(QPointF(EMPTY - QPoint(100, 60)))
    assert (after - before).manhattanLength() < 25, "all but what tells a tap from a drag"
    assert steps(canvas) == 0
    assert not canvas.session.selection


def test_one_finger_on_a_node_moves_it_in_one_step(canvas: CanvasView, fingers: Fingers) -> None:
    ids = show(canvas, product_of_sum())
    start = canvas.node_rect(ids["a"]).center().toPoint()
    fingers.drag(start, start + QPoint(40, 300))
    assert canvas.session.graph.nodes[ids["a"]].position == (40.0, 300.0)
    assert steps(canvas) == 1


def test_one_finger_on_a_port_draws_a_wire(canvas: CanvasView, fingers: Fingers) -> None:
    ids = show(canvas, product_of_sum())
    start, end = canvas.port_point(ids["a"], None), canvas.port_point(ids["L"], 1)
    fingers.drag(start.toPoint(), end.toPoint())
    assert canvas.session.graph.source_of(ids["L"], 1) == ids["a"]


def test_a_tap_selects_and_two_taps_edit(canvas: CanvasView, fingers: Fingers) -> None:
    ids = show(canvas, product_of_sum())
    at = canvas.node_rect(ids["a"]).center().toPoint() + QPoint(0, 15)
    fingers.tap(at)
    assert canvas.session.selection == {ids["a"]}
    assert canvas.editing.editor is None
    fingers.tap(at)
    assert canvas.editing.editor is not None
    canvas.editing.editor.give_up()
    fingers.tap(EMPTY)
    assert not canvas.session.selection


def test_two_fingers_zoom_about_their_middle_and_pan(canvas: CanvasView, fingers: Fingers) -> None:
    show(canvas, product_of_sum())
    middle = QPoint(300, 300)
    fixed = canvas.camera.to_scene(QPointF(middle))
    fingers.down(middle - QPoint(50, 0), middle + QPoint(50, 0))
    fingers.move(middle - QPoint(50, 0), middle + QPoint(50, 0))
    fingers.move(middle - QPoint(100, 0), middle + QPoint(100, 0))
    assert canvas.zoom == pytest.approx(2.0)
    assert (canvas.camera.to_scene(QPointF(middle)) - fixed).manhattanLength() < 2
    shifted = middle + QPoint(40, 20)
    fingers.move(shifted - QPoint(100, 0), shifted + QPoint(100, 0))
    assert canvas.zoom == pytest.approx(2.0)
    assert (canvas.camera.to_scene(QPointF(shifted)) - fixed).manhattanLength() < 2
    fingers.up(shifted - QPoint(100, 0), shifted + QPoint(100, 0))


def test_a_second_finger_ends_what_the_first_began(canvas: CanvasView, fingers: Fingers) -> None:
    ids = show(canvas, product_of_sum())
    before = canvas.session.graph
    start = canvas.node_rect(ids["a"]).center().toPoint()
    fingers.down(start)
    fingers.move(start + QPoint(40, 40))
    assert canvas.pointer.gesture is not None
    fingers.second(start + QPoint(40, 40), EMPTY)
    assert canvas.pointer.gesture is None
    fingers.up(start + QPoint(40, 40), EMPTY)
    assert canvas.session.graph is before


def test_a_finger_held_still_asks_for_the_menu(canvas: CanvasView, fingers: Fingers, qtbot: QtBot) -> None:
    ids = show(canvas, product_of_sum())
    at = canvas.node_rect(ids["a"]).center().toPoint()
    fingers.down(at)
    with qtbot.waitSignal(canvas.context_menu_requested, timeout=10 * HOLD_MILLISECONDS) as asked:
        fingers.move(at + QPoint(2, 1))
    assert asked.args is not None
    assert asked.args[1:] == [ids["a"], None]
    assert canvas.session.selection == {ids["a"]}
    fingers.up(at)
    assert canvas.pointer.gesture is None


def test_what_stands_on_the_canvas_keeps_its_touches(canvas: CanvasView, fingers: Fingers, qtbot: QtBot) -> None:
    show(canvas, product_of_sum())
    button = QPushButton("Play", canvas)
    button.setGeometry(680, 430, 80, 40)
    button.show()
    with qtbot.waitSignal(button.clicked, timeout=2000):
        fingers.tap(EMPTY)


def gesture(canvas: CanvasView, kind: Qt.NativeGestureType, value: float, delta: QPointF) -> None:
    at = QPointF(300, 300)
    device = QPointingDevice.primaryPointingDevice()
    place = QPointF(canvas.mapToGlobal(at.toPoint()))
    QApplication.sendEvent(canvas, QNativeGestureEvent(kind, device, 2, at, at, place, value, delta))


def test_a_touchpad_pans_and_pinches_within_the_limits(canvas: CanvasView) -> None:
    show(canvas, product_of_sum())
    gesture(canvas, Qt.NativeGestureType.PanNativeGesture, 0.0, QPointF(30, -20))
    assert (canvas.camera.x, canvas.camera.y) == (70.0, 20.0)
    for step in (0.5, -0.5):
        for _ in range(40):
            gesture(canvas, Qt.NativeGestureType.ZoomNativeGesture, step, QPointF())
        assert canvas.zoom == (MAX_ZOOM if step > 0 else MIN_ZOOM)
    assert (MIN_ZOOM, MAX_ZOOM) == (0.05, 8.0)


def test_two_fingers_on_a_touchpad_pan(canvas: CanvasView) -> None:
    show(canvas, product_of_sum())
    at = QPointF(300, 300)
    event = QWheelEvent(
        at, QPointF(canvas.mapToGlobal(at.toPoint())), QPoint(12, -8), QPoint(), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.ScrollUpdate, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)
    assert (canvas.camera.x, canvas.camera.y, canvas.zoom) == (52.0, 32.0, 1.0)


@pytest.mark.parametrize("way", ["middle", "space"])
def test_the_middle_button_and_space_pan(canvas: CanvasView, mouse: Mouse, way: str) -> None:
    ids = show(canvas, product_of_sum())
    start = canvas.node_rect(ids["a"]).center()
    button = Qt.MouseButton.MiddleButton if way == "middle" else Qt.MouseButton.LeftButton
    if way == "space":
        QTest.keyPress(canvas, Qt.Key.Key_Space)
    mouse.drag(start, start + QPointF(60, 30), button)
    if way == "space":
        QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert (canvas.camera.x, canvas.camera.y) == (100.0, 70.0)
    assert steps(canvas) == 0
    assert not canvas.session.timeline.is_active


def test_a_touch_that_is_taken_away_leaves_nothing(canvas: CanvasView, fingers: Fingers) -> None:
    ids = show(canvas, product_of_sum())
    before = canvas.session.graph
    start = canvas.node_rect(ids["a"]).center().toPoint()
    fingers.down(start)
    fingers.move(start + QPoint(40, 40))
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.WindowDeactivate))
    canvas.cancel_gesture()
    fingers.up(start + QPoint(40, 40))
    assert canvas.session.graph is before
