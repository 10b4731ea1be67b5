"""The open windows and what they share; how a window comes to be, in stages.

A window is shown before what fills it is loaded: first the frame, after its first paint NumPy, the
session, the canvas and the panels, and last the plotting library with the training dock.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from backprop_studio.ui.main_window import MainWindow
from backprop_studio.ui.settings import Settings
from backprop_studio.ui.theme import ThemeChoice, ThemeManager

if TYPE_CHECKING:
    from backprop_studio.session.editor_session import EditorSession
    from backprop_studio.ui.crash_guard import CrashGuard
    from backprop_studio.ui.workspace import Workspace

TRAINING_DELAY_MS = 30
"""The plotting library is loaded this long after the canvas was shown, so that its first paint comes before."""


class Program(QObject):
    """The open windows and what they share."""

    def __init__(self, theme: ThemeChoice | None = None, settings: Settings | None = None) -> None:
        super().__init__()
        self.guards = True
        """Are exceptions that nobody catches taken care of, once a window is filled?"""
        self.settings = settings if settings is not None else Settings()
        remembered = self.settings.text("theme", "system", ("light", "dark", "system"))
        self.themes = ThemeManager(theme or remembered)  # type: ignore[arg-type]
        self._guard: CrashGuard | None = None
        self.openings: list[Opening] = []
        """The windows that are open, or about to be."""

    def open_window(self, path: Path | None, then: Callable[[Opening], None] | None = None) -> None:
        """Show a window at once and fill it as soon as it is painted; ``then`` is called when all is there."""
        opening = Opening(self, path, then)
        opening.window.closed_for_good.connect(self._forget)
        self.openings.append(opening)
        opening.window.restore_geometry()
        opening.window.show()

    def close_all(self) -> None:
        """End every window without asking."""
        for opening in list(self.openings):
            opening.close()

    def guard(self) -> None:
        """From now on, take what nobody catches."""
        from backprop_studio.ui.crash_guard import CrashGuard

        if self._guard is None:
            self._guard = CrashGuard(self.save_copies, self)
            self._guard.install()

    def _forget(self, window: MainWindow) -> None:
        """Let go of a window that was closed, and of all that belonged to it."""
        for opening in [opening for opening in self.openings if opening.window is window]:
            self.openings.remove(opening)
            window.deleteLater()
            opening.deleteLater()

    def save_copies(self, folder: Path) -> list[Path]:
        """Write what is open and modified to ``folder``."""
        from backprop_studio.document.file_format import save
        from backprop_studio.ui.crash_guard import recovery_name

        written = []
        for opening in self.openings:
            session = opening.session
            if session is not None and session.graph.nodes and session.is_modified:
                path = folder / recovery_name(session.title)
                save(session.saved_graph, path)
                written.append(path)
        return written


class Opening(QObject):
    """One window from its first paint to its being complete."""

    def __init__(self, program: Program, path: Path | None, then: Callable[[Opening], None] | None) -> None:
        super().__init__(program)
        self._program, self._path, self._then = program, path, then
        self.window = MainWindow(program.themes, program.settings)
        self.session: EditorSession | None = None
        self.workspace: Workspace | None = None
        self.window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Go on when the frame has been painted."""
        if event.type() == QEvent.Type.Paint and watched is self.window:
            self.window.removeEventFilter(self)
            QTimer.singleShot(0, self, self._fill)
        return super().eventFilter(watched, event)

    def close(self) -> None:
        """Close the window without asking."""
        self.window.may_close = lambda: True
        self.window.close()

    def _fill(self) -> None:
        """Load what the frame did without, and put it in. Where that fails there is no program: it ends."""
        try:
            from backprop_studio.session.editor_session import EditorSession
            from backprop_studio.ui.workspace import Workspace

            gc.enable()  # for the session to take over, which collects only where it is safe
            self.session = EditorSession(parent=self)
            self.workspace = Workspace(self.window, self.session, self._program.themes)
        except Exception:
            sys.excepthook(*sys.exc_info())
            QApplication.exit(1)
            return
        if self._program.guards:
            self._program.guard()
        if self._path is not None:
            self.session.open(self._path)
        QTimer.singleShot(TRAINING_DELAY_MS, self, self._complete)

    def _complete(self) -> None:
        """Add what takes longest to load."""
        if self.workspace is None or not self.window.isVisible():
            return
        self.workspace.add_training()
        gc.freeze()  # what is loaded by now stays for good: no collection need look at it again
        if self._then is not None:
            self._then(self)
