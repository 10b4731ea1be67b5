"""The parts that ready blocks are built of: layers and neurons of primitive operations."""

from __future__ import annotations

from collections.abc import Sequence

from backprop_studio.document.edits import add_node
from backprop_studio.document.graph import EMPTY_GRAPH, Graph
from backprop_studio.document.grouping import make_group
from backprop_studio.document.names import free_name
from backprop_studio.document.values import Value
from backprop_studio.document.wiring import connect
from backprop_studio.engine.op import Array
from backprop_studio.engine.ops import registry
from backprop_studio.training.initialisers import initial_value

NO_ACTIVATION = "none"
ACTIVATIONS = (NO_ACTIVATION, *(name for name in ("relu", "sigmoid", "tanh", "gelu", "silu") if name in registry))
_HE = ("relu", "gelu", "silu")
"""Activations that let about half of what comes in through, for which weights are drawn by "he"."""


class Builder:
    """A graph that grows node by node."""

    def __init__(self) -> None:
        self.graph: Graph = EMPTY_GRAPH

    def add(self, op_name: str, *sources: int | None, name: str | None = None, value: Value | None = None) -> int:
        """Add a node and wire its inputs; None leaves one free."""
        self.graph, node = add_node(self.graph, op_name, (0.0, 0.0), name=name, value=value)
        for slot, source in enumerate(sources):
            if source is not None:
                self.graph = connect(self.graph, source, node, slot)
        return node

    def entry(self) -> int:
        """A way in for one value that goes to several places."""
        return self.add("identity", name=free_name(self.graph, "entry"))

    def dense(self, value: int | None, inputs: int, outputs: int, activation: str, seed: int) -> int:
        """A dense layer; its weights are drawn by the parameter's own initialiser, its bias is zero."""
        settings = {"shape": (inputs, outputs), "init": _initialiser(activation), "seed": seed}
        weight_name, bias_name = free_name(self.graph, "W"), free_name(self.graph, "b")
        self.graph, weights = add_node(self.graph, "parameter", (0.0, 0.0), name=weight_name, settings=settings)
        bias = {"shape": (outputs,), "init": "zeros"}
        self.graph, bias_node = add_node(self.graph, "parameter", (0.0, 0.0), name=bias_name, settings=bias)
        return self._activated(self.add("add", self.add("matmul", value, weights), bias_node), activation)

    def draw(self, shape: tuple[int, int], activation: str, seed: int) -> Array:
        """Weights of a layer of neurons, the same that a dense layer of that seed begins with."""
        return initial_value(shape, _initialiser(activation), seed)

    def neuron(self, values: Sequence[int], weights: Array, activation: str, place: tuple[int, int]) -> int:
        """A neuron of scalars in a group of its own: the sum of its weighted inputs and a bias, activated.

        ``place`` is its layer and its number there; w2_1_3 is the weight of its third input.
        """
        first = self.graph.next_id
        suffix = f"{place[0]}_{place[1]}"
        total = self.add("parameter", name=f"b{suffix}", value=Value(0.0))
        for number, (value, weight) in enumerate(zip(values, weights.tolist(), strict=True), 1):
            parameter = self.add("parameter", name=f"w{suffix}_{number}", value=Value(float(weight)))
            product = self.add("multiply", value, parameter, name=f"p{suffix}_{number}")
            total = self.add("add", total, product, name=f"s{suffix}_{number}")
        out = self._activated(total, activation)
        self.graph, _ = make_group(self.graph, range(first, self.graph.next_id), f"neuron {place[0]}.{place[1]}")
        return out

    def _activated(self, value: int, activation: str) -> int:
        return value if activation == NO_ACTIVATION else self.add(activation, value)


def _initialiser(activation: str) -> str:
    return "he" if activation in _HE else "xavier"
