"""Every way to change a graph: pure functions that return a new one, or raise EditError.

Everything is checked before anything is built, so an edit either holds as a whole or leaves the
caller's graph as it was. Parts that an edit does not touch are shared with the old graph.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from backprop_studio.document.bends import add_bend, bend_line, move_bend, remove_bend
from backprop_studio.document.combining import duplicate, insert, sub_graph
from backprop_studio.document.edit_checks import (
    MAX_POSITION,
    EditError,
    checked_position,
    known_group,
    known_node,
    refuse,
    shown,
    with_nodes,
)
from backprop_studio.document.graph import Graph, Node, Point, frozen
from backprop_studio.document.grouping import (
    add_to_group,
    free_group_name,
    make_group,
    move_group,
    remove_from_group,
    rename_group,
    set_collapsed,
    ungroup,
)
from backprop_studio.document.groups import nodes_within
from backprop_studio.document.items import item_rect, move, remove, settled
from backprop_studio.document.made import held_array, is_made
from backprop_studio.document.names import free_name, free_names, name_problem
from backprop_studio.document.notes import (
    add_comment,
    add_frame,
    recolour,
    recolour_frame,
    rename_frame,
    resize_comment,
    resize_frame,
    set_comment,
)
from backprop_studio.document.outputs import FurtherOutput
from backprop_studio.document.parts import MODES, Mode
from backprop_studio.document.rewiring import detach, insert_on_wire, insertion_problem
from backprop_studio.document.value_text import MAX_AXES
from backprop_studio.document.values import States, Value
from backprop_studio.document.wiring import (
    connect,
    connect_all,
    connection_problem,
    disconnect,
    reroute,
    slice_wires,
)
from backprop_studio.engine.errors import SettingError
from backprop_studio.engine.op import Op, SettingValue
from backprop_studio.engine.ops import registry
from backprop_studio.engine.program import MAX_ELEMENTS

__all__ = [
    "KINDS",
    "MAX_POSITION",
    "EditError",
    "add_bend",
    "add_comment",
    "add_frame",
    "add_node",
    "add_to_group",
    "bend_line",
    "connect",
    "connect_all",
    "connection_problem",
    "detach",
    "disconnect",
    "duplicate",
    "free_group_name",
    "free_name",
    "insert",
    "insert_on_wire",
    "insertion_problem",
    "item_rect",
    "make_group",
    "move",
    "move_bend",
    "move_frame",
    "move_group",
    "recolour",
    "recolour_frame",
    "remove",
    "remove_bend",
    "remove_from_group",
    "rename",
    "rename_frame",
    "rename_group",
    "reroute",
    "resize_comment",
    "resize_frame",
    "set_collapsed",
    "set_comment",
    "set_kind",
    "set_loss",
    "set_mode",
    "set_setting",
    "set_value",
    "set_values",
    "settled",
    "slice_wires",
    "sub_graph",
    "ungroup",
]


KINDS = ("input", "target", "parameter", "constant")
"""The sources that can be made of one another: each holds one value."""


def add_node(
    graph: Graph,
    op_name: str,
    position: Point,
    *,
    name: str | None = None,
    value: Value | None = None,
    settings: Mapping[str, Any] | None = None,
    group: int | None = None,
) -> tuple[Graph, int]:
    """Place an operation; returns the graph and the new node's id.

    Without ``name`` the node gets a free one; a node with several outputs takes a name for each, such as "x, t".
    A source without ``value`` gets 1.0, so that a graph computes as soon as it is wired; a parameter with the
    setting ``shape`` is left to its initialiser, and a dataset to its settings.
    """
    op = registry.get(op_name)
    if op is None:
        refuse(f"There is no operation named {shown(op_name)}. Choose one of the palette.")
    place = checked_position(position)
    if group is not None:
        known_group(graph, group)
    names = free_names(graph, op) if name is None else _checked_names(graph, name, op)
    chosen = _checked_settings(op, settings or {})
    if op.is_source:
        if value is None and not is_made(op, chosen):
            value = Value(1.0)
        _check_size(names[0], value)
    elif value is not None:
        refuse(f"{names[0]} computes its value ({op.name}); only a source such as an input or a parameter holds one.")
    identifier = graph.next_id
    more = tuple(FurtherOutput(further) for further in names[1:])
    node = Node(identifier, op_name, names[0], place, value, frozen(chosen), group=group, more=more)
    nodes = dict(graph.nodes)
    nodes[identifier] = node
    return replace(graph, nodes=frozen(nodes), next_id=identifier + 1), identifier


def rename(graph: Graph, identifier: int, name: str) -> Graph:
    """Give a node another name, or one with several outputs a name for each, as in "x, t"; its wires stay."""
    node = known_node(graph, identifier)
    if name == node.label:
        return graph
    return with_nodes(graph, [node.named(_checked_names(graph, name, node.op, node.names))])


def move_frame(graph: Graph, identifier: int, position: Point) -> Graph:
    """Put a frame elsewhere, with what it carries: all that has its centre in it."""
    if identifier not in graph.frames:
        refuse(f"There is no frame with the id {identifier}. It may have been removed.")
    return move(graph, {identifier: position})


def set_mode(graph: Graph, ids: Iterable[int], mode: Mode) -> Graph:
    """Switch nodes on, or let them be "bypassed" (pass their first input on) or "muted" (give zeros).

    A group among them stands for the nodes in it.
    """
    if mode not in MODES:
        refuse(f"There is no mode {shown(mode)}. Choose one of {', '.join(MODES)}.")
    chosen: dict[int, None] = {}
    for identifier in ids:
        chosen.update(dict.fromkeys(nodes_within(graph, identifier) if identifier in graph.groups else [identifier]))
    changed = []
    for identifier in chosen:
        node = known_node(graph, identifier)
        if mode == "bypassed" and node.op.is_source:
            refuse(f"{node.name} holds a value and has no input that it could pass on. Mute it instead.")
        if node.mode != mode:
            changed.append(node.with_(mode=mode))
    return with_nodes(graph, changed)


def set_kind(graph: Graph, ids: Iterable[int], op_name: str) -> Graph:
    """Make sources inputs, targets, parameters or constants; names, values and wires stay.

    A parameter whose value its initialiser draws keeps the numbers drawn.
    """
    if op_name not in KINDS:
        refuse(f"A source can not be made {shown(op_name)}. Choose one of {', '.join(KINDS)}.")
    changed = []
    for identifier in ids:
        node = known_node(graph, identifier)
        if node.op_name not in KINDS:
            held = "holds two arrays" if node.op.is_source else "computes its value"
            refuse(f"{node.label} {held} ({node.op_name}). Choose nodes that hold one value, such as a parameter.")
        if node.op_name != op_name:
            changed.append(node.with_(op_name=op_name, value=_held_value(node), settings=frozen({})))
    return with_nodes(graph, changed)


def set_value(graph: Graph, identifier: int, value: Value | None, output: int = 0) -> Graph:
    """Give an output of a source its value, or take it away with None."""
    if output == 0:
        return set_values(graph, {identifier: value})
    node = known_node(graph, identifier)
    if not 0 < output < len(node.names):
        refuse(f"{node.label} has no output {output} that could hold a value. Choose one of those it has.")
    _check_size(node.names[output], value)
    if value == node.values[output]:
        return graph
    more = list(node.more)
    more[output - 1] = more[output - 1]._replace(value=value)
    return with_nodes(graph, [node.with_(more=tuple(more))])


def set_values(graph: Graph, values: Mapping[int, Value | None]) -> Graph:
    """Give several sources their values in one edit."""
    changed = []
    for identifier, value in values.items():
        node = known_node(graph, identifier)
        if not node.op.is_source:
            refuse(f"{node.name} computes its value ({node.op_name}). Change the values it is computed from instead.")
        _check_size(node.name, value)
        if value != node.value:
            changed.append(node.with_(value=value))
    return with_nodes(graph, changed)


def set_states(graph: Graph, states: States) -> Graph:
    """Give several nodes what training has left in them, by name; an empty mapping is the state before training."""
    changed = []
    for identifier, state in states.items():
        node = known_node(graph, identifier)
        known = {one.name for one in node.op.state}
        if not known >= state.keys():
            refuse(f"{node.name} ({node.op_name}) keeps {', '.join(known) or 'nothing'} from training, nothing else.")
        if state != node.state:
            changed.append(node.with_(state=frozen(state)))
    return with_nodes(graph, changed)


def set_training(graph: Graph, training: bool) -> Graph:
    """Put the whole graph in training or, with False, in evaluation mode."""
    return graph if training == graph.training else replace(graph, training=training)


def set_setting(graph: Graph, identifier: int, name: str, value: Any) -> Graph:
    """Set one setting of a node's operation; a value equal to the default is not kept.

    What the settings of a source with several outputs make then takes the place of arrays of its own.
    """
    node = known_node(graph, identifier)
    settings: dict[str, Any] = dict(node.settings)
    setting = node.op.setting(name)
    settings[name if setting is None else setting.name] = value
    checked = _checked_settings(node.op, settings, node.name)
    if node.more:
        node = node.with_(value=None, more=tuple(FurtherOutput(further.name) for further in node.more))
    if checked == node.settings and node == graph.nodes[identifier]:
        return graph
    return with_nodes(graph, [node.with_(settings=frozen(checked))])


def set_loss(graph: Graph, identifier: int | None) -> Graph:
    """Choose the node whose gradients are computed, or leave the choice to the program with None."""
    if identifier is not None:
        known_node(graph, identifier)
    return graph if identifier == graph.loss else replace(graph, loss=identifier)


def _checked_names(graph: Graph, text: str, op: Op, own: Collection[str] = ()) -> tuple[str, ...]:
    """The names of a node's outputs that a text gives. ``own`` are those it has and may keep."""
    several = len(op.outputs) > 1 and isinstance(text, str)
    names = tuple(part.strip() for part in text.split(",")) if several else (text,)
    if len(names) != len(op.outputs) or len(set(names)) < len(names):
        named = " and ".join(op.outputs)
        refuse(f"{op.name} gives {named}: give {len(op.outputs)} different names with commas between, such as x, t.")
    for name in names:
        problem = None if name in own else name_problem(graph, name)
        if problem is not None:
            refuse(problem)
    return names


def _held_value(node: Node) -> Value | None:
    """The value of a source that has one output: its own, or the one that its settings draw."""
    try:
        array = held_array(node)
    except ValueError as error:
        refuse(f"{node.name}: {error}")
    return node.value if node.value is not None or array is None else Value(array)


def _check_size(name: str, value: Value | None) -> None:
    if value is None:
        return
    size = value.array.size
    if size == 0:
        refuse(f"The value of {name} holds no number. Give it at least one.")
    if size > MAX_ELEMENTS:
        refuse(f"The value of {name} has {size} numbers; at most {MAX_ELEMENTS} are allowed. Give less data.")
    if value.array.ndim > MAX_AXES:
        refuse(f"The value of {name} has {value.array.ndim} axes; at most {MAX_AXES} are allowed. Nest it less.")


def _checked_settings(op: Op, given: Mapping[str, Any], name: str | None = None) -> dict[str, SettingValue]:
    """Those of the settings that differ from the defaults, checked and under their own names."""
    try:
        complete = op.complete_settings(given)
    except SettingError as error:
        refuse(f"{name}: {error}" if name else str(error))
    return {
        setting.name: complete[setting.name] for setting in op.settings if complete[setting.name] != setting.default
    }
