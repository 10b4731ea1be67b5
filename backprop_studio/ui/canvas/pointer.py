"""The pointer on the canvas: what it is over, what a press begins, what a click selects."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QCursor, QMouseEvent
from PySide6.QtWidgets import QApplication

from backprop_studio.document.graph import Wire
from backprop_studio.document.node_size import HEADER_HEIGHT
from backprop_studio.ui.canvas.asking import gradient_at, port_at_number, subject_of
from backprop_studio.ui.canvas.boxes import ENTRY, EXIT, Port
from backprop_studio.ui.canvas.frame import FAR
from backprop_studio.ui.canvas.frame_boxes import note_at
from backprop_studio.ui.canvas.gestures.base import Gesture
from backprop_studio.ui.canvas.gestures.connect import Connect
from backprop_studio.ui.canvas.gestures.move_bend import MoveBend
from backprop_studio.ui.canvas.gestures.move_nodes import MoveNodes
from backprop_studio.ui.canvas.gestures.pan import Pan
from backprop_studio.ui.canvas.gestures.resize_note import ResizeNote
from backprop_studio.ui.canvas.gestures.rubber_band import RubberBand
from backprop_studio.ui.canvas.gestures.slice import Slice
from backprop_studio.ui.canvas.joinability import Joinability, joinability

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

SLACK = 4.0
"""Pixels the pointer may move before a click becomes a gesture."""
PORT_GRIP, WIRE_GRIP = 9.0, 6.0
"""Pixels within which the pointer is on a port or a wire."""

_ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


class Pointer:
    """Tells presses from gestures, and begins, moves and ends these."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas
        self.gesture: Gesture | None = None
        self._waiting: Callable[[], Gesture] | None = None
        """What to begin once the pointer has moved."""
        self._on_click: Callable[[], None] | None = None
        """What to do where the pointer did not move."""
        self.last: QPointF | None = None
        """Where the pointer was seen last, None once it has left."""
        self._corner = False
        """Is the pointer on the corner that resizes a frame or comment?"""
        self._pressed_at = QPointF()
        self._button = Qt.MouseButton.NoButton

    # -- what is under the pointer ----------------------------------------------------------------

    def port_at(self, at: QPointF) -> Port | None:
        """The port under a point of the widget."""
        camera = self._canvas.camera
        if camera.zoom < FAR:  # ports are not painted
            return None
        point = camera.to_scene(at)
        return self._canvas.scene.geometry.port_at(point.x(), point.y(), max(PORT_GRIP / camera.zoom, 8.0))

    def node_at(self, at: QPointF) -> int | None:
        """The node or collapsed group under a point of the widget."""
        point = self._canvas.camera.to_scene(at)
        item = self._canvas.scene.geometry.node_at(point.x(), point.y())
        return None if item in (ENTRY, EXIT) else item

    def wire_at(self, at: QPointF) -> Wire | None:
        """The wire under a point of the widget."""
        camera = self._canvas.camera
        point = camera.to_scene(at)
        return self._canvas.scene.geometry.wire_at(point.x(), point.y(), WIRE_GRIP / camera.zoom)

    def bend_at(self, at: QPointF) -> tuple[Wire, int] | None:
        """The bend under a point of the widget."""
        camera = self._canvas.camera
        point = camera.to_scene(at)
        return self._canvas.scene.geometry.bend_at(point.x(), point.y(), max(WIRE_GRIP / camera.zoom, 6.0))

    def note_at(self, at: QPointF) -> tuple[int, bool] | None:
        """The comment, or frame at its title, under a point of the widget; True for its resizing corner."""
        return note_at(self._canvas.scene, self._canvas.camera.to_scene(at))

    def place(self) -> QPointF | None:
        """Where the pointer is on the widget, over what floats there too; None where it is elsewhere."""
        at = QCursor.pos()
        under = QApplication.widgetAt(at)
        if under is not None and under is not self._canvas and self._canvas.isAncestorOf(under):
            return self._canvas.mapFromGlobal(QPointF(at))
        return self.last

    # -- events -----------------------------------------------------------------------------------

    def press(self, event: QMouseEvent) -> None:
        """A button went down: remember what moving on would begin."""
        canvas, at, button = self._canvas, event.position(), event.button()
        self.last = at
        if self.gesture is not None or self._waiting is not None:
            return  # a second button does not disturb a gesture
        canvas.glide.finish()
        canvas.grouping.just_clicked = False
        self._pressed_at, self._button = at, button
        pans = button is Qt.MouseButton.MiddleButton
        pans = pans or (button is Qt.MouseButton.LeftButton and canvas.keys.space_held)
        if pans:
            canvas.keys.space_used = True
            self._begin(Pan(canvas), at, event.modifiers())
        elif button is Qt.MouseButton.LeftButton:
            self._press_left(at, event.modifiers())
        elif button is Qt.MouseButton.RightButton and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._waiting = lambda: Slice(canvas)

    def move(self, event: QMouseEvent) -> None:
        """The pointer moved."""
        self.last = at = event.position()
        if self._waiting is not None:
            if (at - self._pressed_at).manhattanLength() < SLACK:
                return
            begin, self._waiting, self._on_click = self._waiting, None, None
            self._begin(begin(), self._pressed_at, event.modifiers())
        if self.gesture is not None:
            self.gesture.move(at, event.modifiers())
        elif not event.buttons():
            self._hover(at)

    def release(self, event: QMouseEvent) -> None:
        """A button went up: end the gesture, or click."""
        if event.button() is not self._button:
            return
        self._button = Qt.MouseButton.NoButton
        clicked, self._on_click, self._waiting = self._on_click, None, None
        if self.gesture is not None:
            gesture, self.gesture = self.gesture, None
            self._canvas.overlay.end_gesture()
            gesture.finish(event.position(), event.modifiers())
            self._canvas.overlay.end_gesture()
            self._hover(event.position())
            self._canvas.update()
        elif clicked is not None:
            clicked()

    def double_click(self, event: QMouseEvent) -> None:
        """Edit a name at the header of a node, a value below it."""
        at = event.position()
        if event.button() is not Qt.MouseButton.LeftButton or self.port_at(at) is not None:
            self.press(event)
            return
        node = self.node_at(at)
        if self._canvas.grouping.just_clicked:
            return  # the first click opened or collapsed a group, and something else may be here by now
        if node is not None and node in self._canvas.scene.graph.groups:
            self._canvas.grouping.double_click(node, at)
            return
        if node is None:
            if self.wire_at(at) is not None:
                self._canvas.wire_work.toggle_dot(at)
            elif (note := self.note_at(at)) is not None:
                self._canvas.framing.edit(note[0])
            elif (group := self._canvas.grouping.title_at(at)) is not None:
                self._canvas.grouping.toggle(group)
            elif not event.modifiers():
                self._canvas.quick_add.open(at)
            else:
                self.press(event)
            return
        below = (at.y() - self._canvas.node_rect(node).top()) / self._canvas.zoom
        if below < HEADER_HEIGHT:
            self._canvas.edit_name(node)
        else:
            self._canvas.edit_value(node)

    def context_menu(self, event: QContextMenuEvent) -> None:
        """Select what is under the pointer and ask for its menu; not while a gesture goes on."""
        session = self._canvas.session
        slices = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if self.gesture is not None or (slices and event.reason() is QContextMenuEvent.Reason.Mouse):
            return
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            shown = session.selected_items & self._canvas.scene.geometry.node_row.keys()
            node = next(iter(shown)) if len(shown) == 1 else None
            at = self._canvas.node_rect(node).center().toPoint() if node is not None else self._canvas.rect().center()
            self._canvas.context_menu_requested.emit(self._canvas.mapToGlobal(at), node, session.selected_wire)
            return
        at_point = QPointF(event.pos())
        node = self.node_at(at_point)
        wire = self.wire_at(at_point) if node is None else None
        found = self.note_at(at_point) if node is None and wire is None else None
        item = node if found is None else found[0]
        if item is None and wire is None:
            item = self._canvas.grouping.title_at(at_point)
        if item is not None and item not in session.selected_items:
            session.select({item})
        elif wire is not None:
            session.select((), wire)
        self._canvas.context_menu_requested.emit(event.globalPos(), item, wire)

    def cancel(self) -> bool:
        """Leave the gesture. True where there was one."""
        self._waiting = self._on_click = None
        if self.gesture is None:
            return False
        gesture, self.gesture = self.gesture, None
        gesture.cancel()
        self._canvas.overlay.end_gesture()
        self.show_cursor()
        self._canvas.update()
        return True

    def leave(self) -> None:
        """The pointer is elsewhere; in a menu over the canvas, what is chosen there is meant for where it was."""
        if QApplication.activePopupWidget() is None:
            self.last = None
        self.forget_hover()

    def forget_hover(self) -> None:
        """Nothing is under the pointer."""
        self._corner = False
        self._show_hover(None, None, None)

    def show_cursor(self) -> None:
        """Show the cursor of the gesture, or of what is under the pointer."""
        if self.gesture is not None and self.gesture.cursor is not None:
            self._canvas.setCursor(self.gesture.cursor)
        elif self._canvas.keys.space_held:
            self._canvas.setCursor(Qt.CursorShape.OpenHandCursor)
        elif self._canvas.overlay.hovered_port is not None:
            self._canvas.setCursor(Qt.CursorShape.CrossCursor)
        elif self._corner:
            self._canvas.setCursor(ResizeNote.cursor)
        else:
            self._canvas.unsetCursor()

    # -- inside -----------------------------------------------------------------------------------

    def _press_left(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        canvas, session = self._canvas, self._canvas.session
        port = self.port_at(at)
        if port is not None:
            self._waiting = lambda: Connect(canvas, port)
            return
        group = canvas.grouping.triangle_at(at)
        if group is not None:
            self._press_item(group, modifiers)
            self._on_click = lambda: canvas.grouping.click_triangle(group)
            return
        node = self.node_at(at)
        if node is not None:
            self._press_item(node, modifiers)
            if not modifiers & _ADDING and gradient_at(canvas, at) == node:
                self._on_click = lambda: self._ask(node)
            port = port_at_number(canvas, at) if not modifiers & _ADDING else None
            subject = subject_of(canvas.scene, port) if port is not None else None
            if subject is not None:
                self._on_click = lambda: self._ask(subject)
            return
        wire, bend = self.wire_at(at), self.bend_at(at)
        self._waiting = lambda: RubberBand(canvas) if bend is None else MoveBend(canvas, *bend)
        note = self.note_at(at) if wire is None and bend is None else None
        if note is not None:
            self._press_item(note[0], modifiers)
            self._waiting = (lambda: ResizeNote(canvas, note[0])) if note[1] else self._waiting
        elif wire is not None:
            self._on_click = lambda: session.select((), wire)
        elif bend is None and (group := canvas.grouping.title_at(at)) is not None:
            self._press_item(group, modifiers)
        elif not modifiers & _ADDING:
            self._on_click = session.clear_selection

    def _ask(self, subject: int | Wire) -> None:
        """Select a node or a wire alone and ask why its gradient is what it is."""
        if isinstance(subject, Wire):
            self._canvas.session.select((), subject)
        else:
            self._canvas.session.select({subject})
        self._canvas.gradient_clicked.emit()

    def _press_item(self, item: int, modifiers: Qt.KeyboardModifier) -> None:
        """Select a node, frame or comment as the modifiers say; moving on drags the selection."""
        canvas, session = self._canvas, self._canvas.session
        selected = item in session.selected_items
        if modifiers & _ADDING:
            if selected:
                self._on_click = lambda: session.select(session.selected_items - {item})
            else:
                session.select(session.selected_items | {item})
        elif selected:
            self._on_click = lambda: session.select({item})
        else:
            session.select({item})
        self._waiting = lambda: MoveNodes(canvas, item, modifiers)

    def _begin(self, gesture: Gesture, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self.forget_hover()
        self.gesture = gesture
        gesture.start(at, modifiers)
        self.show_cursor()

    def _hover(self, at: QPointF) -> None:
        port = self.port_at(at)
        node = self.node_at(at) if port is None else None
        wire = self.wire_at(at) if port is None and node is None else None
        note = self.note_at(at) if port is None and node is None and wire is None else None
        self._corner = note is not None and note[1]
        self._show_hover(node, port, wire)

    def _show_hover(self, node: int | None, port: Port | None, wire: Wire | None) -> None:
        overlay = self._canvas.overlay
        if (overlay.hovered_node, overlay.hovered_port, overlay.hovered_wire) != (node, port, wire):
            overlay.hovered_node, overlay.hovered_port, overlay.hovered_wire = node, port, wire
            overlay.joinable = joinability(self._canvas, port) if port is not None else Joinability()
            self._canvas.update()
        self.show_cursor()
