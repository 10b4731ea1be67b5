"""The graph that people build: frozen nodes and wires, the whole content of a document.

A graph may be unfinished or wrong (an input without a wire, shapes that clash); ``compilation``
tells what is missing. It can never be inconsistent: every wire joins nodes that exist, no input
slot has two wires, the wires of a variadic operation leave no slot out, no two nodes or outputs
share a name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from backprop_studio.document.outputs import FurtherOutput
from backprop_studio.document.parts import FRAME_COLORS, Comment, Frame, Group, Mode, Point, PortBends
from backprop_studio.document.training_settings import TrainingSettings
from backprop_studio.document.values import Value
from backprop_studio.engine.op import Op, SettingValue
from backprop_studio.engine.ops import registry

__all__ = [
    "EMPTY_GRAPH",
    "MAX_INPUTS",
    "Comment",
    "Frame",
    "Graph",
    "Group",
    "Node",
    "Point",
    "Wire",
    "frozen",
    "slots_shown",
]

_WITHOUT_PLACES = ("members", "feeding", "_outgoing", "_by_name")
"""Properties of a graph, kept once they were asked for, that do not depend on where things stand."""
MAX_INPUTS = 100
"""Most inputs that a variadic operation takes."""


class Wire(NamedTuple):
    """A wire from node ``source`` to input ``slot`` of node ``target``; ``Graph.output_of`` tells from which output."""

    source: int
    target: int
    slot: int


@dataclass(frozen=True)
class Node:
    """One placed operation. ``position`` is the node's top left corner in scene units.

    ``settings`` holds only what differs from the operation's defaults. ``value`` is for sources only.
    A node that is "bypassed" passes its first input on as it is; one that is "muted" gives zeros.
    ``group`` is the id of the group that it lies in. ``color`` is one of FRAME_COLORS.
    ``name`` and ``value`` are those of its first output, ``more`` those of the others. ``state`` is what training
    has left in the node, such as running statistics; empty before the first step.
    """

    id: int
    op_name: str
    name: str
    position: Point = (0.0, 0.0)
    value: Value | None = None
    settings: Mapping[str, SettingValue] = field(default_factory=lambda: MappingProxyType({}))
    mode: Mode = "on"
    group: int | None = None
    color: str = FRAME_COLORS[0]
    more: tuple[FurtherOutput, ...] = ()
    state: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def names(self) -> tuple[str, ...]:
        """What each of its outputs is called."""
        return (self.name, *(further.name for further in self.more)) if self.more else (self.name,)

    def named(self, names: Sequence[str]) -> Node:
        """A copy whose outputs have other names, one for each."""
        more = tuple(further._replace(name=name) for further, name in zip(self.more, names[1:], strict=True))
        return self.with_(name=names[0], more=more)

    @property
    def label(self) -> str:
        """The names of all its outputs as one text, as graph code writes them left of the =."""
        return self.name if not self.more else ", ".join(self.names)

    @property
    def values(self) -> tuple[Value | None, ...]:
        """The values of its own that each of its outputs holds."""
        return (self.value, *(further.value for further in self.more))

    @property
    def op(self) -> Op:
        """The declaration of the node's operation."""
        return registry[self.op_name]

    def with_(self, **changes: Any) -> Node:
        """A copy with some fields changed. An edit may copy thousands: no field is set that is not another."""
        if not changes.keys() <= self.__dict__.keys():
            raise TypeError(f"A node has no {', '.join(changes.keys() - self.__dict__.keys())}.")
        copy = object.__new__(Node)
        copy.__dict__.update(self.__dict__)
        copy.__dict__.update(changes)
        return copy


