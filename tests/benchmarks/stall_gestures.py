"""What people do with large graphs, for ``stalls.py`` to measure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from backprop_studio.document import edits

if TYPE_CHECKING:
    from tests.benchmarks.stalls import Hand

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
KEY = Qt.Key
PART = 2000
STEPS = 1000

Deed = Callable[["Hand"], object]


def nothing(hand: Hand) -> None:
    """Nothing at all."""


@dataclass(frozen=True)
class Gesture:
    """What is measured, what is done before it on the graph opened anew, and what is done after it."""

    name: str
    work: Deed
    prepare: Deed = nothing
    after: Deed = nothing


def select_all(hand: Hand) -> None:
    """By its key."""
    hand.key(KEY.Key_A, CTRL)
    hand.settle()


def select_part(hand: Hand) -> None:
    """2,000 nodes."""
    hand.select(PART)


def one_arrow(hand: Hand) -> None:
    """A short press of an arrow key."""
    hand.key(KEY.Key_Right)
    hand.settle()


def held_arrow(hand: Hand) -> None:
    """An arrow key held down for a while."""
    for _ in range(20):
        hand.press(KEY.Key_Right)
        hand.pump(0.02)
    hand.release(KEY.Key_Right)
    hand.settle()


def drag_one(hand: Hand) -> None:
    """Drag the node with most wires."""
    at = hand.canvas.node_rect(hand.busy).center().toPoint()
    hand.drag(at, at + QPoint(60, 40))


def drag_all(hand: Hand) -> None:
    """Select all, and drag them by one."""
    drag_one(hand)


def rubber_band(hand: Hand) -> None:
    """From one corner of the canvas to the other."""
    hand.drag(QPoint(3, 80), QPoint(hand.canvas.width() - 20, hand.canvas.height() - 60))


def type_letters(hand: Hand) -> None:
    """Search for n1234, letter by letter, then go to the matches."""
    hand.choose("find")
    field = QApplication.focusWidget()
    assert field is not None
    for letter in "n123":
        QTest.keyClicks(field, letter)
        hand.settle()
    for _ in range(3):
        hand.key(KEY.Key_Return, on=field)
        hand.settle()
    hand.key(KEY.Key_Escape, on=field)


def add_one(hand: Hand) -> None:
    """Place an operation."""
    hand.workspace.place("add")
    hand.settle()


def set_value(hand: Hand) -> None:
    """Give a parameter another value."""
    node = next(node.id for node in hand.session.graph.nodes.values() if node.op.is_source)
    assert hand.session.set_value(node, "0.4321") is None
    hand.settle()


def connect(hand: Hand) -> None:
    """Rewire an input of the last node."""
    node = next(node.id for node in reversed(list(hand.session.graph.nodes.values())) if not node.op.is_source)
    assert hand.session.connect(1, node, 0)
    hand.settle()


def play_layers(hand: Hand) -> None:
    """Play by layers for a second and a half."""
    hand.session.timeline.unit = "depth"
    hand.session.timeline.set_speed(20.0)
    hand.session.timeline.play()
    hand.pump(1.5)
    hand.session.timeline.pause()


def play_events(hand: Hand) -> None:
    """Play event by event for a second."""
    hand.session.timeline.unit = "event"
    hand.session.timeline.set_speed(20.0)
    hand.session.timeline.play()
    hand.pump(1.0)
    hand.session.timeline.pause()


def scrub(hand: Hand) -> None:
    """Jump about in the passes."""
    timeline = hand.session.timeline
    for part in (0.1, 0.9, 0.5, 0.3, 0.7, 1.0, 0.0):
        timeline.seek(int(timeline.length * part))
        hand.settle()


def stop(hand: Hand) -> None:
    """Leave the passes, and play as one did."""
    hand.session.timeline.stop()
    hand.session.timeline.unit = "event"
    hand.session.timeline.set_speed(1.5)


def train(hand: Hand) -> None:
    """Train for two seconds, then pause."""
    hand.window.actions_table["train"].trigger()
    hand.pump(2.0)
    hand.session.training.pause()
    hand.settle()


def many_steps(hand: Hand) -> None:
    """A history of 1,000 steps."""
    node = hand.busy
    x, y = hand.session.graph.nodes[node].position
    for step in range(STEPS):
        places = {node: (x + step + 1, y)}
        hand.session.edit(partial(edits.move, positions=places), f"Move it {step + 1}")


def to_beginning(hand: Hand) -> None:
    """Undo all steps at once, by a click in the history; and back again by another."""
    hand.session.undo_stack.go_to(0)
    hand.settle()
    hand.session.undo_stack.go_to(STEPS)


def undo_ten(hand: Hand) -> None:
    """Ctrl+Z ten times."""
    for _ in range(10):
        hand.key(KEY.Key_Z, CTRL)
        hand.settle()


def zoom_and_pan(hand: Hand) -> None:
    """By keys, as far as everything."""
    for factor in (2.0, 2.0, 2.0, 0.5, 0.5, 0.5, 1.1, 0.9):
        hand.canvas.zoom_by(factor)
        hand.settle()
    for _ in range(5):
        hand.canvas.camera.pan(40, 25)
        hand.canvas.camera_moved()
        hand.settle()


def hover(hand: Hand) -> None:
    """Move the pointer over the canvas."""
    for step in range(30):
        hand.watch.stamp()
        QTest.mouseMove(hand.canvas, QPoint(100 + 20 * step, 120 + 12 * step))
        hand.turn()


def pull_wire(hand: Hand) -> None:
    """Pull a wire out of a node and let it go over nothing."""
    rect: object = hand.canvas.node_rect(hand.busy)
    geometry = hand.canvas.scene.geometry
    port = next(port for port in geometry.ports_of(hand.busy) if not port.is_input)
    at: QPointF = hand.canvas.camera.to_widget(geometry.port_point(port))
    assert rect is not None
    hand.drag(at.toPoint(), at.toPoint() + QPoint(150, 90))
    hand.key(KEY.Key_Escape)


def show(name: str) -> Deed:
    """Show a dock."""

    def deed(hand: Hand) -> None:
        action = hand.window.actions_table[name]
        if not action.isChecked():
            hand.choose(name)
        hand.settle()

    return deed


def hide(name: str) -> Deed:
    """Hide a dock."""

    def deed(hand: Hand) -> None:
        action = hand.window.actions_table[name]
        if action.isChecked():
            hand.choose(name)

    return deed


def chosen(name: str) -> Deed:
    """Choose an action."""
    return lambda hand: hand.choose(name)


def after_each(*deeds: Deed) -> Deed:
    """Several deeds."""

    def deed(hand: Hand) -> None:
        for each in deeds:
            each(hand)
            hand.settle()

    return deed


def code_edit(hand: Hand) -> None:
    """Apply the graph code as it stands with one number changed."""
    text = hand.session.code()
    assert hand.session.set_code(text.replace("parameter(", "parameter(1", 1)) is None


def copied_all(hand: Hand) -> None:
    """Everything on the clipboard."""
    select_all(hand)
    hand.choose("copy")


def copied_part(hand: Hand) -> None:
    """2,000 nodes on the clipboard."""
    select_part(hand)
    hand.choose("copy")


def tidied(hand: Hand) -> None:
    """Lay out the whole graph, which goes on off the window's thread."""
    hand.choose("tidy")
    hand.settle(hand.session.undo_stack.canUndo)


