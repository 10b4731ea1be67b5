"""Breakpoints: nodes at whose events playing stops. They belong to the session, not to the graph: undo passes them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal, Slot

if TYPE_CHECKING:
    from backprop_studio.session.editor_session import EditorSession

MOST_DOCUMENTS = 50
_KEY = "breakpoints"


class Store(Protocol):
    """Where texts are kept between starts."""

    def text(self, key: str, default: str) -> str:
        """The text kept under a key, ``default`` where there is none."""
        ...

    def set_text(self, key: str, value: str) -> None:
        """Keep a text under a key, in place of what was there."""
        ...


class Breakpoints(QObject):
    """The nodes of the open document at which playing stops."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._nodes: frozenset[int] = frozenset()

    @property
    def nodes(self) -> frozenset[int]:
        """Their ids. Some may have been removed from the graph; undoing that brings node and breakpoint back."""
        return self._nodes

    def __contains__(self, node: int) -> bool:
        return node in self._nodes

    def toggle(self, nodes: Collection[int]) -> None:
        """Set breakpoints on these nodes; where all have one, take them away."""
        chosen = frozenset(nodes)
        self.replace(self._nodes - chosen if chosen <= self._nodes else self._nodes | chosen)

    def clear(self) -> None:
        """Take all away."""
        self.replace(())

    def replace(self, nodes: Iterable[int]) -> None:
        """Have breakpoints on these nodes and on no others."""
        chosen = frozenset(nodes)
        if chosen != self._nodes:
            self._nodes = chosen
            self.changed.emit()


class BreakpointMemory(QObject):
    """Remembers the breakpoints of saved documents in the program's settings, by path, and brings them back."""

    def __init__(self, session: EditorSession, settings: Store) -> None:
        super().__init__(session)
        self._session, self._settings = session, settings
        self._breakpoints = session.timeline.breakpoints
        self._path = session.path
        session.document_loaded.connect(self._bring_back)
        session.document_changed.connect(self._follow_path)
        self._breakpoints.changed.connect(self._keep)

    @Slot()
    def _bring_back(self) -> None:
        self._path = self._session.path
        known = self._read().get(str(self._path.absolute()), ()) if self._path is not None else ()
        self._breakpoints.replace(known)

    @Slot()
    def _follow_path(self) -> None:
        """Under a new name the document keeps its breakpoints."""
        if self._session.path not in (None, self._path) and not self._is_loading():
            self._path = self._session.path
            self._keep()

    def _is_loading(self) -> bool:
        """Is another document just being shown, whose own breakpoints come next?"""
        return self._session.undo_stack.count() == 0

    @Slot()
    def _keep(self) -> None:
        if self._path is None:
            return
        known, nodes = self._read(), self._breakpoints.nodes
        before = known.pop(str(self._path.absolute()), [])
        if nodes:
            known[str(self._path.absolute())] = sorted(nodes)
        if sorted(nodes) != before:
            self._settings.set_text(_KEY, json.dumps(dict(list(known.items())[-MOST_DOCUMENTS:])))

    def _read(self) -> dict[str, list[int]]:
        try:
            found = json.loads(self._settings.text(_KEY, "{}"))
        except (ValueError, RecursionError):
            return {}
        # Settings may have been edited by hand: take what can be meant, pass over the rest.
        listed = found.items() if isinstance(found, dict) else ()
        return {path: [n for n in nodes if type(n) is int] for path, nodes in listed if isinstance(nodes, list)}
