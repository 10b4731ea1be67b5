"""The interpreter: one forward pass, one backward pass, nothing clever. All other tiers must agree with it.

Arrays are never written to once made, so contributions may share memory with gradients; ``Pass``
marks them read-only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from backprop_studio.engine.errors import EngineError
from backprop_studio.engine.op import Array, Shape
from backprop_studio.engine.program import Call, Program


@dataclass(frozen=True, slots=True)
class Pass:
    """What one forward and one backward pass computed. Lists run parallel to ``Program.calls``.

    ``gradients[i]`` is d(loss)/d(value of call i), None where it does not exist.
    ``contributions[i, slot]`` is what call i passes back through its input ``slot``; the
    contributions to one value add up to its gradient.
    ``faults`` maps a call to the sentence with which its operation refused its inputs' values;
    the values of that call and of all that depend on it are None.
    """

    values: list[Array | None]
    gradients: list[Array | None]
    contributions: dict[tuple[int, int], Array]
    faults: dict[int, str]

    def first_nonfinite(self) -> int | None:
        """The first call in topological order whose value holds NaN or an infinity, or None."""
        for index, value in enumerate(self.values):
            if value is not None and not np.isfinite(value).all():
                return index
        return None


def run(program: Program, leaves: Mapping[int, Array] | None = None) -> Pass:
    """Forward and, where the loss is a single number, backward. ``leaves`` override those of the program."""
    values, faults = forward_pass(program, leaves)
    gradients: list[Array | None] = [None] * len(program.calls)
    contributions: dict[tuple[int, int], Array] = {}
    if program.loss is not None and (loss := values[program.loss]) is not None and loss.size == 1:
        gradients, contributions = backward_pass(program, values)
    for array in (*values, *gradients, *contributions.values()):
        if array is not None:
            array.flags.writeable = False
    return Pass(values, gradients, contributions, faults)


def forward_pass(
    program: Program, leaves: Mapping[int, Array] | None = None
) -> tuple[list[Array | None], dict[int, str]]:
    """Compute every value in topological order. Values that an operation refuses are told, not raised."""
    given = program.leaves if leaves is None else {**program.leaves, **leaves}
    values: list[Array | None] = []
    faults: dict[int, str] = {}
    with np.errstate(all="ignore"):
        for index, call in enumerate(program.calls):
            if call.op.is_source:
                values.append(given[index])
                continue
            inputs = [values[source] for source in call.inputs]
            if any(value is None for value in inputs):
                values.append(None)
                continue
            try:
                values.append(np.asarray(call.op.forward(*inputs, **call.keywords)))
            except (EngineError, MemoryError) as error:
                faults[index] = fault_sentence(call, error)
                values.append(None)
    return values, faults


def fault_sentence(call: Call, error: EngineError | MemoryError) -> str:
    """Why a call has no value, given what its operation raised."""
    if isinstance(error, MemoryError):
        return f"{call.name}: there is not enough memory for an array of shape {call.shape}."
    return f"{call.name}: {error}"


def backward_pass(
    program: Program, values: list[Array | None]
) -> tuple[list[Array | None], dict[tuple[int, int], Array]]:
    """Gradients of the loss and the contribution of every wire, in reverse topological order.

    Each value's gradient is complete before it is passed on, since all its users stand later.
    Raises ValueError where there is no loss or the loss is not a single number.
    """
    if program.loss is None or values[program.loss] is None:
        raise ValueError("there is no loss")
    loss = values[program.loss]
    if loss is None or loss.size != 1:
        raise ValueError("the loss is not a single number")
    gradients: list[Array | None] = [None] * len(program.calls)
    contributions: dict[tuple[int, int], Array] = {}
    if program.calls[program.loss].requires_grad:
        gradients[program.loss] = np.ones_like(loss)
    with np.errstate(all="ignore"):
        for index in range(program.loss, -1, -1):
            upstream, call = gradients[index], program.calls[index]
            if upstream is None or call.op.is_source:
                continue
            inputs = [values[source] for source in call.inputs]
            for slot, source in enumerate(call.inputs):
                vjp = call.op.vjp_for(slot)
                if vjp is None or not program.calls[source].requires_grad:
                    continue
                full = np.asarray(vjp(upstream, values[index], *inputs, **call.keywords))
                contribution = unbroadcast(full, program.calls[source].shape)
                contributions[index, slot] = contribution
                so_far = gradients[source]
                gradients[source] = contribution if so_far is None else np.asarray(so_far + contribution)
    return gradients, contributions


def advanced(program: Program, values: Sequence[Array | None]) -> dict[int, dict[str, Array]]:
    """The state of every call that a training step changes, after a step that computed ``values``; by position."""
    states = {}
    with np.errstate(all="ignore"):
        for index, call in enumerate(program.calls):
            inputs = [values[source] for source in call.inputs]
            if call.advances and call.op.advance is not None and not any(value is None for value in inputs):
                after = call.op.advance(*inputs, **call.keywords)
                states[index] = {name: np.array(after[name], array.dtype) for name, array in call.state.items()}
    return states


def unbroadcast(array: Array, shape: Shape) -> Array:
    """Undo broadcasting: sum over the axes along which an input of ``shape`` was repeated.

    An array smaller than ``shape`` (the scalar gradient of a sum) stands for its repetition.
    """
    if array.shape == shape:
        return array
    array = np.broadcast_to(array, np.broadcast_shapes(array.shape, shape))
    extra = array.ndim - len(shape)
    repeated = (axis + extra for axis, size in enumerate(shape) if size == 1 and array.shape[axis + extra] != 1)
    axes = (*range(extra), *repeated)
    return np.asarray(np.add.reduce(array, axis=axes)).reshape(shape) if axes else array
