"""Edits through the session: one gesture, one undo step; refusals change nothing."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QUndoCommand

from backprop_studio.document import edits
from backprop_studio.document.edits import add_node
from backprop_studio.document.graph import EMPTY_GRAPH, Graph, Wire
from backprop_studio.document.values import Value
from backprop_studio.engine.op import Setting
from backprop_studio.exchange import graph_code
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.setting_text import parse_setting
from backprop_studio.session.undo import EditCommand, UndoStack
from tests.session.conftest import Recorder


def product(session: EditorSession) -> tuple[int, int, int]:
    """a = 2, b = 3, and their product; returns the three ids."""
    a = session.add_node("parameter", (0, 0), "2")
    b = session.add_node("parameter", (0, 100), "3")
    times = session.add_node("multiply", (200, 0))
    assert a
    assert b
    assert times
    assert session.connect(a, times, 0)
    assert session.connect(b, times, 1)
    session.flush()
    return a, b, times


def undo_texts(session: EditorSession) -> list[str]:
    stack = session.undo_stack
    return [stack.text(index) for index in range(stack.count())]


def test_a_graph_is_built_and_computed(session: EditorSession) -> None:
    a, b, times = product(session)
    evaluation = session.flush()
    assert evaluation.graph is session.graph
    assert float(evaluation.value(times)) == 6.0
    assert float(evaluation.gradient(a)) == 3.0
    assert float(evaluation.gradient(b)) == 2.0
    assert undo_texts(session) == [
        "Add parameter", "Add parameter", "Add multiply", "Wire w → multiply_1", "Wire w1 → multiply_1",
    ]  # fmt: skip


def test_every_edit_is_one_step_and_named(session: EditorSession) -> None:
    a, b, times = product(session)
    start = session.undo_stack.count()
    session.move_nodes({a: (5, 5), b: (5, 105)})
    assert session.set_value(a, " 1/4 ") is None
    assert session.rename(a, "left") is None
    assert session.reroute(Wire(b, times, 1), a, times, 1)
    session.disconnect(times, 0)
    session.set_loss(times)
    session.set_loss(None)
    session.tidy()
    assert undo_texts(session)[start:] == [
        "Move 2 nodes", "Set w to 1/4", "Rename w to left", "Rewire left → multiply_1", "Delete wire left → multiply_1",
        "Set multiply_1 as loss", "Choose the loss automatically", "Tidy",
    ]  # fmt: skip
    assert session.graph.nodes[a].value == Value(0.25)
    assert session.graph.inputs_of(times) == (None, a)


def test_delete_takes_nodes_and_wires_in_one_step(session: EditorSession) -> None:
    a, b, times = product(session)
    before, count = session.graph, session.undo_stack.count()
    session.select({a, b})
    assert session.delete_selection()
    assert set(session.graph.nodes) == {times}
    assert not session.graph.sources
    assert session.selection == frozenset()
    assert session.undo_stack.count() == count + 1
    assert session.undo_stack.undoText() == "Delete 2 nodes"
    session.undo()
    assert session.graph == before
    session.select((), Wire(a, times, 0))
    assert session.delete_selection()
    assert session.undo_stack.undoText() == "Delete wire w → multiply_1"
    assert session.selected_wire is None
    assert not session.delete_selection()


def test_refusals_are_told_and_change_nothing(session: EditorSession, told: Any) -> None:
    a, _, times = product(session)
    square = session.add_node("square", (400, 0))
    assert square
    session.connect(times, square, 0)
    before, count = session.graph, session.undo_stack.count()
    assert session.connection_problem(square, times, 0) is not None
    assert not session.connect(square, times, 0)
    assert "cycle" in told.errors[-1]
    assert "multiply_1" in told.errors[-1]
    told.messages.clear()
    assert not session.connect(square, times, 0, quiet=True)
    assert session.add_node("no_such", (0, 0), quiet=True) is None
    assert session.add_node("parameter", (0, 0), "one", quiet=True) is None
    for sentence in (
        session.set_value(a, "1 +"),
        session.set_value(times, "1"),
        session.rename(a, "w1"),
        session.rename(a, "not a name"),
        session.set_setting(a, "seed", "-1"),
        session.set_setting(a, "no_such", "1"),
        session.set_code("y = __import__('os')"),
    ):
        assert sentence
        assert sentence.endswith(".")
    assert told.messages == []
    assert session.graph is before
    assert session.undo_stack.count() == count
    assert session.add_node("no_such", (0, 0)) is None
    assert not session.disconnect(a, 0)
    assert len(told.errors) == 2


def test_an_edit_that_changes_nothing_is_no_step(session: EditorSession, told: Any) -> None:
    a, b, times = product(session)
    count = session.undo_stack.count()
    told.changes.clear()
    session.move_nodes({a: session.graph.nodes[a].position})
    assert session.set_value(a, "2") is None
    assert session.rename(a, session.graph.nodes[a].name) is None
    assert session.connect(b, times, 1)
    assert session.reroute(Wire(b, times, 1), b, times, 1)
    assert session.set_code(session.code()) is None
    session.set_loss(None)
    assert session.undo_stack.count() == count
    assert told.changes == []


def test_undo_and_redo_take_the_same_road(session: EditorSession, told: Any) -> None:
    a, _, times = product(session)
    before = session.graph
    session.set_value(a, "10")
    after = session.graph
    told.changes.clear()
    session.undo()
    assert session.graph == before
    assert float(session.flush().value(times)) == 6.0
    session.redo()
    assert session.graph == after
    assert float(session.flush().value(times)) == 30.0
    assert [change.changed for _, change in told.changes] == [{a}, {a}]


def test_an_empty_text_leaves_a_parameter_to_its_initialiser(session: EditorSession) -> None:
    w = session.add_node("parameter", (0, 0), "[[1, 2]]")
    assert w
    assert session.set_value(w, "") is not None
    assert session.set_setting(w, "shape", "2, 3") is None
    assert session.set_value(w, "") is None
    assert session.graph.nodes[w].value is None
    assert session.flush().value(w).shape == (2, 3)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("float", "1/4", 0.25), ("float", "2", 2), ("float", "x", "x"), ("float", "[1]", "[1]"), ("int", " 7 ", 7),
        ("bool", "True", True), ("bool", "no", False), ("bool", "maybe", "maybe"), ("choice", "'mean'", "mean"),
        ("axis", "", None), ("axis", "None", None), ("axis", "−1", -1), ("axis", "(0, 1)", (0, 1)), ("axis", "()", ()),
        ("shape", "2 × 8", (2, 8)), ("shape", "2, 8", (2, 8)), ("shape", "[2, 8]", (2, 8)), ("shape", "3", 3),
        ("shape", "[[1]]", "[[1]]"),
    ],
)  # fmt: skip
def test_settings_are_read_as_people_type_them(kind: Any, text: str, expected: object) -> None:
    assert parse_setting(Setting("s", kind, None), text) == expected


def test_a_setting_takes_effect(session: EditorSession) -> None:
    x = session.add_node("input", (0, 0), "[[1., 2.], [3., 4.]]")
    total = session.add_node("sum", (200, 0))
    assert x
    assert total
    session.connect(x, total, 0)
    assert session.set_setting(total, "axis", "0") is None
    assert np.array_equal(session.flush().value(total), [4.0, 6.0])
    assert session.undo_stack.undoText() == "Set axis of sum_1 to 0"


def test_selection(session: EditorSession, qtbot: Any) -> None:
    a, b, times = product(session)
    assert session.selection == {times}  # what was added last
    with qtbot.waitSignal(session.selection_changed) as signal:
        session.select([a, b, 999])
    assert signal.args == [frozenset({a, b})]
    with qtbot.assertNotEmitted(session.selection_changed):
        session.select({a, b})
    session.select((), Wire(a, times, 0))
    assert session.selected_wire == Wire(a, times, 0)
    session.disconnect(times, 0)
    assert session.selected_wire is None
    session.select((), Wire(a, times, 0))
    assert session.selected_wire is None
    session.select_all()
    assert session.selection == {a, b, times}
    session.clear_selection()
    assert session.selection == frozenset()


def test_code_keeps_nodes_that_the_text_keeps(session: EditorSession) -> None:
    assert session.set_code("s = (a + b)*c") is None
    assert session.undo_stack.undoText() == "Edit code"
    a, b = session.graph.node_named("a"), session.graph.node_named("b")
    assert a
    assert b
    assert [session.graph.node_named(name).value for name in "abc"] == [Value(1.0)] * 3
    assert not session.flush().problems
    assert session.undo_stack.count() == 1
    session.set_value(a.id, "2")
    session.move_nodes({a.id: (-70.0, 30.0)})
    assert session.set_code("b = parameter(5.0)\ns = (a + b)*c") is None
    kept = session.graph.node_named("a")
    assert kept is not None
    assert (kept.id, kept.value, kept.position) == (a.id, Value(2), (-70.0, 30.0))
    given = session.graph.node_named("b")
    assert given is not None
    assert given.value == Value(5.0)
    old_ids = set(session.graph.nodes)
    assert session.set_code("s = a * d") is None
    new = session.graph.node_named("d")
    assert new is not None
    assert new.id not in old_ids
    refusal = session.set_code("s = a *")
    assert refusal is not None
    assert refusal.startswith("Line 1, column ")


def test_history_is_limited_by_memory(qapp: Any) -> None:
    shown: list[Graph] = []

    class Shower:
        def _show(self, graph: Graph) -> None:
            shown.append(graph)

    shower = Shower()
    stack = UndoStack(shower, limit=400_000)
    graph, node = add_node(EMPTY_GRAPH, "parameter", (0, 0), value=Value(0.0))
    graphs = [graph]
    for number in range(30):
        value = Value(np.full(5_000, float(number)))  # 40 kB
        graphs.append(graph := Graph({node: graph.nodes[node].with_(value=value)}, graph.sources, None, graph.next_id))
        stack.push(EditCommand(shower, graphs[-2], graphs[-1], f"step {number}"))
        if number == 27:
            stack.setClean()
    assert stack.cost <= 400_000
    assert 2 <= stack.count() < 11
    assert stack.cleanIndex() == stack.count() - 2
    shown.clear()
    count = stack.count()
    while stack.canUndo():
        stack.undo()
    assert shown == graphs[-2 : -2 - count : -1]
    shown.clear()
    while stack.canRedo():
        stack.redo()
    assert shown == graphs[-count:]
    with pytest.raises(TypeError):
        stack.push(QUndoCommand("anything else"))


def test_a_session_that_is_garbage_takes_its_history_along(qapp: Any) -> None:
    """Commands deleted twice, by Python and by the stack, would crash; which comes first is a matter of luck."""
    for _ in range(20):
        session = EditorSession()
        product(session)
        session.undo()
        stack = weakref.ref(session.undo_stack)
        session.shutdown()
        session.itself = session  # type: ignore[attr-defined]
        del session
        gc.collect()
        assert stack() is None


def test_a_session_is_freed_without_the_collector(qapp: Any) -> None:
    session = EditorSession()
    product(session)
    session.training.run(1)
    session.shutdown()
    kept = weakref.ref(session)
    del session
    assert kept() is None


def test_another_document_removes_everything_before_it_adds(session: EditorSession, told: Any) -> None:
    product(session)
    old = set(session.graph.nodes)
    told.changes.clear()
    assert session.load_example("sum-times-c")
    (_, gone), (graph, come) = told.changes
    assert gone.removed == old
    assert come.added == set(graph.nodes)
    assert session.undo_stack.count() == 0
    assert session.selection == frozenset()


def test_code_keeps_what_text_has_no_word_for(session: EditorSession) -> None:
    """A muted node stays muted and a group stays a group when the graph's own text is read again, with one change."""
    assert session.set_code("y = a*2\nz = y + 1\nL = z*z") is None
    graph = session.graph
    inner = [graph.node_named(name).id for name in ("y", "z")]
    graph, group = edits.make_group(edits.set_mode(graph, inner[1:], "bypassed"), inner)
    session.undo_stack.push(EditCommand(session, session.graph, graph, "Group"))
    assert session.set_code(session.code().replace("z*z", "z*z*z")) is None
    assert session.graph.node_named("z").mode == "bypassed"
    assert {session.graph.node_named(name).group for name in ("y", "z")} == {group}


