"""Bends go with their wires, frames carry what is in them, and texts are plain."""

from __future__ import annotations

import math

import pytest

from backprop_studio.document import edits
from backprop_studio.document.changes import GraphChange, difference
from backprop_studio.document.edits import EditError
from backprop_studio.document.file_format import dumps, loads
from backprop_studio.document.graph import EMPTY_GRAPH, Graph, Wire
from backprop_studio.document.items import with_content
from backprop_studio.document.parts import Comment, Frame
from backprop_studio.session.change_reach import Reach, reach
from tests.document.support import chain, graph_of


def bent() -> Graph:
    """1 → 2 → 3, the second wire with two bends."""
    graph = edits.add_bend(chain(2), 3, 0, 0, (50, 60))
    return edits.add_bend(graph, 3, 0, 1, (80.004, 60))


def test_bends_are_added_moved_and_removed_one_by_one():
    graph = bent()
    assert graph.bends == {(3, 0): ((50.0, 60.0), (80.0, 60.0))}
    assert edits.add_bend(graph, 3, 0, 0, (1, 1)).bends[3, 0][0] == (1.0, 1.0)
    assert edits.move_bend(graph, 3, 0, 1, (5, 5)).bends[3, 0] == ((50.0, 60.0), (5.0, 5.0))
    assert edits.move_bend(graph, 3, 0, 1, (80, 60)) is graph
    assert edits.remove_bend(graph, 3, 0, 0).bends[3, 0] == ((80.0, 60.0),)
    assert edits.remove_bend(edits.remove_bend(graph, 3, 0, 0), 3, 0, 0) == chain(2)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda graph: edits.add_bend(graph, 3, 1, 0, (0, 0)), "no wire at input slot 1"),
        (lambda graph: edits.add_bend(graph, 9, 0, 0, (0, 0)), "no node with the id 9"),
        (lambda graph: edits.add_bend(graph, 3, 0, 3, (0, 0)), "2 bends"),
        (lambda graph: edits.add_bend(graph, 3, 0, 0, (math.nan, 0)), "finite"),
        (lambda graph: edits.move_bend(graph, 3, 0, 2, (0, 0)), "no number 2"),
        (lambda graph: edits.remove_bend(graph, 2, 0, 0), "no number 0"),
    ],
)
def test_bends_that_cannot_be_are_refused(edit, words):
    with pytest.raises(EditError, match=words):
        edit(bent())


def test_a_bend_goes_when_its_wire_goes():
    graph = bent()
    for after in (edits.disconnect(graph, 3, 0), edits.remove(graph, [2]), edits.connect(graph, 1, 3, 0)):
        assert not after.bends
    assert edits.disconnect(graph, 2, 0).bends == graph.bends


def test_bends_stay_with_their_wire_when_slots_close_up():
    graph = graph_of({1: "input", 2: "input", 3: "stack"}, {(3, 0): 1, (3, 1): 2})
    graph = edits.add_bend(graph, 3, 1, 0, (7, 7))
    assert edits.disconnect(graph, 3, 0).bends == {(3, 0): ((7.0, 7.0),)}


def test_bends_move_where_both_ends_move_alike():
    graph = bent()
    assert edits.move(graph, {2: (10, 0), 3: (10, 0)}).bends[3, 0] == ((60.0, 60.0), (90.0, 60.0))
    assert edits.move(graph, {2: (10, 0), 3: (10, 5)}).bends == graph.bends
    assert edits.move(graph, {3: (10, 0)}).bends == graph.bends


def test_changed_bends_are_told_by_wire():
    assert difference(chain(2), bent()) == GraphChange(bends=frozenset({Wire(2, 3, 0)}))
    gone = difference(bent(), edits.disconnect(bent(), 3, 0))
    assert gone == GraphChange(wires_removed=frozenset({Wire(2, 3, 0)}))


def framed() -> tuple[Graph, int]:
    """Nodes 1 and 2 at (0, 0) and (300, 0), and a frame around the first."""
    graph = edits.move(chain(1), {2: (300, 0)})
    return edits.add_frame(graph, (-20, -40, 200, 160), "Data", color="blue")


def test_a_frame_carries_what_has_its_centre_in_it():
    graph, frame = framed()
    graph, comment = edits.add_comment(graph, "inside", (0, 90))
    graph, inner = edits.add_frame(graph, (0, 0, 20, 20))
    graph, across = edits.add_frame(graph, (0, 0, 500, 20))
    moved = edits.move_frame(graph, frame, (0, -40))
    assert moved.frames[frame].rect == (0.0, -40.0, 200.0, 160.0)
    assert moved.nodes[1].position == (20.0, 0.0)
    assert moved.nodes[2] is graph.nodes[2]
    assert moved.comments[comment].position == (20.0, 90.0)
    assert moved.frames[inner].rect[0] == 20.0
    assert moved.frames[across] == graph.frames[across]
    assert edits.move_frame(moved, frame, (-20, -40)) == graph


def test_a_place_of_its_own_comes_first():
    graph, frame = framed()
    assert edits.move(graph, {frame: (0, 0), 1: (5, 5)}).nodes[1].position == (5.0, 5.0)


