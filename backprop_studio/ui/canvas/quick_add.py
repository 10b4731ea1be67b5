"""Quick-add: a field at the pointer in which an operation, a number or a formula is typed and placed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from backprop_studio.document.graph import Graph, Point, Wire
from backprop_studio.exchange.graph_code import GraphCodeError
from backprop_studio.session.edit_texts import wire_name
from backprop_studio.ui.canvas import bezier
from backprop_studio.ui.canvas.geometry import Port
from backprop_studio.ui.canvas.quick_build import Slots, build, build_into, fitting, fitting_into, remembered
from backprop_studio.ui.canvas.quick_search import Choice, choices
from backprop_studio.ui.plain_text import plain
from backprop_studio.ui.theme import Theme, number_font, text_font

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView

WIDTH, ROW, MOST_ROWS = 340, 30, 8
_CHOICE = int(Qt.ItemDataRole.UserRole)


class QuickAdd(QObject):
    """Opens the field over a canvas, and places what is chosen there as one undo step."""

    used = Signal(object)
    """Names of the operations used last, newest first: the list has changed."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.popup: QuickAddPopup | None = None
        self.recent: list[str] = []
        self._at: Point = (0.0, 0.0)
        self._begin: Port | None = None
        """The port that a wire was drawn from, and the port of a node that it stands for."""
        self._wired: Port | None = None
        self._into: Wire | None = None
        self._slots: Slots | None = None

    def open(
        self, at: QPointF | None = None, text: str = "", begin: Port | None = None, into: Wire | None = None
    ) -> None:
        """Open the field at a point of the widget (by default the pointer).

        What is chosen is wired to ``begin``, or put into the wire ``into``.
        """
        self.close()
        canvas = self._canvas
        at = at if at is not None else canvas.pointer.place()
        if at is None or not QRectF(canvas.rect()).contains(at):
            at = QRectF(canvas.rect()).center()
        point = canvas.camera.to_scene(at)
        self._at, self._begin, self._into = (point.x(), point.y()), begin, into
        self._wired = None if begin is None else self._canvas.scene.node_port(begin)
        self._show_wire(point)
        evaluation = canvas.session.flush()
        self._slots = fitting(evaluation, self._wired) if into is None else fitting_into(evaluation, into)
        self.popup = QuickAddPopup(self, canvas, self._slots, self._hint(), operations_only=into is not None)
        self.popup.field.setText(text)
        self.popup.place(at)
        self.popup.show()
        self.popup.raise_()
        self.popup.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def close(self) -> None:
        """Close the field; the wire that it was opened for is not made."""
        popup, self.popup = self.popup, None
        if popup is None:
            return
        had_focus = popup.field.hasFocus()
        self._begin = None
        self._canvas.overlay.pending = None
        popup.hide()
        popup.deleteLater()
        self._canvas.update()
        if had_focus:
            self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def remember(self, op_name: str) -> None:
        """An operation was placed, here or from the palette: it is offered before others from now on."""
        self.recent = remembered(self.recent, op_name)
        self.used.emit(self.recent)

    def choose(self, choice: Choice) -> None:
        """Place what a row stands for. What the graph refuses is said, and the field closes."""
        if choice.kind == "problem":
            return
        at, begin, into, slots = self._at, self._wired, self._into, self._slots
        session, geometry = self._canvas.session, self._canvas.scene.geometry
        if choice.kind == "comment":
            self.close()
            self._canvas.framing.write_comment(at, choice.text)
            return
        if choice.kind == "block":
            self.close()
            self._canvas.blocks.place(choice.text, at)
            return
        new: list[int] = []

        def edit(graph: Graph) -> Graph:
            if into is not None:
                after, ids = build_into(graph, choice.text, at, geometry.wires_at(geometry.wire_row[into]))
            else:
                after, ids = build(graph, choice, at, begin, slots)
            new[:] = ids
            return after

        self.close()
        try:
            done = session.edit(edit, f"Add {choice.text[:24]}")
        except GraphCodeError:
            return
        if done:
            session.select(new)
            self._show(new)
            if choice.kind == "operation":
                self.remember(choice.text)

    def _show(self, new: list[int]) -> None:
        """Bring what a formula made into view as a whole; leave the view alone where a single node is in sight."""
        canvas = self._canvas
        if len(new) > 1:
            canvas.bring_in(new)
        elif not any(canvas.node_rect(node).intersects(QRectF(canvas.rect())) for node in new):
            canvas.reveal(new[0])

    def _hint(self) -> str:
        if self._into is not None:
            graph = self._canvas.scene.graph
            return f"Put into {plain(wire_name(graph, self._into.source, self._into.target))} …"
        if self._begin is None:
            return "Operation, number or formula"
        port = self._canvas.scene.node_port(self._begin)
        if port is None:
            return "Operation, number or formula"
        node = self._canvas.scene.graph.nodes[port.item]
        name = node.name if port.is_input else node.names[port.number]
        return f"Feed {plain(name)} from …" if self._begin.is_input else f"Wire {plain(name)} into …"

    def _show_wire(self, point: QPointF) -> None:
        if self._begin is None:
            return
        fixed = self._canvas.scene.geometry.port_point(self._begin)
        ends = (point, fixed) if self._begin.is_input else (fixed, point)
        first, last = (np.array([[end.x(), end.y()]]) for end in ends)
        self._canvas.overlay.pending = bezier.between(first, last)[0]
        self._canvas.update()


