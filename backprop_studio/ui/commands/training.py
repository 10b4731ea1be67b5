"""What the menus do to the training dock."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from backprop_studio.ui.main_window import MainWindow


class TrainingCommands:
    """Works on the training dock, which is filled last of all."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def show_settings(self) -> None:
        """Show the optimiser's settings, or hide them."""
        dock = self._window.docks["training"]
        dock.show()
        strip = dock.findChild(QPushButton, "training_open")
        if strip is not None and strip.isVisible():
            strip.click()
        toggle = dock.findChild(QPushButton, "training_settings")
        if toggle is not None:
            toggle.click()
