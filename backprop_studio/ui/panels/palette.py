"""The palette: every operation by category, found by search, dragged or placed from here."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QDrag, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from backprop_studio.engine.op import Op
from backprop_studio.engine.ops import registry
from backprop_studio.session.block_shelf import OWN, BlockEntry, BlockError, BlockShelf
from backprop_studio.ui.icons import icon
from backprop_studio.ui.panels.palette_model import BLOCK_ROLE, OPERATION_ROLE, PaletteModel, best
from backprop_studio.ui.panels.palette_rows import PaletteDelegate, block_picture, drag_picture
from backprop_studio.ui.plain_text import plain
from backprop_studio.ui.theme import ThemeManager


class PaletteList(QListView):
    """The list of operations; dragging an entry carries its operation and a picture of the node."""

    def __init__(self, themes: ThemeManager) -> None:
        super().__init__()
        self._themes = themes
        self.setObjectName("palette_list")
        self.setAccessibleName("Operations")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setItemDelegate(PaletteDelegate(themes, self))

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Carry the pressed operation, with a picture of its node under the pointer."""
        indexes = self.selectedIndexes()
        if not indexes:
            return
        op, ratio = registry.get(str(indexes[0].data(OPERATION_ROLE))), self.devicePixelRatioF()
        drag = QDrag(self)
        drag.setMimeData(self.model().mimeData(indexes))
        if op is not None:
            picture = drag_picture(op, self._themes.theme, ratio)
        else:
            picture = block_picture(plain(str(indexes[0].data())), self._themes.theme, ratio)
        drag.setPixmap(picture)
        size = picture.deviceIndependentSize()
        drag.setHotSpot(QPoint(round(size.width() / 2), round(size.height() / 2)))
        drag.exec(Qt.DropAction.CopyAction)


