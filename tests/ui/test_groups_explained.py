"""Explanations that lead to what lies in a collapsed group, on the real window."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from backprop_studio.document.graph import Wire
from backprop_studio.ui.canvas.boxes import Port
from tests.ui.window_support import Opened

CODE = "a = parameter(3.)\nb = parameter(2.)\np = a*b\nq = square(p)\nr = sin(p)\nL = q + r"
LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def grouped(opened: Opened, *names: str) -> int:
    """A collapsed group of some nodes, with nothing selected and the explanation shown."""
    assert opened.session.set_code(CODE) is None
    group = opened.session.group_items([opened.id(name) for name in names])
    assert group is not None
    opened.session.clear_selection()
    opened.session.flush()
    opened.trigger("show_explanation")
    opened.trigger("fit")
    opened.workspace.canvas.set_zoom(1.0)
    QApplication.processEvents()
    return group


def number(opened: Opened, port: Port, row: float) -> QPoint:
    """The middle of the value (−0.5) or the gradient (0.5) at a port of a group."""
    canvas = opened.workspace.canvas
    canvas.reveal(port.item)
    aside = 30 if port.is_input else -30
    return (canvas.point_of(port) + QPointF(aside, row * 20.0) * canvas.zoom).toPoint()


def title(opened: Opened) -> str:
    opened.workspace.explanation.refresh()
    return opened.workspace.explanation.title.text()


def test_a_link_to_a_wire_in_a_group_opens_the_way(opened: Opened) -> None:
    group = grouped(opened, "p", "q", "r")
    session, panel = opened.session, opened.workspace.explanation
    session.select({opened.id("p")})
    panel.refresh()
    QApplication.processEvents()
    links = [link for link in panel.findChildren(QAbstractButton) if link.text().endswith("from q")]
    assert links
    QTest.mouseClick(links[0], LEFT)
    assert session.inside == group
    assert session.selected_wire == Wire(opened.id("p"), opened.id("q"), 0)
    assert session.selected_wire in opened.workspace.canvas.scene.geometry.wire_row


def test_nodes_of_a_path_in_a_group_highlight_it(opened: Opened) -> None:
    group = grouped(opened, "q", "r")
    opened.workspace.explanation.why.path_chosen.emit([opened.id("a"), opened.id("p"), opened.id("q"), opened.id("L")])
    assert opened.workspace.canvas.scene.selected_groups == {group}


def test_a_number_at_a_port_is_explained_by_the_wire_behind_it(opened: Opened) -> None:
    group = grouped(opened, "q", "L")
    canvas, session = opened.workspace.canvas, opened.session
    ports = canvas.scene.ports_of(group)
    assert ports is not None
    for at, port in enumerate(ports.inputs):
        for row in (-0.5, 0.5):
            QTest.mouseClick(canvas, LEFT, NO_KEY, number(opened, Port(group, "in", at), row))
            assert session.selected_wire == port.wires[0]
            assert "→" in title(opened)
    QTest.mouseClick(canvas, LEFT, NO_KEY, number(opened, Port(group, "out", 0), 0.5))
    assert session.selection == {opened.id("L")}
    assert canvas.scene.selected_groups == {group}


def test_a_double_click_between_the_numbers_enters_and_explains_nothing(opened: Opened) -> None:
    group = grouped(opened, "q", "L")
    canvas, asked = opened.workspace.canvas, []
    canvas.gradient_clicked.connect(lambda: asked.append(1))
    rect = canvas.node_rect(group)
    for across in (0.45, 0.55):
        for height in range(30, int(rect.height()), 10):
            at = QPointF(rect.left() + across * rect.width(), rect.top() + height).toPoint()
            QTest.mouseClick(canvas, LEFT, NO_KEY, at)
            assert opened.session.selected_items == {group}
    assert not asked
    QTest.mouseDClick(canvas, LEFT, NO_KEY, rect.center().toPoint())
    assert opened.session.inside == group


def test_a_sum_at_a_port_is_explained_by_the_node_whose_gradient_it_is(opened: Opened) -> None:
    group = grouped(opened, "q", "r")
    QTest.mouseClick(opened.workspace.canvas, LEFT, NO_KEY, number(opened, Port(group, "in", 0), 0.5))
    assert opened.session.selection == {opened.id("p")}
    assert title(opened) == "p"


def test_a_number_at_a_port_jumps_to_its_event_while_the_passes_play(opened: Opened) -> None:
    group = grouped(opened, "q", "L")
    timeline, session = opened.session.timeline, opened.session
    opened.trigger("to_end")
    QTest.mouseClick(opened.workspace.canvas, LEFT, NO_KEY, number(opened, Port(group, "in", 0), 0.5))
    assert session.selected_wire is not None
    assert timeline.active_wire() == session.selected_wire
