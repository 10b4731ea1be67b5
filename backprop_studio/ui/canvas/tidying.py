"""Tidying on a canvas: small levels at once, large ones on a thread while the window goes on; Esc gives it up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent

from backprop_studio.document.edit_checks import refuse
from backprop_studio.document.graph import Graph
from backprop_studio.document.tidying import tidy
from backprop_studio.session.messages import Message
from backprop_studio.session.worker_thread import Worker, WorkerThread

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

MOST_AT_ONCE = 36
"""With more nodes than this the layout takes too long to wait for in the window's thread."""
MOST_UNTOLD = 400
"""With more nodes than this it takes long enough to be told of."""


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be tidied: a graph, the items of it (all of the level for None), the level, and the edit's name."""

    number: int
    graph: Graph
    ids: frozenset[int] | None
    inside: int | None
    text: str


class _GivenUp(Exception):
    """The layout is not wanted any more."""


class _Tidier(Worker):
    """Computes layouts."""

    done = Signal(object, object)
    """The order, and the tidied graph, None where it was given up, or the exception that nobody foresaw."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted = 0
        """The number of the newest order that is still wanted; set from the other thread."""

    def cancel(self) -> None:
        """Give the layout up at its next step."""
        self.wanted = 0

    @Slot(object)
    def work(self, order: _Order) -> None:
        """Lay out what is ordered."""

        def heed() -> None:
            if order.number != self.wanted:
                raise _GivenUp

        try:
            heed()
            self.done.emit(order, tidy(order.graph, order.ids, inside=order.inside, heed=heed))
        except _GivenUp:
            self.done.emit(order, None)
        except Exception as error:
            self.done.emit(order, error)


class Tidying(QObject):
    """Tidies what one canvas shows, as one undo step."""

    _ordered = Signal(object)

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._count = 0
        self._thread: WorkerThread | None = None
        self._worker: _Tidier | None = None
        self.is_busy = False
        """Is a layout being computed on the thread?"""
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.shutdown)

    def run(self, ids: Collection[int] | None, text: str) -> None:
        """Lay out some items, or all of the level that is seen, anew."""
        session = self._canvas.session
        self.give_up()
        self._count += 1
        chosen = None if ids is None else frozenset(ids)
        order = _Order(self._count, session.graph, chosen, session.inside, text)
        if len(session.graph.nodes if chosen is None else chosen) <= MOST_AT_ONCE:
            self._adopt(order, tidy(order.graph, order.ids, inside=order.inside))
            return
        worker = self._start()
        worker.wanted = order.number
        self.is_busy = True
        self._canvas.installEventFilter(self)
        if len(session.graph.nodes) > MOST_UNTOLD:
            session.tell(Message(f"Tidying {len(session.graph.nodes):,} nodes. Esc gives it up.", "info"))
        self._ordered.emit(order)

    def give_up(self) -> None:
        """The layout that is being computed is not wanted any more."""
        if self.is_busy and self._worker is not None:
            self._worker.cancel()
            self._finish()

    @Slot()
    def shutdown(self) -> None:
        """End the thread and wait for it."""
        self.give_up()
        if self._thread is not None:
            self._thread.end()
            self._thread = self._worker = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc on the canvas gives the layout up."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape and self.is_busy:
            if event.type() is QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() is QEvent.Type.KeyPress:
                self.give_up()
                self._canvas.session.tell(Message("Tidying was given up; everything stands where it was.", "info"))
                return True
        return super().eventFilter(watched, event)

    def _start(self) -> _Tidier:
        if self._thread is None or self._worker is None:
            worker = self._worker = _Tidier()
            self._ordered.connect(worker.work, Qt.ConnectionType.QueuedConnection)
            worker.done.connect(self._take, Qt.ConnectionType.QueuedConnection)
            self._thread = WorkerThread(self, worker, "tidy")
        self._thread.begin()
        return self._worker

    @Slot(object, object)
    def _take(self, order: _Order, result: Graph | Exception | None) -> None:
        if self._thread is not None:
            self._thread.rest()
        if order.number != self._count or not self.is_busy:
            return
        self._finish()
        if isinstance(result, Exception):
            raise result
        if result is not None:
            self._adopt(order, result)

    def _adopt(self, order: _Order, tidied: Graph) -> None:
        """Make the tidied graph the one that is edited, where it has not changed meanwhile."""

        def edit(graph: Graph) -> Graph:
            if graph is not order.graph:
                refuse("The graph was changed while it was being tidied, so it was left as it is. Tidy it once more.")
            return tidied

        canvas, before = self._canvas, self._canvas.session.graph
        canvas.glide.run(lambda: canvas.session.edit(edit, order.text))
        if before is not order.graph:
            return
        if len(tidied.nodes) > MOST_UNTOLD:
            canvas.session.tell(Message(f"Tidied {len(tidied.nodes):,} nodes.", "info"))
        drawn = [box for box in canvas.scene.geometry.ids if box >= 0]
        canvas.bring_in(drawn if order.ids is None else [item for item in drawn if item in order.ids])

    def _finish(self) -> None:
        self.is_busy = False
        self._canvas.removeEventFilter(self)
