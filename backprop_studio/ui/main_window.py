"""The window's frame: menus, toolbar and docks, before anything is in them.

It needs no document and no NumPy, so it is on screen while those are still loading. ``Workspace`` fills it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from backprop_studio.ui.actions import Actions
from backprop_studio.ui.dock import Dock
from backprop_studio.ui.plain_text import plain
from backprop_studio.ui.settings import Settings
from backprop_studio.ui.theme import ThemeManager
from backprop_studio.ui.tool_strip import ToolStrip

NAME = "Backprop Studio"
OPENABLE = (".backprop", ".py")
DOCKS = {
    "palette": "Operations",
    "inspector": "Inspector",
    "explanation": "Explanation",
    "training": "Training",
    "code": "Graph code",
    "outline": "Outline",
    "history": "History",
}
TRAINING_HEIGHT = 212
NARROW_WINDOW = 1440
"""In a window of less width the graph needs the room that docks take in wider ones."""
WIDE_DOCKS, NARROW_DOCKS = (208, 310), (168, 252)
"""Widths of the docks on the left and on the right."""
FRAME_ROOM = QSize(40, 60)
"""What the frame around the window may take of the screen."""
UNTITLED = ("palette", "training")
"""Docks that need no title bar: what is at their top says what they are."""
_AREAS = {
    "palette": Qt.DockWidgetArea.LeftDockWidgetArea,
    "inspector": Qt.DockWidgetArea.RightDockWidgetArea,
    "explanation": Qt.DockWidgetArea.RightDockWidgetArea,
    "training": Qt.DockWidgetArea.BottomDockWidgetArea,
    "code": Qt.DockWidgetArea.RightDockWidgetArea,
    "outline": Qt.DockWidgetArea.RightDockWidgetArea,
    "history": Qt.DockWidgetArea.RightDockWidgetArea,
}
_HIDDEN_AT_FIRST = ("code", "explanation", "outline", "history")


class MainWindow(QMainWindow):
    """The frame. What its actions do, what it may be closed for and what is dropped on it is decided by others."""

    closed_for_good = Signal(object)
    """The window itself, once it has been closed."""

    def __init__(self, themes: ThemeManager, settings: Settings) -> None:
        super().__init__()
        self.setObjectName("main_window")
        self.setWindowTitle(NAME)
        self.setAcceptDrops(True)
        self.setMinimumSize(880, 560)
        self.resize(1360, 860)
        self.setDockNestingEnabled(True)
        self.settings = settings
        self._themes = themes
        self._layout_trusted = False
        self.handlers: object = None
        """The object whose attributes are the groups of commands that ``ui/action_table`` names."""
        self.may_close: Callable[[], bool] = lambda: True
        self.closed: Callable[[], None] = lambda: None
        self.open_path: Callable[[Path], object] = lambda path: None
        self.actions_table = Actions(self, self._handler)
        self.actions_table.fill(self.menuBar())
        self.actions_table.disable_all()
        self.tool_strip = ToolStrip(self.actions_table, themes, self)
        self.addToolBar(self.tool_strip)
        self.docks: dict[str, Dock] = {}
        self.centre = QVBoxLayout()
        self._make_centre()

    def restore_geometry(self) -> None:
        """Put the window where it was last, unless what is remembered may be damaged."""
        self._layout_trusted = self.settings.begin_opening()
        geometry = self.settings.blob("window/geometry") if self._layout_trusted else None
        if geometry is not None and self.restoreGeometry(geometry):
            if not self.windowState() & (Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen):
                self._keep_on_screen()
            return
        if self._keep_on_screen():
            self.setWindowState(Qt.WindowState.WindowMaximized)

    def _keep_on_screen(self) -> bool:
        """Make the window no larger than the screen has room for, and bring it there. True where it was larger."""
        area = self.screen().availableGeometry()
        room = area.size() - FRAME_ROOM
        size = self.size().boundedTo(room.expandedTo(self.minimumSize()))
        was_larger = size != self.size()
        if was_larger:
            self.resize(size)
            left = min(max(self.x(), area.left()), max(area.left(), area.right() - size.width()))
            top = min(max(self.y(), area.top()), max(area.top(), area.bottom() - size.height()))
            self.move(left, top)
        return was_larger

    def add_docks(self) -> None:
        """Make the docks, empty, and put them where they were last."""
        for name, title in DOCKS.items():
            self.docks[name] = Dock(name, title, self._themes, self, titled=name not in UNTITLED)
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self._place_docks()
        state = self.settings.blob("window/state") if self._layout_trusted else None
        if state is not None:
            self.restoreState(state)
        self.settings.opened()

    def save_layout(self) -> None:
        """Remember where the window and its docks are."""
        self.settings.save_blob("window/geometry", self.saveGeometry())
        self.settings.save_blob("window/state", self.saveState())

    def reset_layout(self) -> None:
        """Put every dock back where it was at first."""
        self.settings.forget_layout()
        for dock in self.docks.values():
            dock.setFloating(False)
            self.removeDockWidget(dock)
        self._place_docks()

    def give_training_room(self) -> None:
        """Make the training dock as high as it is at first, where it has a place in the window."""
        dock = self.docks["training"]
        if self.dockWidgetArea(dock) is not Qt.DockWidgetArea.NoDockWidgetArea:
            self.resizeDocks([dock], [TRAINING_HEIGHT], Qt.Orientation.Vertical)

    def widen(self, name: str, width: int) -> None:
        """Make a dock that has a place in the window at least so wide."""
        dock = self.docks[name]
        if dock.width() < width and not dock.isFloating():
            self.resizeDocks([dock], [width], Qt.Orientation.Horizontal)

    def show_title(self, title: str, modified: bool) -> None:
        """Name the document in the window's title, with Qt's mark where it is modified."""
        name = plain(title).replace("[*]", "[*][*]")
        self.setWindowTitle(f"{name}[*] — {NAME}")
        self.setWindowModified(modified)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask what is to become of changes, then close everything down."""
        if not self.may_close():
            event.ignore()
            return
        self.save_layout()
        self.closed()
        event.accept()
        self.closed_for_good.emit(self)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept one file that can be opened."""
        if _dropped_file(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the file."""
        path = _dropped_file(event)
        if path is not None:
            event.acceptProposedAction()
            self.open_path(path)

    def _handler(self, path: str) -> Callable[..., object]:
        group, _, method = path.partition(".")
        found = getattr(getattr(self.handlers, group), method)
        assert callable(found)
        return found

    def _make_centre(self) -> None:
        holder = QWidget()
        holder.setObjectName("centre")
        holder.setLayout(self.centre)
        self.centre.setContentsMargins(0, 0, 0, 0)
        self.centre.setSpacing(0)
        self.setCentralWidget(holder)

    def _place_docks(self) -> None:
        for name, dock in self.docks.items():
            self.addDockWidget(_AREAS[name], dock)
            dock.setVisible(name not in _HIDDEN_AT_FIRST)
        for name in ("explanation", "outline", "history"):
            self.tabifyDockWidget(self.docks["inspector"], self.docks[name])
        self.docks["inspector"].raise_()
        widths = NARROW_DOCKS if self.width() < NARROW_WINDOW else WIDE_DOCKS
        sides = [self.docks["palette"], self.docks["inspector"]]
        self.resizeDocks(sides, list(widths), Qt.Orientation.Horizontal)


def _dropped_file(event: QDropEvent) -> Path | None:
    """The one local file that is dragged, where it can be opened."""
    urls = event.mimeData().urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    return path if path.suffix.lower() in OPENABLE else None
