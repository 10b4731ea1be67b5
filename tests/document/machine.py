"""Every edit in any order, with undo and redo: a graph is always sound, and a step back is a step back."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from backprop_studio.document import groups
from backprop_studio.document.changes import difference
from backprop_studio.document.edits import EditError
from backprop_studio.document.file_format import dumps, loads
from backprop_studio.document.graph import EMPTY_GRAPH, Graph
from backprop_studio.exchange.graph_code import parse_graph_code
from tests.document.support import EditStep, check_invariants, edit_steps, steps_of

CODES = (
    "x = input([1., 2.])\nj = concatenate(x, w, x)\nh = tanh(j*v + b)\nL = sum(stack(h, h**2))\nM = mean(h)\n",
    "x, t = data('blobs', samples=4, classes=3)\nv = parameter(shape=(2, 3))\n"
    "h = concatenate(t, t)\nL = cross_entropy(x @ v, t)\n",
    "x = input(2.)\ns = add_n(x, w, b)\nt = s + w\nL = square(t)\n",
    "x = input(2.)\na = relu(x*w + b)\nc = relu(x*v)\ny = a + c\nL = (y - t)**2 + l2_penalty(w, v, b)\n",
)


class Editing(RuleBasedStateMachine):
    """A person who edits, undoes and redoes."""

    def __init__(self) -> None:
        super().__init__()
        self.history: list[Graph] = [EMPTY_GRAPH]
        self.texts: list[bytes] = [dumps(EMPTY_GRAPH)]
        self.at = 0

    @initialize(code=st.sampled_from(CODES * 2 + ("",)))
    def open(self, code: str) -> None:
        """Begin with a graph in which most edits find something to do."""
        self.history = [parse_graph_code(code)]
        self.texts = [dumps(self.history[0])]

    @property
    def graph(self) -> Graph:
        return self.history[self.at]

    @rule(step=edit_steps())
    def edit(self, step: EditStep) -> None:
        """Any edit, mostly new nodes and wires."""
        self._take(step)

    @rule(step=steps_of("further", "further", "further value"))
    def use_outputs(self, step: EditStep) -> None:
        """Wires from outputs after the first, and what these hold."""
        self._take(step)

    @rule(step=steps_of("reroute", "slice", "put into a wire", "detach", "disconnect"))
    def rewire(self, step: EditStep) -> None:
        """Wires put elsewhere."""
        self._take(step)

    @rule(step=steps_of("add_bend", "add_bend", "move_bend", "remove_bend", "bend_line", "bend_line"))
    def bend(self, step: EditStep) -> None:
        """Wires led through points."""
        self._take(step)

    @rule(step=steps_of("make another group", "make another group", "ungroup", "set_collapsed", "add_to_group"))
    def group(self, step: EditStep) -> None:
        """Groups made and taken apart."""
        self._take(step)

    @rule(step=steps_of("move_group", "rename_group", "remove_from_group", "remove items", "set_mode", "move"))
    def change_items(self, step: EditStep) -> None:
        """Items of all kinds moved, switched and removed."""
        self._take(step)

    @rule(step=steps_of("add_frame", "add_comment", "move_frame", "resize_frame", "set_comment", "recolour"))
    def note(self, step: EditStep) -> None:
        """Frames and comments."""
        self._take(step)

    @rule(step=steps_of("duplicate", "duplicate wired", "paste", "tidy"))
    def copy(self, step: EditStep) -> None:
        """Parts doubled, levels tidied."""
        self._take(step)

    def _take(self, step: EditStep) -> None:
        """Make one edit; where it is refused nothing has changed."""
        try:
            after = step(self.graph)
        except EditError as error:
            sentence = str(error)
            assert sentence.endswith(".")
            assert "\n" not in sentence
            return
        if after is self.graph or difference(self.graph, after).is_empty:
            return
        assert after.next_id >= self.graph.next_id
        del self.history[self.at + 1 :], self.texts[self.at + 1 :]
        self.history.append(after)
        self.texts.append(dumps(after))
        self.at += 1

    @rule(steps=st.integers(-4, 4))
    def undo_or_redo(self, steps: int) -> None:
        """Go back or forth in the history."""
        self.at = min(max(self.at + steps, 0), len(self.history) - 1)

    def teardown(self) -> None:
        """Undo all and redo all."""
        for graph, text in zip(self.history, self.texts, strict=True):
            assert dumps(graph) == text

    @invariant()
    def is_sound(self) -> None:
        check_invariants(self.graph)

    @invariant()
    def is_what_it_was(self) -> None:
        assert dumps(self.graph) == self.texts[self.at]

    @invariant()
    def is_saved_whole(self) -> None:
        assert loads(self.texts[self.at]) == self.graph

    @invariant()
    def is_drawn_whole(self) -> None:
        graph = self.graph
        for inside in (None, *graph.groups):
            level = groups.visible(graph, inside)
            within = set(graph.nodes) if inside is None else set(groups.nodes_within(graph, inside))
            assert set(level.shown_as) == within
            drawn = [wire for wires in level.wires for wire in wires.wires]
            assert len(set(drawn)) == len(drawn)
            for source, target, wires in level.wires:
                assert wires
                for end in (source, target):
                    assert end.item in {*level.nodes, *level.groups, inside}
