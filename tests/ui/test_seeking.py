"""Outline, history, find, minimap, gradients as colours and presentation, on the real window."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QListView, QTreeView
from pytestqt.qtbot import QtBot

from backprop_studio.document import edits, notes
from backprop_studio.document.graph import EMPTY_GRAPH
from backprop_studio.document.grouping import make_group
from backprop_studio.document.ordering import walking_order
from backprop_studio.document.values import Value
from backprop_studio.session.training_run import TrainingSnapshot
from backprop_studio.ui.canvas.find_bar import FindBar
from backprop_studio.ui.canvas.frame_boxes import note_rect
from backprop_studio.ui.canvas.magnitudes import LEVELS, Magnitudes
from backprop_studio.ui.canvas.minimap import LEAST_NODES, Minimap
from backprop_studio.ui.canvas.text import NUMBER_SIZE
from backprop_studio.ui.panels.labels import ElidedLabel
from backprop_studio.ui.panels.outline_model import GRADIENT, NAME, VALUE, OutlineModel
from backprop_studio.ui.panels.outline_numbers import HIDDEN, OutlineNumbers
from tests.ui.window_support import Opened

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def rows(opened: Opened, column: int = NAME) -> list[str]:
    model = opened.widget(QTreeView, "outline_tree").model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def open_outline(opened: Opened) -> QTreeView:
    opened.workspace.open_example("sum-times-c")
    opened.session.flush()
    opened.trigger("show_outline")
    QApplication.processEvents()
    return opened.widget(QTreeView, "outline_tree")


def click_row(view: QTreeView | QListView, row: int, modifiers: Qt.KeyboardModifier = NONE) -> None:
    QTest.mouseClick(view.viewport(), LEFT, modifiers, view.visualRect(view.model().index(row, 0)).center())


def test_nodes_are_walked_in_the_order_in_which_they_are_computed(opened: Opened) -> None:
    for example in opened.session.examples():
        opened.workspace.open_example(example.name)
        graph = opened.session.graph
        order = {node: at for at, node in enumerate(walking_order(graph))}
        assert sorted(order) == sorted(graph.nodes)
        assert all(order[wire.source] < order[wire.target] for wire in graph.wires)


def test_the_outline_lists_names_values_and_gradients(opened: Opened) -> None:
    open_outline(opened)
    graph = opened.session.graph
    assert rows(opened) == [graph.nodes[node].name for node in walking_order(graph)]
    at = rows(opened).index("a")
    assert (rows(opened, VALUE)[at], rows(opened, GRADIENT)[at]) == ("2", "4")
    model = opened.widget(QTreeView, "outline_tree").model()
    spoken = model.index(at, NAME).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "a, Parameter, value 2, gradient 4"


def test_the_outline_and_the_selection_are_one(opened: Opened) -> None:
    tree = open_outline(opened)
    names = rows(opened)
    click_row(tree, names.index("b"))
    assert opened.session.selection == {opened.id("b")}
    click_row(tree, names.index("a"), Qt.KeyboardModifier.ControlModifier)
    assert opened.session.selection == {opened.id("a"), opened.id("b")}
    opened.session.select({opened.id("c")})
    assert [index.data() for index in tree.selectionModel().selectedRows()] == ["c"]
    QTest.keyClick(tree, Qt.Key.Key_Home)
    assert opened.session.selection == {opened.id(names[0])}
    opened.session.delete_selection()
    QApplication.processEvents()
    assert rows(opened) == names[1:]
    opened.session.undo()
    QApplication.processEvents()
    assert rows(opened) == names


def test_the_outline_shows_no_more_than_the_passes_do(opened: Opened, qtbot: QtBot) -> None:
    open_outline(opened)
    opened.session.timeline.seek(1)
    qtbot.waitUntil(lambda: rows(opened, GRADIENT).count("·") == 5)
    opened.session.timeline.stop()
    qtbot.waitUntil(lambda: "·" not in rows(opened, GRADIENT))


def test_the_outline_is_live_while_training(opened: Opened, qtbot: QtBot) -> None:
    open_outline(opened)
    at = rows(opened).index("a")
    before = rows(opened, VALUE)[at]
    opened.session.training.run()
    qtbot.waitUntil(lambda: rows(opened, VALUE)[at] != before, timeout=5000)
    opened.session.training.pause()


def test_the_outline_of_groups_is_a_tree(opened: Opened) -> None:
    open_outline(opened)
    graph = opened.session.graph
    inside = [opened.id("a"), opened.id("b")]
    opened.session.edit(lambda before: make_group(before, inside)[0], "Group")
    QApplication.processEvents()
    model = opened.widget(QTreeView, "outline_tree").model()
    assert isinstance(model, OutlineModel)
    group = next(iter(opened.session.graph.groups))
    tops = [model.index(row, 0) for row in range(model.rowCount())]
    parent = next(index for index in tops if model.node(index) is None)
    assert parent.data() == opened.session.graph.groups[group].name
    assert {model.index(row, 0, parent).data() for row in range(model.rowCount(parent))} == {"a", "b"}
    assert model.parent(model.index_of(inside[0])) == parent
    assert model.rowCount() == len(graph.nodes) - 2 + 1


def test_the_history_lists_steps_and_goes_to_them(opened: Opened, qtbot: QtBot) -> None:
    opened.workspace.open_example("sum-times-c")
    start = opened.session.graph
    opened.session.set_value(opened.id("a"), "9")
    middle = opened.session.graph
    opened.session.rename(opened.id("b"), "bias")
    end = opened.session.graph
    opened.trigger("show_history")
    steps = opened.widget(QListView, "history_list")
    qtbot.waitUntil(lambda: steps.model().rowCount() == 3)
    stack = opened.session.undo_stack
    assert [steps.model().index(row, 0).data() for row in range(3)] == [
        "As it was opened", stack.text(0), stack.text(1),
    ]  # fmt: skip
    for row, graph in ((0, start), (2, end), (1, middle)):
        click_row(steps, row)
        assert opened.session.graph == graph
        qtbot.waitUntil(lambda row=row: steps.currentIndex().row() == row)  # type: ignore[misc]


def test_find_goes_from_match_to_match(opened: Opened) -> None:
    opened.workspace.open_example("xor")
    opened.session.flush()
    opened.session.timeline.animate = "off"
    canvas = opened.workspace.canvas
    opened.trigger("find")
    field, count = opened.widget(QLineEdit, "find_field"), opened.widget(QLabel, "find_count")
    assert field.hasFocus()
    QTest.keyClicks(field, "matmul")
    found = [
        node for node in walking_order(opened.session.graph) if opened.session.graph.nodes[node].op_name == "matmul"
    ]
    assert len(found) >= 2
    assert count.text() == f"{len(found)} matches"
    plain = canvas.grab().toImage()
    for at, node in enumerate([*found, found[0]]):
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert opened.session.selection == {node}
        assert count.text() == f"{at % len(found) + 1} of {len(found)}"
        assert QRectF(canvas.rect()).contains(canvas.node_rect(node))
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert opened.session.selection == {found[-1]}
    opened.trigger("find_next")
    assert opened.session.selection == {found[0]}
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert canvas.hasFocus()
    assert not field.isVisible()
    assert canvas.grab().toImage() != plain


def test_typing_goes_to_what_is_found_out_of_view(opened: Opened) -> None:
    opened.workspace.open_example("sum-times-c")
    opened.session.flush()
    opened.session.timeline.animate = "off"
    canvas = opened.workspace.canvas
    opened.trigger("find")
    field = opened.widget(QLineEdit, "find_field")
    before = canvas.camera.x
    QTest.keyClicks(field, "a")
    assert canvas.camera.x == before, "it was in view"
    canvas.camera.pan(50_000, 0)
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    QTest.keyClicks(field, "a")
    assert QRectF(canvas.rect()).contains(canvas.node_rect(opened.id("a")))
    assert opened.session.selection == frozenset(), "Enter selects"


@pytest.mark.parametrize("edge", ["left", "right"])
def test_typing_brings_the_first_match_wholly_into_view(opened: Opened, edge: str) -> None:
    opened.workspace.open_example("moons")
    opened.session.flush()
    opened.session.timeline.animate = "off"
    canvas = opened.workspace.canvas
    opened.trigger("find")
    field, bar = opened.widget(QLineEdit, "find_field"), opened.widget(FindBar, "find_bar")
    QTest.keyClicks(field, "W")
    first = bar.matches[0]
    assert len(bar.matches) > 1
    field.clear()
    rect = canvas.node_rect(first)
    left, right = -30 - rect.left(), canvas.width() - 30 - rect.left()
    canvas.camera.pan(left if edge == "left" else right, 0.0)
    QTest.keyClicks(field, "W")
    clear = QRectF(canvas.rect()).adjusted(0, bar.geometry().bottom(), 0, 0)
    assert clear.contains(canvas.node_rect(first))


def test_the_minimap_is_there_when_a_small_graph_is_cut_off(opened: Opened) -> None:
    minimap = opened.widget(Minimap, "minimap")
    opened.workspace.open_example("moons")
    opened.session.flush()
    canvas = opened.workspace.canvas
    bounds = canvas.scene.bounds()
    assert bounds is not None
    canvas.set_zoom(canvas.width() / (bounds.width() * 0.75))
    canvas.repaint()
    QTest.qWait(150)
    assert minimap.isVisible()


def test_find_by_value_and_finding_nothing(opened: Opened) -> None:
    opened.workspace.open_example("sum-times-c")
    opened.session.set_value(opened.id("a"), "-7.25")
    opened.session.flush()
    opened.trigger("find")
    field, count = opened.widget(QLineEdit, "find_field"), opened.widget(QLabel, "find_count")
    QTest.keyClicks(field, "-7.2")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert opened.session.selection == {opened.id("a")}
    field.setText("nothing is called so")
    assert count.text() == "no matches"
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert opened.session.selection == {opened.id("a")}


def many(opened: Opened, count: int) -> None:
    graph = EMPTY_GRAPH
    for number in range(count):
        graph, _ = edits.add_node(graph, "parameter", (number * 400.0, number * 300.0), value=Value(1.0))
    opened.session._load(graph, None, "many")
    QTest.qWait(100)


def test_the_minimap_shows_where_one_is_in_a_small_graph_too(opened: Opened) -> None:
    minimap = opened.widget(Minimap, "minimap")
    opened.workspace.open_example("neuron-loss")
    QTest.qWait(100)
    assert not minimap.isVisible()
    opened.session.select({opened.id("w")})
    at = opened.canvas.node_rect(opened.id("w")).center()
    for _ in range(5):
        opened.trigger("zoom_in")
    now = opened.canvas.node_rect(opened.id("w")).center()
    assert (now - at).manhattanLength() < 4, "zooming by keys keeps the selected node where it is"
    opened.canvas.repaint()
    QTest.qWait(150)
    assert minimap.isVisible()
    opened.trigger("fit")
    opened.canvas.repaint()
    QTest.qWait(150)
    assert not minimap.isVisible()


def test_the_minimap_pans_and_is_hidden_where_all_is_in_view(opened: Opened, qtbot: QtBot) -> None:
    minimap, canvas = opened.widget(Minimap, "minimap"), opened.workspace.canvas
    many(opened, LEAST_NODES)
    assert canvas.zoom < 0.3
    assert not minimap.isVisible(), "it would cover nodes and say nothing"
    canvas.zoom_by(1.1)
    qtbot.waitUntil(minimap.isVisible)
    canvas.fit()
    qtbot.waitUntil(minimap.isHidden)
    canvas.set_zoom(1.0)
    qtbot.waitUntil(minimap.isVisible)
    many(opened, LEAST_NODES - 1)
    canvas.zoom_by(1.1)
    QTest.qWait(100)
    assert not minimap.isVisible()
    many(opened, LEAST_NODES)
    canvas.set_zoom(1.0)
    qtbot.waitUntil(minimap.isVisible)
    for node in (min(opened.session.graph.nodes), max(opened.session.graph.nodes)):
        at = minimap.to_map(canvas.scene.geometry.node_rect(node)).center().toPoint()
        QTest.mousePress(minimap, LEFT, NONE, QPoint(90, 60))
        QTest.mouseMove(minimap, at)
        QTest.mouseRelease(minimap, LEFT, NONE, at)
        reach = QPointF(*canvas.centre_of_view()) - canvas.scene.geometry.node_rect(node).center()
        assert abs(reach.x()) + abs(reach.y()) < 2 / minimap._scale
    opened.trigger("minimap")
    assert not minimap.isVisible()
    assert opened.window.settings.text("minimap", "") == "off"


def test_the_minimap_shows_frames_comments_and_collapsed_groups(opened: Opened) -> None:
    minimap = opened.widget(Minimap, "minimap")
    many(opened, LEAST_NODES + 2)
    session, canvas = opened.session, opened.workspace.canvas

    def look() -> QImage:
        minimap.refresh()
        return minimap.grab().toImage()

    def color_at(rect: QRectF) -> QColor:
        return look().pixelColor(minimap.to_map(rect).center().toPoint())

    pictures = [look()]
    assert session.edit(lambda graph: notes.add_comment(graph, "far away", (9000.0, -2000.0))[0], "Comment")
    pictures.append(look())
    [comment] = session.graph.comments
    assert color_at(note_rect(canvas.scene, comment)) != opened.themes.theme.panel, "the map reaches so far"
    first = list(session.graph.nodes)[:2]
    assert session.edit(lambda graph: notes.add_frame(graph, (-300.0, 900.0, 2000.0, 1500.0), "F")[0], "Frame")
    pictures.append(look())
    assert session.edit(lambda graph: make_group(graph, first)[0], "Group")
    pictures.append(look())
    [group] = session.graph.groups
    assert color_at(canvas.scene.geometry.node_rect(group)) != opened.themes.theme.panel
    assert all(one != other for one, other in pairwise(pictures))


def test_wires_take_the_colour_of_their_gradient(opened: Opened) -> None:
    opened.workspace.open_example("sum-times-c")
    evaluation = opened.session.flush()
    magnitudes = Magnitudes(evaluation.graph.wires, evaluation.contribution)
    sizes = {wire: abs(float(evaluation.contribution(wire))) for wire in evaluation.graph.wires}  # type: ignore[arg-type]
    ordered = sorted(sizes, key=sizes.__getitem__)
    levels = [magnitudes.of(wire) for wire in ordered]
    assert levels == sorted(levels)  # type: ignore[type-var]
    assert levels[-1] == LEVELS - 1
    canvas = opened.workspace.canvas
    QApplication.processEvents()
    before = canvas.grab().toImage()
    opened.trigger("magnitudes")
    coloured = canvas.grab().toImage()
    assert coloured != before
    opened.trigger("magnitudes")
    assert canvas.grab().toImage() == before


def test_colours_follow_the_gradients_while_training(opened: Opened, qtbot: QtBot) -> None:
    opened.session.set_code("w = parameter(3.)\nL = square(w)")
    opened.session.flush()
    opened.trigger("magnitudes")
    canvas, training = opened.workspace.canvas, opened.session.training
    before = canvas.scene.magnitudes
    assert before is not None
    assert before.high == 6.0
    seen: list[tuple[float, float]] = []

    def look(snapshot: TrainingSnapshot) -> None:
        assert canvas.scene.magnitudes is not None
        seen.append((canvas.scene.magnitudes.high, float(snapshot.gradients[opened.id("w")])))

    training.progressed.connect(look)
    training.learning_rate = 0.1
    training.steps_per_second = 20.0
    training.run(4)
    qtbot.waitUntil(lambda: training.state != "running", timeout=10_000)
    assert [high for high, _ in seen] == [abs(gradient) for _, gradient in seen]
    assert min(high for high, _ in seen) < 6.0


def test_magnitudes_of_nothing_and_of_what_is_not_finite(opened: Opened) -> None:
    opened.trigger("magnitudes")
    opened.canvas.grab()
    opened.workspace.open_example("sum-times-c")
    opened.session.set_value(opened.id("c"), "1e308")
    opened.session.set_value(opened.id("a"), "1e308")
    opened.session.flush()
    opened.canvas.grab()
    opened.session.set_value(opened.id("c"), "0.0")
    opened.session.flush()
    opened.canvas.grab()
    assert opened.workspace.canvas.scene.magnitudes is not None


@pytest.mark.parametrize("way", ["escape", "action"])
def test_presentation_shows_the_graph_alone(opened: Opened, way: str) -> None:
    opened.workspace.open_example("sum-times-c")
    opened.trigger("show_code")
    window = opened.window
    shown = {name: not dock.isHidden() for name, dock in window.docks.items()}
    opened.trigger("present")
    QApplication.processEvents()
    assert all(dock.isHidden() for dock in window.docks.values())
    assert window.menuBar().isHidden()
    assert window.tool_strip.isHidden()
    assert window.isFullScreen()
    assert opened.workspace.canvas.zoom > 1.5
    if way == "escape":
        opened.session.timeline.seek(2)
        QApplication.processEvents()
        QTest.keyClick(opened.canvas, Qt.Key.Key_Escape)
        QApplication.processEvents()
        assert not opened.session.timeline.is_active
        assert window.isFullScreen(), "the first Esc leaves the passes"
        QTest.keyClick(opened.canvas, Qt.Key.Key_Escape)
    else:
        opened.trigger("present")
    QApplication.processEvents()
    assert {name: not dock.isHidden() for name, dock in window.docks.items()} == shown
    assert not window.menuBar().isHidden()
    assert not window.isFullScreen()
    assert not opened.window.actions_table["present"].isChecked()


def wide_chain(opened: Opened) -> None:
    opened.session.set_code("\n".join(["a0 = parameter(1.)", *(f"a{n} = sin(a{n - 1})" for n in range(1, 14))]))
    opened.session.flush()


def test_presentation_writes_large_and_keeps_the_transport_at_hand(opened: Opened) -> None:
    wide_chain(opened)
    transport = opened.workspace.transport
    usual, names = transport.sizeHint(), transport.scrubber.sizeHint().height()
    opened.trigger("present")
    QApplication.processEvents()
    assert transport.isVisible(), "also while nothing is played"
    assert not opened.session.timeline.is_active
    title = opened.widget(ElidedLabel, "transport_title")
    assert title.font().pixelSize() >= 18
    assert opened.workspace.transport.scrubber.sizeHint().height() > names
    assert transport.width() > 0.7 * opened.canvas.width()
    assert opened.canvas.rect().contains(transport.geometry())
    opened.click("transport_play")
    assert opened.session.timeline.is_playing
    QTest.keyClick(opened.canvas, Qt.Key.Key_Escape)
    QTest.keyClick(opened.canvas, Qt.Key.Key_Escape)
    QApplication.processEvents()
    assert title.font().pixelSize() == 13
    assert transport.sizeHint() == usual
    assert transport.scrubber.sizeHint().height() == names
    assert not transport.isVisible()


def test_presentation_follows_a_graph_that_is_too_large_to_be_read(opened: Opened, qtbot: QtBot) -> None:
    wide_chain(opened)
    canvas, timeline = opened.workspace.canvas, opened.session.timeline
    timeline.animate = "steps"
    opened.trigger("present")
    QApplication.processEvents()
    qtbot.wait(50)  # until the window has filled the screen
    small = canvas.zoom
    assert small < 1.0
    for _ in range(timeline_length(opened)):
        timeline.step_forward()
        wire = timeline.active_wire()
        if wire is not None:
            assert canvas.zoom * NUMBER_SIZE >= 18
            room = QRectF(canvas.rect()).adjusted(0, 0, 0, -canvas.foot)
            assert room.contains(canvas.node_rect(wire.source))
            assert room.contains(canvas.node_rect(wire.target))
    canvas.zoom_by(0.5)
    moved = canvas.zoom
    timeline.step_back()
    assert canvas.zoom == moved, "the view is left where a person has put it"
    timeline.stop()
    assert canvas.zoom == pytest.approx(small)


def timeline_length(opened: Opened) -> int:
    opened.session.timeline.seek(0)
    return opened.session.timeline.length


def test_steps_forgotten_for_lack_of_memory_are_told_and_the_rest_still_undoes(opened: Opened) -> None:
    opened.workspace.open_example("sum-times-c")
    opened.trigger("show_history")
    session, stack = opened.session, opened.session.undo_stack
    stack.limit = 5_000
    graphs = [session.graph]
    for number in range(30):
        session.set_value(opened.id("a"), str(number + 10))
        graphs.append(session.graph)
    QApplication.processEvents()
    kept = stack.count()
    assert 0 < kept < 30
    assert stack.forgotten == 30 - kept
    model = opened.widget(QListView, "history_list").model()
    assert model.index(0, 0).data() == f"{30 - kept} earlier steps are forgotten"
    for back in range(1, kept + 1):
        session.undo()
        assert session.graph == graphs[30 - back]
    assert not stack.canUndo()
    assert session.is_modified, "where it begins now is not how it was opened"
    for _ in range(kept):
        session.redo()
    assert session.graph == graphs[-1]
    session._load(graphs[0], None, "another")
    QApplication.processEvents()
    assert model.index(0, 0).data() == "As it was opened"


def test_groups_in_the_outline_tell_the_numbers_at_their_outputs(opened: Opened) -> None:
    tree = open_outline(opened)
    assert not tree.rootIsDecorated()
    session = opened.session
    inside = [opened.id("a"), opened.id("b"), opened.id("q")]
    group = session.group_items(inside)
    assert group is not None
    session.flush()
    QApplication.processEvents()
    model = tree.model()
    assert isinstance(model, OutlineModel)
    assert tree.rootIsDecorated()
    index = model.index_of(group)
    name = session.graph.groups[group].name
    cells = [index.siblingAtColumn(column).data() for column in range(4)]
    assert cells == [name, "Group of 3 nodes", "5", "4"]
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == f"{name}, Group of 3 nodes, value 5, gradient 4"
    assert "value 5" in index.data(Qt.ItemDataRole.ToolTipRole)
    session.clear_selection()
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=tree.visualRect(index).center())
    assert session.selected_groups == {group}
    session.clear_selection()
    assert not tree.selectionModel().selectedRows()
    session.select({group})
    assert [row.data() for row in tree.selectionModel().selectedRows()] == [name]
    tree.collapse(index)
    session.add_node("exp", (900.0, 0.0))
    QApplication.processEvents()
    assert not tree.isExpanded(model.index_of(group)), "a folded group stays folded"


def test_a_group_that_is_gone_has_no_numbers(opened: Opened) -> None:
    numbers = OutlineNumbers(opened.session)
    opened.session.load_example("sum-times-c")
    opened.session.select(opened.session.graph.nodes)
    group = opened.session.group_items(opened.session.selection)
    assert group is not None
    opened.session.flush()
    assert numbers.group_value(group) == "20"
    opened.session.undo()
    assert (numbers.group_value(group), numbers.group_gradient(group)) == (HIDDEN, HIDDEN)
