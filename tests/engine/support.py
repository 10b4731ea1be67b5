"""Shared by the engine's tests: numeric derivatives and programs in one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from backprop_studio.engine.interpreter import Pass, run, unbroadcast
from backprop_studio.engine.op import Op, Sample
from backprop_studio.engine.ops import registry
from backprop_studio.engine.program import CallSpec, Program, assemble, stream_of

Array = np.ndarray[Any, Any]
NAME = "out"
"""What the operation's own call is named; numbers that it draws are drawn by name."""


def numeric_vjp(function: Callable[[Array], Array], at: Array, upstream: Array, step: float = 1e-6) -> Array:
    """Central differences of Σ upstream × function, entry by entry of ``at``."""
    result = np.zeros_like(at)
    for place in np.ndindex(at.shape):
        up, down = at.copy(), at.copy()
        up[place] += step
        down[place] -= step
        result[place] = ((function(up) - function(down)) * upstream).sum() / (up[place] - down[place])
    return result


def shapes_of(sample: Sample) -> tuple[Any, ...]:
    """The shapes of a sample's inputs, None for an absent one."""
    return tuple(None if array is None else array.shape for array in sample.inputs)


def keywords_of(op: Op, sample: Sample, dtype: str = "float64") -> dict[str, Any]:
    """What the operation's functions take by keyword on a sample: settings, the training mode, and its state."""
    settings = op.in_mode(op.complete_settings(sample.settings), training=True)
    keywords = {**settings, **op.state_for(shapes_of(sample), np.dtype(dtype), sample.state)}
    return {**keywords, "stream": stream_of(NAME)} if op.draws else keywords


def refined(op: Op, sample: Sample) -> Op:
    """The declaration that holds for a sample."""
    return op.refined(shapes_of(sample), keywords_of(op, sample))


def specs_of(op: Op, sample: Sample) -> list[CallSpec]:
    """Sources for the inputs of a sample that are there, and last the operation's call."""
    specs: list[CallSpec] = []
    inputs: list[int | None] = []
    for slot, array in enumerate(sample.inputs):
        inputs.append(None if array is None else len(specs))
        if array is not None:
            kind = "target" if op.input_for(slot).indices and array.dtype.kind in "iu" else "parameter"
            specs.append(CallSpec(len(specs), f"p{slot}", registry[kind], (), {}, array))
    return [*specs, CallSpec(len(specs), NAME, op, tuple(inputs), sample.settings, state=sample.state)]


def outcome(op: Op, sample: Sample) -> tuple[Array, dict[str, Any]]:
    """The value of an operation on a sample, and what its functions take by keyword."""
    floats = [array.dtype for array in sample.inputs if array is not None and array.dtype.kind == "f"]
    settings = keywords_of(op, sample, floats[0].name if floats else "float64")
    with np.errstate(all="ignore"):
        return np.asarray(op.forward(*sample.inputs, **settings)), settings


def vjp(op: Op, slot: int, g: Array, sample: Sample) -> Array:
    """The contribution of an operation to one input, summed back to the input's shape."""
    out, settings = outcome(op, sample)
    function, array = refined(op, sample).vjp_for(slot), sample.inputs[slot]
    assert function is not None
    assert array is not None
    with np.errstate(all="ignore"):
        return unbroadcast(np.asarray(function(g, out, *sample.inputs, **settings)), array.shape)


def program_of(
    calls: Sequence[tuple[str, str, Any]], loss: str | None = None, dtype: str = "float64"
) -> tuple[Program, Mapping[int, Any], dict[str, int]]:
    """A program from (name, operation, value or input names); returns it with faults and keys by name."""
    keys = {name: key for key, (name, _, _) in enumerate(calls)}
    specs = []
    for name, op_name, content in calls:
        op = registry[op_name]
        if op.is_source:
            value = None if content is None else np.asarray(content)
            specs.append(CallSpec(keys[name], name, op, value=value))
        else:
            inputs, settings = (content[:-1], content[-1]) if isinstance(content[-1], dict) else (content, {})
            wired = tuple(keys.get(one, 10**6) if one is not None else None for one in inputs)
            specs.append(CallSpec(keys[name], name, op, wired, settings))
    program, faults = assemble(specs, keys[loss] if loss else None, dtype)
    return program, faults, keys


def passes(
    calls: Sequence[tuple[str, str, Any]], loss: str, dtype: str = "float64"
) -> tuple[dict[str, Array | None], dict[str, Array | None], Pass]:
    """Values and gradients by name, and the pass itself."""
    program, _, keys = program_of(calls, loss, dtype)
    done = run(program)
    at = {name: program.position[key] for name, key in keys.items() if key in program.position}
    return (
        {name: done.values[index] for name, index in at.items()},
        {name: done.gradients[index] for name, index in at.items()},
        done,
    )
