"""The keyboard on the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from backprop_studio.ui.canvas import play_keys
from backprop_studio.ui.canvas.arrow_move import ArrowMove
from backprop_studio.ui.canvas.keyboard_wire import KeyboardWire, walk

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

PAN_STEP = 40.0
TAP_MILLISECONDS = 350
"""Space held longer than this was held to drag, and does nothing more when it is let go."""
REPEAT_MILLISECONDS = 5
"""A press this soon after a release is the same hold: X11's repeats do not always say that they are."""

_ARROWS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}
_TABS = {Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}


class Keys:
    """Delete, arrows, Enter, Esc, Tab, Space and letters. An arrow held down moves on and is one undo step in all."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas
        self.space_held = False
        self.space_used = False
        """Something was dragged while Space was held, so that letting go of it does nothing more."""
        self._space_from = 0
        self._space_to: int | None = None
        self._space_was_used = False
        """When the last hold of Space began and ended, in the events' milliseconds, and whether it dragged."""
        self._moving = ArrowMove(canvas)
        self.wire = KeyboardWire(canvas)

    def overrides(self, event: QEvent) -> bool:
        """Does the canvas want a key before any shortcut gets it?"""
        if not isinstance(event, QKeyEvent):
            return False
        if self.wire.wants(event):
            return True
        busy = self._canvas.pointer.gesture is not None or self._moving.is_active
        return event.key() == Qt.Key.Key_Escape and busy

    def press(self, event: QKeyEvent) -> bool:
        """A key went down. False where the canvas has no use for it."""
        key, modifiers = event.key(), event.modifiers()
        canvas = self._canvas
        if self.wire.is_active and self.wire.press(event):
            return True
        if canvas.pointer.gesture is None and play_keys.press(canvas.session.timeline, event):
            return True
        if key == Qt.Key.Key_Space and not modifiers:
            if not event.isAutoRepeat():
                self._press_space(event.timestamp())
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and not modifiers:
            if not canvas.session.delete_selection() and key == Qt.Key.Key_Backspace:
                canvas.session.leave()
        elif key == Qt.Key.Key_Escape:
            self._escape()
        elif key in _ARROWS and not modifiers & ~(
            Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
        ):
            self._arrow(Qt.Key(key), bool(modifiers & Qt.KeyboardModifier.ShiftModifier))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not modifiers & ~Qt.KeyboardModifier.KeypadModifier:
            return self._enter()
        elif key in _TABS and not modifiers & ~Qt.KeyboardModifier.ShiftModifier:
            return self._tab(_TABS[Qt.Key(key)])
        else:
            return self._begin_typing(event)
        return True

    def release(self, event: QKeyEvent) -> bool:
        """A key went up."""
        if event.isAutoRepeat():
            return False
        if event.key() == Qt.Key.Key_Space and self.space_held:
            tapped = not self.space_used and event.timestamp() - self._space_from <= TAP_MILLISECONDS
            self._space_to, self._space_was_used = event.timestamp(), self.space_used
            self.forget_space()
            if tapped:
                self._tap_space()
            return True
        if event.key() in _ARROWS and self._moving.is_active:
            self.finish()
            return True
        return False

    def _press_space(self, now: int) -> None:
        """Space is held: anew, or still where the system repeats it as releases and presses."""
        goes_on = self._space_to is not None and 0 <= now - self._space_to <= REPEAT_MILLISECONDS
        self.space_held, self.space_used = True, goes_on and self._space_was_used
        if not goes_on:
            self._space_from = now
        self._canvas.pointer.show_cursor()

    def _tap_space(self) -> None:
        """Space was struck: pause the passes that are shown, or go on with them; else open quick-add."""
        timeline = self._canvas.session.timeline
        if timeline.is_active:
            timeline.toggle()
        elif self._canvas.pointer.gesture is None:
            self._canvas.quick_add.open()

    def _tab(self, by: int) -> bool:
        """From a selected node to the next or the one before. With none, Tab opens quick-add; Shift+Tab leaves."""
        canvas = self._canvas
        if canvas.pointer.gesture is not None:
            return True
        if canvas.session.selected_items & canvas.scene.geometry.node_row.keys():
            return walk(canvas, by)
        if by > 0:
            canvas.quick_add.open()
        return by > 0

    def _begin_typing(self, event: QKeyEvent) -> bool:
        """N and W go and draw; a character of an operation, number or formula opens quick-add."""
        text, modifiers = event.text(), event.modifiers()
        held = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
        if self._canvas.pointer.gesture is not None:
            return False
        if event.key() == Qt.Key.Key_N and not modifiers & ~held and walk(self._canvas, -1 if modifiers else 1):
            return True
        if event.key() == Qt.Key.Key_W and not modifiers and self.wire.begin():
            return True
        altgr = Qt.KeyboardModifier.GroupSwitchModifier
        if len(text) != 1 or not text.isprintable() or text.isspace() or modifiers & ~(held | altgr):
            return False
        self._canvas.quick_add.open(text=text)
        return True

    def forget_space(self) -> None:
        """Space is not held, or no longer here."""
        self.space_held = self.space_used = False
        self._canvas.pointer.show_cursor()

    def finish(self) -> None:
        """Keep what the arrows moved, as one undo step; draw no wire any more."""
        self.wire.cancel()
        self._moving.finish()

    def _escape(self) -> None:
        canvas = self._canvas
        if self._moving.is_active:
            self._moving.cancel()
        elif canvas.pointer.cancel():
            pass
        elif canvas.session.timeline.is_active:
            canvas.session.timeline.stop()
        else:
            canvas.session.clear_selection()

    def _arrow(self, key: Qt.Key, fine: bool) -> None:
        canvas = self._canvas
        right, down = _ARROWS[key]
        if not canvas.session.selected_items:
            canvas.camera.pan(-right * PAN_STEP, -down * PAN_STEP)
            canvas.camera_moved()
            return
        if canvas.pointer.gesture is None:
            self._moving.step(right, down, fine=fine)

    def _enter(self) -> bool:
        """Edit a selected source's value, or the text of a frame or comment; enter a selected group."""
        session = self._canvas.session
        if len(session.selected_items) != 1:
            return False
        [item] = session.selected_items
        if item in session.selected_notes:
            self._canvas.framing.edit(item)
            return True
        if item in session.selected_groups:
            session.enter(item)
            return True
        return self._canvas.edit_value(item)
