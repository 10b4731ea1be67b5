"""An evaluation with the numbers of a training snapshot in place of its own."""

from __future__ import annotations

from dataclasses import replace

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Node, frozen
from backprop_studio.document.values import Value
from backprop_studio.engine.interpreter import Pass
from backprop_studio.session.training_worker import TrainingSnapshot


def with_snapshot(evaluation: Evaluation, snapshot: TrainingSnapshot) -> Evaluation:
    """``evaluation`` with the values, gradients and contributions of ``snapshot``."""
    program = evaluation.program
    values = [snapshot.values.get(call.key) for call in program.calls]
    gradients = [snapshot.gradients.get(call.key) for call in program.calls]
    contributions = {
        (program.position[key], program.calls[program.position[key]].op.own_slot(slot)): array
        for (key, slot), array in snapshot.contributions.items()
        if key in program.position
    }
    return replace(evaluation, run=Pass(values, gradients, contributions, {}))


def with_states(node: Node, snapshot: TrainingSnapshot) -> Node:
    """``node`` with what the step of ``snapshot`` has left in it, such as running statistics."""
    state = snapshot.states.get(node.id)
    return node if state is None else node.with_(state=frozen({name: Value(array) for name, array in state.items()}))
