"""The outline: all nodes as a list that can be read, sorted by what is computed first, bound to the selection."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetricsF, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView, QVBoxLayout, QWidget

from backprop_studio.document.changes import GraphChange
from backprop_studio.document.graph import Graph
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.training_worker import TrainingSnapshot
from backprop_studio.ui.panels.outline_model import GRADIENT, NAME, OPERATION, VALUE, OutlineModel
from backprop_studio.ui.panels.outline_numbers import OutlineNumbers
from backprop_studio.ui.theme import Theme, ThemeManager, number_font

REFRESH_MILLISECONDS = 100
"""Least time between two refreshes of the numbers, while passes are played or training runs."""
WIDEST = "−8.888e−8"
"""A number as wide as most that are shown with four digits."""
CELL_PADDING, LEAST_TEXT = 12, 70
"""Pixels that a cell keeps free beside its text; least pixels for a name and for an operation."""


class OutlinePanel(QWidget):
    """A tree of nodes with their numbers. ``node_chosen`` asks for a node to be brought into view."""

    node_chosen = Signal(int)

    def __init__(self, session: EditorSession, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("outline")
        self._session = session
        self._numbers = OutlineNumbers(session)
        self.model = OutlineModel(self._numbers, themes.theme, self)
        self.tree = _tree(self.model)
        self._following = False
        """True while the tree takes the session's selection over."""
        self._stale = True
        """The nodes listed are not those of the graph."""
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 0, 0)
        column.addWidget(self.tree)
        self.setFocusProxy(self.tree)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.refresh)
        session.graph_changed.connect(self._take_graph)
        session.selection_changed.connect(self._take_selection)
        session.evaluated.connect(self._soon)
        session.timeline.changed.connect(self._soon)
        session.training.progressed.connect(self._take_snapshot)
        session.training.changed.connect(self._training_changed)
        themes.changed.connect(self._take_theme)
        self.tree.selectionModel().selectionChanged.connect(self._choose)
        self.tree.activated.connect(self._activate)
        self.tree.clicked.connect(self._activate)

    def sizeHint(self) -> QSize:
        """Room for the four columns."""
        return QSize(320, 400)

    def refresh(self) -> None:
        """Show the nodes and numbers as they are now."""
        self._timer.stop()
        if self._stale:
            self._rebuild()
        else:
            self.model.keep_graph(self._session.graph)

    def _rebuild(self) -> None:
        at = self.tree.verticalScrollBar().value()
        self._following = True
        folded = [group for group in self.model.groups() if not self.tree.isExpanded(self.model.index_of(group))]
        self.model.show_graph(self._session.graph)
        self.tree.setRootIsDecorated(bool(self._session.graph.groups))
        self.tree.expandAll()
        for group in folded:
            self.tree.collapse(self.model.index_of(group))
        self._following = False
        self._stale = False
        self._take_selection()
        self.tree.verticalScrollBar().setValue(at)

    def _soon(self) -> None:
        if self.isVisible() and not self._timer.isActive():
            self._timer.start(REFRESH_MILLISECONDS)

    def _take_graph(self, graph: Graph, change: GraphChange) -> None:
        moved_about = change.added or change.removed or change.wires_added or change.wires_removed
        if moved_about or change.grouped or change.groups:
            self._stale = True
            if self.isVisible():
                self._timer.start(0)
        else:
            self._soon()

    def _take_snapshot(self, snapshot: TrainingSnapshot) -> None:
        if self._session.training.state == "running":
            self._numbers.snapshot = snapshot
            self._soon()

    def _training_changed(self) -> None:
        if self._session.training.state != "running" and self._numbers.snapshot is not None:
            self._numbers.snapshot = None
            self._soon()

    def _take_theme(self, theme: Theme) -> None:
        self.model.theme = theme
        self.model.refresh()

    def _take_selection(self) -> None:
        """Select the rows of what the session has selected."""
        if self._stale or self._following:
            return
        chosen = QItemSelection()
        indexes = [
            index
            for item in self._session.selection | self._session.selected_groups
            if (index := self.model.index_of(item)).isValid()
        ]
        for first, last in self.model.stretches(indexes):
            chosen.select(first, last)
        self._following = True
        model, flags = self.tree.selectionModel(), QItemSelectionModel.SelectionFlag
        model.select(chosen, flags.ClearAndSelect | flags.Rows)
        if len(indexes) == 1:
            model.setCurrentIndex(indexes[0], flags.NoUpdate)
            self.tree.scrollTo(indexes[0])
        self._following = False

    def _choose(self) -> None:
        """Give the session the selection made here."""
        if self._following:
            return
        rows = self.tree.selectionModel().selectedRows(NAME)
        self._following = True
        self._session.select(self.model.item(index) for index in rows)
        self._following = False

    def _activate(self, index: QModelIndex) -> None:
        item = self.model.item(index)
        if item in self._session.graph.nodes or item in self._session.graph.groups:
            self.node_chosen.emit(item)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what was not followed while hidden."""
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is no room for all columns, the operation goes before numbers are cut off."""
        super().resizeEvent(event)
        room = event.size().width() - 2 * self.tree.columnWidth(VALUE)
        self.tree.setColumnHidden(OPERATION, room < 2 * LEAST_TEXT)


def _tree(model: OutlineModel) -> QTreeView:
    tree = QTreeView()
    tree.setObjectName("outline_tree")
    tree.setAccessibleName("Outline of the graph")
    tree.setModel(model)
    tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    tree.setUniformRowHeights(True)
    tree.setAllColumnsShowFocus(True)
    tree.setIndentation(14)
    tree.setRootIsDecorated(False)
    tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    header = tree.header()
    header.setStretchLastSection(False)
    header.setMinimumSectionSize(44)
    for column in (NAME, OPERATION):
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
    for column in (VALUE, GRADIENT):
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(column, round(QFontMetricsF(number_font(12)).horizontalAdvance(WIDEST)) + CELL_PADDING)
    return tree
