"""Exports the passes as an animation while the window goes on: painted frame by frame, encoded on a thread."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from queue import Queue

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QProgressBar, QProgressDialog, QWidget

from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.errands import Errands
from backprop_studio.session.messages import Message, Severity
from backprop_studio.ui.canvas.animation import FPS, Film, encoded, kind_of
from backprop_studio.ui.canvas.picture import write_whole
from backprop_studio.ui.plain_text import plain
from backprop_studio.ui.theme import ThemeManager

ANIMATION_FILTER = "GIF animation (*.gif);;APNG animation (*.apng);;WebP animation (*.webp)"
_AHEAD = 8
"""Frames that are painted before the encoder has taken them."""
_PAUSE_MS = 15
"""Between two frames the window has its turn."""


class Cancelled(Exception):
    """Raised in the encoder where no more frames are wanted."""


class AnimationCommands(QObject):
    """One export at a time. Frames are painted on this thread, since pixmaps belong to it."""

    def __init__(self, session: EditorSession, themes: ThemeManager, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._themes, self._window = session, themes, window
        self._errands = Errands(self)
        self._frames: Iterator[QImage] | None = None
        self._queue: Queue[QImage | None] = Queue()
        self._done = 0
        self._progress: QProgressDialog | None = None
        self._clock = QTimer(self)
        self._clock.setInterval(_PAUSE_MS)
        self._clock.timeout.connect(self._paint)

    @property
    def is_busy(self) -> bool:
        """Is an animation being written?"""
        return self._errands.is_busy

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
        """Begin to write the passes to ``path``; a message tells when that is done. False where it cannot begin."""
        if self.is_busy:
            self._tell("An animation is being written already; wait until it is done, or cancel it.", "warning")
            return False
        try:
            kind, film = kind_of(path), Film(self._session.flush(), self._themes.theme)
        except ValueError as error:
            self._tell(str(error), "error")
            return False
        queue: Queue[QImage | None] = Queue()
        samples = film.samples()

        def work() -> None:
            write_whole(path, encoded(_taken(queue, len(film)), samples, kind, FPS))

        self._queue, self._frames, self._done = queue, iter(film), 0
        self._progress = self._dialog(path, len(film))
        self._errands.run(work, lambda outcome: self._finish(outcome, path))
        self._clock.start()
        return True

    @Slot()
    def cancel(self) -> None:
        """Give up what is under way; the file is not written then."""
        self._frames = None
        self._clock.stop()
        self._queue.put(None)

    def shutdown(self) -> None:
        """Give up what is under way and wait for the thread."""
        self.cancel()
        self._errands.shutdown()
        self._close()

    @Slot()
    def _paint(self) -> None:
        """Paint one frame more, unless the encoder has enough to do."""
        if self._frames is None or self._queue.qsize() >= _AHEAD:
            return
        frame = next(self._frames, None)
        if frame is None:
            self._clock.stop()
            return
        self._queue.put(frame)
        self._done += 1
        if self._progress is not None:
            self._progress.setValue(self._done)

    def _finish(self, outcome: object, path: Path) -> None:
        """Say how it went."""
        self._clock.stop()
        self._frames = None
        self._close()
        if isinstance(outcome, Cancelled):
            self._tell("The animation was cancelled; no file was written.")
        elif isinstance(outcome, OSError):
            self._tell(f"No animation was written. {outcome}", "error")
        elif isinstance(outcome, Exception):
            raise outcome
        else:
            self._tell(f"The animation is in {path}.")

    def _dialog(self, path: Path, total: int) -> QProgressDialog:
        """How far it has come, with a button to leave off; the window stays usable."""
        dialog = QProgressDialog(f"Painting {plain(path.name)}", "Cancel", 0, 1, self._window)
        dialog.setObjectName("animation_progress")
        dialog.setWindowTitle("Export an animation")
        dialog.setWindowModality(Qt.WindowModality.NonModal)
        dialog.setAutoClose(False)
        dialog.setAutoReset(False)
        dialog.setMinimumDuration(0)
        dialog.setMinimumWidth(360)
        bar = QProgressBar(dialog)
        bar.setTextVisible(False)
        dialog.setBar(bar)
        dialog.setRange(0, total + 1)
        dialog.canceled.connect(self.cancel)
        dialog.setValue(0)
        dialog.show()
        return dialog

    def _close(self) -> None:
        if self._progress is not None:
            self._progress.canceled.disconnect(self.cancel)
            self._progress.close()
            self._progress.deleteLater()
            self._progress = None

    def _tell(self, text: str, severity: Severity = "info") -> None:
        self._session.tell(Message(text, severity))


def _taken(queue: Queue[QImage | None], count: int) -> Iterator[QImage]:
    """The frames as they come. Raises Cancelled where no more are wanted."""
    for _ in range(count):
        frame = queue.get()
        if frame is None:
            raise Cancelled
        yield frame
