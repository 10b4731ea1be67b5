"""Collecting cyclic garbage where it is safe: on the window's thread, between events.

Python's own collector runs on whichever thread happens to allocate, in the middle of whatever that thread does.
On a worker it would destroy QObjects that belong to the window's thread, which crashes. Inside the destructor of
another QObject, which calls back to Python with a lock of Qt's held, it would wait for that lock for ever.
"""

from __future__ import annotations

import gc
import time
import weakref

from PySide6.QtCore import QObject, QTimer, Slot

_COLLECT_MS = 200
_FULL_COLLECTION_SECONDS = 30.0


class GarbageDuty(QObject):
    """From ``begin`` to ``end``, or until its owner is gone, garbage is collected by a timer of the window's thread.

    Python's own collector rests for as long as any duty in the process lasts.
    """

    _on_duty = 0
    _was_enabled = False
    """Is there anything to take over? Where Python's collector was switched off, nobody collects."""

    def __init__(self, owner: QObject) -> None:
        super().__init__()
        self._full_collection = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(_COLLECT_MS)
        self._timer.timeout.connect(self._collect)
        self._finalizer: weakref.finalize | None = None  # type: ignore[type-arg]
        self._owner = weakref.ref(owner)

    def begin(self) -> None:
        """Take over from Python's collector. A second call does nothing."""
        owner = self._owner()
        if owner is None or (self._finalizer is not None and self._finalizer.alive):
            return
        if GarbageDuty._on_duty == 0:
            GarbageDuty._was_enabled = False
        _take_over()
        GarbageDuty._on_duty += 1
        self._finalizer = weakref.finalize(owner, _relieve)
        self._full_collection = time.monotonic() + _FULL_COLLECTION_SECONDS
        self._timer.start()

    def end(self) -> None:
        """Hand back to Python's collector, unless another duty lasts. A second call does nothing."""
        self._timer.stop()
        if self._finalizer is not None:
            self._finalizer()

    @Slot()
    def _collect(self) -> None:
        """Collect young garbage where there may be some, and now and then all of it."""
        _take_over()
        if not GarbageDuty._was_enabled:
            return
        if time.monotonic() >= self._full_collection:
            self._full_collection = time.monotonic() + _FULL_COLLECTION_SECONDS
            gc.collect()
        elif gc.get_count()[0] > gc.get_threshold()[0]:
            gc.collect(1)


def _take_over() -> None:
    """Switch Python's collector off where it is on or was switched on meanwhile, as at the end of a start."""
    if gc.isenabled():
        GarbageDuty._was_enabled = True
        gc.disable()


def _relieve() -> None:
    GarbageDuty._on_duty -= 1
    if GarbageDuty._on_duty == 0 and GarbageDuty._was_enabled:
        gc.collect(1)  # here it is safe; left to the collector, it would come at the next allocation
        gc.enable()
