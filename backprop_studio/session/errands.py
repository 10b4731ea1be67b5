"""Work that a person asked for and need not wait at: functions run on a thread of their own, one after the other."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot

from backprop_studio.session.worker_thread import Worker, WorkerThread

Take = Callable[[object], None]
"""Is given what a function returned, or the exception that it raised."""


class _Worker(Worker):
    """Runs one function after the other."""

    finished = Signal(int, object)

    def __init__(self) -> None:
        super().__init__()
        self._cancelled = False

    def cancel(self) -> None:
        """Begin no other function."""
        self._cancelled = True

    @Slot(int, object)
    def work(self, number: int, function: Callable[[], object]) -> None:
        """Run a function and tell what it gave."""
        if self._cancelled:
            return
        try:
            self.finished.emit(number, function())
        except Exception as error:
            self.finished.emit(number, error)


class Errands(QObject):
    """Hands functions to a thread, which starts with the first of them, and takes back what they give."""

    _work = Signal(int, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: dict[int, Take] = {}
        self._count = 0
        self._thread: WorkerThread | None = None

    @property
    def is_busy(self) -> bool:
        """Is anything under way?"""
        return bool(self._waiting)

    def run(self, function: Callable[[], object], take: Take) -> None:
        """Run ``function``, which touches nothing of the window, and give ``take`` the outcome on this thread."""
        if self._thread is None:
            worker = _Worker()
            self._work.connect(worker.work, Qt.ConnectionType.QueuedConnection)
            worker.finished.connect(self._take, Qt.ConnectionType.QueuedConnection)
            self._thread = WorkerThread(self, worker, "errands")
        self._count += 1
        self._waiting[self._count] = take
        self._thread.begin()
        self._work.emit(self._count, function)

    def shutdown(self) -> None:
        """End the thread and wait for what it is at; nothing more is taken."""
        self._waiting.clear()
        if self._thread is not None:
            self._thread.end()
            self._thread = None

    @Slot(int, object)
    def _take(self, number: int, outcome: object) -> None:
        if self._thread is not None:
            self._thread.rest()
        take = self._waiting.pop(number, None)
        if take is not None:
            take(outcome)
