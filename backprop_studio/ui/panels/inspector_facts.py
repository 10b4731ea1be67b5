"""What the inspector says about a node or a wire, as text with roles; no widgets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from backprop_studio.document.absence import Reason, contribution_absence, gradient_absence
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.followed_entry import contribution_entry, value_entry
from backprop_studio.document.graph import Wire
from backprop_studio.document.narration import backward_arithmetic, forward_arithmetic, split_result
from backprop_studio.document.number_text import brief, full_number, number, size_words
from backprop_studio.engine.input_words import input_words
from backprop_studio.engine.op import Array
from backprop_studio.engine.trace import Stage

Role = Literal["text", "quiet", "forward", "backward", "loss", "update", "tangent", "error"]
Line = tuple[tuple[str, Role], ...]
"""One line of a card: pieces of text, each with the role that gives its colour."""

LONGEST_LETTER = 2
"""Characters of a loss's name that may stand in ∂L/∂w, as on the canvas."""
NOT_COMPUTED = Reason.NOT_COMPUTED.words
CLEARED = "cleared by zero_grad"
MOST_TERMS = 12
"""Contributions listed one by one; of more, only the sum is shown."""


class PassesShown(Protocol):
    """How far the passes are shown: what a timeline answers."""

    def value_known(self, node_id: int) -> bool:
        """Is the node's value shown?"""

    def gradient_known(self, node_id: int, output: int = 0) -> Literal["hidden", "partial", "known"]:
        """Is the node's gradient shown?"""

    def gradient_cleared(self, node_id: int) -> bool:
        """Has zero_grad cleared the node's gradient?"""

    def gradient_so_far(self, node_id: int, output: int = 0) -> Array | None:
        """The sum of the contributions that have arrived."""

    def passes_held(self, node_id: int, output: int = 0) -> int:
        """How many backward passes the gradient is the sum of, without zero_grad; 0 where nothing adds up."""

    def wire_number(self, wire: Wire) -> tuple[Stage, Array] | None:
        """What last travelled on a wire."""

    def updated_value(self, node_id: int) -> Array | None:
        """A parameter's value after its step, None where it has not taken it."""


@dataclass(frozen=True)
class Quantity:
    """A value or a gradient: one line for the row, and where it is an array, all its numbers."""

    line: str
    array: Array | None = None


@dataclass(frozen=True)
class NodeFacts:
    """Everything the inspector says about a node beside its name and settings."""

    operation: str
    sentence: str
    shape: str
    value: Quantity
    gradient: Quantity
    updated: bool = False
    """Is the value the one after the step of a parameter, which the graph does not hold?"""
    held: Quantity | None = None
    """What the gradient has added up to without zero_grad, None where nothing adds up."""
    problem: str = ""
    gradient_note: str = ""
    """Why there is no gradient."""
    used_by: str = ""
    forward: tuple[Line, ...] = ()
    backward: tuple[Line, ...] = ()
    arrived: tuple[Line, ...] = ()
    """How the contributions of the wires add up to the gradient."""


@dataclass(frozen=True)
class WireFacts:
    """Everything the inspector says about a wire."""

    title: str
    forward: Quantity
    backward: Quantity
    backward_lines: tuple[Line, ...] = field(default=())
    explanation: str = ""


def node_facts(evaluation: Evaluation, node_id: int, shown: PassesShown, output: int = 0) -> NodeFacts:
    """What can be said of a node and one of its outputs, as far as the passes are shown."""
    graph = evaluation.graph
    node = graph.nodes[node_id]
    value = evaluation.value(node_id, output)
    problem = evaluation.problems.get(node_id)
    users = dict.fromkeys(graph.nodes[wire.target].name for wire in graph.wires_from(node_id))
    call = evaluation.position(node_id, output)
    computed = call is not None and not node.op.is_source
    after = shown.updated_value(node_id)
    value = value if after is None else after
    return NodeFacts(
        operation=node.op.title,
        sentence=node.op.sentence,
        shape=size_words(value.shape) if value is not None else "unknown",
        value=quantity(value) if value is not None and shown.value_known(node_id) else Quantity(NOT_COMPUTED),
        gradient=_gradient(evaluation, node_id, shown, output),
        updated=after is not None,
        held=_held(node_id, shown, output),
        problem=problem.sentence if problem is not None else "",
        gradient_note=_gradient_note(evaluation, node_id),
        used_by=", ".join(users),
        forward=_forward_lines(evaluation, call, shown) if computed and call is not None else (),
        backward=_backward_lines(evaluation, call, shown) if computed and call is not None else (),
        arrived=_arrived_lines(evaluation, node_id, shown, output),
    )


