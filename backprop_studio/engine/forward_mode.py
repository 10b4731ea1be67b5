"""Forward mode: tangents carried along with the values, from a direction at the sources to the loss.

One pass gives the derivative of everything along one direction; reverse mode gives that of one loss along all
directions. Both agree: the tangent of the loss is the gradient times the direction, summed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from backprop_studio.engine.errors import EngineError
from backprop_studio.engine.interpreter import forward_pass
from backprop_studio.engine.op import Array
from backprop_studio.engine.program import Call, Program


@dataclass(frozen=True, slots=True)
class ForwardMode:
    """What one pass in forward mode computed. Lists run parallel to ``Program.calls``.

    ``tangents[i]`` has the shape of the value; it is None where the direction does not reach, and the tangent is 0.
    """

    values: list[Array | None]
    tangents: list[Array | None]


def forward_mode(
    program: Program,
    direction: Mapping[int, Array],
    leaves: Mapping[int, Array] | None = None,
    values: list[Array | None] | None = None,
) -> ForwardMode:
    """Carry the tangents ``direction`` of some sources, by call position, to all that depends on them.

    ``leaves`` override those of the program; ``values`` are those of an earlier forward pass, where there is one.
    Raises EngineError where a direction has another shape than its source, or an operation has no forward mode.
    """
    if values is None:
        values, _ = forward_pass(program, leaves)
    tangents: list[Array | None] = [None] * len(program.calls)
    for index, tangent in direction.items():
        call = program.calls[index]
        if np.shape(tangent) != call.shape:
            raise EngineError(f"{call.name} has shape {call.shape}, but its direction has shape {np.shape(tangent)}.")
        if call.requires_grad:
            tangents[index] = np.asarray(tangent, program.dtype)
    with np.errstate(all="ignore"):
        for index, call in enumerate(program.calls):
            moved = [tangents[source] for source in call.inputs]
            value = values[index]
            if value is None or not call.requires_grad or all(tangent is None for tangent in moved):
                continue
            tangents[index] = call_tangent(call, value, [values[source] for source in call.inputs], moved)
    return ForwardMode(values, tangents)


def call_tangent(
    call: Call, value: Array, inputs: Sequence[Array | None], tangents: Sequence[Array | None]
) -> Array | None:
    """The tangent of a call's value, given its inputs' (None: 0). Raises EngineError without a rule for it."""
    op = call.op
    if op.elementwise:
        # Entry by entry the VJP is the JVP. A fixed input is left out: 0 times an infinite derivative would be NaN.
        terms = [
            np.asarray(vjp(tangent, value, *inputs, **call.keywords))
            for slot, tangent in enumerate(tangents)
            if tangent is not None and (vjp := op.vjp_for(slot)) is not None
        ]
        if not terms:
            return None
        total = terms[0]
        for term in terms[1:]:
            total = total + term
    else:
        if op.jvp is None:
            raise EngineError(f"{call.name}: {op.name} has no rule for forward mode; use reverse mode.")
        given = [
            np.zeros(np.asarray(array).shape, value.dtype) if tangent is None else tangent
            for tangent, array in zip(tangents, inputs, strict=True)
        ]
        total = np.asarray(op.jvp(given, value, *inputs, **call.keywords))
    return total if total.shape == value.shape else np.broadcast_to(total, value.shape)


def entry_direction(program: Program, call: int, entry: tuple[int, ...] = ()) -> dict[int, Array]:
    """The direction that moves one entry of one source: 1 there, 0 elsewhere. Raises IndexError outside its shape."""
    shape = program.calls[call].shape
    if len(entry) != len(shape):
        raise IndexError(f"{program.calls[call].name} has shape {shape}; {list(entry)} is not one of its entries")
    tangent = np.zeros(shape, program.dtype)
    tangent[entry] = 1.0
    return {call: tangent}
