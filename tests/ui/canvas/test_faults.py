"""An exception that nobody expected, raised while the canvas handles an event, is told and does not end the program."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import sys
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.ui.canvas.view import CanvasView
from backprop_studio.ui.theme import ThemeManager

application = QApplication([])
session = EditorSession()
canvas = CanvasView(session, ThemeManager("light"))
canvas.show()
canvas.pointer.press = canvas.pointer.move = lambda event: {fault}
sys.excepthook = lambda kind, error, trace: print("reported", kind.__name__, flush=True)
left, at = Qt.MouseButton.LeftButton, QPointF(5, 5)
press = QMouseEvent(QEvent.Type.MouseButtonPress, at, at, left, left, Qt.KeyboardModifier.NoModifier)
QTimer.singleShot(0, lambda: QCoreApplication.postEvent(canvas, press))
QTimer.singleShot(300, application.quit)
application.exec()
session.shutdown()
print("alive", flush=True)
"""


@pytest.mark.parametrize(
    ("fault", "name"), [("()[0]", "IndexError"), ("next(iter(()))", "StopIteration"), ("{{}}[1]", "KeyError")]
)
def test_a_fault_in_a_gesture_is_reported(fault: str, name: str) -> None:
    # PySide dies of exceptions that Python raised itself where they pass two overridden methods, one within the other.
    code = CODE.replace("{fault}", fault.replace("{{}}", "{}"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    assert f"reported {name}" in done.stdout
    assert "alive" in done.stdout
