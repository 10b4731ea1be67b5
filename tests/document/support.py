"""Random graphs and random edits, and what must hold for every graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from hypothesis import strategies as st

from backprop_studio.document import edits
from backprop_studio.document.edit_text import text_problem
from backprop_studio.document.edits import EditError
from backprop_studio.document.graph import EMPTY_GRAPH, Graph, Node, Point, Wire, frozen
from backprop_studio.document.groups import breadcrumbs, visible
from backprop_studio.document.growing import growth_slot
from backprop_studio.document.names import spelling_problem
from backprop_studio.document.parts import FRAME_COLORS, MODES
from backprop_studio.document.port_bends import faces_of
from backprop_studio.document.tidying import tidy
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
    st.sampled_from(["x, t", "x1, y1", "t, t", "x,", "p, if", "t, x"]),
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
    kind = draw(st.sampled_from((*("add",) * 6, *("connect",) * 10, *_EDITS)))
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
    count += target in graph.nodes and growth_slot(graph, target) is not None
    return edits.connect(graph, source, target, slot % count if count and slot < 6 else slot)


def _on_a_node(function: Callable[..., Graph], *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[EditStep]:
    def step(pick: int, *given: Any) -> EditStep:
        return lambda graph: function(graph, _picked(graph, pick), *given)

    return st.builds(step, _picks, *arguments)


def _on_nodes(function: Callable[[Graph, set[int]], Graph]) -> st.SearchStrategy[EditStep]:
    def step(picks: set[int]) -> EditStep:
        return lambda graph: function(graph, {_picked(graph, pick) for pick in picks})

    return st.builds(step, st.sets(_picks, max_size=2))


def _picked_item(graph: Graph, pick: int) -> int:
    """The node, frame, comment or group that a number picks."""
    ids = sorted({*graph.nodes, *graph.frames, *graph.comments, *graph.groups})
    return ids[pick % len(ids)] if ids and pick >= 0 else 1000 - pick


def _picked_wire(graph: Graph, pick: int) -> Wire:
    """The wire that a number picks; one that is not there for negative numbers."""
    wires = sorted(graph.wires)
    return wires[pick % len(wires)] if wires and pick >= 0 else Wire(1000 - pick, 1, 0)


def _on_items(function: Callable[..., Any], *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[EditStep]:
    """An edit of several items; where it answers with a new id as well, that is left aside."""

    def step(picks: list[int], *given: Any) -> EditStep:
        return lambda graph: _graph_of(function(graph, [_picked_item(graph, pick) for pick in picks], *given))

    return st.builds(step, st.lists(_picks, max_size=4), *arguments)


def _on_one_of(
    kind: str, function: Callable[..., Any], *arguments: st.SearchStrategy[Any]
) -> st.SearchStrategy[EditStep]:
    """An edit of a frame, a comment or a group; now and then of something else."""

    def step(pick: int, *given: Any) -> EditStep:
        def edit(graph: Graph) -> Graph:
            ids = sorted(getattr(graph, kind))
            chosen = ids[pick % len(ids)] if ids and pick % 7 else _picked_item(graph, pick)
            return _graph_of(function(graph, chosen, *given))

        return edit

    return st.builds(step, _picks, *arguments)


def _on_a_wire(function: Callable[..., Graph], *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[EditStep]:
    def step(pick: int, *given: Any) -> EditStep:
        def edit(graph: Graph) -> Graph:
            ends = sorted(graph.bends if pick % 3 and graph.bends else graph.sources) or [(1, 0)]
            return function(graph, *ends[pick % len(ends)], *given)

        return edit

    return st.builds(step, _picks, *arguments)


def _led(pick: int, points: list[Point]) -> EditStep:
    """A line bent as it is drawn at some level, mostly at a port of a group."""

    def edit(graph: Graph) -> Graph:
        levels = [visible(graph, inside) for inside in (None, *sorted(graph.groups))]
        lines = [line for level in levels for line in level.wires]
        ported = [line for line in lines if not (line.source.item in graph.nodes and line.target.item in graph.nodes)]
        lines = ported or lines
        if not lines:
            return graph
        line = lines[pick % len(lines)]
        return edits.bend_line(graph, line.wires, (line.source.item, line.target.item), points)

    return edit


def _graph_of(answer: Any) -> Graph:
    graph: Graph = answer[0] if isinstance(answer, tuple) else answer
    return graph


def _rerouted(pick: int, source: int, target: int, slot: int, output: int) -> EditStep:
    return lambda graph: edits.reroute(
        graph, _picked_wire(graph, pick), _picked(graph, source), _picked(graph, target), slot, output
    )


def _picked_dataset(graph: Graph, pick: int) -> int:
    """The node with several outputs that a number picks, or any where there is none."""
    several = sorted(node.id for node in graph.nodes.values() if node.more)
    return several[pick % len(several)] if several and pick >= 0 else _picked(graph, pick)


def _from_output(pick: int, target: int, slot: int, output: int) -> EditStep:
    """A wire from a further output, of a dataset or not."""

    def edit(graph: Graph) -> Graph:
        count = graph.slot_count(end) if (end := _picked(graph, target)) in graph.nodes else 0
        return edits.connect(graph, _picked_dataset(graph, pick), end, slot % count if count else slot, output)

    return edit


def _further_value(pick: int, value: Value | None, output: int) -> EditStep:
    return lambda graph: edits.set_value(graph, _picked_dataset(graph, pick), value, output)


def _on_wire(pick: int, node: int) -> EditStep:
    return lambda graph: edits.insert_on_wire(graph, _picked_wire(graph, pick), _picked(graph, node))


def _sliced(picks: list[int]) -> EditStep:
    return lambda graph: edits.slice_wires(graph, {_picked_wire(graph, pick) for pick in picks})


def _grouped_into(picks: list[int], pick: int) -> EditStep:
    def edit(graph: Graph) -> Graph:
        groups = sorted(graph.groups)
        group = groups[pick % len(groups)] if groups and pick >= 0 else 1000 - pick
        return edits.add_to_group(graph, [_picked_item(graph, item) for item in picks], group)

    return edit


def _noted(function: Callable[..., Any], *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[EditStep]:
    """A new frame or comment, in a group or not."""

    def step(pick: int, *given: Any) -> EditStep:
        def edit(graph: Graph) -> Graph:
            homes = [None, *sorted(graph.groups)]
            return _graph_of(function(graph, *given, group=homes[pick % len(homes)]))

        return edit

    return st.builds(step, st.integers(0, 9), *arguments)


def _doubled(graph: Graph, ids: list[int], offset: Point, inside: int) -> Graph:
    """A part of the graph, copied out and pasted, into a group or not."""
    homes = [None, *sorted(graph.groups)]
    return edits.insert(graph, edits.sub_graph(graph, ids), offset, group=homes[inside % len(homes)])[0]


def _tidied(graph: Graph, ids: list[int], inside: int) -> Graph:
    homes = [None, *sorted(graph.groups)]
    for identifier in ids:
        edits.item_rect(graph, identifier)
    return tidy(graph, ids or None, inside=homes[inside % len(homes)])


def _moves() -> st.SearchStrategy[EditStep]:
    def step(given: dict[int, Point]) -> EditStep:
        return lambda graph: edits.move(graph, {_picked_item(graph, pick): place for pick, place in given.items()})

    return st.builds(step, st.dictionaries(_picks, positions, max_size=3))


def _unless_large(step: EditStep) -> EditStep:
    """The edit on graphs that are small yet: doubling and doubling again makes large ones of them."""
    return lambda graph: step(graph) if len(graph.nodes) < 60 else graph


titles = st.one_of(
    st.sampled_from(["", "Layer 1", "Eingänge · α", "two\nlines", "a\u202eb", "x" * 81, "👩‍🔬"]), st.text(max_size=8)
)
_lengths = st.one_of(st.floats(0, 500), st.floats(-10, 2e6), coordinates)
_rects = st.tuples(whole_steps, whole_steps, _lengths, _lengths) | st.tuples(*[coordinates] * 4)

_EDITS: dict[str, st.SearchStrategy[EditStep]] = {
    "disconnect": _on_a_node(edits.disconnect, st.integers(0, 2)),
    "remove": _on_nodes(edits.remove),
    "remove items": _on_items(edits.remove),
    "reroute": st.builds(_rerouted, _picks, _picks, _picks, st.integers(0, 3), st.sampled_from([0, 0, 0, 1])),
    "further": st.builds(_from_output, _picks, _picks, st.integers(0, 5), st.sampled_from([1, 1, 1, 0, 2, -1])),
    "further value": st.builds(_further_value, _picks, st.none() | values(any_float), st.sampled_from([1, 1, 2, 0])),
    "slice": st.builds(_sliced, st.lists(_picks, max_size=3)),
    "put into a wire": st.builds(_on_wire, _picks, _picks),
    "detach": _on_items(edits.detach),
    "set_mode": _on_items(edits.set_mode, st.sampled_from(["on", "bypassed", "muted", "off"])),
    "set_kind": _on_items(edits.set_kind, st.sampled_from([*edits.KINDS, "data", "add"])),
    "add_bend": _on_a_wire(edits.add_bend, st.sampled_from([0, 0, 0, 1, 2]), positions),
    "move_bend": _on_a_wire(edits.move_bend, st.sampled_from([0, 0, 0, 1]), positions),
    "remove_bend": _on_a_wire(edits.remove_bend, st.sampled_from([0, 0, 0, 1])),
    "bend_line": st.builds(_led, st.integers(0, 99), st.lists(positions, max_size=3)),
    "add_frame": _noted(edits.add_frame, _rects, titles),
    "rename_frame": _on_one_of("frames", edits.rename_frame, titles),
    "resize_frame": _on_one_of("frames", edits.resize_frame, _rects),
    "recolour_frame": _on_one_of("frames", edits.recolour_frame, st.sampled_from([*FRAME_COLORS, "mauve"])),
    "recolour": _on_items(edits.recolour, st.sampled_from([*FRAME_COLORS, "mauve"])),
    "move_frame": _on_one_of("frames", edits.move_frame, positions),
    "add_comment": _noted(edits.add_comment, titles, positions),
    "set_comment": _on_one_of("comments", edits.set_comment, titles),
    "resize_comment": _on_one_of("comments", edits.resize_comment, st.tuples(coordinates, coordinates)),
    "make_group": _on_items(edits.make_group, st.none() | titles),
    "make another group": _on_items(edits.make_group),
    "ungroup": _on_one_of("groups", edits.ungroup),
    "rename_group": _on_one_of("groups", edits.rename_group, titles),
    "set_collapsed": _on_one_of("groups", edits.set_collapsed, st.booleans()),
    "move_group": _on_one_of("groups", edits.move_group, positions),
    "add_to_group": st.builds(_grouped_into, st.lists(_picks, max_size=3), _picks),
    "remove_from_group": _on_items(edits.remove_from_group),
    "duplicate": _on_items(edits.duplicate, positions).map(_unless_large),
    "duplicate wired": _on_items(partial(edits.duplicate, with_incoming=True), positions).map(_unless_large),
    "paste": _on_items(_doubled, positions, st.integers(0, 9)).map(_unless_large),
    "tidy": _on_items(_tidied, st.integers(0, 9)),
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


def steps_of(*kinds: str) -> st.SearchStrategy[EditStep]:
    """Edits of some kinds alone."""
    return st.one_of(*(_EDITS[kind] for kind in kinds))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """A graph as a person may have built it: nodes, most of them wired to earlier ones, and some edits after."""
    graph = EMPTY_GRAPH
    for op_name in draw(st.lists(st.sampled_from(OPERATIONS), max_size=12)):
        graph, identifier = edits.add_node(graph, op_name, draw(st.tuples(whole_steps, whole_steps)))
        for slot in range(graph.slot_count(identifier)):
            source = draw(st.integers(0, identifier - 1))
            if source:
                output = draw(st.integers(0, len(graph.nodes[source].names) - 1)) if graph.nodes[source].more else 0
                graph = edits.connect(graph, source, identifier, slot, output)
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
    taken = [name for node in graph.nodes.values() for name in node.names]
    assert len(set(taken)) == len(taken)
    for node in graph.nodes.values():
        assert all(spelling_problem(name) is None for name in node.names)
        assert len(node.names) == len(node.op.outputs)
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
    for end, led in graph.port_bends.items():
        possible = faces_of(graph, Wire(graph.sources[end], *end))
        assert led
        assert all(bends.points and bends[:2] in possible for bends in led)
    assert graph.outputs.keys() <= graph.sources.keys()
    assert all(0 < output < len(graph.nodes[graph.sources[end]].names) for end, output in graph.outputs.items())
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
