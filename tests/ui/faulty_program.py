"""The program with a window in whose handlers faults are raised, one kind of handler after the other.

    python -m tests.ui.faulty_program FAULT FOLDER

prints a line for each: its name, how many dialogs were shown, whether the dialog tells of a copy of the work.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from PySide6.QtCore import QPointF, QSettings, QSortFilterProxyModel, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMessageBox

from backprop_studio.app import make_application
from backprop_studio.session.undo import EditCommand
from backprop_studio.ui import crash_guard
from backprop_studio.ui.canvas import inline_editor, keys, painter, pointer, quick_add, view
from backprop_studio.ui.fit_keeper import FitKeeper
from backprop_studio.ui.overlays import Overlays
from backprop_studio.ui.panels import palette, palette_model
from backprop_studio.ui.program import Opening, Program
from backprop_studio.ui.settings import Settings

FAULTS: dict[str, Callable[[], object]] = {
    "IndexError": lambda: ()[0],  # type: ignore[misc]
    "StopIteration": lambda: next(iter(())),
    "KeyError": lambda: {}[1],
    "ValueError": lambda: int("x"),
}
WAIT_MS = 60
PATIENCE = 50
"""How often a dialog is waited for."""


class Attempt(NamedTuple):
    """Where a fault is raised in place of a method, and what calls it."""

    name: str
    owner: object
    method: str
    do: Callable[[], object]


class Deeds:
    """What is done to the window."""

    def __init__(self, opening: Opening) -> None:
        assert opening.session is not None
        assert opening.workspace is not None
        self.session, self.window, self.canvas = opening.session, opening.window, opening.workspace.canvas
        self.numbers = itertools.count()

    def first(self) -> int:
        return min(self.session.graph.nodes)

    def grow(self) -> None:
        self.window.resize(self.window.width() + 9, self.window.height() + 9)

    def rename(self) -> None:
        self.session.rename(self.first(), f"n{next(self.numbers)}")

    def click(self) -> None:
        at = QPointF(self.canvas.rect().center())
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        press = QMouseEvent(QMouseEvent.Type.MouseButtonPress, at, at, left, left, none)
        QApplication.postEvent(self.canvas, press)

    def escape(self) -> None:
        none = Qt.KeyboardModifier.NoModifier
        for kind in (QKeyEvent.Type.ShortcutOverride, QKeyEvent.Type.KeyPress):
            QApplication.postEvent(self.canvas, QKeyEvent(kind, Qt.Key.Key_Escape, none))

    def paint(self) -> None:
        self.canvas.layer.forget()
        self.canvas.repaint()

    def quick_add(self) -> None:
        self.canvas.setFocus()
        QTest.keyClick(self.canvas, Qt.Key.Key_Tab)
        QTest.keyClick(self.field(), Qt.Key.Key_Down)

    def field(self) -> QLineEdit:
        field = QApplication.focusWidget()
        assert isinstance(field, QLineEdit), field
        return field

    def edit_value(self) -> QLineEdit:
        self.session.select([self.first()])
        self.canvas.setFocus()
        QTest.keyClick(self.canvas, Qt.Key.Key_Return)
        return self.field()

    def type_value(self) -> None:
        QTest.keyClick(self.edit_value(), Qt.Key.Key_1)

    def keep_value(self) -> None:
        QTest.keyClick(self.edit_value(), Qt.Key.Key_Return)

    def next_value(self) -> None:
        QTest.keyClick(self.edit_value(), Qt.Key.Key_Tab)

    def leave_value(self) -> None:
        self.edit_value()
        self.canvas.setFocus()

    def search(self) -> None:
        panel = self.window.findChild(palette.PalettePanel)
        assert isinstance(panel, palette.PalettePanel)
        panel.focus_search()
        QTest.keyClick(self.field(), Qt.Key.Key_Down)

    def read_model(self) -> None:
        model = self.window.findChild(palette.PalettePanel).model  # type: ignore[union-attr]
        proxy = QSortFilterProxyModel()
        proxy.setSourceModel(model)
        proxy.data(proxy.index(proxy.rowCount() - 1, 0), Qt.ItemDataRole.ToolTipRole)


def attempts(do: Deeds) -> list[Attempt]:
    """One for each kind of handler."""
    return [
        Attempt("press", pointer.Pointer, "press", do.click),
        Attempt("key", keys.Keys, "press", do.escape),
        Attempt("shortcut override", keys.Keys, "overrides", do.escape),
        Attempt("paint", painter.GraphPainter, "paint", do.paint),
        Attempt("resize", view.CanvasView, "camera_moved", do.grow),
        Attempt("event filter", Overlays, "place", do.grow),
        Attempt("timer", FitKeeper, "_canvas_resized", do.grow),
        Attempt("event filter of a popup", quick_add.QuickAddPopup, "_key", do.quick_add),
        Attempt("slot", inline_editor.InlineEditor, "_edited", do.type_value),
        Attempt("key in a field", inline_editor.InlineEditor, "keep", do.keep_value),
        Attempt("event in a field", inline_editor.InlineEditor, "keep", do.next_value),
        Attempt("loss of focus", inline_editor.InlineEditor, "keep", do.leave_value),
        Attempt("event filter of a panel", palette.PalettePanel, "_step", do.search),
        Attempt("undo command", EditCommand, "_show", do.rename),
        Attempt("model", palette_model, "tooltip", do.read_model),
    ]


def boxes() -> list[QMessageBox]:
    """The dialogs that tell of a fault."""
    return [widget for widget in QApplication.topLevelWidgets() if widget.objectName() == "crash_dialog"]  # type: ignore[misc]


def shut() -> None:
    """Close the dialogs."""
    for box in boxes():
        box.close()


class Run:
    """Makes the attempts one after the other, each from the event loop, as a person's deeds come."""

    def __init__(self, fault: str, opening: Opening) -> None:
        self.fault, self.deeds = FAULTS[fault], Deeds(opening)
        self.left = attempts(self.deeds)
        self.deeds.session.load_example(self.deeds.session.examples()[0].name)
        QTimer.singleShot(WAIT_MS, self.next)

    def next(self) -> None:
        """Begin with the next one."""
        if not self.left:
            QTimer.singleShot(0, lambda: QApplication.exit())
            return
        self.deeds.canvas.cancel_gesture()
        self.deeds.canvas.setFocus()
        self.deeds.rename()  # something that is not saved
        attempt = self.left.pop(0)
        patch = mock.patch.object(attempt.owner, attempt.method, side_effect=lambda *_, **__: self.fault())
        patch.start()
        try:
            attempt.do()
        finally:
            QTimer.singleShot(WAIT_MS, lambda: self.end(attempt, patch.stop))

    def end(self, attempt: Attempt, stop: Callable[[], object], patience: int = PATIENCE) -> None:
        """Tell how it went, as soon as there is a dialog."""
        told = boxes()
        if not told and patience:
            QTimer.singleShot(WAIT_MS, lambda: self.end(attempt, stop, patience - 1))
            return
        stop()
        copied = bool(told) and "A copy of your work is in" in told[0].informativeText()
        print(f"{attempt.name}: {len(told)} dialog, copied {copied}", flush=True)
        shut()
        self.deeds.window.activateWindow()
        QTimer.singleShot(WAIT_MS, self.next)


def main(fault: str, folder: Path) -> None:
    """Open a window and make every attempt."""
    application = make_application()
    crash_guard.state_folder = lambda: folder
    program = Program("light", Settings(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)))
    runs: list[Run] = []
    program.open_window(None, then=lambda opening: runs.append(Run(fault, opening)))
    application.exec()
    program.close_all()
    print("ended", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
