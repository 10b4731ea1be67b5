"""Exports the passes as an animation: a process of its own paints it, so that the window goes on."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTemporaryDir, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from backprop_studio.document.file_format import DocumentError, save
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.messages import Message, Severity
from backprop_studio.ui.theme import ThemeManager

ANIMATION_FILTER = "GIF animation (*.gif);;APNG animation (*.apng);;WebP animation (*.webp)"
_PACKAGE = Path(__file__).parents[2]


class AnimationCommands(QObject):
    """One export at a time: it is the command line's ``render``, on a copy of the document."""

    def __init__(self, session: EditorSession, themes: ThemeManager, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._themes, self._window = session, themes, window
        self._folder: QTemporaryDir | None = None
        self._target = Path()
        self._process = QProcess(self)
        self._process.finished.connect(self._take_end)
        self._process.errorOccurred.connect(self._take_error)

    def export(self) -> None:
        """Choose a file and begin to write the passes to it."""
        folder = self._session.path.parent if self._session.path is not None else Path.home()
        name, chosen = QFileDialog.getSaveFileName(
            self._window, "Export an animation", str(folder / "passes.gif"), ANIMATION_FILTER
        )
        if name:
            path = Path(name)
            ending = chosen.partition("*")[2].rstrip(")") or ".gif"
            self.write(path if path.suffix else path.with_name(path.name + ending))

    def write(self, path: Path) -> bool:
        """Begin to write the passes to ``path``; a message tells when that is done. False where one is under way."""
        if self._process.state() != QProcess.ProcessState.NotRunning:
            self._tell("An animation is being written already; wait until it is done.", "warning")
            return False
        self._folder, self._target = QTemporaryDir(), path
        copy = Path(self._folder.path()) / "passes.backprop"
        try:
            save(self._session.saved_graph, copy)
        except DocumentError as error:
            self._tell(str(error), "error")
            return False
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("QT_QPA_PLATFORM", "offscreen")
        environment.insert("PYTHONPATH", str(_PACKAGE.parent))
        self._process.setProcessEnvironment(environment)
        theme = self._themes.theme.name
        arguments = ["render", str(copy), "-o", str(path), "--theme", theme]
        self._process.start(sys.executable, ["-m", _PACKAGE.name, *arguments])
        self._tell(f"The animation is being written to {path}; go on working meanwhile.")
        return True

    def shutdown(self) -> None:
        """Give up what is under way; the file is not written then."""
        if self._process.state() != QProcess.ProcessState.NotRunning:
            self._process.finished.disconnect(self._take_end)
            self._process.kill()
            self._process.waitForFinished(1000)

    @Slot(int)
    def _take_end(self, status: int) -> None:
        self._folder = None
        if status == 0:
            self._tell(f"The animation is in {self._target}.")
            return
        told = bytes(self._process.readAllStandardError().data()).decode(errors="replace").strip().rpartition("\n")[2]
        sentence = told.partition(": ")[2] or "The program that paints it was ended."
        self._tell(f"No animation was written. {sentence}", "error")

    def _take_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._tell(f"No animation was written: {sys.executable} could not be started. Install it again.", "error")

    def _tell(self, text: str, severity: Severity = "info") -> None:
        self._session.message.emit(Message(text, severity))
