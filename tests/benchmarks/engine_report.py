"""What is asked of the engine's speed and memory, and how the benchmark's measurements are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

W5 = ("W5_1k", "W5_10k")
COMPILE_LIMIT, MEMORY_LIMIT, BUSY_LIMIT = 50.0, 800.0, 1.2


@dataclass(frozen=True)
class Target:
    """``engine`` takes at most ``bound`` of the time of ``peer``; or is ``bound`` times as fast, where ``is_speed``."""

    workload: str
    engine: str
    peer: str
    bound: float
    is_speed: bool = False

    @property
    def title(self) -> str:
        """What is compared, for people."""
        asked = "times as fast as" if self.is_speed else "time / that of"
        return f"{self.workload:8} {self.engine} {asked} {self.peer}"


TARGETS = (
    Target("W1", "studio", "numpy_out", 0.90),
    Target("W1", "studio", "torch_eager", 8.0, True),
    Target("W1", "studio", "jax_jit", 1.4, True),
    Target("W2", "studio", "numpy_out", 0.70),
    Target("W2", "studio", "torch_eager", 11.0, True),
    Target("W2", "studio", "jax_jit", 3.5, True),
    Target("W3", "studio", "numpy_out", 0.93),
    Target("W3", "studio", "torch_eager", 1.2, True),
    *(Target(work, "studio", "numpy_out", 0.30) for work in W5),
    *(Target(work, "studio", "torch_eager", 100.0, True) for work in W5),
    *(Target(work, "studio", "micrograd_style", 40.0, True) for work in W5),
    Target("W7", "studio", "torch_eager", 9.0, True),
    *(Target(work, "studio_traced", "studio", 1.15) for work in ("W1", "W2", "W3")),
    *(Target(work, "studio_traced", "studio", 2.1) for work in W5),
    Target("deep", "studio", "torch_eager", 1.0, True),
)
REPORTED = (
    *(Target(work, "studio", "torch_eager", 0.0, True) for work in ("conv", "residual")),
    *(Target(work, "studio_float32", "torch_float32", 0.0, True) for work in ("W3", "conv", "residual", "deep")),
    *(Target(work, "studio_read", "studio", 0.0) for work in ("W1", "W2", "W3", *W5)),
)
"""Without a bound; ``studio_read`` is what a step and copies of everything in it cost."""

Row = tuple[str, float, float, bool | None]
"""What is measured, the figure, its bound (0 for none), and whether that is met."""


def verdicts(report: dict[str, Any]) -> list[Row]:
    """Every row of the table that could be measured."""
    found = [_judged(report, target) for target in TARGETS]
    found += [_compiled(report, work, COMPILE_LIMIT if work in W5 else 0.0) for work in (*W5, "W7")]
    if report.get("growth"):
        most = max(row["interpreter_bytes"] for row in report["growth"])
        found.append(("interpreter, bytes a node", most, MEMORY_LIMIT, most <= MEMORY_LIMIT))
        costs = [row["interpreter_us"] for row in report["growth"]]
        found.append(("interpreter, cost a node: largest / smallest", max(costs) / min(costs), 0.0, None))
    if report.get("busy"):
        ratio = report["busy"]["ratio"]
        found.append(("W3 beside a busy process / alone", ratio, BUSY_LIMIT, ratio <= BUSY_LIMIT))
    found += [_judged(report, target) for target in REPORTED]
    return [row for row in found if row is not None]


def _judged(report: dict[str, Any], target: Target) -> Row | None:
    engines = report["workloads"].get(target.workload, {}).get("engines", {})
    if target.engine not in engines or target.peer not in engines:
        return None
    first, second = (target.peer, target.engine) if target.is_speed else (target.engine, target.peer)
    ratio = engines[first]["against"][second]
    met = ratio >= target.bound if target.is_speed else ratio <= target.bound
    return target.title, ratio, target.bound, met if target.bound else None


def _compiled(report: dict[str, Any], key: str, limit: float) -> Row | None:
    work = report["workloads"].get(key)
    if work is None:
        return None
    cost = work["engines"]["studio"]["build_seconds"] / work["nodes"] * 1e6
    return f"{key:8} compilation, µs a node", cost, limit, cost <= limit if limit else None


def show(report: dict[str, Any]) -> None:
    """Print the report as tables for people."""
    print(f"NumPy {report['numpy']}, Python {report['python']}, core {report['core']}")
    print(f"load of the machine before {report['load']}, after {report['load_after']}")
    for library in report["missing"]:
        print(f"{library} is not installed: its rows are left out.")
    for key, work in report["workloads"].items():
        _show_workload(key, work)
    if report.get("growth"):
        print(f"\n{'nodes':>8} {'interpreter µs':>16} {'plan µs':>10} {'compile µs':>12} {'bytes':>8}   (a node)")
        for row in report["growth"]:
            print(f"{row['nodes']:8,} {row['interpreter_us']:16.2f} {row['plan_us']:10.4f} "
                  f"{row['compile_us']:12.1f} {row['interpreter_bytes']:8.0f}")  # fmt: skip
    if report.get("edits"):
        print(f"\n{'changed':>8} {'nodes':>8} {'full ms':>10} {'again ms':>10}   (evaluation after an edit)")
        for row in report["edits"]:
            print(f"{row['changed']:8.0%} {row['nodes']:8,} {row['full_ms']:10.2f} {row['again_ms']:10.2f}")
    print(f"\n{'what is asked for':56} {'measured':>10} {'bound':>8}")
    for title, ratio, bound, met in report["verdicts"]:
        told = "reported" if met is None else "met" if met else "NOT MET"
        print(f"{title:56} {ratio:10.4g} {f'{bound:g}' if bound else '–':>8}  {told}")


def _show_workload(key: str, work: dict[str, Any]) -> None:
    print(f"\n{key}: {work['title']}, {work['nodes']:,} nodes")
    print(f"  {'':20} {'µs a step':>12} {'× numpy_out':>12} {'× torch':>10} {'build s':>10}")
    for name, entry in work["engines"].items():
        ratios = [entry["against"].get(peer) for peer in ("numpy_out", "torch_eager")]
        shown = [f"{one:.3f}" if one is not None else "–" for one in ratios]
        wrong = "" if entry["agrees"] else f"  WRONG by {entry['error']:.1e}"
        print(f"  {name:20} {entry['microseconds']:12,.1f} {shown[0]:>12} {shown[1]:>10} "
              f"{entry['build_seconds']:10.4f}{wrong}")  # fmt: skip
