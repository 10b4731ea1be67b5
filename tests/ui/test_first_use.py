"""What somebody meets who uses the window for the first time."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPlainTextEdit, QPushButton

from backprop_studio.document.node_size import NODE_WIDTH
from backprop_studio.session.messages import Message
from backprop_studio.ui.main_window import FRAME_ROOM, MainWindow
from backprop_studio.ui.settings import Settings
from backprop_studio.ui.theme import ThemeManager
from tests.ui.window_support import Opened


def test_nodes_added_by_enter_stand_beside_each_other(opened: Opened) -> None:
    search = opened.widget(QLineEdit, "palette_search")
    search.setText("add")
    for _ in range(6):
        QTest.keyClick(search, Qt.Key.Key_Return)
    nodes = list(opened.session.graph.nodes.values())
    assert len(nodes) == 6
    first, second = nodes[0].position, nodes[1].position
    assert second[0] >= first[0] + NODE_WIDTH + 40
    assert second[1] == first[1]
    boxes = [opened.workspace.canvas.node_rect(node.id) for node in nodes]
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[:i])
    view = opened.workspace.canvas.rect()
    assert all(view.contains(box.toRect()) for box in boxes)


def test_the_first_window_has_room_on_the_screen(opened: Opened) -> None:
    window = MainWindow(ThemeManager("dark"), Settings(opened.store))
    opened.store.clear()
    window.resize(4000, 3000)
    window.restore_geometry()
    area = window.screen().availableGeometry().size() - FRAME_ROOM
    assert window.size() == area.expandedTo(window.minimumSize())
    window.deleteLater()


def test_an_example_leaves_the_keys_to_the_canvas(opened: Opened) -> None:
    opened.click("example_xor")
    QApplication.processEvents()
    assert opened.canvas.hasFocus()
    opened.widget(QLineEdit, "palette_search").setFocus()
    opened.workspace.open_example("fan-out")
    assert opened.canvas.hasFocus()


def test_examples_are_in_the_file_menu_too(opened: Opened) -> None:
    menus = opened.window.actions_table.menus
    for name in ("File", "Learn"):
        assert "menu_examples" in [a.menu().objectName() for a in menus[name].actions() if isinstance(a.menu(), QMenu)]


def test_training_begins_at_a_pace_that_can_be_watched(opened: Opened) -> None:
    assert opened.session.training.steps_per_second == 60
    opened.workspace.open_example("xor")
    assert opened.session.training.steps_per_second == 200
    opened.workspace.open_example("linear-regression")
    assert opened.session.training.steps_per_second == 60


def test_code_that_uses_an_unknown_name_is_told(opened: Opened) -> None:
    told: list[Message] = []
    opened.session.message.connect(told.append)
    assert opened.session.set_code("a = 2\nL = a*bb") is None
    assert [message.severity for message in told] == ["info"]
    assert told[0].text.startswith("bb is not assigned: it was made a parameter that begins at 1.")
    assert opened.value("bb") == 1.0
    assert opened.session.set_code("a = 3\nL = a*bb") is None
    assert len(told) == 1


def test_applied_code_is_brought_into_view(opened: Opened) -> None:
    opened.trigger("show_code")
    editor = opened.widget(QPlainTextEdit, "code_editor")
    editor.setPlainText("a = 2.0\n" + "\n".join(f"x{i} = {'a' if not i else f'x{i - 1}'}*a" for i in range(12)))
    opened.widget(QPushButton, "code_apply").click()
    canvas = opened.workspace.canvas
    for node in opened.session.graph.nodes:
        assert canvas.rect().contains(canvas.node_rect(node).toRect())


def test_the_transport_bar_pushes_the_view_up_and_lets_it_back(opened: Opened) -> None:
    opened.workspace.open_example("fan-out")
    opened.session.flush()
    canvas = opened.workspace.canvas
    bottom = max(canvas.node_rect(node).bottom() for node in opened.session.graph.nodes)
    canvas.camera.pan(0, canvas.height() - bottom - 3)
    canvas.camera_moved()
    before = canvas.camera.y
    opened.session.timeline.step_forward()
    QApplication.sendEvent(opened.workspace.transport, QEvent(QEvent.Type.None_))
    bar = opened.workspace.transport.geometry()
    assert not opened.workspace.transport.isHidden()
    assert all(canvas.node_rect(node).bottom() <= bar.top() for node in opened.session.graph.nodes)
    opened.session.timeline.stop()
    assert canvas.camera.y == before


def test_the_two_step_buttons_differ(opened: Opened) -> None:
    texts = [opened.window.actions_table[name].iconText() for name in ("step_back", "step")]
    assert texts == ["Step back", "Step"]
