"""Groups on the canvas, by the mouse and by the keyboard."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from backprop_studio.document import edits
from backprop_studio.document.blocks import build_block
from backprop_studio.document.file_format import dumps, loads
from backprop_studio.document.graph import Wire
from backprop_studio.document.number_text import brief
from backprop_studio.session.training_run import TrainingSnapshot
from backprop_studio.ui.canvas.boxes import ENTRY, EXIT, Port
from backprop_studio.ui.canvas.group_labels import group_label, is_mistaken
from backprop_studio.ui.canvas.group_work import working
from backprop_studio.ui.canvas.labels import HIDDEN
from backprop_studio.ui.canvas.picture import svg_bytes
from backprop_studio.ui.canvas.scene import Scene
from backprop_studio.ui.canvas.tips import tip_at
from backprop_studio.ui.canvas.view import CanvasView
from backprop_studio.ui.theme import LIGHT
from tests.document.test_room import overlaps
from tests.ui.canvas.conftest import Builder, Mouse, fan_out, product_of_sum, show


def steps(canvas: CanvasView) -> int:
    """How many undo steps there are."""
    return canvas.session.undo_stack.index()


def grouped(canvas: CanvasView, *names: str, built: Builder | None = None) -> tuple[dict[str, int], int]:
    """A graph with some nodes in a collapsed group; ids by name, and the group's."""
    ids = show(canvas, built or product_of_sum())
    group = canvas.session.group_items([ids[name] for name in names])
    assert group is not None
    canvas.session.flush()
    canvas.session.clear_selection()
    return ids, group


def body(canvas: CanvasView, group: int) -> QPointF:
    """A point of a collapsed group below its title, on no number."""
    return canvas.node_rect(group).center() + QPointF(0, 8)


def title(canvas: CanvasView, group: int) -> QPointF:
    """A point of a collapsed group's title, off the triangle."""
    rect = canvas.node_rect(group)
    return QPointF(rect.center().x(), rect.top() + 12)


def texts(canvas: CanvasView, item: int) -> list[tuple[str, str, str]]:
    """Name, value and gradient at each port, inputs first."""
    scene = canvas.scene
    assert scene.level is not None
    label = group_label(scene.labels, scene.level, item)
    return [(port.name, port.value.text, port.gradient.text) for port in (*label.inputs, *label.outputs)]


def test_a_collapsed_group_is_one_box_with_the_numbers_at_its_ports(canvas: CanvasView) -> None:
    ids, group = grouped(canvas, "d", "L")
    rows = canvas.scene.geometry.node_row
    assert group in rows
    assert ids["d"] not in rows
    assert texts(canvas, group) == [("a", "2", "4"), ("b", "3", "4"), ("c", "4", "5"), ("L", "20", "1")]
    assert canvas.scene.item_of(ids["d"]) == group


def test_a_port_shows_the_sum_of_what_flows_back_through_it(canvas: CanvasView) -> None:
    _, group = grouped(canvas, "p", "q", built=fan_out())
    by_name = {name: (value, gradient) for name, value, gradient in texts(canvas, group)}
    assert by_name["b"] == ("1", "5"), "2 + 3 at the fan-out"
    line = canvas.scene.geometry.line_into(Port(group, "in", 1))
    assert line is not None
    assert len(canvas.scene.geometry.wires_at(line)) == 2


def test_double_click_below_the_title_enters_and_backspace_leaves(canvas: CanvasView, mouse: Mouse) -> None:
    ids, group = grouped(canvas, "d", "L")
    count = steps(canvas)
    mouse.double_click(body(canvas, group))
    assert canvas.session.inside == group
    rows = canvas.scene.geometry.node_row
    assert {ids["d"], ids["L"], ENTRY, EXIT} == rows.keys()
    assert not canvas.level_bar.isHidden()
    assert [name for name, *_ in texts(canvas, ENTRY)] == ["a", "b", "c"]
    assert texts(canvas, EXIT) == [("L", "20", "1")]
    QTest.keyClick(canvas, Qt.Key.Key_Backspace)
    assert canvas.session.inside is None
    assert canvas.session.selected_groups == {group}
    assert canvas.level_bar.isHidden()
    assert steps(canvas) == count, "looking is no edit"


