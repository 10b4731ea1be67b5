"""What every test stands on: no screen, one font, no theme, empty settings, and nothing left over.

Qt paints offscreen, all text is set in the DejaVu Sans that ziafont carries, and home, settings and caches lie in a
temporary folder. Warnings are errors (pyproject.toml). A test that leaves a window or a running thread behind fails.
"""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import signal
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
import ziafont
from hypothesis import settings

# All of this must stand before Qt is loaded, hence before any fixture.
_SANDBOX = Path(tempfile.mkdtemp(prefix="backprop-studio-tests-"))
_FONTS = Path(ziafont.__file__).parent / "fonts"


def _isolate() -> None:
    folders = {
        "HOME": "home",
        "XDG_CONFIG_HOME": "home/.config",
        "XDG_DATA_HOME": "home/.local/share",
        "XDG_STATE_HOME": "home/.local/state",
        "XDG_CACHE_HOME": "home/.cache",
        "XDG_RUNTIME_DIR": "run",
    }
    for variable, folder in folders.items():
        (_SANDBOX / folder).mkdir(parents=True, exist_ok=True, mode=0o700)
        os.environ[variable] = str(_SANDBOX / folder)
    # Whatever the machine has installed, "Inter" and "monospace" mean this one font: pictures compare equal everywhere.
    fonts = _SANDBOX / "fonts.conf"
    fonts.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
        f"<fontconfig><dir>{_FONTS}</dir><cachedir>{_SANDBOX / 'font-cache'}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    os.environ["FONTCONFIG_FILE"] = str(fonts)
    os.environ["LC_ALL"] = "C.UTF-8"
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for variable in ("QT_SCALE_FACTOR", "QT_STYLE_OVERRIDE", "QT_QPA_PLATFORMTHEME", "XDG_CONFIG_DIRS", "LANGUAGE"):
        os.environ.pop(variable, None)
    # A shell starts what it runs in the background deaf to Ctrl+C, and our processes would inherit that.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


_isolate()

# The same examples on every machine and however busy it is; HYPOTHESIS_PROFILE=search looks for new ones.
settings.register_profile("steady", derandomize=True, deadline=None, database=None, print_blob=True)
settings.register_profile("search", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

from PySide6.QtCore import QCoreApplication, QEvent, QSettings, QThread, QThreadPool  # noqa: E402
from PySide6.QtGui import QFont, QFontDatabase, QPalette  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402
from shiboken6 import Shiboken  # noqa: E402

_started: weakref.WeakSet[QThread] = weakref.WeakSet()
_start = QThread.start


def _start_and_remember(thread: QThread, *args: object) -> None:
    _started.add(thread)
    _start(thread, *args)  # type: ignore[arg-type]


# Qt has no list of its threads, so each is noted as it starts.
QThread.start = _start_and_remember  # type: ignore[assignment, method-assign]


def pytest_unconfigure() -> None:
    shutil.rmtree(_SANDBOX, ignore_errors=True)


_plain: list[tuple[QFont, QPalette, str]] = []
"""How the application looks before any test has put a theme on it."""


def _undress() -> None:
    """Takes off the theme that a test has put on the application."""
    app = QApplication.instance()
    if not (_plain and isinstance(app, QApplication)):
        return
    font, palette, style_sheet = _plain[0]
    if app.styleSheet() != style_sheet:
        app.setStyleSheet(style_sheet)
    if app.palette() != palette:
        app.setPalette(palette)
    if app.font() != font:
        app.setFont(font)


@pytest.fixture(scope="session")
def qapp(qapp: QApplication) -> QApplication:
    """pytest-qt's application, set in the pinned font."""
    number = QFontDatabase.addApplicationFont(str(_FONTS / "DejaVuSans.ttf"))
    assert number >= 0, "ziafont's DejaVu Sans cannot be loaded"
    font = QFont(QFontDatabase.applicationFontFamilies(number)[0])
    font.setPixelSize(13)
    qapp.setFont(font)
    _plain.append((qapp.font(), qapp.palette(), qapp.styleSheet()))
    return qapp


@pytest.fixture(scope="session", autouse=True)
def one_application(qapp: QApplication) -> None:
    """A QApplication before all else: painting without a window would make a lesser one, and no process has two."""


_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def settings_folder() -> Iterator[Path]:
    """An empty folder for this test's QSettings; QSettings writes nowhere else."""
    # A new folder each time: Qt keeps what it read from a settings file for as long as the process lives.
    folder = _SANDBOX / "settings" / str(next(_numbers))
    for kind in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(kind, QSettings.Scope.UserScope, str(folder))
        QSettings.setPath(kind, QSettings.Scope.SystemScope, str(folder / "system"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _windows() -> list[QWidget]:
    """All top-level widgets that nobody owns, save Qt's own tooltip, which takes itself away in its own time."""
    if not isinstance(QApplication.instance(), QApplication):
        return []
    return [
        widget
        for widget in QApplication.topLevelWidgets()
        if widget.parent() is None and widget.metaObject().className() != "QTipLabel"
    ]


def _running_threads() -> list[QThread]:
    return [thread for thread in list(_started) if Shiboken.isValid(thread) and thread.isRunning()]


@pytest.fixture(autouse=True)
def nothing_left_over() -> Iterator[None]:
    """Fails a test after which a window or a running QThread is still there."""
    before = {Shiboken.getCppPointer(widget) for widget in _windows()}
    threads_before = set(map(id, _running_threads()))
    yield

    def new_windows() -> list[QWidget]:
        return [widget for widget in _windows() if Shiboken.getCppPointer(widget) not in before]

    if new_windows():  # deleteLater() and Python's own cycles are given their chance first
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        gc.collect()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    faults = [f"the window {widget!r}" for widget in new_windows()]
    for widget in new_windows():  # so that the next test is not blamed
        widget.hide()
        Shiboken.delete(widget)
    for thread in _running_threads():
        if id(thread) in threads_before:
            continue
        faults.append(f"the running thread {thread!r}")
        thread.quit()
        if not thread.wait(2000):
            thread.terminate()
            thread.wait()
    _undress()
    if not QThreadPool.globalInstance().waitForDone(2000):
        faults.append("a job of the global thread pool")
    if faults:
        pytest.fail("The test leaves behind " + " and ".join(faults) + ".", pytrace=False)


def pytest_sessionfinish() -> None:
    """Empty the clipboard: off screen what is on it outlives Python, and its destruction then crashes."""
    if isinstance(QApplication.instance(), QApplication):
        QApplication.clipboard().clear()
