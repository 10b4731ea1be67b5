"""What the program remembers between starts: theme, animation, recent files, and the window's layout.

``QMainWindow.restoreState`` crashes the process on a damaged blob. A layout is therefore stored with a
version and a checksum, and skipped where either does not match or where the last start that used
it never got as far as a shown window.
"""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings

LAYOUT_VERSION = 3
"""Raised whenever docks or toolbars change, so that an older layout is not applied to them."""

_OPENING = "window/opening"


class Settings:
    """Typed access to the stored settings; anything unreadable counts as never stored."""

    def __init__(self, store: QSettings | None = None) -> None:
        """``store`` is the file to use; by default that of the organisation and application names."""
        self._store = store if store is not None else QSettings()

    def text(self, key: str, default: str, choices: tuple[str, ...] = ()) -> str:
        """A stored text, or ``default`` where there is none or it is not one of ``choices``."""
        value = self._store.value(key, default)
        if not isinstance(value, str) or (choices and value not in choices):
            return default
        return value

    def set_text(self, key: str, value: str) -> None:
        """Store a text."""
        self._store.setValue(key, value)

    def number(self, key: str, default: float, low: float, high: float) -> float:
        """A stored number, or ``default`` where there is none within ``low`` … ``high``."""
        try:
            value = float(str(self._store.value(key, default)))
        except ValueError:
            return default
        return value if low <= value <= high else default

    def set_number(self, key: str, value: float) -> None:
        """Store a number."""
        self._store.setValue(key, repr(float(value)))

    def texts(self, key: str) -> list[str]:
        """A stored list of texts; [] where there is none."""
        value = self._store.value(key, [])
        if isinstance(value, str):
            value = [value]
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []

    def set_texts(self, key: str, values: list[str]) -> None:
        """Store a list of texts."""
        self._store.setValue(key, values)

    def save_blob(self, key: str, blob: QByteArray) -> None:
        """Store a blob of Qt's with what is needed to check it."""
        data = bytes(blob.data())
        self._store.setValue(f"{key}/version", LAYOUT_VERSION)
        self._store.setValue(f"{key}/sha256", _sha256(data))
        self._store.setValue(f"{key}/blob", blob)

    def blob(self, key: str) -> QByteArray | None:
        """A stored blob, or None where it is missing, of another version or damaged."""
        blob = self._store.value(f"{key}/blob")
        if not isinstance(blob, QByteArray):
            return None
        if str(self._store.value(f"{key}/version")) != str(LAYOUT_VERSION):
            return None
        intact = _sha256(bytes(blob.data())) == self._store.value(f"{key}/sha256")
        return blob if intact else None

    def begin_opening(self) -> bool:
        """Note that a window is being opened. False where the last one noted so never reached ``opened``."""
        unfinished = str(self._store.value(_OPENING, "false")).lower() == "true"
        self._store.setValue(_OPENING, True)
        self._store.sync()
        return not unfinished

    def opened(self) -> None:
        """Note that the window is shown."""
        self._store.setValue(_OPENING, False)
        self._store.sync()

    def forget_layout(self) -> None:
        """Drop the stored layout."""
        for key in ("window/geometry", "window/state"):
            self._store.remove(key)
        self._store.sync()


def _sha256(data: bytes) -> str:
    import hashlib  # loads OpenSSL: not before the window is shown, and only where there is something to check

    return hashlib.sha256(data).hexdigest()
