"""A dataset in a session: edited as code, joined by formulas, renamed, undone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from backprop_studio.document import edits
from backprop_studio.document.changes import difference
from backprop_studio.document.graph import Graph, Wire
from backprop_studio.document.outputs import call_key
from backprop_studio.document.values import Value
from backprop_studio.session.change_reach import Reach, reach
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.joining import join, read_formula
from backprop_studio.session.training_run import TrainingSnapshot

CODE = 'x, t = data("moons", samples=6)\nw = parameter([[1.0], [2.0]])\nL = mse_loss(x @ w, t)\n'


@pytest.fixture
def session(qapp: QApplication) -> Iterator[EditorSession]:
    session = EditorSession()
    assert session.set_code(CODE) is None
    session.flush()
    yield session
    session.shutdown()


def named(graph: Graph, name: str) -> int:
    node = graph.node_named(name)
    assert node is not None
    return node.id


def test_code_goes_and_comes_and_keeps_the_node(session: EditorSession) -> None:
    assert session.code() == CODE
    data = named(session.graph, "t")
    assert session.set_code(CODE.replace("moons", "spiral")) is None
    assert named(session.graph, "t") == data
    assert session.graph.source_name(Wire(data, named(session.graph, "L"), 1)) == "t"
    assert session.set_code(CODE.replace(", t)", ", x)")) is None
    assert not session.graph.outputs
    session.undo_stack.undo()
    session.undo_stack.undo()
    assert session.code() == CODE


def test_arrays_of_its_own_go_where_the_text_has_none(session: EditorSession) -> None:
    data = named(session.graph, "x")
    assert session.set_value(data, "[[1], [0]]", 1) is None
    assert "data(None, [[1], [0]]" in session.code()
    assert session.set_code(CODE) is None
    assert session.graph.nodes[data].values == (None, None)


def test_a_formula_takes_the_outputs_that_its_names_stand_for(session: EditorSession) -> None:
    graph, new, result = join(session.graph, read_formula("l1_loss(x @ v, t)"), (500.0, 500.0))
    data = named(graph, "x")
    assert graph.source_name(Wire(data, result, 1)) == "t"
    assert graph.source_name(Wire(data, named(graph, "matmul_2"), 0)) == "x"
    assert data not in new
    assert {graph.nodes[node].op_name for node in new} == {"l1_loss", "matmul", "parameter"}


def test_renaming_a_further_output_changes_no_number(session: EditorSession) -> None:
    graph = session.graph
    data = named(graph, "x")
    after = edits.rename(graph, data, "x, labels")
    assert reach(graph, after, difference(graph, after)) is Reach.NAMES
    after = edits.set_value(graph, data, Value([1.0]), 1)
    assert reach(graph, after, difference(graph, after)) is Reach.NUMBERS
    after = edits.connect(graph, data, named(graph, "L"), 1, 0)
    assert reach(graph, after, difference(graph, after)) is Reach.NUMBERS


def test_history_counts_the_arrays_of_every_output(session: EditorSession) -> None:
    before = session.undo_stack.cost
    session.set_value(named(session.graph, "x"), str([[0.5]] * 1000), 1)
    assert session.undo_stack.cost - before >= 8000


def test_training_by_batches_takes_rows_of_both_outputs(session: EditorSession) -> None:
    assert session.training.rows == 6
    shown: list[TrainingSnapshot] = []
    session.training.progressed.connect(shown.append)
    session.training.batch = 2
    assert session.training.step_once()
    data = named(session.graph, "x")
    assert shown[-1].values[call_key(data)].shape == (2, 2)
    assert shown[-1].values[call_key(data, 1)].shape == (2, 1)
    assert session.undo_stack.undoText().startswith("Train")
