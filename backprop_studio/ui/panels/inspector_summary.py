"""The inspector's page for the graph as a whole: loss, parameters, problems."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.number_text import brief
from backprop_studio.engine.op import Array
from backprop_studio.ui.panels.inspector_facts import NOT_COMPUTED, PassesShown
from backprop_studio.ui.panels.inspector_parts import Rows, Section, colour_label
from backprop_studio.ui.panels.inspector_table import NODE_ROLE, NodeTable
from backprop_studio.ui.panels.labels import plain_label
from backprop_studio.ui.panels.number_label import number_label
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import ThemeManager

LOSS_DIGITS = 6
MOST_HIGH = 220
"""Pixels of the list of problems; what is more is scrolled to."""
HINT = "Select a node or a wire to see its numbers."
SELECTION_HINT = "Drag one of them to move all; Delete removes them. Click a row to select that node alone."


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
        self.parameters = NodeTable("summary_parameters", themes)
        self.parameters.node_chosen.connect(self.node_chosen)
        self._parameters_section = Section("Parameters", self.parameters)
        self.problems = QListWidget()
        self.problems.setObjectName("summary_problems")
        self.problems.setAccessibleName("Problems")
        self.problems.setWordWrap(True)
        self.problems.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
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
        parameters = [node for node in graph.nodes.values() if node.op_name == "parameter"]
        self._parameters_section.setVisible(bool(nodes or parameters))
        self.parameters.show_nodes(nodes or parameters, evaluation, shown)
        self._show_problems(evaluation)

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
        self._fit_problems()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Sentences take more lines, or fewer."""
        super().resizeEvent(event)
        self._fit_problems()

    def _fit_problems(self) -> None:
        """Make the list of problems as high as its sentences, as far as there is room for them."""
        self.problems.doItemsLayout()  # for the width that it has now
        heights = (
            self.problems.visualItemRect(self.problems.item(row)).height() for row in range(self.problems.count())
        )
        self.problems.setFixedHeight(min(MOST_HIGH, sum(heights) + 8))


def _loss_text(value: Array) -> str:
    return brief(value, LOSS_DIGITS)
