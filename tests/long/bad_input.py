"""Bad documents, graph code, values and clipboards by the thousand: ``python tests/long/bad_input.py [TRIALS [SEED]]``.

Each is taken, or refused in one sentence, within a second of processor time and 500 MB. Exit status 1 where not.
"""

from __future__ import annotations

import resource
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bad_input import (
    CODE_DOORS,
    CODES,
    DOCUMENT_DOORS,
    VALUE_DOORS,
    bad_code,
    bad_document,
    bad_value,
    check_sentence,
    documents,
)

TRIALS = 20_000
MOST_SECONDS, MOST_MEGABYTES = 1.0, 500


def inputs(random: Random, good: list[bytes]) -> Iterator[tuple[Callable[[Any], str], Any]]:
    """One piece of bad input for each door."""
    for document_door in DOCUMENT_DOORS:
        yield document_door, bad_document(random.choice(good), random)
    for door in CODE_DOORS:
        yield door, bad_code(random.choice(CODES), random)
    for door in VALUE_DOORS:
        yield door, bad_value(random)


def peak_megabytes() -> int:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def fault_of(door: Callable[[Any], str], given: Any) -> tuple[str, float]:
    """What is wrong with the answer, "" where nothing is; and the seconds of processor time it took."""
    began, before = time.process_time(), peak_megabytes()
    try:
        check_sentence(door(given))
        fault = ""
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        fault = f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}: {str(error)[:200]}"
    seconds, grown = time.process_time() - began, peak_megabytes() - before
    if not fault and seconds > MOST_SECONDS:
        fault = f"took {seconds:.1f} s"
    if not fault and grown > MOST_MEGABYTES:
        fault = f"took {grown} MB"
    return fault, seconds


def main(trials: int = TRIALS, seed: int = 1) -> int:
    """Knock at every door; 1 where one does not hold."""
    warnings.simplefilter("error")
    good, began = documents(), time.monotonic()
    faults: Counter[str] = Counter()
    slowest = (0.0, "")
    for number in range(trials):
        for door, given in inputs(Random(f"{seed} {number}"), good):
            fault, seconds = fault_of(door, given)
            slowest = max(slowest, (seconds, f"{door.__name__} of {given[:60]!r}"))
            if fault:
                faults[fault] += 1
                if faults[fault] == 1:
                    print(f"{door.__name__}({given[:300]!r}): {fault}", flush=True)
    doors = len((*DOCUMENT_DOORS, *CODE_DOORS, *VALUE_DOORS))
    print(
        f"{trials * doors} pieces of bad input in {time.monotonic() - began:.0f} s: {sum(faults.values())} faults, "
        f"peak memory {peak_megabytes()} MB, slowest {slowest[0] * 1000:.0f} ms: {slowest[1]}"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
