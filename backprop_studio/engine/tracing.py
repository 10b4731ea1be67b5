"""Tracing: a program's operations run once on symbols, forward and backward, which writes down their NumPy calls.

An operation that does something a symbol cannot follow becomes one opaque call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backprop_studio.engine.following import RULES
from backprop_studio.engine.one_call import Opaque
from backprop_studio.engine.op import Shape
from backprop_studio.engine.program import Call, Program
from backprop_studio.engine.symbols import WITH_FEEDS, WITH_PARAMETERS, Kind, Symbol, Tape, Untraceable

StateName = tuple[int, str]
"""(position of a call, name of its state)"""


@dataclass(frozen=True, slots=True)
class Traced:
    """A program as a tape: the symbol of every value, gradient and contribution on it."""

    tape: Tape
    values: list[Symbol]
    gradients: dict[int, Symbol]
    contributions: dict[tuple[int, int], Symbol]
    states: dict[StateName, Symbol]
    """What calls keep from one training step to the next, by call position and name."""
    advanced: dict[StateName, Symbol]
    """The same after this step, for the calls that it changes."""


def trace_program(program: Program, wanted: Sequence[int], changing: Sequence[int], everything: bool = False) -> Traced:
    """Trace one forward and one backward pass.

    ``wanted`` are the calls whose gradients are asked for (with ``everything``, all that exist);
    ``changing`` the sources that change with every step. Constants never change; other sources change with the feeds.
    """
    tape = Tape(RULES)
    states = {
        (index, name): tape.leaf(array.shape, array.dtype, WITH_FEEDS)
        for index, state in program.states.items()
        for name, array in state.items()
    }
    values = _trace_values(program, tape, set(changing), states)
    advanced = _trace_states(program, tape, values, states)
    tape.masks_by_product = True  # an infinite gradient is reported in any case
    needed = _needed(program, wanted, everything)
    gradients: dict[int, Symbol] = {}
    contributions: dict[tuple[int, int], Symbol] = {}
    assert program.loss is not None
    if needed[program.loss]:
        gradients[program.loss] = tape.literal(1.0, program.calls[program.loss].shape, program.dtype)
    for index in range(program.loss, -1, -1):
        upstream, call = gradients.get(index), program.calls[index]
        if upstream is None or call.op.is_source:
            continue
        arguments = [upstream, values[index], *(values[source] for source in call.inputs)]
        for slot, source in enumerate(call.inputs):
            vjp = call.op.vjp_for(slot)
            if vjp is None or not needed[source]:
                continue
            shape = program.calls[source].shape
            contribution = _sum_to(
                _follow(tape, vjp, arguments, _keywords(index, call, states), shape, program.dtype), shape
            )
            contributions[index, slot] = contribution
            so_far = gradients.get(source)
            gradients[source] = contribution if so_far is None else so_far + contribution
    return Traced(tape, values, gradients, contributions, states, advanced)


def _keywords(index: int, call: Call, states: Mapping[StateName, Symbol]) -> Mapping[str, Any]:
    """What the call's functions take by keyword, its state as symbols."""
    return (
        {**call.keywords, **{one.name: states[index, one.name] for one in call.op.state}}
        if call.op.state
        else call.keywords
    )


def _trace_states(
    program: Program, tape: Tape, values: Sequence[Symbol], states: Mapping[StateName, Symbol]
) -> dict[StateName, Symbol]:
    """The states that this step leaves, of all calls that it changes."""
    after: dict[StateName, Symbol] = {}
    for index, call in enumerate(program.calls):
        if not call.op.state or not call.advances:
            continue
        inputs, keywords = [values[source] for source in call.inputs], _keywords(index, call, states)
        for one in call.op.state:
            before = states[index, one.name]
            function = _one_state(call.op.advance, one.name)
            after[index, one.name] = _follow(tape, function, inputs, keywords, before.shape, before.dtype)
    return after


def _one_state(advance: Callable[..., Any] | None, name: str) -> Callable[..., Any]:
    assert advance is not None
    return lambda *inputs, **keywords: advance(*inputs, **keywords)[name]


def _trace_values(program: Program, tape: Tape, changing: set[int], states: Mapping[StateName, Symbol]) -> list[Symbol]:
    """Trace the forward pass: the symbol of every call's value."""
    values: list[Symbol] = []
    for index, call in enumerate(program.calls):
        if not call.op.is_source:
            inputs = [values[source] for source in call.inputs]
            values.append(
                _follow(tape, call.op.forward, inputs, _keywords(index, call, states), call.shape, program.dtype)
            )
            continue
        leaf = program.leaves[index]
        if not call.op.differentiable and leaf.ndim == 0 and leaf.dtype.kind == "f":
            values.append(tape.literal(float(leaf), (), leaf.dtype))
        else:
            values.append(tape.leaf(leaf.shape, leaf.dtype, WITH_PARAMETERS if index in changing else WITH_FEEDS))
    return values


def _needed(program: Program, wanted: Sequence[int], everything: bool) -> list[bool]:
    """For each call: must its gradient be computed to reach those wanted?"""
    on_path = program.gradient_path()
    if everything:
        return list(on_path)
    needed = [False] * len(program.calls)
    for index in wanted:
        needed[index] = on_path[index]
    for index, call in enumerate(program.calls):
        if not needed[index] and on_path[index]:
            slots = enumerate(call.inputs)
            needed[index] = any(needed[source] and call.op.vjp_for(slot) is not None for slot, source in slots)
    return needed


def _follow(
    tape: Tape,
    function: Callable[..., Any],
    arguments: Sequence[Symbol],
    settings: Mapping[str, Any],
    shape: Shape,
    dtype: np.dtype,
) -> Symbol:
    """The symbol of what ``function`` computes: traced, or one opaque call of shape ``shape``."""
    try:
        result = function(*arguments, **settings)
        if type(result) is Symbol:
            return result
        if isinstance(result, float | int | np.number | np.ndarray) and np.ndim(result) == 0:
            return tape.literal(float(result), (), dtype)
    except (Untraceable, TypeError, AttributeError):
        pass
    named = {name: part for name, part in settings.items() if type(part) is Symbol}
    fixed = tuple(sorted((name, part) for name, part in settings.items() if name not in named))
    opaque = Opaque(function, shape, dtype, fixed, tuple(named))
    return tape.record(Kind.CALL, opaque, [*arguments, *named.values()], shape, dtype)


def _sum_to(symbol: Symbol, shape: Shape) -> Symbol:
    """Undo broadcasting, as the interpreter's ``unbroadcast``."""
    if symbol.shape == shape:
        return symbol
    if symbol.kind is Kind.LITERAL and symbol.size < np.prod(shape):
        assert symbol.literal is not None
        return symbol.tape.literal(symbol.literal, shape, symbol.dtype)
    full = np.broadcast_shapes(symbol.shape, shape)
    # NumPy hands this on to the symbol, which its stubs do not know.
    symbol = np.broadcast_to(symbol, full)  # type: ignore[assignment, arg-type, unused-ignore]
    extra = len(full) - len(shape)
    repeated = [axis + extra for axis, size in enumerate(shape) if size == 1 and full[axis + extra] != 1]
    axes = (*range(extra), *repeated)
    if axes:
        symbol = np.add.reduce(symbol, axis=axes)
    return symbol if symbol.shape == shape else symbol.reshape(shape)
