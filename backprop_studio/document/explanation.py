"""Every number answers "why?": what an event, a wire or a node shows, derived line by line.

All of it is generated from the operations' declarations; nothing here knows an operation by name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from backprop_studio.document.absence import contribution_absence, gradient_absence
from backprop_studio.document.answer import gradient_answer
from backprop_studio.document.chain import chain_block
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.explanation_lines import (
    Block,
    Term,
    backward_block,
    carried_block,
    fan_out_block,
    forward_block,
    loss_block,
    source_block,
)
from backprop_studio.document.fixed_sources import fixed_sentence, is_fixed
from backprop_studio.document.graph import Wire
from backprop_studio.document.muting import mode_sentence
from backprop_studio.document.narration import narrate
from backprop_studio.document.step_rule import StepRule, narrate_step, update_block, with_sum, zero_block
from backprop_studio.engine.trace import Event, EventKind, Stage, Trace

__all__ = ["Block", "Explanation", "Term", "explain_event", "explain_node", "explain_step", "explain_wire"]


@dataclass(frozen=True)
class Explanation:
    """The derivation of what one event, wire or node shows. ``node`` and ``wire`` say which one."""

    title: str
    sentence: str
    blocks: tuple[Block, ...]
    node: int | None = None
    wire: Wire | None = None

    @property
    def text(self) -> str:
        """Everything as plain text, to copy and to read aloud."""
        parts = [self.title, self.sentence]
        for block in self.blocks:
            factors = (f"{factor.label} = {factor.written.text}" for factor in block.factors)
            parts += ["", block.heading, *(line.written.text for line in block.lines), *factors, *block.notes]
        return "\n".join(parts).strip()

    @property
    def latex(self) -> str:
        """The formulas as LaTeX, one aligned environment a block."""
        parts = []
        for block in self.blocks:
            if block.lines:
                rows = " \\\\\n  ".join(line.written.latex for line in block.lines)
                parts.append(f"% {block.heading}\n\\begin{{gathered}}\n  {rows}\n\\end{{gathered}}")
        return "\n\n".join(parts)


def explain_step(evaluation: Evaluation, trace: Trace, index: int, rule: StepRule) -> Explanation:
    """Derive what happens in one event of a whole training step: of the passes, the update or zero_grad."""
    told = narrate_step(evaluation, trace, index, rule)
    if index < len(evaluation.trace):
        found = explain_event(evaluation, index)
        blocks = tuple(with_sum(evaluation, trace, index, rule, block) for block in found.blocks)
        return replace(found, sentence=told.sentence, blocks=blocks)
    event = trace.events[index]
    update = event.stage is Stage.UPDATE
    block = update_block(evaluation, event.call, rule) if update else zero_block(evaluation, event.call)
    return Explanation(told.title, told.sentence, (block,), node=evaluation.node_of(event.call))


def explain_event(evaluation: Evaluation, index: int) -> Explanation:
    """Derive what happens in one event of the passes."""
    event, told = evaluation.trace.events[index], narrate(evaluation, index)
    block = _event_block(evaluation, event)
    if event.kind is EventKind.CARRY and event.slot is not None:
        wire = evaluation.wire_of((event.call, event.slot))
        return Explanation(told.title, told.sentence, (block,), wire=wire)
    return Explanation(told.title, told.sentence, (block,), node=evaluation.node_of(event.call))


def explain_wire(evaluation: Evaluation, wire: Wire) -> Explanation:
    """Derive what a wire carries back, and say what it carries forward."""
    nodes = evaluation.graph.nodes
    source, target = evaluation.graph.source_name(wire), nodes[wire.target]
    title = f"{source} → {target.name}"
    call = evaluation.position(wire.target)
    absence = contribution_absence(evaluation, wire)
    blocks: list[Block] = []
    if call is not None and absence is None:
        blocks.append(backward_block(evaluation, call, evaluation.slot_of(wire)))
    elif absence is not None:
        blocks.append(Block("Backward", Stage.BACKWARD, (), (f"{absence.mark}  {absence.sentence}",)))
    if call is not None and evaluation.carried(wire) is not None:
        blocks.append(carried_block(evaluation, call, evaluation.slot_of(wire), ahead=False))
    sentence = f"{target.name} passes this contribution back to {source}." if absence is None else ""
    return Explanation(title, sentence, tuple(blocks), wire=wire)


def explain_node(evaluation: Evaluation, node_id: int) -> Explanation:
    """Derive a node's gradient, then its value; of a node with several outputs one after the other."""
    node = evaluation.graph.nodes[node_id]
    blocks: list[Block] = []
    for output in range(len(node.names)):
        call = evaluation.position(node_id, output)
        absence = gradient_absence(evaluation, node_id, output=output)
        if call is not None and evaluation.gradient(node_id, output) is not None:
            chain = chain_block(evaluation, call)
            blocks += [*([chain] if chain is not None else []), _gradient_block(evaluation, call)]
        elif absence is not None:
            blocks.append(Block("Gradient", Stage.BACKWARD, (), (f"{absence.mark}  {absence.sentence}",)))
        if call is not None and evaluation.value(node_id, output) is not None:
            blocks.append(source_block(evaluation, call) if node.op.is_source else forward_block(evaluation, call))
    sentence = mode_sentence(evaluation.graph, node_id) or node.op.sentence
    answer = next(filter(None, (gradient_answer(evaluation, node_id, at) for at in range(len(node.names)))), "")
    if answer:
        sentence = answer if node.op_name == "parameter" else f"{answer} {sentence}"
    if is_fixed(node) and evaluation.gradient(node_id) is not None:
        sentence = f"{sentence} {fixed_sentence(node)}"
    return Explanation(node.label, sentence, tuple(blocks), node=node_id)


def _gradient_block(evaluation: Evaluation, call: int) -> Block:
    """Where a node's gradient comes from: the loss itself, one wire, or the sum over several."""
    arrived = evaluation.trace.arrivals.get(call, [])
    if call == evaluation.program.loss:
        return loss_block(evaluation, call)
    if len(arrived) == 1:
        return backward_block(evaluation, *arrived[0])
    return fan_out_block(evaluation, call)


def _event_block(evaluation: Evaluation, event: Event) -> Block:
    if event.stage is Stage.FORWARD:
        if event.slot is not None:
            return carried_block(evaluation, event.call, event.slot)
        return forward_block(evaluation, event.call)
    if event.slot is not None:
        return backward_block(evaluation, event.call, event.slot)
    return (
        loss_block(evaluation, event.call)
        if event.call == evaluation.program.loss
        else fan_out_block(evaluation, event.call)
    )
