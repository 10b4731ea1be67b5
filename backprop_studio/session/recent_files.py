"""The files a person opened or saved last."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSettings

MOST = 10
_KEY = "recent_files"


class RecentFiles:
    """Up to ten paths, newest first, kept in the program's settings.

    Without an organisation name (in a test, say) there are no settings, and the list lives as long as this object.
    """

    def __init__(self, settings: QSettings | None = None) -> None:
        self._settings = settings
        self._unsaved: list[str] = []

    def paths(self) -> list[Path]:
        """The files that still exist, newest first."""
        return [path for path in map(Path, self._read()) if path.is_file()]

    def add(self, path: Path) -> None:
        """Put ``path`` first."""
        first = str(path.absolute())
        others = [str(other) for other in self.paths() if str(other) != first]
        self._write([first, *others][:MOST])

    def clear(self) -> None:
        """Forget all of them."""
        self._write([])

    def _store(self) -> QSettings | None:
        if self._settings is None and QCoreApplication.organizationName():
            self._settings = QSettings()
        return self._settings

    def _read(self) -> list[str]:
        store = self._store()
        if store is None:
            return self._unsaved
        try:
            paths = json.loads(str(store.value(_KEY, "[]")))
        except (ValueError, RecursionError):
            return []
        # Settings may have been edited by hand: take what can be a path, pass over the rest.
        listed = paths if isinstance(paths, list) else []
        return [path for path in listed if isinstance(path, str) and path and "\0" not in path][:MOST]

    def _write(self, paths: list[str]) -> None:
        store = self._store()
        if store is None:
            self._unsaved = paths
        else:
            # As JSON: QSettings gives a list of one back as a plain text.
            store.setValue(_KEY, json.dumps(paths))
