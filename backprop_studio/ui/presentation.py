"""Presentation: the graph alone on the whole screen, as large as it goes, for a room full of people."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from backprop_studio.ui.canvas.camera_move import CameraMove
from backprop_studio.ui.canvas.event_follow import EventFollow
from backprop_studio.ui.canvas.text import NUMBER_SIZE
from backprop_studio.ui.canvas.view import CanvasView
from backprop_studio.ui.fit_keeper import FitKeeper
from backprop_studio.ui.main_window import MainWindow

LARGEST = 3.0
"""A small graph is blown up to this, so that it is read from the last row."""
SMALLEST_TYPE, LARGEST_TYPE, LETTERS = 18, 32, 68
"""Pixels of the type that tells what happens: so large that so many of it fill the width, within these bounds."""


class Presentation(QObject):
    """Hides menus, toolbar, panels and status bar; Esc, or the menu's shortcut once more, brings them back.

    A graph too large to be read as a whole is followed by the camera while its passes are played.
    """

    changed = Signal(int)
    """Pixels of the type that tells what happens, 0 when it is over."""

    def __init__(self, window: MainWindow, canvas: CanvasView, fitting: FitKeeper) -> None:
        super().__init__(window)
        self._window, self._canvas, self._fitting = window, canvas, fitting
        self._layout: QByteArray | None = None
        self._state = window.windowState()
        self._usual = canvas.camera.largest_fit
        self._hidden: list[QWidget] = []
        self._was_moved = False
        """Had somebody moved the view before the canvas changed its size?"""
        self._follow = EventFollow(canvas, CameraMove(canvas), fitting.fit)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._settle)
        self._leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), window)
        self._leave.activated.connect(lambda: self.set_on(False))
        self._leave.setEnabled(False)
        window.actions_table["stop"].enabledChanged.connect(self._follow_passes)
        window.installEventFilter(self)
        canvas.installEventFilter(self)

    @property
    def is_on(self) -> bool:
        """Is it being presented?"""
        return self._layout is not None

    def set_on(self, on: bool) -> None:
        """Present, or go back to the window as it was."""
        if on == self.is_on:
            return
        if on:
            self._begin()
        else:
            self._end()
        self._window.actions_table["present"].setChecked(on)
        self._follow_passes()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc on the canvas; and the layout remembered on closing is that of the window, not of the presentation."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and watched is self._canvas:
            resting = self._canvas.pointer.gesture is None and not self._canvas.session.timeline.is_active
            if self.is_on and resting and event.key() == Qt.Key.Key_Escape:
                self.set_on(False)
                return True
        if watched is self._window and event.type() == QEvent.Type.Close:
            self.set_on(False)
        if watched is self._canvas and event.type() == QEvent.Type.Resize and self.is_on:
            if not self._timer.isActive():
                self._was_moved = self._follow.was_moved  # before the canvas keeps its middle where it was
            self._timer.start(0)  # once the canvas has taken its size
        return super().eventFilter(watched, event)

    def _begin(self) -> None:
        window = self._window
        self._layout, self._state = window.saveState(), window.windowState()
        parts = [window.menuBar(), window.tool_strip, window.statusBar(), *window.docks.values()]
        self._hidden = [part for part in parts if not part.isHidden()]
        for part in self._hidden:
            part.hide()
        window.setWindowState(self._state | Qt.WindowState.WindowFullScreen)
        self._usual, self._canvas.camera.largest_fit = self._canvas.camera.largest_fit, LARGEST
        self._tell_type()
        self._fitting.fit()
        self._follow.set_on(True)
        self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def _end(self) -> None:
        window, layout = self._window, self._layout
        self._layout = None
        self._timer.stop()
        self._follow.set_on(False)
        self.changed.emit(0)
        self._canvas.camera.largest_fit = self._usual
        window.setWindowState(self._state)
        for part in self._hidden:
            part.show()
        self._hidden = []
        if layout is not None:
            window.restoreState(layout)
        if self._canvas.session.graph.nodes:
            self._fitting.fit()

    def _tell_type(self) -> None:
        """Tell how large the type is to be in a window as wide as this one is by now."""
        size = min(max(self._canvas.width() // LETTERS, SMALLEST_TYPE), LARGEST_TYPE)
        self._follow.readable = size / NUMBER_SIZE
        self.changed.emit(size)

    def _settle(self) -> None:
        """The canvas has another size: the graph is fitted to it and followed from there, unless somebody moved it."""
        self._tell_type()
        if not self._was_moved:
            self._fitting.fit()
            self._follow.set_on(True)

    def _follow_passes(self) -> None:
        """While passes are shown, Esc leaves those first."""
        self._leave.setEnabled(self.is_on and not self._window.actions_table["stop"].isEnabled())
