"""Documents in the session: opened and saved whole, or refused with a sentence and nothing changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QSettings

from backprop_studio.document.file_format import load
from backprop_studio.document.graph import Graph
from backprop_studio.document.training_settings import TrainingSettings
from backprop_studio.document.values import Value
from backprop_studio.session import documents, editor_session
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.recent_files import RecentFiles


@pytest.fixture
def organisation(qapp: Any) -> Any:
    QCoreApplication.setOrganizationName("backprop-studio-tests")
    yield
    QCoreApplication.setOrganizationName("")


def test_a_new_session_is_an_empty_document(session: EditorSession) -> None:
    assert (session.path, session.title, session.is_modified) == (None, "Untitled", False)
    assert session.is_evaluated
    assert not session.save()  # there is no place to save to: the window asks


def test_save_and_open(session: EditorSession, tmp_path: Path, qtbot: Any) -> None:
    session.set_code("a = parameter(2.)\nL = a*a")
    assert session.is_modified
    with qtbot.waitSignal(session.document_changed):
        assert session.save(tmp_path / "mine")
    path = tmp_path / "mine.backprop"
    assert (session.path, session.title, session.is_modified) == (path, "mine.backprop", False)
    saved = session.graph
    session.set_value(session.graph.node_named("a").id, "3")
    assert session.is_modified
    session.undo()
    assert not session.is_modified
    session.redo()
    assert session.save()
    assert load(path).node_named("a").value.array == 3.0
    session.new()
    assert (session.path, session.title, len(session.graph.nodes)) == (None, "Untitled", 0)
    with qtbot.waitSignals([session.document_loaded, session.document_changed]):
        assert session.open(path)
    assert session.graph.nodes.keys() == saved.nodes.keys()
    assert (session.path, session.is_modified, session.undo_stack.count()) == (path, False, 0)
    assert session.recent_files() == [path]


def test_opening_graph_code_imports_it(session: EditorSession, tmp_path: Path) -> None:
    path = tmp_path / "neuron.py"
    path.write_text("z = x*w + b\ns = sigmoid(z)\nL = square(s - y)\n", encoding="utf-8")
    assert session.open(path)
    assert (session.path, session.title, session.is_modified) == (None, "neuron", False)
    assert session.graph.node_named("s") is not None
    assert not session.save()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.backprop", None),
        ("torn.backprop", b'{"format": "backprop-studio", "version": 1, "nodes": ['),
        ("empty.backprop", b""),
        ("binary.backprop", bytes(range(256))),
        ("missing.py", None),
        ("binary.py", b"\xff\xfe\x00"),
        ("bad.py", b"L = __import__('os').getcwd()\n"),
        ("large.py", b"#" * (5 * 2**20)),
    ],
)
def test_what_can_not_be_opened_changes_nothing(
    session: EditorSession, told: Any, tmp_path: Path, name: str, content: bytes | None
) -> None:
    session.set_code("a = parameter(2.)\nL = a*a")
    before, count = session.graph, session.undo_stack.count()
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert not session.open(path)
    (sentence,) = told.errors
    assert name in sentence
    assert session.graph is before
    assert (session.undo_stack.count(), session.title, session.recent_files()) == (count, "Untitled", [])


def test_a_folder_is_neither_opened_nor_replaced(session: EditorSession, told: Any, tmp_path: Path) -> None:
    folder = tmp_path / "folder.backprop"
    folder.mkdir()
    session.set_code("a = parameter(2.)\nL = a*a")
    assert not session.open(folder)
    assert not session.save(folder)
    assert len(told.errors) == 2
    assert session.is_modified
    assert session.path is None


def test_a_torn_file_keeps_the_modified_mark(
    session: EditorSession, told: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def torn(graph: Any, path: Path) -> None:
        path.write_bytes(b"{")

    session.set_code("a = parameter(2.)\nL = a*a")
    monkeypatch.setattr(documents, "save", torn)
    assert not session.save(tmp_path / "torn.backprop")
    assert session.is_modified
    assert session.path is None
    assert "torn.backprop" in told.errors[0]
    monkeypatch.setattr(documents, "save", lambda graph, path: None)
    assert not session.save(tmp_path / "nowhere.backprop")
    assert "nowhere.backprop" in told.errors[1]


def test_examples_open_and_compute(session: EditorSession, told: Any) -> None:
    assert len(session.examples()) >= 5
    for example in session.examples():
        assert session.load_example(example.name)
        assert (session.title, session.path, session.is_modified) == (example.title, None, False)
        evaluation = session.flush()
        assert not evaluation.problems
        if example.learning_rate is not None:
            assert session.training.can_train() is None
            assert session.training.learning_rate == example.learning_rate
    assert told.messages == []
    assert not session.load_example("no such")
    assert "no such" in told.errors[0]


def test_recent_files_newest_first_and_only_what_exists(organisation: Any, tmp_path: Path) -> None:
    recent = RecentFiles()
    paths = [tmp_path / f"{number}.backprop" for number in range(13)]
    for path in paths:
        path.touch()
        recent.add(path)
    recent.add(paths[5])
    expected = [paths[5], *(path for path in reversed(paths) if path != paths[5])][:10]
    assert RecentFiles().paths() == expected  # kept between starts
    paths[12].unlink()
    assert RecentFiles().paths() == [path for path in expected if path != paths[12]]
    recent.clear()
    assert RecentFiles().paths() == []


@pytest.mark.parametrize("stored", ["", "{", "null", "7", '{"a": 1}', '[1, null, "", "a\\u0000b", ["x"]]'])
def test_damaged_settings_count_as_none(organisation: Any, stored: str, tmp_path: Path) -> None:
    QSettings().setValue("recent_files", stored)
    recent = RecentFiles()
    assert recent.paths() == []
    path = tmp_path / "a.backprop"
    path.touch()
    recent.add(path)
    assert recent.paths() == [path]


def test_the_session_has_no_widgets() -> None:
    sources = Path(editor_session.__file__).parent.glob("*.py")
    assert not [path.name for path in sources if "QtWidgets" in path.read_text(encoding="utf-8")]


def test_settings_of_training_are_saved_with_the_document(session: EditorSession, tmp_path: Path) -> None:
    session.set_code("w = parameter(2.)\nL = square(w)")
    training, path = session.training, tmp_path / "a.backprop"
    assert session.save(path)
    training.optimizer = "adam"
    training.change_settings(lr=0.02, weight_decay=0.5)
    training.batch, training.steps, training.seed, training.steps_per_second = 4, 100, 7, 25.0
    session.set_dtype("float32")
    chosen = session.training_settings
    assert session.is_modified, "saving would keep what was chosen"
    assert session.undo_stack.isClean(), "choices are no steps of the history"
    assert session.save()
    assert not session.is_modified

    session.new()
    assert session.training_settings == TrainingSettings(), "nothing leaks into another document"
    assert not session.is_modified
    assert session.open(path)
    assert session.training_settings == chosen
    assert (training.learning_rate, training.steps_per_second, session.dtype) == (0.02, 25.0, "float32")
    assert not session.is_modified
    assert session.flush().program.dtype == np.float32

    training.learning_rate = 0.03
    assert session.is_modified
    training.learning_rate = 0.02
    assert not session.is_modified, "as it is in the file"


def test_settings_alone_do_not_make_an_empty_document_worth_saving(session: EditorSession) -> None:
    session.training.learning_rate = 0.5
    assert not session.is_modified


def test_an_example_with_its_learning_rate_is_not_modified(session: EditorSession, tmp_path: Path) -> None:
    assert session.load_example("neuron-loss", pace=200.0)
    assert not session.is_modified
    assert (session.training.learning_rate, session.training.steps_per_second) == (0.5, 200.0)
    assert session.save(tmp_path / "mine.backprop")
    session.new()
    assert session.open(tmp_path / "mine.backprop")
    assert (session.training.learning_rate, session.training.steps_per_second) == (0.5, 200.0)


def test_a_new_document_is_evaluated_though_it_equals_the_one_before(session: EditorSession) -> None:
    session.new()
    session.flush()
    assert session.is_evaluated


def test_who_shows_the_graph_is_given_each_one_also_where_it_equals_the_last(session: EditorSession) -> None:
    shown: list[Graph] = []
    session.graph_changed.connect(lambda graph, change: shown.append(graph))
    session.load_example("fan-out")
    session.new()
    assert shown[-1] is session.graph
    session.new()
    assert shown[-1] is session.graph


def test_a_name_without_a_value_in_opened_code_begins_at_1(session: EditorSession, tmp_path: Path) -> None:
    path = tmp_path / "neuron.py"
    path.write_text("s = sigmoid(x*w + b)\nL = square(s - 0.5)\n")
    assert session.open(path)
    assert not session.flush().problems
    parameters = [node for node in session.graph.nodes.values() if node.op_name == "parameter"]
    assert [(node.name, node.value) for node in parameters] == [(name, Value(1.0)) for name in "xwb"]
