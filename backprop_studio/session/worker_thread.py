"""A worker on a thread of its own that always ends before its QThread is destroyed."""

from __future__ import annotations

import sys
import weakref

from PySide6.QtCore import QObject, QThread

from backprop_studio.session.garbage_duty import GarbageDuty

SWITCH_INTERVAL = 0.0001
"""Seconds after which a thread must hand over the interpreter's lock while a worker is busy (Python's default: 0.005).

One painted frame takes the lock some twenty times. With the default a frame of 6 ms took 130 ms beside a busy
worker; with this and a nap now and then it takes 12 ms, for a tenth of the worker's speed.
"""


class Worker(QObject):
    """Does long work in its slots, on the thread it is moved to."""

    def cancel(self) -> None:
        """End the work at hand soon and do none that is still waiting. Called from another thread."""


class WorkerThread:
    """A running thread with one worker.

    It ends with ``end``, else when ``owner`` is collected, else when Python exits: a QThread that is
    destroyed while it runs would abort the process. The owner calls ``begin`` before it hands over work and
    ``rest`` when it hears that this is done; while any worker is busy, threads hand over the
    interpreter's lock sooner.
    """

    _all_busy = 0
    _interval_before = 0.0

    def __init__(self, owner: QObject, worker: Worker, name: str) -> None:
        thread = QThread()
        thread.setObjectName(name)
        worker.moveToThread(thread)
        self._thread, self._worker = thread, worker
        self._duty = GarbageDuty(worker)
        self._busy = [0]
        self._end = weakref.finalize(owner, _end, thread, worker, self._busy)
        thread.start()

    def begin(self) -> None:
        """Work is about to be handed over."""
        self._duty.begin()
        if WorkerThread._all_busy == 0:
            WorkerThread._interval_before = sys.getswitchinterval()
            sys.setswitchinterval(SWITCH_INTERVAL)
        WorkerThread._all_busy += 1
        self._busy[0] += 1

    def rest(self) -> None:
        """Work that was handed over is done."""
        if self._busy[0]:
            _count_down(self._busy, 1)
            if not self._busy[0]:
                self._duty.end()

    def end(self) -> None:
        """Cancel the work, end the thread and wait for it. A second call does nothing."""
        self._end()
        self._duty.end()


def _end(thread: QThread, worker: Worker, busy: list[int]) -> None:
    worker.cancel()
    thread.quit()
    thread.wait()
    _count_down(busy, busy[0])


def _count_down(busy: list[int], count: int) -> None:
    busy[0] -= count
    WorkerThread._all_busy -= count
    if count and WorkerThread._all_busy == 0:
        sys.setswitchinterval(WorkerThread._interval_before)
