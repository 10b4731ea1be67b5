"""From a graph to graph code."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping

import numpy as np

from backprop_studio.document.compilation import find_loss
from backprop_studio.document.graph import Graph, Node
from backprop_studio.engine.errors import CycleError
from backprop_studio.engine.program import topological_order
from backprop_studio.exchange.code_errors import GraphCodeError
from backprop_studio.exchange.code_reader import INDEXING, Reading, index_setting, read
from backprop_studio.exchange.code_scan import MAX_LENGTH

MAX_LINE = 88
"""Longest line, in characters, that expressions without names of their own are written into."""
_EVALUATION = "# evaluation mode (graph code has no word for it; on the command line: --mode eval)"
_ROUNDS = 6
_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(1, 6)
_INFIX: Mapping[str, tuple[str, int]] = {
    "add": (" + ", _SUM),
    "subtract": (" - ", _SUM),
    "multiply": ("*", _PRODUCT),
    "divide": ("/", _PRODUCT),
    "matmul": (" @ ", _PRODUCT),
    "power": ("**", _POWER),
}


def write(graph: Graph) -> str:
    """The graph code of ``graph``: one assignment a line, sources first, the loss last.

    Nodes whose name is the one that the reader would give them stand inside the expression that
    uses them. Graph code has no word for a bypassed or muted node, nor for the mode of the whole graph, since text is
    what the graph computes and not how it is looked at: comments tell of them. The line of a node that is off says
    what it computes when it is on. Raises GraphCodeError for a graph with a cycle, which no text can say.
    """
    try:
        order = topological_order({key: [s for s in graph.inputs_of(key) if s is not None] for key in graph.nodes})
    except CycleError as error:
        names = " → ".join(graph.nodes[key].name for key in (*error.keys, error.keys[0]))
        raise GraphCodeError(
            1, 1, f"Graph code cannot say a cycle, and the wires form one: {names}. Remove one."
        ) from None
    loss = find_loss(graph)
    inline = {node.id for node in graph.nodes.values() if node.id != loss and _may_be_nameless(graph, node)}
    for _ in range(_ROUNDS):
        text, inline = _write(graph, order, loss, inline)
        if not inline:
            return text
        if len(text) > MAX_LENGTH:
            raise GraphCodeError(
                1, 1, f"As graph code this graph has more than {MAX_LENGTH:,} characters. Keep it in a document."
            )
        wrong = _renamed(graph, inline, read(text, {}))
        if not wrong:
            return text
        inline -= wrong
    return _write(graph, order, loss, set())[0]


def _may_be_nameless(graph: Graph, node: Node) -> bool:
    """Could the node stand unnamed inside the one expression that uses it?"""
    if len(graph.wires_from(node.id)) != 1 or node.mode != "on" or node.more:
        return False
    if not node.op.is_source:
        return node.name.startswith(f"{node.op_name}_")
    value = node.value
    return (
        node.op_name == "constant"
        and value is not None
        and value.shape == ()
        and not value.is_integer
        and bool(np.isfinite(value.array).all())
        and node.name.startswith("c")
    )


def _renamed(graph: Graph, inline: set[int], reading: Reading) -> set[int]:
    """Those of ``inline`` that the reader would give another name, or the name of another of them."""
    written = reading.graph()
    made = {node.name: node for node in reading.nodes.values()}
    wrong = set()
    for key in inline:
        node = graph.nodes[key]
        twin = made.get(node.name)
        if twin is None or twin.op_name != node.op_name or _users(graph, key) != _users(written, twin.id):
            wrong.add(key)
    return wrong


def _users(graph: Graph, key: int) -> list[tuple[str, int]]:
    """Where the wires of a node end: the names of the nodes that use it, and the input slots."""
    return sorted((graph.nodes[wire.target].name, wire.slot) for wire in graph.wires_from(key))


class _Writer:
    """Expressions as text, with the strength by which they bind."""

    def __init__(self, graph: Graph, inline: Iterable[int]) -> None:
        self.graph = graph
        self.wanted = set(inline)
        self.inlined: set[int] = set()
        self.nameless: dict[int, tuple[str, int]] = {}

    def line(self, key: int) -> str:
        """The expression of a node; of the nodes that may stand in it, those that fit the line do."""
        return self.expression(key)[0]

    def offer(self, key: int) -> bool:
        """Keep the node's expression for the one that uses it; False where it had better have a line."""
        if key not in self.wanted:
            return False
        text, strength = self.expression(key)
        if len(text) > MAX_LINE // 2:
            return False
        self.nameless[key] = (text, strength)
        return True

    def expression(self, key: int) -> tuple[str, int]:
        node = self.graph.nodes[key]
        if node.op.is_source:
            return self._source(node)
        feeds = enumerate(self.graph.inputs_of(key))
        parts = [self._part(source, self.graph.output_of(key, slot)) for slot, source in feeds]
        used = {source for source in self.graph.inputs_of(key) if source in self.nameless}
        self.inlined |= {source for source in used if source is not None}
        if not node.settings and None not in self.graph.inputs_of(key):
            if node.op_name in _INFIX:
                return self._infix(node.op_name, *parts)
            # A sign before a number is part of the number, and 2.T is none.
            is_number = any(self.graph.nodes[source].op.is_source for source in used if source is not None)
            if node.op_name == "negative" and not is_number:
                return f"-{_within(parts[0], _SIGN)}", _SIGN
            if node.op_name == "transpose" and not is_number:
                return f"{_within(parts[0], _ATOM)}.T", _ATOM
        if node.op_name == INDEXING and None not in self.graph.inputs_of(key):
            index = node.op.complete_settings(node.settings)[index_setting(node.op).name]
            if len(node.op.settings) == 1 and index:
                return f"{_within(parts[0], _ATOM)}[{index}]", _ATOM
        texts = [text for text, _ in parts]
        while texts and texts[-1] == "None" and node.op.input_for(len(texts) - 1).optional:
            texts.pop()
        arguments = texts + _settings(node) + _state(node)
        return f"{node.op_name}({', '.join(arguments)})", _ATOM

    def _part(self, source: int | None, output: int) -> tuple[str, int]:
        if source is None:
            return "None", _ATOM
        return self.nameless.get(source, (self.graph.nodes[source].names[output], _ATOM))

    def _source(self, node: Node) -> tuple[str, int]:
        if node.id in self.wanted and node.value is not None:
            number = float(node.value.array)
            text = repr(number)
            # Numbers in an expression are floats however they are written.
            return text.removesuffix(".0"), _SIGN if math.copysign(1.0, number) < 0 else _ATOM
        if node.more:
            return self._several(node), _ATOM
        value = [] if node.value is None else [repr(node.value.array.tolist())]
        return f"{node.op_name}({', '.join(value + _settings(node))})", _ATOM

    @staticmethod
    def _several(node: Node) -> str:
        """A source with several outputs: the arrays of its own, or the first setting without its name."""
        if any(value is not None for value in node.values):
            arrays = ["None" if value is None else repr(value.array.tolist()) for value in node.values]
            return f"{node.op_name}({', '.join([*arrays, *_settings(node)])})"
        first = node.op.settings[0]
        leading = _literal(node.settings.get(first.name, first.default))
        rest = [setting for setting in _settings(node) if not setting.startswith(f"{first.name}=")]
        return f"{node.op_name}({', '.join([leading, *rest])})"

    def _infix(self, op_name: str, left: tuple[str, int], right: tuple[str, int]) -> tuple[str, int]:
        symbol, strength = _INFIX[op_name]
        if op_name == "power":
            return f"{_within(left, _ATOM)}{symbol}{_within(right, _SIGN)}", strength
        return f"{_within(left, strength)}{symbol}{_within(right, strength + 1)}", strength


