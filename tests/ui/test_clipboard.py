"""Cut, copy, paste and duplicate through the window's actions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

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
