"""What can be computed and is seldom meant is seen: a badge with the sentence, and a coloured word at the foot."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication, QToolButton

from backprop_studio.ui.canvas.sprites import badge_centre
from backprop_studio.ui.canvas.tips import tip_at
from backprop_studio.ui.theme import DARK
from tests.ui.window_support import Opened

BROADCAST = """x = input([[1.], [2.], [3.]])
t = target([1., 2., 3.])
w = parameter(0.5)
y = x * w
L = mse_loss(y, t)"""


def shown(opened: Opened, code: str) -> QToolButton:
    opened.session.set_code(code)
    opened.session.flush()
    opened.trigger("fit")
    QApplication.processEvents()
    return opened.widget(QToolButton, "status_health")


def corner(opened: Opened, name: str) -> QPointF:
    """The middle of the place for a node's badge, in widget coordinates."""
    canvas = opened.workspace.canvas
    rect = canvas.scene.geometry.node_rect(opened.id(name))
    return canvas.camera.rect_to_widget(rect.translated(badge_centre(rect.topRight()) - rect.topLeft())).topLeft()


def test_a_loss_that_broadcasts_has_a_badge_that_says_so(opened: Opened) -> None:
    opened.workspace.themes.set("dark")
    health = shown(opened, BROADCAST)
    canvas = opened.workspace.canvas
    assert health.text() == "1 notice"
    assert health.property("standing") == "notice"
    assert canvas.scene.labels.doubtful == opened.id("L")
    at = corner(opened, "L")
    assert "one to one" in tip_at(canvas, at)
    picture = canvas.grab().toImage()
    ratio = picture.devicePixelRatio()
    beside = at + QPointF(-3.5, 0.0) * canvas.zoom  # the mark itself stands in the middle
    colour = picture.pixelColor((beside * ratio).toPoint())
    assert abs(colour.red() - DARK.warning.red()) < 24
    assert abs(colour.green() - DARK.warning.green()) < 24
    opened.session.set_code(BROADCAST.replace("[1., 2., 3.]", "[[1.], [2.], [3.]]"))
    opened.session.flush()
    QApplication.processEvents()
    assert health.text() == "no problems"
    assert canvas.scene.labels.doubtful is None


def test_what_is_not_finite_is_told_of_in_colour_and_what_is_not_finished_is_not(opened: Opened) -> None:
    health = shown(opened, "a = parameter(-1.)\nL = log(a)")
    assert (health.text(), health.property("standing")) == ("1 notice", "notice")
    health = shown(opened, "a = parameter([1., 2.])\nb = a * 2")
    assert (health.text(), health.property("standing")) == ("1 notice", "fine")
