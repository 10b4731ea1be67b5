"""A monkey's life: one window, deeds drawn from a seed, checks in between; replayed and shrunk when something broke.

Deed number n of a life depends on the seed and n alone, and on what the window shows by then, so that a life can be
lived again without some of its deeds.
"""

from __future__ import annotations

import gc
import itertools
import tempfile
import time
import traceback
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from tests.ui.monkey.canvas_deeds import CanvasDeeds
from tests.ui.monkey.checks import Checks
from tests.ui.monkey.hand import Hand
from tests.ui.monkey.watch import Watch
from tests.ui.monkey.window_deeds import WindowDeeds
from tests.ui.window_support import Opened

SIZE = 900, 600
MOST_NODES = 60
WEIGHTS = {
    "drag": 14, "draw_wire": 12, "reroute": 5, "slice": 4, "insert": 5, "detach": 4, "band": 4, "click": 8,
    "double_click": 6, "bend": 5, "note": 4, "right_click": 4, "hover": 4, "touch": 4, "wheel": 4, "drop": 8,
    "quick_add": 10,
    "edit_in_place": 6, "key": 8, "arrows": 4, "wire_by_keys": 5, "space_drag": 1, "see_all": 2,
    "act": 16, "undo_and_redo": 6, "clipboard": 5, "play": 4, "group": 5, "train": 2, "poke": 8, "code": 1, "resize": 1,
    "drop_file": 0.2, "wait": 1, "document": 0.7,
}  # fmt: skip
"""What the monkey does, and how often beside the rest."""
SMALL_HISTORY = 100_000
"""Bytes that the undo history may hold in every fourth life, so that it forgets its oldest steps."""
CHECK_EVERY = {"evaluation": 23, "graph": 31, "painting": 97, "history": 241}
"""Deeds between two checks of a kind."""


@dataclass
class Account:
    """How a life went. ``done`` lists its deeds; ``fault`` says what broke at the last of them, if anything did."""

    seed: int
    number: int
    events: int = 0
    done: list[int] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    fault: str = ""
    slowest: tuple[float, str] = (0.0, "")
    seconds: float = 0.0
    megabytes: list[int] = field(default_factory=list)
    """Memory in use at each check of the history."""

    @property
    def kind_of_fault(self) -> str:
        """The last line of the fault: two faults are the same where this is."""
        return self.fault.strip().splitlines()[-1] if self.fault else ""


MOST_TOLD = 60
"""Deeds that a report lists."""


