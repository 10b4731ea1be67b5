"""Evaluation after edits: coalesced, at once where it is cheap, on a thread of its own where it is not."""

from __future__ import annotations

from math import prod

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from backprop_studio.document.compilation import Compilation, compile_graph
from backprop_studio.document.evaluation import Evaluation, evaluate_compilation
from backprop_studio.document.graph import Graph
from backprop_studio.engine.program import Program
from backprop_studio.session.worker_thread import Worker, WorkerThread

INLINE_WORK = 3_000_000
"""Work up to which an evaluation runs on the window's thread: about 10 ms."""
INLINE_NODES = 1_000
"""A graph of more nodes is compiled on the worker's thread too."""
_WORK_PER_CALL = 3_000
"""What a call costs whatever its size, in the unit of one array entry computed."""


def estimated_work(program: Program) -> int:
    """How much one forward and one backward pass cost, in entries computed. Never far too low."""
    work = 0
    for call in program.calls:
        work += prod(call.shape) + _WORK_PER_CALL
        if not (call.op.is_source or call.op.elementwise):
            # A product of matrices costs its inner axis for every entry; a reduction reads all its inputs.
            shapes = [program.calls[source].shape for source in call.inputs]
            work += sum(prod(shape) for shape in shapes)
            work += prod(call.shape) * max((shape[-1] for shape in shapes if shape), default=1)
    return work


class _Worker(Worker):
    """Evaluates on the thread it lives on."""

    done = Signal(int, object)
    """Revision, and its Evaluation or the exception that nobody foresaw."""

    def __init__(self) -> None:
        super().__init__()
        self._cancelled = False

    def cancel(self) -> None:
        """Begin no other evaluation."""
        self._cancelled = True

    @Slot(int, object, object, object, str)
    def evaluate(
        self, revision: int, graph: Graph, compilation: Compilation | None, previous: Evaluation | None, dtype: str
    ) -> None:
        """Evaluate ``graph``, compiling it where that is still to be done, and report it under its revision."""
        if self._cancelled:
            return
        try:
            evaluation = evaluate_compilation(graph, compilation or compile_graph(graph, dtype), previous)
            _ = evaluation.trace, evaluation.notice  # long for a long program; the window wants them at once
        except Exception as error:
            self.done.emit(revision, error)
        else:
            self.done.emit(revision, evaluation)


class Evaluator(QObject):
    """Keeps the evaluation of the newest graph coming; one of an older graph is never reported.

    Requests made before control returns to the event loop are answered once, for the last of them.
    """

    evaluated = Signal(object)
    """An Evaluation of the graph last requested."""
    _work = Signal(int, object, object, object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.dtype = "float64"
        self.inline_work = INLINE_WORK
        self._revision = 0
        self._graph: Graph | None = None
        """The graph that waits for its evaluation, None where none does."""
        self._latest: Evaluation | None = None
        """What was reported last: of it, what an edit did not touch is taken over."""
        self._in_flight = False
        self._thread: WorkerThread | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._start)

    @property
    def is_pending(self) -> bool:
        """True while a requested evaluation has not been reported."""
        return self._graph is not None

    def request(self, graph: Graph) -> None:
        """Evaluate ``graph`` soon; what was requested before is dropped."""
        self._revision += 1
        self._graph = graph
        self._timer.start()

    def flush(self) -> None:
        """Report the evaluation that is pending, if any, before returning."""
        if self._graph is not None:
            self._report(evaluate_compilation(self._graph, compile_graph(self._graph, self.dtype), self._latest))

    def shutdown(self) -> None:
        """Drop what is pending; end the thread and wait for it."""
        self._timer.stop()
        self._graph = None
        self._in_flight = False
        if self._thread is not None:
            self._thread.end()
            self._thread = None

    def _report(self, evaluation: Evaluation) -> None:
        self._revision += 1
        self._graph = None
        self._latest = evaluation
        self._timer.stop()
        self.evaluated.emit(evaluation)

    @Slot()
    def _start(self) -> None:
        """Evaluate here and now, or hand over to the worker; a busy one gets the newest graph when it is done."""
        if self._graph is None or self._in_flight:
            return
        compilation = None
        if len(self._graph.nodes) <= INLINE_NODES:
            compilation = compile_graph(self._graph, self.dtype)
            if estimated_work(compilation.program) <= self.inline_work:
                self._report(evaluate_compilation(self._graph, compilation, self._latest))
                return
        self._start_thread().begin()
        self._in_flight = True
        self._work.emit(self._revision, self._graph, compilation, self._latest, self.dtype)

    def _start_thread(self) -> WorkerThread:
        if self._thread is None:
            worker = _Worker()
            self._work.connect(worker.evaluate, Qt.ConnectionType.QueuedConnection)
            worker.done.connect(self._take, Qt.ConnectionType.QueuedConnection)
            self._thread = WorkerThread(self, worker, "evaluation")
        return self._thread

    @Slot(int, object)
    def _take(self, revision: int, result: Evaluation | Exception) -> None:
        self._in_flight = False
        if self._thread is not None:
            self._thread.rest()
        if revision != self._revision:
            self._start()
        elif isinstance(result, Exception):
            self._graph = None
            raise result
        else:
            self._report(result)
