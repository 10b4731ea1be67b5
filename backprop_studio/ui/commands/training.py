"""What the menus do to the training dock, and to the loss curve in it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PySide6.QtGui import QGuiApplication, QPixmap
from PySide6.QtWidgets import QFileDialog, QPushButton, QWidget

from backprop_studio.document.atomic_write import write_atomically
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.messages import Message
from backprop_studio.training.losses_text import losses_csv
from backprop_studio.ui.main_window import MainWindow
from backprop_studio.ui.panels.message_bar import MessageBar
from backprop_studio.ui.plain_text import plain

CURVE_FILTER = "Table of losses (*.csv);;PNG picture (*.png)"


class TrainingCommands:
    """Works on the training dock, which is filled last of all."""

    def __init__(self, window: MainWindow, session: EditorSession, messages: MessageBar) -> None:
        self._window, self._session, self._messages = window, session, messages
        self._warned: str | None = None
        session.training.changed.connect(self._drop_warning)

    def show_settings(self) -> None:
        """Show the optimiser's settings, or hide them."""
        self._open()
        toggle = self._window.docks["training"].findChild(QPushButton, "training_settings")
        if toggle is not None:
            toggle.click()

    def copy_losses(self) -> None:
        """Put the losses on the clipboard, as a table that spreadsheets take."""
        QGuiApplication.clipboard().setText(losses_csv(self._session.training.losses))
        self._tell(f"The losses of {self._session.training.step_count} steps are on the clipboard.")

    def copy_curve(self) -> None:
        """Put a picture of the loss curve on the clipboard."""
        picture = self._picture()
        if picture is not None:
            QGuiApplication.clipboard().setPixmap(picture)
            self._tell("The picture of the loss curve is on the clipboard.")

    def export_curve(self) -> None:
        """Choose a file and write the losses to it, or a picture of their curve."""
        folder = self._session.path.parent if self._session.path is not None else Path.home()
        name, chosen = QFileDialog.getSaveFileName(
            self._window, "Export the loss curve", str(folder / "losses.csv"), CURVE_FILTER
        )
        if name:
            path = Path(name)
            self.write_curve(
                path if path.suffix else path.with_name(path.name + (".png" if "png" in chosen else ".csv"))
            )

    def write_curve(self, path: Path) -> bool:
        """Write the curve as PNG, else the losses as CSV, by the file's suffix. A message tells what came of it."""
        try:
            if path.suffix.lower() == ".png":
                picture = self._picture()
                if picture is None or not picture.save(str(path)):
                    raise OSError("no picture could be written there")
            else:
                write_atomically(path, losses_csv(self._session.training.losses).encode())
        except OSError as error:
            reason = error.strerror or str(error)
            self._tell(f"{path} cannot be written: {reason}. Choose another folder.", "error")
            return False
        self._tell(f"The loss curve is in {path}.")
        return True

    def forget_runs(self) -> None:
        """Take the curves of earlier runs out of the plot."""
        self._session.training.forget_earlier()

    def _open(self) -> None:
        dock = self._window.docks["training"]
        dock.show()
        strip = dock.findChild(QPushButton, "training_open")
        if strip is not None and strip.isVisible():
            strip.click()

    def _picture(self) -> QPixmap | None:
        """The curve as it is shown; opens the dock for it."""
        self._open()
        curve = self._window.docks["training"].findChild(QWidget, "loss_curve")
        return curve.grab() if curve is not None else None

    def _tell(self, text: str, severity: Literal["info", "error"] = "info") -> None:
        self._session.message.emit(Message(text, severity))

    def _drop_warning(self) -> None:
        """What a run was warned of says nothing once training has begun anew."""
        now = self._session.training.warning
        if now is None and self._warned is not None and self._messages.text == plain(self._warned):
            self._messages.clear()
        self._warned = now
