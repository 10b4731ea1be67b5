"""How long the canvas takes to paint, drag and open, against the barest painter there could be.

Run it as ``python tests/benchmarks/canvas.py [NODES …]``; by default 100, 500, 1000, 2000 and, for opening alone,
10000. Each size is a process of its own. Prints one line of JSON a size: milliseconds of CPU time, medians.

fit_ms         one whole repaint with every node in view, all labels made anew, the grid and the badges
one_to_one_ms  the same at the natural size
zoom_ms        a frame of zooming, from everything in view on
overlay_ms     a frame in which 60 numbers travel above the static layer
drag_ms        one move of a node with 8 wires by the mouse, from the event to the painted frame
open_ms        from the file to the painted graph; values_ms: until its numbers are painted too
bare_ms        all in view, painted by one widget that knows titles and ports, but no numbers (``canvas_bare.py``)
cycle_ms       the question whether a wire would close a cycle, at worst
memory_mb      the most memory the process took
nodegraphqt_ms, nodegraphqt_ratio  the same frame painted by NodeGraphQt, where it is installed (``canvas_peers.py``)
"""

from __future__ import annotations

import json
import math
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.frame import Frame
    from backprop_studio.ui.canvas.scene import Scene

SIZES = (100, 500, 1000, 2000, 10000)
LARGEST_PAINTED = 2000
WIDTH, HEIGHT = 1600, 1000
ACROSS, DOWN = 240.0, 150.0
LIMITS = {"fit": 2.0, "overlay_ms": 2.0, "drag_ms": 4.0, "cycle_ms": 1.0, "memory_mb": 180.0}
OPEN_LIMITS = {2000: 150.0, 10000: 1000.0}
FRAMES, WARM = 40, 3

Ends = list[tuple[int, int, int]]


