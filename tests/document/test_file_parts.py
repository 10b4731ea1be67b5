"""Documents hold modes, bends, frames, comments and groups; damage there is told in one sentence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backprop_studio.document import edits
from backprop_studio.document.file_format import DocumentError, dumps, loads
from backprop_studio.document.graph import Graph
from backprop_studio.exchange.graph_code import parse_graph_code
from tests.document.support import chain


def full() -> Graph:
    """One of everything; group 6 lies in group 7."""
    graph = parse_graph_code("x = input(2.)\na = x*w\nb = relu(a)\nL = exp(b)\n")
    graph = edits.set_mode(graph, [4], "bypassed")
    graph = edits.add_bend(graph, 5, 0, 0, (10, 20))
    graph, inner = edits.make_group(graph, [3])
    graph, outer = edits.make_group(graph, [inner, 4], "Layer")
    graph, _ = edits.add_frame(graph, (0, 0, 300, 200), "Größen", color="green", group=outer)
    graph, _ = edits.add_comment(graph, "two\nlines", (5, 5))
    assert (inner, outer) == (6, 7)
    return graph


def damaged(**changes: Any) -> str:
    """The sentence on a document in which, say, ``groups_0_parent`` was changed."""
    content = json.loads(dumps(full()))
    for path, value in changes.items():
        *way, last = [int(step) if step.isdigit() else step for step in path.split("_")]
        record = content
        for step in way:
            record = record[step]
        record[last] = value
    with pytest.raises(DocumentError) as caught:
        loads(json.dumps(content).encode())
    return str(caught.value)


def test_everything_is_read_back():
    assert loads(dumps(full())) == full()


def test_a_plain_graph_has_none_of_the_new_keys():
    content = json.loads(dumps(chain(2)))
    assert set(content) == {"format", "version", "next_id", "loss", "nodes", "wires"}
    assert all(set(wire) == {"source", "target", "slot"} for wire in content["wires"])
    assert not {"mode", "group"} & {key for node in content["nodes"] for key in node}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"nodes_0_mode": "bypassed"}, "$.nodes[0].mode: x holds a value"),
        ({"nodes_0_mode": "off"}, "$.nodes[0].mode"),
        ({"nodes_0_group": 99}, "$.nodes[0].group: there is no group with the id 99"),
        ({"wires_3_bends": [[1, 2]] * 51}, "$.wires[3].bends: a wire has at most 50 bends, and this one has 51"),
        ({"wires_3_bends": [[1, "a"]]}, "$.wires[3].bends[0][1]"),
        ({"groups_0_parent": 99}, "$.groups[0].parent: there is no group with the id 99"),
        ({"groups_1_parent": 6}, "lies in itself"),
        ({"groups_1_parent": 7}, "lies in itself"),
        ({"groups_0_name": ""}, "$.groups[0].name: the name of a group needs"),
        ({"groups_0_name": "a\u202e"}, "U+202E"),
        ({"groups_0_id": 7}, "there is already a group with the id 7"),
        ({"frames_0_color": "mauve"}, "$.frames[0].color: there is no colour 'mauve'"),
        ({"frames_0_rect": [0, 0, -5, 5]}, "$.frames[0].rect: a size must be"),
        ({"frames_0_title": "x" * 81}, "at most 80 characters"),
        ({"frames_0_group": 1}, "$.frames[0].group: there is no group with the id 1"),
        ({"frames_0_id": 1}, "$.frames: the id 1 is already that of one of the nodes"),
        ({"frames_0_id": 0}, "$.frames: an id is a whole number from 1"),
        ({"frames_0_more": 1}, "unknown field more"),
        ({"comments_0_text": "a\x00"}, "$.comments[0].text"),
        ({"comments_0_size": [1]}, "$.comments[0].size"),
        ({"comments_0_group": 3}, "$.comments[0].group"),
        ({"comments_0_id": 8}, "$.comments: the id 8 is already that of one of the frames"),
    ],
)
def test_damage_is_told_in_one_sentence_with_its_place(changes, words):
    sentence = damaged(**changes)
    assert words in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")


def test_groups_nested_deeper_than_allowed_are_refused():
    content = json.loads(dumps(full()))
    start = 100
    content["groups"] += [
        {"id": start + n, "name": "g", "position": [0, 0], "parent": start + n - 1 if n else 6} for n in range(29)
    ]
    content["nodes"][0]["group"] = start + 28
    with pytest.raises(DocumentError, match="more than 30 deep"):
        loads(json.dumps(content).encode())
    content["nodes"][0]["group"] = start + 27
    del content["groups"][-1]
    assert len(loads(json.dumps(content).encode()).groups) == 30


def test_a_group_without_nodes_is_left_out():
    content = json.loads(dumps(full()))
    content["groups"].append({"id": 500, "name": "empty", "position": [0, 0]})
    content["frames"][0]["group"] = 500
    graph = loads(json.dumps(content).encode())
    assert set(graph.groups) == {6, 7}
    assert graph.frames[8].group is None
    assert graph.next_id == 501


def test_places_out_of_bounds_are_brought_back():
    content = json.loads(dumps(full()))
    content["wires"][3]["bends"] = [[1e300, 0.123456]]
    content["comments"][0]["position"] = [-1e300, 0]
    graph = loads(json.dumps(content).encode())
    assert graph.bends[5, 0] == ((1e6, 0.12),)
    assert graph.comments[9].position == (-1e6, 0.0)
    assert loads(dumps(graph)) == graph
