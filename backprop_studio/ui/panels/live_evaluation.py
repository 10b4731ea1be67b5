"""An evaluation with the numbers of a training snapshot in place of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.engine.interpreter import Pass, unbroadcast
from backprop_studio.engine.op import Array
from backprop_studio.engine.program import Program
from backprop_studio.session.training_worker import TrainingSnapshot


def with_snapshot(evaluation: Evaluation, snapshot: TrainingSnapshot, calls: list[int]) -> Evaluation:
    """``evaluation`` with the values and gradients of ``snapshot``.

    A snapshot holds no contributions; those of the wires that end in ``calls`` (positions in the program)
    are computed from it, the rest are missing.
    """
    program = evaluation.program
    values = [snapshot.values.get(call.key) for call in program.calls]
    gradients = [snapshot.gradients.get(call.key) for call in program.calls]
    contributions: dict[tuple[int, int], Array] = {}
    for call in calls:
        contributions |= _contributions(program, call, values, gradients[call])
    return replace(evaluation, run=Pass(values, gradients, contributions, {}))


def _contributions(
    program: Program, index: int, values: list[Array | None], upstream: Array | None
) -> dict[tuple[int, int], Array]:
    call = program.calls[index]
    inputs = [values[source] for source in call.inputs]
    found: dict[tuple[int, int], Array] = {}
    if upstream is None or values[index] is None or any(value is None for value in inputs):
        return found
    with np.errstate(all="ignore"):
        for slot, source in enumerate(call.inputs):
            vjp = call.op.vjp_for(slot)
            if vjp is not None and program.calls[source].requires_grad:
                full = np.asarray(vjp(upstream, values[index], *inputs, **call.keywords))
                found[index, slot] = unbroadcast(full, program.calls[source].shape)
    return found
