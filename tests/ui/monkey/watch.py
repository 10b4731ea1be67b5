"""Notes whatever goes wrong while the monkey plays: exceptions, Qt's warnings, dialogs that would wait for a person."""

from __future__ import annotations

import sys
import traceback
from types import TracebackType
from typing import Any

from PySide6.QtCore import QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QWidget

HARMLESS = ("This plugin does not support",)
"""What Qt says off screen only."""
LOOK_MS = 100
LOOKS_AT_POPUP = 3
"""A popup that is seen so often runs a loop of its own, as the menu of a button does: no deed ends before it."""


class Fault(AssertionError):
    """Something is broken; the text says what."""


class Watch:
    """Between entering and leaving it every fault is kept in ``faults``."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self._popup: QWidget | None = None
        self._looks = 0
        self._timer = QTimer()
        self._timer.timeout.connect(self._look)

    def __enter__(self) -> Watch:
        self._hooks = sys.excepthook, sys.unraisablehook
        sys.excepthook, sys.unraisablehook = self._caught, self._unraisable
        self._handler = qInstallMessageHandler(self._told)
        self._timer.start(LOOK_MS)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._timer.stop()
        sys.excepthook, sys.unraisablehook = self._hooks
        qInstallMessageHandler(self._handler)

    def check(self) -> None:
        """Raise Fault where there was one since the last time."""
        if self.faults:
            faults, self.faults = self.faults, []
            raise Fault("\n".join(faults))

    def _caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self.faults.append("".join(traceback.format_exception(kind, error, trace)))

    def _unraisable(self, what: Any) -> None:
        self._caught(what.exc_type, what.exc_value, what.exc_traceback)

    def _told(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind is not QtMsgType.QtDebugMsg and not any(harmless in text for harmless in HARMLESS):
            self.faults.append(f"Qt says: {text}\n" + "".join(traceback.format_stack(limit=8)))

    def _look(self) -> None:
        popup = QApplication.activePopupWidget()
        self._looks = self._looks + 1 if popup is self._popup else 0
        self._popup = popup
        if popup is not None and self._looks >= LOOKS_AT_POPUP:
            popup.close()
        dialog = QApplication.activeModalWidget()
        if dialog is not None:
            self.faults.append(f"the dialog {dialog.objectName() or dialog!r} waits for an answer")
            dialog.close()
