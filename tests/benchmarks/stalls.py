"""How long the window is blocked at a stretch by one gesture, on graphs of thousands of nodes.

Run it as ``python tests/benchmarks/stalls.py [NODES …] [--only TEXT|TEXT…] [--profile TEXT] [--rounds N]``; by default
2000 and 10000 nodes. Each size is a process of its own. Prints a table: of every gesture, the longest time in
milliseconds for which the window could not take an event, as the window's thread spent it (the limit is on that, since
other programs do not count there) and as a clock on the wall saw it (waiting for a lock or for Python's interpreter
shows there alone). Exit status 1 where a gesture blocks for longer than the limit. ``--only`` measures the gestures
whose names contain one of the texts, ``--profile`` prints where the time of those goes whose names contain a text.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtWidgets import QWidget

    from backprop_studio.session.editor_session import EditorSession
    from backprop_studio.ui.workspace import Workspace

SIZES = (2000, 10000)
LIMIT_MS = 50.0
ROUNDS = 3
QUIET_SECONDS = 0.06
"""A gesture is over once nothing has happened for so long."""
LONGEST_SECONDS = 60.0


class Watch:
    """The longest time between two moments at which the event loop could have taken another event."""

    def __init__(self) -> None:
        from PySide6.QtCore import QAbstractEventDispatcher

        self.dispatcher = QAbstractEventDispatcher.instance()
        self.dispatcher.awake.connect(self.stamp)
        self.begin()

    def begin(self) -> None:
        """Forget what was."""
        self.cpu = self.wall = self.total = 0.0
        self._cpu, self._wall = time.thread_time(), time.perf_counter()

    def stamp(self) -> None:
        """Control is with the event loop now."""
        cpu, wall = time.thread_time(), time.perf_counter()
        self.cpu, self.wall = max(self.cpu, cpu - self._cpu), max(self.wall, wall - self._wall)
        self.total += cpu - self._cpu
        self._cpu, self._wall = cpu, wall


class Hand:
    """A complete window and a hand that uses it."""

    folder: Path
    busy: int
    """The node with most wires."""

    def __init__(self, folder: Path, count: int) -> None:
        from PySide6.QtCore import QSettings

        from backprop_studio.ui.program import Opening, Program
        from backprop_studio.ui.settings import Settings
        from tests.benchmarks.canvas import write_graph

        self.folder, self.count = folder, count
        self.path = folder / "graph.backprop"
        self.busy = write_graph(count, self.path)
        self.watch = Watch()
        complete: list[Opening] = []
        self.program = Program("dark", Settings(QSettings(str(folder / "s.ini"), QSettings.Format.IniFormat)))
        self.program.open_window(None, complete.append)
        self.settle(lambda: bool(complete))
        self.window = complete[0].window
        self.window.resize(1600, 1000)
        assert complete[0].workspace is not None
        assert complete[0].session is not None
        self.workspace: Workspace = complete[0].workspace
        self.session: EditorSession = complete[0].session
        self.canvas = self.workspace.canvas
        self.settle()

    def settle(self, until: Callable[[], bool] = lambda: True) -> None:
        """Let everything happen that is due, evaluations on their thread as well, until nothing moves any more."""
        began = quiet = time.perf_counter()
        while time.perf_counter() - quiet < QUIET_SECONDS and time.perf_counter() - began < LONGEST_SECONDS:
            spent = time.thread_time()
            self.turn()
            time.sleep(0.0005)
            busy = time.thread_time() - spent > 0.002
            session = getattr(self, "session", None)
            if busy or not until() or (session is not None and not session.is_evaluated):
                quiet = time.perf_counter()

    def turn(self) -> None:
        """Let what is due at this moment happen."""
        from PySide6.QtCore import QEventLoop

        self.watch.stamp()
        self.watch.dispatcher.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
        self.watch.stamp()

    def pump(self, seconds: float) -> None:
        """Let the window run for a while."""
        ends = time.perf_counter() + seconds
        while time.perf_counter() < ends:
            self.turn()
            time.sleep(0.0005)

    def key(self, key: Qt.Key, *modifiers: Qt.KeyboardModifier, on: QWidget | None = None) -> None:
        """Press and release a key, at what has the focus or on a widget."""
        self.press(key, *modifiers, on=on)
        self.release(key, *modifiers, on=on)

    def press(self, key: Qt.Key, *modifiers: Qt.KeyboardModifier, on: QWidget | None = None) -> None:
        """Press a key and leave it down."""
        from PySide6.QtTest import QTest

        self.watch.stamp()
        QTest.keyPress(on or self.canvas, key, _joined(modifiers))
        self.watch.stamp()

    def release(self, key: Qt.Key, *modifiers: Qt.KeyboardModifier, on: QWidget | None = None) -> None:
        """Let go of a key."""
        from PySide6.QtTest import QTest

        self.watch.stamp()
        QTest.keyRelease(on or self.canvas, key, _joined(modifiers))
        self.watch.stamp()

    def choose(self, name: str) -> None:
        """Choose an action, as from its menu."""
        self.workspace.refresh()
        self.watch.stamp()
        action = self.window.actions_table[name]
        assert action.isEnabled(), f"{name} is not enabled"
        action.trigger()
        self.settle()

    def drag(self, start: QPoint, end: QPoint, steps: int = 8) -> None:
        """Drag on the canvas with the left button."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        self.watch.stamp()
        QTest.mousePress(self.canvas, left, none, start)
        self.settle()
        for step in range(1, steps + 1):
            self.watch.stamp()
            QTest.mouseMove(self.canvas, start + (end - start) * step / steps)
            self.settle()
        QTest.mouseRelease(self.canvas, left, none, end)
        self.settle()

    def open(self) -> None:
        """Open the graph anew."""
        assert self.session.open(self.path)
        self.settle()

    def select(self, count: int) -> None:
        """Select the first nodes."""
        self.session.select(list(self.session.graph.nodes)[:count])
        self.settle()


