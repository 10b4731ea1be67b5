"""Whatever is done, undoing all of it gives the first graph back, and doing it again the last."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from PySide6.QtWidgets import QApplication

from backprop_studio.document.changes import difference
from backprop_studio.document.graph import EMPTY_GRAPH, Graph, Wire
from backprop_studio.engine.ops import registry
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.undo import EditCommand

numbers = st.integers(0, 30)
coordinates = st.floats(-500, 500)


class Editing(RuleBasedStateMachine):
    """Random edits, refused or not, with undo and redo between them."""

    def __init__(self) -> None:
        super().__init__()
        self.application = QApplication.instance() or QApplication([])
        self.session = EditorSession()
        self.signals: list[object] = []
        self.pieces: Graph = EMPTY_GRAPH
        self.session.graph_changed.connect(self.follow)
        self.session.evaluated.connect(self.signals.append)
        self.session.selection_changed.connect(self.signals.append)
        self.session.message.connect(self.signals.append)

    def follow(self, graph: Graph, change: object) -> None:
        """A view that touches only what it is told: it must know of every change."""
        assert difference(self.pieces, graph) == change
        self.pieces = graph
        self.signals += [graph, change]

    def node(self, number: int) -> int:
        ids = sorted(self.session.graph.nodes)
        return ids[number % len(ids)] if ids else number

    @rule(op=st.sampled_from([op.name for op in registry]), x=coordinates, y=coordinates)
    def add(self, op: str, x: float, y: float) -> None:
        count = self.session.undo_stack.index()
        assert self.session.add_node(op, (x, y)) is not None
        assert self.session.undo_stack.index() == count + 1

    @rule(source=numbers, end=numbers, slot=st.integers(-1, 3))
    def connect(self, source: int, end: int, slot: int) -> None:
        self.session.connect(self.node(source), self.node(end), slot)

    @rule(end=numbers, slot=st.integers(0, 2))
    def disconnect(self, end: int, slot: int) -> None:
        self.session.disconnect(self.node(end), slot)

    @rule(pick=numbers, source=numbers, end=numbers, slot=st.integers(0, 2))
    def reroute(self, pick: int, source: int, end: int, slot: int) -> None:
        wires = list(self.session.graph.wires)
        old = wires[pick % len(wires)] if wires else Wire(1, 2, 0)
        self.session.reroute(old, self.node(source), self.node(end), slot)

    @rule(picks=st.sets(numbers, max_size=3))
    def delete(self, picks: set[int]) -> None:
        self.session.select({self.node(pick) for pick in picks})
        self.session.delete_selection()

    @rule(picks=st.sets(numbers, max_size=4), x=coordinates, y=coordinates)
    def move(self, picks: set[int], x: float, y: float) -> None:
        self.session.move_nodes({self.node(pick): (x + pick, y) for pick in picks})

    @rule(node=numbers, text=st.sampled_from(["2", "-0.5", "[1, 2]", "[[1., 2.], [3., 4.]]", "nonsense", ""]))
    def set_value(self, node: int, text: str) -> None:
        self.session.set_value(self.node(node), text)

    @rule(node=numbers, name=st.sampled_from(["a", "b", "loss", "add", "2x", ""]))
    def rename(self, node: int, name: str) -> None:
        self.session.rename(self.node(node), name)

    @rule(node=numbers)
    def set_loss(self, node: int) -> None:
        self.session.set_loss(self.node(node))

    @rule()
    def tidy(self) -> None:
        self.session.tidy()

    @rule()
    def train(self) -> None:
        self.session.training.step_once()

    @rule(steps=st.integers(1, 3))
    def train_on(self, steps: int) -> None:
        self.session.training.run(steps)  # what comes next finds it running, or ended and not told yet

    @rule()
    def play(self) -> None:
        self.session.timeline.step_forward()

    @rule()
    def let_events_come(self) -> None:
        QApplication.processEvents()

    @rule(share=st.floats(0, 1))
    def go_to(self, share: float) -> None:
        stack = self.session.undo_stack
        stack.go_to(round(share * stack.count()))

    @rule(steps=st.integers(1, 4))
    def undo_and_redo(self, steps: int) -> None:
        self.session.training.pause()
        graph = self.session.graph
        done = min(steps, self.session.undo_stack.index())
        for _ in range(done):
            self.session.undo()
        for _ in range(done):
            self.session.redo()
        assert self.session.graph == graph

    @rule(steps=st.integers(1, 4))
    def undo(self, steps: int) -> None:
        for _ in range(steps):
            self.session.undo()

    @rule()
    def look(self) -> None:
        assert self.session.flush().graph == self.session.graph

    @invariant()
    def every_step_leads_on_from_the_last(self) -> None:
        stack = self.session.undo_stack
        steps = [stack.command(number) for number in range(stack.count())]
        graphs = [EMPTY_GRAPH]
        for step in steps:
            assert isinstance(step, EditCommand)
            assert step.before == graphs[-1]
            graphs.append(step.after)
        assert self.session.graph == graphs[stack.index()]

    @invariant()
    def what_is_selected_exists(self) -> None:
        assert self.session.selection <= set(self.session.graph.nodes)
        assert not any(isinstance(signal, dict) for signal in self.signals)

    def teardown(self) -> None:
        session = self.session
        session.training.pause()
        last = session.graph
        steps = session.undo_stack.index()
        for _ in range(steps):
            session.undo()
        assert difference(session.graph, EMPTY_GRAPH).is_empty
        for _ in range(steps):
            session.redo()
        assert session.graph == last
        assert difference(self.pieces, last).is_empty
        session.shutdown()


TestEditing = Editing.TestCase
TestEditing.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
