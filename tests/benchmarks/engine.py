"""One training step of the engine (forward, backward, SGD update, float64) against its peers, in one process.

Run it as ``python tests/benchmarks/engine.py [--only W1,W3] [--rounds 9] [--json]``. One core, one BLAS thread. The
engines take turns in a new order in every round; a ratio is the median over the rounds of the ratio within a round,
so that what else the machine does falls on all alike. PyTorch and JAX take part where they are installed. Then follow:
cost a node from 100 to 50,000 nodes, evaluation after an edit, W3 beside a busy process, and the whole table of what is
asked for: each row with its bound, the ratio measured, and whether it is met.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

for _library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR"):  # read when NumPy is loaded
    os.environ[f"{_library}_NUM_THREADS"] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import argparse  # noqa: E402
import gc  # noqa: E402
import json  # noqa: E402
import random  # noqa: E402
import signal  # noqa: E402
import statistics  # noqa: E402
import subprocess  # noqa: E402
import time  # noqa: E402
import tracemalloc  # noqa: E402
from collections.abc import Callable  # noqa: E402
from dataclasses import replace  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
from engine_peers import PEERS, interpreter, missing_libraries, studio  # noqa: E402
from engine_report import show, verdicts  # noqa: E402
from engine_workloads import WORKLOADS, chains, dag  # noqa: E402

from backprop_studio.engine.incremental import run_again  # noqa: E402
from backprop_studio.engine.interpreter import run  # noqa: E402
from backprop_studio.engine.program import assemble  # noqa: E402

AGREEMENT = 1e-9
SINGLE_AGREEMENT = 1e-4
LONG = 1e-3
"""Seconds of a step from which on it is timed on the processor: all engines run on one thread."""


def first_losses(step: Callable[[], float]) -> list[float]:
    """The losses of three steps."""
    with np.errstate(all="ignore"):
        return [step() for _ in range(3)]


def clock_for(step: Callable[[], float]) -> Callable[[], float]:
    """Time on the processor for a step that others would interrupt; for a short one the clock, which is read faster."""
    started = time.process_time()
    step()
    return time.process_time if time.process_time() - started > LONG else time.perf_counter


def calls_in(step: Callable[[], float], seconds: float) -> int:
    """How often ``step`` fits into ``seconds``."""
    started = time.perf_counter()
    step()
    return max(1, min(5000, int(seconds / (time.perf_counter() - started))))


def median_time(step: Callable[[], float], count: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """The median of ``count`` calls after one that warms the caches."""
    times = []
    step()
    for _ in range(count):
        started = clock()
        step()
        times.append(clock() - started)
    return statistics.median(times)


def measure(key: str, rounds: int, seconds: float) -> dict[str, Any]:
    """All engines on one workload: microseconds a step, ratio to each other, seconds to build."""
    work = WORKLOADS[key]()
    expected = first_losses(interpreter(work))
    result: dict[str, Any] = {"title": work.title, "nodes": work.nodes, "engines": {}}
    running = []
    gc.collect()
    gc.freeze()  # an engine that makes many objects must not pay for those of other libraries
    for peer in PEERS:
        gc.collect()
        started = time.process_time()
        try:
            step = peer(work)
        except (NotImplementedError, ImportError):
            continue
        built = time.process_time() - started
        wrong = max(abs(a - b) / max(abs(b), 1e-12) for a, b in zip(first_losses(step), expected, strict=True))
        most = SINGLE_AGREEMENT if peer.__name__.endswith("float32") else AGREEMENT
        result["engines"][peer.__name__] = {"build_seconds": built, "error": wrong, "agrees": wrong <= most}
        running.append((peer.__name__, step, calls_in(step, seconds), clock_for(step)))
    times: dict[str, list[float]] = {name: [] for name, *_ in running}
    gc.collect()
    gc.freeze()
    with np.errstate(all="ignore"):
        for _ in range(rounds):
            random.shuffle(running)
            for name, step, count, clock in running:
                times[name].append(median_time(step, count, clock))
    for name, mine in times.items():
        entry = result["engines"][name]
        entry["microseconds"] = statistics.median(mine) * 1e6
        entry["against"] = {
            other: statistics.median(a / b for a, b in zip(mine, theirs, strict=True))
            for other, theirs in times.items()
        }
    gc.unfreeze()
    return result


def growth(seconds: float) -> list[dict[str, float]]:
    """Cost a node, from 100 to 50,000 nodes: interpreter, plan, compilation, and the interpreter's memory."""
    table = []
    for count in (100, 300, 1_000, 3_000, 10_000, 30_000, 50_000):
        work = dag(f"{count}", count)
        program = work.program()
        gc.collect()
        started = time.process_time()
        step = studio(work)
        built = time.process_time() - started
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        done = run(program)
        used = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        del done
        passes = lambda program=program: float(len(run(program).values))  # noqa: E731
        table.append({
            "nodes": count,
            "interpreter_us": median_time(passes, calls_in(passes, seconds), time.process_time) / count * 1e6,
            "plan_us": median_time(step, calls_in(step, seconds), clock_for(step)) / count * 1e6,
            "compile_us": built / count * 1e6,
            "interpreter_bytes": used / count,
        })  # fmt: skip
    return table


