"""How long until the window is shown, against a bare QMainWindow.

Run it as ``python tests/benchmarks/startup.py [RUNS]``. Each run is a process of its own; the two kinds alternate, so
that both see the same load. Prints medians in milliseconds from the start of the process, and the ratio that counts:
the window's first paint against the bare one's. Exit status 1 where it is above the limit.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

LIMIT = 1.8
RUNS = 15

_WATCH = """
import json, os, sys, time
started = float(sys.argv[1])
stamps = {}
def stamp(name):
    stamps.setdefault(name, (time.time() - started) * 1000)
def done():
    print(json.dumps(stamps), flush=True)
    os._exit(0)
"""

BARE = (
    _WATCH
    + """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        stamp("shown")
        QTimer.singleShot(0, done)
application = QApplication([])
window = Window()
window.resize(1360, 860)
window.show()
application.exec()
"""
)

OURS = (
    _WATCH
    + """
sys.argv = ["backprop-studio"]
from backprop_studio.ui.main_window import MainWindow
def paint(self, event):
    super(MainWindow, self).paintEvent(event)
    stamp("shown")
MainWindow.paintEvent = paint
from backprop_studio.ui import program
fill, complete = program.Opening._fill, program.Opening._complete
def filled(self):
    fill(self)
    canvas = type(self.workspace.canvas)
    original = canvas.paintEvent
    def painted(widget, event):
        original(widget, event)
        stamp("ready")
    canvas.paintEvent = painted
def completed(self):
    complete(self)
    stamp("complete")
    done()
program.Opening._fill, program.Opening._complete = filled, completed
from backprop_studio.cli import main
main([])
"""
)


def run(program: str, environment: dict[str, str]) -> dict[str, float]:
    """The stamps of one process, in milliseconds from its start."""
    command = [sys.executable, "-c", program, repr(time.time())]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    stamps: dict[str, float] = json.loads(result.stdout.splitlines()[-1])
    return stamps


def main() -> int:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HOME": home, "XDG_CONFIG_HOME": home, "XDG_STATE_HOME": home}
        # Byte code is there from the second start on: here too, wherever this machine would keep it.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment["PYTHONPYCACHEPREFIX"] = os.path.join(home, "byte-code")
        if not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
            environment["QT_QPA_PLATFORM"] = "offscreen"
        for program in (BARE, OURS):  # fills the file cache and writes byte code
            run(program, environment)
        pairs = [(run(BARE, environment), run(OURS, environment)) for _ in range(runs)]
    bare = statistics.median(pair[0]["shown"] for pair in pairs)
    ours = {name: statistics.median(pair[1][name] for pair in pairs) for name in ("shown", "ready", "complete")}
    ratio = ours["shown"] / bare
    print(f"bare QMainWindow shown        {bare:6.0f} ms")
    print(f"window shown                  {ours['shown']:6.0f} ms   {ratio:.2f} × bare (at most {LIMIT})")
    print(f"canvas and panels painted     {ours['ready']:6.0f} ms   {ours['ready'] / bare:.2f} × bare")
    print(f"training dock there           {ours['complete']:6.0f} ms   {ours['complete'] / bare:.2f} × bare")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
