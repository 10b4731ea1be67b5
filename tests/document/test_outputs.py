"""A source of two outputs: compiled into two calls, edited, told and kept apart everywhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_studio.document import edits, groups
from backprop_studio.document.changes import difference
from backprop_studio.document.edits import EditError
from backprop_studio.document.evaluation import Evaluation, evaluate_graph
from backprop_studio.document.explanation import explain_node, explain_wire
from backprop_studio.document.file_format import DocumentError, dumps, loads
from backprop_studio.document.fitting import ops_for_source
from backprop_studio.document.graph import EMPTY_GRAPH, Graph, Wire
from backprop_studio.document.grouping import make_group
from backprop_studio.document.lamp import light, nudge
from backprop_studio.document.mode_comparison import agreement, dual_numbers
from backprop_studio.document.narration import narrate
from backprop_studio.document.node_size import port_offset_in, port_offset_out
from backprop_studio.document.outputs import MAX_OUTPUTS, OutputOf, call_key, output_of_key
from backprop_studio.document.paths import chain_rule, find_paths, summary
from backprop_studio.document.tangents import Seed, seed_of, seeds, tangents
from backprop_studio.document.values import Value
from backprop_studio.engine.ops import registry
from backprop_studio.exchange.graph_code import parse_graph_code
from backprop_studio.training.datasets import dataset
from tests.document.support import check_invariants

CODE = 'x, t = data("moons", samples=6, seed=3)\nw = parameter([[0.5], [-0.25]])\ny = x @ w\nL = mse_loss(y, t)\n'


def moons() -> Graph:
    return parse_graph_code(CODE)


def ids(graph: Graph) -> dict[str, int]:
    return {name: node.id for node in graph.nodes.values() for name in node.names}


@given(st.integers(1, 2**53), st.integers(0, MAX_OUTPUTS - 1))
def test_a_key_names_one_output(node: int, output: int) -> None:
    assert output_of_key(call_key(node, output)) == OutputOf(node, output)


def test_no_operation_has_more_outputs_than_keys_tell_apart() -> None:
    assert all(len(op.outputs) <= MAX_OUTPUTS for op in registry)
    assert all(len(op.outputs) == 1 for op in registry if not op.is_source)


def test_each_output_is_a_call_with_its_own_value_and_gradient() -> None:
    graph = moons()
    evaluation, at = evaluate_graph(graph), ids(graph)
    data = at["x"]
    assert at["t"] == data
    features, targets = dataset("moons", 6, seed=3)
    assert np.array_equal(evaluation.value(data), features)
    assert np.array_equal(evaluation.value(data, 1), targets)
    w = np.array([[0.5], [-0.25]])
    upstream = 2.0 * (features @ w - targets) / 6
    assert np.allclose(evaluation.gradient(data), upstream @ w.T)
    assert np.allclose(evaluation.gradient(data, 1), -upstream)
    assert [call.name for call in evaluation.program.calls[:2]] == ["x", "t"]
    assert not evaluation.problems


def test_a_wire_carries_the_output_it_comes_from() -> None:
    graph = moons()
    evaluation, at = evaluate_graph(graph), ids(graph)
    wire = Wire(at["t"], at["L"], 1)
    assert graph.source_name(wire) == "t"
    assert evaluation.carried(wire) is evaluation.value(at["t"], 1)
    assert np.allclose(evaluation.contribution(wire), evaluation.gradient(at["t"], 1))
    for event in evaluation.trace:
        if event.slot is not None:
            found = evaluation.wire_of((event.call, event.slot))
            assert found in set(graph.wires)
            assert graph.source_name(found) == evaluation.program.calls[event.source].name


def test_events_and_explanations_call_each_output_by_its_name() -> None:
    graph = moons()
    evaluation, at = evaluate_graph(graph), ids(graph)
    told = [narrate(evaluation, index).sentence for index in range(len(evaluation.trace))]
    assert "t carries its value to L" in told
    assert "L passes the gradient to t" in told
    assert explain_wire(evaluation, Wire(at["t"], at["L"], 1)).title == "t → L"
    explained = explain_node(evaluation, at["x"])
    assert explained.title == "x, t"
    assert "∂L/∂x" in explained.text
    assert "∂L/∂t" in explained.text
    assert str(call_key(at["t"], 1)) not in explained.text


def test_forward_mode_knows_both_outputs_by_their_node() -> None:
    graph = moons()
    evaluation, at = evaluate_graph(graph), ids(graph)
    duals = dual_numbers(evaluation, at["t"], (0, 0), 1)
    assert [dual.name for dual in duals] == ["t", "L"]
    assert all(dual.node in graph.nodes for dual in duals)
    forward, reverse = agreement(evaluation, at["t"], (0, 0), 1).splitlines()
    assert forward.split()[1] == reverse.split()[1]


def test_a_muted_dataset_gives_zeros_of_both_shapes() -> None:
    graph = moons()
    evaluation = evaluate_graph(edits.set_mode(graph, [ids(graph)["x"]], "muted"))
    assert not evaluation.value(ids(graph)["x"]).any()
    assert not evaluation.value(ids(graph)["x"], 1).any()
    assert evaluation.value(ids(graph)["x"], 1).shape == (6, 1)


def test_a_fault_stands_at_the_node() -> None:
    graph = moons()
    at = ids(graph)
    after = edits.set_value(graph, at["x"], Value(np.zeros((6, 3))))
    evaluation = evaluate_graph(after)
    assert set(evaluation.problems) == {at["y"], at["L"]}
    after = edits.set_value(graph, at["x"], Value([float("nan")] * 6), 1)
    broken = evaluate_graph(after)
    assert broken.nonfinite == at["t"]
    assert broken.notice is not None
    assert broken.notice.startswith("t[0] is ")


def test_class_indices_stay_integers() -> None:
    graph = parse_graph_code('x, t = data("spiral", samples=9, classes=3)\nW = parameter(shape=(2, 3))\n'
                             "L = cross_entropy(x @ W, t)\n")  # fmt: skip
    evaluation = evaluate_graph(graph)
    value = evaluation.value(ids(graph)["t"], 1)
    assert value is not None
    assert value.dtype == np.int64
    assert evaluation.gradient(ids(graph)["t"], 1) is None
    assert evaluation.gradient(ids(graph)["x"]) is not None


# Edits


def test_a_new_dataset_has_free_names_and_computes_at_once() -> None:
    graph, first = edits.add_node(EMPTY_GRAPH, "data", (0.0, 0.0))
    graph, second = edits.add_node(graph, "data", (0.0, 0.0))
    assert graph.nodes[first].names == ("x", "t")
    assert graph.nodes[second].names == ("x1", "t1")
    assert graph.nodes[first].label == "x, t"
    assert graph.node_named("t1") is graph.nodes[second]
    assert evaluate_graph(graph).value(second, 1).shape == (4, 1)


def test_rewiring_to_the_other_output_is_a_change_and_an_undo_is_the_graph_before() -> None:
    graph = moons()
    at = ids(graph)
    after = edits.connect(graph, at["x"], at["L"], 1, 0)
    check_invariants(after)
    assert after != graph
    assert not after.outputs
    wire = Wire(at["x"], at["L"], 1)
    change = difference(graph, after)
    assert change.wires_added == change.wires_removed == {wire}
    assert edits.connect(after, at["x"], at["L"], 1, 1).outputs == graph.outputs
    assert edits.connect(graph, at["x"], at["L"], 1, 1) is graph


def test_an_output_that_is_not_there_is_refused() -> None:
    graph = moons()
    at = ids(graph)
    for output in (-1, 2):
        with pytest.raises(EditError, match=r"x, t has no output .* from 0 to 1\."):
            edits.connect(graph, at["x"], at["y"], 0, output)
    with pytest.raises(EditError, match="no output 1"):
        edits.connect(graph, at["w"], at["y"], 0, 1)
    with pytest.raises(EditError, match="no output 2"):
        edits.set_value(graph, at["x"], Value(1.0), 2)


def test_renaming_takes_a_name_for_each_output() -> None:
    graph = moons()
    at = ids(graph)
    after = edits.rename(graph, at["x"], "points,  labels")
    assert after.nodes[at["x"]].names == ("points", "labels")
    assert edits.rename(graph, at["x"], "t, x").nodes[at["x"]].names == ("t", "x")
    for text in ("points", "a, b, c", "a, a", "a, w", "a, "):
        with pytest.raises(EditError):
            edits.rename(graph, at["x"], text)
    with pytest.raises(EditError, match="already a node named t"):
        edits.rename(graph, at["w"], "t")


def test_copies_keep_their_outputs_and_get_names_of_their_own() -> None:
    graph = moons()
    at = ids(graph)
    after, copies = edits.duplicate(graph, [at["x"], at["L"]], (0.0, 300.0))
    check_invariants(after)
    assert after.nodes[copies[at["x"]]].names == ("x1", "t1")
    assert after.output_of(copies[at["L"]], 1) == 1
    wired, copies = edits.duplicate(graph, [at["L"]], (0.0, 300.0), with_incoming=True)
    assert wired.source_name(Wire(at["x"], copies[at["L"]], 1)) == "t"


def test_a_node_put_into_the_wire_of_an_output_and_taken_out_again() -> None:
    graph = moons()
    at = ids(graph)
    graph, node = edits.add_node(graph, "negative", (300.0, 300.0))
    inside = edits.insert_on_wire(graph, Wire(at["x"], at["L"], 1), node)
    assert inside.output_of(node, 0) == 1
    assert inside.output_of(at["L"], 1) == 0
    healed = edits.detach(inside, [node])
    assert healed.source_of(at["L"], 1) == at["x"]
    assert healed.output_of(at["L"], 1) == 1


def test_a_wire_that_goes_takes_its_output_along() -> None:
    graph = moons()
    at = ids(graph)
    for after in (edits.disconnect(graph, at["L"], 1), edits.remove(graph, [at["L"]]), edits.remove(graph, [at["x"]])):
        check_invariants(after)
        assert not after.outputs


def test_slots_that_close_up_keep_their_outputs() -> None:
    graph = parse_graph_code("x, t = data()\nL = sum(concatenate(w, t, t))\n")
    at = ids(graph)
    join = at["concatenate_1"]
    after = edits.disconnect(graph, join, 0)
    assert [after.output_of(join, slot) for slot in (0, 1)] == [1, 1]


def test_a_setting_takes_the_place_of_arrays_of_its_own() -> None:
    graph = moons()
    data = ids(graph)["x"]
    own = edits.set_value(edits.set_value(graph, data, Value([[1.0, 2.0]])), data, Value([[1.0]]), 1)
    assert evaluate_graph(own).value(data, 1).tolist() == [[1.0]]
    after = edits.set_setting(own, data, "kind", "circles")
    assert after.nodes[data].values == (None, None)
    assert evaluate_graph(after).value(data).shape == (6, 2)
    assert edits.set_setting(graph, data, "kind", "moons") is graph


# Groups, fitting, documents


def test_a_group_shows_a_port_for_each_output() -> None:
    graph = moons()
    at = ids(graph)
    graph, group = make_group(graph, [at["x"]])
    found = [(port.node, port.wires) for port in groups.ports(graph, group).outputs]
    assert found == [(at["x"], (Wire(at["x"], at["y"], 0),)), (at["x"], (Wire(at["x"], at["L"], 1),))]
    ends = {(wire.source.port, wire.wires[0].target) for wire in groups.visible(graph).wires if len(wire.wires) == 1}
    assert {(0, at["y"]), (1, at["L"])} <= ends
    inner, group = make_group(moons(), [at["L"], at["y"]])
    assert [port.node for port in groups.ports(inner, group).inputs] == [at["x"], at["w"], at["x"]]


def test_the_targets_are_offered_to_the_target_of_a_loss() -> None:
    graph = moons()
    fits = {fit.op.name: fit.slot for fit in ops_for_source(evaluate_graph(graph), ids(graph)["x"], 1)}
    assert fits["mse_loss"] == 1
    fits = {fit.op.name: fit.slot for fit in ops_for_source(evaluate_graph(graph), ids(graph)["x"])}
    assert fits["mse_loss"] == 0


def test_a_document_holds_outputs_and_arrays_of_their_own() -> None:
    graph = moons()
    data = ids(graph)["x"]
    assert loads(dumps(graph)) == graph
    assert b'"output": 1' in dumps(graph)
    assert b'"value"' not in dumps(graph).split(b"\n")[6]  # what settings make is not written out
    own = edits.set_value(edits.set_value(graph, data, Value([[1.0, 2.0]])), data, Value([3]), 1)
    assert loads(dumps(own)) == own


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        (b'"output": 1', b'"output": 2', r"\$\.wires\[\d\]\.output: x has 2 outputs"),
        (b'"output": 1', b'"output": -1', r"\.output"),
        (
            b'"more_outputs": [{"name": "t"}]',
            b'"more_outputs": []',
            r"nodes\[0\]\.more_outputs: data has 2 in all",
        ),
        (b'[{"name": "t"}]', b'[{"name": "x"}]', r"more_outputs\[0\]\.name: there is already a node named x"),
        (b'[{"name": "t"}]', b'[{"name": "if"}]', r"more_outputs\[0\]\.name: if is a word"),
        (b'[{"name": "t"}]', b'[{"name": "t", "value": [[1], [2, 3]]}]', r"more_outputs\[0\]\.value"),
        (
            b'"name": "w"',
            b'"name": "w", "more_outputs": [{"name": "v"}]',
            r"\.more_outputs: parameter has 1 in all",
        ),
    ],
)
def test_a_document_with_wrong_outputs_is_refused_at_the_place(old: bytes, new: bytes, place: str) -> None:
    text = dumps(moons())
    assert old in text
    with pytest.raises(DocumentError, match=place):
        loads(text.replace(old, new))


def test_the_same_graph_with_two_sources_computes_the_same() -> None:
    graph = moons()
    features, targets = dataset("moons", 6, seed=3)
    plain = parse_graph_code(
        CODE.replace(
            'x, t = data("moons", samples=6, seed=3)',
            f"x = input({features.tolist()})\nt = target({targets.tolist()})",
        )
    )
    first, second = evaluate_graph(graph), evaluate_graph(plain)

    def numbers(evaluation: Evaluation) -> dict[str, np.ndarray | None]:
        calls = evaluation.program.calls
        return {call.name: evaluation.run.gradients[at] for at, call in enumerate(calls)}

    assert numbers(first).keys() == numbers(second).keys()
    for name, gradient in numbers(first).items():
        assert np.array_equal(gradient, numbers(second)[name])


def test_wires_from_either_output_of_a_node_laid_out_run_straight() -> None:
    graph = parse_graph_code("x, t = data()\na = relu(x)\nL = mse_loss(a, t)\n")
    data, relu, loss = (graph.nodes[ids(graph)[name]] for name in ("x", "a", "L"))
    ports = [data.position[1] + port_offset_out(2, output)[1] for output in (0, 1)]
    assert relu.position[1] + port_offset_in(1, 0)[1] == ports[0]
    alone = parse_graph_code("x, t = data()\nL = relu(t)\n")
    data, relu = (alone.nodes[ids(alone)[name]] for name in ("x", "L"))
    assert relu.position[1] + port_offset_in(1, 0)[1] == data.position[1] + port_offset_out(2, 1)[1]
    assert loss.position[0] > graph.nodes[ids(graph)["a"]].position[0]


def test_several_wires_at_once_come_each_from_its_output() -> None:
    graph = moons()
    at = ids(graph)
    bare = edits.slice_wires(graph, list(graph.wires))
    wires = [Wire(at["x"], at["L"], 0), Wire(at["x"], at["L"], 1)]
    after = edits.connect_all(bare, wires, {(at["L"], 1): 1})
    assert [after.source_name(wire) for wire in wires] == ["x", "t"]


def test_each_output_is_asked_about_for_itself() -> None:
    """Checks, paths, nudges and forward mode of the targets are not those of the features."""
    text = "x, t = data([[1.0], [2.0]], [[0.5], [-1.0]])\nw = parameter(0.5)\nL = mse_loss(sin(x) * w, t)"
    evaluation = evaluate_graph(parse_graph_code(text))
    node, loss = evaluation.graph.node_named("t").id, evaluation.graph.node_named("L").id
    gradients = [evaluation.gradient(node, output) for output in (0, 1)]
    for output, name in enumerate(("x", "t")):
        lamp = light(evaluation, node, output)
        assert lamp is not None
        assert lamp.verdict == "agrees"
        assert lamp.analytic == gradients[output][lamp.entry]
        paths = find_paths(evaluation, node, loss, output)
        assert paths.count == 1
        assert len(paths.listed[0].wires) == (3, 1)[output]
        np.testing.assert_allclose(paths.gradient, gradients[output])
        assert chain_rule(evaluation, paths)[0][0].text.startswith(f"∂L/∂{name} = ")
        assert summary(evaluation, paths).count(name)
        run = tangents(evaluation, Seed(node, (1, 0), output))
        assert run is not None
        assert run.label == f"{name}[1, 0]"
        assert run.at_loss[0] == pytest.approx(run.at_loss[1], rel=1e-12)
        assert run.at_loss[1] == gradients[output][1, 0]
    assert [(seed.node, seed.output) for seed in seeds(evaluation)][:2] == [(node, 0), (node, 1)]
    assert seed_of(evaluation, node) == Seed(node, (0, 0), 0)


def test_a_single_number_of_a_further_output_can_be_nudged() -> None:
    evaluation = evaluate_graph(parse_graph_code("x, t = data(2.0, 0.5)\nL = mse_loss(x, t)"))
    node = evaluation.graph.node_named("t").id
    moved = nudge(evaluation, node, 1.0, 1)
    assert moved is not None
    assert (moved.loss_before, moved.loss_after, moved.gradient) == (2.25, 0.25, -3.0)