def after_an_edit(seconds: float) -> list[dict[str, float]]:
    """A full evaluation against one that takes over what an edit did not touch, by the share of calls that it did."""
    table = []
    for changed in (1, 5, 10):
        work = chains(100, 100)
        before = work.program()
        passed = run(before)
        for chain in range(changed):
            spec = work.specs[chain]
            work.specs[chain] = replace(spec, value=np.asarray(spec.value) + 0.1)
        after = assemble(work.specs, loss=work.specs[-1].key)[0]
        full = lambda after=after: float(len(run(after).values))  # noqa: E731
        part = lambda after=after, b=before, p=passed: float(len(run_again(after, b, p).values))  # noqa: E731
        table.append({
            "changed": changed / 100,
            "nodes": len(after.calls),
            "full_ms": median_time(full, calls_in(full, seconds), time.process_time) * 1e3,
            "again_ms": median_time(part, calls_in(part, seconds), time.process_time) * 1e3,
        })  # fmt: skip
    return table


def beside_a_busy_process(rounds: int, seconds: float) -> dict[str, float]:
    """W3 while another process computes without pause, against W3 alone, on all cores the process may use."""
    step = studio(WORKLOADS["W3"]())
    count = calls_in(step, seconds)
    other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    alone, beside = [], []
    try:
        for _ in range(rounds):
            other.send_signal(signal.SIGSTOP)
            alone.append(median_time(step, count))
            other.send_signal(signal.SIGCONT)
            beside.append(median_time(step, count))
    finally:
        other.kill()
        other.wait()
    ratio = statistics.median(b / a for a, b in zip(alone, beside, strict=True))
    return {"alone_us": statistics.median(alone) * 1e6, "ratio": ratio}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="workloads, such as W1,W3; growth, edits and busy are three more")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.06, help="of each engine in each round")
    parser.add_argument("--core", type=int, help="the core to run on; by default the last one allowed")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    chosen = given.only.split(",") if given.only else [*WORKLOADS, "growth", "edits", "busy"]
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    core = given.core if given.core is not None else max(allowed, default=0)
    report: dict[str, Any] = {
        "numpy": np.__version__, "python": sys.version.split()[0], "core": core,
        "load": os.getloadavg() if hasattr(os, "getloadavg") else None, "missing": missing_libraries(), "workloads": {},
    }  # fmt: skip
    if "busy" in chosen:  # on all cores; before other libraries start threads of their own
        report["busy"] = beside_a_busy_process(given.rounds, given.seconds * 5)
    if allowed:
        os.sched_setaffinity(0, {core})
    if "growth" in chosen:
        report["growth"] = growth(given.seconds * 3)
    if "edits" in chosen:
        report["edits"] = after_an_edit(given.seconds * 3)
    for key in chosen:
        if key in WORKLOADS:
            print(f"{key} …", file=sys.stderr, flush=True)
            report["workloads"][key] = measure(key, given.rounds, given.seconds)
    report["load_after"] = os.getloadavg() if hasattr(os, "getloadavg") else None
    report["verdicts"] = verdicts(report)
    if given.json:
        print(json.dumps(report, indent=1))
    else:
        show(report)


if __name__ == "__main__":
    main()
