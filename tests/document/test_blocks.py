"""Ready blocks compute what they say, stand in one group, and open down to primitive operations."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_studio.document import edits, groups
from backprop_studio.document.blocks import BLOCKS, block_of, build_block, load_block, save_block
from backprop_studio.document.edits import EditError
from backprop_studio.document.evaluation import Evaluation, evaluate_graph
from backprop_studio.document.file_format import DocumentError, dumps, loads, save
from backprop_studio.document.graph import EMPTY_GRAPH, Graph
from backprop_studio.document.values import Value
from backprop_studio.engine.errors import SettingError
from tests.document.support import chain, check_invariants


def outer(graph: Graph) -> int:
    (group,) = (group.id for group in graph.groups.values() if group.parent is None)
    return group


def fed(block: Graph, *values: object) -> tuple[Evaluation, list[int]]:
    """The block with values wired to its inputs, and the nodes of its outputs."""
    graph = block
    ports = groups.ports(graph, outer(graph))
    assert len(ports.inputs) == len(values)
    for port, value in zip(ports.inputs, values, strict=True):
        assert port.node is None
        graph, node = edits.add_node(graph, "input", (0, 0), value=Value(value))
        for slot in port.slots:
            graph = edits.connect(graph, node, *slot)
    return evaluate_graph(graph), [port.node for port in groups.ports(graph, outer(graph)).outputs]


@pytest.mark.parametrize("name", list(BLOCKS))
def test_every_block_is_one_collapsed_group_of_sound_nodes(name):
    graph = build_block(name)
    check_invariants(graph)
    assert loads(dumps(graph)) == graph
    level = groups.visible(graph)
    assert (level.nodes, level.groups) == ((), (outer(graph),))
    assert graph.groups[outer(graph)].name == BLOCKS[name].title
    assert len({node.position for node in graph.nodes.values()}) == len(graph.nodes)
    after, ids = edits.insert(chain(1), graph, (500, 0))
    check_invariants(after)
    assert len(ids) == len(graph.nodes) + len(graph.groups)


def test_a_dense_layer_multiplies_adds_and_activates():
    block = build_block("dense", {"inputs": 2, "outputs": 3, "activation": "tanh", "seed": 7})
    x = np.array([[1.0, -2.0], [0.5, 0.25]])
    evaluation, (out,) = fed(block, x)
    weights = evaluation.value(evaluation.graph.node_named("W").id)
    assert weights.shape == (2, 3)
    np.testing.assert_allclose(evaluation.value(out), np.tanh(x @ weights))


def test_an_mlp_of_tensors_and_one_of_neurons_are_the_same_network():
    settings = {"sizes": (3, 4, 2), "activation": "relu", "output_activation": "sigmoid", "seed": 3}
    x = [0.5, -1.5, 2.0]
    tensors, (result,) = fed(build_block("mlp", settings), [x])
    neurons, results = fed(build_block("mlp_neurons", settings), *x)
    assert len(results) == 2
    np.testing.assert_allclose([neurons.value(node) for node in results], tensors.value(result)[0], rtol=1e-12)


def test_neurons_are_groups_in_the_block():
    graph = build_block("mlp_neurons", {"sizes": (2, 3, 1)})
    inner = [group for group in graph.groups.values() if group.parent == outer(graph)]
    assert [group.name for group in inner] == ["neuron 1.1", "neuron 1.2", "neuron 1.3", "neuron 2.1"]
    assert {node.op_name for node in graph.nodes.values()} <= {"identity", "parameter", "multiply", "add", "relu"}


def test_a_residual_block_adds_what_came_in():
    x = np.array([[1.0, -2.0, 3.0]])
    block = build_block("residual", {"width": 3, "activation": "relu"})
    evaluation, (out,) = fed(block, x)
    graph = evaluation.graph
    inner = [evaluation.value(node.id) for node in graph.nodes.values() if node.op_name == "matmul"]
    np.testing.assert_allclose(evaluation.value(out), x + inner[1])
    muted = edits.set_mode(graph, [n.id for n in graph.nodes.values() if n.op_name == "parameter"], "muted")
    np.testing.assert_array_equal(evaluate_graph(muted).value(out), x)


def test_seeds_give_other_weights_and_the_same_seed_the_same():
    assert build_block("mlp", {"seed": 1}) == build_block("mlp", {"seed": 1})
    assert build_block("mlp", {"seed": 1}) != build_block("mlp", {"seed": 2})


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("dense", {"inputs": 0}, "inputs takes"),
        ("dense", {"width": 3}, "Dense layer has no setting width; its settings: inputs"),
        ("dense", {"activation": "sine"}, "activation takes one of"),
        ("mlp", {"sizes": None}, "sizes takes a tuple of sizes"),
        ("mlp_neurons", {"sizes": None}, "sizes takes a tuple of sizes"),
        ("dense", {"seed": 10**30}, "seed takes a whole number"),
        ("mlp", {"sizes": (3,)}, "needs 2 to 20 sizes"),
        ("mlp", {"sizes": (3, 10**6)}, "at most 4096 units"),
        ("mlp_neurons", {"sizes": (40, 40)}, "1600 weights"),
        ("mlp_neurons", {"sizes": (2, 500)}, "at most 100 units"),
        ("transformer", {}, "There are: dense, mlp"),
    ],
)
def test_settings_that_make_no_block_are_refused(name, given, words):
    with pytest.raises((EditError, SettingError), match=r".*") as caught:
        build_block(name, given)
    assert words in str(caught.value)


def test_a_group_is_saved_and_inserted_again(tmp_path):
    graph = edits.move(chain(3), {2: (400, 300), 3: (610, 300)})
    graph, group = edits.make_group(graph, [2, 3], "Twice")
    save_block(graph, group, tmp_path / "twice.backprop")
    block = load_block(tmp_path / "twice.backprop")
    assert block == block_of(graph, group)
    assert {node.position for node in block.nodes.values()} == {(0.0, 0.0), (210.0, 0.0)}
    after, ids = edits.insert(EMPTY_GRAPH, block, (0, 0))
    assert after.groups[ids[group]].name == "Twice"
    assert len(groups.ports(after, ids[group]).inputs) == 1


def test_any_document_is_a_block(tmp_path):
    save(chain(2), tmp_path / "chain.backprop")
    block = load_block(tmp_path / "chain.backprop")
    assert block.groups[outer(block)].name == "chain"
    assert set(block.members[outer(block)]) == {1, 2, 3}


def test_a_document_without_nodes_is_no_block(tmp_path):
    save(EMPTY_GRAPH, tmp_path / "empty.backprop")
    with pytest.raises(DocumentError, match="there is no node in it"):
        load_block(tmp_path / "empty.backprop")
