"""A million random events on the real window, over three seeds: nothing breaks, and the history leads back and forth.

    python tests/long/monkey.py [--events N] [--seeds S …] [--record FILE] [--jobs N]
    python tests/long/monkey.py --seed S --life N [--deeds D …]        one life again, or some deeds of it

A seed's events are parted into lives, each with a window and a process of its own. With ``--record`` every life that
ended well is noted in a file, and left out the next time. Where something breaks, the deeds that lead to it are
shrunk, and the line is printed with which they are done again. Exit status 1 then.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

EVENTS, SEEDS, LIFE = 1_000_000, (1, 2, 3), 10_000
HANGS_AFTER = 300
"""Seconds without a check of the history after which a life counts as hung, and its stack is printed."""
PATIENCE = 90.0
"""Seconds for looking for fewer deeds."""
GROWTH = 150
"""MB by which memory may grow from the first third of a life to its end; the garbage collector waits for some."""


def one_life(seed: int, number: int, events: int, deeds: list[int] | None, shrinks: bool) -> int:
    """Live a life in this process, and print its account as JSON and its fault in words."""
    from PySide6.QtWidgets import QApplication

    from tests.ui.monkey.life import live, report, shrink

    faulthandler.enable()
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", "path is deprecated. Use files", DeprecationWarning)
    warnings.filterwarnings("ignore", "Function. 'QDrag(Enter|Move)Event", DeprecationWarning)
    application = QApplication([])
    account = live(seed, number, events, deeds, alive=lambda: faulthandler.dump_traceback_later(HANGS_AFTER, exit=True))
    faulthandler.cancel_dump_traceback_later()
    grown = growth(account.megabytes)
    if not account.fault and grown > GROWTH:
        account.fault = f"memory grew by {grown} MB: {account.megabytes}"
    elif account.fault and shrinks:
        print(account.fault, file=sys.stderr, flush=True)
        account = shrink(account, patience=PATIENCE)
    if account.fault:
        print(report(account), file=sys.stderr)
    told = {
        "seed": seed, "life": number, "events": account.events, "deeds": len(account.done), "fault": account.fault,
        "seconds": round(account.seconds, 1), "slowest": account.slowest,
        "megabytes": max(account.megabytes, default=0), "grown": grown,
    }  # fmt: skip
    print(json.dumps(told))
    QApplication.clipboard().clear()  # off screen what is on it outlives Python, and would take it down
    del application
    return 1 if account.fault else 0


def growth(megabytes: list[int]) -> int:
    """How much memory grew after the first third of a life."""
    return megabytes[-1] - megabytes[len(megabytes) // 3] if len(megabytes) > 5 else 0


def lives(events: int, seeds: list[int], record: Path | None) -> Iterator[tuple[int, int, int]]:
    """(seed, life, events) of what is still to be lived, the seeds in turn."""
    done = set()
    if record is not None and record.exists():
        for line in record.read_text(encoding="utf-8").splitlines():
            account = json.loads(line)
            if not account["fault"]:
                done.add((account["seed"], account["life"]))
    each = -(-events // len(seeds))
    for number in range(-(-each // LIFE)):
        for seed in seeds:
            if (seed, number) not in done:
                yield seed, number, min(LIFE, each - number * LIFE)


def child(seed: int, number: int, events: int) -> dict[str, object]:
    """Live a life in a process of its own; its account."""
    command = [
        sys.executable,
        __file__,
        "--seed",
        str(seed),
        "--life",
        str(number),
        "--events",
        str(events),
        "--shrink",
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [line for line in ended.stdout.splitlines() if line.startswith("{")]
    account: dict[str, object] = json.loads(lines[-1]) if lines else {"seed": seed, "life": number, "events": 0}
    if ended.returncode != 0 or not lines:
        account["fault"] = f"status {ended.returncode}\n{ended.stderr}"
    return account


def all_lives(events: int, seeds: list[int], record: Path | None, jobs: int) -> int:
    """Live every life that is not recorded; print each; 1 where one broke something."""
    began, total, broken = time.monotonic(), 0, 0
    with ThreadPoolExecutor(jobs) as pool:
        for account in pool.map(lambda life: child(*life), lives(events, seeds, record)):
            total += int(str(account["events"]))
            broken += bool(account["fault"])
            print(json.dumps({key: value for key, value in account.items() if key != "fault"}), flush=True)
            if account["fault"]:
                print(account["fault"], flush=True)
            if record is not None:
                with record.open("a", encoding="utf-8") as file:
                    print(json.dumps(account), file=file)
    seconds = time.monotonic() - began
    print(
        f"{total} events in {seconds:.0f} s, {total / max(seconds, 0.1):.0f} a second; {broken} lives broke something"
    )
    return 1 if broken else 0


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--events", type=int, default=None, help="in all; of one life 10 000 by default")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--record", type=Path, help="file of the lives lived already")
    parser.add_argument("--jobs", type=int, default=1, help="lives at a time")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--life", type=int, default=0)
    parser.add_argument("--deeds", type=int, nargs="+")
    parser.add_argument("--shrink", action="store_true", help="look for the fewest deeds that break it")
    given = parser.parse_args()
    if given.seed is not None:
        return one_life(given.seed, given.life, given.events or LIFE, given.deeds, given.shrink)
    return all_lives(given.events or EVENTS, given.seeds, given.record, given.jobs)


if __name__ == "__main__":
    sys.exit(main())
