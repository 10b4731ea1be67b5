"""Grouping and ungrouping again leaves every item and every wire where it was."""

from __future__ import annotations

import pytest

from backprop_studio.document.examples import all_examples
from backprop_studio.document.graph import Graph
from backprop_studio.document.items import item_rect
from backprop_studio.session.editor_session import EditorSession

EXAMPLES = [example.name for example in all_examples()]


def places(graph: Graph) -> dict[int, object]:
    return {item: item_rect(graph, item) for part in (graph.nodes, graph.frames, graph.comments) for item in part}


def neighbourhoods(graph: Graph, most: int = 8) -> list[set[int]]:
    """Nodes of one level with those that feed them and that they feed."""
    found = []
    for node in graph.nodes.values():
        near = {node.id, *graph.feeding.get(node.id, ()), *(wire.target for wire in graph.wires_from(node.id))}
        near = {each for each in near if graph.nodes[each].group == node.group}
        if len(near) > 1:
            found.append(near)
    return found[:most]


@pytest.mark.parametrize("name", EXAMPLES)
def test_ungrouping_gives_back_the_room_that_grouping_took(session: EditorSession, name: str) -> None:
    assert session.load_example(name)
    before = session.graph
    for chosen in neighbourhoods(before):
        group = session.group_items(chosen)
        assert group is not None
        grouped, index = session.graph, session.undo_stack.index()
        assert session.ungroup([group])
        assert places(session.graph) == places(before)
        assert session.graph.bends == before.bends
        assert session.undo_stack.index() == index + 1
        session.undo()
        assert session.graph == grouped
        session.undo()
        assert session.graph == before


def test_a_group_may_take_all_that_another_held(session: EditorSession) -> None:
    assert session.load_example("fan-out")
    before = session.graph
    one, other = list(before.nodes)[:2]
    assert session.group_items({one}) is not None
    outer = session.group_items({one, other})
    assert outer is not None
    assert list(session.graph.groups) == [outer]
    assert session.ungroup([outer])
    session.undo_stack.setIndex(0)
    assert session.graph == before


def test_what_was_moved_meanwhile_stays_where_it_was_put(session: EditorSession) -> None:
    assert session.load_example("moons")
    before = session.graph
    for chosen in neighbourhoods(before):
        group = session.group_items(chosen)
        assert group is not None
        moved = [i for i in before.nodes.keys() - chosen if session.graph.nodes[i].position != before.nodes[i].position]
        if len(moved) > 1:
            break
        session.undo()
    assert group is not None
    session.move_nodes({moved[0]: (4000.0, 4000.0)})
    assert session.ungroup([group])
    assert session.graph.nodes[moved[0]].position == (4000.0, 4000.0)
    assert session.graph.nodes[moved[1]].position == before.nodes[moved[1]].position


def test_a_group_that_was_moved_leaves_what_it_left_behind(session: EditorSession) -> None:
    assert session.load_example("moons")
    before = session.graph
    chosen = neighbourhoods(before)[0]
    group = session.group_items(chosen)
    assert group is not None
    assert session.move_nodes({group: (4000.0, 4000.0)})
    left = {i: session.graph.nodes[i].position for i in before.nodes.keys() - chosen}
    assert session.ungroup([group])
    assert {i: session.graph.nodes[i].position for i in left} == left
