"""The history: every step that can be undone or done again, by name; a click goes there."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
)
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QVBoxLayout, QWidget

from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.undo import UndoStack
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import ThemeManager

Index = QModelIndex | QPersistentModelIndex


class HistoryModel(QAbstractListModel):
    """Row 0 is the beginning, row n the graph after the n-th step."""

    def __init__(self, stack: UndoStack, themes: ThemeManager, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stack, self._themes = stack, themes

    def refresh(self) -> None:
        """The steps may be others now."""
        self.beginResetModel()
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt calls it without
        """The steps and the beginning."""
        return 0 if parent.isValid() else self._stack.count() + 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A step's name; quiet where it is undone."""
        row = index.row()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            name = plain(self._stack.text(row - 1)) if row else self._beginning
            return tooltip(name) if role == Qt.ItemDataRole.ToolTipRole else name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            state = "undone" if row > self._stack.index() else "done"
            return f"{self.data(index)}, {state}"
        if role == Qt.ItemDataRole.ForegroundRole and row > self._stack.index():
            return self._themes.theme.quiet
        return None

    @property
    def _beginning(self) -> str:
        """What stands for the graph before the first step that is remembered."""
        forgotten = self._stack.forgotten
        if not forgotten:
            return "As it was opened"
        return f"{forgotten} earlier {'step is' if forgotten == 1 else 'steps are'} forgotten"


class HistoryPanel(QWidget):
    """The list of steps, the present one marked."""

    def __init__(self, session: EditorSession, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("history")
        self._stack = session.undo_stack
        self.model = HistoryModel(self._stack, themes, self)
        self.list = QListView()
        self.list.setObjectName("history_list")
        self.list.setAccessibleName("Steps that can be undone")
        self.list.setModel(self.model)
        self.list.setUniformItemSizes(True)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.clicked.connect(self._go)
        self.list.activated.connect(self._go)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 0, 0)
        column.addWidget(self.list)
        self.setFocusProxy(self.list)
        self._timer = QTimer(self)  # the stack tells of a step while it is still at it
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.refresh)
        for signal in (self._stack.indexChanged, session.document_changed, themes.changed):
            signal.connect(self._soon)

    def _soon(self) -> None:
        self._timer.start(0)

    def refresh(self) -> None:
        """List the steps as they are now."""
        if self.isVisible():
            self.model.refresh()
            now = self.model.index(self._stack.index())
            self.list.selectionModel().setCurrentIndex(now, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.list.scrollTo(now)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what was not followed while hidden."""
        self.refresh()

    def _go(self, index: QModelIndex) -> None:
        """Undo or redo up to a step. Training that runs is put on the stack first: rows keep their places."""
        row = index.row()
        if row != self._stack.index():
            self._stack.go_to(row)
