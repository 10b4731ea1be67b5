"""A loss whose input and target differ in shape: it can be computed by broadcasting, and is seldom meant."""

from __future__ import annotations

import math

from backprop_studio.engine.op import Category
from backprop_studio.engine.program import Program


def broadcast_loss_notice(program: Program) -> tuple[int, str] | None:
    """The first loss that pairs entries of its input and its target otherwise than one to one, and one sentence on it.

    PyTorch warns of the same. A single number against many is no such case, nor are class indices.
    """
    for at, call in enumerate(program.calls):
        names = [one.name for one in call.op.inputs[:2]]
        if call.op.category is not Category.LOSS or names != ["input", "target"] or call.op.inputs[1].indices:
            continue
        (given, given_shape), (target, target_shape) = (
            (program.calls[source].name, program.calls[source].shape) for source in call.inputs[:2]
        )
        if given_shape != target_shape and min(math.prod(given_shape), math.prod(target_shape)) > 1:
            return at, (
                f"{call.name} compares {given} of shape {given_shape} with {target} of shape {target_shape}, so "
                "broadcasting pairs their entries otherwise than one to one. Give both the same shape, as by reshape."
            )
    return None
