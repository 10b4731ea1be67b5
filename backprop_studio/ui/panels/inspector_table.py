"""The inspector's table of nodes: name, value and gradient of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from backprop_studio.document.absence import Reason, gradient_absence
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Node
from backprop_studio.document.number_text import compact
from backprop_studio.ui.panels.inspector_facts import PassesShown
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import ThemeManager, number_font

Index = QModelIndex | QPersistentModelIndex
Cell = tuple[str, QColor]

ROW_HEIGHT = 26
MOST_ROWS = 14
NODE_ROLE = int(Qt.ItemDataRole.UserRole)
_SIDES = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignRight)


class NodeRows(QAbstractTableModel):
    """Nodes with their numbers. What stands in a row is made when the row is looked at: thousands may be listed."""

    def __init__(self, themes: ThemeManager, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._nodes: Sequence[Node] = ()
        self._evaluation: Evaluation | None = None
        self._shown: PassesShown | None = None
        self._rows: dict[int, tuple[Cell, Cell, Cell]] = {}
        """The rows that were looked at."""
        self._headings = ("name", "value", "gradient")

    def show_nodes(self, nodes: Sequence[Node], evaluation: Evaluation, shown: PassesShown) -> None:
        """List ``nodes`` with their numbers, as far as the passes are shown."""
        same = len(nodes) == len(self._nodes)
        if not same:
            self.beginResetModel()
        self._nodes, self._evaluation, self._shown = nodes, evaluation, shown
        self._rows = {}
        adds_up = any(shown.passes_held(node.id) for node in nodes)
        self._headings = ("name", "value", ".grad" if adds_up else "gradient")
        if not same:
            self.endResetModel()
        elif nodes:
            self.dataChanged.emit(self.index(0, 0), self.index(len(nodes) - 1, 2))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 2, 2)

    def node(self, row: int) -> int:
        """The id of the node of a row."""
        return self._nodes[row].id

    def _cells(self, row: int) -> tuple[Cell, Cell, Cell]:
        """The texts of a row and their colours."""
        evaluation, shown, node, theme = self._evaluation, self._shown, self._nodes[row], self._themes.theme
        assert evaluation is not None
        assert shown is not None
        outputs = range(len(node.names)) if shown.value_known(node.id) else ()
        values = [value for output in outputs if (value := evaluation.value(node.id, output)) is not None]
        after = shown.updated_value(node.id)
        return (
            (node.label, theme.update_text if node.op_name == "parameter" else theme.text),
            (", ".join(map(compact, values)) or "none", theme.forward_text)
            if after is None
            else (compact(after), theme.update_text),
            self._gradient_cell(node, evaluation, shown),
        )

    def _gradient_cell(self, node: Node, evaluation: Evaluation, shown: PassesShown) -> Cell:
        """The gradient, or the sum that further contributions will add to; without one the mark that says why."""
        theme, state = self._themes.theme, shown.gradient_known(node.id)
        so_far = shown.gradient_so_far(node.id) if state == "partial" or shown.passes_held(node.id) else None
        if so_far is not None and state == "partial":
            return f"{compact(so_far)} + {Reason.NOT_COMPUTED.mark}", theme.backward_text
        if shown.gradient_cleared(node.id):
            return "cleared", theme.quiet
        gradient = so_far if so_far is not None else evaluation.gradient(node.id)
        absence = gradient_absence(evaluation, node.id, state)
        if gradient is not None and (absence is None or absence.reason is Reason.NOT_DEFINED):
            return compact(gradient), theme.backward_text
        return absence.mark if absence else "", theme.quiet

    # what Qt asks

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt calls it without
        """One row a node."""
        return 0 if parent.isValid() else len(self._nodes)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Name, value, gradient."""
        return 0 if parent.isValid() else len(self._headings)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The headings."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _SIDES[section] | Qt.AlignmentFlag.AlignVCenter
        return self._headings[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, tooltip, colour, side or node of a cell."""
        row, column = index.row(), index.column()
        if role == NODE_ROLE:
            return self.node(row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _SIDES[column] | Qt.AlignmentFlag.AlignVCenter
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.ForegroundRole):
            return None
        if row not in self._rows:
            self._rows[row] = self._cells(row)
        text, color = self._rows[row][column]
        if role == Qt.ItemDataRole.ForegroundRole:
            return color
        return plain(text) if role == Qt.ItemDataRole.DisplayRole else tooltip(text)


class NodeTable(QTableView):
    """``node_chosen`` asks for the node of a row that was clicked, or activated by a key."""

    node_chosen = Signal(int)

    def __init__(self, name: str, themes: ThemeManager) -> None:
        super().__init__()
        self.rows = NodeRows(themes, self)
        self.setModel(self.rows)
        self.setObjectName(name)
        self.setAccessibleName("Parameters")
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.setShowGrid(False)
        self.setFont(number_font(12))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        header.setFixedHeight(ROW_HEIGHT)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)

    def show_nodes(self, nodes: Sequence[Node], evaluation: Evaluation, shown: PassesShown) -> None:
        """List ``nodes`` with their numbers, as far as the passes are shown."""
        self.rows.show_nodes(nodes, evaluation, shown)
        self.setFixedHeight(ROW_HEIGHT * (min(MOST_ROWS, len(nodes)) + 1) + 4)

    def _choose(self, index: QModelIndex) -> None:
        self.node_chosen.emit(self.rows.node(index.row()))
