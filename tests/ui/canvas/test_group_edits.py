"""Edits of groups through the session, in any order: nothing dangles, every undo restores, every level adds up."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from backprop_studio.document.groups import visible
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.ui.canvas.boxes import ENTRY, EXIT
from backprop_studio.ui.canvas.scene import Scene
from tests.document.support import check_invariants

OPS = ["parameter", "add", "relu", "multiply", "concatenate"]
some = st.sets(st.integers(1, 25), min_size=1, max_size=4)
one = st.integers(1, 25)
step = st.one_of(
    st.tuples(st.just("add"), st.sampled_from(OPS), st.integers(-9, 9), st.integers(-9, 9)),
    st.tuples(st.just("wire"), one, one, st.integers(0, 1)),
    st.tuples(st.just("group"), some),
    st.tuples(st.just("ungroup"), some),
    st.tuples(st.just("collapse"), some, st.booleans()),
    st.tuples(st.just("enter"), one),
    st.tuples(st.just("leave")),
    st.tuples(st.just("delete"), some),
    st.tuples(st.just("move"), one, st.integers(-9, 9), st.integers(-9, 9)),
    st.tuples(st.just("undo")),
    st.tuples(st.just("redo")),
)


def do(session: EditorSession, kind: str, *what: object) -> None:
    """Do a step; what is refused does nothing."""
    graph = session.graph
    chosen = (
        {i for i in what[0] if i in graph.nodes or i in graph.groups} if what and isinstance(what[0], set) else set()
    )
    if kind == "add":
        session.add_node(str(what[0]), (what[1] * 50.0, what[2] * 50.0))  # type: ignore[operator]
    elif kind == "wire":
        session.wire(*what, quiet=True)  # type: ignore[arg-type]
    elif kind == "group":
        session.group_items(chosen)
    elif kind == "ungroup":
        session.ungroup(chosen & graph.groups.keys())
    elif kind == "collapse":
        session.collapse(chosen & graph.groups.keys(), bool(what[1]))
    elif kind == "enter":
        session.enter(what[0] if what[0] in graph.groups else None)  # type: ignore[arg-type]
    elif kind == "delete":
        session.select(chosen)
        session.delete_selection()
    elif kind == "move" and (what[0] in graph.nodes or what[0] in graph.groups):
        session.move_nodes({what[0]: (what[1] * 50.0, what[2] * 50.0)})  # type: ignore[dict-item,operator]
    elif kind in ("leave", "undo", "redo"):
        getattr(session, kind)()


def check(session: EditorSession) -> None:
    """The graph is sound, the level exists, and the picture of it joins boxes that are there."""
    graph, inside = session.graph, session.inside
    check_invariants(graph)
    assert inside is None or inside in graph.groups
    assert session.selected_items <= graph.nodes.keys() | graph.groups.keys()
    level, scene = visible(graph, inside), Scene()
    scene.take_graph(graph, inside)
    geometry = scene.geometry
    shown = {item for item in geometry.ids if item not in (ENTRY, EXIT)}
    assert shown == {*level.nodes, *level.groups}
    assert all((port.item in shown) or inside is not None for ends in geometry.ends for port in ends)
    for start, end in geometry.ends:
        geometry.port_point(start)
        geometry.port_point(end)
        source = scene.source_of(start)
        assert source is not None
        slots = scene.slots_of(end)
        assert slots
        assert all(graph.source_of(*slot) == source.node for slot in slots)
    drawn = [wire for row in range(len(geometry.wires)) for wire in geometry.wires_at(row)]
    assert len(drawn) == len(set(drawn))
    assert set(drawn) <= set(graph.wires)
    for wire in set(graph.wires) - set(drawn):
        faces = scene.item_of(wire.source), scene.item_of(wire.target)
        assert faces[0] == faces[1], "only wires within one box, or outside the level, are left out"


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(step, max_size=30))
def test_any_edits_of_groups(qapp: QApplication, steps: list[tuple[object, ...]]) -> None:
    session = EditorSession()
    try:
        first = session.graph
        for kind, *what in steps:
            do(session, str(kind), *what)
            check(session)
        while session.undo_stack.canRedo():
            session.redo()
        last = session.graph
        while session.undo_stack.canUndo():
            session.undo()
            check(session)
        assert session.graph == first
        while session.undo_stack.canRedo():
            session.redo()
        assert session.graph == last
    finally:
        session.shutdown()
