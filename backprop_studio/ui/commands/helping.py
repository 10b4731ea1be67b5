"""The help pages: the guide, keyboard shortcuts, made from the table of actions, and about the program."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from backprop_studio import __version__
from backprop_studio.ui.dialogs import dress
from backprop_studio.ui.guide_page import GuidePage
from backprop_studio.ui.icons import pixmap
from backprop_studio.ui.main_window import MainWindow
from backprop_studio.ui.shortcut_page import ShortcutPage
from backprop_studio.ui.shortcuts import Shortcuts
from backprop_studio.ui.theme import ThemeManager, text_font

CANVAS_ROWS = (
    ("Canvas", "Pause the passes that are shown, or go on", "Space"),
    ("Canvas", "Move the view", "Space and drag, or middle button"),
    ("Canvas", "Zoom at the pointer", "Ctrl and wheel"),
    ("Canvas", "Add by typing", "Space, any character, or Tab where nothing is selected"),
    ("Canvas", "Write a comment by typing", "#"),
    ("Canvas", "Select more", "Shift or Ctrl and click, or drag a rectangle"),
    ("Canvas", "Move what is selected; in small steps", "Arrows; Shift and arrows"),
    ("Canvas", "Edit a value, title or comment", "Enter, or double click"),
    ("Canvas", "Resize a frame or comment", "Drag its lower right corner"),
    ("Canvas", "Leave what is being done", "Esc"),
    ("Canvas", "Leave the canvas", "Shift+Tab where nothing is selected"),
    ("Canvas", "Slice wires", "Ctrl and drag with the right button"),
    ("Canvas", "Take nodes out of their wires", "Alt while dragging"),
    ("Canvas", "Put a node or a group into a wire", "Drop it on the wire"),
    ("Canvas", "Bend a wire, or straighten it", "Double click on it, or on its dot"),
    ("Canvas", "Wire to a new node", "Drop the wire on empty canvas"),
    ("Canvas", "Place without snapping", "Shift while dragging"),
    ("Canvas", "Next node, node before", "Tab, Shift+Tab from a selected node; N, Shift+N from anywhere"),
    ("Canvas", "Enter a group", "Enter, or double click on it"),
    ("Canvas", "Leave a group", "Backspace where nothing is selected"),
    ("Canvas", "Open a group where it stands, or collapse it", "Click its triangle, or double click on its title"),
    ("Canvas", "Draw a wire from the selected node", "W, then arrows and Enter"),
)


class HelpCommands:
    """The actions of the Help menu."""

    def __init__(self, window: MainWindow, themes: ThemeManager) -> None:
        self._window = window
        self._shortcuts = Shortcuts(window.actions_table, window.settings)
        self._shortcuts.recall()
        self._themes = themes
        self._dialog: QDialog | None = None

    def guide(self) -> None:
        """Show the page for a first hour; its links do what they name while it stays open."""
        dialog = self._open("guide_dialog", "Guide")
        page = GuidePage(self._shortcuts.keys, self._carry_out, self._themes.theme)
        self._finish(dialog, [page], QSize(700, 680))

    def _carry_out(self, name: str) -> None:
        action = self._window.actions_table[name]
        if action.isEnabled():
            action.trigger()

    def shortcuts(self) -> None:
        """Show every shortcut there is; those of the menus can be changed."""
        dialog = self._open("shortcuts_dialog", "Keyboard shortcuts")
        self._finish(dialog, [ShortcutPage(self._shortcuts, CANVAS_ROWS)], QSize(680, 600))

    def about(self) -> None:
        """Say what this program is."""
        dialog = self._open("about_dialog", "About Backprop Studio")
        picture = QLabel()
        picture.setPixmap(pixmap("backprop-studio", self._themes.theme.forward, 64, self._window.devicePixelRatioF()))
        title = QLabel("Backprop Studio")
        title.setFont(text_font(18, bold=True))
        number = QLabel(f"Version {__version__}")
        number.setProperty("quiet", True)
        text = QLabel(
            "Build a computational graph, watch values run forward and gradients run back along its wires, "
            "ask why, and train it. Every number is computed live in float64, with PyTorch's definitions."
        )
        for label in (title, number, text):
            label.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        self._finish(dialog, [picture, title, number, text], QSize(420, 280))

    def _open(self, name: str, title: str) -> QDialog:
        if self._dialog is not None:
            self._dialog.close()
        dialog = QDialog(self._window)
        dialog.setObjectName(name)
        dialog.setWindowTitle(title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.destroyed.connect(self._forget)
        self._dialog = dialog
        return dialog

    def _forget(self) -> None:
        self._dialog = None

    def _finish(self, dialog: QDialog, parts: list[QWidget], size: QSize) -> None:
        column = QVBoxLayout(dialog)
        column.setContentsMargins(22, 20, 22, 16)
        column.setSpacing(10)
        for part in parts:
            column.addWidget(part)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        dress(buttons)
        buttons.rejected.connect(dialog.reject)
        column.addWidget(buttons)
        dialog.resize(size)
        dialog.show()
