"""Documents as files: UTF-8 JSON, one node or wire a line, checked against everything a graph promises.

``resources/document.schema.json`` describes the same format for other programs.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

import msgspec

from backprop_studio.document.atomic_write import write_atomically
from backprop_studio.document.edit_checks import MAX_POSITION
from backprop_studio.document.file_outputs import (
    FurtherRecord,
    check_name,
    check_output,
    further_fields,
    output_field,
    read_further,
    read_value,
    take_names,
)
from backprop_studio.document.file_parts import (
    CommentRecord,
    FrameRecord,
    GroupRecord,
    PortBendsRecord,
    check_color,
    check_ids,
    color_field,
    part_fields,
    port_bends_field,
    read_bends,
    read_comments,
    read_frames,
    read_groups,
    read_port_bends,
)
from backprop_studio.document.file_state import mode_field, read_state, state_field
from backprop_studio.document.file_training import TrainingRecord, read_training, training_field
from backprop_studio.document.graph import MAX_INPUTS, Graph, Node, Point, frozen
from backprop_studio.document.items import without_empty_groups
from backprop_studio.document.parts import FRAME_COLORS, Mode, PortBends
from backprop_studio.document.port_bends import with_sound_bends
from backprop_studio.document.value_json import value_to_json
from backprop_studio.document.values import Value
from backprop_studio.document.wiring import Slot, closed_up, compacted
from backprop_studio.engine.errors import CycleError, SettingError
from backprop_studio.engine.op import Op
from backprop_studio.engine.ops import registry
from backprop_studio.engine.program import topological_order

FORMAT = "backprop-studio"
VERSION = 1
MAX_BYTES = 64 * 2**20
MAX_NODES = 200_000
_MAX_ID = 2**53
"""The largest integer that every reader of JSON keeps exactly."""

_MIGRATIONS: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = MappingProxyType({})
"""From a version to the function that turns its content into that of the next version."""

_NO_SETTINGS: Mapping[str, Any] = MappingProxyType({})
_CHOOSE_ANOTHER = "Choose a .backprop document."
_OPEN_A_COPY = "Open another copy of the document."
_CORRECT_IT = "Correct it there, or open another copy."


class DocumentError(Exception):
    """A document that cannot be opened or saved; ``str(error)`` is one sentence with the place and what to do."""


class _Header(msgspec.Struct):
    format: str = ""
    version: int = 0


class _NodeRecord(msgspec.Struct, forbid_unknown_fields=True):
    id: int
    op: str
    name: str
    position: tuple[float, float]
    value: msgspec.Raw = msgspec.Raw(b"null")
    settings: dict[str, bool | int | float | str | list[int] | None] = {}
    mode: Mode = "on"
    group: int | None = None
    color: str = FRAME_COLORS[0]
    more_outputs: list[FurtherRecord] = []
    state: dict[str, msgspec.Raw] = {}


class _WireRecord(msgspec.Struct, forbid_unknown_fields=True):
    source: int
    target: int
    slot: int
    bends: list[tuple[float, float]] = []
    port_bends: list[PortBendsRecord] = []
    output: int = 0


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    version: int
    nodes: list[_NodeRecord]
    wires: list[_WireRecord]
    loss: int | None = None
    next_id: int = 1
    frames: list[FrameRecord] = []
    comments: list[CommentRecord] = []
    groups: list[GroupRecord] = []
    training: bool = True
    training_settings: TrainingRecord | None = None


def dumps(graph: Graph) -> bytes:
    """The document of a graph: nodes by id and wires by where they end, so that equal graphs give equal bytes.

    Raises DocumentError for a graph larger than ``loads`` takes.
    """
    if len(graph.nodes) > MAX_NODES:
        raise DocumentError(f"The graph has {len(graph.nodes)} nodes; a document holds {MAX_NODES}. Remove some.")
    nodes = [_line(_node_fields(graph.nodes[identifier])) for identifier in sorted(graph.nodes)]
    wires = [_line(_wire_fields(graph, end)) for end in sorted(graph.sources)]
    head: dict[str, Any] = {"format": FORMAT, "version": VERSION, "next_id": graph.next_id, "loss": graph.loss}
    head |= mode_field(graph) | training_field(graph.training_settings)
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    parts = {"nodes": nodes, "wires": wires}
    parts |= {key: [_line(record) for record in records] for key, records in part_fields(graph).items()}
    lines += [f'  "{key}": {_block(records)}' for key, records in parts.items()]
    data = ("{\n" + ",\n".join(lines) + "\n}\n").encode()
    if len(data) > MAX_BYTES:
        raise DocumentError(
            f"The document would take {len(data) / 2**20:.0f} MB; at most {MAX_BYTES // 2**20} can be opened again. "
            "Make the values smaller."
        )
    return data


def loads(data: bytes, where: str = "the file") -> Graph:
    """The graph of a document. ``where`` names the document in errors. Raises DocumentError and nothing else."""
    try:
        return _graph(_decoded(data))
    except _Refusal as refusal:
        raise DocumentError(f"Cannot open {where}: {refusal}") from refusal


def save(graph: Graph, path: str | Path) -> None:
    """Write the document of a graph; where that fails, a file already there stays whole. Raises DocumentError."""
    data = dumps(graph)
    loads(data, f"what would be saved as {path}")  # never replace a good file by one that cannot be opened
    try:
        write_atomically(Path(path), data)
    except (OSError, ValueError) as error:
        raise DocumentError(
            f"Cannot save {path}: {_reason(error)}. Nothing there was changed; save in another place."
        ) from error


def load(path: str | Path) -> Graph:
    """The graph of the document at ``path``. Raises DocumentError."""
    try:
        status = Path(path).stat()
        if stat.S_ISDIR(status.st_mode):
            raise DocumentError(f"Cannot open {path}: it is a folder. {_CHOOSE_ANOTHER}")
        if not stat.S_ISREG(status.st_mode):
            raise DocumentError(f"Cannot open {path}: it is no ordinary file. {_CHOOSE_ANOTHER}")
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise DocumentError(f"Cannot open {path}: {_reason(error)}. {_CHOOSE_ANOTHER}") from error
    return loads(data, str(path))


class _Refusal(Exception):
    """Why a document is refused and what to do, without the document's name."""