def test_the_way_back_covers_nothing_of_the_group(canvas: CanvasView) -> None:
    for names in (("d", "L"), ("a", "b", "c")):
        _, group = grouped(canvas, *names)
        canvas.session.enter(group)
        canvas.session.flush()
        canvas.fit()
        bar = QRectF(canvas.level_bar.geometry())
        for item in canvas.scene.geometry.ids:
            assert not canvas.node_rect(item).intersects(bar)
        canvas.session.leave()
        assert canvas.head == 0.0


def test_enter_opens_the_selected_group_and_a_crumb_leads_back(canvas: CanvasView, mouse: Mouse) -> None:
    ids, inner = grouped(canvas, "d", "L")
    outer = canvas.session.group_items([inner, ids["c"]])
    assert outer is not None
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    canvas.session.select({inner})
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert canvas.session.inside == inner
    assert [crumb.text() for crumb in canvas.level_bar.crumbs] == ["Graph", canvas.session.graph.groups[outer].name]
    QTest.mouseClick(canvas.level_bar.crumbs[1], Qt.MouseButton.LeftButton)
    assert canvas.session.inside == outer
    QTest.mouseClick(canvas.level_bar.crumbs[0], Qt.MouseButton.LeftButton)
    assert canvas.session.inside is None
    assert canvas.session.selected_groups == {outer}


def test_the_triangle_opens_and_collapses_and_a_hasty_second_click_does_no_harm(
    canvas: CanvasView, mouse: Mouse
) -> None:
    ids, group = grouped(canvas, "d", "L")
    before = canvas.session.graph
    mouse.double_click(canvas.grouping.point_of_triangle(group))
    graph = canvas.session.graph
    assert not graph.groups[group].collapsed
    assert canvas.quick_add.popup is None
    assert ids["d"] in canvas.scene.geometry.node_row
    assert canvas.scene.outlines()[group].contains(canvas.scene.geometry.node_rect(ids["d"]))
    mouse.click(canvas.grouping.point_of_triangle(group))
    assert canvas.session.graph.groups[group].collapsed
    outside = [ids[name] for name in "abc"]
    assert [canvas.session.graph.nodes[i].position for i in outside] == [before.nodes[i].position for i in outside]


def test_double_click_on_the_title_opens_in_place_and_again_collapses(canvas: CanvasView, mouse: Mouse) -> None:
    _, group = grouped(canvas, "d", "L")
    mouse.double_click(title(canvas, group))
    assert not canvas.session.graph.groups[group].collapsed
    assert canvas.session.inside is None
    outline = canvas.camera.rect_to_widget(canvas.scene.outlines()[group])
    mouse.double_click(QPointF(outline.center().x(), outline.top() + 10))
    assert canvas.session.graph.groups[group].collapsed


def test_dragging_a_collapsed_group_moves_all_that_is_in_it_in_one_step(canvas: CanvasView, mouse: Mouse) -> None:
    ids, group = grouped(canvas, "d", "L")
    before, count = canvas.session.graph, steps(canvas)
    mouse.drag(title(canvas, group), title(canvas, group) + QPointF(0, 200))
    graph = canvas.session.graph
    shift = graph.groups[group].position[1] - before.groups[group].position[1]
    assert shift == 200
    assert graph.nodes[ids["d"]].position[1] - before.nodes[ids["d"]].position[1] == 200
    assert steps(canvas) == count + 1
    canvas.session.undo()
    assert canvas.session.graph == before


