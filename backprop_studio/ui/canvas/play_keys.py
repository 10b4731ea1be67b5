"""The keys that move the timeline while the canvas has the focus and the passes are shown."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from backprop_studio.session.timeline import Timeline


def press(timeline: Timeline, event: QKeyEvent) -> bool:
    """Left and Right go one step back and on, Home and End to the ends. False where nothing is played, or for others.

    While the passes are shown, arrows move no nodes: a person who steps does not want to edit. With Shift they do.
    """
    if not timeline.is_active or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
        return False
    moves = {
        Qt.Key.Key_Left: timeline.step_back,
        Qt.Key.Key_Right: timeline.step_forward,
        Qt.Key.Key_Home: timeline.to_start,
        Qt.Key.Key_End: timeline.to_end,
    }
    move = moves.get(Qt.Key(event.key()))
    if move is not None:
        move()
    return move is not None
