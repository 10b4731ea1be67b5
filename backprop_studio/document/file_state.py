"""What training leaves in a graph, in the file format: the states of nodes, and the mode of the whole graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from backprop_studio.document.file_outputs import read_value
from backprop_studio.document.file_parts import Refuse
from backprop_studio.document.graph import Graph, Node, frozen
from backprop_studio.document.value_json import value_to_json
from backprop_studio.document.values import Value
from backprop_studio.engine.op import Op

_NOTHING: Mapping[str, Value] = frozen({})


def mode_field(graph: Graph) -> dict[str, bool]:
    """The field of the whole graph's mode; none in training mode."""
    return {} if graph.training else {"training": False}


def state_field(node: Node) -> dict[str, dict[str, Any]]:
    """The field of what training has left in a node; none before the first step."""
    return {"state": {name: value_to_json(node.state[name]) for name in sorted(node.state)}} if node.state else {}


def read_state(op: Op, records: Mapping[str, msgspec.Raw], place: str, refuse: Refuse) -> Mapping[str, Value]:
    """What training has left in a node."""
    if not records:
        return _NOTHING
    known = [one.name for one in op.state]
    state: dict[str, Value] = {}
    for name, data in records.items():
        if name not in known:
            refuse(f"{place}.{name}", f"{op.name} keeps {', '.join(known) or 'nothing'} from training, nothing else")
        value = read_value(bytes(data), f"{place}.{name}", refuse)
        if value is None:
            refuse(f"{place}.{name}", "there is no value")
        state[name] = value
    return frozen(state)
