"""A session with small graphs, a canvas that shows it, and a mouse."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from backprop_studio.document import edits
from backprop_studio.document.graph import EMPTY_GRAPH, Graph
from backprop_studio.document.values import Value
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.ui.canvas.view import CanvasView
from backprop_studio.ui.theme import ThemeManager


class Builder:
    """Builds a graph by names."""

    def __init__(self) -> None:
        self.graph: Graph = EMPTY_GRAPH
        self.ids: dict[str, int] = {}

    def source(self, op: str, name: str, value: object, x: float, y: float) -> Builder:
        """Place a source."""
        self.graph, node = edits.add_node(self.graph, op, (x, y), name=name, value=Value(value))
        self.ids[name] = node
        return self

    def op(self, op: str, name: str, x: float, y: float, *inputs: str | None) -> Builder:
        """Place an operation and wire its inputs (None: left open)."""
        self.graph, node = edits.add_node(self.graph, op, (x, y), name=name)
        self.ids[name] = node
        for slot, source in enumerate(inputs):
            if source is not None:
                self.graph = edits.connect(self.graph, self.ids[source], node, slot)
        return self


def product_of_sum() -> Builder:
    """(a+b)·c with 2, 3, 4."""
    built = Builder()
    built.source("parameter", "a", 2.0, 0, 0).source("parameter", "b", 3.0, 0, 140).source(
        "parameter", "c", 4.0, 220, 200
    )
    return built.op("add", "d", 220, 60, "a", "b").op("multiply", "L", 440, 120, "d", "c")


def fan_out() -> Builder:
    """(a+b)(b+1) with 2, 1: b is used twice."""
    built = Builder()
    built.source("parameter", "a", 2.0, 0, 0).source("parameter", "b", 1.0, 0, 140).source(
        "constant", "one", 1.0, 0, 280
    )
    built.op("add", "p", 220, 40, "a", "b").op("add", "q", 220, 200, "b", "one")
    return built.op("multiply", "L", 440, 120, "p", "q")


@pytest.fixture
def session(qapp: QApplication) -> Iterator[EditorSession]:
    """An empty session, shut down at the end."""
    session = EditorSession()
    yield session
    session.shutdown()


@pytest.fixture
def themes(qapp: QApplication) -> Iterator[ThemeManager]:
    """The light theme; the application's own look is put back at the end."""
    palette, sheet, font = qapp.palette(), qapp.styleSheet(), qapp.font()
    yield ThemeManager("light")
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)
    qapp.setFont(font)


@pytest.fixture
def canvas(qtbot: QtBot, session: EditorSession, themes: ThemeManager) -> CanvasView:
    """A canvas of 900 × 600 that is shown and has the focus."""
    canvas = CanvasView(session, themes)
    qtbot.addWidget(canvas)
    canvas.resize(900, 600)
    canvas.show()
    qtbot.waitExposed(canvas)
    canvas.activateWindow()
    canvas.setFocus()
    QApplication.processEvents()
    return canvas


def show(canvas: CanvasView, built: Builder) -> dict[str, int]:
    """Show a graph at zoom 1 with the scene's origin at (40, 40); its ids by name."""
    canvas.session._load(built.graph, None, "test")
    canvas.session.flush()
    canvas.camera.zoom_at(QPointF(0, 0), 1.0)
    canvas.camera.place(40, 40)
    canvas.camera_moved()
    QApplication.processEvents()
    return built.ids


LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


class Mouse:
    """Real mouse events, delivered to the window as the platform would."""

    def __init__(self, canvas: CanvasView) -> None:
        self._window = canvas.window().windowHandle()
        self._offset = canvas.mapTo(canvas.window(), QPoint(0, 0))

    def press(self, at: QPointF, button: Qt.MouseButton = LEFT, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """Press a button."""
        QTest.mousePress(self._window, button, modifiers, self._at(at))

    def move(self, at: QPointF) -> None:
        """Move, with whatever is pressed."""
        QTest.mouseMove(self._window, self._at(at))
        QApplication.processEvents()

    def release(self, at: QPointF, button: Qt.MouseButton = LEFT, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """Release a button."""
        QTest.mouseRelease(self._window, button, modifiers, self._at(at))
        QApplication.processEvents()

    def click(self, at: QPointF, button: Qt.MouseButton = LEFT, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """Press and release; far enough in time from the last click not to be a double click."""
        QTest.mouseClick(self._window, button, modifiers, self._at(at), QApplication.doubleClickInterval() + 10)
        QApplication.processEvents()

    def double_click(self, at: QPointF) -> None:
        """Click twice."""
        QTest.mouseDClick(self._window, LEFT, NONE, self._at(at))
        QApplication.processEvents()

    def drag(
        self,
        start: QPointF,
        end: QPointF,
        button: Qt.MouseButton = LEFT,
        modifiers: Qt.KeyboardModifier = NONE,
        *,
        release: bool = True,
    ) -> None:
        """Press, move in steps, release."""
        self.press(start, button, modifiers)
        for step in range(1, 6):
            self.move(start + (end - start) * step / 5)
        if release:
            self.release(end, button, modifiers)

    def _at(self, at: QPointF) -> QPoint:
        return at.toPoint() + self._offset


@pytest.fixture
def mouse(canvas: CanvasView) -> Mouse:
    """A mouse over the canvas."""
    return Mouse(canvas)


def difference(one: QImage, other: QImage) -> int:
    """The largest absolute difference of any colour channel; 255 where the sizes differ."""
    if one.size() != other.size():
        return 255
    first, second = (image.convertToFormat(QImage.Format.Format_RGB32) for image in (one, other))
    a, b = (np.frombuffer(image.constBits(), np.uint8).astype(int) for image in (first, second))
    return int(np.abs(a - b).max(initial=0))
