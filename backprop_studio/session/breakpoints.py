"""Breakpoints: nodes at whose events playing stops. They belong to the session, not to the graph: undo passes them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Signal

MOST_DOCUMENTS = 50
_KEY = "breakpoints"


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


class KeptBreakpoints:
    """The breakpoints of documents that were open before, by path, in the program's settings."""

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    def of(self, path: Path) -> frozenset[int]:
        """Those of a document, none where it is not known."""
        return frozenset(self._read().get(str(path.absolute()), ()))

    def keep(self, path: Path, nodes: Collection[int]) -> None:
        """Remember them for when the document is opened again."""
        known = self._read()
        known.pop(str(path.absolute()), None)
        if nodes:
            known[str(path.absolute())] = sorted(nodes)
        newest = dict(list(known.items())[-MOST_DOCUMENTS:])
        self._settings.setValue(_KEY, json.dumps(newest))

    def _read(self) -> dict[str, list[int]]:
        try:
            found = json.loads(str(self._settings.value(_KEY, "{}")))
        except (ValueError, RecursionError):
            return {}
        # Settings may have been edited by hand: take what can be meant, pass over the rest.
        listed = found.items() if isinstance(found, dict) else ()
        return {path: [n for n in nodes if type(n) is int] for path, nodes in listed if isinstance(nodes, list)}