def _write(graph: Graph, order: list[int], loss: int | None, inline: set[int]) -> tuple[str, set[int]]:
    """The text, and which nodes really stand inside expressions in it."""
    writer = _Writer(graph, inline)
    ends = [key for key in order if key != loss or graph.wires_from(key) or graph.nodes[key].op.is_source]
    if len(ends) < len(order) and loss is not None:
        ends.append(loss)
    # Sources stand first, in the graph's own order: the text opens with the data.
    sources = [key for key in graph.nodes if graph.nodes[key].op.is_source]
    lines = [] if graph.training or not any(node.op.mode_setting for node in graph.nodes.values()) else [_EVALUATION]
    for key in (*sources, *(key for key in ends if not graph.nodes[key].op.is_source)):
        node = graph.nodes[key]
        unwritten = node.op_name == "parameter" and node.value is None and not node.settings
        if unwritten and graph.wires_from(key) and node.mode == "on":
            continue
        if writer.offer(key):
            continue
        if node.mode != "on":
            lines.append(f"# {node.mode}: {node.label}")
        lines.append(f"{node.label} = {writer.line(key)}")
    if loss is not None and (graph.wires_from(loss) or graph.nodes[loss].op.is_source):
        lines.append(f"{_free_word(graph)} = {graph.nodes[loss].name}")
    return "".join(line + "\n" for line in lines), writer.inlined


def _free_word(graph: Graph) -> str:
    """A name for the last line where the loss is no end of the graph."""
    return next(
        name for name in ("loss", *(f"loss_{n}" for n in range(1, len(graph.nodes) + 2))) if not graph.node_named(name)
    )


def _within(part: tuple[str, int], strength: int) -> str:
    text, own = part
    return text if own >= strength else f"({text})"


def _settings(node: Node) -> list[str]:
    return [f"{name}={_literal(value)}" for name, value in node.settings.items()]


def _state(node: Node) -> list[str]:
    """What training has left in the node."""
    return [f"{name}={held.array.tolist()!r}" for name, held in node.state.items()]


def _literal(value: object) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)