def test_an_open_group_is_dragged_by_its_title_with_its_outline(canvas: CanvasView, mouse: Mouse) -> None:
    ids, group = grouped(canvas, "d", "L")
    canvas.session.collapse([group], False)
    before = canvas.session.graph
    outline = canvas.camera.rect_to_widget(canvas.scene.outlines()[group])
    start = QPointF(outline.center().x(), outline.top() + 10)
    mouse.drag(start, start + QPointF(0, 60))
    graph = canvas.session.graph
    assert {graph.nodes[ids[n]].position[1] - before.nodes[ids[n]].position[1] for n in ("d", "L")} == {60.0}
    assert graph.nodes[ids["a"]].position == before.nodes[ids["a"]].position


def test_a_wire_pulled_to_a_port_replaces_all_wires_through_it(canvas: CanvasView, mouse: Mouse) -> None:
    ids, group = grouped(canvas, "p", "q", built=fan_out())
    count = steps(canvas)
    mouse.drag(canvas.port_point(ids["one"], None), canvas.port_point(group, 1))
    graph = canvas.session.graph
    assert graph.source_of(ids["p"], 1) == graph.source_of(ids["q"], 0) == ids["one"]
    assert steps(canvas) == count + 1


def test_a_wire_pulled_from_a_port_of_a_group(canvas: CanvasView, mouse: Mouse) -> None:
    built = product_of_sum().op("relu", "r", 640, 300, None)
    ids, group = grouped(canvas, "d", "L", built=built)
    mouse.drag(canvas.port_point(group, None), canvas.port_point(ids["r"], 0))
    assert canvas.session.graph.source_of(ids["r"], 0) == ids["L"]


def test_the_end_of_a_bundle_dropped_on_nothing_takes_all_its_wires_away(canvas: CanvasView, mouse: Mouse) -> None:
    ids, group = grouped(canvas, "p", "q", built=fan_out())
    count = steps(canvas)
    mouse.drag(canvas.port_point(group, 1), QPointF(60, 560))
    graph = canvas.session.graph
    assert graph.source_of(ids["p"], 1) is None
    assert graph.source_of(ids["q"], 0) is None
    assert steps(canvas) == count + 1


def test_wiring_at_the_edges_of_an_entered_group(canvas: CanvasView, mouse: Mouse) -> None:
    built = product_of_sum().op("relu", "r", 440, 320, None)
    ids, group = grouped(canvas, "d", "L", "r", built=built)
    canvas.session.enter(group)
    mouse.drag(canvas.port_point(ENTRY, None, 0), canvas.port_point(ids["r"], 0))
    assert canvas.session.graph.source_of(ids["r"], 0) == ids["a"]


def test_an_output_used_outside_can_come_from_another_node_within(canvas: CanvasView, mouse: Mouse) -> None:
    built = product_of_sum().op("relu", "r", 640, 300, "L")
    ids, group = grouped(canvas, "d", "L", built=built)
    canvas.session.enter(group)
    mouse.drag(canvas.port_point(ids["d"], None), canvas.port_point(EXIT, 0))
    assert canvas.session.graph.source_of(ids["r"], 0) == ids["d"]


def test_slicing_and_deleting_a_line_takes_all_its_wires(canvas: CanvasView, mouse: Mouse) -> None:
    ids, group = grouped(canvas, "p", "q", built=fan_out())
    before = canvas.session.graph
    row = canvas.scene.geometry.line_into(Port(group, "in", 1))
    assert row is not None
    wires = canvas.scene.geometry.wires_at(row)
    middle = canvas.wire_point(wires[0])
    right, control = Qt.MouseButton.RightButton, Qt.KeyboardModifier.ControlModifier
    mouse.drag(middle + QPointF(3, -12), middle + QPointF(-3, 12), right, control)
    assert not set(wires) & set(canvas.session.graph.wires)
    canvas.session.undo()
    assert canvas.session.graph == before
    mouse.click(canvas.wire_point(wires[0]))
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert not set(wires) & set(canvas.session.graph.wires)
    canvas.session.undo()
    assert canvas.session.graph == before
    assert ids["b"] in canvas.session.graph.nodes