def wire_facts(evaluation: Evaluation, wire: Wire, shown: PassesShown) -> WireFacts:
    """What a wire carries forward and backward, as far as the passes are shown."""
    nodes = evaluation.graph.nodes
    target = nodes[wire.target]
    slot = input_words(target.op, wire.slot)
    value = evaluation.carried(wire)
    forward = quantity(value) if value is not None and shown.value_known(wire.source) else Quantity(NOT_COMPUTED)
    contribution, call = evaluation.contribution(wire), evaluation.position(wire.target)
    arrived = _has_arrived(shown, wire)
    lines: tuple[Line, ...] = ()
    backward = Quantity(NOT_COMPUTED)
    explanation = ""
    absence = contribution_absence(evaluation, wire)
    if absence is not None or contribution is None or call is None:
        explanation = absence.sentence if absence is not None else ""
        backward = Quantity(absence.words if absence is not None else NOT_COMPUTED)
    else:
        lines = _contribution_lines(evaluation, call, evaluation.slot_of(wire), arrived)
        backward = quantity(contribution) if arrived else backward
    title = f"{evaluation.graph.source_name(wire)} → {target.name} ({slot})"
    return WireFacts(title, forward, backward, lines, explanation)


def is_number(shown: Quantity) -> bool:
    """Is it a number or an array, not words on why there is none?"""
    return shown.array is not None or not shown.line.startswith(("no", NOT_COMPUTED, CLEARED))


def quantity(array: Array) -> Quantity:
    """An array for the inspector: a single number with all its digits, of more the shape and the numbers."""
    if array.size == 1:
        return Quantity(full_number(array.item()))
    return Quantity(brief(array), array)


def loss_letter(evaluation: Evaluation) -> str:
    """What stands for the loss in ∂L/∂w: its name where that is short, "L" for a long one, "" where there is none."""
    if evaluation.loss is None:
        return ""
    name = evaluation.graph.nodes[evaluation.loss].name
    return name if len(name) <= LONGEST_LETTER else "L"


def _gradient(evaluation: Evaluation, node_id: int, shown: PassesShown, output: int) -> Quantity:
    gradient = evaluation.gradient(node_id, output)
    if gradient is None:
        absence = gradient_absence(evaluation, node_id, output=output)
        return Quantity(absence.words if absence is not None else NOT_COMPUTED)
    known = shown.gradient_known(node_id, output)
    if known == "known":
        return quantity(gradient)
    if shown.gradient_cleared(node_id):
        return Quantity(CLEARED)
    adds_up = known == "partial" and not shown.passes_held(node_id, output)
    so_far = shown.gradient_so_far(node_id, output) if adds_up else None
    return Quantity(f"{brief(so_far)} so far") if so_far is not None else Quantity(NOT_COMPUTED)


def _held(node_id: int, shown: PassesShown, output: int) -> Quantity | None:
    passes, total = shown.passes_held(node_id, output), shown.gradient_so_far(node_id, output)
    if not passes or total is None:
        return None
    return Quantity(f"{brief(total)} ({passes} pass{'es' if passes > 1 else ''})")


def _gradient_note(evaluation: Evaluation, node_id: int) -> str:
    """Why a node that has no problem of its own has no gradient, "" where it has one."""
    if node_id in evaluation.problems or evaluation.gradient(node_id) is not None:
        return ""
    absence = gradient_absence(evaluation, node_id)
    return absence.sentence if absence is not None else ""


def _forward_lines(evaluation: Evaluation, call: int, shown: PassesShown) -> tuple[Line, ...]:
    spec = evaluation.program.calls[call]
    names = _names(evaluation, call)
    lines: list[Line] = [((f"{spec.name} = {spec.op.formula_for(len(spec.inputs)).fill(names)}", "text"),)]
    if evaluation.run.values[call] is not None and shown.value_known(evaluation.node_of(call)):
        numbers, sign, result = split_result(forward_arithmetic(evaluation, call))
        lines.append(((f"= {numbers}", "quiet"),))
        lines.append(((f"{sign} ", "quiet"), (result, "forward")))
        lines.extend(_entry_lines(value_entry(evaluation, call)))
    return tuple(lines)