def test_frames_and_comments_change_one_thing_at_a_time():
    graph, frame = framed()
    graph, comment = edits.add_comment(graph, "a\nb", (1, 2), (100, 30))
    assert graph.frames[frame] == Frame(frame, "Data", (-20.0, -40.0, 200.0, 160.0), "blue")
    assert graph.comments[comment] == Comment(comment, "a\nb", (1.0, 2.0), (100.0, 30.0))
    after = edits.rename_frame(graph, frame, "")
    after = edits.recolour_frame(after, frame, "red")
    after = edits.resize_frame(after, frame, (0, 0, 1, 500))
    assert after.frames[frame] == Frame(frame, "", (0.0, 0.0, 20.0, 500.0), "red")
    after = edits.resize_comment(edits.set_comment(after, comment, "c"), comment, (60, 60))
    assert after.comments[comment] == Comment(comment, "c", (1.0, 2.0), (60.0, 60.0))
    assert difference(graph, after) == GraphChange(frames=frozenset({frame}), comments=frozenset({comment}))
    assert edits.remove(after, [frame, comment]).nodes == graph.nodes
    assert edits.rename_frame(graph, frame, "Data") is graph


@pytest.mark.parametrize("text", ["a\u202eb", "a\x00b", "a\x1b[31m", "\ud800", "\u200b", "\u2028", "a" * 3000])
def test_texts_are_plain_and_short(text):
    graph, frame = framed()
    graph, comment = edits.add_comment(graph, "x", (0, 0))
    graph, group = edits.make_group(graph, [1])
    for edit in (
        lambda: edits.rename_frame(graph, frame, text),
        lambda: edits.add_frame(graph, (0, 0, 50, 50), text),
        lambda: edits.set_comment(graph, comment, text),
        lambda: edits.add_comment(graph, text, (0, 0)),
        lambda: edits.rename_group(graph, group, text),
        lambda: edits.make_group(graph, [2], text),
    ):
        with pytest.raises(EditError, match=r"invisible|at most|visible character"):
            edit()


def test_lines_and_any_script_are_welcome_in_comments():
    text = "第一行\n\tنیم‌فاصله 👩‍🔬 é"
    graph, comment = edits.add_comment(EMPTY_GRAPH, text, (0, 0))
    assert graph.comments[comment].text == text
    with pytest.raises(EditError, match=r"U\+000A"):
        edits.add_frame(EMPTY_GRAPH, (0, 0, 9, 9), "a\nb")


@pytest.mark.parametrize("rect", [(0, 0, 10), (0, 0, -1, 5), (0, 0, math.inf, 5), (math.nan, 0, 5, 5), "abcd", None])
def test_rectangles_are_four_finite_numbers(rect):
    with pytest.raises(EditError, match="finite numbers"):
        edits.add_frame(EMPTY_GRAPH, rect)


def test_what_is_not_there_is_refused():
    graph, frame = framed()
    for edit in (edits.rename_frame, edits.recolour_frame, edits.set_comment, edits.move_frame):
        with pytest.raises(EditError, match=r"id 99|colour"):
            edit(graph, 99, "red")
    with pytest.raises(EditError, match=r"no colour 'mauve'. Choose one of grey"):
        edits.recolour_frame(graph, frame, "mauve")
    with pytest.raises(EditError, match="nothing with the id 99"):
        edits.move(graph, {99: (0, 0)})
    with pytest.raises(EditError, match="no group with the id 99"):
        edits.add_frame(graph, (0, 0, 9, 9), group=99)


def test_nodes_frames_and_comments_have_colours():
    graph, node = edits.add_node(EMPTY_GRAPH, "input", (0, 0))
    graph, frame = edits.add_frame(graph, (0, 0, 100, 100))
    graph, comment = edits.add_comment(graph, "c", (0, 0), color="red")
    assert graph.comments[comment].color == "red"
    after = edits.recolour(graph, [node, frame, comment], "green")
    assert {after.nodes[node].color, after.frames[frame].color, after.comments[comment].color} == {"green"}
    assert edits.recolour(after, [node, frame, comment], "green") is after
    assert reach(graph, after, difference(graph, after)) is Reach.PLACES
    assert loads(dumps(after)) == after
    for color in ("pink", "", None, 3):
        with pytest.raises(EditError, match="no colour"):
            edits.recolour(graph, [comment], color)
    with pytest.raises(EditError):
        edits.recolour(graph, [99], "red")


def test_a_frame_stands_for_all_that_it_carries():
    graph, inner = edits.add_frame(EMPTY_GRAPH, (20, 20, 300, 300))
    graph, outer = edits.add_frame(graph, (0, 0, 400, 400))
    graph, node = edits.add_node(graph, "input", (40, 40))
    graph, away = edits.add_node(graph, "input", (900, 40))
    assert with_content(graph, [inner]) == {inner, node}
    assert with_content(graph, [outer]) == {outer, inner, node}
    assert with_content(graph, [away]) == {away}
