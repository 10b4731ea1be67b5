"""What is seen: zoom, theme, animation, panels, the whole screen."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt

from backprop_studio.engine.blas_threads import limit_blas_threads
from backprop_studio.session.timeline import Animate, Timeline
from backprop_studio.ui.canvas.view import CanvasView
from backprop_studio.ui.fit_keeper import FitKeeper
from backprop_studio.ui.main_window import MainWindow
from backprop_studio.ui.panels.code import CodePanel
from backprop_studio.ui.settings import Settings
from backprop_studio.ui.theme import ThemeChoice, ThemeManager

ZOOM_STEP = 1.25
MOST_CODE = 0.33
"""Of the window's width, for code that is wide."""


class ViewCommands:
    """The actions of the View menu; what they set is remembered."""

    def __init__(
        self,
        window: MainWindow,
        canvas: CanvasView,
        fitting: FitKeeper,
        settings: Settings,
        themes: ThemeManager,
        timeline: Timeline,
    ) -> None:
        self._window = window
        self._canvas = canvas
        self._docks = window.docks
        self._settings = settings
        self._themes = themes
        self._timeline = timeline
        self.fit = fitting.fit
        self.reset_layout = window.reset_layout

    def zoom_to_selection(self) -> None:
        """Show the selected nodes."""
        self._canvas.zoom_to_selection()

    def zoom_in(self) -> None:
        """Zoom in by a step."""
        self._canvas.zoom_by(ZOOM_STEP, self._middle_of_selection())

    def zoom_out(self) -> None:
        """Zoom out by a step."""
        self._canvas.zoom_by(1 / ZOOM_STEP, self._middle_of_selection())

    def _middle_of_selection(self) -> QPointF | None:
        """Where zooming keeps the view still: at what is selected, where that is in view; None for the middle."""
        geometry, area = self._canvas.scene.geometry, QRectF()
        for node in self._canvas.session.selection:
            if node in geometry.node_row:
                area = area.united(geometry.node_rect(node))
        middle = self._canvas.camera.to_widget(area.center())
        return middle if not area.isEmpty() and self._canvas.rect().contains(middle.toPoint()) else None

    def zoom_actual(self) -> None:
        """One pixel a scene unit."""
        self._canvas.set_zoom(1.0)

    def set_theme(self, choice: ThemeChoice) -> None:
        """Use the light or the dark theme, or the system's."""
        self._settings.set_text("theme", choice)
        self._themes.set(choice)

    def set_blas_threads(self, count: str) -> None:
        """Let matrix products use so many threads."""
        self._settings.set_text("blas_threads", count)
        limit_blas_threads(int(count))

    def set_animate(self, animate: Animate) -> None:
        """Let numbers travel, appear step by step, or all at once."""
        self._settings.set_text("animate", animate)
        self._timeline.animate = animate

    def set_guides(self, on: bool) -> None:
        """Let dragged nodes line up with others, or not."""
        self._settings.set_text("guides", "on" if on else "off")
        self._canvas.guides = on

    def show_palette(self, shown: bool) -> None:
        """Show or hide the operations."""
        self._docks["palette"].setVisible(shown)

    def show_inspector(self, shown: bool) -> None:
        """Show or hide the inspector."""
        self._docks["inspector"].setVisible(shown)

    def show_explanation(self, shown: bool) -> None:
        """Show the explanation in front, or hide it. Behind another tab it is raised, not hidden."""
        dock = self._docks["explanation"]
        is_behind = not dock.isHidden() and dock.visibleRegion().isEmpty()
        dock.setVisible(shown or is_behind)
        if shown or is_behind:
            dock.raise_()
            self._window.actions_table["show_explanation"].setChecked(True)

    def show_training(self, shown: bool) -> None:
        """Show or hide the training panel."""
        self._docks["training"].setVisible(shown)

    def show_code(self, shown: bool) -> None:
        """Show or hide the graph's code; shown, it is as wide as its lines, up to a limit, and takes the cursor."""
        dock, panel = self._docks["code"], self._docks["code"].widget()
        dock.setVisible(shown)
        if shown:
            dock.raise_()
            if isinstance(panel, CodePanel):
                self._window.widen("code", min(panel.wanted_width, round(MOST_CODE * self._window.width())))
            dock.widget().setFocus(Qt.FocusReason.ShortcutFocusReason)

    def fullscreen(self, on: bool) -> None:
        """Fill the screen, or go back to the size before."""
        state = self._window.windowState()
        full = Qt.WindowState.WindowFullScreen
        self._window.setWindowState(state | full if on else state & ~full)


def known_animate(text: str) -> Literal["full", "steps", "off"]:
    """A stored animation setting; "full" for anything unknown."""
    return "steps" if text == "steps" else "off" if text == "off" else "full"
