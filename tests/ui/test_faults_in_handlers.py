"""A fault in any kind of handler leads to the one dialog and a copy of the work, and never ends the program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLineEdit

from backprop_studio.session.overrides import NEEDED

ROOT = Path(__file__).resolve().parents[2]
KINDS = 15


@pytest.mark.timeout(180)
@pytest.mark.parametrize("fault", ["IndexError", "StopIteration", "KeyError", "ValueError"])
def test_a_fault_in_a_handler_is_told_and_the_work_copied(fault: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.ui.faulty_program", fault, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    *lines, last = done.stdout.splitlines()
    assert last == "ended"
    assert len(lines) == KINDS
    assert [line for line in lines if not line.endswith(": 1 dialog, copied True")] == []
    assert f"{fault}" in (tmp_path / "backprop-studio.log").read_text(encoding="utf-8")
    assert list(tmp_path.glob("recovered-*.backprop"))


@pytest.mark.skipif(not NEEDED, reason="this Python makes every exception an instance at once")
def test_overrides_are_protected_and_slots_are_as_they_were_written() -> None:
    class Field(QLineEdit):
        def keyPressEvent(self, event: object) -> None: ...

        def setText(self, text: str) -> None: ...

        def other(self) -> None: ...

    class Inner(Field):
        def keyPressEvent(self, event: object) -> None: ...

    class Filter(QObject):
        def eventFilter(self, watched: QObject, event: object) -> bool:
            return False

    for method in (Field.keyPressEvent, Inner.keyPressEvent, Filter.eventFilter):
        assert hasattr(method, "__wrapped__")
    for method in (Field.setText, Field.other):
        assert not hasattr(method, "__wrapped__")