def _refuse(place: str, what: str, advice: str = _CORRECT_IT) -> NoReturn:
    """Refuse a document for what stands at ``place``, a path such as $.nodes[3].value."""
    text = f"{place}: {what}" if place else what
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    raise _Refusal(f"{shown if len(shown) <= 300 else shown[:299] + '…'}. {advice}")


def _reason(error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) else None
    reason = reason or str(error)
    return reason[:1].lower() + reason[1:]


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, allow_nan=False)


def _block(lines: list[str]) -> str:
    return "[\n    " + ",\n    ".join(lines) + "\n  ]" if lines else "[]"


def _node_fields(node: Node) -> dict[str, Any]:
    x, y = node.position
    fields: dict[str, Any] = {
        "id": node.id, "op": node.op_name, "name": node.name, "position": [round(x, 2), round(y, 2)],
    }  # fmt: skip
    if node.settings:
        fields["settings"] = {key: node.settings[key] for key in sorted(node.settings)}
    if node.value is not None:
        fields["value"] = value_to_json(node.value)
    if node.mode != "on":
        fields["mode"] = node.mode
    if node.group is not None:
        fields["group"] = node.group
    return fields | color_field(node.color) | further_fields(node) | state_field(node)


def _wire_fields(graph: Graph, end: Slot) -> dict[str, Any]:
    fields: dict[str, Any] = {"source": graph.sources[end], "target": end[0], "slot": end[1]}
    if end in graph.bends:
        fields["bends"] = graph.bends[end]
    return fields | port_bends_field(graph.port_bends.get(end, ())) | output_field(graph.outputs.get(end))


def _decoded(data: bytes) -> _Document:
    """The records of a document of this version, or of an older one after its migrations."""
    if len(data) > MAX_BYTES:
        _refuse("", f"it is larger than {MAX_BYTES // 2**20} MB", _CHOOSE_ANOTHER)
    data = data.removeprefix(b"\xef\xbb\xbf")  # the byte order mark that some editors add
    if not data.strip():
        _refuse("", "it is empty", _OPEN_A_COPY)
    try:
        version = _checked_version(data)
        if version == VERSION:
            return msgspec.json.decode(data, type=_Document)
        content = msgspec.json.decode(data, type=dict[str, Any])
        for number in range(version, VERSION):
            content = _MIGRATIONS[number](content)
        return msgspec.json.decode(msgspec.json.encode(content), type=_Document)
    except msgspec.ValidationError as error:
        _refuse(*_place_and_message(error))
    except msgspec.DecodeError as error:
        _refuse_malformed(str(error), len(data))
    except UnicodeDecodeError:
        _refuse("", "it is not UTF-8 text", _CHOOSE_ANOTHER)
    except RecursionError:
        _refuse("", "it is nested too deeply", _CHOOSE_ANOTHER)


