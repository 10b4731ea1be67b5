"""Garbage is collected on the window's thread, between events, and by nobody else."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from PySide6.QtCore import QObject

from backprop_studio.session import garbage_duty
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.garbage_duty import GarbageDuty


class Cycle:
    def __init__(self) -> None:
        self.itself = self


def test_the_timer_collects_in_place_of_python(qapp: Any, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage_duty, "_FULL_COLLECTION_SECONDS", 0.0)
    owner, other = QObject(), QObject()
    first, second = GarbageDuty(owner), GarbageDuty(other)
    assert gc.isenabled()
    first.begin()
    first.begin()
    second.begin()
    assert not gc.isenabled()
    first.end()
    first.end()
    assert not gc.isenabled()
    cycle = weakref.ref(Cycle())
    qtbot.waitUntil(lambda: cycle() is None)
    second.end()
    assert gc.isenabled()


def test_young_garbage_is_collected_when_there_is_enough(qapp: Any) -> None:
    owner = QObject()
    duty = GarbageDuty(owner)
    duty.begin()
    cycles = [weakref.ref(Cycle()) for _ in range(2 * gc.get_threshold()[0])]
    duty._collect()
    assert not any(cycle() for cycle in cycles)
    duty.end()


def test_the_duty_ends_with_its_owner(qapp: Any) -> None:
    owner = QObject()
    duty = GarbageDuty(owner)
    duty.begin()
    del owner
    assert gc.isenabled()
    duty.begin()  # nobody to be on duty for
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off(qapp: Any) -> None:
    gc.disable()
    try:
        owner = QObject()
        duty = GarbageDuty(owner)
        duty.begin()
        kept = weakref.ref(Cycle())
        duty._collect()
        duty.end()
        assert kept() is not None
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_collector_that_is_switched_on_meanwhile_is_taken_over(qapp: Any, qtbot: Any) -> None:
    gc.disable()
    owner = QObject()
    duty = GarbageDuty(owner)
    duty.begin()
    gc.enable()
    qtbot.waitUntil(lambda: not gc.isenabled())
    duty.end()
    assert gc.isenabled()


def test_a_session_is_on_duty_while_it_lives(qapp: Any) -> None:
    session = EditorSession()
    assert not gc.isenabled()
    session.shutdown()
    assert gc.isenabled()
    session = EditorSession()
    assert not gc.isenabled()
    del session
    assert gc.isenabled()
