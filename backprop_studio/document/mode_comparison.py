"""Forward mode beside reverse mode: what either costs on this graph, and dual numbers carried from one input."""

from __future__ import annotations

from dataclasses import dataclass

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.local_derivatives import Index
from backprop_studio.document.number_text import brief, number
from backprop_studio.engine.cost import measure_cost
from backprop_studio.engine.errors import EngineError
from backprop_studio.engine.forward_mode import entry_direction, forward_mode

QUICK_COST = 200_000
"""Calls times numbers that are parameters: below this the cost is counted without asking."""
MOST_ROWS = 40
AGREED_DIGITS = 8
"""Digits in which both modes are compared: more than rounding errors differ in would say less."""


@dataclass(frozen=True)
class CostTable:
    """What the gradient of all parameters takes, each way: counted, not estimated."""

    parameters: int
    reverse: int
    """Multiplications of one forward and one backward pass."""
    forward: int
    """Multiplications of as many passes as there are numbers among the parameters."""

    @property
    def rows(self) -> tuple[tuple[str, str, str], ...]:
        """("", reverse mode, forward mode) and a row each for passes and multiplications."""
        return (
            ("", "reverse", "forward"),
            ("passes", "1", f"{self.parameters:,}".replace(",", " ")),
            ("multiplications", _grouped(self.reverse), _grouped(self.forward)),
        )

    @property
    def sentence(self) -> str:
        """What the table comes to."""
        if self.parameters < 2:
            return "With one number to learn, either way takes one pass."
        if self.reverse == 0:
            return f"Reverse mode takes one pass; forward mode takes one for each of the {self.parameters} numbers."
        ratio = number(self.forward / self.reverse, 3)
        return f"For the gradient of {self.parameters} numbers forward mode multiplies {ratio} times as much."


@dataclass(frozen=True)
class Dual:
    """A node's value and its derivative with respect to the chosen number."""

    node: int
    name: str
    value: str
    tangent: str


def is_quick(evaluation: Evaluation) -> bool:
    """Is the cost counted within a moment?"""
    return _parameter_size(evaluation) * len(evaluation.program.calls) <= QUICK_COST


def cost_table(evaluation: Evaluation) -> CostTable | None:
    """The cost of the gradient each way, None where there is no loss to differentiate or no parameter."""
    loss = evaluation.program.loss
    if loss is None or evaluation.run.gradients[loss] is None or not _parameter_size(evaluation):
        return None
    try:
        cost = measure_cost(evaluation.program)
    except (EngineError, ValueError):
        return None
    return CostTable(cost.parameters, cost.reverse_mode.multiplications, cost.forward_mode.multiplications)


def dual_numbers(evaluation: Evaluation, node: int, entry: Index = (), output: int = 0) -> tuple[Dual, ...]:
    """The dual numbers of all nodes that depend on one number of an output, in the order of the forward pass."""
    call = evaluation.position(node, output)
    if call is None or not evaluation.program.calls[call].requires_grad:
        return ()
    try:
        found = forward_mode(
            evaluation.program, entry_direction(evaluation.program, call, entry), values=evaluation.run.values
        )
    except EngineError:
        return ()
    duals = []
    for at, spec in enumerate(evaluation.program.calls):
        value, tangent = found.values[at], found.tangents[at]
        if value is not None and tangent is not None:
            duals.append(Dual(evaluation.node_of(at), spec.name, brief(value), brief(tangent)))
    return tuple(duals[:MOST_ROWS])


def agreement(evaluation: Evaluation, node: int, entry: Index = (), output: int = 0) -> str:
    """Forward mode's derivative of the loss beside that of reverse mode, in one line."""
    call, loss = evaluation.position(node, output), evaluation.program.loss
    gradient = evaluation.gradient(node, output)
    if call is None or loss is None or gradient is None:
        return ""
    direction = entry_direction(evaluation.program, call, entry)
    tangent = forward_mode(evaluation.program, direction, values=evaluation.run.values).tangents[loss]
    forward = 0.0 if tangent is None else float(tangent.item())
    reverse = float(gradient[entry])
    return f"forward {number(forward, AGREED_DIGITS)}\nreverse {number(reverse, AGREED_DIGITS)}"


def _parameter_size(evaluation: Evaluation) -> int:
    sizes = (
        evaluation.program.leaves[at].size
        for at, call in enumerate(evaluation.program.calls)
        if call.op.name == "parameter"
    )
    return sum(sizes)


def _grouped(count: int) -> str:
    return f"{count:,}".replace(",", " ")
