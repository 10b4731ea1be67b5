"""Cut, copy, paste and duplicate through the window's actions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, QRectF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from backprop_studio.document import file_format
from backprop_studio.document.items import with_content
from backprop_studio.exchange.graph_code import parse_graph_code
from backprop_studio.session.clipping import GRAPH_MIME
from backprop_studio.session.messages import Message
from tests.ui.window_support import Opened


@pytest.fixture(autouse=True)
def _clean_clipboard(opened: Opened) -> Iterator[None]:
    yield
    QGuiApplication.clipboard().clear()


def load(opened: Opened) -> None:
    opened.workspace.open_example("sum-times-c")
    opened.session.flush()


def put(data: dict[str, bytes], text: str = "") -> None:
    mime = QMimeData()
    for kind, content in data.items():
        mime.setData(kind, content)
    if text:
        mime.setText(text)
    QGuiApplication.clipboard().setMimeData(mime)


def told(opened: Opened) -> list[Message]:
    messages: list[Message] = []
    opened.session.message.connect(messages.append)
    return messages


def test_copied_nodes_are_graph_code_for_a_text_editor(opened: Opened) -> None:
    load(opened)
    opened.session.select_all()
    opened.trigger("copy")
    text = QGuiApplication.clipboard().text()
    names = {node.name for node in opened.session.graph.nodes.values()}
    assert {node.name for node in parse_graph_code(text).nodes.values()} == names


def test_what_was_copied_is_pasted_at_the_pointer_in_one_step(opened: Opened) -> None:
    load(opened)
    opened.session.select_all()
    before = opened.session.graph
    opened.trigger("copy")
    at = QPointF(300, 200)
    QTest.mouseMove(opened.canvas, at.toPoint())
    opened.trigger("paste")
    graph = opened.session.graph
    assert len(graph.nodes) == 2 * len(before.nodes)
    assert len(list(graph.wires)) == 2 * len(list(before.wires))
    assert opened.session.selection == graph.nodes.keys() - before.nodes.keys()
    assert len({node.name for node in graph.nodes.values()}) == len(graph.nodes)
    bounds = opened.workspace.canvas.scene.geometry.bounds(opened.session.selection)
    assert bounds is not None
    point = opened.workspace.canvas.camera.to_scene(at)
    assert (bounds.center() - point).manhattanLength() < 70
    opened.session.undo()
    assert opened.session.graph == before


def test_pasting_twice_puts_the_second_beside_the_first(opened: Opened) -> None:
    load(opened)
    opened.session.select({opened.id("a")})
    opened.trigger("copy")
    opened.trigger("paste")
    opened.trigger("paste")
    places = [node.position for node in opened.session.graph.nodes.values()]
    assert len(set(places)) == len(places)


def test_cut_takes_away_and_paste_brings_back(opened: Opened) -> None:
    load(opened)
    count = len(opened.session.graph.nodes)
    opened.session.select({opened.id("a")})
    opened.trigger("cut")
    assert opened.session.graph.node_named("a") is None
    opened.trigger("paste")
    assert opened.value("a") == 2.0
    assert len(opened.session.graph.nodes) == count


def test_duplicate_with_wires_is_fed_by_the_same_nodes(opened: Opened) -> None:
    load(opened)
    session = opened.session
    loss = opened.id("L")
    session.select({loss})
    opened.trigger("duplicate")
    [plain] = session.selection
    assert set(session.graph.inputs_of(plain)) == {None}
    session.select({loss})
    opened.trigger("duplicate_wired")
    [wired] = session.selection
    assert session.graph.inputs_of(wired) == session.graph.inputs_of(loss)
    assert session.undo_stack.count() == 2


def test_pasted_code_becomes_a_graph(opened: Opened) -> None:
    put({}, "h = x*w + b\ny = sigmoid(h)\n")
    opened.trigger("paste")
    assert {"h", "y", "x", "w", "b"} <= {node.name for node in opened.session.graph.nodes.values()}
    assert opened.value("h") == 2.0


@pytest.mark.parametrize(
    ("data", "text", "said"),
    [
        ({GRAPH_MIME: b"\x00\xff nonsense"}, "y = 1 + 2", "damaged"),
        ({GRAPH_MIME: b'{"format": "backprop-studio", "version": 1, "nodes": [{}]}'}, "", "damaged"),
        ({GRAPH_MIME: b'{"format": "backprop-studio", "version": 1, "nodes": [{"id": 1, "op": "in'}, "", "cut off"),
        ({GRAPH_MIME: b" " * (17 * 2**20)}, "", "larger than"),
        ({GRAPH_MIME: b'{"format": "backprop-studio", "version": 1, "nodes": [], "wires": []}'}, "", "empty graph"),
        ({}, "Dear Sir or Madam,\nthis is a letter.", "no graph code"),
        ({}, "", "no graph"),
        ({"image/png": b"123"}, "", "no graph"),
        ({}, "x" * 2_000_000, "too long"),
    ],
)
def test_a_damaged_clipboard_changes_nothing_and_is_said(
    opened: Opened, data: dict[str, bytes], text: str, said: str
) -> None:
    load(opened)
    before, messages = opened.session.graph, told(opened)
    put(data, text)
    opened.trigger("paste")
    assert opened.session.graph is before
    assert len(messages) == 1
    assert messages[0].severity == "error"
    assert said in messages[0].text


def framed(opened: Opened) -> tuple[int, int]:
    """A frame around a and b of an example, and a comment outside it."""
    load(opened)
    session = opened.session
    session.select({opened.id("a"), opened.id("b")})
    opened.trigger("frame")
    opened.workspace.canvas.framing.leave()
    opened.workspace.canvas.framing.write_comment((0, -300), "Two\nlines")
    [frame], [comment] = session.graph.frames, session.graph.comments
    return frame, comment


def test_a_frame_is_copied_with_what_it_carries(opened: Opened) -> None:
    frame, _ = framed(opened)
    session = opened.session
    session.select([frame])
    opened.trigger("duplicate")
    copies = session.graph.nodes.keys() & session.selection
    assert len(copies) == 2
    [new] = session.selected_notes
    assert new != frame
    assert with_content(session.graph, [new]) == {new, *copies}, "the copy takes hold of nothing else"
    assert with_content(session.graph, [frame]) == {frame, opened.id("a"), opened.id("b")}
    before = session.graph
    session.select([frame])
    opened.trigger("cut")
    assert session.graph.node_named("a") is None
    opened.trigger("paste")
    assert len(session.graph.frames) == 2
    assert session.graph.node_named("a") is not None
    session.undo()
    session.undo()
    assert session.graph == before


def test_a_comment_is_copied_and_is_plain_text_elsewhere(opened: Opened) -> None:
    _, comment = framed(opened)
    opened.session.select([comment])
    opened.trigger("copy")
    assert QGuiApplication.clipboard().text() == "Two\nlines"
    opened.trigger("paste")
    opened.trigger("duplicate")
    texts = {note.text for note in opened.session.graph.comments.values()}
    assert (texts, len(opened.session.graph.comments)) == ({"Two\nlines"}, 3)
    places = {note.position for note in opened.session.graph.comments.values()}
    assert len(places) == 3


def test_colours_are_set_by_the_menu_and_saved(opened: Opened, tmp_path: Path) -> None:
    frame, comment = framed(opened)
    node = opened.id("a")
    opened.session.select([frame, comment, node])
    steps = opened.session.undo_stack.count()
    opened.trigger("colour_purple")
    assert opened.session.undo_stack.count() == steps + 1
    file_format.save(opened.session.graph, tmp_path / "g.backprop")
    graph = file_format.load(tmp_path / "g.backprop")
    assert {graph.nodes[node].color, graph.frames[frame].color, graph.comments[comment].color} == {"purple"}
    menu = opened.window.actions_table.context_menu("note", opened.canvas)
    assert any(action.text() == "C&olour" for action in menu.actions())
    opened.session.undo()
    assert opened.session.graph.nodes[node].color == "grey"


def test_the_keys_reach_the_canvas(opened: Opened) -> None:
    load(opened)
    opened.window.activateWindow()
    opened.canvas.setFocus()
    opened.workspace.refresh()
    QTest.keyClick(opened.canvas, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    opened.workspace.refresh()
    count = len(opened.session.graph.nodes)
    for key in (Qt.Key.Key_C, Qt.Key.Key_V, Qt.Key.Key_D):
        QTest.keyClick(opened.canvas, key, Qt.KeyboardModifier.ControlModifier)
        opened.workspace.refresh()
    assert len(opened.session.graph.nodes) == 3 * count


def test_what_is_pasted_onto_an_empty_canvas_is_shown_as_a_whole(opened: Opened) -> None:
    canvas = opened.workspace.canvas
    put({}, "a0 = parameter(1.)\n" + "\n".join(f"a{n} = sin(a{n - 1})" for n in range(1, 30)))
    opened.trigger("paste")
    bounds = canvas.scene.geometry.bounds()
    assert bounds is not None
    assert QRectF(canvas.rect()).contains(canvas.camera.rect_to_widget(bounds))
    canvas.set_zoom(1.0)
    opened.trigger("paste")
    assert canvas.zoom == 1.0, "a view of something stays as it is"