class QuickAddPopup(QFrame):
    """The field and its rows. A child of the canvas, so that it is never left behind by it."""

    def __init__(
        self, owner: QuickAdd, canvas: CanvasView, fits: Slots | None, hint: str, *, operations_only: bool = False
    ) -> None:
        super().__init__(canvas)
        self._operations_only = operations_only
        self._owner, self._canvas, self._fits = owner, canvas, fits
        self._blocks = canvas.blocks.entries()
        self.setObjectName("quick_add")
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        theme = canvas.painter.theme
        self.setStyleSheet(
            f"#quick_add {{ background: {theme.panel.name()}; border: 1px solid {theme.node_border.name()};"
            " border-radius: 8px; } #quick_add QListWidget { background: transparent; }"
        )
        self.field = QLineEdit()
        self.field.setObjectName("quick_add_field")
        self.field.setAccessibleName("Add operation, number or formula")
        self.field.setPlaceholderText(hint)
        self.field.setMaxLength(2000)
        self.field.installEventFilter(self)
        self.rows = QListWidget()
        self.rows.setObjectName("quick_add_rows")
        self.rows.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.rows.setMouseTracking(True)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.setItemDelegate(_RowPainter(theme, self.rows))
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # else a press on a row would give the focus to the canvas
        self.setFocusProxy(self.field)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.field)
        column.addWidget(self.rows)
        self.field.textChanged.connect(self._fill)
        self.rows.itemClicked.connect(self._clicked)
        self._fill("")

    def place(self, at: QPointF) -> None:
        """Stand with the field at a point of the canvas, as far as there is room."""
        canvas = self._canvas
        height = self._height(MOST_ROWS)
        width = min(WIDTH, max(canvas.width() - 16, 120))
        left = min(max(at.x() - 24, 8), max(canvas.width() - width - 8, 8))
        top = min(max(at.y() - 20, 8), max(canvas.height() - height - 8, 8))
        self.setGeometry(round(left), round(top), round(width), round(height))
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The keys that the field leaves to the rows; the field's loss of focus."""
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                return self._key(Qt.Key(event.key()))
        lost = isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut
        keeps = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
        if lost and isinstance(event, QFocusEvent) and event.reason() not in keeps:
            self._owner.close()
        return super().eventFilter(watched, event)

    def chosen(self) -> Choice | None:
        """The row that Enter would place."""
        item = self.rows.currentItem()
        return item.data(_CHOICE) if item is not None else None

    def _height(self, rows: int) -> int:
        """The height that so many rows want, as far as the canvas has it."""
        wanted = min(rows, MOST_ROWS) * ROW
        return self.field.sizeHint().height() + 26 + min(wanted, max(self._canvas.height() - 80, ROW))

    def _fit(self) -> None:
        """As high as there are rows; the field stays where it is."""
        self.resize(self.width(), self._height(self.rows.count()))

    def _key(self, key: Qt.Key) -> bool:
        moves = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: MOST_ROWS, Qt.Key.Key_PageUp: -MOST_ROWS}
        if key == Qt.Key.Key_Escape:
            self._owner.close()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            choice = self.chosen()
            if choice is not None and (key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or self.field.text()):
                self._owner.choose(choice)
        elif key in moves:
            at = self.rows.currentRow() + moves[key]
            self.rows.setCurrentRow(min(max(at, 0), self.rows.count() - 1))
        else:
            return False
        return True

    def _fill(self, text: str) -> None:
        self.rows.clear()
        found = choices(text, self._owner.recent, self._fits, self._blocks, operations_only=self._operations_only)
        for choice in found:
            item = QListWidgetItem(choice.title)
            item.setData(_CHOICE, choice)
            item.setToolTip("" if choice.kind != "problem" else plain(choice.title))
            self.rows.addItem(item)
        self.rows.setCurrentRow(0)
        self._fit()

    def _clicked(self, item: QListWidgetItem) -> None:
        self._owner.choose(item.data(_CHOICE))


class _RowPainter(QStyledItemDelegate):
    """Paints a row: symbol in a chip, title, and quietly at the right what it is."""

    def __init__(self, theme: Theme, parent: QListWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """All rows are of one height."""
        return QSize(120, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one row."""
        choice, theme, rect = index.data(_CHOICE), self._theme, QRectF(option.rect)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if choice.kind == "problem":
            painter.setPen(theme.quiet)
            painter.setFont(text_font(12))
            painter.drawText(rect.adjusted(6, 0, -6, 0), middle, _cut(painter, choice.title, rect.width() - 12))
            painter.restore()
            return
        state = option.state
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.selection if state & QStyle.StateFlag.State_Selected else theme.hover)
            painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), 5, 5)
        painter.setPen(theme.update_text if choice.kind != "operation" else theme.forward_text)
        painter.setFont(number_font(12))
        chip = QRectF(rect.x() + 4, rect.y(), 56, rect.height())
        painter.drawText(chip, middle | Qt.AlignmentFlag.AlignHCenter, _cut(painter, choice.symbol, 56))
        painter.setFont(text_font(11))
        detail = QFontMetricsF(painter.font()).horizontalAdvance(choice.detail)
        painter.setPen(theme.quiet)
        painter.drawText(rect.adjusted(0, 0, -8, 0), middle | Qt.AlignmentFlag.AlignRight, choice.detail)
        painter.setPen(theme.text)
        painter.setFont(text_font(13))
        room = rect.adjusted(66, 0, -detail - 18, 0)
        painter.drawText(room, middle, _cut(painter, plain(choice.title), room.width()))
        painter.restore()


def _cut(painter: QPainter, text: str, width: float) -> str:
    return QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, max(width, 0.0))
