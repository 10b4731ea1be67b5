"""How long playing takes on a graph of 1,000 nodes, and what a trace of 10,000 events holds.

Run it as ``python tests/benchmarks/playing.py``. Prints one line of JSON, milliseconds of CPU time of the
window's thread, medians; exit status 1 where something misses its limit.

seek_ms      one seek to a random position, with the canvas, its labels and its card following, without painting
event_ms     a frame in which one number travels and its card stands beside it, beyond what the same frame takes at rest
layer_ms     a frame in which all numbers of a layer travel, beyond the same
card_ms      everything about the card of the next event, its formulas still to be set
formula_ms   from asking for a formula to its being set on the thread for formulas, of the clock on the wall
paths_ms     the paths between the two nodes of the graph furthest apart
forward_ms   switching to forward mode: all tangents, and the trace of its events
trace_mb     what the trace of 10,000 events holds, in megabytes
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backprop_studio.engine.trace import Trace
    from tests.benchmarks.canvas import Painted

NODES = 1000
LIMITS = {
    "seek_ms": 1.0,
    "event_ms": 2.0,
    "layer_ms": 2.0,
    "card_ms": 8.0,
    "formula_ms": 100.0,
    "paths_ms": 50.0,
    "forward_ms": 50.0,
    "trace_mb": 10.0,
}
EVENTS = 10_000
FRAMES, WARM = 60, 5


def median(work: Callable[[int], object], rest: Callable[[], object] = lambda: None) -> float:
    """Median CPU time of ``work(frame)`` on this thread in milliseconds; ``rest`` is not timed."""
    times = []
    for frame in range(FRAMES + WARM):
        start = time.thread_time()
        work(frame)
        times.append(time.thread_time() - start)
        rest()
    return statistics.median(times[WARM:]) * 1000


def frames(painted: Painted, unit: str) -> float:
    """A frame of an animation, above that of the canvas at rest; no frame paints the static layer."""
    canvas, timeline = painted.canvas, painted.session.timeline
    timeline.unit = unit  # type: ignore[assignment]
    trace = timeline.trace
    assert trace is not None
    timeline.seek(trace.stage_ends[0] + 40)
    timeline.set_speed(1.0)
    timeline.play()
    timeline._clock.stop()  # frames are asked for here
    timeline.advance(0.01)
    assert timeline.progress > 0.0
    painted.pump()
    canvas.repaint()
    repaints = canvas.layer.repaints

    def moving(_: int) -> None:
        timeline.advance(0.01)
        canvas.repaint()

    taken = median(moving)
    assert canvas.layer.repaints == repaints, "the static layer is not to be painted"
    timeline.stop()
    painted.pump()
    return taken - median(lambda _: canvas.repaint())


def formulas(painted: Painted) -> dict[str, float]:
    """The card at once, and its formulas when they are set."""
    from backprop_studio.ui.canvas.event_cards import EventCards
    from backprop_studio.ui.formula_shelf import FormulaShelf

    canvas, timeline = painted.canvas, painted.session.timeline
    shelf = FormulaShelf(canvas)
    cards = EventCards(canvas, shelf, painted.themes)
    cards.set_on(True)
    timeline.animate, timeline.unit = "steps", "event"
    trace = timeline.trace
    assert trace is not None
    start = trace.stage_ends[0]
    numbers = random.Random(3)
    seek_ms = median(lambda _: timeline.seek(numbers.randrange(timeline.length)), painted.pump)

    def show(frame: int) -> None:
        timeline.seek(start + 3 * frame)
        assert cards.place(canvas.frame()) is not None

    card_ms = median(show, painted.pump)
    waits = []
    for position in range(start // 2, start // 2 + 20):
        began = time.perf_counter()
        timeline.seek(position)
        assert cards.card is not None
        while not cards.is_settled and time.perf_counter() - began < 5:
            time.sleep(0.001)  # the thread for formulas needs the interpreter too
            painted.pump()
        waits.append(time.perf_counter() - began)
    timeline.animate = "full"
    events = frames(painted, "event")
    shelf.shutdown()
    return {"seek_ms": seek_ms, "card_ms": card_ms, "formula_ms": statistics.median(waits) * 1000, "event_ms": events}


def explaining(painted: Painted) -> dict[str, float]:
    """Paths and forward mode."""
    from backprop_studio.document.paths import find_paths
    from backprop_studio.document.tangents import seeds, tangents

    evaluation = painted.session.evaluation
    loss = evaluation.loss
    assert loss is not None
    source = next(node for node in evaluation.graph.nodes if evaluation.gradient(node) is not None)
    first = seeds(evaluation)[0]

    def forward(_: int) -> None:
        found = tangents(evaluation, first)
        assert found is not None
        assert len(found.trace)

    return {
        "paths_ms": median(lambda _: find_paths(evaluation, source, loss)),
        "forward_ms": median(forward),
    }


def trace_memory() -> float:
    """Megabytes that a trace of 10,000 events holds."""
    from backprop_studio.document.compilation import compile_graph
    from backprop_studio.engine.trace import Trace
    from backprop_studio.exchange.graph_code import parse_graph_code

    lines = ["x0 = parameter(1.)", "w = parameter(1.)"]
    lines += [f"x{at + 1} = x{at}*w" for at in range(EVENTS // 6)]
    program = compile_graph(parse_graph_code("\n".join(lines))).program
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    trace: Trace = Trace(program)
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return held / len(trace) * EVENTS / 2**20


def main() -> int:
    """Measure everything; tell what misses its limit."""
    from PySide6.QtWidgets import QApplication

    from tests.benchmarks.canvas import Painted, write_graph

    application = QApplication([])
    found = {"trace_mb": trace_memory()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.backprop"
        write_graph(NODES, path)
        painted = Painted()
        painted.open(path)
        painted.session.timeline.set_stages(whole_step=True)
        found["layer_ms"] = frames(painted, "depth")
        found |= explaining(painted)
        found |= formulas(painted)
    painted.session.shutdown()
    painted.canvas.close()
    del application
    print(json.dumps({name: round(taken, 3) for name, taken in found.items()}))
    problems = [
        f"{name} is {found[name]:.2f}, more than {limit:g}" for name, limit in LIMITS.items() if found[name] > limit
    ]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.exit(main())
