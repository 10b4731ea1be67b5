"""Writes the pictures of the README: the real window, offscreen, put into a few telling states.

python packaging/make_screenshots.py [FOLDER]        (packaging/screenshots by default)
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_SCALE_FACTOR"] = "1"

from PySide6.QtCore import QSettings
from PySide6.QtTest import QTest

from backprop_studio.app import make_application
from backprop_studio.engine.trace import Stage
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.ui.program import Opening, Program
from backprop_studio.ui.settings import Settings
from backprop_studio.ui.theme import ThemeChoice

WIDTH, HEIGHT = 1360, 860
PATIENCE_MS = 60_000


@dataclass(frozen=True)
class Shot:
    """One picture: an example, in a theme, in a state."""

    name: str
    example: str
    theme: ThemeChoice
    prepare: Callable[[EditorSession], None]
    actions: tuple[str, ...] = ()
    """Actions to choose before, such as showing a panel."""


def fly(session: EditorSession, travels: int, share: float) -> None:
    """Stand at the backward event number ``travels`` (from 0) that runs along a wire, flown by that share."""
    timeline = session.timeline
    assert timeline.trace is not None
    flights = [
        index
        for index, event in enumerate(timeline.trace.events)
        if event.stage is Stage.BACKWARD and runs_along_a_wire(session, index)
    ]
    timeline.seek(flights[travels])
    timeline.play()
    timeline.advance(share / timeline.speed)
    timeline.pause()


def runs_along_a_wire(session: EditorSession, index: int) -> bool:
    """Does this event carry a number along a wire, and not compute within a node?"""
    session.timeline.seek(index + 1)
    return session.timeline.active_wire() is not None


def backward_pass(session: EditorSession) -> None:
    fly(session, 3, 0.55)


def second_contribution(session: EditorSession) -> None:
    fly(session, 4, 0.6)
    session.select({node.id for node in session.graph.nodes.values() if node.name == "b"})


def trained(session: EditorSession) -> None:
    session.training.run(400)
    if not wait_for(lambda: session.training.state != "running"):
        raise SystemExit("Training does not end.")
    session.flush()
    session.select({node.id for node in session.graph.nodes.values() if node.name == "W2"})


SHOTS = (
    Shot("backward-pass", "sigmoid-neuron", "dark", backward_pass),
    Shot("fan-out", "fan-out", "light", second_contribution),
    Shot("training", "xor", "dark", trained),
    Shot("explanation", "sigmoid-neuron", "light", backward_pass, ("show_explanation",)),
)


def wait_for(condition: Callable[[], bool]) -> bool:
    """Let the program run until the condition holds; False where it never does."""
    for _ in range(PATIENCE_MS // 20):
        if condition():
            return True
        QTest.qWait(20)
    return condition()


def take(shot: Shot, folder: Path) -> None:
    """Open a window, put it into the shot's state, and write its picture."""
    complete: list[Opening] = []
    with tempfile.TemporaryDirectory() as settings:
        store = QSettings(str(Path(settings) / "settings.ini"), QSettings.Format.IniFormat)
        program = Program(shot.theme, Settings(store))
        program.open_window(None, then=complete.append)
        if not wait_for(lambda: bool(complete)):
            raise SystemExit("The window does not open.")
        window, session = complete[0].window, complete[0].session
        assert session is not None
        window.resize(WIDTH, HEIGHT)
        session.load_example(shot.example)
        session.flush()
        QTest.qWait(200)
        window.actions_table["fit"].trigger()
        for action in shot.actions:
            window.actions_table[action].trigger()
        shot.prepare(session)
        QTest.qWait(300)
        path = folder / f"{shot.name}.png"
        if not window.grab().save(str(path)):
            raise SystemExit(f"{path} cannot be written.")
        print(path)
        program.close_all()
        QTest.qWait(50)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    application = make_application()
    for shot in SHOTS:
        take(shot, folder)
    application.quit()


if __name__ == "__main__":
    main()
