"""Messages stand above the canvas, as plain text, and are never in the way."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication, QLabel

from backprop_studio.session.messages import Message
from tests.ui.window_support import Opened


def test_a_message_is_shown_as_it_is_and_closed(opened: Opened) -> None:
    opened.session.message.emit(Message("<b>bold</b> \u202egnp.exe", "error"))
    bar = opened.workspace.messages
    assert bar.isVisible()
    assert bar.text == "<b>bold</b> gnp.exe"
    assert opened.widget(QLabel, "message_text").textFormat() is Qt.TextFormat.PlainText
    assert bar.geometry().bottom() < opened.canvas.geometry().top()
    opened.click("message_close")
    assert not bar.isVisible()
    assert bar.text == ""


def test_only_news_goes_away_by_itself(opened: Opened) -> None:
    bar = opened.workspace.messages
    bar.show_message("done", "info")
    assert bar._timer.isActive()
    bar.show_message("wrong", "error")
    assert not bar._timer.isActive()
    bar.show_message("done", "info")
    bar._timer.timeout.emit()
    assert not bar.isVisible()


def test_a_refused_wire_is_told(opened: Opened) -> None:
    opened.workspace.open_example("sum-times-c")
    assert not opened.session.connect(opened.id("L"), opened.id("q"), 0)
    assert "cycle" in opened.workspace.messages.text
    assert opened.workspace.messages.severity == "error"


def test_another_document_takes_the_message_away(opened: Opened) -> None:
    opened.workspace.messages.show_message("old", "error")
    opened.workspace.open_example("xor")
    assert opened.workspace.messages.text == ""


def test_an_error_does_not_outlive_the_graph_it_is_about(opened: Opened) -> None:
    assert opened.session.set_code("w = parameter(3.)\nL = log(w)") is None
    bar = opened.workspace.messages
    bar.show_message("Training stopped at step 1: L became NaN.", "error")
    opened.session.move_nodes({opened.id("w"): (10.0, 300.0)})
    opened.session.flush()
    assert opened.session.set_code("a = parameter(1.)\nL = a*a") is None
    assert bar.text == ""


def test_a_warning_of_the_graph_goes_with_its_next_edit(opened: Opened) -> None:
    assert opened.session.set_code("w = parameter(3.)\nL = log(w)") is None
    opened.session.message.emit(Message("The loss is L now, no longer w.", "warning"))
    assert opened.workspace.messages.text
    opened.session.add_node("add", (0.0, 300.0))
    assert opened.workspace.messages.text == ""


def test_a_message_does_not_move_the_graph_under_the_hand(opened: Opened) -> None:
    canvas = opened.workspace.canvas
    node = opened.session.add_node("add", (0.0, 0.0))
    assert node is not None
    QApplication.processEvents()

    def place() -> QPointF:
        QApplication.processEvents()
        return canvas.mapTo(opened.window, canvas.node_rect(node).topLeft())

    before = place()
    opened.session.message.emit(Message("Careful.", "warning"))
    assert place() == before
    opened.click("message_close")
    assert place() == before


def test_a_fitted_graph_is_fitted_again_after_a_message(opened: Opened) -> None:
    canvas = opened.workspace.canvas
    opened.workspace.open_example("sum-times-c")
    QApplication.processEvents()
    opened.session.message.emit(Message("Careful.", "warning"))
    QApplication.processEvents()
    opened.click("message_close")
    QApplication.processEvents()
    opened.window.resize(opened.window.width() - 200, opened.window.height())
    QApplication.processEvents()
    shown = canvas.zoom, canvas.camera.x, canvas.camera.y
    opened.trigger("fit")
    assert (canvas.zoom, canvas.camera.x, canvas.camera.y) == shown