def _checked_version(data: bytes) -> int:
    try:
        header = msgspec.json.decode(data, type=_Header)
    except msgspec.ValidationError as error:
        place, message = _place_and_message(error)
        _refuse(place, message, f"It is no Backprop Studio document. {_CHOOSE_ANOTHER}")
    if header.format != FORMAT:
        _refuse("", f'it is no Backprop Studio document ("format" is not "{FORMAT}")', _CHOOSE_ANOTHER)
    if header.version > VERSION:
        _refuse(
            "$.version",
            f"it was saved by a newer Backprop Studio (version {header.version}; this one reads up to {VERSION})",
            "Update Backprop Studio to open it.",
        )
    if header.version != VERSION and header.version not in _MIGRATIONS:
        _refuse("$.version", f"there is no version {header.version}")
    return header.version


def _place_and_message(error: msgspec.ValidationError) -> tuple[str, str]:
    """Path and message of a decoder's error, in our words."""
    match = re.fullmatch(r"(.*?)(?: - at `(.*)`)?", str(error), re.DOTALL)
    message, place = match.groups() if match else (str(error), None)
    return place or "$", message[:1].lower() + message[1:].replace("`", "")


def _refuse_malformed(message: str, size: int) -> NoReturn:
    """Refuse what is not JSON: a decoder that stumbles at the very end was given a torn document."""
    place = re.search(r"\(byte (\d+)\)", message)
    if "truncated" in message or (place and int(place[1]) >= size):
        _refuse("", "it ends in the middle, as if it had been cut off", _OPEN_A_COPY)
    where = f" {place[0]}" if place else ""
    _refuse("", f"it is not JSON{where}", f"It is damaged or no document. {_CHOOSE_ANOTHER}")


def _graph(document: _Document) -> Graph:
    """The graph of decoded records, after every check that the decoder does not make."""
    if len(document.nodes) > MAX_NODES:
        _refuse("$.nodes", f"there are {len(document.nodes)} nodes; at most {MAX_NODES} are allowed", _CHOOSE_ANOTHER)
    nodes: dict[int, Node] = {}
    names: set[str] = set()
    for index, record in enumerate(document.nodes):
        node = _node(record, f"$.nodes[{index}]")
        if node.id in nodes:
            _refuse(f"$.nodes[{index}].id", f"there is already a node with the id {node.id}")
        take_names(node, names, f"$.nodes[{index}]", _refuse)
        nodes[node.id] = node
    sources, bends, outputs, port_bends = _wires(document.wires, nodes)
    if document.loss is not None and document.loss not in nodes:
        _refuse("$.loss", f"there is no node with the id {document.loss}")
    _check_id(document.next_id, "$.next_id")
    groups = read_groups(document.groups, nodes, _refuse)
    frames = read_frames(document.frames, groups, _refuse)
    comments = read_comments(document.comments, groups, _refuse)
    check_ids({"nodes": nodes, "groups": groups, "frames": frames, "comments": comments}, _refuse, _MAX_ID)
    next_id = max([document.next_id, *(i + 1 for part in (nodes, groups, frames, comments) for i in part)])
    settings = read_training(document.training_settings, "$.training_settings", _refuse)
    computed = frozen(nodes), frozen(sources), document.loss, next_id
    drawn = frozen(bends), frozen(frames), frozen(comments), frozen(groups)
    graph = Graph(*computed, *drawn, frozen(outputs), document.training, settings, frozen(port_bends))
    return with_sound_bends(without_empty_groups(graph))


def _check_id(identifier: int, place: str) -> None:
    if not 1 <= identifier <= _MAX_ID:
        _refuse(place, f"an id is a whole number from 1 to {_MAX_ID}, not {identifier}")


