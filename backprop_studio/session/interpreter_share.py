"""How a busy worker and the window's thread share one Python interpreter.

Two things of the interpreter's would spoil it. A thread keeps the interpreter's lock for 5 ms, and one painted
frame takes the lock some twenty times. And the collector of cyclic garbage runs on whichever thread happens to
allocate: on a worker it would destroy QObjects that belong to the window's thread, which ends in a crash.
"""

from __future__ import annotations

import gc
import sys
import time

from PySide6.QtCore import QObject, QTimer, Slot

SWITCH_INTERVAL = 0.0001
"""Seconds after which a thread must hand over the lock while a worker is busy (Python's default is 0.005).

With the default a frame painted in 6 ms took 130 ms beside a busy worker; with this and the worker's naps it takes
12 ms, for a tenth of the worker's speed.
"""
_COLLECT_MS = 250
_FULL_COLLECTION_SECONDS = 60.0


class InterpreterShare(QObject):
    """Keeps the interpreter shared for as long as anybody, in the whole process, has a busy worker.

    Lives on the window's thread, where it collects garbage in place of Python's own collector.
    """

    _busy = 0
    _interval_before = 0.0
    _collected_before = True

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mine = 0
        self._full_collection = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(_COLLECT_MS)
        self._timer.timeout.connect(self._collect)

    def begin(self) -> None:
        """A worker is about to be busy."""
        shared = InterpreterShare
        if shared._busy == 0:
            shared._interval_before = sys.getswitchinterval()
            shared._collected_before = gc.isenabled()
            sys.setswitchinterval(SWITCH_INTERVAL)
            gc.disable()
        shared._busy += 1
        if self._mine == 0:
            self._full_collection = time.monotonic() + _FULL_COLLECTION_SECONDS
            self._timer.start()
        self._mine += 1

    def end(self) -> None:
        """A worker has come to rest."""
        if self._mine == 0:
            return
        self._mine -= 1
        if self._mine == 0:
            self._timer.stop()
        shared = InterpreterShare
        shared._busy -= 1
        if shared._busy == 0:
            sys.setswitchinterval(shared._interval_before)
            if shared._collected_before:
                gc.enable()

    def end_all(self) -> None:
        """All workers have ended."""
        while self._mine:
            self.end()

    @Slot()
    def _collect(self) -> None:
        """Collect young garbage, and now and then all of it."""
        if not InterpreterShare._collected_before:
            return
        if time.monotonic() >= self._full_collection:
            self._full_collection = time.monotonic() + _FULL_COLLECTION_SECONDS
            gc.collect()
        elif gc.get_count()[0] > gc.get_threshold()[0]:
            gc.collect(1)
