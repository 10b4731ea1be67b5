"""Every way to change a graph: pure functions that return a new one, or raise EditError.

Everything is checked before anything is built, so an edit either holds as a whole or leaves the
caller's graph as it was. Parts that an edit does not touch are shared with the old graph.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NoReturn

from backprop_studio.document.graph import Graph, Node, Point, frozen
from backprop_studio.document.names import free_name, name_problem
from backprop_studio.document.value_text import MAX_AXES
from backprop_studio.document.values import Value
from backprop_studio.engine.errors import SettingError
from backprop_studio.engine.op import Op, SettingValue
from backprop_studio.engine.ops import registry
from backprop_studio.engine.program import MAX_ELEMENTS

MAX_POSITION = 1e6
"""Positions are clipped to this distance from the origin along either axis."""
SHOWN_OF_CYCLE = 8
"""A longer cycle is told with its middle left out."""

__all__ = [
    "MAX_POSITION",
    "EditError",
    "add_node",
    "connect",
    "connection_problem",
    "disconnect",
    "free_name",
    "move",
    "remove",
    "rename",
    "set_loss",
    "set_setting",
    "set_value",
    "set_values",
]


class EditError(Exception):
    """An edit that is refused; ``str(error)`` is one sentence that says what, where and what to do."""


def add_node(
    graph: Graph,
    op_name: str,
    position: Point,
    *,
    name: str | None = None,
    value: Value | None = None,
    settings: Mapping[str, Any] | None = None,
) -> tuple[Graph, int]:
    """Place an operation; returns the graph and the new node's id.

    Without ``name`` the node gets a free one. A source without ``value`` gets 1.0, so that a graph
    computes as soon as it is wired; a parameter with the setting ``shape`` is left to its initialiser.
    """
    op = registry.get(op_name)
    if op is None:
        _refuse(f"There is no operation named {_shown(op_name)}. Choose one of the palette.")
    place = _checked_position(position)
    if name is None:
        name = free_name(graph, op_name)
    else:
        _check_name(graph, name)
    chosen = _checked_settings(op, settings or {})
    if op.is_source:
        if value is None and chosen.get("shape") is None:
            value = Value(1.0)
        _check_size(name, value)
    elif value is not None:
        _refuse(f"{name} computes its value ({op.name}); only a source such as an input or a parameter holds one.")
    identifier = graph.next_id
    node = Node(identifier, op_name, name, place, value, frozen(chosen))
    nodes = dict(graph.nodes)
    nodes[identifier] = node
    return replace(graph, nodes=frozen(nodes), next_id=identifier + 1), identifier


def connect(graph: Graph, source: int, target: int, slot: int) -> Graph:
    """Wire the output of ``source`` into input ``slot`` of ``target``, in place of what was wired there."""
    problem = connection_problem(graph, source, target, slot)
    if problem is not None:
        _refuse(problem)
    if graph.sources.get((target, slot)) == source:
        return graph
    sources = dict(graph.sources)
    sources.pop((target, slot), None)  # a rewired slot counts as the newest wire
    sources[target, slot] = source
    return replace(graph, sources=frozen(sources))


def connection_problem(graph: Graph, source: int, target: int, slot: int) -> str | None:
    """Why a wire can not be made, in one sentence, or None where it can."""
    for identifier in (source, target):
        if identifier not in graph.nodes:
            return f"There is no node with the id {identifier}. Wire two nodes of the graph."
    node = graph.nodes[target]
    count = len(node.op.inputs)
    if count == 0:
        return f"{node.name} holds a value and has no input. Wire into an operation instead."
    if not isinstance(slot, int) or not 0 <= slot < count:
        names = ", ".join(f"{number} ({given.name})" for number, given in enumerate(node.op.inputs))
        return f"{node.name} has no input slot {slot}. Its input slots: {names}."
    cycle = _path(graph, target, source)
    if cycle is None:
        return None
    names = " → ".join(_shortened([graph.nodes[identifier].name for identifier in (*cycle, target)]))
    return f"Wiring {graph.nodes[source].name} into {node.name} would form a cycle: {names}. Wire it elsewhere."


def disconnect(graph: Graph, target: int, slot: int) -> Graph:
    """Take away the wire that ends in input ``slot`` of ``target``."""
    node = _node(graph, target)
    if (target, slot) not in graph.sources:
        _refuse(f"{node.name} has no wire at input slot {slot} to take away.")
    sources = dict(graph.sources)
    del sources[target, slot]
    return replace(graph, sources=frozen(sources))


def remove(graph: Graph, ids: Iterable[int]) -> Graph:
    """Remove nodes and every wire that starts or ends there; the choice of the loss goes with its node."""
    gone = set(ids)
    for identifier in gone:
        _node(graph, identifier)
    if not gone:
        return graph
    nodes = {identifier: node for identifier, node in graph.nodes.items() if identifier not in gone}
    kept = {key: source for key, source in graph.sources.items() if source not in gone and key[0] not in gone}
    sources = graph.sources if len(kept) == len(graph.sources) else frozen(kept)
    loss = None if graph.loss in gone else graph.loss
    return replace(graph, nodes=frozen(nodes), sources=sources, loss=loss)


def move(graph: Graph, positions: Mapping[int, Point]) -> Graph:
    """Put nodes where ``positions`` says (top left corners, scene units)."""
    changed = []
    for identifier, position in positions.items():
        node = _node(graph, identifier)
        place = _checked_position(position)
        if place != node.position:
            changed.append(node.with_(position=place))
    return _with_nodes(graph, changed)


def rename(graph: Graph, identifier: int, name: str) -> Graph:
    """Give a node another name; its wires stay."""
    node = _node(graph, identifier)
    if name == node.name:
        return graph
    _check_name(graph, name)
    return _with_nodes(graph, [node.with_(name=name)])


def set_value(graph: Graph, identifier: int, value: Value | None) -> Graph:
    """Give a source its value, or take it away with None."""
    return set_values(graph, {identifier: value})


def set_values(graph: Graph, values: Mapping[int, Value | None]) -> Graph:
    """Give several sources their values in one edit."""
    changed = []
    for identifier, value in values.items():
        node = _node(graph, identifier)
        if not node.op.is_source:
            _refuse(f"{node.name} computes its value ({node.op_name}). Change the values it is computed from instead.")
        _check_size(node.name, value)
        if value != node.value:
            changed.append(node.with_(value=value))
    return _with_nodes(graph, changed)


def set_setting(graph: Graph, identifier: int, name: str, value: Any) -> Graph:
    """Set one setting of a node's operation; a value equal to the default is not kept."""
    node = _node(graph, identifier)
    settings: dict[str, Any] = dict(node.settings)
    setting = node.op.setting(name)
    settings[name if setting is None else setting.name] = value
    checked = _checked_settings(node.op, settings, node.name)
    if checked == node.settings:
        return graph
    return _with_nodes(graph, [node.with_(settings=frozen(checked))])


