"""More scenes of the gallery: groups, notes, modes, what is wrong or refused, panels and help."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from screenshot_scenes import Studio, wait_for

from backprop_studio.document import edits, notes
from backprop_studio.document.blocks import build_block
from backprop_studio.document.graph import Graph
from backprop_studio.document.items import item_rect
from backprop_studio.exchange.graph_code import parse_graph_code


def blocks_nested(studio: Studio) -> None:
    """A network of neurons, open where it stands, one of its neurons open as well."""
    studio.session.new()
    studio.session.insert_graph(build_block("mlp_neurons"), (0.0, 0.0), "Add a network")
    outer, *neurons = sorted(studio.session.graph.groups, key=lambda g: studio.session.graph.groups[g].parent or 0)
    studio.session.collapse([outer], False)
    studio.session.collapse(neurons[:1], False)
    studio.settle()


def block_form(studio: Studio) -> None:
    """A ready block asks for its settings."""
    studio.session.new()
    studio.canvas.blocks.place("mlp")


def group_plays(studio: Studio) -> None:
    """The backward pass on its way through a collapsed group, with a bent line at one of its ports."""
    studio.open("xor")
    studio.select("m1", "z1", "h")
    studio.choose("group")
    field = studio.canvas.findChild(QLineEdit, "inline_editor")
    assert isinstance(field, QLineEdit)
    QTest.keyClick(field, Qt.Key.Key_Escape)  # the name as it is
    [group] = studio.session.graph.groups
    wire = next(w for w in studio.canvas.scene.geometry.wires if w.source == studio.node("X"))
    studio.session.edit(
        lambda graph: edits.bend_line(graph, [wire], (wire.source, group), [(220.0, -70.0)]), "Bend a line"
    )
    studio.session.clear_selection()
    studio.settle()
    studio.fly_into("z1", 0, 0.5)


def group_breadcrumbs(studio: Studio) -> None:
    """In a group that lies in another, with the way back."""
    studio.session.new()
    studio.session.insert_graph(build_block("mlp_neurons"), (0.0, 0.0), "Add a network")
    inner = max(studio.session.graph.groups, key=lambda g: len(studio.session.graph.members[g]))
    studio.session.enter(inner)
    studio.settle()


def notes_and_frames(studio: Studio) -> None:
    """Frames in colours around the layers, a comment beside."""
    studio.open("xor")

    def noted(graph: Graph) -> Graph:
        for title, color, names in (("Hidden layer", "blue", "m1 z1 b1"), ("Output layer", "green", "m2 z2 b2")):
            rects = [QRectF(*item_rect(graph, studio.node(name))) for name in names.split()]
            around = reduce(QRectF.united, rects).adjusted(-16, -40, 16, 16)
            rect = around.x(), around.y(), around.width(), around.height()
            graph, _ = notes.add_frame(graph, rect, title, color=color)
        words = "tanh keeps the hidden units between −1 and 1."
        return notes.add_comment(graph, words, (490.0, -90.0), color="yellow")[0]

    studio.session.edit(noted, "Write notes")
    studio.settle()


def mute_and_bypass(studio: Studio) -> None:
    """One node counts as zero, another lets its input through."""
    studio.open("xor")
    studio.select("z1")
    studio.choose("mute")
    studio.select("y")
    studio.choose("bypass")
    studio.settle()


def error_badge(studio: Studio) -> None:
    """Shapes that clash: the node, its wire and the list of problems say so."""
    studio.show(
        parse_graph_code("x = input([[1., 2., 3.]])\nW = parameter([[1., 2.], [3., 4.]])\nm = x @ W\nL = mean(m)")
    )
    studio.choose("tidy", "fit")


def notice_badge(studio: Studio) -> None:
    """Numbers that are not finite, where they arose."""
    studio.show(parse_graph_code("a = parameter(-1.)\nl = log(a)\nb = parameter(2.)\nL = l * b"))
    studio.choose("tidy", "fit")


def port_reason(studio: Studio) -> None:
    """A wire that would close a cycle is refused with a sentence."""
    studio.open("sigmoid-neuron")
    start = studio.canvas.port_point(studio.node("z"), None)
    end = studio.canvas.port_point(studio.node("m0"), 0)
    studio.drag([start, start + QPointF(20, -120), end + QPointF(3, 2)])


def outline_groups(studio: Studio) -> None:
    """The outline as a tree of groups and nodes."""
    group_plays(studio)
    studio.choose("stop", "show_outline")


def history(studio: Studio) -> None:
    """The steps that can be undone."""
    notes_and_frames(studio)
    studio.select("y")
    studio.choose("bypass", "show_history")


def training_runs(studio: Studio) -> None:
    """Three optimisers on the same weights."""
    studio.open("xor")
    for name in ("sgd", "momentum", "adam"):
        studio.session.training.optimizer = name
        studio.session.training.run(150)
        if not wait_for(lambda: studio.session.training.state != "running"):
            raise SystemExit("Training does not end.")
        studio.session.flush()
        studio.choose("train_reset")
    studio.session.training.run(80)
    wait_for(lambda: studio.session.training.state != "running")
    studio.session.flush()


def guide(studio: Studio) -> None:
    """The page for a first hour."""
    studio.open("sum-times-c")
    studio.choose("guide")


def shortcuts(studio: Studio) -> None:
    """Every shortcut there is."""
    studio.open("sum-times-c")
    studio.choose("shortcuts")


MORE: tuple[Callable[[Studio], None], ...] = (
    blocks_nested, block_form, group_plays, group_breadcrumbs, notes_and_frames, mute_and_bypass, error_badge,
    notice_badge, port_reason, outline_groups, history, training_runs, guide, shortcuts,
)  # fmt: skip
