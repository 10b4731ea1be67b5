"""A worker on a thread of its own that always ends before its QThread is destroyed."""

from __future__ import annotations

import weakref

from PySide6.QtCore import QObject, QThread

from backprop_studio.session.interpreter_share import InterpreterShare


class Worker(QObject):
    """Does long work in its slots, on the thread it is moved to."""

    def cancel(self) -> None:
        """End the work at hand soon and do none that is still waiting. Called from another thread."""


class WorkerThread:
    """A running thread with one worker.

    It ends with ``end``, else when ``owner`` is collected, else when Python exits: a QThread that is
    destroyed while it runs would abort the process. The owner calls ``begin`` before it hands over work and
    ``rest`` when it hears that this is done.
    """

    def __init__(self, owner: QObject, worker: Worker, name: str) -> None:
        thread = QThread()
        thread.setObjectName(name)
        worker.moveToThread(thread)
        self._share = InterpreterShare()
        self._end = weakref.finalize(owner, _end, thread, worker, self._share)
        thread.start()

    def begin(self) -> None:
        """Work is about to be handed over."""
        self._share.begin()

    def rest(self) -> None:
        """Work that was handed over is done, or has been given up."""
        self._share.end()

    def end(self) -> None:
        """Cancel the work, end the thread and wait for it. A second call does nothing."""
        self._end()


def _end(thread: QThread, worker: Worker, share: InterpreterShare) -> None:
    worker.cancel()
    thread.quit()
    thread.wait()
    share.end_all()
