"""What happens when the program itself fails: nothing is lost, one dialog says so, and the program lives on."""

from __future__ import annotations

import logging
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, QStandardPaths, Qt, QThread, Signal
from PySide6.QtWidgets import QApplication, QMessageBox

from backprop_studio.ui.dialogs import dress

logger = logging.getLogger("backprop_studio")

LOG_NAME = "backprop-studio.log"
_LOG_BYTES = 2**20


def state_folder() -> Path:
    """Where logs and recovery copies lie; made where it is missing."""
    base = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericStateLocation)
    folder = Path(base or Path.home() / ".local" / "state") / "backprop-studio"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class CrashGuard(QObject):
    """Takes what nobody caught: logs it, has recovery copies written, and shows one dialog at a time."""

    _told = Signal(str)

    def __init__(self, save_copies: Callable[[Path], list[Path]], parent: QObject | None = None) -> None:
        """``save_copies`` writes what is open to a folder and returns the files."""
        super().__init__(parent)
        self._save_copies = save_copies
        self._box: QMessageBox | None = None
        self._handling = False
        self._told.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take the place of ``sys.excepthook``."""
        sys.excepthook = self.take

    def uninstall(self) -> None:
        """Put Python's own hook back."""
        sys.excepthook = sys.__excepthook__

    def take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Handle one uncaught exception."""
        if not issubclass(kind, Exception):  # Ctrl+C and sys.exit end the program as ever
            sys.__excepthook__(kind, error, trace)
            QApplication.exit(130 if issubclass(kind, KeyboardInterrupt) else 1)
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        logger.error("uncaught exception\n%s", text)
        print(text, file=sys.stderr, end="")
        if self._handling:
            return
        self._handling = True
        try:
            self._told.emit(self._rescue(text))
        finally:
            self._handling = False

    def _rescue(self, text: str) -> str:
        """Write the log and, on the window's thread, the recovery copies; say where they are."""
        said = []
        try:
            folder = state_folder()
            _append(folder / LOG_NAME, text)
            said.append(f"What happened is written in {folder / LOG_NAME}.")
            if self.thread() is QThread.currentThread():
                copies = self._save_copies(folder)
                if copies:
                    said.append("A copy of your work is in " + ", ".join(str(path) for path in copies) + ".")
        except Exception:
            logger.exception("no recovery copy")
            said.append("No recovery copy could be written: save your work now.")
        return "\n\n".join(said)

    def _show(self, said: str) -> None:
        if self._box is not None:
            return
        box = QMessageBox(QApplication.activeWindow())
        box.setObjectName("crash_dialog")
        box.setWindowTitle("Something went wrong")
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText("Backprop Studio made a mistake. You can go on working.")
        box.setInformativeText(said)
        box.setStandardButtons(QMessageBox.StandardButton.Close)
        dress(box)
        box.finished.connect(self._closed)
        self._box = box
        box.open()

    def _closed(self) -> None:
        box, self._box = self._box, None
        if box is not None:
            box.deleteLater()


def recovery_name(title: str) -> str:
    """A file's name for a recovery copy of a document called ``title``."""
    stem = "".join(char if char.isalnum() else "-" for char in title.removesuffix(".backprop"))[:40].strip("-")
    return f"recovered-{stem or 'graph'}-{time.strftime('%Y%m%d-%H%M%S')}.backprop"


def _append(log: Path, text: str) -> None:
    """Add to the log, which begins anew when it has grown past a megabyte."""
    mode = "w" if log.exists() and log.stat().st_size > _LOG_BYTES else "a"
    with log.open(mode, encoding="utf-8") as file:
        file.write(f"--- {time.strftime('%Y-%m-%d %H:%M:%S')}\n{text}")