def test_a_node_dropped_on_a_bundle_is_put_into_all_its_wires(canvas: CanvasView, mouse: Mouse) -> None:
    ids, _ = grouped(canvas, "p", "q", built=fan_out().op("relu", "r", 40, 440, None))
    wire = Wire(ids["b"], ids["p"], 1)
    to = canvas.wire_point(wire)
    start = canvas.node_rect(ids["r"]).center() - QPointF(0, 31)
    mouse.drag(start, to - QPointF(0, 31))
    graph = canvas.session.graph
    assert graph.source_of(ids["r"], 0) == ids["b"]
    assert graph.source_of(ids["p"], 1) == graph.source_of(ids["q"], 0) == ids["r"]


def test_what_is_added_inside_lies_in_the_group(canvas: CanvasView, mouse: Mouse) -> None:
    _, group = grouped(canvas, "d", "L")
    canvas.session.enter(group)
    mouse.move(QPointF(500, 520))
    QTest.keyClick(canvas, Qt.Key.Key_Tab)
    assert canvas.quick_add.popup is not None
    QTest.keyClicks(canvas.quick_add.popup.field, "relu")
    QTest.keyClick(canvas.quick_add.popup.field, Qt.Key.Key_Return)
    [node] = canvas.session.selection
    assert canvas.session.graph.nodes[node].group == group
    assert node in canvas.scene.geometry.node_row


def test_f2_renames_in_place(canvas: CanvasView) -> None:
    _, group = grouped(canvas, "d", "L")
    canvas.grouping.edit_name(group)
    assert canvas.grouping.editor is not None
    canvas.grouping.editor.selectAll()
    QTest.keyClicks(canvas.grouping.editor, "affine")
    QTest.keyClick(canvas.grouping.editor, Qt.Key.Key_Return)
    assert canvas.session.graph.groups[group].name == "affine"
    assert canvas.grouping.editor is None


def test_the_rubber_band_and_walking_take_a_group_for_a_node(canvas: CanvasView, mouse: Mouse) -> None:
    ids, group = grouped(canvas, "d", "L")
    rect = canvas.node_rect(group)
    mouse.drag(rect.bottomRight() + QPointF(20, 30), rect.center())
    assert canvas.session.selected_items == {group}
    seen = []
    canvas.session.clear_selection()
    for _ in range(4):
        QTest.keyClick(canvas, Qt.Key.Key_N)
        seen += list(canvas.session.selected_items)
    assert sorted(seen) == sorted([ids["a"], ids["b"], ids["c"], group])


def test_going_to_a_hidden_node_enters_its_group_and_selecting_it_marks_the_group(canvas: CanvasView) -> None:
    ids, group = grouped(canvas, "d", "L")
    canvas.session.select({ids["d"]})
    assert canvas.scene.selected_groups == {group}
    canvas.reveal(ids["d"])
    assert canvas.session.inside == group
    assert canvas.session.selection == {ids["d"]}


def test_a_pass_plays_through_a_group_and_seeking_is_a_function_of_the_position(canvas: CanvasView) -> None:
    ids, group = grouped(canvas, "d", "L")
    timeline = canvas.session.timeline
    timeline.animate = "off"
    timeline.to_start()

    def seen(position: int) -> tuple[object, ...]:
        timeline.seek(position)
        assert canvas.scene.marks.playing is timeline
        return tuple(texts(canvas, group)), tuple(working(canvas.scene, timeline).items())

    forth = [seen(position) for position in range(timeline.length + 1)]
    back = [seen(position) for position in reversed(range(timeline.length + 1))]
    assert forth == back[::-1]
    assert forth[1][0][-1] == ("L", HIDDEN, HIDDEN)
    assert forth[-1][0] == (("a", "2", "4"), ("b", "3", "4"), ("c", "4", "5"), ("L", "20", "1"))
    captions = [work.caption for _, works in forth for _, work in works]
    assert "d = 5" in captions
    assert "d → L: 5" in captions
    assert "L → d: 4" in captions
    assert ids["d"] not in canvas.scene.geometry.node_row


