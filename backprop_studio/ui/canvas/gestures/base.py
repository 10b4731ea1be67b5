"""What every gesture can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView


class Gesture:
    """One thing done with the pointer held down, from press to release.

    A gesture that is cancelled leaves everything as it was; one that is finished makes at most one
    undo step. Points are in coordinates of the widget.
    """

    cursor: Qt.CursorShape | None = None

    def __init__(self, canvas: CanvasView) -> None:
        self.canvas = canvas

    def start(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """The pointer was pressed at ``at`` and has begun to move."""

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """The pointer is at ``at`` now."""

    def finish(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """The pointer was released."""

    def cancel(self) -> None:
        """Esc, the window lost the focus, or the graph changed underneath."""
