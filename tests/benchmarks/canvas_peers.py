"""NodeGraphQt painting the graphs of ``canvas.py``, where it is installed (the ``bench`` extra).

``python tests/benchmarks/canvas_peers.py [NODES …]`` prints one line of JSON a size: ``nodegraphqt_ms`` is the CPU
time of a frame with every node in view. ``canvas.py`` asks for the same beside its own.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_PREFERRED_BINDING", "PySide6")

from tests.benchmarks.canvas import HEIGHT, WIDTH, layered

SIZES = (100, 500, 1000, 2000)
FRAMES, WARM, PATIENCE = 20, 2, 60.0
TITLES = ("add", "multiply", "square", "relu", "sigmoid", "matmul", "loss", "tanh")


def is_installed() -> bool:
    """Can NodeGraphQt be imported?"""
    return importlib.util.find_spec("NodeGraphQt") is not None and importlib.util.find_spec("Qt") is not None


def frame_ms(count: int) -> float | None:
    """A frame of NodeGraphQt with so many nodes in view, measured in a process of its own; None where it fails."""
    ended = subprocess.run(
        [sys.executable, __file__, "--measure", str(count)], capture_output=True, text=True, check=False
    )
    lines = [line for line in ended.stdout.splitlines() if line.startswith("{")]
    return float(json.loads(lines[-1])["nodegraphqt_ms"]) if ended.returncode == 0 and lines else None


def measure(count: int) -> dict[str, float]:
    """Build the graph and paint it, in this process."""
    warnings.simplefilter("ignore")  # of its own old ways, which are not ours to mend
    from PySide6.QtWidgets import QApplication

    application = QApplication([])
    began = time.process_time()
    graph = _graph(count)
    built = time.process_time() - began
    viewer = graph.viewer()
    viewer.resize(WIDTH, HEIGHT)
    viewer.show()
    graph.fit_to_selection()
    application.processEvents()
    times = []
    for frame in range(FRAMES + WARM):
        began = time.process_time()
        step = 3 if frame // 10 % 2 == 0 else -3
        viewer._set_viewer_pan(step, step)
        viewer.viewport().repaint()
        times.append(time.process_time() - began)
        application.processEvents()
        if len(times) > WARM + 5 and sum(times) > PATIENCE:
            break
    viewer.close()
    return {
        "nodes": count, "nodegraphqt_ms": round(statistics.median(times[WARM:]) * 1000, 2), "build_s": round(built, 2),
    }  # fmt: skip


def _graph(count: int) -> Any:
    """A graph of NodeGraphQt's with the nodes and wires of ours."""
    from NodeGraphQt import BaseNode, NodeGraph  # type: ignore[import-not-found]

    class Operation(BaseNode):  # type: ignore[misc]
        """Two inputs and one output."""

        __identifier__ = "benchmark"
        NODE_NAME = "operation"

        def __init__(self) -> None:
            super().__init__()
            for name in ("a", "b"):
                self.add_input(name)
            self.add_output("out")

    graph = NodeGraph()
    graph.register_node(Operation)
    places, wires = layered(count)
    nodes = []
    for index, place in enumerate(places):
        node = graph.create_node(
            "benchmark.Operation", name=f"{TITLES[index % len(TITLES)]} {index}", pos=place, selected=False,
            push_undo=False,
        )  # fmt: skip
        nodes.append(node)
    for source, target, slot in wires:
        nodes[source].output(0).connect_to(nodes[target].input(slot), push_undo=False)
    graph.clear_selection()
    return graph


def main() -> int:
    """Print a line for each size; status 1 where NodeGraphQt is not installed."""
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(int(sys.argv[2]))))
        return 0
    if not is_installed():
        print("NodeGraphQt is not installed. Install the bench extra: pip install -e '.[bench]'.", file=sys.stderr)
        return 1
    for count in [int(argument) for argument in sys.argv[1:]] or SIZES:
        print(json.dumps({"nodes": count, "nodegraphqt_ms": frame_ms(count)}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