def test_a_shape_clash_inside_marks_the_group(canvas: CanvasView) -> None:
    built = Builder().source("parameter", "a", [1.0, 2.0], 0, 0).source("parameter", "b", [1.0, 2.0, 3.0], 0, 140)
    ids, group = grouped(canvas, "s", built=built.op("add", "s", 220, 60, "a", "b"))
    assert ids["s"] in canvas.scene.labels.mistaken
    assert canvas.grab().toImage().width() == canvas.width()
    assert canvas.scene.level is not None
    assert is_mistaken(canvas.scene.labels, canvas.scene.level.shown_as) == {group}


def test_a_network_of_neurons_opens_down_to_its_operations(canvas: CanvasView, mouse: Mouse) -> None:
    built = Builder()
    built.graph = build_block("mlp_neurons", {"sizes": (2, 2, 1)})
    show(canvas, built)
    canvas.fit()
    [outer] = canvas.scene.level.groups if canvas.scene.level is not None else ()
    mouse.double_click(body(canvas, outer))
    inner = [group for group in canvas.scene.geometry.ids if group in canvas.session.graph.groups]
    assert len(inner) == 3
    mouse.double_click(body(canvas, inner[0]))
    ops = {canvas.session.graph.nodes[i].op_name for i in canvas.scene.geometry.ids if i > 0}
    assert ops == {"parameter", "multiply", "add", "relu"}


def test_another_document_is_seen_from_outside(canvas: CanvasView) -> None:
    _, group = grouped(canvas, "d", "L")
    canvas.session.enter(group)
    show(canvas, fan_out())
    QApplication.processEvents()
    assert canvas.session.inside is None
    assert canvas.level_bar.isHidden()
    assert len(canvas.scene.geometry.ids) == 6


def test_undo_of_the_group_one_is_in_leads_out_of_it(canvas: CanvasView) -> None:
    ids, group = grouped(canvas, "d", "L")
    canvas.session.enter(group)
    canvas.session.undo()
    assert canvas.session.inside is None
    assert ids["d"] in canvas.scene.geometry.node_row
    assert edits.sub_graph(canvas.session.graph, ids.values()).nodes.keys() == set(ids.values())


def test_tips_of_a_group_and_its_ports(canvas: CanvasView) -> None:
    _, group = grouped(canvas, "d", "L")
    name = canvas.session.graph.groups[group].name
    assert tip_at(canvas, body(canvas, group)).startswith(f"{name}: 2 nodes.")
    assert tip_at(canvas, canvas.port_point(group, 1)) == "input b, to the second input of d: number\n3"
    assert tip_at(canvas, canvas.port_point(group, None)) == "output L: number\n20"
    canvas.session.enter(group)
    assert "Alt+Up" in tip_at(canvas, canvas.node_rect(ENTRY).center())


def test_the_pointer_may_go_anywhere_over_groups(canvas: CanvasView, mouse: Mouse) -> None:
    _, group = grouped(canvas, "d", "L")
    for inside in (None, group):
        canvas.session.enter(inside)
        for x in range(0, canvas.width(), 60):
            for y in range(0, canvas.height(), 60):
                mouse.move(QPointF(x, y))
                tip_at(canvas, QPointF(x, y))


def test_numbers_of_training_stand_at_the_ports_also_of_a_source_used_elsewhere(
    canvas: CanvasView, qtbot: QtBot
) -> None:
    """b feeds p, in the group, and q outside: at the port stands what came back through p alone."""
    ids, group = grouped(canvas, "p", built=fan_out())
    seen: list[tuple[list[tuple[str, str, str]], TrainingSnapshot]] = []
    training = canvas.session.training
    training.progressed.connect(lambda snapshot: seen.append((texts(canvas, group), snapshot)))
    training.learning_rate, training.steps_per_second = 0.01, 20.0
    training.run(4)
    qtbot.waitUntil(lambda: training.state != "running" and len(seen) > 1, timeout=10_000)
    for shown, snapshot in seen:
        by_name = {name: (value, gradient) for name, value, gradient in shown}
        through = snapshot.contributions[ids["p"], 1]
        assert by_name["b"] == (brief(snapshot.values[ids["b"]]), brief(through))
        assert through != snapshot.gradients[ids["b"]]
        assert by_name["p"] == (brief(snapshot.values[ids["p"]]), brief(snapshot.gradients[ids["p"]]))