def _node(record: _NodeRecord, place: str) -> Node:
    _check_id(record.id, f"{place}.id")
    op = registry.get(record.op)
    if op is None:
        advice = "It may need a newer Backprop Studio, or be misspelled."
        _refuse(f"{place}.op", f"there is no operation named {record.op!r}", advice)
    check_name(record.name, f"{place}.name", _refuse)
    x, y = (max(-MAX_POSITION, min(MAX_POSITION, round(coordinate, 2))) for coordinate in record.position)
    settings = _settings(op, record.settings, f"{place}.settings") if record.settings else _NO_SETTINGS
    if record.mode == "bypassed" and op.is_source:
        _refuse(f"{place}.mode", f"{record.name} holds a value ({op.name}) and cannot be bypassed")
    check_color(record.color, f"{place}.color", _refuse)
    value = _value(op, record, f"{place}.value")
    more = read_further(op, record.more_outputs, f"{place}.more_outputs", _refuse)
    state = read_state(op, record.state, f"{place}.state", _refuse)
    own = (record.name, (x, y), value, settings, record.mode, record.group, record.color, more, state)
    return Node(record.id, record.op, *own)


def _settings(op: Op, given: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    """Those that differ from the defaults, as ``edits`` keeps them."""
    try:
        complete = op.complete_settings(given)
    except SettingError as error:
        _refuse(place, str(error).rstrip("."))
    return frozen({s.name: complete[s.name] for s in op.settings if complete[s.name] != s.default})


def _value(op: Op, record: _NodeRecord, place: str) -> Value | None:
    value = read_value(bytes(record.value), place, _refuse)
    if value is not None and not op.is_source:
        _refuse(place, f"{record.name} computes its value ({op.name}) and can hold none")
    return value


def _wires(
    wires: list[_WireRecord], nodes: Mapping[int, Node]
) -> tuple[dict[Slot, int], dict[Slot, tuple[Point, ...]], dict[Slot, int], dict[Slot, tuple[PortBends, ...]]]:
    """Wires, their bends, the outputs they come from and their bends at ports of groups, by where the wires end."""
    sources: dict[Slot, int] = {}
    outputs: dict[Slot, int] = {}
    bends: dict[Slot, tuple[Point, ...]] = {}
    port_bends: dict[Slot, tuple[PortBends, ...]] = {}
    for index, wire in enumerate(wires):
        place = f"$.wires[{index}]"
        for field, identifier in (("source", wire.source), ("target", wire.target)):
            if identifier not in nodes:
                _refuse(f"{place}.{field}", f"there is no node with the id {identifier}")
        target = nodes[wire.target]
        count = MAX_INPUTS if target.op.variadic else len(target.op.inputs)
        if not 0 <= wire.slot < count:
            _refuse(f"{place}.slot", f"{target.name} has {count} inputs, so there is no slot {wire.slot}")
        if (wire.target, wire.slot) in sources:
            _refuse(place, f"input slot {wire.slot} of {target.name} has a wire already")
        sources[wire.target, wire.slot] = wire.source
        check_output(wire.output, nodes[wire.source], f"{place}.output", _refuse)
        if wire.output:
            outputs[wire.target, wire.slot] = wire.output
        if wire.bends:
            bends[wire.target, wire.slot] = read_bends(wire.bends, f"{place}.bends", _refuse)
        if wire.port_bends:
            port_bends[wire.target, wire.slot] = read_port_bends(wire.port_bends, f"{place}.port_bends", _refuse)
    moved = compacted(sources, nodes, nodes)
    sources = closed_up(moved, sources)
    _check_no_cycle(sources, nodes)
    return sources, closed_up(moved, bends), closed_up(moved, outputs), closed_up(moved, port_bends)


def _check_no_cycle(sources: Mapping[tuple[int, int], int], nodes: Mapping[int, Node]) -> None:
    inputs: dict[int, list[int]] = {identifier: [] for identifier in nodes}
    for (target, _), source in sources.items():
        inputs[target].append(source)
    try:
        topological_order(inputs)
    except CycleError as error:
        names = [nodes[key].name for key in (*error.keys, error.keys[0])]
        shown = " → ".join(names if len(names) <= 8 else [*names[:4], "…", *names[-4:]])
        _refuse("$.wires", f"the wires form a cycle: {shown}", "Remove one of them there, or open another copy.")
