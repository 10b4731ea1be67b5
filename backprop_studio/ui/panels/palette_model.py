"""What the palette lists: headings, operations and blocks, filtered by a search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal, Slot

from backprop_studio.engine.op import Category, Op
from backprop_studio.engine.ops import registry
from backprop_studio.session.block_shelf import BlockEntry, BlockShelf
from backprop_studio.ui.drag import BLOCK_MIME, OPERATION_MIME
from backprop_studio.ui.plain_text import tooltip

OPERATION_ROLE = int(Qt.ItemDataRole.UserRole)
"""Name of the operation, None for a heading."""

BLOCK_ROLE = OPERATION_ROLE + 1
"""Key of the block, None for anything else."""
BLOCKS_TITLE, OWN_TITLE = "Blocks", "My blocks"

Row = Op | Category | BlockEntry | str
"""Headings are categories, or texts above blocks."""
Index = QModelIndex | QPersistentModelIndex


def found(search: str) -> list[Op]:
    """Operations that a search finds, in palette order; all where it is empty.

    Every word of the search must stand in the operation's name, title, symbol or synonyms.
    """
    words = search.casefold().split()
    return [op for op in registry if all(_mentions(op, word) for word in words)]


def best(search: str) -> Op | None:
    """The operation a search means most likely: an exact name first, then the start of one, then any."""
    text = search.casefold().strip()
    if not text:
        return None
    return min(found(search), key=lambda op: _rank(op, text), default=None)


class PaletteModel(QAbstractListModel):
    """Headings and operations as one list; headings can be neither chosen nor dragged.

    A person's own blocks can be given another name in place: ``rename_requested`` carries key and name.
    """

    rename_requested = Signal(str, str)

    def __init__(self, shelf: BlockShelf, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._text = ""
        self._rows: list[Row] = []
        self.search("")
        shelf.changed.connect(self.refresh)

    @Slot()
    def refresh(self) -> None:
        """List the blocks that there are by now."""
        self.search(self._text)

    def search(self, text: str) -> None:
        """List only what ``text`` finds."""
        self.beginResetModel()
        self._text = text
        self._rows = []
        for op in found(text):
            if not any(row is op.category for row in self._rows):
                self._rows.append(op.category)
            self._rows.insert(self._end_of(op.category), op)
        words = text.casefold().split()
        blocks: list[Row] = []
        for title, entries in ((BLOCKS_TITLE, self._shelf.ready()), (OWN_TITLE, self._shelf.own())):
            meant = [e for e in entries if all(word in f"{e.title} {title}".casefold() for word in words)]
            blocks += [title, *meant] if meant else []
        # Operations are what a search means first; without one, blocks stand where they are seen.
        at = len(self._rows) if words else self._end_of(Category.SOURCE)
        self._rows[at:at] = blocks
        self.endResetModel()

    def row_of(self, op: Op | None) -> int | None:
        """The row of an operation; where it is none, that of the first block found by a search; None for nothing."""
        if op is None:
            return self._first_block() if self._text.strip() else None
        return next((at for at, row in enumerate(self._rows) if row is op), None)

    def _first_block(self) -> int | None:
        return next((at for at, row in enumerate(self._rows) if isinstance(row, BlockEntry)), None)

    def row(self, index: Index) -> Row:
        """The heading or operation of a row."""
        return self._rows[index.row()]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt calls it without
        """Number of headings and operations."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Title, tooltip or operation name of a row."""
        row = self._rows[index.row()]
        if isinstance(row, Category | str):
            title = row if isinstance(row, str) else row.value
            return title if role == Qt.ItemDataRole.DisplayRole else None
        if isinstance(row, BlockEntry):
            return _block_data(row, role)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return row.title
        if role in (Qt.ItemDataRole.ToolTipRole,):
            return tooltip(f"{row.name}\n{row.sentence}")
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return row.sentence
        return row.name if role == OPERATION_ROLE else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Only operations and blocks can be chosen and dragged."""
        if not index.isValid() or isinstance(self._rows[index.row()], Category | str):
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
        row = self._rows[index.row()]
        return flags | Qt.ItemFlag.ItemIsEditable if isinstance(row, BlockEntry) and row.is_own else flags

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Ask for another name for a person's own block; the shelf decides."""
        row = self._rows[index.row()]
        if role != Qt.ItemDataRole.EditRole or not isinstance(row, BlockEntry) or not isinstance(value, str):
            return False
        self.rename_requested.emit(row.key, value)
        return True

    def mimeTypes(self) -> list[str]:
        """The types that dragged operations and blocks carry."""
        return [OPERATION_MIME, BLOCK_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The name of the dragged operation, or the key of the block, in UTF-8."""
        data = QMimeData()
        for index in indexes:
            for role, kind in ((OPERATION_ROLE, OPERATION_MIME), (BLOCK_ROLE, BLOCK_MIME)):
                name = index.data(role)
                if isinstance(name, str):
                    data.setData(kind, name.encode())
        return data

    def _end_of(self, category: Category) -> int:
        at = next(at for at, row in enumerate(self._rows) if row is category) + 1
        while at < len(self._rows) and not isinstance(self._rows[at], Category):
            at += 1
        return at


def _block_data(entry: BlockEntry, role: int) -> Any:
    if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.EditRole):
        return entry.title
    if role == Qt.ItemDataRole.ToolTipRole:
        more = " Right-click renames or removes it." if entry.is_own else ""
        return tooltip(f"{entry.title}\n{entry.sentence}{more}")
    if role == Qt.ItemDataRole.AccessibleDescriptionRole:
        return entry.sentence
    return entry.key if role == BLOCK_ROLE else None


def _mentions(op: Op, word: str) -> bool:
    return any(word in text.casefold() for text in (op.name, op.title, op.symbol, *op.synonyms))


def _rank(op: Op, text: str) -> tuple[bool, bool, bool]:
    names = [op.name.casefold(), op.title.casefold()]
    words = [*names, op.symbol.casefold(), *(synonym.casefold() for synonym in op.synonyms)]
    return text not in names, text not in words, not any(word.startswith(text) for word in words)
