"""Messages stand above the canvas, as plain text, and are never in the way."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

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
