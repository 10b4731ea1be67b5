"""Export: the graph as code of other libraries, as LaTeX or for Graphviz, to a file or to the clipboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from backprop_studio.document.atomic_write import write_atomically
from backprop_studio.exchange.exporting import FORMATS, ExportError, export_text
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.errands import Errands
from backprop_studio.session.messages import Message


class ExportCommands:
    """The actions that write the graph in other forms. The texts are made on a thread: a large graph takes a while.

    ``suggested`` gives the file's name to begin with, for an ending.
    """

    def __init__(
        self, session: EditorSession, window: QWidget, errands: Errands, suggested: Callable[[str], str]
    ) -> None:
        self._session, self._window, self._errands, self._suggested = session, window, errands, suggested

    def save(self, to: str) -> None:
        """Choose a file and write the graph to it in the form of that name."""
        form = FORMATS[to]
        kinds = f"{form.title} (*{form.suffix});;All files (*)"
        path, _ = QFileDialog.getSaveFileName(self._window, f"Export {form.title}", self._suggested(form.suffix), kinds)
        if path:
            target = Path(path)
            self.write(to, target if target.suffix else target.with_name(target.name + form.suffix))

    def write(self, to: str, path: Path) -> None:
        """Write the graph to a file. A message tells of the file, or why there is none."""
        graph = self._session.flush().graph

        def work() -> None:
            write_atomically(path, export_text(graph, to).encode())

        self._errands.run(work, lambda outcome: self._told(outcome, f"The {FORMATS[to].title} is in {path}.", path))

    def copy(self, to: str) -> None:
        """Put the graph on the clipboard in the form of that name."""
        graph = self._session.flush().graph

        def take(outcome: object) -> None:
            if isinstance(outcome, str):
                QGuiApplication.clipboard().setText(outcome)
            self._told(outcome, f"The {FORMATS[to].title} is on the clipboard.")

        self._errands.run(lambda: export_text(graph, to), take)

    def _told(self, outcome: object, done: str, path: Path | None = None) -> None:
        """Say how it went."""
        message = Message(done, "info")
        if isinstance(outcome, ExportError):
            message = Message(str(outcome), "error")
        elif isinstance(outcome, OSError):
            message = Message(
                f"{path} cannot be written: {outcome.strerror or outcome}. Choose another place.", "error"
            )
        elif isinstance(outcome, Exception):
            raise outcome
        self._session.tell(message)
