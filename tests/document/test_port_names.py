"""Names of ports: by what goes in, each its own, and boxes wide enough for them."""

from __future__ import annotations

from backprop_studio.document import edits
from backprop_studio.document.blocks import build_block
from backprop_studio.document.graph import EMPTY_GRAPH
from backprop_studio.document.groups import Ports, port_words, ports
from backprop_studio.document.node_size import GROUP_WIDTH, group_shape, port_rows
from backprop_studio.document.port_names import WIDEST, width_for
from tests.document.support import graph_of


def inputs_of_block(name: str) -> list[str]:
    graph = build_block(name)
    outer = next(group.id for group in graph.groups.values() if group.parent is None)
    return [port.name for port in ports(graph, outer).inputs]


def test_what_is_free_is_called_by_what_goes_in() -> None:
    assert inputs_of_block("mlp") == inputs_of_block("dense") == inputs_of_block("residual") == ["input"]
    assert inputs_of_block("mlp_neurons") == ["input 1", "input 2"]


def test_names_at_a_group_differ() -> None:
    graph = graph_of({1: "input", 2: "add", 3: "linear", 4: "exp"}, {(2, 0): 1})
    graph = edits.rename(graph, 1, "input_1")
    graph, group = edits.make_group(graph, [2, 3, 4])
    found = ports(graph, group)
    names = [port.name for port in found.inputs]
    assert names == ["input_1", "input 1", "input 2", "weight", "bias", "input 3"]
    assert port_words(graph, found.inputs[1]) == "input 1, to the second input of add_2"
    assert port_words(graph, found.inputs[0]) == "input_1, to the first input of add_2"
    assert port_words(graph, found.outputs[0]) == "add_2"


def test_a_box_is_as_wide_as_its_names_want_up_to_a_limit() -> None:
    assert width_for("group_1", ["x"], ["add_2"]) == GROUP_WIDTH
    assert GROUP_WIDTH < width_for("group_1", ["x"], ["log_softmax"]) < WIDEST
    assert GROUP_WIDTH < width_for("the second hidden layer", ["x"], ["y"]) < WIDEST
    assert width_for("n" * 40, ["x" * 40], ["y"]) == WIDEST
    graph, node = edits.add_node(EMPTY_GRAPH, "exp", (0.0, 0.0), name="a_result_with_a_long_name")
    graph, group = edits.make_group(graph, [node])
    assert ports(graph, group).shape.width > GROUP_WIDTH
    assert Ports().width == GROUP_WIDTH


def test_many_ports_stand_close_together_and_the_box_stays_within_a_view() -> None:
    assert group_shape(2, 1).inputs == (56.0, 106.0)
    assert port_rows(12, 1) == 2
    assert port_rows(12, 13) == 1
    assert port_rows(2000, 3) == 0
    assert group_shape(2000, 1000).height < 1400
    shape = group_shape(40, 1)
    assert all(below - above == 20 for above, below in zip(shape.inputs, shape.inputs[1:], strict=False))
