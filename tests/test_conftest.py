"""The nets of conftest.py catch what they are there to catch."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QStandardPaths
from PySide6.QtGui import QFont, QFontInfo
from PySide6.QtWidgets import QApplication

ROOT = Path(__file__).parent

LEAKS = {
    "window": "from PySide6.QtWidgets import QWidget\nkept = []\ndef test_it(qapp):\n    kept.append(QWidget())\n",
    "thread": (
        "from PySide6.QtCore import QThread\nkept = []\ndef test_it(qapp):\n"
        "    thread = QThread()\n    thread.start()\n    kept.append(thread)\n"
    ),
    "warning": "import warnings\ndef test_it():\n    warnings.warn('look out', UserWarning, stacklevel=1)\n",
}
CLEAN = (
    "from PySide6.QtCore import QThread\nfrom PySide6.QtWidgets import QMainWindow\ndef test_it(qtbot):\n"
    "    window = QMainWindow()\n    qtbot.addWidget(window)\n    window.show()\n"
    "    thread = QThread()\n    thread.start()\n    thread.quit()\n    thread.wait()\n"
)


def _run(pytester: pytest.Pytester, body: str) -> pytest.RunResult:
    pytester.makeconftest((ROOT / "conftest.py").read_text(encoding="utf-8"))
    pytester.makepyprojecttoml(
        (ROOT.parent / "pyproject.toml").read_text(encoding="utf-8").replace('["tests"]', '["."]')
    )
    pytester.makepyfile(body)
    return pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider")


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_fails(leak: str, pytester: pytest.Pytester) -> None:
    result = _run(pytester, LEAKS[leak])
    assert result.ret != 0
    result.stdout.fnmatch_lines(
        [
            {"window": "*leaves behind the window*", "thread": "*leaves behind the running thread*"}.get(
                leak, "*look out*"
            )
        ]
    )


def test_a_window_handed_to_qtbot_and_a_finished_thread_are_no_leaks(pytester: pytest.Pytester) -> None:
    assert _run(pytester, CLEAN).ret == 0


def test_text_is_set_in_the_pinned_font_whatever_is_asked_for(qapp: QApplication) -> None:
    assert qapp.font().family() == "DejaVu Sans"
    for family in ("Inter", "Noto Sans", "JetBrains Mono"):
        assert QFontInfo(QFont(family)).family() == "DejaVu Sans"


def test_home_and_settings_are_not_the_persons_own(settings_folder: Path) -> None:
    settings = QSettings("Somebody", "Something")
    settings.setValue("answer", 42)
    settings.sync()
    assert Path(settings.fileName()).is_relative_to(settings_folder)
    assert Path(settings.fileName()).exists()
    for place in (
        Path.home(),
        Path(os.environ["XDG_DATA_HOME"]),
        Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.HomeLocation)),
    ):
        assert "backprop-studio-tests-" in str(place)


def test_a_theme_does_not_outlive_its_test(pytester: pytest.Pytester) -> None:
    dressed = (
        "def test_a(qapp):\n    qapp.setStyleSheet('QWidget { color: red }')\n    qapp.setFont('Inter')\n"
        "def test_b(qapp):\n    assert not qapp.styleSheet()\n    assert qapp.font().family() == 'DejaVu Sans'\n"
    )
    assert _run(pytester, dressed).ret == 0
