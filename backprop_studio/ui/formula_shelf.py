"""Typeset formulas, set on a thread of their own and kept for as long as they are in use."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from PySide6.QtCore import QObject, Qt, Signal, Slot

from backprop_studio.document.typesetting import FormulaError, SetFormula, typeset
from backprop_studio.session.worker_thread import Worker, WorkerThread

MOST_KEPT = 400
"""Formulas kept, the least recently used go first. One takes about 10 kB."""


class FormulaKey(NamedTuple):
    """A formula in a colour ("#rrggbb") with letters of ``size`` pixels."""

    latex: str
    color: str
    size: float


class _Setter(Worker):
    """Sets formulas on the thread it lives on, save those that nobody waits for any more."""

    done = Signal(object, object)
    """The key, and its SetFormula or None where it cannot be set."""

    def __init__(self, wanted: dict[FormulaKey, int]) -> None:
        super().__init__()
        self._wanted = wanted
        self._cancelled = False

    def cancel(self) -> None:
        """Set no more formulas."""
        self._cancelled = True

    @Slot(object)
    def set(self, key: FormulaKey) -> None:
        """Set one formula and report it; report None for one that is no longer wanted or cannot be set."""
        made = None
        if not self._cancelled and key in self._wanted:
            try:
                made = typeset(key.latex, key.color, key.size)
            except FormulaError:
                made = None
        self.done.emit(key, made)


class FormulaShelf(QObject):
    """Hands out formulas that are set, and sets those that are not yet."""

    ready = Signal(object)
    """A key whose formula is there now, or is known to be impossible."""
    _work = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: OrderedDict[FormulaKey, SetFormula | None] = OrderedDict()
        self._wanted: dict[FormulaKey, int] = {}
        """How many wait for each formula."""
        self._asked: set[FormulaKey] = set()
        self._thread: WorkerThread | None = None
        self._is_over = False

    def formula(self, key: FormulaKey) -> SetFormula | None:
        """The formula where it is set; else None, and ``ready`` follows once it is."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        self._wanted[key] = self._wanted.get(key, 0) + 1
        if key not in self._asked and not self._is_over:
            self._asked.add(key)
            self._start().begin()
            self._work.emit(key)
        return None

    @property
    def is_idle(self) -> bool:
        """Is nothing being set?"""
        return not self._asked

    def is_settled(self, key: FormulaKey) -> bool:
        """Is it known whether the formula can be set?"""
        return key in self._kept

    def forget(self, key: FormulaKey) -> None:
        """One that waited for this formula does so no more."""
        if self._wanted.get(key, 0) > 1:
            self._wanted[key] -= 1
        else:
            self._wanted.pop(key, None)

    def shutdown(self) -> None:
        """End the thread and wait for it."""
        self._is_over = True
        if self._thread is not None:
            self._thread.end()
            self._thread = None

    def _start(self) -> WorkerThread:
        if self._thread is None:
            worker = _Setter(self._wanted)
            self._work.connect(worker.set, Qt.ConnectionType.QueuedConnection)
            worker.done.connect(self._take, Qt.ConnectionType.QueuedConnection)
            self._thread = WorkerThread(self, worker, "formulas")
        return self._thread

    @Slot(object, object)
    def _take(self, key: FormulaKey, made: SetFormula | None) -> None:
        if self._thread is not None:
            self._thread.rest()
        self._asked.discard(key)
        if key not in self._wanted:
            return  # asked for again, it is set then
        self._wanted.pop(key)
        self._kept[key] = made
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        self.ready.emit(key)