def close_up(hand: Hand) -> None:
    """At the natural size around the busy node."""
    hand.canvas.set_zoom(1.0)
    hand.canvas.reveal(hand.busy)
    hand.pump(0.5)


GESTURES = (
    Gesture("open", lambda hand: hand.open()),
    Gesture("new", chosen("new")),
    Gesture("save", lambda hand: hand.session.save(hand.folder / "saved.backprop"), add_one),
    Gesture("select all", select_all),
    Gesture("clear the selection", lambda hand: hand.session.clear_selection(), select_all),
    Gesture("all: an arrow key", one_arrow, select_all),
    Gesture("all: an arrow key held", held_arrow, select_all),
    Gesture("all: drag", drag_all, select_all),
    Gesture("all: delete", chosen("delete"), select_all),
    Gesture("all: undo of delete", chosen("undo"), after_each(select_all, chosen("delete"))),
    Gesture("all: redo of delete", chosen("redo"), after_each(select_all, chosen("delete"), chosen("undo"))),
    Gesture("all: copy", chosen("copy"), select_all),
    Gesture("all: cut", chosen("cut"), select_all),
    Gesture("all: paste", chosen("paste"), copied_all),
    Gesture("all: paste into an empty document", chosen("paste"), after_each(copied_all, chosen("new"))),
    Gesture("all: duplicate", chosen("duplicate"), select_all),
    Gesture("all: duplicate, wires", chosen("duplicate_wired"), select_all),
    Gesture("all: mute", chosen("mute"), select_all),
    Gesture("all: align", chosen("align_left"), select_all),
    Gesture("all: frame", chosen("frame"), select_all),
    Gesture("2000: arrow key", one_arrow, select_part),
    Gesture("2000: copy", chosen("copy"), select_part),
    Gesture("2000: paste", chosen("paste"), copied_part),
    Gesture("2000: duplicate", chosen("duplicate"), select_part),
    Gesture("2000: delete", chosen("delete"), select_part),
    Gesture("2000: group", chosen("group"), select_part),
    Gesture("2000: undo of group", chosen("undo"), after_each(select_part, chosen("group"))),
    Gesture("2000: ungroup", chosen("ungroup"), after_each(select_part, chosen("group"))),
    Gesture("2000: expand", chosen("collapse"), after_each(select_part, chosen("group"))),
    Gesture("2000: enter", chosen("enter_group"), after_each(select_part, chosen("group"))),
    Gesture("one: drag", drag_one),
    Gesture("one: drag, close", drag_one, close_up),
    Gesture("one: add", add_one),
    Gesture("one: value", set_value),
    Gesture("one: rewire", connect),
    Gesture("one: delete", chosen("delete"), lambda hand: hand.session.select({hand.busy})),
    Gesture("one: wire pulled", pull_wire, close_up),
    Gesture("rubber band", rubber_band),
    Gesture("find", type_letters),
    Gesture("zoom and pan", zoom_and_pan),
    Gesture("pointer", hover),
    Gesture("tidy", tidied),
    Gesture("undo of tidy", chosen("undo"), tidied),
    Gesture("play by layers", play_layers, after=stop),
    Gesture("play by events", play_events, after=stop),
    Gesture("scrub", scrub, after=stop),
    Gesture("step", chosen("step"), after=stop),
    Gesture("forward mode", chosen("forward_mode"), after=stop),
    Gesture("predict", chosen("predict"), after=after_each(chosen("predict"), stop)),
    Gesture("check gradients", chosen("check_gradients")),
    Gesture("train", train),
    Gesture("outline shown", show("show_outline"), after=hide("show_outline")),
    Gesture("outline: open", lambda hand: hand.open(), show("show_outline"), hide("show_outline")),
    Gesture("outline: value", set_value, show("show_outline"), hide("show_outline")),
    Gesture("outline: add", add_one, show("show_outline"), hide("show_outline")),
    Gesture("outline: select all", select_all, show("show_outline"), hide("show_outline")),
    Gesture("outline: train", train, show("show_outline"), hide("show_outline")),
    Gesture("outline: play by layers", play_layers, show("show_outline"), after_each(stop, hide("show_outline"))),
    Gesture("history: 1000 steps shown", show("show_history"), many_steps, hide("show_history")),
    Gesture("history: a step", add_one, after_each(many_steps, show("show_history")), hide("show_history")),
    Gesture("history: undo ten", undo_ten, after_each(many_steps, show("show_history")), hide("show_history")),
    Gesture("history: to the beginning and back", to_beginning, many_steps),
    Gesture("code shown", show("show_code"), after=hide("show_code")),
    Gesture("code: value", set_value, show("show_code"), hide("show_code")),
    Gesture("code applied", code_edit),
    Gesture("explanation: select", lambda hand: hand.session.select({hand.busy}), show("show_explanation"),
            hide("show_explanation")),
    Gesture("explanation: play", play_events, show("show_explanation"), after_each(stop, hide("show_explanation"))),
    Gesture("magnitudes", chosen("magnitudes"), after=chosen("magnitudes")),
    Gesture("magnitudes: train", train, chosen("magnitudes"), chosen("magnitudes")),
    Gesture("light theme", chosen("theme_light"), after=chosen("theme_dark")),
    Gesture("float32", chosen("float32"), after=chosen("float64")),
    Gesture("evaluation mode", chosen("evaluation_mode")),
)  # fmt: skip
