"""Random graphs and random edits, and what must hold for every graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from hypothesis import strategies as st

from backprop_studio.document import edits
from backprop_studio.document.edit_text import text_problem
from backprop_studio.document.edits import EditError
from backprop_studio.document.graph import EMPTY_GRAPH, Graph, Node, Point, Wire, frozen
from backprop_studio.document.groups import breadcrumbs
from backprop_studio.document.names import spelling_problem
from backprop_studio.document.parts import FRAME_COLORS, MODES
from backprop_studio.document.values import Value
from backprop_studio.engine.ops import registry
from backprop_studio.engine.program import topological_order

OPERATIONS = tuple(op.name for op in registry)

finite = st.floats(allow_nan=False, allow_infinity=False)
any_float = st.one_of(finite, st.sampled_from([float("nan"), float("inf"), float("-inf"), -0.0, 5e-324, 1e308]))
integers = st.integers(-(2**63), 2**63 - 1)
shapes = st.lists(st.integers(1, 3), max_size=3).map(tuple)


@st.composite
def values(draw: st.DrawFn, floats: st.SearchStrategy[float] = finite) -> Value:
    """A value of up to three axes, of floats or of integers."""
    shape = draw(shapes)
    size = int(np.prod(shape))
    if draw(st.booleans()):
        return Value(np.array(draw(st.lists(integers, min_size=size, max_size=size)), dtype=np.int64).reshape(shape))
    return Value(np.array(draw(st.lists(floats, min_size=size, max_size=size)), dtype=np.float64).reshape(shape))


names = st.one_of(
    st.sampled_from(["x", "w", "θ", "loss_1", "add_1", "if", "add", "", "a b", "ﬁ", "a\u202eb", "é", "_", "x" * 41]),
    st.text(max_size=6),
)
coordinates = st.one_of(st.floats(-2e6, 2e6), st.floats(-2e6, 2e6), st.floats())
whole_steps = st.integers(-50, 50).map(lambda step: 10.0 * step)
positions = st.tuples(coordinates, coordinates)
EditStep = Callable[[Graph], Graph]

_picks = st.one_of(st.integers(0, 30), st.integers(0, 30), st.integers(-2, 30))


def _picked(graph: Graph, pick: int) -> int:
    """The node that a number picks: one that exists, save for negative numbers."""
    ids = sorted(graph.nodes)
    return ids[pick % len(ids)] if ids and pick >= 0 else 1000 - pick


@st.composite
def edit_steps(draw: st.DrawFn) -> EditStep:
    """One edit, sensible or not, on a graph that is not known yet."""
    kind = draw(st.sampled_from(("add", "add", "connect", "connect", "connect", *_EDITS)))
    if kind == "add":
        op_name, position = draw(st.sampled_from(OPERATIONS)), draw(positions)
        name = draw(st.one_of(st.none(), st.none(), names))
        return lambda graph: edits.add_node(graph, op_name, position, name=name)[0]
    if kind == "connect":
        source, target, slot = draw(_picks), draw(_picks), draw(st.integers(-1, 7))
        return lambda graph: _connected(graph, _picked(graph, source), _picked(graph, target), slot)
    return draw(_EDITS[kind])


def _connected(graph: Graph, source: int, target: int, slot: int) -> Graph:
    count = graph.slot_count(target) if target in graph.nodes else 0
    return edits.connect(graph, source, target, slot % count if count and slot < 6 else slot)


def _on_a_node(function: Callable[..., Graph], *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[EditStep]:
    def step(pick: int, *given: Any) -> EditStep:
        return lambda graph: function(graph, _picked(graph, pick), *given)

    return st.builds(step, _picks, *arguments)


def _on_nodes(function: Callable[[Graph, set[int]], Graph]) -> st.SearchStrategy[EditStep]:
    def step(picks: set[int]) -> EditStep:
        return lambda graph: function(graph, {_picked(graph, pick) for pick in picks})

    return st.builds(step, st.sets(_picks, max_size=2))


def _moves() -> st.SearchStrategy[EditStep]:
    def step(given: dict[int, Point]) -> EditStep:
        return lambda graph: edits.move(graph, {_picked(graph, pick): place for pick, place in given.items()})

    return st.builds(step, st.dictionaries(_picks, positions, max_size=3))


_EDITS: dict[str, st.SearchStrategy[EditStep]] = {
    "disconnect": _on_a_node(edits.disconnect, st.integers(0, 2)),
    "remove": _on_nodes(edits.remove),
    "move": _moves(),
    "rename": _on_a_node(edits.rename, names),
    "set_value": _on_a_node(edits.set_value, st.none() | values(any_float)),
    "set_setting": _on_a_node(
        edits.set_setting,
        st.sampled_from(["axis", "dim", "init", "seed", "shape", "reduction", "delta"]),
        st.sampled_from([None, 0, 1, -1, 2.5, "he", "sum", (2, 3), [1], True, float("nan")]),
    ),
    "set_loss": _on_a_node(edits.set_loss),
    "free_loss": st.just(lambda graph: edits.set_loss(graph, None)),
}


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """A graph as a person may have built it: nodes, most of them wired to earlier ones, and some edits after."""
    graph = EMPTY_GRAPH
    for op_name in draw(st.lists(st.sampled_from(OPERATIONS), max_size=12)):
        graph, identifier = edits.add_node(graph, op_name, draw(st.tuples(whole_steps, whole_steps)))
        for slot in range(graph.slot_count(identifier)):
            source = draw(st.integers(0, identifier - 1))
            if source:
                graph = edits.connect(graph, source, identifier, slot)
    for step in draw(st.lists(edit_steps(), max_size=10)):
        graph = attempt(graph, step)
    return graph


def attempt(graph: Graph, step: EditStep) -> Graph:
    """The graph after an edit, or the same one where the edit is refused."""
    try:
        return step(graph)
    except EditError:
        return graph


def check_invariants(graph: Graph) -> None:
    """Everything that a graph promises."""
    assert isinstance(graph.nodes, MappingProxyType)
    assert isinstance(graph.sources, MappingProxyType)
    assert all(identifier == node.id < graph.next_id for identifier, node in graph.nodes.items())
    assert len({node.name for node in graph.nodes.values()}) == len(graph.nodes)
    for node in graph.nodes.values():
        assert spelling_problem(node.name) is None
        assert all(abs(coordinate) <= 1e6 for coordinate in node.position)
        assert node.value is None or node.op.is_source
        complete = node.op.complete_settings(node.settings)
        assert all(complete[s.name] != s.default for s in node.op.settings if s.name in node.settings)
    for wire in graph.wires:
        assert wire.source in graph.nodes
        assert 0 <= wire.slot < graph.slot_count(wire.target)
        assert not graph.nodes[wire.target].op.variadic or wire.slot < graph.wired_count(wire.target)
    assert graph.loss is None or graph.loss in graph.nodes
    check_parts(graph)
    topological_order({identifier: [s for s in graph.inputs_of(identifier) if s] for identifier in graph.nodes})


def check_parts(graph: Graph) -> None:
    """Everything that a graph promises about bends, frames, comments and groups."""
    assert graph.bends.keys() <= graph.sources.keys()
    assert all(graph.bends.values())
    parts = (graph.nodes, graph.frames, graph.comments, graph.groups)
    ids = [identifier for part in parts for identifier in part]
    assert len(set(ids)) == len(ids)
    assert all(identifier == item.id < graph.next_id for part in parts for identifier, item in part.items())
    for part in parts[:3]:
        assert all(item.group is None or item.group in graph.groups for item in part.values())
    for node in graph.nodes.values():
        assert node.mode in MODES
        assert node.mode != "bypassed" or not node.op.is_source
    used: set[int] = set()
    for group in graph.groups.values():
        path = breadcrumbs(graph, group.id)
        assert len(set(path)) == len(path) <= 30
        if graph.members[group.id]:
            used.update(path)
        assert text_problem(group.name, "A name", 40) is None
    assert used == set(graph.groups)
    assert all(text_problem(frame.title, "A title", 80, empty=True) is None for frame in graph.frames.values())
    assert all(frame.color in FRAME_COLORS for frame in graph.frames.values())
    assert all(text_problem(comment.text, "Text", 2000, lines=True) is None for comment in graph.comments.values())


def graph_of(ops: Mapping[int, str], wires: Mapping[tuple[int, int], int]) -> Graph:
    """A graph with the given operations and wires; node 3 that adds is named add_3, source 3 is named s3."""
    nodes = {}
    for identifier, op_name in ops.items():
        is_source = registry[op_name].is_source
        name = f"s{identifier}" if is_source else f"{op_name}_{identifier}"
        nodes[identifier] = Node(identifier, op_name, name, (0.0, 0.0), Value(1.0) if is_source else None)
    return Graph(frozen(nodes), frozen(wires), None, max(ops, default=0) + 1)


def chain(length: int) -> Graph:
    """A source and ``length`` negations after each other."""
    ops = {1: "input"} | dict.fromkeys(range(2, length + 2), "negative")
    return graph_of(ops, {(number, 0): number - 1 for number in range(2, length + 2)})


def wires_of(graph: Graph) -> set[Wire]:
    """All wires of a graph."""
    return set(graph.wires)
