"""What a program costs in either mode, counted while its operations run: multiplications, additions, functions.

Reverse mode needs one pass for all parameters, forward mode one pass for each number that is a parameter. Nothing is
estimated: every operation is run on arrays that count the NumPy calls made on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from backprop_studio.engine.forward_mode import call_tangent
from backprop_studio.engine.interpreter import forward_pass, unbroadcast
from backprop_studio.engine.op import Array
from backprop_studio.engine.program import Program

_MULTIPLICATIONS = {np.multiply, np.true_divide, np.square, np.reciprocal}
_ADDITIONS = {np.add, np.subtract}
_FUNCTIONS = {
    np.exp, np.expm1, np.log, np.log1p, np.logaddexp, np.sqrt, np.sin, np.cos, np.tanh, np.power, np.float_power,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
    """Operations on single numbers. Divisions count as multiplications, subtractions as additions."""

    multiplications: int = 0
    additions: int = 0
    functions: int = 0
    """exp, ln, tanh and the like."""

    def __add__(self, other: Work) -> Work:
        return Work(
            self.multiplications + other.multiplications,
            self.additions + other.additions,
            self.functions + other.functions,
        )

    def times(self, count: int) -> Work:
        """The work of ``count`` such passes."""
        return Work(self.multiplications * count, self.additions * count, self.functions * count)


@dataclass(frozen=True, slots=True)
class Cost:
    """What the gradient of all parameters costs in either mode."""

    parameters: int
    """How many numbers the parameters hold: as many passes forward mode needs."""
    values: Work
    """One forward pass."""
    backward: Work
    """One backward pass, beyond the forward pass."""
    tangents: Work
    """All passes of forward mode together, beyond their forward passes."""

    @property
    def reverse_mode(self) -> Work:
        """One forward and one backward pass."""
        return self.values + self.backward

    @property
    def forward_mode(self) -> Work:
        """As many passes as there are parameters, each computing values and tangents."""
        return self.values.times(self.parameters) + self.tangents


class _Counter:
    """Counts the arithmetic of NumPy calls on arrays that it has marked."""

    def __init__(self) -> None:
        self.multiplications = self.additions = self.functions = 0
        counter = self

        class Counted(np.ndarray[Any, Any]):
            def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
                plain = [_plain(part) for part in inputs]
                if keywords.get("out") is not None:
                    keywords["out"] = tuple(_plain(part) for part in keywords["out"])
                result = getattr(ufunc, method)(*plain, **keywords)
                counter.note(ufunc, method, plain, result)
                return None if result is None else counter.mark(result)

            def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
                result = super().__array_function__(function, types, args, kwargs)
                return counter.mark(result) if isinstance(result, np.ndarray) else result

        self._type = Counted

    def mark(self, array: Any) -> Any:
        """The array as one whose use is counted."""
        return np.asarray(array).view(self._type)

    def note(self, ufunc: np.ufunc, method: str, inputs: Sequence[Any], result: Any) -> None:
        """Count one call."""
        size = int(np.size(result))
        if ufunc is np.matmul:
            terms = np.shape(inputs[0])[-1]
            self.multiplications += size * terms
            self.additions += size * max(terms - 1, 0)
            return
        if method == "reduce":
            size = max(int(np.size(inputs[0])) - size, 0)
        elif method == "at":
            size = int(np.size(inputs[2]))
        if ufunc in _MULTIPLICATIONS:
            self.multiplications += size
        elif ufunc in _ADDITIONS:
            self.additions += size
        elif ufunc in _FUNCTIONS:
            self.functions += size

    def taken(self) -> Work:
        """What was counted since the last time."""
        work = Work(self.multiplications, self.additions, self.functions)
        self.multiplications = self.additions = self.functions = 0
        return work


def _plain(part: Any) -> Any:
    return part.view(np.ndarray) if isinstance(part, np.ndarray) else part


def measure_cost(program: Program) -> Cost:
    """Count one forward pass, one backward pass, and forward mode for every number that is a parameter.

    Raises ValueError without a loss that is a single number, EngineError where an operation has no forward mode.
    """
    if program.loss is None or prod(program.calls[program.loss].shape) != 1:
        raise ValueError("there is no loss that is a single number")
    values, faults = forward_pass(program)
    if faults:
        raise ValueError(next(iter(faults.values())))
    counter = _Counter()
    with np.errstate(all="ignore"):
        forward = _count_values(program, values, counter)
        backward = _count_backward(program, values, counter)
        tangents = _count_tangents(program, values, counter)
    size = sum(program.leaves[index].size for index in _parameters(program))
    return Cost(size, forward, backward, tangents)


def _parameters(program: Program) -> list[int]:
    return [index for index, call in enumerate(program.calls) if call.op.name == "parameter"]


def _count_values(program: Program, values: list[Array | None], counter: _Counter) -> Work:
    for call in program.calls[: (program.loss or 0) + 1]:
        if not call.op.is_source:
            call.op.forward(*(counter.mark(values[source]) for source in call.inputs), **call.keywords)
    return counter.taken()


def _count_backward(program: Program, values: list[Array | None], counter: _Counter) -> Work:
    """The backward pass to the parameters alone, as training does it."""
    assert program.loss is not None
    wanted = _towards(program, _parameters(program))
    on_path = program.gradient_path()
    gradients: list[Any] = [None] * len(program.calls)
    if on_path[program.loss] and wanted[program.loss]:
        gradients[program.loss] = counter.mark(np.ones_like(values[program.loss]))
    for index in range(program.loss, -1, -1):
        upstream, call = gradients[index], program.calls[index]
        if upstream is None:
            continue
        inputs = [counter.mark(values[source]) for source in call.inputs]
        for slot, source in enumerate(call.inputs):
            vjp = call.op.vjp_for(slot)
            if vjp is None or not (wanted[source] and program.calls[source].requires_grad):
                continue
            full = vjp(upstream, counter.mark(values[index]), *inputs, **call.keywords)
            contribution = unbroadcast(counter.mark(full), program.calls[source].shape)
            so_far = gradients[source]
            gradients[source] = contribution if so_far is None else so_far + contribution
    return counter.taken()


def _count_tangents(program: Program, values: list[Array | None], counter: _Counter) -> Work:
    """Forward mode, one pass for each parameter's entry. What is alike at a call in several passes is run once."""
    known: dict[tuple[int, tuple[bool, ...]], Work] = {}
    total = Work()
    end = (program.loss or 0) + 1
    for parameter in _parameters(program):
        one_pass, moving = Work(), [False] * end
        if parameter >= end:
            continue
        moving[parameter] = True
        for index in range(parameter + 1, end):
            call = program.calls[index]
            key = index, tuple(moving[source] for source in call.inputs)
            if not (call.requires_grad and any(key[1])):
                continue
            moving[index] = True
            if key not in known:
                _run_tangent(program, values, counter, *key)
                known[key] = counter.taken()
            one_pass += known[key]
        total += one_pass.times(program.leaves[parameter].size)
    return total


def _run_tangent(
    program: Program, values: list[Array | None], counter: _Counter, index: int, moves: tuple[bool, ...]
) -> None:
    call, value = program.calls[index], values[index]
    assert value is not None
    inputs = [counter.mark(values[source]) for source in call.inputs]
    ones = [
        counter.mark(np.ones(array.shape, value.dtype)) if moved else None
        for array, moved in zip(inputs, moves, strict=True)
    ]
    call_tangent(call, counter.mark(value), inputs, ones)


def _towards(program: Program, sources: Sequence[int]) -> list[bool]:
    """For each call: does it depend on one of ``sources``?"""
    reached = [False] * len(program.calls)
    for index in sources:
        reached[index] = True
    for index, call in enumerate(program.calls):
        reached[index] = reached[index] or any(reached[source] for source in call.inputs)
    return reached
