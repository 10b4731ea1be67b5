"""New, open, save, export, quit; asking before anything is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.messages import Message
from backprop_studio.ui.commands.animating import AnimationCommands
from backprop_studio.ui.dialogs import dress
from backprop_studio.ui.plain_text import plain
from backprop_studio.ui.theme import ThemeManager

OPEN_FILTER = "Graphs (*.backprop *.py);;All files (*)"
SAVE_FILTER = "Backprop Studio graphs (*.backprop)"
PICTURE_FILTER = "PNG picture (*.png);;SVG drawing (*.svg)"
PICTURE_SCALE = 2.0


class FileCommands:
    """The actions of the File menu. Whatever replaces the document asks first whether to save it."""

    def __init__(self, session: EditorSession, themes: ThemeManager, window: QWidget) -> None:
        self._session = session
        self._themes = themes
        self._window = window
        self.animation = AnimationCommands(session, themes, window)
        self.keep_code: Callable[[], bool] = lambda: True
        """Asks about graph code that was typed and not applied; False means: stay."""

    def new(self) -> None:
        """Begin with an empty canvas."""
        if self.may_leave():
            self._session.new()

    def open(self) -> None:
        """Choose a file and open it."""
        path, _ = QFileDialog.getOpenFileName(self._window, "Open a graph", self._folder(), OPEN_FILTER)
        if path:
            self.open_path(Path(path))

    def open_path(self, path: Path) -> bool:
        """Open a file. False where the person chose to stay or the file was refused; a message says why."""
        return self.may_leave() and self._session.open(path)

    def open_example(self, name: str, pace: float | None = None) -> bool:
        """Open an example as a new document, trained at so many steps a second (None: as other documents)."""
        return self.may_leave() and self._session.load_example(name, pace)

    def save(self) -> bool:
        """Save to the document's file; ask for one where it has none."""
        return self._session.save() if self._session.path is not None else self.save_as()

    def save_as(self) -> bool:
        """Choose a file and save to it."""
        name = str(self._session.path or Path(self._folder()) / f"{_file_name(self._session.title)}.backprop")
        path, _ = QFileDialog.getSaveFileName(self._window, "Save the graph", name, SAVE_FILTER)
        return bool(path) and self._session.save(_with_suffix(path, ".backprop"))

    def export_picture(self) -> None:
        """Choose a file and write the graph with its numbers to it."""
        path, chosen = QFileDialog.getSaveFileName(
            self._window, "Export a picture", self.suggested(".png"), PICTURE_FILTER
        )
        if path:
            self.write_picture(_with_suffix(path, ".svg" if "svg" in chosen else ".png"))

    def suggested(self, suffix: str) -> str:
        """The path of a file beside the document, by its title, for what is made of it."""
        return str(Path(self._folder()) / f"{_file_name(self._session.title)}{suffix}")

    def export_animation(self) -> None:
        """Choose a file and begin to write both passes to it."""
        self.animation.export()

    def write_picture(self, path: Path) -> bool:
        """Write the graph as PNG or SVG, by the file's suffix. A message tells of the file, or why there is none."""
        from backprop_studio.ui.canvas.picture import render_picture, write_svg  # QtSvg's writer is needed only here

        evaluation, theme = self._session.evaluation, self._themes.theme
        try:
            if path.suffix.lower() == ".svg":
                write_svg(path, evaluation, theme)
            elif not render_picture(evaluation, theme, scale=PICTURE_SCALE).save(str(path)):
                raise OSError(f"{path} cannot be written. Choose another folder, or a name ending in .png or .svg.")
        except OSError as error:
            self._session.message.emit(Message(str(error), "error"))
            return False
        self._session.message.emit(Message(f"The picture is in {path}.", "info"))
        return True

    def quit(self) -> None:
        """Close the window, and with it the program."""
        self._window.close()

    def may_leave(self) -> bool:
        """May the document be given up? Where it has changes: Save, Discard or Cancel."""
        if not self.keep_code():
            return False
        if not self._session.is_modified:
            return True
        answer = self._ask()
        if answer == QMessageBox.StandardButton.Save:
            self._session.training.pause()
            return self.save()
        return answer == QMessageBox.StandardButton.Discard

    def _ask(self) -> QMessageBox.StandardButton:
        """Put the question; its box can be found by the name "save_changes"."""
        button = QMessageBox.StandardButton
        box = QMessageBox(self._window)
        box.setObjectName("save_changes")
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setWindowTitle("Save changes?")
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(f"Save the changes to “{plain(self._session.title)}”?")
        box.setInformativeText("Otherwise they are lost.")
        box.setStandardButtons(button.Save | button.Discard | button.Cancel)
        box.setDefaultButton(button.Save)
        dress(box, box.button(button.Save))
        box.exec()
        answer = box.standardButton(box.clickedButton()) if box.clickedButton() is not None else button.Cancel
        box.deleteLater()
        return answer

    def _folder(self) -> str:
        if self._session.path is not None:
            return str(self._session.path.parent)
        recent = self._session.recent_files()
        return str(recent[0].parent if recent else Path.home())


def _with_suffix(path: str, suffix: str) -> Path:
    chosen = Path(path)
    return chosen if chosen.suffix else chosen.with_name(chosen.name + suffix)


def _file_name(title: str) -> str:
    """A title as a file's name: without its suffix and without what a file system refuses."""
    name = "".join("-" if char in '<>:"/\\|?*' or ord(char) < 32 else char for char in title)
    return name.removesuffix(".backprop").strip(" .") or "graph"
