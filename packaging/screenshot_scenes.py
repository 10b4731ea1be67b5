"""What the pictures show: the window, brought by gestures and menus into one telling state after the other."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from backprop_studio.document import edits
from backprop_studio.document.graph import Graph, Wire
from backprop_studio.engine.trace import Stage
from backprop_studio.exchange.graph_code import parse_graph_code
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.ui.canvas.view import CanvasView
from backprop_studio.ui.main_window import MainWindow
from backprop_studio.ui.workspace import Workspace

PATIENCE_MS = 60_000
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


def wait_for(condition: Callable[[], bool]) -> bool:
    """Let the program run until the condition holds; False where it never does."""
    for _ in range(PATIENCE_MS // 20):
        if condition():
            return True
        QTest.qWait(20)
    return condition()


@dataclass(frozen=True)
class Studio:
    """One open window, and hands for it."""

    window: MainWindow
    workspace: Workspace
    session: EditorSession

    @property
    def canvas(self) -> CanvasView:
        """The canvas."""
        return self.workspace.canvas

    def open(self, example: str) -> None:
        """Open an example and show all of it."""
        self.workspace.open_example(example)
        self.settle()

    def show(self, graph: Graph) -> None:
        """Show a graph, all of it, as one edit of an empty document."""
        self.session.new()
        self.session.edit(lambda _: graph, "Make the graph")
        self.settle()

    def settle(self) -> None:
        """Wait for the numbers, and fit the graph into view."""
        self.session.flush()
        QTest.qWait(150)
        self.choose("fit")

    def choose(self, *names: str) -> None:
        """Choose actions from the menus, one after the other."""
        for name in names:
            self.workspace.refresh()
            self.window.actions_table[name].trigger()
            QTest.qWait(30)

    def node(self, name: str) -> int:
        """The id of the node of that name."""
        found = self.session.graph.node_named(name)
        assert found is not None, name
        return found.id

    def select(self, *names: str) -> None:
        """Select nodes by their names."""
        self.session.select({self.node(name) for name in names})

    def drag(self, way: list[QPointF], button: Qt.MouseButton = LEFT, held: Qt.KeyboardModifier = NONE) -> None:
        """Press at the first point and move over the others; ``release`` ends it."""
        QTest.mousePress(self.canvas, button, held, way[0].toPoint())
        for start, end in pairwise(way):
            for step in range(1, 9):
                QTest.mouseMove(self.canvas, (start + (end - start) * step / 8).toPoint())

    def release(self, at: QPointF) -> None:
        """Let the left button go."""
        QTest.mouseRelease(self.canvas, LEFT, NONE, at.toPoint())

    def type(self, name: str, text: str) -> None:
        """Type into the field of that name."""
        field = self.window.findChild(QLineEdit, name)
        assert isinstance(field, QLineEdit), name
        QTest.keyClicks(field, text)

    def fly(self, travels: int, share: float) -> None:
        """Stand at the backward event number ``travels`` (from 0) that runs along a wire, flown by that share."""
        timeline, flights = self.session.timeline, self._flights()
        timeline.seek(flights[travels])
        timeline.play()
        timeline.advance(share / timeline.speed)
        timeline.pause()

    def fly_into(self, target: str, slot: int, share: float) -> None:
        """Stand at the backward event that runs along the wire into an input, flown by that share."""
        wanted = self.node(target), slot
        for number, index in enumerate(self._flights()):
            wire = self.active_wire_after(index + 1)
            if wire is not None and (wire.target, wire.slot) == wanted:
                self.fly(number, share)
                return
        raise SystemExit(f"Nothing runs back along the wire into {target}.")

    def _flights(self) -> list[int]:
        trace = self.session.timeline.trace
        assert trace is not None
        backward = [index for index, event in enumerate(trace.events) if event.stage is Stage.BACKWARD]
        return [index for index in backward if self.active_wire_after(index + 1) is not None]

    def active_wire_after(self, position: int) -> Wire | None:
        """The wire along which a number runs at a position, None where one is computed within a node."""
        self.session.timeline.seek(position)
        return self.session.timeline.active_wire()


def layered(count: int = 60) -> Graph:
    """A network of so many nodes, placed as badly as chance will have it."""
    chance = random.Random(4)
    lines = [f"x{i} = input({chance.uniform(-1, 1):.2f})" for i in range(6)]
    last = [f"x{i}" for i in range(6)]
    while len(lines) < count - 2:
        names = []
        for _ in range(min(6, count - 2 - len(lines))):
            a, b = chance.sample(last, 2)
            names.append(f"n{len(lines)}")
            lines.append(f"{names[-1]} = {chance.choice((f'tanh({a})', f'{a} * {b}', f'{a} + {b}', f'{a} - {b}'))}")
        last = (names + last)[:8]
    graph = parse_graph_code("\n".join([*lines, f"s = stack({', '.join(last)})", "L = mean(s)"]))
    places = {node: (chance.uniform(0, 2400), chance.uniform(0, 1400)) for node in graph.nodes}
    return edits.move(graph, places)


# The scenes


def backward_pass(studio: Studio) -> None:
    """A gradient on its way back."""
    studio.open("sigmoid-neuron")
    studio.fly(3, 0.55)


def fan_out(studio: Studio) -> None:
    """The second of two contributions that add up."""
    studio.open("fan-out")
    studio.fly(4, 0.6)
    studio.select("b")


def training(studio: Studio) -> None:
    """XOR learned."""
    studio.open("xor")
    studio.session.training.run(400)
    if not wait_for(lambda: studio.session.training.state != "running"):
        raise SystemExit("Training does not end.")
    studio.session.flush()
    studio.select("W2")


def explanation(studio: Studio) -> None:
    """The step that plays, derived."""
    studio.open("sigmoid-neuron")
    studio.choose("show_explanation")
    studio.fly(3, 0.55)


def quick_add(studio: Studio) -> None:
    """A wire dropped on empty canvas asks what it is for."""
    studio.open("sum-times-c")
    start = studio.canvas.port_point(studio.node("b"), None)
    end = start + QPointF(40, 90)
    studio.drag([start, end])
    studio.release(end)


def slicing(studio: Studio) -> None:
    """A cut across wires."""
    studio.open("sigmoid-neuron")
    wires = sorted(studio.session.graph.wires)
    points = sorted((studio.canvas.wire_point(wire) for wire in wires[:4]), key=lambda at: at.y())
    studio.drag([points[0] - QPointF(15, 40), points[-1] + QPointF(15, 40)], RIGHT, CONTROL)


def group_collapsed(studio: Studio) -> None:
    """A part of the network as one box."""
    _group(studio)
    studio.choose("fit")


def group_entered(studio: Studio) -> None:
    """Inside of it."""
    _group(studio)
    studio.choose("enter_group", "fit")


def _group(studio: Studio) -> None:
    studio.open("xor")
    graph = studio.session.graph
    inner = {node.id for node in graph.nodes.values() if not node.op.is_source}
    studio.session.select(inner - {studio.session.evaluation.loss or 0})
    studio.choose("group")
    QTest.keyClick(studio.window.windowHandle(), Qt.Key.Key_Escape)  # the name as it is
    studio.session.timeline.animate = "off"
    studio.choose("tidy")


def tidy_before(studio: Studio) -> None:
    """Sixty nodes as they fell."""
    studio.show(layered())


def tidy_after(studio: Studio) -> None:
    """The same, tidied."""
    studio.show(layered())
    studio.session.timeline.animate = "off"
    studio.choose("tidy", "fit")


def find(studio: Studio) -> None:
    """Found by name, operation or value."""
    studio.show(layered())
    studio.session.timeline.animate = "off"
    studio.choose("tidy", "fit", "find")
    studio.type("find_field", "tanh")


def minimap(studio: Studio) -> None:
    """Where one is in a large graph."""
    studio.show(layered(150))
    studio.session.timeline.animate = "off"
    studio.choose("tidy", "fit", *["zoom_in"] * 6)


def heat_maps(studio: Studio) -> None:
    """Tensors as heat maps of value and gradient."""
    studio.open("softmax-classifier")
    studio.choose("zoom_in")


def presentation(studio: Studio) -> None:
    """The graph alone, in large type."""
    studio.open("fan-out")
    size = studio.window.size()
    studio.choose("present")
    studio.window.resize(size)  # offscreen, a full screen is small
    studio.choose("fit")
    studio.fly(2, 0.5)


def scalar_card(studio: Studio) -> None:
    """What happens on a wire of numbers."""
    studio.open("sum-times-c")
    studio.fly(2, 0.5)
    studio.choose("show_explanation")


def matmul_card(studio: Studio) -> None:
    """What happens on a wire of matrices."""
    studio.open("softmax-classifier")
    matmul = next(node.name for node in studio.session.graph.nodes.values() if node.op_name in ("matmul", "linear"))
    studio.fly_into(matmul, 1, 0.5)
    studio.choose("show_explanation")


def chain_rule(studio: Studio) -> None:
    """All ways from a parameter to the loss."""
    studio.open("fan-out")
    studio.choose("show_explanation")
    studio.select("b")


def predict(studio: Studio) -> None:
    """The next number is asked for before it is shown."""
    studio.open("sigmoid-neuron")
    studio.choose("predict")


def forward_mode(studio: Studio) -> None:
    """Tangents instead of gradients."""
    studio.open("sum-times-c")
    studio.select("a")
    studio.choose("forward_mode_from", "to_end")


def gradient_colours(studio: Studio) -> None:
    """Wires coloured by how large their gradient is."""
    studio.open("xor")
    studio.choose("magnitudes")


GALLERY: tuple[Callable[[Studio], None], ...] = (
    backward_pass, fan_out, training, explanation, quick_add, slicing, group_collapsed, group_entered, tidy_before,
    tidy_after, find, minimap, heat_maps, presentation, scalar_card, matmul_card, chain_rule, predict, forward_mode,
    gradient_colours,
)  # fmt: skip
