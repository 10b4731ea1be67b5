"""The door to the window: makes the application and the program, and runs them."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from backprop_studio.ui.theme import ThemeChoice

NAME = "Backprop Studio"


def run_window(paths: Sequence[Path | str] = (), reset_layout: bool = False, theme: ThemeChoice | None = None) -> int:
    """Open a window for each of ``paths`` (one, empty, without any) and run until the last is closed.

    ``theme`` is used in place of the remembered one. Returns the exit status.
    """
    app = make_application()
    from backprop_studio.ui.program import Program

    program = Program(theme)
    if reset_layout:
        program.settings.forget_layout()
    try:
        for path in paths:
            program.open_window(Path(path))
        if not paths:
            program.open_window(None)
        return app.exec()
    finally:
        sys.excepthook = sys.__excepthook__


def smoke_test() -> int:
    """Open a window, play both passes of an example, train ten steps, quit. 0 where all of it worked."""
    app = make_application()
    from tempfile import TemporaryDirectory

    from PySide6.QtCore import QSettings

    from backprop_studio.ui.program import Program
    from backprop_studio.ui.settings import Settings
    from backprop_studio.ui.smoke import SmokeTest

    # A run of its own: nothing remembered is read, nothing is left behind.
    with TemporaryDirectory(prefix="backprop-studio-") as folder:
        store = QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat)
        program = Program("system", Settings(store))
        program.guards = False
        test = SmokeTest(app.exit)
        # An exception anywhere is a failure here, not something to live on with.
        sys.excepthook = test.take_exception
        try:
            program.open_window(None, then=test.begin)
            test.start_clock()
            return app.exec()
        finally:
            sys.excepthook = sys.__excepthook__
            program.close_all()


def make_application() -> QApplication:
    """The one application object, with the program's name and icon."""
    # Nothing that is loaded before the window is shown is garbage: looking for some would cost a tenth of the time.
    gc.disable()  # until the window is complete
    import signal

    from PySide6.QtCore import QCoreApplication
    from PySide6.QtGui import QGuiApplication, QIcon
    from PySide6.QtWidgets import QApplication

    from backprop_studio.resource_files import resource

    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Qt's loop would never let Python see Ctrl+C
    QCoreApplication.setOrganizationName("backprop-studio")
    QCoreApplication.setApplicationName("backprop-studio")
    QGuiApplication.setApplicationDisplayName(NAME)
    QGuiApplication.setDesktopFileName("backprop-studio")
    app = QApplication(sys.argv[:1])
    app.setWindowIcon(QIcon(str(resource("icons/backprop-studio.svg"))))
    if app.platformName() == "offscreen":
        app.aboutToQuit.connect(_empty_clipboard)
    return app


def _empty_clipboard() -> None:
    """Off screen, what is on the clipboard outlives Python, and crashes when it goes."""
    from PySide6.QtGui import QGuiApplication

    QGuiApplication.clipboard().clear()