def test_a_picture_draws_collapsed_groups(canvas: CanvasView) -> None:
    ids, group = grouped(canvas, "d", "L")
    scene = Scene.of(canvas.session.evaluation)
    assert set(scene.geometry.ids) == {group, *(ids[name] for name in "abc")}
    assert b"group_1" in svg_bytes(canvas.session.evaluation, LIGHT)


def test_a_group_is_coloured_copied_and_deleted_as_a_whole(canvas: CanvasView) -> None:
    ids, group = grouped(canvas, "d", "L")
    canvas.session.select({group})
    canvas.framing.recolour("green")
    assert canvas.session.graph.groups[group].color == "green"
    assert loads(dumps(canvas.session.graph), "the test") == canvas.session.graph
    canvas.session.select({group})
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert set(canvas.session.graph.nodes) == {ids[name] for name in "abc"}
    canvas.session.undo()
    assert group in canvas.session.graph.groups


def test_a_group_dropped_on_a_wire_goes_into_it_and_makes_room(canvas: CanvasView, mouse: Mouse) -> None:
    built = fan_out().op("relu", "r", 220, 500, None).op("tanh", "t", 420, 500, "r")
    ids, group = grouped(canvas, "r", "t", built=built)
    before, count = canvas.session.graph, steps(canvas)
    middle = canvas.wire_point(Wire(ids["p"], ids["L"], 0))
    mouse.press(title(canvas, group))
    mouse.move(title(canvas, group) + QPointF(3, -30))
    at = middle + title(canvas, group) - canvas.node_rect(group).center()
    mouse.move(at)
    assert canvas.overlay.wire_target == Wire(ids["p"], ids["L"], 0)
    assert canvas.overlay.inserted == group
    canvas.grab()
    mouse.release(at)
    after = canvas.session.graph
    assert after.sources[ids["r"], 0] == ids["p"]
    assert after.sources[ids["L"], 0] == ids["t"]
    assert not overlaps(after)
    assert steps(canvas) == count + 1
    assert canvas.session.undo_stack.undoText() == "Insert group_1 into p → L"
    canvas.session.undo()
    assert canvas.session.graph == before


def test_a_new_group_makes_room_in_one_undo_and_so_does_what_leaves_it(canvas: CanvasView) -> None:
    built = Builder()
    for number in range(9):
        built = built.source("parameter", f"p{number}", 1.0, number % 3 * 210, number // 3 * 110)
    show(canvas, built.op("add", "a", 630, 0, "p0", "p1"))
    session = canvas.session
    before, index = session.graph, session.undo_stack.index()
    group = session.group_items([node.id for node in before.nodes.values() if node.name in ("p3", "p4", "p5")])
    assert group is not None
    assert not overlaps(session.graph)
    assert session.undo_stack.index() == index + 1
    assert session.ungroup([group])
    assert not overlaps(session.graph)
    session.undo()
    session.undo()
    assert session.graph == before


def test_a_block_dropped_among_nodes_pushes_them_aside_within_the_group_that_is_seen(canvas: CanvasView) -> None:
    ids, group = grouped(canvas, "a", "b", "d")
    session = canvas.session
    session.enter(group)
    before = session.graph
    outside = {node.id: node.position for node in before.nodes.values() if node.group is None}
    rect = canvas.scene.geometry.node_rect(ids["d"])
    canvas.blocks.place("dense", (rect.center().x(), rect.center().y()))
    assert canvas.blocks.form is not None
    canvas.blocks.form.accept()
    assert not overlaps(session.graph, group)
    assert session.graph.nodes[ids["d"]].position != before.nodes[ids["d"]].position
    assert outside == {node.id: node.position for node in session.graph.nodes.values() if node.group is None}
    session.undo()
    assert session.graph == before
