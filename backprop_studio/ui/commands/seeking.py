"""Finding one's way: search, map, outline, history, gradients seen at a glance, presentation."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from backprop_studio.ui.canvas.camera_move import CameraMove
from backprop_studio.ui.canvas.find_bar import FindBar
from backprop_studio.ui.canvas.focus_frame import FocusFrame
from backprop_studio.ui.canvas.magnitude_view import MagnitudeView
from backprop_studio.ui.canvas.minimap import Minimap
from backprop_studio.ui.canvas.view import CanvasView
from backprop_studio.ui.fit_keeper import FitKeeper
from backprop_studio.ui.main_window import MainWindow
from backprop_studio.ui.panels.history import HistoryPanel
from backprop_studio.ui.panels.outline import OutlinePanel
from backprop_studio.ui.presentation import Presentation
from backprop_studio.ui.theme import ThemeManager

ON_OFF = ("on", "off")


class SeekCommands:
    """Makes what helps to find one's way in a graph, and carries out the actions for it."""

    def __init__(self, window: MainWindow, canvas: CanvasView, fitting: FitKeeper, themes: ThemeManager) -> None:
        self._window, self._canvas = window, canvas
        self.camera = CameraMove(canvas)
        self.find_bar = FindBar(canvas, self.camera, themes)
        self.minimap = Minimap(canvas, themes)
        self.magnitudes = MagnitudeView(canvas)
        self.focus_frame = FocusFrame(canvas)
        self.presentation = Presentation(window, canvas, fitting)
        self.outline = OutlinePanel(canvas.session, themes)
        self.history = HistoryPanel(canvas.session, themes)
        self.outline.node_chosen.connect(canvas.reveal)
        self._put("outline", self.outline)
        self._put("history", self.history)
        for name, kept in (("minimap", "on"), ("magnitudes", "off")):
            on = window.settings.text(name, kept, ON_OFF) == "on"
            window.actions_table[name].setChecked(on)
            getattr(self, "set_" + name)(on)

    def find(self) -> None:
        """Show the field to search with."""
        self.find_bar.begin()

    def find_next(self) -> None:
        """Go to the next node found."""
        self.find_bar.next()

    def find_previous(self) -> None:
        """Go to the node found before."""
        self.find_bar.previous()

    def set_minimap(self, on: bool) -> None:
        """Show the map of large graphs, or do not."""
        self._window.settings.set_text("minimap", "on" if on else "off")
        self.minimap.want(on)

    def set_magnitudes(self, on: bool) -> None:
        """Colour the wires by their gradients, or do not."""
        self._window.settings.set_text("magnitudes", "on" if on else "off")
        self.magnitudes.set_on(on)

    def show_outline(self, shown: bool) -> None:
        """Show or hide the outline; shown, it comes to the front."""
        self._show("outline", shown)

    def show_history(self, shown: bool) -> None:
        """Show or hide the history; shown, it comes to the front."""
        self._show("history", shown)

    def present(self, on: bool) -> None:
        """Show the graph alone, or the window as it was."""
        self.presentation.set_on(on)

    def _put(self, name: str, panel: QWidget) -> None:
        """Fill a dock, and let its menu entry follow it."""
        dock, action = self._window.docks[name], self._window.actions_table["show_" + name]
        dock.setWidget(panel)
        action.setChecked(not dock.isHidden())
        dock.visibilityChanged.connect(lambda _: action.setChecked(not dock.isHidden()))

    def _show(self, name: str, shown: bool) -> None:
        dock = self._window.docks[name]
        dock.setVisible(shown)
        if shown:
            dock.raise_()
