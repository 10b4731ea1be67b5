"""Tidy, align, distribute, mute, bypass and detach through the window's actions."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from backprop_studio.document.graph import Graph
from backprop_studio.document.layout import layered_layout
from backprop_studio.document.tidying import tidy
from backprop_studio.ui.canvas.minimap import REFRESH_MILLISECONDS, Minimap
from tests.document.test_routing import net
from tests.ui.window_support import Opened


def load(opened: Opened, animate: str = "off") -> None:
    opened.workspace.open_example("sum-times-c")
    opened.session.flush()
    opened.session.timeline.animate = animate  # type: ignore[assignment]


def places(opened: Opened) -> dict[int, tuple[float, float]]:
    return {node.id: node.position for node in opened.session.graph.nodes.values()}


@pytest.mark.parametrize(("name", "index", "edge"), [("left", 0, min), ("right", 0, max), ("top", 1, min)])
def test_align_brings_an_edge_into_line(opened: Opened, name: str, index: int, edge: object) -> None:
    load(opened)
    opened.session.select_all()
    before = opened.session.graph
    wanted = edge(place[index] for place in places(opened).values())  # type: ignore[operator]
    opened.trigger(f"align_{name}")
    assert {place[index] for place in places(opened).values()} == {wanted}
    assert opened.session.undo_stack.count() == 1
    opened.session.undo()
    assert opened.session.graph == before


def test_distribute_leaves_equal_gaps(opened: Opened) -> None:
    load(opened)
    nodes = sorted(opened.session.graph.nodes)[:3]
    opened.session.move_nodes({node: (x, 0.0) for node, x in zip(nodes, (0.0, 200.0, 900.0), strict=True)})
    opened.session.select(nodes)
    opened.trigger("distribute_x")
    assert [places(opened)[node][0] for node in nodes] == [0.0, 450.0, 900.0]


def test_tidy_glides_and_is_one_step(opened: Opened, qtbot: QtBot) -> None:
    load(opened, "full")
    canvas = opened.workspace.canvas
    opened.session.move_nodes(dict.fromkeys(opened.session.graph.nodes, (500.0, 500.0)))
    count = opened.session.undo_stack.count()
    opened.trigger("tidy")
    assert opened.session.undo_stack.count() == count + 1
    assert places(opened) == layered_layout(opened.session.graph)
    assert canvas.glide.is_running
    node = next(node for node, place in places(opened).items() if place != (500.0, 500.0))
    assert canvas.scene.geometry.node_rect(node).topLeft().toTuple() == (500.0, 500.0)
    qtbot.waitUntil(lambda: not canvas.glide.is_running)
    shown = {n: canvas.scene.geometry.node_rect(n).topLeft().toTuple() for n in places(opened)}
    assert shown == places(opened)


def test_the_map_shows_where_nodes_have_glided_to(opened: Opened, qtbot: QtBot) -> None:
    opened.session.timeline.animate = "full"
    assert opened.session.insert_graph(net(100), (0.0, 0.0), "Add")
    canvas, minimap = opened.workspace.canvas, opened.widget(Minimap, "minimap")
    opened.session.clear_selection()
    canvas.set_zoom(1.0)
    far = max(opened.session.graph.nodes)
    canvas.glide.run(lambda: opened.session.move_nodes({far: (30_000.0, 20_000.0)}))
    assert canvas.glide.is_running
    canvas.glide._clock.pause()
    opened.session.flush()
    qtbot.wait(3 * REFRESH_MILLISECONDS)  # all that the edit itself gave the map to do is done
    minimap.refresh()
    minimap.grab()
    canvas.glide._clock.resume()
    qtbot.waitUntil(lambda: not canvas.glide.is_running)

    def shows_all() -> bool:
        bounds = canvas.scene.bounds()
        assert bounds is not None
        minimap.grab()
        return QRectF(minimap.rect()).contains(minimap.to_map(bounds))

    qtbot.waitUntil(shows_all)


def test_undo_while_nodes_glide_shows_them_where_they_are(opened: Opened) -> None:
    load(opened, "full")
    canvas = opened.workspace.canvas
    opened.session.move_nodes(dict.fromkeys(opened.session.graph.nodes, (500.0, 500.0)))
    opened.trigger("tidy")
    opened.session.undo()
    assert not canvas.glide.is_running
    assert {canvas.scene.geometry.node_rect(n).topLeft().toTuple() for n in places(opened)} == {(500.0, 500.0)}


def test_mute_and_bypass_are_drawn_and_go_off_again(opened: Opened) -> None:
    load(opened)
    node = opened.id("L")
    canvas = opened.workspace.canvas
    opened.session.select({node})
    plain = canvas.grab().toImage()
    opened.trigger("mute")
    assert float(opened.session.flush().value(node)) == 0.0  # type: ignore[arg-type]
    assert canvas.scene.labels[node].caption == "muted"
    muted = canvas.grab().toImage()
    opened.trigger("bypass")
    first = opened.session.graph.inputs_of(node)[0]
    assert first is not None
    value = opened.session.flush()
    assert np.array_equal(value.value(node), value.value(first))  # type: ignore[arg-type]
    bypassed = canvas.grab().toImage()
    opened.trigger("bypass")
    opened.session.flush()
    assert opened.session.graph.nodes[node].mode == "on"
    assert plain != muted != bypassed != plain
    assert opened.session.undo_stack.count() == 3


def test_detach_heals_the_wires(opened: Opened) -> None:
    load(opened)
    loss = opened.id("L")
    inner = opened.session.graph.inputs_of(loss)[0]
    assert inner is not None
    feeder = opened.session.graph.inputs_of(inner)[0]
    opened.session.select({inner})
    opened.trigger("detach")
    assert opened.session.graph.inputs_of(loss)[0] == feeder
    assert set(opened.session.graph.inputs_of(inner)) == {None}


def test_the_guides_are_switched_and_remembered(opened: Opened) -> None:
    assert opened.workspace.canvas.guides
    opened.trigger("guides")
    assert not opened.workspace.canvas.guides
    assert opened.window.settings.text("guides", "on") == "off"


def tidied_net(opened: Opened) -> Graph:
    """A net of a hundred nodes, all on one place."""
    opened.session.timeline.animate = "off"
    assert opened.session.insert_graph(net(100), (0.0, 0.0), "Add")
    opened.session.clear_selection()
    return opened.session.graph


def test_a_large_graph_is_tidied_on_a_thread_in_one_step(opened: Opened, qtbot: QtBot) -> None:
    before, tidying = tidied_net(opened), opened.workspace.arranging.tidying
    count = opened.session.undo_stack.count()
    opened.trigger("tidy")
    assert tidying.is_busy
    assert opened.session.graph is before
    qtbot.waitUntil(lambda: not tidying.is_busy)
    assert opened.session.undo_stack.count() == count + 1
    assert opened.session.graph == tidy(before)
    opened.session.undo()
    assert opened.session.graph == before


def test_escape_gives_tidying_up_and_a_change_meanwhile_wins(opened: Opened, qtbot: QtBot) -> None:
    before, tidying = tidied_net(opened), opened.workspace.arranging.tidying
    opened.trigger("tidy")
    QTest.keyClick(opened.workspace.canvas, Qt.Key.Key_Escape)
    assert not tidying.is_busy
    assert "given up" in opened.workspace.messages.text
    opened.trigger("tidy")
    assert tidying.is_busy
    opened.session.move_nodes({min(before.nodes): (500.0, 900.0)})
    moved = opened.session.graph
    qtbot.waitUntil(lambda: not tidying.is_busy)
    assert opened.session.graph is moved
    assert "Tidy it once more" in opened.workspace.messages.text
