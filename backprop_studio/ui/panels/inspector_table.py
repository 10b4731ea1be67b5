"""The inspector's table of nodes: name, value and gradient of each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from backprop_studio.document.absence import Reason, gradient_absence
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Node
from backprop_studio.document.number_text import brief
from backprop_studio.ui.panels.inspector_facts import PassesShown
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import ThemeManager, number_font

ROW_HEIGHT = 26
MOST_ROWS = 14
NODE_ROLE = int(Qt.ItemDataRole.UserRole)


class NodeTable(QTableWidget):
    """``node_chosen`` asks for the node of a row that was clicked, or activated by a key."""

    node_chosen = Signal(int)

    def __init__(self, name: str, themes: ThemeManager) -> None:
        super().__init__(0, 3)
        self._themes = themes
        self.setObjectName(name)
        self.setAccessibleName("Parameters")
        self.setHorizontalHeaderLabels(["name", "value", "gradient"])
        self.verticalHeader().hide()
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
        for column in range(3):
            right = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            caption = self.horizontalHeaderItem(column)
            assert caption is not None
            caption.setTextAlignment(right | Qt.AlignmentFlag.AlignVCenter)
        self.cellClicked.connect(self._choose_row)
        self.cellActivated.connect(self._choose_row)

    def show_nodes(self, nodes: Sequence[Node], evaluation: Evaluation, shown: PassesShown) -> None:
        """List ``nodes`` with their numbers, as far as the passes are shown."""
        self.setRowCount(len(nodes))
        theme, adds_up = self._themes.theme, False
        for row, node in enumerate(nodes):
            outputs = range(len(node.names)) if shown.value_known(node.id) else ()
            values = [value for output in outputs if (value := evaluation.value(node.id, output)) is not None]
            held = shown.gradient_so_far(node.id) if shown.passes_held(node.id) else None
            adds_up = adds_up or held is not None
            gradient = held if held is not None else evaluation.gradient(node.id)
            absence = gradient_absence(evaluation, node.id, shown.gradient_known(node.id))
            known = gradient is not None and (absence is None or absence.reason is Reason.NOT_DEFINED)
            cells = (
                (node.label, theme.update_text if node.op_name == "parameter" else theme.text),
                (", ".join(map(brief, values)) or "none", theme.forward_text),
                (
                    brief(gradient) if gradient is not None and known else absence.mark if absence else "",
                    theme.backward_text if known else theme.quiet,
                ),
            )
            for column, (text, color) in enumerate(cells):
                item = self._cell(row, column)
                item.setText(plain(text))
                item.setToolTip(tooltip(text))
                item.setForeground(color)
                item.setData(NODE_ROLE, node.id)
        caption = self.horizontalHeaderItem(2)
        assert caption is not None
        caption.setText(".grad" if adds_up else "gradient")
        self.setFixedHeight(ROW_HEIGHT * (min(MOST_ROWS, len(nodes)) + 1) + 4)

    def _cell(self, row: int, column: int) -> QTableWidgetItem:
        item = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            if column:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.setItem(row, column, item)
        return item

    def _choose_row(self, row: int, _column: int) -> None:
        item = self.item(row, 0)
        if item is not None:
            self.node_chosen.emit(item.data(NODE_ROLE))
