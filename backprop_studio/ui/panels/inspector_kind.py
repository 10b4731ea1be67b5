"""The inspector's row that says what a node is: an operation by its title, a source by a choice among its kinds."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from backprop_studio.document.edits import KINDS
from backprop_studio.document.graph import Node
from backprop_studio.engine.ops import registry
from backprop_studio.ui.plain_text import tooltip


class KindCell(QWidget):
    """A title, or for a source that can be made another kind of source the choice among the kinds."""

    kind_asked = Signal(str)
    """The name of the operation that was chosen."""

    def __init__(self, title: QLabel) -> None:
        """``title`` says what a node is that can not be made anything else."""
        super().__init__()
        self._title = title
        self.choice = QComboBox()
        self.choice.setObjectName("inspector_kind")
        self.choice.setAccessibleName("Kind of source")
        self.choice.setToolTip(tooltip("What this node is. Name, value and wires stay when it becomes another kind."))
        for name in KINDS:
            self.choice.addItem(registry[name].title, name)
        self.choice.activated.connect(lambda row: self.kind_asked.emit(self.choice.itemData(row)))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._title)
        column.addWidget(self.choice)

    def show_node(self, node: Node) -> None:
        """Show what a node is."""
        row = self.choice.findData(node.op_name)
        self.choice.setVisible(row >= 0)
        self._title.setVisible(row < 0)
        if row >= 0:
            self.choice.setCurrentIndex(row)
