"""Checks the gradients after edits, while nothing plays or trains; every source on demand, on a thread of its own."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from backprop_studio.document.checking import (
    NOTHING,
    TRAINING,
    UNCHECKED,
    CheckBadge,
    CheckRow,
    badge_of,
    can_check,
    check_source,
    quick_check,
    sources_of,
)
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.evaluation import estimated_work
from backprop_studio.session.worker_thread import Worker, WorkerThread

QUIET_MS = 200
"""How long after an edit the check waits: what was edited is shown first."""
QUICK_WORK = 150_000
"""Estimated work of the passes up to which a check takes less than a millisecond."""


class _Worker(Worker):
    """Checks one source after the other."""

    checked = Signal(int, object)
    """Revision, and a CheckRow, None after the last one, or the exception that nobody foresaw."""

    def __init__(self) -> None:
        super().__init__()
        self.revision = 0
        """What is still wanted; set from the other thread."""
        self._cancelled = False

    def cancel(self) -> None:
        """Begin no other source."""
        self._cancelled = True

    @Slot(int, object)
    def check(self, revision: int, evaluation: Evaluation) -> None:
        """Check the sources of an evaluation as long as that is wanted."""
        try:
            for call in sources_of(evaluation):
                if self._cancelled or revision != self.revision:
                    break
                self.checked.emit(revision, check_source(evaluation, call))
        except Exception as error:
            self.checked.emit(revision, error)
        else:
            self.checked.emit(revision, None)


class GradientChecker(QObject):
    """Knows how the gradients of the session's graph stand."""

    changed = Signal()
    """Badge or rows changed."""
    _work = Signal(int, object)

    def __init__(self, session: EditorSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.badge: CheckBadge = NOTHING
        self.rows: tuple[CheckRow, ...] = ()
        """The sources that were checked on demand, since the last edit."""
        self.is_checking = False
        self._seen: Evaluation | None = None
        self._revision = 0
        self._thread: WorkerThread | None = None
        self._worker: _Worker | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(QUIET_MS)
        self._timer.timeout.connect(self.check_now)
        session.evaluated.connect(self._take_evaluation)
        session.timeline.changed.connect(self._soon)
        session.training.changed.connect(self._training_changed)

    @Slot()
    def check_now(self) -> None:
        """Check the present evaluation along one direction, where that is quick and nothing plays or trains."""
        session, evaluation = self._session, self._session.evaluation
        if self._seen is evaluation or not session.is_evaluated or self._is_busy():
            return
        self._seen = evaluation
        if not can_check(evaluation):
            self._show(NOTHING)
        elif estimated_work(evaluation.program) > QUICK_WORK:
            self._show(UNCHECKED)
        else:
            self._show(quick_check(evaluation))

    @Slot()
    def check_all(self) -> None:
        """Check every source, one after the other; ``changed`` tells of each."""
        evaluation = self._session.flush()
        if not can_check(evaluation):
            return
        self._forget_rows()
        self.is_checking = True
        worker = self._start()
        worker.revision = self._revision
        self._work.emit(self._revision, evaluation)
        self.changed.emit()

    def shutdown(self) -> None:
        """End the thread and wait for it."""
        self._timer.stop()
        self._forget_rows()
        if self._thread is not None:
            self._thread.end()
            self._thread = None

    def _is_busy(self) -> bool:
        return self._session.timeline.is_playing or self._session.training.state == "running"

    @Slot(object)
    def _take_evaluation(self, evaluation: Evaluation) -> None:
        if self.rows or self.is_checking:
            self._forget_rows()
            self.changed.emit()
        self._soon()

    @Slot()
    def _soon(self) -> None:
        if self._seen is not self._session.evaluation:
            self._timer.start()

    @Slot()
    def _training_changed(self) -> None:
        """What was found before training is not shown beside numbers that it has changed."""
        if self._session.training.state != "running":
            self._soon()
        elif self.badge.standing not in ("nothing", "unchecked"):
            self._seen = None
            self._show(TRAINING)

    def _show(self, badge: CheckBadge) -> None:
        if badge != self.badge:
            self.badge = badge
            self.changed.emit()

    def _forget_rows(self) -> None:
        """What is being checked is no longer wanted."""
        self._revision += 1
        self.rows, self.is_checking = (), False
        if self._worker is not None:
            self._worker.revision = self._revision

    def _start(self) -> _Worker:
        if self._thread is None or self._worker is None:
            worker = self._worker = _Worker()
            self._work.connect(worker.check, Qt.ConnectionType.QueuedConnection)
            worker.checked.connect(self._take, Qt.ConnectionType.QueuedConnection)
            self._thread = WorkerThread(self, worker, "gradient check")
        self._thread.begin()
        return self._worker

    @Slot(int, object)
    def _take(self, revision: int, result: CheckRow | Exception | None) -> None:
        is_last = not isinstance(result, CheckRow)
        if is_last and self._thread is not None:
            self._thread.rest()
        if revision != self._revision:
            return
        if isinstance(result, CheckRow):
            self.rows = (*self.rows, result)
        else:
            self.is_checking = False
            if self.rows and result is None:
                self._seen, self.badge = self._session.evaluation, badge_of(self.rows)
        self.changed.emit()
        if isinstance(result, Exception):
            raise result
