"""Two thousand runs of fifty edits with undo and redo: ``python tests/long/state_machine.py [runs] [edits]``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.document.machine import Editing


def main(runs: int = 2000, edits: int = 50) -> None:
    """Run the machine; an error shows the shortest way to it."""
    started = time.monotonic()
    run_state_machine_as_test(
        Editing,
        settings=settings(
            max_examples=runs,
            stateful_step_count=edits,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"{runs} runs of up to {edits} edits: every graph sound, in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
