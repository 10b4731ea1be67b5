"""The inspector's page for the graph as a whole: loss, parameters, problems."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QListWidget,
    QListWidgetItem,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from backprop_studio.document.absence import Reason, gradient_absence
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Node
from backprop_studio.document.number_text import brief
from backprop_studio.engine.op import Array
from backprop_studio.ui.panels.inspector_facts import NOT_COMPUTED, PassesShown
from backprop_studio.ui.panels.inspector_parts import Rows, Section, colour_label
from backprop_studio.ui.panels.labels import number_label, plain_label
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import ThemeManager, number_font

ROW_HEIGHT = 26
MOST_ROWS = 14
LOSS_DIGITS = 6
HINT = "Select a node or a wire to see its numbers."
SELECTION_HINT = "Drag one of them to move all; Delete removes them. Click a row to select that node alone."
NODE_ROLE = int(Qt.ItemDataRole.UserRole)


class SummaryPage(QWidget):
    """Shown while nothing is selected. ``node_chosen`` asks for a node to be selected."""

    node_chosen = Signal(int)

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self.setObjectName("inspector_summary")
        self._themes = themes
        self._loss = number_label("summary_loss")
        self._loss_row = Rows()
        self._loss_caption = self._loss_row.add("Loss", self._loss)
        self._notice = plain_label("summary_notice", wrap=True, variant="quiet")
        self._hint = plain_label("summary_hint", HINT, wrap=True, variant="quiet")
        self.parameters = QTableWidget(0, 3)
        self._set_up_table()
        self._parameters_section = Section("Parameters", self.parameters)
        self.problems = QListWidget()
        self.problems.setObjectName("summary_problems")
        self.problems.setAccessibleName("Problems")
        self.problems.setWordWrap(True)
        self.problems.itemActivated.connect(lambda item: self.node_chosen.emit(item.data(NODE_ROLE)))
        self.problems.itemClicked.connect(lambda item: self.node_chosen.emit(item.data(NODE_ROLE)))
        self._problems_section = Section("Problems", self.problems)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 14)
        column.setSpacing(9)
        for part in (self._loss_row, self._notice, self._problems_section, self._parameters_section, self._hint):
            column.addWidget(part)
        column.addStretch(1)

    def show_evaluation(self, evaluation: Evaluation, shown: PassesShown, selected: Sequence[int] = ()) -> None:
        """Show the graph's loss, parameters and problems, as far as the passes are shown; or the ``selected`` nodes."""
        graph = evaluation.graph
        loss = evaluation.loss
        value = evaluation.value(loss) if loss is not None else None
        known = loss is not None and value is not None and shown.value_known(loss)
        self._loss_row.setVisible(loss is not None)
        if loss is not None:
            self._loss_caption.setText(f"Loss  {plain(graph.nodes[loss].name)}")
            self._loss.setText(_loss_text(value) if value is not None and known else NOT_COMPUTED)
            colour_label(self._loss, self._themes.theme, "loss" if known else "quiet")
        self._notice.setText(plain(evaluation.notice or ""))
        self._notice.setVisible(bool(evaluation.notice))
        nodes = [graph.nodes[node] for node in selected]
        self._hint.setText(SELECTION_HINT if nodes else HINT)
        self._parameters_section.set_title(f"{len(nodes)} selected nodes" if nodes else "Parameters")
        self._show_nodes(nodes or [n for n in graph.nodes.values() if n.op_name == "parameter"], evaluation, shown)
        self._show_problems(evaluation)

    def _show_nodes(self, nodes: Sequence[Node], evaluation: Evaluation, shown: PassesShown) -> None:
        self._parameters_section.setVisible(bool(nodes))
        self.parameters.setRowCount(len(nodes))
        theme = self._themes.theme
        for row, node in enumerate(nodes):
            outputs = range(len(node.names)) if shown.value_known(node.id) else ()
            values = [value for output in outputs if (value := evaluation.value(node.id, output)) is not None]
            gradient = evaluation.gradient(node.id)
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
                item = self.parameters.item(row, column)
                if item is None:
                    item = QTableWidgetItem()
                    if column:
                        item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                    self.parameters.setItem(row, column, item)
                item.setText(plain(text))
                item.setToolTip(tooltip(text))
                item.setForeground(color)
                item.setData(NODE_ROLE, node.id)
        self.parameters.setFixedHeight(ROW_HEIGHT * (min(MOST_ROWS, len(nodes)) + 1) + 4)

    def _show_problems(self, evaluation: Evaluation) -> None:
        faults = list(evaluation.faulty.items())
        told = [(node, fault.sentence) for node, fault in faults]
        now = [
            (self.problems.item(i).data(NODE_ROLE), self.problems.item(i).text()) for i in range(self.problems.count())
        ]
        self._problems_section.setVisible(bool(told))
        if told == now:
            return
        self.problems.clear()
        for node, sentence in told:
            item = QListWidgetItem(plain(sentence))
            item.setToolTip(tooltip(sentence))
            item.setData(NODE_ROLE, node)
            item.setForeground(self._themes.theme.error)
            self.problems.addItem(item)
        self.problems.setFixedHeight(min(220, 46 * len(told) + 8))

    def _set_up_table(self) -> None:
        table = self.parameters
        table.setObjectName("summary_parameters")
        table.setAccessibleName("Parameters")
        table.setHorizontalHeaderLabels(["name", "value", "gradient"])
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        table.setShowGrid(False)
        table.setFont(number_font(12))
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setTabKeyNavigation(False)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        header.setFixedHeight(ROW_HEIGHT)
        for column in range(3):
            right = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            caption = table.horizontalHeaderItem(column)
            assert caption is not None
            caption.setTextAlignment(right | Qt.AlignmentFlag.AlignVCenter)
        table.cellClicked.connect(self._choose_row)
        table.cellActivated.connect(self._choose_row)

    def _choose_row(self, row: int, _column: int) -> None:
        item = self.parameters.item(row, 0)
        if item is not None:
            self.node_chosen.emit(item.data(NODE_ROLE))


def _loss_text(value: Array) -> str:
    return brief(value, LOSS_DIGITS)
