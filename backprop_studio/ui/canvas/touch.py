"""Fingers on the canvas: one works like the mouse, and pans where nothing is under it; two pan and zoom."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Slot
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QMouseEvent, QTouchEvent

from backprop_studio.ui.canvas.pointer import SLACK

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

HOLD_MILLISECONDS = 600
"""A finger held still so long asks for the menu."""
FINGER_SLACK = 3 * SLACK
"""Pixels by which a finger that is held still may waver."""
TOUCHES = (QEvent.Type.TouchBegin, QEvent.Type.TouchUpdate, QEvent.Type.TouchEnd, QEvent.Type.TouchCancel)


class Touch(QObject):
    """Turns what fingers do into what the pointer and the camera do."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._doing = ""
        """"" for nothing, "wait" before a finger has moved, then "mouse", "pan", "pinch" or "done"."""
        self._start = self._last = QPointF()
        self._spread = 1.0
        """Distance of two fingers."""
        self._tapped: tuple[int, QPointF] | None = None
        """When and where the last tap was, in the events' milliseconds."""
        self._hold = QTimer(self)
        self._hold.setSingleShot(True)
        self._hold.setInterval(HOLD_MILLISECONDS)
        self._hold.timeout.connect(self._held)

    def take(self, event: QEvent) -> bool:
        """Take a touch of the canvas itself. What touches a child of it is left to become a mouse event."""
        if not isinstance(event, QTouchEvent):
            return False
        points = [point.position() for point in event.points()]
        if event.type() == QEvent.Type.TouchCancel:
            self._end(cancel=True)
        elif event.type() == QEvent.Type.TouchBegin:
            if self._canvas.childAt(points[0].toPoint()) is not None:
                event.ignore()
                return False
            self._begin(points)
        elif event.type() == QEvent.Type.TouchUpdate:
            self._move(points)
        elif event.type() == QEvent.Type.TouchEnd:
            self._last = points[0] if self._doing != "pinch" else self._last
            self._tap(event.timestamp()) if self._doing == "wait" else self._end(cancel=False)
        event.accept()
        return True

    def _begin(self, points: list[QPointF]) -> None:
        self._canvas.setFocus(Qt.FocusReason.MouseFocusReason)
        self._doing, self._start, self._last = "wait", points[0], points[0]
        if len(points) > 1:
            self._pinch(points)
        else:
            self._hold.start()

    def _move(self, points: list[QPointF]) -> None:
        if len(points) > 1:
            self._pinch(points)
            return
        at = points[0]
        if self._doing == "wait" and (at - self._start).manhattanLength() >= FINGER_SLACK:
            self._hold.stop()
            self._doing = "mouse" if self._is_over_something() else "pan"
            if self._doing == "mouse":
                self._mouse(QEvent.Type.MouseButtonPress, self._start)
        if self._doing == "mouse":
            self._mouse(QEvent.Type.MouseMove, at)
        elif self._doing == "pan":
            self._pan(at - self._last)
        self._last = at

    def _pinch(self, points: list[QPointF]) -> None:
        """Two fingers: what lies between them stays between them."""
        first, second = points[:2]
        middle, spread = (first + second) / 2, max(math.hypot(*(second - first).toTuple()), 1.0)
        if self._doing == "pinch":
            self._canvas.zoom_by(spread / self._spread, self._last)
            self._pan(middle - self._last)
        else:
            self._hold.stop()
            self._canvas.pointer.cancel()
            self._canvas.glide.finish()
            self._doing = "pinch"
        self._last, self._spread = middle, spread

    def _tap(self, now: int) -> None:
        """A finger came and went: a click, or with the tap before it a double click."""
        self._hold.stop()
        at, before, self._doing = self._start, self._tapped, ""
        quick = QGuiApplication.styleHints().mouseDoubleClickInterval()
        if before is not None and now - before[0] <= quick and (before[1] - at).manhattanLength() < 2 * FINGER_SLACK:
            self._tapped = None
            self._mouse(QEvent.Type.MouseButtonDblClick, at)
        else:
            self._tapped = now, at
            self._mouse(QEvent.Type.MouseButtonPress, at)
        self._mouse(QEvent.Type.MouseButtonRelease, at)

    def _end(self, *, cancel: bool) -> None:
        self._hold.stop()
        doing, self._doing = self._doing, ""
        if doing == "mouse" and cancel:
            self._canvas.pointer.cancel()
        elif doing == "mouse":
            self._mouse(QEvent.Type.MouseButtonRelease, self._last)

    @Slot()
    def _held(self) -> None:
        """Ask for the menu of what is under the finger."""
        if self._doing != "wait":
            return
        self._doing = "done"
        at = self._start.toPoint()
        reason, none = QContextMenuEvent.Reason.Mouse, Qt.KeyboardModifier.NoModifier
        self._canvas.pointer.context_menu(QContextMenuEvent(reason, at, self._canvas.mapToGlobal(at), none))

    def _is_over_something(self) -> bool:
        pointer, at = self._canvas.pointer, self._start
        found = (pointer.port_at(at), pointer.node_at(at), pointer.bend_at(at), pointer.note_at(at))
        return any(each is not None for each in found)

    def _pan(self, by: QPointF) -> None:
        self._canvas.camera.pan(by.x(), by.y())
        self._canvas.camera_moved()

    def _mouse(self, kind: QEvent.Type, at: QPointF) -> None:
        """Do with the finger what the left button does."""
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        button = none if kind == QEvent.Type.MouseMove else left
        held = none if kind == QEvent.Type.MouseButtonRelease else left
        event = QMouseEvent(
            kind, at, QPointF(self._canvas.mapToGlobal(at)), button, held, Qt.KeyboardModifier.NoModifier
        )
        canvas = self._canvas
        {
            QEvent.Type.MouseButtonPress: canvas.mousePressEvent,
            QEvent.Type.MouseMove: canvas.mouseMoveEvent,
            QEvent.Type.MouseButtonRelease: canvas.mouseReleaseEvent,
            QEvent.Type.MouseButtonDblClick: canvas.mouseDoubleClickEvent,
        }[kind](event)
