"""A hundred runs of fifty edits; ``tests/long/state_machine.py`` makes as many as one likes."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.document.machine import Editing

TestEditing = Editing.TestCase
TestEditing.settings = settings(
    max_examples=100, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)