def test_a_loss_that_moves_away_unasked_is_told(session: EditorSession, told: Recorder) -> None:
    a, _, times = product(session)
    beside = session.add_node("square", (400, 200))
    assert beside
    assert session.connect(a, beside, 0)
    session.flush()
    assert session.evaluation.loss == times
    assert told.messages == []
    assert session.disconnect(times, 1)
    session.flush()
    assert session.evaluation.loss == beside
    said = [message.text for message in told.messages]
    assert len(said) == 1
    assert "Set as Loss" in said[0]
    assert session.graph.nodes[times].name in said[0]
    assert session.set_loss(times)
    session.flush()
    assert len(told.messages) == 1, "what was chosen needs no word"


def test_a_loss_that_is_built_upon_moves_without_a_word(session: EditorSession, told: Recorder) -> None:
    _, _, times = product(session)
    above = session.add_node("square", (400, 0))
    assert above
    assert session.connect(times, above, 0)
    session.flush()
    assert session.evaluation.loss == above
    assert told.messages == []


def test_going_to_a_step_shows_only_the_graph_that_it_leads_to(session: EditorSession) -> None:
    graphs = [session.graph]
    for name in ("add", "relu", "sin", "exp", "tanh"):
        session.add_node(name, (0.0, 0.0))
        graphs.append(session.graph)
    shown: list[object] = []
    session.graph_changed.connect(lambda graph, change: shown.append(graph))
    for step in (0, 5, 2, 3, 2, 2, 4, 1, 0):
        shown.clear()
        before = session.undo_stack.index()
        session.undo_stack.go_to(step)
        assert session.graph is graphs[step]
        assert shown == ([graphs[step]] if step != before else [])
        assert session.undo_stack.index() == step
    session.redo()
    assert session.graph is graphs[1]


def test_code_that_names_the_nodes_there_are_is_not_laid_out(
    session: EditorSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert session.set_code("x = input(2.)\nw = parameter(3.)\nL = x*w") is None
    laid_out: list[Graph] = []
    layout = graph_code.layered_layout
    monkeypatch.setattr(graph_code, "layered_layout", lambda graph: laid_out.append(graph) or layout(graph))
    node = session.graph.node_named("L")
    assert node is not None
    session.move_nodes({node.id: (700.0, 300.0)})
    assert session.set_code("x = input(2.)\nw = parameter(5.)\nL = w*x") is None
    assert session.graph.nodes[node.id].position == (700.0, 300.0)
    assert not laid_out
    assert session.set_code("x = input(2.)\nw = parameter(5.)\nL = w*x + 1") is None
    assert len(laid_out) == 1
