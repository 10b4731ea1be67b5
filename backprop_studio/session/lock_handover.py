"""Sharing Python's interpreter lock between a busy worker and the window's thread."""

from __future__ import annotations

import sys

SWITCH_INTERVAL = 0.0001
"""Seconds after which a thread must hand over the lock while a worker is busy (Python's default is 0.005).

One painted frame takes the lock some twenty times: with the default a 6 ms frame took 130 ms beside a busy worker,
with this and the worker's naps 12 ms, for a tenth of the worker's speed.
"""


class LockHandover:
    """Lets threads hand over the lock sooner for as long as anybody asks for it, in the whole process."""

    _asking = 0
    _before = 0.0

    def __init__(self) -> None:
        self._asks = False

    def hurry(self, hurry: bool) -> None:
        """Ask for it, or no longer."""
        if hurry == self._asks:
            return
        self._asks = hurry
        shared = LockHandover
        if hurry and shared._asking == 0:
            shared._before = sys.getswitchinterval()
            sys.setswitchinterval(SWITCH_INTERVAL)
        shared._asking += 1 if hurry else -1
        if shared._asking == 0:
            sys.setswitchinterval(shared._before)
