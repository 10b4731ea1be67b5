"""One training step of the engine (forward, backward, SGD update, float64) against its peers, in one process.

Run it as ``python tests/benchmarks/engine.py [--only W1,W3] [--rounds 9] [--json]``. One core, one BLAS thread. The
engines take turns in a new order in every round; a ratio is the median over the rounds of the ratio within a round,
so that what else the machine does falls on all alike. PyTorch and JAX take part where they are installed. Then follow:
cost a node from 100 to 50,000 nodes, and W3 beside a busy process.
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
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
from engine_peers import PEERS, interpreter, studio  # noqa: E402
from engine_workloads import WORKLOADS, dag  # noqa: E402

from backprop_studio.engine.interpreter import run  # noqa: E402

TARGETS = (
    # workload, engine, peer, at most (ratio of times)
    ("W1", "studio", "numpy_out", 0.90), ("W1", "studio", "torch_eager", 1 / 8), ("W1", "studio", "jax_jit", 1 / 1.4),
    ("W2", "studio", "numpy_out", 0.70), ("W2", "studio", "torch_eager", 1 / 11), ("W2", "studio", "jax_jit", 1 / 3.5),
    ("W3", "studio", "numpy_out", 0.93), ("W3", "studio", "torch_eager", 1 / 1.2),
    *(
        (work, "studio", peer, most)
        for work in ("W5_1k", "W5_10k")
        for peer, most in (("numpy_out", 0.30), ("torch_eager", 1 / 100), ("micrograd_style", 1 / 40))
    ),
    ("W7", "studio", "torch_eager", 1 / 9),
    ("deep", "studio", "torch_eager", 1.0),
    *(
        (work, engine, "studio", 1.15)
        for work in ("W1", "W2", "W3")
        for engine in ("studio_traced_fixed", "studio_traced")
    ),
    *((work, "studio_traced", "studio", 2.1) for work in ("W5_1k", "W5_10k")),
)  # fmt: skip
COMPILE_LIMIT, MEMORY_LIMIT, BUSY_LIMIT = 50.0, 800.0, 1.2
AGREEMENT = 1e-9


def first_losses(step: Callable[[], float]) -> list[float]:
    """The losses of three steps."""
    with np.errstate(all="ignore"):
        return [step() for _ in range(3)]


def calls_in(step: Callable[[], float], seconds: float) -> int:
    """How often ``step`` fits into ``seconds``."""
    started = time.perf_counter()
    step()
    return max(1, min(5000, int(seconds / (time.perf_counter() - started))))


def median_time(step: Callable[[], float], count: int) -> float:
    """The median of ``count`` calls after one that warms the caches."""
    clock, times = time.perf_counter, []
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
        started = time.perf_counter()
        try:
            step = peer(work)
        except (NotImplementedError, ImportError):
            continue
        built = time.perf_counter() - started
        wrong = max(abs(a - b) / max(abs(b), 1e-12) for a, b in zip(first_losses(step), expected, strict=True))
        result["engines"][peer.__name__] = {"build_seconds": built, "error": wrong, "agrees": wrong <= AGREEMENT}
        running.append((peer.__name__, step, calls_in(step, seconds)))
    times: dict[str, list[float]] = {name: [] for name, _, _ in running}
    gc.collect()
    gc.freeze()
    with np.errstate(all="ignore"):
        for _ in range(rounds):
            random.shuffle(running)
            for name, step, count in running:
                times[name].append(median_time(step, count))
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
        started = time.perf_counter()
        step = studio(work)
        built = time.perf_counter() - started
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        done = run(program)
        used = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        del done
        passes = lambda program=program: float(len(run(program).values))  # noqa: E731
        table.append({
            "nodes": count,
            "interpreter_us": median_time(passes, calls_in(passes, seconds)) / count * 1e6,
            "plan_us": median_time(step, calls_in(step, seconds)) / count * 1e6,
            "compile_us": built / count * 1e6,
            "interpreter_bytes": used / count,
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


def verdicts(report: dict[str, Any]) -> list[tuple[str, float, float]]:
    """What is asked for, the ratio measured, and the most it may be."""
    found = []
    for key, engine, peer, most in TARGETS:
        engines = report["workloads"].get(key, {}).get("engines", {})
        if engine in engines and peer in engines:
            found.append((f"{key} {engine} / {peer}", engines[engine]["against"][peer], most))
    for key in ("W5_1k", "W5_10k"):
        if key in report["workloads"]:
            work = report["workloads"][key]
            a_node = work["engines"]["studio"]["build_seconds"] / work["nodes"] * 1e6
            found.append((f"{key} compilation, µs a node", a_node, COMPILE_LIMIT))
    if report.get("growth"):
        most_bytes = max(row["interpreter_bytes"] for row in report["growth"])
        found.append(("interpreter, bytes a node", most_bytes, MEMORY_LIMIT))
    if report.get("busy"):
        found.append(("W3 beside a busy process / alone", report["busy"]["ratio"], BUSY_LIMIT))
    return found


def show(report: dict[str, Any]) -> None:
    """Print the report as a table for people."""
    print(f"NumPy {report['numpy']}, Python {report['python']}, load {report['load']}, core {report['core']}")
    for key, work in report["workloads"].items():
        print(f"\n{key}: {work['title']}, {work['nodes']:,} nodes")
        print(f"  {'':20} {'µs a step':>12} {'× numpy_out':>12} {'× torch':>10} {'build s':>10}")
        for name, entry in work["engines"].items():
            ratios = [entry["against"].get(peer) for peer in ("numpy_out", "torch_eager")]
            shown = [f"{one:.3f}" if one is not None else "–" for one in ratios]
            wrong = "" if entry["agrees"] else f"  WRONG by {entry['error']:.1e}"
            print(f"  {name:20} {entry['microseconds']:12,.1f} {shown[0]:>12} {shown[1]:>10} "
                  f"{entry['build_seconds']:10.4f}{wrong}")  # fmt: skip
    if report.get("growth"):
        print(f"\n{'nodes':>8} {'interpreter µs':>16} {'plan µs':>10} {'compile µs':>12} {'bytes':>8}   (a node)")
        for row in report["growth"]:
            print(f"{row['nodes']:8,} {row['interpreter_us']:16.2f} {row['plan_us']:10.4f} "
                  f"{row['compile_us']:12.1f} {row['interpreter_bytes']:8.0f}")  # fmt: skip
    print(f"\n{'what is asked for':44} {'measured':>10} {'at most':>10}")
    for name, ratio, most in report["verdicts"]:
        print(f"{name:44} {ratio:10.4g} {most:10.4g}  {'' if ratio <= most else 'MISSED'}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="workloads, such as W1,W3; growth and busy are two more")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.06, help="of each engine in each round")
    parser.add_argument("--core", type=int, help="the core to run on; by default the last one allowed")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    chosen = given.only.split(",") if given.only else [*WORKLOADS, "growth", "busy"]
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    core = given.core if given.core is not None else max(allowed, default=0)
    report: dict[str, Any] = {
        "numpy": np.__version__, "python": sys.version.split()[0], "core": core,
        "load": os.getloadavg() if hasattr(os, "getloadavg") else None, "workloads": {},
    }  # fmt: skip
    if "busy" in chosen:  # on all cores; before other libraries start threads of their own
        report["busy"] = beside_a_busy_process(given.rounds, given.seconds * 5)
    if allowed:
        os.sched_setaffinity(0, {core})
    if "growth" in chosen:
        report["growth"] = growth(given.seconds * 3)
    for key in chosen:
        if key in WORKLOADS:
            print(f"{key} …", file=sys.stderr, flush=True)
            report["workloads"][key] = measure(key, given.rounds, given.seconds)
    report["verdicts"] = verdicts(report)
    if given.json:
        print(json.dumps(report, indent=1))
    else:
        show(report)


if __name__ == "__main__":
    main()