def set_loss(graph: Graph, identifier: int | None) -> Graph:
    """Choose the node whose gradients are computed, or leave the choice to the program with None."""
    if identifier is not None:
        _node(graph, identifier)
    return graph if identifier == graph.loss else replace(graph, loss=identifier)


def _refuse(sentence: str) -> NoReturn:
    raise EditError(sentence)


def _shown(text: object, limit: int = 40) -> str:
    """A text of a person's as it can stand in a sentence: quoted, short, control characters escaped."""
    shown = ascii(text) if isinstance(text, str) and not text.isprintable() else repr(text)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _node(graph: Graph, identifier: int) -> Node:
    node = graph.nodes.get(identifier)
    if node is None:
        _refuse(f"There is no node with the id {identifier}. It may have been removed.")
    return node


def _with_nodes(graph: Graph, changed: Iterable[Node]) -> Graph:
    """The graph with some nodes replaced by others of the same id; the same graph where there are none."""
    updates = {node.id: node for node in changed}
    return replace(graph, nodes=frozen({**graph.nodes, **updates})) if updates else graph


def _check_name(graph: Graph, name: str) -> None:
    problem = name_problem(graph, name)
    if problem is not None:
        _refuse(problem)


def _check_size(name: str, value: Value | None) -> None:
    if value is None:
        return
    size = value.array.size
    if size == 0:
        _refuse(f"The value of {name} holds no number. Give it at least one.")
    if size > MAX_ELEMENTS:
        _refuse(f"The value of {name} has {size} numbers; at most {MAX_ELEMENTS} are allowed. Give less data.")
    if value.array.ndim > MAX_AXES:
        _refuse(f"The value of {name} has {value.array.ndim} axes; at most {MAX_AXES} are allowed. Nest it less.")


def _checked_position(position: Point) -> Point:
    """The position as two floats within ±MAX_POSITION."""
    try:
        x, y = (float(coordinate) for coordinate in position)
    except (TypeError, ValueError, OverflowError):
        x = y = math.nan
    if not (math.isfinite(x) and math.isfinite(y)):
        _refuse(f"A position must be two finite numbers, not {_shown(position)}.")
    return _kept(x), _kept(y)


def _kept(coordinate: float) -> float:
    """A coordinate within bounds, as exact as a document keeps it, so that a saved graph is the one on screen."""
    return max(-MAX_POSITION, min(MAX_POSITION, round(coordinate, 2)))


def _checked_settings(op: Op, given: Mapping[str, Any], name: str | None = None) -> dict[str, SettingValue]:
    """Those of the settings that differ from the defaults, checked and under their own names."""
    try:
        complete = op.complete_settings(given)
    except SettingError as error:
        _refuse(f"{name}: {error}" if name else str(error))
    return {
        setting.name: complete[setting.name] for setting in op.settings if complete[setting.name] != setting.default
    }


def _path(graph: Graph, start: int, end: int) -> list[int] | None:
    """Ids of a shortest way along the wires from ``start`` to ``end``, both included, or None.

    Walks upstream from ``end`` with a visited set: linear in nodes and wires, whatever their shape.
    """
    next_towards_end = {end: end}
    frontier = [end]
    while frontier and start not in next_towards_end:
        found = []
        for target in frontier:
            for source in graph.inputs_of(target):
                if source is not None and source not in next_towards_end:
                    next_towards_end[source] = target
                    found.append(source)
        frontier = found
    if start not in next_towards_end:
        return None
    path = [start]
    while path[-1] != end:
        path.append(next_towards_end[path[-1]])
    return path


def _shortened(names: list[str]) -> list[str]:
    if len(names) <= SHOWN_OF_CYCLE:
        return names
    head = SHOWN_OF_CYCLE // 2
    return [*names[:head], f"… {len(names) - 2 * head} more …", *names[-head:]]