class PalettePanel(QWidget):
    """Search field and list. ``place_requested`` asks for an operation to be placed in view, the other for a block."""

    place_requested = Signal(str)
    block_requested = Signal(str)

    def __init__(self, themes: ThemeManager, shelf: BlockShelf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self.setObjectName("palette")
        self._themes = themes
        self._model = PaletteModel(shelf, self)
        self._search = QLineEdit()
        self._search.setObjectName("palette_search")
        self._search.setPlaceholderText("Search")
        self._search.setAccessibleName("Search operations")
        self._search.setClearButtonEnabled(True)
        self._glass = self._search.addAction(
            icon("search", themes.theme.quiet), QLineEdit.ActionPosition.LeadingPosition
        )
        self._list = PaletteList(themes)
        self._list.setModel(self._model)
        self._nothing = QLabel()
        self._nothing.setObjectName("palette_nothing")
        self._nothing.setProperty("quiet", True)
        self._nothing.setTextFormat(Qt.TextFormat.PlainText)
        self._nothing.setWordWrap(True)
        self._nothing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 0)
        column.setSpacing(8)
        column.addWidget(self._search)
        column.addWidget(self._nothing)
        column.addWidget(self._list, 1)
        self.setFocusProxy(self._search)
        self._search.textChanged.connect(self._filter)
        self._search.returnPressed.connect(self._place_current)
        self._search.installEventFilter(self)
        self._list.activated.connect(self._place_index)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._list.customContextMenuRequested.connect(self._show_menu)
        self._list.installEventFilter(self)
        # Later: a new name lists the blocks anew, which the editor that is just closing must not see.
        self._model.rename_requested.connect(self._rename, Qt.ConnectionType.QueuedConnection)
        themes.changed.connect(self._recolour)

    @property
    def model(self) -> PaletteModel:
        """What is listed."""
        return self._model

    def focus_search(self) -> None:
        """Put the cursor into the search field, ready to be typed over."""
        self._search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._search.selectAll()

    def sizeHint(self) -> QSize:
        """Wide enough for the longest title."""
        return QSize(208, 400)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrow keys in the search field move through the list; Esc empties the field. F2 and Del are the list's own:
        as shortcuts they would clash with the window's, and neither would work.
        """
        own = {Qt.Key.Key_F2: self._rename_current, Qt.Key.Key_Delete: self._remove_current}
        if watched is self._list and isinstance(event, QKeyEvent) and event.key() in own and not event.modifiers():
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
            elif event.type() == QEvent.Type.KeyPress:
                own[Qt.Key(event.key())]()
            return True
        if watched is self._search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self._step(1 if event.key() == Qt.Key.Key_Down else -1)
                return True
            if event.key() == Qt.Key.Key_Escape and self._search.text():
                self._search.clear()
                return True
        return super().eventFilter(watched, event)

    def _filter(self, text: str) -> None:
        self._model.search(text)
        nothing = self._model.rowCount() == 0
        self._nothing.setVisible(nothing)
        self._nothing.setText(f"No operation is called “{plain(text)}”. Try another word, such as add, relu or loss.")
        self._list.setVisible(not nothing)
        self._choose(best(text))

    def _choose(self, op: Op | None) -> None:
        row = self._model.row_of(op)
        if row is None:
            self._list.scrollToTop()
            return
        index = self._model.index(row)
        self._list.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def _step(self, direction: int) -> None:
        at = self._list.currentIndex().row() + direction
        while 0 <= at < self._model.rowCount():
            row = self._model.row(self._model.index(at))
            if isinstance(row, Op | BlockEntry):
                index = self._model.index(at)
                flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
                self._list.selectionModel().setCurrentIndex(index, flag)
                return
            at += direction

    def _place_current(self) -> None:
        index = self._list.currentIndex()
        if index.isValid():
            self._place_index(index)

    def _place_index(self, index: QModelIndex) -> None:
        name = index.data(OPERATION_ROLE)
        key = index.data(BLOCK_ROLE)
        if isinstance(name, str):
            self.place_requested.emit(name)
        elif isinstance(key, str):
            self.block_requested.emit(key)

    def _show_menu(self, at: QPoint) -> None:
        """What can be done with a block of one's own."""
        self._list.setCurrentIndex(self._list.indexAt(at))
        if self._own() is None:
            return
        menu = QMenu(self)
        menu.setObjectName("menu_own_block")
        menu.aboutToHide.connect(menu.deleteLater)
        menu.addAction("&Rename").triggered.connect(self._rename_current)
        menu.addAction("Re&move").triggered.connect(self._remove_current)
        menu.popup(self._list.viewport().mapToGlobal(at))

    def _own(self) -> str | None:
        """The key of the chosen block, where it is one of a person's own."""
        key = self._list.currentIndex().data(BLOCK_ROLE)
        return key if isinstance(key, str) and key.startswith(OWN) else None

    def _rename_current(self) -> None:
        """Type another name in place of the block's title."""
        if self._own() is not None:
            self._list.edit(self._list.currentIndex())

    def _rename(self, key: str, name: str) -> None:
        self._told(lambda: self._shelf.rename(key, name))

    def _remove_current(self) -> None:
        key = self._own()
        if key is not None and confirmed_removal(self, key.removeprefix(OWN)):
            self._told(lambda: self._shelf.remove(key))

    def _told(self, do: Callable[[], None]) -> None:
        """Do something with the shelf; what it refuses is said below the search."""
        self._nothing.hide()
        try:
            do()
        except BlockError as error:
            self._nothing.setText(str(error))
            self._nothing.show()

    def _recolour(self) -> None:
        self._glass.setIcon(icon("search", self._themes.theme.quiet))
        self._list.viewport().update()


def confirmed_removal(parent: QWidget, name: str) -> bool:
    """Ask before a block is gone for good: this can not be undone."""
    box = QMessageBox(QMessageBox.Icon.Question, "Remove Block", "", QMessageBox.StandardButton.Cancel, parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(f"Remove the block “{plain(name)}” from the palette? This cannot be undone.")
    remove = box.addButton("Remove", QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(remove)
    box.exec()
    return box.clickedButton() is remove
