"""Random graphs and random edits, and what must hold for every graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from hypothesis import strategies as st

from backprop_studio.document import edits
from backprop_studio.document.edits import EditError
from backprop_studio.document.graph import EMPTY_GRAPH, Graph, Node, Wire, frozen
from backprop_studio.document.names import spelling_problem
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
coordinates = st.floats()
positions = st.tuples(coordinates, coordinates)
EditStep = Callable[[Graph], Graph]


@st.composite
def edit_steps(draw: st.DrawFn) -> EditStep:
    """One edit, sensible or not, on a graph that is not known yet."""
    pick = st.integers(0, 12)
    kind = draw(st.sampled_from(("add", "add", "connect", "connect", "connect", *_EDITS)))
    if kind == "add":
        op_name, position = draw(st.sampled_from(OPERATIONS)), draw(positions)
        name = draw(st.none() | names)
        return lambda graph: edits.add_node(graph, op_name, position, name=name)[0]
    if kind == "connect":
        source, target, slot = draw(pick), draw(pick), draw(st.integers(-1, 3))
        return lambda graph: edits.connect(graph, source, target, slot)
    return draw(_EDITS[kind])


def _steps(function: Callable[..., Graph], *arguments: st.SearchStrategy[object]) -> st.SearchStrategy[EditStep]:
    return st.tuples(*arguments).map(lambda given: lambda graph: function(graph, *given))


_ids = st.integers(0, 12)
_EDITS: dict[str, st.SearchStrategy[EditStep]] = {
    "disconnect": _steps(edits.disconnect, _ids, st.integers(0, 2)),
    "remove": _steps(edits.remove, st.sets(_ids, max_size=3)),
    "move": _steps(edits.move, st.dictionaries(_ids, positions, max_size=3)),
    "rename": _steps(edits.rename, _ids, names),
    "set_value": _steps(edits.set_value, _ids, st.none() | values(any_float)),
    "set_setting": _steps(
        edits.set_setting,
        _ids,
        st.sampled_from(["axis", "dim", "init", "seed", "shape", "reduction", "delta"]),
        st.sampled_from([None, 0, 1, -1, 2.5, "he", "sum", (2, 3), [1], True, float("nan")]),
    ),
    "set_loss": _steps(edits.set_loss, st.none() | _ids),
}


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """A graph as a person may have built it."""
    graph = EMPTY_GRAPH
    for step in draw(st.lists(edit_steps(), max_size=25)):
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
        assert 0 <= wire.slot < len(graph.nodes[wire.target].op.inputs)
    assert graph.loss is None or graph.loss in graph.nodes
    topological_order({identifier: [s for s in graph.inputs_of(identifier) if s] for identifier in graph.nodes})


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
    ops = {1: "input"} | {number: "negative" for number in range(2, length + 2)}
    return graph_of(ops, {(number, 0): number - 1 for number in range(2, length + 2)})


def wires_of(graph: Graph) -> set[Wire]:
    """All wires of a graph."""
    return set(graph.wires)