class Life:
    """One window and its monkey. Needs a QApplication."""

    def __init__(self, seed: int, number: int, folder: Path, alive: Callable[[], None] = lambda: None) -> None:
        """``alive`` is called from time to time."""
        self.account = Account(seed, number)
        self._alive = alive
        self.opened = Opened(folder / "settings.ini")
        window = self.opened.window
        window.setWindowState(Qt.WindowState.WindowNoState)  # the screen of the tests is small
        window.resize(*SIZE)
        window.may_close = lambda: False  # the monkey cannot leave
        window.show()
        window.activateWindow()
        self.opened.session.timeline.animate = "off"
        if number % 4 == 3:
            self.opened.session.undo_stack.limit = SMALL_HISTORY
        QApplication.processEvents()
        self.hand = Hand(window)
        self.canvas_deeds = CanvasDeeds(self.opened, self.hand)
        self.window_deeds = WindowDeeds(self.opened, self.hand, folder)
        self.canvas_deeds.during = self._meanwhile
        self.checks = Checks(self.opened)

    def live(self, events: int, watch: Watch, only: Sequence[int] | None = None) -> Account:
        """Do deeds until so many events were sent, or only the given ones; stop at the first fault."""
        account, began = self.account, time.monotonic()
        planned = iter(only) if only is not None else itertools.count()
        with self.window_deeds.without_dialogs():
            for number in planned:
                if only is None and self.hand.events >= events:
                    break
                account.done.append(number)
                self._try(watch, partial(self._deed, number), partial(self._check, number))
                if account.fault:
                    break
            if not account.fault:
                self._try(watch, *(getattr(self.checks, name) for name in CHECK_EVERY))
        account.events, account.seconds = self.hand.events, time.monotonic() - began
        return account

    def close(self) -> None:
        """Close the window."""
        QApplication.clipboard().clear()  # off screen what is on it outlives Python, and would take it down
        self.opened.window.may_close = lambda: True
        self.opened.window.close()
        self.opened.session.shutdown()
        self.opened.window.deleteLater()
        QApplication.processEvents()

    def _deed(self, number: int) -> None:
        account = self.account
        random = Random(f"{account.seed} {account.number} {number}")
        names = list(WEIGHTS)
        name = "document" if number == 0 else random.choices(names, list(WEIGHTS.values()))[0]
        account.names[number] = name
        self.canvas_deeds.random = self.window_deeds.random = random
        began = time.monotonic()
        self._function(name)()
        QApplication.processEvents()
        self.window_deeds.calm()
        if len(self.opened.session.graph.nodes) > MOST_NODES:
            self._prune(random)
        lasted = time.monotonic() - began
        if lasted > account.slowest[0]:
            account.slowest = lasted, f"{name} (deed {number})"

    def _function(self, name: str) -> Callable[[], None]:
        found: Callable[[], None] = getattr(self.canvas_deeds, name, None) or getattr(self.window_deeds, name)
        return found

    def _meanwhile(self) -> None:
        """Something that happens while a button is held."""
        random = self.canvas_deeds.random
        deeds = (
            self.canvas_deeds.key,
            self.window_deeds.act,
            self.window_deeds.undo_and_redo,
            self.window_deeds.document,
        )
        random.choices(deeds, (6, 6, 4, 1))[0]()

    def _prune(self, random: Random) -> None:
        """Keep the graph small."""
        session = self.opened.session
        self.opened.workspace.canvas.cancel_gesture()
        session.select(random.sample(sorted(session.graph.nodes), MOST_NODES // 2))
        session.delete_selection()

    def _check(self, number: int) -> None:
        self.checks.quick()
        for name, every in CHECK_EVERY.items():
            if number % every == every - 1:
                getattr(self.checks, name)()
                if name == "history":
                    self.account.megabytes.append(resident_megabytes())
                    self._alive()

    def _try(self, watch: Watch, *parts: Callable[[], None]) -> None:
        """Do the parts one after the other; note what breaks."""
        try:
            for part in parts:
                part()
                watch.check()
        except Exception:
            self.account.fault = traceback.format_exc()
            watch.faults.clear()


def resident_megabytes() -> int:
    """Memory of this process that is in use, in MB; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) // 256
    except OSError:
        return 0


def live(
    seed: int,
    number: int,
    events: int,
    only: Sequence[int] | None = None,
    alive: Callable[[], None] = lambda: None,
) -> Account:
    """Live one life in a window of its own; of its deeds only some, where they are given."""
    with tempfile.TemporaryDirectory() as folder, Watch() as watch:
        life = Life(seed, number, Path(folder), alive)
        try:
            account = life.live(events, watch, only)
        finally:
            life.close()
        if watch.faults and not account.fault:
            account.fault = "On closing: " + "\n".join(watch.faults)
    del life
    gc.collect()
    QApplication.processEvents()
    return account


def shrink(account: Account, patience: float) -> Account:
    """A shorter life that ends in the same fault, found by leaving deeds out; the same one where none is found."""
    end, best = time.monotonic() + patience, account

    def broken(deeds: Collection[int]) -> bool:
        nonlocal best
        if time.monotonic() > end:
            return False
        tried = live(account.seed, account.number, 0, list(deeds))
        if tried.kind_of_fault != account.kind_of_fault:
            return False
        best = tried
        return True

    kept = account.done
    for tail in (5, 20, 60, 200, 800, 3000, len(kept)):
        if broken(kept[-tail:]):
            break
    else:
        return account
    chunk = len(best.done) // 2
    while chunk >= 1 and time.monotonic() < end:
        at, kept = 0, best.done
        while at < len(kept) - 1:
            fewer = kept[:at] + kept[at + chunk :]
            if fewer and fewer[-1] == kept[-1] and broken(fewer):
                kept = best.done
            else:
                at += chunk
        chunk //= 2
    return best


def report(account: Account) -> str:
    """What broke, after which deeds, and how to see it again."""
    names = ", ".join(f"{number} {account.names.get(number, '')}" for number in account.done[-MOST_TOLD:])
    again = f"python tests/long/monkey.py --seed {account.seed} --life {account.number}"
    if len(account.done) <= MOST_TOLD:
        again += " --deeds " + " ".join(map(str, account.done))
    return f"{account.fault}\nafter {len(account.done)} deeds: {names}\nagain: {again}"