@dataclass(frozen=True)
class Graph:
    """Nodes by id and wires by where they end. Ids are never reused within a document.

    ``sources`` maps (target node, input slot) to the source node. ``loss`` is the node chosen as the
    loss, or None to let ``compilation.find_loss`` choose. ``bends`` holds the points that a wire goes
    through, from its source on, by where the wire ends; wires that go straight are not in it. ``outputs``
    holds, also by where the wire ends, from which output of its source it comes, where that is not the first.
    ``port_bends`` are, by where the wire ends, the bends that it has where it is drawn at a port of a group.
    ``training`` is the mode that nodes are in where they do not say: training or, where False, evaluation.
    ``training_settings`` are those that a file holds; None stands for those of a new document.
    """

    nodes: Mapping[int, Node] = field(default_factory=lambda: MappingProxyType({}))
    sources: Mapping[tuple[int, int], int] = field(default_factory=lambda: MappingProxyType({}))
    loss: int | None = None
    next_id: int = 1
    bends: Mapping[tuple[int, int], tuple[Point, ...]] = field(default_factory=lambda: MappingProxyType({}))
    frames: Mapping[int, Frame] = field(default_factory=lambda: MappingProxyType({}))
    comments: Mapping[int, Comment] = field(default_factory=lambda: MappingProxyType({}))
    groups: Mapping[int, Group] = field(default_factory=lambda: MappingProxyType({}))
    outputs: Mapping[tuple[int, int], int] = field(default_factory=lambda: MappingProxyType({}))
    training: bool = True
    training_settings: TrainingSettings | None = None
    port_bends: Mapping[tuple[int, int], tuple[PortBends, ...]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def wires(self) -> Iterator[Wire]:
        """All wires, in the order in which they were made."""
        return (Wire(source, target, slot) for (target, slot), source in self.sources.items())

    def source_of(self, target: int, slot: int) -> int | None:
        """The node wired to an input slot, or None."""
        return self.sources.get((target, slot))

    def output_of(self, target: int, slot: int) -> int:
        """The number of the output that the wire into an input slot comes from."""
        return self.outputs.get((target, slot), 0)

    def source_name(self, wire: Wire) -> str:
        """What the output is called that a wire comes from."""
        return self.nodes[wire.source].names[self.output_of(wire.target, wire.slot)]

    def inputs_of(self, target: int) -> tuple[int | None, ...]:
        """The node wired to each input slot of ``target``, None where nothing is.

        Of a variadic operation the wired slots alone, or one None where nothing is wired at all.
        """
        op, sources = self.nodes[target].op, self.sources
        if op.variadic:
            return tuple(sources[target, slot] for slot in range(self.wired_count(target))) or (None,)
        return tuple(sources.get((target, slot)) for slot in range(len(op.inputs)))

    def slot_count(self, identifier: int) -> int:
        """How many input slots a node shows: of a variadic operation the wired ones and a free one, at least two."""
        op = self.nodes[identifier].op
        return slots_shown(op, self.wired_count(identifier) if op.variadic else 0)

    def loose_slots(self, identifier: int) -> tuple[int, ...]:
        """The optional inputs of a node that have no wire: it computes without them."""
        slots = _optional_slots(self.nodes[identifier].op_name)
        return tuple(slot for slot in slots if (identifier, slot) not in self.sources) if slots else ()

    def wired_count(self, identifier: int) -> int:
        """How many slots from the first on have a wire."""
        count = 0
        while (identifier, count) in self.sources:
            count += 1
        return count

    def wires_from(self, source: int) -> tuple[Wire, ...]:
        """All wires that leave ``source``."""
        return self._outgoing.get(source, ())

    def node_named(self, name: str) -> Node | None:
        """The node that has an output of that name, or None."""
        identifier = self._by_name.get(name)
        return None if identifier is None else self.nodes[identifier]

    @cached_property
    def worked_out(self) -> dict[tuple[str, int], Any]:
        """What was worked out of nodes, wires and groups, and does not depend on where they stand; by what it is."""
        return {}

    def moved_from(self, before: Graph) -> Graph:
        """This graph, which takes over what was worked out of ``before``: they differ in places alone."""
        taken = before.worked_out, *(before.__dict__.get(name) for name in _WITHOUT_PLACES)
        for name, found in zip(("worked_out", *_WITHOUT_PLACES), taken, strict=True):
            if found is not None:
                self.__dict__[name] = found
        return self

    @cached_property
    def members(self) -> Mapping[int, tuple[int, ...]]:
        """The nodes that lie in each group itself, not in a group within it; ids ascending."""
        found: dict[int, list[int]] = {identifier: [] for identifier in self.groups}
        if self.groups:
            for identifier in sorted(self.nodes):
                group = self.nodes[identifier].group
                if group is not None:
                    found[group].append(identifier)
        return {group: tuple(ids) for group, ids in found.items()}

    @cached_property
    def feeding(self) -> Mapping[int, tuple[int, ...]]:
        """The sources that feed each node that has a wire, without regard to slots."""
        found: dict[int, list[int]] = {}
        for (target, _), source in self.sources.items():
            found.setdefault(target, []).append(source)
        return {target: tuple(sources) for target, sources in found.items()}

    @cached_property
    def _outgoing(self) -> dict[int, tuple[Wire, ...]]:
        outgoing: dict[int, list[Wire]] = {}
        for wire in self.wires:
            outgoing.setdefault(wire.source, []).append(wire)
        return {source: tuple(wires) for source, wires in outgoing.items()}

    @cached_property
    def _by_name(self) -> dict[str, int]:
        return {name: node.id for node in self.nodes.values() for name in node.names}


@cache
def _optional_slots(op_name: str) -> tuple[int, ...]:
    return tuple(slot for slot, given in enumerate(registry[op_name].inputs) if given.optional)


def slots_shown(op: Op, wired: int = 0) -> int:
    """How many input slots a node of that operation shows when ``wired`` of them have a wire."""
    return max(2, min(wired + 1, MAX_INPUTS)) if op.variadic else len(op.inputs)


def frozen(mapping: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """A read-only copy of a mapping, as graphs and nodes hold them."""
    return MappingProxyType(dict(mapping))


EMPTY_GRAPH = Graph()
