"""A whole window for tests, and hands to use it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QPoint, QPointF, QSettings, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from backprop_studio.session.editor_session import EditorSession
from backprop_studio.ui.main_window import MainWindow
from backprop_studio.ui.settings import Settings
from backprop_studio.ui.theme import ThemeManager
from backprop_studio.ui.workspace import Workspace

W = TypeVar("W", bound=QWidget)
MOST_LOOKS = 100
"""A modal dialog that is still there after so many looks at it, some seconds, waits for an answer in vain."""


class Opened:
    """A window that is complete, with its session."""

    def __init__(self, settings_file: Path) -> None:
        self.store = QSettings(str(settings_file), QSettings.Format.IniFormat)
        self.themes = ThemeManager("dark")
        self.window = MainWindow(self.themes, Settings(self.store))
        self.session = EditorSession(self.store)
        self.window.restore_geometry()
        self.workspace = Workspace(self.window, self.session, self.themes)
        self.workspace.add_training()

    @property
    def canvas(self) -> QWidget:
        """The canvas."""
        return self.workspace.canvas

    def widget(self, kind: type[W], name: str) -> W:
        """The one child widget of that kind and object name; of several the one that is shown."""
        found = self.window.findChildren(kind, name)
        found = found if len(found) == 1 else [widget for widget in found if widget.isVisible()]
        assert len(found) == 1, f"{len(found)} widgets are called {name}"
        return found[0]

    def click(self, name: str) -> None:
        """Click a widget in its middle."""
        widget = self.widget(QWidget, name)
        assert widget.isVisible(), f"{name} is not to be seen"
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, widget.rect().center())

    def trigger(self, name: str) -> None:
        """Choose an action, as from its menu."""
        self.workspace.refresh()
        action = self.window.actions_table[name]
        assert action.isEnabled(), f"{name} is not enabled"
        action.trigger()

    def drag(self, start: QPointF, end: QPointF) -> None:
        """Drag on the canvas with the left button, in steps as a hand does."""
        QTest.mousePress(self.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start.toPoint())
        for step in range(1, 11):
            point = start + (end - start) * (step / 10)
            QTest.mouseMove(self.canvas, point.toPoint())
        QTest.mouseRelease(self.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end.toPoint())

    def id(self, name: str) -> int:
        """The id of the node of that name."""
        node = self.session.graph.node_named(name)
        assert node is not None, f"there is no node {name}"
        return node.id

    def value(self, name: str) -> float:
        """The value of a node that holds one number."""
        value = self.session.flush().value(self.id(name))
        assert value is not None
        return float(value)

    def gradient(self, name: str) -> float:
        """The gradient of a node that holds one number."""
        gradient = self.session.flush().gradient(self.id(name))
        assert gradient is not None
        return float(gradient)


@contextmanager
def opened_window(qtbot: QtBot, settings_file: Path, *, training: bool = True) -> Iterator[Opened]:
    """A window of 1366 by 768, shown, its training opened unless that is unwanted; closed without a question."""
    opened = Opened(settings_file)
    watch = _DialogWatch(opened.window)
    qtbot.addWidget(opened.window, before_close_func=_close_without_asking)
    opened.window.setWindowState(Qt.WindowState.WindowNoState)  # the screen of the tests is small
    opened.window.resize(1366, 768)
    with qtbot.waitExposed(opened.window):
        opened.window.show()
    if training:
        opened.workspace.training.open()
    QApplication.processEvents()
    try:
        yield opened
    finally:
        _close_without_asking(opened.window)
        opened.window.close()
        watch.timer.stop()
    assert not watch.unanswered, f"nobody answered the dialog {', '.join(watch.unanswered)}"


class _DialogWatch:
    """Closes a modal dialog that nobody answers, which would keep a test waiting for ever."""

    def __init__(self, window: QWidget) -> None:
        self.unanswered: list[str] = []
        self._seen: QWidget | None = None
        self._looks = 0
        self.timer = QTimer(window)
        self.timer.timeout.connect(self._look)
        self.timer.start(50)

    def _look(self) -> None:
        dialog = QApplication.activeModalWidget()
        self._looks = self._looks + 1 if dialog is not None and dialog is self._seen else 0
        self._seen = dialog
        if dialog is not None and self._looks >= MOST_LOOKS:
            self._looks = 0
            self.unanswered.append(dialog.objectName() or type(dialog).__name__)
            dialog.close()


def _close_without_asking(window: MainWindow) -> None:
    window.may_close = lambda: True


def answer(name: str, button: Callable[[QWidget], QWidget | None]) -> Callable[[], bool]:
    """Click a button of the next modal dialog of that object name. Returns a function that tells whether it came."""
    answered: list[bool] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is None:
            QTimer.singleShot(10, look)
            return
        assert dialog.objectName() == name
        answered.append(True)
        clicked = button(dialog)
        assert clicked is not None
        QTest.mouseClick(clicked, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(5, 5))

    QTimer.singleShot(0, look)
    return lambda: bool(answered)
