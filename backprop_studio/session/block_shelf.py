"""The blocks that can be placed: the ready ones, and those that a person has kept, each a document of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, QStandardPaths, Signal

from backprop_studio.document.blocks import BLOCKS, build_block, load_block, save_block
from backprop_studio.document.edit_checks import EditError
from backprop_studio.document.file_format import DocumentError
from backprop_studio.document.graph import Graph
from backprop_studio.document.grouping import rename_group
from backprop_studio.engine.errors import SettingError

SUFFIX = ".backprop"
OWN = "own:"
"""What the keys of a person's own blocks begin with."""
MOST_NAME = 40
_UNFIT = re.compile(r"[^\w \-.]+")


class BlockError(Exception):
    """A block that cannot be had, kept or renamed; ``str(error)`` is one sentence."""


class BlockEntry(NamedTuple):
    """A block as it is listed."""

    key: str
    title: str
    sentence: str

    @property
    def is_own(self) -> bool:
        """Has a person kept it?"""
        return self.key.startswith(OWN)


class BlockShelf(QObject):
    """Lists and builds blocks; keeps a person's own in a folder of the person's data."""

    changed = Signal()
    """Other blocks are listed."""

    def __init__(self, parent: QObject | None = None, folder: Path | None = None) -> None:
        super().__init__(parent)
        self._given = folder

    @property
    def folder(self) -> Path:
        """Where a person's own blocks lie."""
        if self._given is not None:
            return self._given
        base = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)
        return Path(base) / "blocks"

    def ready(self) -> list[BlockEntry]:
        """The ready blocks."""
        return [BlockEntry(block.name, block.title, block.sentence) for block in BLOCKS.values()]

    def own(self) -> list[BlockEntry]:
        """The blocks that a person has kept, by name."""
        try:
            names = sorted((path.stem for path in self.folder.glob(f"*{SUFFIX}")), key=str.casefold)
        except OSError:
            return []
        return [BlockEntry(OWN + name, name, "A block of your own.") for name in names]

    def build(self, key: str, settings: Mapping[str, Any] | None = None) -> Graph:
        """The graph of a block. Raises BlockError; a file that is damaged is told, and stays where it is."""
        try:
            if key.startswith(OWN):
                return load_block(self._path(key))
            return build_block(key, settings)
        except (DocumentError, EditError, SettingError, OSError) as error:
            raise BlockError(str(error)) from None

    def save(self, graph: Graph, group: int) -> BlockEntry:
        """Keep a group under its name; a number follows where that is taken. Raises BlockError."""
        name = self._free_name(graph.groups[group].name)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            save_block(graph, group, self._path(OWN + name))
        except (DocumentError, OSError) as error:
            raise BlockError(f"The block could not be kept: {error}") from None
        self.changed.emit()
        return BlockEntry(OWN + name, name, "A block of your own.")

    def rename(self, key: str, name: str) -> None:
        """Call a person's own block otherwise, and so what is placed from now on. Raises BlockError."""
        wanted = _fit(name)
        if not wanted:
            raise BlockError("The name of a block needs a letter or a number. Type one.")
        if wanted == key.removeprefix(OWN):
            return
        path = self._path(OWN + wanted)
        if path.exists():
            raise BlockError(f"There is a block called {wanted} already. Type another name.")
        old = self._path(key)
        try:
            part = load_block(old)
            outermost = next(group.id for group in part.groups.values() if group.parent is None)
            save_block(rename_group(part, outermost, wanted), outermost, path)
            old.unlink()
        except (DocumentError, EditError, OSError) as error:
            raise BlockError(f"The block could not be renamed: {error}") from None
        self.changed.emit()

    def remove(self, key: str) -> None:
        """Take a person's own block off the shelf. Raises BlockError."""
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            raise BlockError(f"The block could not be removed: {error.strerror}.") from None
        self.changed.emit()

    def _path(self, key: str) -> Path:
        return self.folder / (key.removeprefix(OWN) + SUFFIX)

    def _free_name(self, name: str) -> str:
        stem = _fit(name) or "block"
        taken = {entry.title.casefold() for entry in self.own()}
        number, found = 1, stem
        while found.casefold() in taken:
            number += 1
            found = f"{stem} {number}"
        return found


def _fit(name: str) -> str:
    """A name as a file can bear it."""
    return _UNFIT.sub(" ", name).strip(" .")[:MOST_NAME].strip()