def _backward_lines(evaluation: Evaluation, call: int, shown: PassesShown) -> tuple[Line, ...]:
    spec = evaluation.program.calls[call]
    lines: list[Line] = []
    for slot in range(len(spec.inputs)):
        if (call, slot) in evaluation.run.contributions:
            wire = evaluation.wire_of((call, slot))
            if lines:
                lines.append((("", "text"),))
            lines.extend(_contribution_lines(evaluation, call, slot, _has_arrived(shown, wire)))
    return ((("gradient = upstream × local", "quiet"),), *lines) if lines else ()


def _contribution_lines(evaluation: Evaluation, call: int, slot: int, with_numbers: bool) -> tuple[Line, ...]:
    """The contribution through one input: the formula, the formula with numbers, the result."""
    spec = evaluation.program.calls[call]
    source = evaluation.program.calls[spec.inputs[slot]]
    formula = spec.op.gradient_for(slot)
    if formula is None or evaluation.loss is None:
        return ()
    loss = loss_letter(evaluation)
    names = _names(evaluation, call) | {"g": f"∂{loss}/∂{spec.name}"}
    several = len(evaluation.trace.arrivals.get(spec.inputs[slot], ())) > 1
    left = f"to {source.name}: " if several else f"∂{loss}/∂{source.name} = "
    lines: list[Line] = [((left + formula.fill(names), "text"),)]
    if with_numbers:
        numbers, sign, result = split_result(backward_arithmetic(evaluation, call, slot))
        lines.append(((f"= {numbers}", "quiet"),))
        lines.append(((f"{sign} ", "quiet"), (result, "backward")))
        lines.extend(_entry_lines(contribution_entry(evaluation, call, slot)))
    return tuple(lines)


def _entry_lines(entry: str) -> tuple[Line, ...]:
    """One entry of an array worked out; nothing for a single number."""
    return (((entry, "quiet"),),) if entry else ()


def _arrived_lines(evaluation: Evaluation, node_id: int, shown: PassesShown, output: int) -> tuple[Line, ...]:
    """The terms of the gradient, one a wire, of a source also where there is only one."""
    call = evaluation.position(node_id, output)
    edges = evaluation.trace.arrivals.get(call, []) if call is not None else []
    if len(edges) < (1 if evaluation.graph.nodes[node_id].op.is_source else 2):
        return ()
    lines: list[Line] = []
    for edge in edges[:MOST_TERMS]:
        wire = evaluation.wire_of(edge)
        from_target = f"from {evaluation.graph.nodes[wire.target].name}: "
        if _has_arrived(shown, wire) and edge in evaluation.run.contributions:
            numbers, sign, term = split_result(backward_arithmetic(evaluation, *edge))
            lines.append(((f"{from_target}{numbers} {sign} ", "quiet"), (term, "backward")))
        else:
            lines.append(((from_target + NOT_COMPUTED, "quiet"),))
    if len(edges) == 1:
        return tuple(lines)
    if len(edges) > MOST_TERMS:
        lines.append(((f"and {len(edges) - MOST_TERMS} more", "quiet"),))
    gradient = evaluation.gradient(node_id, output)
    if gradient is not None and shown.gradient_known(node_id, output) == "known":
        lines.append((("sum: ", "quiet"), (brief(gradient), "backward")))
    return tuple(lines)


def _has_arrived(shown: PassesShown, wire: Wire) -> bool:
    travelled = shown.wire_number(wire)
    return travelled is not None and travelled[0] is Stage.BACKWARD


def _names(evaluation: Evaluation, call: int) -> dict[str, str]:
    spec = evaluation.program.calls[call]
    parts = {name: number(v) if isinstance(v, float) else str(v) for name, v in spec.settings.items()}
    for slot, source in enumerate(spec.inputs):
        parts[spec.op.input_for(slot).name] = evaluation.program.calls[source].name
    return parts | {"out": spec.name}
