"""Graph code says what it should, and comes back as it went."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_studio.document import edits
from backprop_studio.document.compilation import find_loss
from backprop_studio.document.evaluation import evaluate_graph
from backprop_studio.document.graph import EMPTY_GRAPH, Graph, Node, frozen
from backprop_studio.document.values import Value
from backprop_studio.engine.ops import registry
from backprop_studio.exchange.graph_code import GraphCodeError, graph_code, parse, parse_graph_code
from tests.document.support import chain, graphs


def content(graph: Graph) -> tuple[object, ...]:
    """All that text can say of a graph: nodes and wires by name, and the node taken as the loss."""
    name = {key: node.name for key, node in graph.nodes.items()}
    nodes = {node.label: (node.op_name, _own(node), dict(node.settings)) for node in graph.nodes.values()}
    wires = {(graph.source_name(wire), name[wire.target], wire.slot) for wire in graph.wires}
    loss = find_loss(graph)
    if loss is not None and not graph.nodes[loss].op.is_source and not any(graph.inputs_of(loss)):
        loss = None  # nothing is wired to it: a last line always says a loss, a graph need not have one
    return nodes, wires, None if loss is None else name[loss]


def _own(node: Node) -> object:
    """The value of a node, or those of all its outputs where there are several."""
    return node.values if node.more else node.value


def test_the_example_of_the_specification() -> None:
    graph = parse_graph_code("z = x*w + b\ns = sigmoid(z)\nL = square(s - y)\n")
    nodes, wires, loss = content(graph)
    assert nodes == {
        "x": ("parameter", None, {}),
        "w": ("parameter", None, {}),
        "multiply_1": ("multiply", None, {}),
        "b": ("parameter", None, {}),
        "z": ("add", None, {}),
        "s": ("sigmoid", None, {}),
        "y": ("parameter", None, {}),
        "subtract_1": ("subtract", None, {}),
        "L": ("square", None, {}),
    }
    assert ("x", "multiply_1", 0) in wires
    assert ("w", "multiply_1", 1) in wires
    assert ("y", "subtract_1", 1) in wires
    assert len(wires) == 8
    assert loss == "L"
    assert graph.loss is None
    assert graph_code(graph) == "z = x*w + b\ns = sigmoid(z)\nL = square(s - y)\n"


# fmt: off
ROUND = [
    "L = (3*x + 2)**2\n",
    "L = a - (b - c)\n",
    "L = a - b - c\n",
    "L = a/(b/c)*d\n",
    "L = (a**b)**c\n",
    "L = a**b**c\n",
    "L = (-a)**-b\n",
    "L = -a**b\n",
    "L = -(-2)**x\n",
    "L = (a + b).T @ c.T\n",
    "L = --a\n",
    "L = negative(2)\n",
    "L = transpose(2)\n",
    "L = x*-2.5\n",
    "L = sum(x, axis=(0, -1), keepdims=True)\n",
    "L = transpose(x, dim0=0)\n",
    'w = parameter(shape=(2, 8), init="he", seed=3)\nL = sum(w)\n',
    'w = parameter([[1.0, 2.0]], shape=(1, 2), init="zeros")\nL = sum(w)\n',
    "x = input([[1, 2], [3, 4]])\nt = target(0)\nk = constant(-2.0)\nL = x*t*k\n",
    "x = input([nan, inf, -inf])\nL = sum(x)\n",
    "y = a*b\nz = y + y\n",
    "x = input()\nL = square(x)\n",
    "add_1 = add(x, None)\n",
    "z = square(x)\nL = z + 1\nloss = z\n",
    "x = input(1.0)\nL = square(x)\nloss = x\n",
    "x = input(1.0)\n",
    "c = parameter(1.0)\nL = c*3 + 4\n",
    "c1 = square(x)\nL = c1*3 + 4\n",
]
# fmt: on


@pytest.mark.parametrize("text", ROUND)
def test_text_comes_back(text: str) -> None:
    graph = parse_graph_code(text)
    assert graph_code(graph) == text
    assert content(parse_graph_code(graph_code(graph))) == content(graph)


@settings(deadline=None, max_examples=300)
@given(graphs())
def test_every_graph_comes_back(graph: Graph) -> None:
    text = graph_code(graph)
    again = parse_graph_code(text)
    assert content(again) == content(graph)
    if all(node.mode == "on" for node in graph.nodes.values()):  # a mode is a remark, which reading drops
        assert graph_code(again) == text


def test_other_spellings_mean_the_same() -> None:
    plain = parse_graph_code("L = sum(a*b, axis=1, keepdims=True)")
    odd = parse_graph_code("\n# a remark\nL = sum((a) * \\\n  b, dim = 1, keepdim=True,); # done\n\n")
    assert content(odd) == content(plain)
    assert content(parse_graph_code("a = 1.0; L = a*a")) == content(parse_graph_code("a = 1\r\nL = a*a\r\n"))


def test_an_alias_adds_a_name_and_no_node() -> None:
    parsed = parse("y = x\nz = y\nL = square(z)")
    assert set(parsed.names) == {"x", "y", "z", "L"}
    assert len({parsed.names["x"], parsed.names["y"], parsed.names["z"]}) == 1
    assert [node.name for node in parsed.graph.nodes.values()] == ["x", "L"]


def test_names_are_normalised_as_in_python() -> None:
    parsed = parse("ℌ = 2.0\nL = H*ﬁ")
    assert set(parsed.names) == {"H", "fi", "L"}


def test_generated_names_keep_clear_of_written_ones() -> None:
    graph = parse_graph_code("L = add_1*2 + (c + 3)")
    assert graph.node_named("add_1").op_name == "parameter"
    assert graph.node_named("c").op_name == "parameter"
    assert {node.name for node in graph.nodes.values()} == {"add_1", "c", "c1", "c2", "multiply_1", "add_2", "L"}


@pytest.mark.parametrize(
    ("text", "loss"),
    [
        ("a = x*2\nb = y*3", "b"),
        ("L = mse_loss(x, t)\nextra = x*2", "extra"),
        ("a = x*2\nb = a*3\nloss = a", "a"),
        ("x = input(3.)", None),
        ("L = x*w\nw2 = parameter(1.)", "L"),
        ("x = input(3.)\nL = x", "x"),
    ],
)
def test_the_last_name_is_the_loss(text: str, loss: str | None) -> None:
    assert content(parse_graph_code(text))[2] == loss


def test_values_and_their_types() -> None:
    graph = parse_graph_code("x = input([[1, 2]])\ny = target(1)\nw = parameter([.5, 1/4])\nc = -3\nL = x*y*w*c*7")
    value = {node.name: node.value for node in graph.nodes.values() if node.value is not None}
    assert value["x"] == Value([[1, 2]])
    assert value["x"].is_integer
    assert value["y"] == Value(1)
    assert value["w"] == Value([0.5, 0.25])
    assert value["c"] == Value(-3.0)
    assert value["c1"] == Value(7.0)
    assert math.copysign(1, float(parse_graph_code("x = -0.0\nL = x*x").node_named("x").value.array)) == -1


def test_given_values_reach_their_sources() -> None:
    graph = parse_graph_code("x = input(1.)\nL = x*w", {"x": Value(5.0), "w": Value([1.0, 2.0])})
    assert graph.node_named("x").value == Value(5.0)
    assert graph.node_named("w").value == Value([1.0, 2.0])


def test_places_are_those_of_the_text() -> None:
    parsed = parse("é = ü*2\nL = é + sin(é)")
    places = {parsed.graph.nodes[key].name: place for key, place in parsed.places.items()}
    assert places == {
        "ü": (1, 5), "c": (1, 7), "é": (1, 5), "sin_1": (2, 9), "L": (2, 5),
    }  # fmt: skip


def test_numbers_are_floats_before_anything_is_computed() -> None:
    evaluation = evaluate_graph(parse_graph_code("L = 1e300*1e300"))
    assert evaluation.value(evaluation.loss) == math.inf


def test_nodes_are_laid_out_apart() -> None:
    graph = parse_graph_code("L = (a + b)*c")
    assert len({node.position for node in graph.nodes.values()}) == len(graph.nodes)


def test_a_long_chain_is_written_and_read() -> None:
    graph = chain(2000)
    text = graph_code(graph)
    assert max(len(line) for line in text.splitlines()) <= 100
    assert content(parse_graph_code(text)) == content(graph)


def test_a_cycle_is_told() -> None:
    nodes = {1: Node(1, "sin", "a"), 2: Node(2, "cos", "b")}
    graph = Graph(frozen(nodes), frozen({(1, 0): 2, (2, 0): 1}), None, 3)
    with pytest.raises(GraphCodeError, match=r"cycle.*(a → b → a|b → a → b)"):
        graph_code(graph)


def test_the_empty_graph() -> None:
    assert graph_code(EMPTY_GRAPH) == ""
    assert parse_graph_code("\n# nothing\n") == EMPTY_GRAPH


@pytest.mark.parametrize("op", [op for op in registry if not op.is_source], ids=lambda op: op.name)
def test_every_operation_can_be_called(op) -> None:
    inputs = ", ".join(f"i{slot}" for slot in range(len(op.inputs)))
    graph = parse_graph_code(f"L = {op.name}({inputs})")
    node = graph.node_named("L")
    assert node.op is op
    assert [graph.nodes[source].name for source in graph.inputs_of(node.id)] == inputs.split(", ")


printable = st.text(st.sampled_from("abLxw_123.0 ()[]{}+-*/@=,:;#'\"\\\n\t.T!<>&|^%~") | st.characters(), max_size=60)


@settings(deadline=None, max_examples=400)
@given(
    st.lists(
        st.sampled_from(
            ["L", "x", "=", "(", ")", "[", "]", "+", "-", "**", ",", "\n", ";", "sum", "add", "axis=", "None", "1",
             "2.5", "'he'", "parameter", "shape=", ".T", ".", "lambda", "if", "else", ":", "#", "\\", "not", "{", "*"]
        ),
        max_size=30,
    ).map(" ".join)
    | printable
)  # fmt: skip
def test_any_text_is_read_or_refused(text: str) -> None:
    refusal = None
    try:
        graph = parse_graph_code(text)
    except GraphCodeError as error:
        refusal = error
    if refusal is None:
        assert content(parse_graph_code(graph_code(graph))) == content(graph)
    else:
        assert min(refusal.line, refusal.column) >= 1
        assert refusal.sentence[-1] in ".?"


def test_nameless_nodes_are_not_mixed_up() -> None:
    """The second of two unnamed additions is the first input: written inside one expression they would change names."""
    graph, first = edits.add_node(EMPTY_GRAPH, "add", (0, 0))
    graph, second = edits.add_node(graph, "add", (0, 0))
    graph, loss = edits.add_node(graph, "mse_loss", (0, 0))
    graph = edits.connect(edits.connect(graph, second, loss, 0), first, loss, 1)
    assert content(parse_graph_code(graph_code(graph))) == content(graph)


@pytest.mark.parametrize(
    "line",
    [
        'x, t = data("xor")',
        'x, t = data("moons", samples=100, noise=0.1, seed=7)',
        'a, b = data("blobs", classes=3)',
        "x, t = data([[0.0, 1.0]], [[1.0]])",
        'x, t = data(None, [2, 0], kind="blobs")',
    ],
)
def test_a_dataset_comes_back_as_it_went(line: str) -> None:
    graph = parse_graph_code(line + "\n")
    assert graph_code(graph) == line + "\n"
    assert content(parse_graph_code(graph_code(graph))) == content(graph)


def test_other_ways_to_write_a_dataset() -> None:
    plain = content(parse_graph_code('x, t = data("xor")'))
    assert content(parse_graph_code("x, t = data()")) == plain
    assert content(parse_graph_code('x, t = data(kind="xor")')) == plain
    assert content(parse_graph_code("(x, t) = data('xor')")) == plain


def test_both_names_of_a_dataset_stand_for_its_outputs() -> None:
    parsed = parse('x, t = data("sine")\nu = t\nL = mse_loss(x*w, u)\n')
    graph = parsed.graph
    assert parsed.names["x"].node == parsed.names["t"].node == parsed.names["u"].node
    assert [parsed.names[name].output for name in ("x", "t", "u")] == [0, 1, 1]
    loss = graph.node_named("L")
    assert loss is not None
    assert (graph.output_of(loss.id, 0), graph.output_of(loss.id, 1)) == (0, 1)
    assert evaluate_graph(graph).loss == loss.id


def test_values_are_given_to_outputs_by_their_names() -> None:
    graph = parse_graph_code("x, t = data()\n", {"t": Value([1.0, 2.0]), "x": Value(3.0)})
    assert next(iter(graph.nodes.values())).values == (Value(3.0), Value([1.0, 2.0]))