def layered(count: int, seed: int = 7) -> tuple[list[tuple[float, float]], Ends]:
    """Positions and wires (source, target, slot) of a layered graph with about 1.5 wires a node."""
    numbers = random.Random(seed)
    rows = max(2, round(math.sqrt(count * 0.9)))
    places = [((i // rows) * ACROSS, (i % rows) * DOWN) for i in range(count)]
    wires = []
    for target in range(rows, count):
        layer = target // rows
        for slot in (0, 1):
            back = 1 if numbers.random() < 0.85 or layer < 2 else 2
            row = max(0, min(rows - 1, target % rows + numbers.randint(-4, 4)))
            wires.append(((layer - back) * rows + row, target, slot))
    numbers.shuffle(wires)
    return places, sorted(wires[: int(1.5 * count)], key=lambda wire: wire[1:])


def busiest(count: int, wires: Ends) -> tuple[int, Ends]:
    """A node in the middle and the wires changed so that 8 touch it."""
    rows = max(2, round(math.sqrt(count * 0.9)))
    node = (count // rows // 2) * rows + rows // 2
    touching = sum(node in wire[:2] for wire in wires)
    changed = []
    for source, target, slot in wires:
        near = target // rows == node // rows + 1 and source != node
        if near and touching < 8 and (node, target, 1 - slot) not in changed:
            source, touching = node, touching + 1
        changed.append((source, target, slot))
    return node, changed


def write_graph(count: int, path: Path) -> int:
    """Write the graph with operations that compute and, in its last layer, some whose shapes clash; the busy node."""
    from backprop_studio.document import file_format
    from backprop_studio.document.graph import Graph, Node, frozen
    from backprop_studio.document.values import Value

    places, wires = layered(count)
    busy, wires = busiest(count, wires)
    slots: dict[int, list[int]] = {}
    for source, target, _ in wires:
        slots.setdefault(target, []).append(source)
    numbers = random.Random(1)
    nodes, sources = {}, {}
    used = {source for source, _, _ in wires}
    for index, place in enumerate(places):
        inputs = slots.get(index, [])
        ops = (("parameter",), ("sigmoid", "tanh", "sin"), ("add", "multiply", "subtract", "maximum"))[len(inputs)]
        op = "matmul" if len(inputs) == 2 and index not in used and index % 9 == 0 else ops[index % len(ops)]
        value = Value(round(numbers.uniform(-1, 1), 3)) if not inputs else None
        nodes[index + 1] = Node(index + 1, op, f"n{index + 1}", place, value)
        for slot, source in enumerate(inputs):
            sources[index + 1, slot] = source + 1
    last = max(index for index in slots if nodes[index + 1].op_name != "matmul")
    file_format.save(Graph(frozen(nodes), frozen(sources), last + 1, count + 1), path)
    return busy + 1


def median(times: list[float]) -> float:
    """In milliseconds."""
    return round(statistics.median(times) * 1000, 3)


def timed(work: Callable[[int], object], rest: Callable[[], object], frames: int = FRAMES) -> float:
    """Median of the CPU time of ``work(frame)``; ``rest`` is not timed."""
    times = []
    for frame in range(frames + WARM):
        start = time.process_time()
        work(frame)
        times.append(time.process_time() - start)
        rest()
    return median(times[WARM:])


def measure_bare(path: Path) -> float:
    """The bare painter, everything in view."""
    from PySide6.QtWidgets import QApplication

    from backprop_studio.document import file_format
    from tests.benchmarks.canvas_bare import BareGraph

    graph = file_format.load(path)
    ids = {node: row for row, node in enumerate(graph.nodes)}
    bare = BareGraph(
        [(node.position, node.op.symbol) for node in graph.nodes.values()],
        [(ids[wire.source], ids[wire.target], wire.slot) for wire in graph.wires],
    )
    bare.resize(WIDTH, HEIGHT)
    bare.show()
    bare.fit()
    QApplication.processEvents()

    def frame(number: int) -> None:
        bare.pan(3 if number // 20 % 2 == 0 else -3)
        bare.repaint()

    taken = timed(frame, QApplication.processEvents)
    bare.close()
    return taken


class Painted:
    """A canvas that shows the graph, and the measurements made on it."""

    def __init__(self) -> None:
        from backprop_studio.session.editor_session import EditorSession
        from backprop_studio.ui.canvas.view import CanvasView
        from backprop_studio.ui.theme import ThemeManager

        self.themes = ThemeManager("dark")
        self.session = EditorSession()
        self.canvas = CanvasView(self.session, self.themes)
        self.canvas.resize(WIDTH, HEIGHT)
        self.canvas.show()
        self.session.document_loaded.connect(self.canvas.fit)
        self.pump()

    def pump(self) -> None:
        """Let everything happen that is due."""
        from PySide6.QtWidgets import QApplication

        QApplication.sendPostedEvents()
        QApplication.processEvents()

    def open(self, path: Path) -> dict[str, float]:
        """From the file to the screen."""
        start = time.process_time()
        assert self.session.open(path)
        self.canvas.repaint()
        shown = time.process_time()
        self.session.flush()
        self.canvas.repaint()
        values = time.process_time()
        self.pump()
        return {"open_ms": round((shown - start) * 1000, 1), "values_ms": round((values - start) * 1000, 1)}

    def anew(self, number: int) -> None:
        """A frame in which nothing painted before can be used: every label is made anew, as while training."""
        canvas = self.canvas
        canvas.camera.pan(*((3, 3) if number // 20 % 2 == 0 else (-3, -3)))
        canvas.scene.labels.forget()
        canvas.scene.marks.forget()
        canvas.spoil_all()
        canvas.camera_moved()
        canvas.repaint()

    def zoomed(self, number: int) -> None:
        """A frame of zooming."""
        self.canvas.zoom_by(1.03 if number % 20 < 10 else 1 / 1.03)
        self.canvas.repaint()

    def overlay(self) -> float:
        """60 travelling numbers above the static layer."""
        from PySide6.QtGui import QPainter
        from PySide6.QtWidgets import QApplication

        canvas, color = self.canvas, self.canvas.painter.theme.forward
        rows = list(range(0, len(canvas.scene.geometry.wires), max(1, len(canvas.scene.geometry.wires) // 60)))[:60]
        painted, shown = canvas._pass_painter.paint, [0]

        def paint(painter: QPainter, frame: Frame, scene: Scene) -> None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            travelled = (shown[0] % 20 + 1) / 20
            canvas._pass_painter.pulses.paint(painter, frame, scene, rows, color, travelled, backward=False)

        canvas._pass_painter.paint = paint
        repaints = canvas.layer.repaints

        def step(number: int) -> None:
            shown[0] = number
            canvas.repaint()

        taken = timed(step, QApplication.processEvents)
        assert canvas.layer.repaints == repaints, "the static layer is not to be painted"
        canvas._pass_painter.paint = painted
        return taken

    def drag(self, node: int) -> float:
        """The moves of a drag of one node by the mouse."""
        from PySide6.QtCore import QPoint, Qt
        from PySide6.QtTest import QTest

        canvas = self.canvas
        at = canvas.node_rect(node).center().toPoint()
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
        for step in range(5):
            QTest.mouseMove(canvas, at + QPoint(4 * step, 4 * step))
        canvas.repaint()

        def move(number: int) -> None:
            QTest.mouseMove(canvas, at + QPoint(20 + number % 30 * 3, 20 + number % 7))
            self.pump()

        taken = timed(move, lambda: None)
        assert canvas.pointer.gesture is not None
        canvas.cancel_gesture()
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
        return taken

    def cycle(self) -> float:
        """The slowest of the questions asked while a wire is held over a port."""
        nodes = list(self.session.graph.nodes)
        wired = [node for node in nodes if self.session.graph.slot_count(node)]
        worst = 0.0
        for source, target in ((nodes[-1], wired[0]), (nodes[0], wired[-1]), (nodes[-1], wired[len(wired) // 2])):
            worst = max(worst, timed(lambda _, s=source, t=target: self.session.connection_problem(s, t, 0), int, 20))  # type: ignore[misc]
        return worst


def measure(count: int) -> dict[str, float]:
    """Everything about one size."""
    from PySide6.QtWidgets import QApplication

    application = QApplication([])
    found: dict[str, float] = {"nodes": count}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.backprop"
        busy = write_graph(count, path)
        painted = Painted()
        painted.open(path)  # loads what is loaded once
        found |= painted.open(path)
        if count <= LARGEST_PAINTED:
            found |= measure_canvas(painted, busy)
            found["memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
            found["bare_ms"] = measure_bare(path)
    painted.session.shutdown()
    painted.canvas.close()
    del application
    return found


def measure_canvas(painted: Painted, busy: int) -> dict[str, float]:
    """The frames of a canvas that shows its graph."""
    canvas = painted.canvas
    canvas.fit()
    found = {"fit_ms": timed(painted.anew, painted.pump)}
    canvas.fit()
    found["zoom_ms"] = timed(painted.zoomed, painted.pump)
    canvas.fit()
    painted.pump()
    found["overlay_ms"] = painted.overlay()
    found["drag_ms"] = painted.drag(busy)
    canvas.set_zoom(1.0)
    found["one_to_one_ms"] = timed(painted.anew, painted.pump)
    found["cycle_ms"] = painted.cycle()
    return found


def missed(found: dict[str, float]) -> Iterator[str]:
    """What is slower than it may be."""
    count = int(found["nodes"])
    if count in OPEN_LIMITS and found["open_ms"] > OPEN_LIMITS[count]:
        yield f"opening {count} nodes takes {found['open_ms']} ms, more than {OPEN_LIMITS[count]:g}"
    if 1000 <= count <= LARGEST_PAINTED:
        ratio = found["fit_ms"] / found["bare_ms"]
        if ratio > LIMITS["fit"]:
            yield f"a frame of {count} nodes takes {ratio:.2f} × bare, more than {LIMITS['fit']}"
    for name, limit in LIMITS.items():
        if found.get(name, 0.0) > limit:
            yield f"{name} with {count} nodes is {found[name]}, more than {limit:g}"


def peer(size: int, found: dict[str, float]) -> dict[str, float | None]:
    """NodeGraphQt's frame of the same graph and how many times ours goes into it, where that is installed."""
    from tests.benchmarks import canvas_peers

    if not canvas_peers.is_installed() or size > LARGEST_PAINTED:
        return {}
    theirs = canvas_peers.frame_ms(size)
    return {"nodegraphqt_ms": theirs, "nodegraphqt_ratio": round(theirs / found["fit_ms"], 1) if theirs else None}


def main(sizes: list[int]) -> int:
    """Measure each size in a process of its own. Exit status 1 where something is too slow."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    problems = []
    for size in sizes or SIZES:
        command = [sys.executable, __file__, "--one", str(size)]
        result = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, timeout=600, check=True)
        found = json.loads(result.stdout.splitlines()[-1])
        found |= peer(size, found)
        print(json.dumps(found), flush=True)
        problems += missed(found)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(int(sys.argv[2]))))
    else:
        sys.exit(main([int(size) for size in sys.argv[1:]]))
