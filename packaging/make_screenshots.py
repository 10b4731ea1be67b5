"""Writes pictures of the real window, offscreen, put into telling states (``screenshot_scenes.py``).

python packaging/make_screenshots.py [FOLDER]        those of the README (packaging/screenshots by default)
python packaging/make_screenshots.py --gallery FOLDER [NAME ...]
                                                     all, or some: dark and light, at scale 1 and 2
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("QT_SCALE_FACTOR", "1")
sys.path.insert(0, str(Path(__file__).parent))

from gallery_scenes import MORE
from PySide6.QtCore import QPoint, QRect, QSettings
from PySide6.QtGui import QPainter, QPalette, QPen, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from screenshot_scenes import GALLERY, Studio, backward_pass, explanation, fan_out, training, wait_for

from backprop_studio.app import make_application
from backprop_studio.ui.program import Opening, Program
from backprop_studio.ui.settings import Settings
from backprop_studio.ui.theme import ThemeChoice

WIDTH, HEIGHT = 1360, 860
THEMES: tuple[ThemeChoice, ...] = ("dark", "light")
SCALES = ("1", "2")
Scene = Callable[[Studio], None]
README: tuple[tuple[Scene, ThemeChoice], ...] = (
    (backward_pass, "dark"),
    (fan_out, "light"),
    (training, "dark"),
    (explanation, "light"),
)


def take(scene: Scene, theme: ThemeChoice, path: Path) -> None:
    """Open a window, bring it into the scene's state, and write its picture."""
    complete: list[Opening] = []
    with tempfile.TemporaryDirectory() as settings:
        store = QSettings(str(Path(settings) / "settings.ini"), QSettings.Format.IniFormat)
        program = Program(theme, Settings(store))
        program.open_window(None, then=complete.append)
        if not wait_for(lambda: bool(complete)):
            raise SystemExit("The window does not open.")
        window, session, workspace = complete[0].window, complete[0].session, complete[0].workspace
        assert session is not None
        assert workspace is not None
        window.resize(WIDTH, HEIGHT)
        scene(Studio(window, workspace, session))
        QTest.qWait(300)
        shelf = workspace.explanation.shelf
        if not wait_for(lambda: shelf.is_idle):
            raise SystemExit("The formulas are not set.")
        QTest.qWait(100)
        if not picture_of(window).save(str(path)):
            raise SystemExit(f"{path} cannot be written.")
        print(path, flush=True)
        program.close_all()
        QTest.qWait(50)


def picture_of(window: QWidget) -> QPixmap:
    """The window, and the dialogs and tooltips that stand over it."""
    picture = window.grab()
    painter = QPainter(picture)
    for other in QApplication.topLevelWidgets():
        if other is not window and other.isVisible():
            at = window.mapFromGlobal(other.mapToGlobal(QPoint()))
            painter.drawPixmap(at, other.grab())
            painter.setPen(QPen(other.palette().color(QPalette.ColorRole.Mid)))  # the desktop's border is not in it
            painter.drawRect(QRect(at, other.size()))
    painter.end()
    return picture


def file_name(scene: Scene) -> str:
    """A scene's name as a file's."""
    return scene.__name__.replace("_", "-")


def take_gallery(folder: Path, names: list[str]) -> None:
    """Take the pictures of the gallery at the scale that this process has."""
    scale = os.environ["QT_SCALE_FACTOR"]
    for scene in (*GALLERY, *MORE):
        if names and file_name(scene) not in names:
            continue
        for theme in THEMES:
            take(scene, theme, folder / f"{file_name(scene)}-{theme}-{scale}x.png")


def main() -> None:
    parser = argparse.ArgumentParser(description="Take pictures of the window.")
    parser.add_argument("--gallery", action="store_true", help="every scene, dark and light, at scale 1 and 2")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("folder", type=Path, nargs="?", default=Path(__file__).parent / "screenshots")
    parser.add_argument("names", nargs="*", help="scenes of the gallery, such as slicing")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.gallery and not given.here:
        for scale in SCALES:  # a process has one scale
            command = [sys.executable, __file__, "--gallery", "--here", str(given.folder), *given.names]
            subprocess.run(command, env=os.environ | {"QT_SCALE_FACTOR": scale}, check=True)
        return
    application = make_application()
    if given.gallery:
        take_gallery(given.folder, given.names)
    else:
        for scene, theme in README:
            take(scene, theme, given.folder / f"{file_name(scene)}.png")
    application.quit()


if __name__ == "__main__":
    main()
