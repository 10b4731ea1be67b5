"""Documents come back equal; whatever else a file holds is refused with one sentence."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import MappingProxyType

import jsonschema
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backprop_studio.document import edits, file_format
from backprop_studio.document.file_format import DocumentError, dumps, load, loads, save
from backprop_studio.document.graph import EMPTY_GRAPH, Graph
from backprop_studio.document.values import Value
from backprop_studio.resource_files import resource, resource_text
from tests.document.support import any_float, chain, check_invariants, graph_of, graphs, values

EXAMPLES = sorted(resource("examples").glob("*.backprop"))
SCHEMA = jsonschema.Draft202012Validator(json.loads(resource_text("document.schema.json")))


def refusal(data: bytes) -> str:
    """The sentence with which a document is refused."""
    with pytest.raises(DocumentError) as caught:
        loads(data, "here.backprop")
    sentence = str(caught.value)
    assert sentence.startswith("Cannot open here.backprop: ")
    assert sentence.endswith(".")
    assert sentence.isprintable()
    assert len(sentence) < 500
    return sentence


def document(**changes: object) -> bytes:
    """A document of x → negative_2 with some of its top fields changed; None takes a field away."""
    content = json.loads(dumps(chain(1))) | changes
    return json.dumps({key: value for key, value in content.items() if value is not None}).encode()


def with_node(**changes: object) -> bytes:
    """A document with a parameter whose record is changed."""
    node = {"id": 1, "op": "parameter", "name": "w", "position": [0, 0], "value": 1.0} | changes
    return document(nodes=[{key: value for key, value in node.items() if value is not None}], wires=[])


def raw_value(text: bytes) -> bytes:
    """A document whose parameter has the value that ``text`` spells."""
    return with_node(value="HERE").replace(b'"HERE"', text)


def value_in(data: bytes) -> Value | None:
    return loads(data).nodes[1].value


@settings(deadline=None)
@given(graphs())
def test_a_document_gives_the_graph_back(graph):
    data = dumps(graph)
    again = loads(data)
    assert again == graph
    assert dumps(again) == data
    check_invariants(again)
    SCHEMA.validate(json.loads(data))


@given(values(any_float))
def test_every_value_comes_back_bit_by_bit(value):
    graph, identifier = edits.add_node(EMPTY_GRAPH, "input", (0, 0), value=value)
    data = dumps(graph)
    again = loads(data).nodes[identifier].value
    assert again is not None
    assert again.array.dtype == value.array.dtype
    np.testing.assert_array_equal(again.array, value.array)
    assert (np.signbit(again.array) == np.signbit(value.array))[~np.isnan(value.array)].all()
    SCHEMA.validate(json.loads(data))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_a_sound_document(path):
    data = path.read_bytes()
    SCHEMA.validate(json.loads(data))
    check_invariants(loads(data))


def test_there_are_examples_to_check():
    assert EXAMPLES


def test_the_schema_itself_is_sound():
    jsonschema.Draft202012Validator.check_schema(SCHEMA.schema)


@pytest.mark.parametrize(
    "change",
    [{"version": 2}, {"format": "other"}, {"nodes": None}, {"extra": 1}, {"loss": "x"}, {"wires": [[1, 2, 0]]}],
)
def test_the_schema_and_the_program_refuse_the_same(change):
    data = document(**change)
    with pytest.raises(jsonschema.ValidationError):
        SCHEMA.validate(json.loads(data))
    refusal(data)


def test_one_node_or_wire_a_line_in_stable_order():
    graph = graph_of({5: "input", 2: "parameter", 9: "add"}, {(9, 1): 2, (9, 0): 5})
    lines = dumps(graph).decode().splitlines()
    assert [line.strip()[:9] for line in lines if '"op"' in line] == ['{"id": 2,', '{"id": 5,', '{"id": 9,']
    assert [line.strip().rstrip(",") for line in lines if '"slot"' in line] == [
        '{"source": 5, "target": 9, "slot": 0}',
        '{"source": 2, "target": 9, "slot": 1}',
    ]
    moved = dumps(edits.move(graph, {5: (1.239, 4)})).decode().splitlines()
    assert [after for before, after in zip(lines, moved, strict=True) if before != after] == [
        '    {"id": 5, "op": "input", "name": "s5", "position": [1.24, 4.0], "value": 1.0},'
    ]


def test_integers_and_floats_look_and_stay_different():
    for content, text in ((Value([1, 2]), "[1, 2]"), (Value([1.0, 2.0]), "[1.0, 2.0]"), (Value(np.inf), '"Infinity"')):
        graph, identifier = edits.add_node(EMPTY_GRAPH, "input", (0, 0), value=content)
        assert f'"value": {text}' in dumps(graph).decode()
        assert loads(dumps(graph)).nodes[identifier].value == content


@pytest.mark.parametrize(
    ("text", "content"),
    [
        (b"1", 1), (b"1e0", 1.0), (b"[1, 2.5]", [1.0, 2.5]), (b'[1, "NaN"]', [1.0, np.nan]), (b"[[1],[2]]", [[1], [2]]),
        (b" [ [ 1 ] ] ", [[1]]), (b'"-Infinity"', -np.inf), (b"9223372036854775807", 2**63 - 1),
        (b"[99999999999999999999, 0.5]", [1e20, 0.5]),
    ],
)  # fmt: skip
def test_values_written_by_hand(text, content):
    assert value_in(raw_value(text)) == Value(content)


def test_ids_are_not_used_again_after_opening():
    graph, first = edits.add_node(EMPTY_GRAPH, "input", (0, 0))
    graph = loads(dumps(edits.remove(graph, [first])))
    assert edits.add_node(graph, "input", (0, 0))[1] != first
    assert loads(document(next_id=1)).next_id == 3


def test_what_may_be_left_out():
    assert loads(document(next_id=None, loss=None)) == chain(1)
    assert value_in(raw_value(b"null")) is None
    assert value_in(with_node(value=None, settings={"shape": [2, 3], "init": "xavier"})) is None


def test_a_byte_order_mark_is_passed_over():
    assert loads(b"\xef\xbb\xbf" + document()) == chain(1)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is empty"), (b" \n\t ", "it is empty"), (b"\0" * 100, "not JSON"), (b"\x89PNG\r\n\x1a\n", "not JSON"),
        (b"\xff\xfe{\0}\0", "not JSON"), (b"hello", "not JSON"), (b"[]", "no Backprop Studio document"),
        (b"{}", "no Backprop Studio document"), (b'{"format": "xml"}', "no Backprop Studio document"),
        (b'{"format": "\xff"}', "not UTF-8"), (b"[" * 1_000_000, "no Backprop Studio document"),
        (b'{"format":"backprop-studio","version":1,"nodes":' + b"[" * 100_000, "nested too deeply"),
        (b'{"format":"backprop-studio","version":1,"nodes":' + b'{"a":' * 100_000, "nested too deeply"),
        (document(version=2, future={"a": 1}), "$.version: it was saved by a newer Backprop Studio (version 2"),
        (document(version=0), "$.version: there is no version 0"), (document(version="1"), "$.version: expected int"),
        (document(nodes=None), "missing required field nodes"), (document(extra=1), "unknown field extra"),
        (document(**{"a\u202e\n": 1}), "unknown field a\\u202e\\n"),
        (document(loss=9), "$.loss: there is no node with the id 9"),
        (document(next_id=0), "$.next_id"), (document(next_id=2**60), "$.next_id"),
        (document(nodes=[]), "$.wires[0].source: there is no node with the id 1"),
        (document(wires=[{"source": 1, "target": 7, "slot": 0}]), "$.wires[0].target"),
        (document(wires=[{"source": 1, "target": 2, "slot": 1}]), "$.wires[0].slot: negative_2 has 1 input"),
        (document(wires=[{"source": 1, "target": 2, "slot": -1}]), "$.wires[0].slot"),
        (document(wires=[{"source": 1, "target": 1, "slot": 0}]), "$.wires[0].slot: s1 has 0 inputs"),
        (document(wires=[{"source": 1, "target": 2, "slot": 0}] * 2), "$.wires[1]: input slot 0 of negative_2 has"),
        (document(wires=[{"source": 2, "target": 2, "slot": 0}]), "a cycle: negative_2 → negative_2"),
        (document(nodes=json.loads(document())["nodes"] * 2), "$.nodes[2].id: there is already a node with the id 1"),
        (with_node(id=0), "$.nodes[0].id"), (with_node(id=True), "$.nodes[0].id"),
        (with_node(id=2**70), "$.nodes[0].id"),
        (with_node(op="frobnicate"), "$.nodes[0].op: there is no operation named 'frobnicate'"),
        (with_node(op="add"), "$.nodes[0].value: w computes its value"), (with_node(name="a b"), "$.nodes[0].name"),
        (with_node(name="add"), "$.nodes[0].name: add is the name of an operation"),
        (with_node(name=None), "field name"),
        (with_node(position=[0]), "$.nodes[0].position"), (with_node(position=[0, "0"]), "$.nodes[0].position[1]"),
        (with_node(settings={"size": 1}), "$.nodes[0].settings: parameter has no setting size"),
        (with_node(settings={"shape": [-1]}), "$.nodes[0].settings"),
        (with_node(settings={"init": {}}), "$.nodes[0].settings"),
        (raw_value(b"NaN"), "not JSON"), (raw_value(b"1e999"), "value: number out of range"),
        (raw_value(b"true"), "value"),
        (raw_value(b'"x"'), "$.nodes[0].value: 'x' is no number"), (raw_value(b"{}"), "$.nodes[0].value"),
        (raw_value(b"[]"), "$.nodes[0].value: it holds no number"), (raw_value(b"[[], []]"), "it holds no number"),
        (raw_value(b"[1, [2]]"), "$.nodes[0].value[1]"), (raw_value(b"[[1], 2]"), "$.nodes[0].value[1]"),
        (raw_value(b"[[1, 2], [3]]"), "$.nodes[0].value[1]: rows must be equally long"),
        (raw_value(b"[[[1],[2]],[[3],[4, 5]]]"), "$.nodes[0].value[1][1]: rows must be equally long"),
        (raw_value(b"9223372036854775808"), "beyond"), (raw_value(b"[" * 40 + b"1" + b"]" * 40), "at most 32 axes"),
        (raw_value(b"[" * 5000 + b"1" + b"]" * 5000), ""), (raw_value(b"9" * 5000), "value"),
    ],
    ids=lambda part: ascii(part[:24]) if isinstance(part, str) else "",
)  # fmt: skip
def test_what_is_refused(data, words):
    assert words in refusal(data)


def test_two_nodes_of_one_name_are_refused():
    nodes = [{"id": number, "op": "input", "name": "x", "position": [0, 0]} for number in (1, 2)]
    assert "$.nodes[1].name: there is already a node named x" in refusal(document(nodes=nodes, wires=[]))


def test_a_cycle_is_named_and_a_long_one_shortened():
    data = json.loads(dumps(chain(3)))
    data["wires"][0]["source"] = 4
    assert "negative_3 → negative_4 → negative_2 → negative_3" in refusal(json.dumps(data).encode())
    data = json.loads(dumps(chain(20_000)))
    data["wires"][0]["source"] = 20_001
    assert "…" in refusal(json.dumps(data).encode())


def test_caps_on_nodes_and_bytes(monkeypatch):
    five = dumps(chain(4))
    monkeypatch.setattr(file_format, "MAX_NODES", 3)
    assert "$.nodes: there are 5 nodes; at most 3" in refusal(five)
    with pytest.raises(DocumentError, match="5 nodes; a document holds 3"):
        dumps(chain(4))
    monkeypatch.setattr(file_format, "MAX_BYTES", 100)
    assert "larger than" in refusal(five)
    with pytest.raises(DocumentError, match="Make the values smaller"):
        dumps(chain(1))


DAMAGED = dumps(graph_of({1: "input", 2: "parameter", 3: "multiply", 4: "sum"}, {(3, 0): 1, (3, 1): 2, (4, 0): 3}))


@pytest.mark.parametrize("length", range(0, len(DAMAGED) - 2, 7))
def test_a_torn_document_is_refused(length):
    sentence = refusal(DAMAGED[:length])
    assert ("cut off" in sentence) or length == 0


@settings(deadline=None, max_examples=400)
@given(st.data())
def test_damaged_bytes_never_raise_anything_else(data):
    damaged = bytearray(DAMAGED)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        piece = data.draw(
            st.one_of(st.binary(max_size=3), st.sampled_from([b'"', b"[", b"]", b"{", b"}", b",", b"-", b"9"]))
        )
        damaged[place : place + data.draw(st.integers(0, 3))] = piece
    never_worse_than_refused(bytes(damaged))


@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf")
@example(b'{"format":"backprop-studio","version":1,"nodes":[],"wires":[],"loss":-0.0}')
def test_arbitrary_bytes_never_raise_anything_else(data):
    never_worse_than_refused(data)


texts = st.text(max_size=4) | st.sampled_from(["NaN", "add", "input", "x"])
keys = st.sampled_from(["id", "op", "slot", "init"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | any_float | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("nodes", "wires", "loss", "next_id", "value", "settings", "position", "id", "op", "name", "slot")


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(FIELDS), json_values)
def test_any_json_in_any_field_is_taken_or_refused(field, content):
    data = json.loads(DAMAGED)
    places = {"slot": data["wires"][0]} | dict.fromkeys(data, data)
    places.get(field, data["nodes"][1])[field] = content
    never_worse_than_refused(json.dumps(data).encode())


def never_worse_than_refused(data: bytes) -> None:
    try:
        graph = loads(data, "here.backprop")
    except DocumentError:
        refusal(data)
    else:
        check_invariants(graph)


def test_older_versions_are_migrated(monkeypatch):
    def from_one_to_two(content):
        for node in content["nodes"]:
            node["op"] = {"minus": "negative"}.get(node["op"], node["op"])
        return content | {"version": 2}

    old = document().replace(b'"negative"', b'"minus"')
    assert "minus" in refusal(old)
    monkeypatch.setattr(file_format, "VERSION", 2)
    assert "no version 1" in refusal(old)
    monkeypatch.setattr(file_format, "_MIGRATIONS", MappingProxyType({1: from_one_to_two}))
    assert loads(old) == chain(1)
    assert b'"version": 2' in dumps(loads(old))


def test_save_and_load(tmp_path):
    path = tmp_path / "π net.backprop"
    save(chain(3), path)
    assert load(path) == chain(3)
    save(chain(4), str(path))
    assert load(str(path)) == chain(4)
    assert os.listdir(tmp_path) == ["π net.backprop"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "it is a folder"),
        ("none.backprop", "no such file"),
        ("none/x.backprop", "no such file"),
        ("a\0b", "null "),
    ],
)
def test_what_cannot_be_opened(tmp_path, name, words):
    with pytest.raises(DocumentError, match=words) as caught:
        load(f"{tmp_path}/{name}")
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "it is a folder"),
        ("none/x.backprop", "no such file"),
        ("n" * 300, "file name too long"),
        ("a\0b", "null "),
    ],
)
def test_where_nothing_can_be_saved(tmp_path, name, words):
    with pytest.raises(DocumentError, match=words) as caught:
        save(chain(1), f"{tmp_path}/{name}")
    assert "Nothing there was changed" in str(caught.value)
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_neither_opened_nor_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(DocumentError, match="no ordinary file"):
        load(pipe)
    with pytest.raises(DocumentError, match="no ordinary file"):
        save(chain(1), pipe)
    assert pipe.is_fifo()


def test_a_graph_that_could_not_be_opened_again_is_not_saved(tmp_path):
    path = tmp_path / "a.backprop"
    save(chain(1), path)
    broken = Graph(chain(1).nodes, MappingProxyType({(2, 0): 2}), None, 3)
    with pytest.raises(DocumentError, match="form a cycle"):
        save(broken, path)
    assert load(Path(path)) == chain(1)
