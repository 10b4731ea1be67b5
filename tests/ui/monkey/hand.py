"""The monkey's hand: every event goes through the real window, as the platform would deliver it, and is counted."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPointingDevice,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
NONE = Qt.KeyboardModifier.NoModifier


@cache
def touch_screen() -> QPointingDevice:
    """A screen to put fingers on; Qt knows it as long as the process lives."""
    return QTest.createTouchDevice()


class Hand:
    """Sends events and counts them in ``events``."""

    def __init__(self, window: QWidget) -> None:
        self._handle = window.windowHandle()
        """Where the platform's events arrive. Qt hands on to a popup what is meant for it."""
        self.events = 0

    def _at(self, widget: QWidget, at: QPointF) -> QPoint:
        """The place in the window where events arrive; no platform delivers one outside of it."""
        handle = self._handle
        point = handle.mapFromGlobal(widget.mapToGlobal(at.toPoint()))
        x = min(max(point.x(), 0), handle.width() - 1)
        return QPoint(x, min(max(point.y(), 0), handle.height() - 1))

    def press(self, widget: QWidget, at: QPointF, button: Qt.MouseButton, held: Qt.KeyboardModifier = NONE) -> None:
        """A button goes down."""
        QTest.mousePress(self._handle, button, held, self._at(widget, at))
        self.events += 1

    def release(self, widget: QWidget, at: QPointF, button: Qt.MouseButton, held: Qt.KeyboardModifier = NONE) -> None:
        """A button goes up."""
        QTest.mouseRelease(self._handle, button, held, self._at(widget, at))
        self.events += 1

    def move(
        self,
        widget: QWidget,
        at: QPointF,
        button: Qt.MouseButton = Qt.MouseButton.NoButton,
        held: Qt.KeyboardModifier = NONE,
    ) -> None:
        """The pointer moves. With keys held the event goes to the widget itself: QTest's moves hold none."""
        if held is NONE:
            QTest.mouseMove(self._handle, self._at(widget, at))
        else:
            place = QPointF(widget.mapToGlobal(at.toPoint()))
            moved = QMouseEvent(QEvent.Type.MouseMove, at, place, Qt.MouseButton.NoButton, button, held)
            QApplication.sendEvent(widget, moved)
        self.events += 1

    def click(
        self, widget: QWidget, at: QPointF, button: Qt.MouseButton = LEFT, held: Qt.KeyboardModifier = NONE
    ) -> None:
        """Down and up at the same place, though the press may have done away with the widget."""
        point = self._at(widget, at)
        QTest.mousePress(self._handle, button, held, point)
        QTest.mouseRelease(self._handle, button, held, point)
        self.events += 2

    def double_click(self, widget: QWidget, at: QPointF, held: Qt.KeyboardModifier = NONE) -> None:
        """Twice, quickly."""
        QTest.mouseDClick(self._handle, LEFT, held, self._at(widget, at))
        self.events += 4

    def drag(
        self,
        widget: QWidget,
        way: list[QPointF],
        button: Qt.MouseButton = LEFT,
        held: Qt.KeyboardModifier = NONE,
        *,
        release: bool = True,
    ) -> None:
        """Down at the first point, over the others, up at the last."""
        self.press(widget, way[0], button, held)
        for at in way[1:]:
            self.move(widget, at, button, held)
        if release:
            self.release(widget, way[-1], button, held)

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
        """A key goes down and up, to whatever has the focus; shortcuts are looked at first."""
        QTest.keyClick(self._handle, key, held)
        self.events += 2

    def hold(self, key: Qt.Key, *, down: bool) -> None:
        """A key goes down, or up."""
        (QTest.keyPress if down else QTest.keyRelease)(self._handle, key)
        self.events += 1

    def type(self, text: str) -> None:
        """A text, key by key; what no keyboard has is left out."""
        for letter in text:
            if letter.isascii() and letter.isprintable():
                QTest.keyClick(self._handle, ord(letter))
                self.events += 2

    def wheel(self, widget: QWidget, at: QPointF, turn: QPoint, pixels: QPoint, held: Qt.KeyboardModifier) -> None:
        """A wheel turns, or two fingers move."""
        place = QPointF(widget.mapToGlobal(at.toPoint()))
        event = QWheelEvent(
            at, place, pixels, turn, Qt.MouseButton.NoButton, held, Qt.ScrollPhase.NoScrollPhase, False
        )  # fmt: skip
        QApplication.sendEvent(widget, event)
        self.events += 1

    def pinch(self, widget: QWidget, at: QPointF, amount: float) -> None:
        """Two fingers part on a touchpad."""
        place = QPointF(widget.mapToGlobal(at.toPoint()))
        event = QNativeGestureEvent(
            Qt.NativeGestureType.ZoomNativeGesture, QPointingDevice.primaryPointingDevice(), 2, at, at, place, amount,
            QPointF(),
        )  # fmt: skip
        QApplication.sendEvent(widget, event)
        self.events += 1

    def touch(self, widget: QWidget, *ways: list[QPointF]) -> None:
        """Fingers go down at the first points of their ways, over the others, and up at the last."""
        for number in range(len(ways[0])):
            fingers = QTest.touchEvent(widget, touch_screen(), False)
            for finger, way in enumerate(ways):
                does = fingers.press if number == 0 else fingers.move
                does(finger, way[number].toPoint(), widget)
            fingers.commit()
        fingers = QTest.touchEvent(widget, touch_screen(), False)
        for finger, way in enumerate(ways):
            fingers.release(finger, way[-1].toPoint(), widget)
        fingers.commit()
        self.events += len(ways) * (len(ways[0]) + 1)

    def drop(self, widget: QWidget, way: list[QPointF], data: QMimeData, *, leaves: bool = False) -> None:
        """Something is dragged in over ``widget``, and dropped or carried out again."""
        copy = Qt.DropAction.CopyAction
        enter = QDragEnterEvent(way[0].toPoint(), copy, data, LEFT, NONE)
        enter.ignore()  # as the platform delivers it
        QApplication.sendEvent(widget, enter)
        self.events += 1
        if not enter.isAccepted():
            return
        for at in way[1:]:
            QApplication.sendEvent(widget, QDragMoveEvent(at.toPoint(), copy, data, LEFT, NONE))
        last = QDragLeaveEvent() if leaves else QDropEvent(way[-1], copy, data, LEFT, NONE)
        QApplication.sendEvent(widget, last)
        self.events += len(way)
