"""The rows of the outline: every node, and the groups that nodes lie in, as a tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from backprop_studio.document.absence import Reason
from backprop_studio.document.graph import Graph
from backprop_studio.document.groups import size_text
from backprop_studio.document.ordering import walking_order
from backprop_studio.ui.panels.outline_numbers import OutlineNumbers
from backprop_studio.ui.plain_text import plain, tooltip
from backprop_studio.ui.theme import Theme, number_font

Index = QModelIndex | QPersistentModelIndex
HEADINGS = ("Name", "Operation", "Value", "Gradient")
NAME, OPERATION, VALUE, GRADIENT = range(4)
_ROOT = 0
"""A node's number is twice its id, a group's one more: ids begin at 1, so that 0 is free for the root."""


class OutlineModel(QAbstractItemModel):
    """Nodes in the order in which they are computed, within their groups. Texts are made when they are looked at."""

    def __init__(self, numbers: OutlineNumbers, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._numbers = numbers
        self._graph = Graph()
        self._children: dict[int, list[int]] = {_ROOT: []}
        self._place: dict[int, tuple[int, int]] = {}
        """Number of a row → (number of the row it lies in, its row there)."""

    def show_graph(self, graph: Graph) -> None:
        """List another graph."""
        self.beginResetModel()
        self._graph = graph
        self._children = {_ROOT: []}
        self._place = {}
        for node in walking_order(graph):
            self._put(2 * node, graph.nodes[node].group)
        self.endResetModel()

    def keep_graph(self, graph: Graph) -> None:
        """The same nodes and wires, perhaps with other contents."""
        self._graph = graph
        self.refresh()

    def refresh(self) -> None:
        """The numbers may be others now."""
        for children in self._children.values():
            if children:
                last = self.createIndex(len(children) - 1, GRADIENT, children[-1])
                self.dataChanged.emit(self.createIndex(0, NAME, children[0]), last)

    def node(self, index: Index) -> int | None:
        """The node of a row, None for a group's."""
        number = index.internalId() if index.isValid() else 1
        return None if number % 2 else number // 2

    def groups(self) -> list[int]:
        """The groups that are listed."""
        return [number // 2 for number in self._place if number % 2]

    def item(self, index: Index) -> int:
        """The id of the node or group of a row; 0 for none."""
        return index.internalId() // 2 if index.isValid() else 0

    def index_of(self, item: int) -> QModelIndex:
        """Where a node or group stands; invalid where it is not listed."""
        number = 2 * item + (item in self._graph.groups)
        place = self._place.get(number)
        return QModelIndex() if place is None else self.createIndex(place[1], NAME, number)

    def stretches(self, indexes: Iterable[QModelIndex]) -> Iterator[tuple[QModelIndex, QModelIndex]]:
        """Rows that stand one below the other, by the first and the last: Qt takes long over thousands one by one."""
        ordered = sorted(indexes, key=lambda index: self._place[index.internalId()])
        for _, stretch in groupby(enumerate(ordered), lambda each: self._in_line(*each)):
            rows = [index for _, index in stretch]
            yield rows[0], rows[-1]

    def _in_line(self, number: int, index: QModelIndex) -> tuple[int, int]:
        """The same for rows that are numbered one after the other and stand so."""
        parent, row = self._place[index.internalId()]
        return parent, row - number

    def _put(self, number: int, group: int | None) -> None:
        """List a row within its group, and that group before it where it is not listed yet."""
        parent = _ROOT if group is None else 2 * group + 1
        if group is not None and parent not in self._place:
            self._put(parent, self._graph.groups[group].parent)
        siblings = self._children.setdefault(parent, [])
        self._place[number] = (parent, len(siblings))
        siblings.append(number)

    # what Qt asks

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        """The index of a row's cell."""
        children = self._children.get(parent.internalId() if parent.isValid() else _ROOT, [])
        if not (0 <= row < len(children) and 0 <= column < len(HEADINGS)):
            return QModelIndex()
        return self.createIndex(row, column, children[row])

    def parent(self, index: Index = QModelIndex()) -> Any:  # noqa: B008
        """The group that a row lies in."""
        place = self._place.get(index.internalId()) if index.isValid() else None
        if place is None or place[0] == _ROOT:
            return QModelIndex()
        return self.createIndex(self._place[place[0]][1], NAME, place[0])

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Number of rows in a group, or outside all."""
        if parent.isValid() and parent.column() != NAME:
            return 0
        return len(self._children.get(parent.internalId() if parent.isValid() else _ROOT, ()))

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Name, operation, value, gradient."""
        return len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The headings."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADINGS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, colour, tooltip or spoken name of a cell."""
        item = self.item(index)
        if item not in self._graph.nodes and item not in self._graph.groups:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.text(item, index.column())
            case Qt.ItemDataRole.AccessibleTextRole:
                return self.spoken(item) if index.column() == NAME else self.text(item, index.column())
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(self._numbers.problem(item) or self.spoken(item))
            case Qt.ItemDataRole.ForegroundRole:
                return self._color(item, index.column())
            case Qt.ItemDataRole.FontRole if index.column() in (VALUE, GRADIENT):
                return number_font(12)
            case Qt.ItemDataRole.TextAlignmentRole if index.column() in (VALUE, GRADIENT):
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def text(self, item: int, column: int) -> str:
        """What stands in a cell. Of a group the numbers are those at its outputs."""
        shown = self._graph.nodes.get(item)
        if column == VALUE:
            return self._numbers.value(item) if shown is not None else self._numbers.group_value(item)
        if column == GRADIENT:
            return self._numbers.gradient(item) if shown is not None else self._numbers.group_gradient(item)
        if shown is None:
            return (
                plain(self._graph.groups[item].name) if column == NAME else f"Group of {size_text(self._graph, item)}"
            )
        return plain(shown.label if column == NAME else shown.op.title)

    def spoken(self, item: int) -> str:
        """A row in words, for screen readers."""
        name, operation, value, gradient = (self.text(item, column) for column in range(4))
        told = (("value", value), ("gradient", gradient))
        words = [name, operation, *(f"{what} {_said(text)}" for what, text in told if text)]
        problem = self._numbers.problem(item)
        return ", ".join([*words, problem] if problem else words)

    def _color(self, node: int, column: int) -> Any:
        if self._numbers.problem(node):
            return self.theme.error
        return (self.theme.text, self.theme.quiet, self.theme.forward_text, self.theme.backward_text)[column]


def _said(number: str) -> str:
    """A number, or the mark in its place, in words."""
    words = {reason.mark: reason.words for reason in Reason}
    return ", ".join(words.get(part, part) for part in number.split(", "))
