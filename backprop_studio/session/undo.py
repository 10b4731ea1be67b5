"""The one undo command, and the limit on what the undo history may hold in memory."""

from __future__ import annotations

import weakref
from typing import Protocol

from PySide6.QtCore import Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from backprop_studio.document.graph import Graph

HISTORY_BYTES = 256 * 2**20
"""Most memory the undo history may hold before the oldest steps are forgotten."""
_BYTES_PER_ENTRY = 120
"""What one node or wire costs in a graph's mapping, the shared node itself left out."""
_PARTS = ("sources", "outputs", "bends", "frames", "comments", "groups")
"""What a graph holds in mappings besides its nodes."""


class Shower(Protocol):
    """Whoever shows a graph."""

    def _show(self, graph: Graph) -> None: ...


class EditCommand(QUndoCommand):
    """The way from one graph to another. The only thing ever pushed on the undo stack.

    ``cost`` is the memory in bytes that ``after`` needs beyond what it shares with ``before``.
    """

    def __init__(self, session: Shower, before: Graph, after: Graph, text: str) -> None:
        super().__init__(text)
        self.session = weakref.ref(session)
        self.before = before
        self.after = after
        self.cost = _cost(before, after)
        self.shows = True
        """False while others are done or undone right after it, or where its graph is shown already."""

    def redo(self) -> None:
        """Show the graph after the edit."""
        self._show(self.after)

    def undo(self) -> None:
        """Show the graph before the edit."""
        self._show(self.before)

    def _show(self, graph: Graph) -> None:
        session = self.session()
        if session is not None and self.shows:
            session._show(graph)


def _cost(before: Graph, after: Graph) -> int:
    """Bytes that ``after`` holds and ``before`` does not."""
    cost = 0
    if after.nodes is not before.nodes:
        cost += _BYTES_PER_ENTRY * len(after.nodes)
        for identifier, node in after.nodes.items():
            previous = before.nodes.get(identifier)
            if previous is node:
                continue
            if previous is None or previous.state is not node.state:
                cost += sum(value.array.nbytes for value in node.state.values())
            for output, value in enumerate(node.values):
                if value is not None and (previous is None or previous.values[output] is not value):
                    cost += value.array.nbytes
    for part in _PARTS:
        held = getattr(after, part)
        if held is not getattr(before, part):
            cost += _BYTES_PER_ENTRY * len(held)
    for identifier, comment in after.comments.items() if after.comments is not before.comments else ():
        if before.comments.get(identifier) is not comment:
            cost += len(comment.text.encode())
    return cost


class UndoStack(QUndoStack):
    """An undo stack whose size is limited by memory, not by a count. It lives as long as its ``owner``.

    It outlives any round of garbage collection that takes its owner: were stack and commands collected in one
    round, Python could delete commands that the stack, in C++, would then delete again.
    """

    stepping = Signal()
    """About to undo or redo: whatever is not on the stack yet is put there now."""

    def __init__(self, owner: object, limit: int = HISTORY_BYTES) -> None:
        super().__init__()
        self.limit = limit
        self.forgotten = 0
        """How many steps were forgotten for lack of memory since the history began."""
        self._commands: list[EditCommand] = []
        weakref.finalize(owner, _empty, self)  # refers to the stack, so that it is never garbage before its owner

    @property
    def cost(self) -> int:
        """Bytes held by all steps that can be undone or done again."""
        return sum(command.cost for command in self._commands)

    def push(self, command: QUndoCommand) -> None:
        """Do ``command`` and remember it; past the limit the older half of the history is forgotten."""
        if not isinstance(command, EditCommand):
            raise TypeError("only an EditCommand may change the graph")
        del self._commands[self.index() :]
        self._commands.append(command)
        super().push(command)
        if self.cost > self.limit and len(self._commands) > 1:
            self._forget_oldest()

    def undo(self) -> None:
        """Take the last step back."""
        self.stepping.emit()
        super().undo()

    def redo(self) -> None:
        """Do again what was taken back last."""
        self.stepping.emit()
        super().redo()

    def go_to(self, step: int) -> None:
        """Undo or redo until ``step`` steps are done. Only the graph that this leads to is shown."""
        self.stepping.emit()
        back = step < self.index()
        passed = self._commands[step + 1 : self.index()] if back else self._commands[self.index() : step - 1]
        for command in passed:
            command.shows = False
        try:
            self.setIndex(step)
        finally:
            for command in passed:
                command.shows = True

    def clear(self) -> None:
        """Forget every step; the present state counts as saved."""
        self._commands.clear()
        self.forgotten = 0
        super().clear()

    def _forget_oldest(self) -> None:
        """Build the stack anew from the newest steps that fit into half the limit, the last one always.

        A QUndoStack can only drop its oldest steps by count, and that count must be fixed beforehand.
        """
        kept = 1
        total = self._commands[-1].cost
        while kept < len(self._commands) and total + self._commands[-kept - 1].cost <= self.limit // 2:
            kept += 1
            total += self._commands[-kept].cost
        self.forgotten += len(self._commands) - kept
        clean = self.cleanIndex() - (len(self._commands) - kept)
        newest = [_Silent(old) for old in self._commands[-kept:]]
        blocked = self.blockSignals(True)
        super().clear()
        if clean != 0:
            self.resetClean()
        for number, command in enumerate(newest, start=1):
            super().push(command)
            command.shows = True
            if number == clean:
                self.setClean()
        self.blockSignals(blocked)
        self._commands = list(newest)


def _empty(stack: UndoStack) -> None:
    stack.blockSignals(True)
    stack.clear()


class _Silent(EditCommand):
    """An edit command whose graph is shown already when it is pushed."""

    def __init__(self, other: EditCommand) -> None:
        """The same edit as ``other``, of a session that still lives."""
        session = other.session()
        assert session is not None
        super().__init__(session, other.before, other.after, other.text())
        self.shows = False
