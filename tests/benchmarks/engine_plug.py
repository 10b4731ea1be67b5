"""Backprop Studio as an engine for a benchmark that compares training steps of several libraries.

The benchmark hands over a neutral graph (``spec.nodes`` with name, op, inputs, attrs; ``spec.arrays``; ``spec.loss``;
``spec.lr``) and times the returned function: forward pass, backward pass and SGD update.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from backprop_studio.engine.ops import registry
from backprop_studio.engine.planning import Plan
from backprop_studio.engine.program import CallSpec, Program, assemble

NAMES = {
    "mul": "multiply",
    "sub": "subtract",
    "mse": "mse_loss",
    "hinge": "hinge_loss",
    "softmax_ce": "cross_entropy",
    "param": "parameter",
}


def program_of(spec: Any) -> tuple[Program, dict[str, int]]:
    """The program of a neutral graph, and the call position of each of its parameters."""
    keys = {node.name: key for key, node in enumerate(spec.nodes)}
    specs = []
    for node in spec.nodes:
        op = registry[NAMES.get(node.op, node.op)]
        inputs = tuple(keys[name] for name in node.inputs)
        value = np.array(spec.arrays[node.name]) if op.is_source else None
        specs.append(CallSpec(keys[node.name], node.name, op, inputs, node.attrs, value))
    program, faults = assemble(specs, loss=keys[spec.loss])
    if faults:
        raise NotImplementedError("; ".join(fault.sentence for fault in faults.values()))
    positions = {node.name: program.position[keys[node.name]] for node in spec.nodes if node.op == "param"}
    return program, positions


class Studio:
    """The untraced plan."""

    name = "studio"
    keep_everything = False

    def build(self, spec: Any) -> Callable[[], float]:
        """A function that makes one training step and returns the loss before it."""
        program, self._positions = program_of(spec)
        self.plan = plan = Plan(program, list(self._positions.values()), keep_everything=self.keep_everything)
        rate = np.asarray(spec.lr)
        parameters, gradient, passes = plan.parameters, plan.gradient, plan.step
        multiply, subtract = np.multiply, np.subtract

        def step() -> float:
            loss = passes()
            multiply(gradient, rate, gradient)
            subtract(parameters, gradient, parameters)
            return loss

        return step

    def params(self) -> dict[str, np.ndarray]:
        """The parameters as they are now, by name."""
        return {name: self.plan.parameter_views[index] for name, index in self._positions.items()}


class StudioTraced(Studio):
    """The plan that keeps every value, gradient and contribution."""

    name = "studio_traced"
    keep_everything = True
