"""The page of shortcuts: all of them as a list, and a field to change the one that is selected."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from backprop_studio.ui.action_table import TABLE
from backprop_studio.ui.action_table.spec import menu_title
from backprop_studio.ui.actions import shown_shortcut
from backprop_studio.ui.shortcuts import Shortcuts, title
from backprop_studio.ui.theme import number_font

MENU, ACTION, KEYS = range(3)
_NAME = int(Qt.ItemDataRole.UserRole)


class ShortcutPage(QWidget):
    """A table of every action with its keys; ``fixed`` are rows (menu, action, keys) that can not be changed."""

    def __init__(self, shortcuts: Shortcuts, fixed: Sequence[tuple[str, str, str]]) -> None:
        super().__init__()
        self._shortcuts = shortcuts
        self.table = _table(len(TABLE) + len(fixed))
        for row, spec in enumerate(TABLE):
            self._fill(row, menu_title(spec.menu).partition("/")[0], title(spec), spec.name)
        for row, (menu, action, keys) in enumerate(fixed, len(TABLE)):
            self._fill(row, menu, action, "")
            self._cell(row, KEYS).setText(keys)
        self.field = QKeySequenceEdit()
        self.field.setObjectName("shortcut_field")
        self.field.setAccessibleName("New keys for the selected action")
        self.field.setMaximumSequenceLength(1)
        self.told = QLabel()
        self.told.setObjectName("shortcut_told")
        self.told.setTextFormat(Qt.TextFormat.PlainText)
        self.told.setWordWrap(True)
        self.told.setMinimumHeight(2 * self.told.fontMetrics().height())
        self.buttons = {
            "assign": _button("assign", "&Assign", self._assign),
            "clear": _button("clear", "Re&move", self._clear),
            "reset": _button("reset", "&Default", self._reset),
            "reset_all": _button("reset_all", "Reset A&ll", self._reset_all),
        }
        line = QHBoxLayout()
        line.addWidget(self.field, 1)
        for button in self.buttons.values():
            line.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.table, self.told):
            column.addWidget(part)
        column.addLayout(line)
        self.table.currentCellChanged.connect(self._chosen)
        self._show_keys()
        self._chosen()

    @property
    def _name(self) -> str:
        """The action that is selected, "" for none or one that can not be changed."""
        item = self.table.item(max(self.table.currentRow(), 0), ACTION)
        return str(item.data(_NAME)) if item is not None and self.table.currentRow() >= 0 else ""

    def _chosen(self) -> None:
        for part in (self.field, *(self.buttons[name] for name in ("assign", "clear", "reset"))):
            part.setEnabled(bool(self._name))
        self.field.clear()
        chosen = "Press the new keys, then Assign." if self._name else "Select an action to change its keys."
        self._tell(chosen)

    def _assign(self) -> None:
        keys = self.field.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        if not keys:
            self._tell("No keys were pressed yet. Click the field and press them.", error=True)
            return
        self._done(self._shortcuts.assign(self._name, keys), f"Now on {shown_shortcut(keys)}.")

    def _clear(self) -> None:
        self._done(self._shortcuts.assign(self._name, ""), "It has no shortcut any more.")

    def _reset(self) -> None:
        self._done(self._shortcuts.reset(self._name), "It has the keys again that it came with.")

    def _reset_all(self) -> None:
        self._shortcuts.reset_all()
        self._done(None, "Every action has the keys again that it came with.")

    def _done(self, problem: str | None, success: str) -> None:
        if problem is None:
            self.field.clear()
        self._tell(problem or success, error=problem is not None)
        self._show_keys()

    def _tell(self, text: str, *, error: bool = False) -> None:
        self.told.setText(text)
        self.told.setProperty("error", error)
        self.told.setProperty("quiet", not error)
        self.told.style().polish(self.told)

    def _show_keys(self) -> None:
        for row, spec in enumerate(TABLE):
            keys = self._shortcuts.keys(spec.name)
            item = self._cell(row, KEYS)
            item.setText(", ".join(shown_shortcut(each) for each in keys))
            font = number_font(12, bold=not self._shortcuts.is_default(spec.name))
            item.setFont(font)

    def _fill(self, row: int, menu: str, action: str, name: str) -> None:
        self._cell(row, MENU).setText(menu)
        self._cell(row, ACTION).setText(action)
        self._cell(row, ACTION).setData(_NAME, name)
        self._cell(row, KEYS).setFont(number_font(12))

    def _cell(self, row: int, column: int) -> QTableWidgetItem:
        item = self.table.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            self.table.setItem(row, column, item)
        return item


def _table(rows: int) -> QTableWidget:
    table = QTableWidget(rows, 3)
    table.setObjectName("shortcuts_table")
    table.setAccessibleName("Keyboard shortcuts")
    table.setHorizontalHeaderLabels(["Menu", "Action", "Keys"])
    table.verticalHeader().hide()
    table.setShowGrid(False)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setTabKeyNavigation(False)
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(KEYS, QHeaderView.ResizeMode.Stretch)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return table


def _button(name: str, text: str, do: object) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName("shortcut_" + name)
    button.setAutoDefault(False)
    button.clicked.connect(do)
    return button