def _joined(modifiers: tuple[Qt.KeyboardModifier, ...]) -> Qt.KeyboardModifier:
    from PySide6.QtCore import Qt

    joined = Qt.KeyboardModifier.NoModifier
    for modifier in modifiers:
        joined |= modifier
    return joined


def measure(count: int, only: str, profiled: str, wanted: int) -> list[tuple[str, float, float, float]]:
    """Of every gesture the longest block in CPU time and on the wall, and its whole CPU time, in milliseconds."""
    from backprop_studio.app import make_application
    from tests.benchmarks.stall_gestures import GESTURES

    application = make_application()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        hand = Hand(Path(folder), count)
        for gesture in GESTURES:
            if not any(part in gesture.name for part in only.split("|")):
                continue
            rounds = []
            for _ in range(wanted):
                hand.open()
                gesture.prepare(hand)
                hand.settle()
                hand.watch.begin()
                gesture.work(hand)
                hand.settle()
                rounds.append((hand.watch.cpu, hand.watch.wall, hand.watch.total))
                gesture.after(hand)
                hand.settle()
            middle = [statistics.median(each) * 1000 for each in zip(*rounds, strict=True)]
            found.append((gesture.name, *middle))
            print(json.dumps(found[-1]), flush=True)
            if profiled and profiled in gesture.name:
                _profile(hand, gesture.prepare, gesture.work, gesture.after)
        hand.program.close_all()
    del application
    return found


def _profile(hand: Hand, *parts: Callable[[Hand], object]) -> None:
    """Print what takes most of the time of a gesture."""
    import cProfile
    import pstats

    prepare, work, after = parts
    hand.open()
    prepare(hand)
    hand.settle()
    profile = cProfile.Profile()
    profile.enable()
    work(hand)
    hand.settle()
    profile.disable()
    after(hand)
    pstats.Stats(profile, stream=sys.stderr).sort_stats("cumulative").print_stats(60)


def main() -> int:
    """Measure each size in a process of its own. Exit status 1 where something blocks for too long."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--only", default="")
    parser.add_argument("--profile", default="")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--one", type=int)
    chosen = parser.parse_args()
    if chosen.one:
        measure(chosen.one, chosen.only, chosen.profile, chosen.rounds)
        return 0
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_NO_GLIB": "1"}
    late = 0
    for size in chosen.sizes:
        command = [sys.executable, __file__, "--one", str(size), "--only", chosen.only]
        command += ["--profile", chosen.profile, "--rounds", str(chosen.rounds)]
        print(f"{size} nodes: longest block, CPU ms | wall ms | CPU ms of the gesture in all", flush=True)
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout or ():
                if not line.startswith("["):
                    continue
                name, cpu, wall, total = json.loads(line)
                late += cpu > LIMIT_MS
                print(f"{'!' if cpu > LIMIT_MS else ' '} {name:48} {cpu:7.1f} {wall:7.1f} {total:8.1f}", flush=True)
        if process.returncode:
            return process.returncode
    print(f"{late} gestures block the window for more than {LIMIT_MS:g} ms" if late else "nothing blocks the window")
    return 1 if late else 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    sys.exit(main())
