"""Outputs after the first, in the file format: what they are called and hold, and which wires come from them."""

from __future__ import annotations

from typing import Any

import msgspec

from backprop_studio.document.file_parts import Refuse
from backprop_studio.document.graph import Node
from backprop_studio.document.names import spelling_problem
from backprop_studio.document.outputs import FurtherOutput
from backprop_studio.document.value_json import ValueJsonError, value_from_json, value_to_json
from backprop_studio.document.values import Value
from backprop_studio.engine.op import Op


class FurtherRecord(msgspec.Struct, forbid_unknown_fields=True):
    """One output after the first."""

    name: str
    value: msgspec.Raw = msgspec.Raw(b"null")


def further_fields(node: Node) -> dict[str, list[dict[str, Any]]]:
    """The field of the outputs after the first; none where there are none."""
    if not node.more:
        return {}
    fields = [{"name": f.name} | ({} if f.value is None else {"value": value_to_json(f.value)}) for f in node.more]
    return {"more_outputs": fields}


def read_further(op: Op, records: list[FurtherRecord], place: str, refuse: Refuse) -> tuple[FurtherOutput, ...]:
    """The outputs after the first of a node."""
    wanted = len(op.outputs) - 1
    if len(records) != wanted:
        refuse(place, f"{op.name} has {wanted + 1} in all, so {wanted} stand here beside the first, not {len(records)}")
    found = []
    for index, record in enumerate(records):
        check_name(record.name, f"{place}[{index}].name", refuse)
        value = read_value(bytes(record.value), f"{place}[{index}].value", refuse)
        found.append(FurtherOutput(record.name, value))
    return tuple(found)


def check_name(name: str, place: str, refuse: Refuse) -> None:
    """Refuse a name that no node can have."""
    problem = spelling_problem(name)
    if problem is not None:
        refuse(place, problem.rstrip("."))


def read_value(data: bytes, place: str, refuse: Refuse) -> Value | None:
    """The value that a piece of a document says."""
    try:
        return value_from_json(data)
    except ValueJsonError as error:
        refuse(place + error.place, str(error))


def take_names(node: Node, taken: set[str], place: str, refuse: Refuse) -> None:
    """Add the names of the node's outputs to those taken; refuse one that is."""
    for output, name in enumerate(node.names):
        if name in taken:
            where = f"{place}.more_outputs[{output - 1}].name" if output else f"{place}.name"
            refuse(where, f"there is already a node named {name}")
        taken.add(name)


def check_output(output: int, source: Node, place: str, refuse: Refuse) -> None:
    """Refuse an output that the source of a wire has not."""
    count = len(source.names)
    if not 0 <= output < count:
        refuse(place, f"{source.name} has {count} output{'s' * (count != 1)}, so there is no output {output}")


def output_field(output: int | None) -> dict[str, int]:
    """The field of the output that a wire comes from; none for the first."""
    return {"output": output} if output else {}
