"""A worker on a thread of its own that always ends before its QThread is destroyed."""

from __future__ import annotations

import weakref

from PySide6.QtCore import QObject, QThread


class Worker(QObject):
    """Does long work in its slots, on the thread it is moved to."""

    def cancel(self) -> None:
        """End the work at hand soon and do none that is still waiting. Called from another thread."""


class WorkerThread:
    """A running thread with one worker.

    It ends with ``end``, else when ``owner`` is collected, else when Python exits: a QThread that is
    destroyed while it runs would abort the process.
    """

    def __init__(self, owner: QObject, worker: Worker, name: str) -> None:
        thread = QThread()
        thread.setObjectName(name)
        worker.moveToThread(thread)
        self._end = weakref.finalize(owner, _end, thread, worker)
        thread.start()

    def end(self) -> None:
        """Cancel the work, end the thread and wait for it. A second call does nothing."""
        self._end()


def _end(thread: QThread, worker: Worker) -> None:
    worker.cancel()
    thread.quit()
    thread.wait()
