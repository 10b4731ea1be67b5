"""A program: operation calls in topological order, with every shape known and every fault told.

``assemble`` takes calls in any order, complete or not, and returns the program of all that can be
computed together with one fault for every call that can not. It computes no values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from math import prod
from typing import Any
from zlib import crc32

import numpy as np

from backprop_studio.engine.errors import CycleError, EngineError
from backprop_studio.engine.input_words import input_words
from backprop_studio.engine.op import Array, Op, Settings, Shape

MAX_ELEMENTS = 2**27
"""Most numbers one array may hold (1 GiB in float64); more is refused before it is allocated."""
_WRITTEN_OUT = 10**12


@dataclass(frozen=True, slots=True)
class CallSpec:
    """A call as its author wrote it: inputs by key (None where nothing is connected), a value for a source.

    ``state`` is what the call has kept from training, None before the first step.
    """

    key: int
    name: str
    op: Op
    inputs: tuple[int | None, ...] = ()
    settings: Settings | None = None
    value: Array | None = None
    state: Mapping[str, Array] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a program. ``inputs`` are positions in ``Program.calls``, all before this call's own.

    ``op`` is the declaration that holds for the inputs that are there. ``settings`` are complete, ``keywords`` are
    what the operation's functions take: the settings, the mode among them, the state, and where it draws the stream.
    """

    key: int
    name: str
    op: Op
    inputs: tuple[int, ...]
    settings: Settings
    shape: Shape
    requires_grad: bool
    """True where a differentiable source reaches this call, so that a gradient can exist."""
    keywords: Mapping[str, Any]

    @property
    def state(self) -> dict[str, Array]:
        """What the call keeps from one training step to the next."""
        return {one.name: self.keywords[one.name] for one in self.op.state}

    @property
    def advances(self) -> bool:
        """True where a training step changes the state: not in evaluation mode."""
        mode = self.op.mode_setting
        return self.op.advance is not None and (mode is None or bool(self.keywords[mode]))

    def with_state(self, state: Mapping[str, Array]) -> Call:
        """The call with another state, by name."""
        return replace(self, keywords={**self.keywords, **state})


States = Mapping[int, Mapping[str, Array]]
"""The state of calls, by position and name."""


class FaultKind(Enum):
    """Why a call is not in the program."""

    MISSING_INPUT = "missing input"
    MISSING_VALUE = "missing value"
    CYCLE = "cycle"
    SHAPE = "shape"
    SETTING = "setting"
    TOO_LARGE = "too large"
    VALUE = "value"
    """The operation refused the values of its inputs, such as a class index out of range."""
    BLOCKED = "blocked"
    """An input of the call has a fault; the call itself may be right."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One sentence on why a call can not be computed, and the input slot it concerns where there is one."""

    kind: FaultKind
    sentence: str
    slot: int | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """Calls in topological order. ``leaves`` maps the position of each source to its array.

    ``training`` is the mode that calls are in where they do not say: training or, where False, evaluation.
    """

    calls: tuple[Call, ...]
    leaves: Mapping[int, Array]
    loss: int | None
    dtype: np.dtype
    position: Mapping[int, int]
    """From the key of a call to its position."""
    training: bool = True

    @property
    def states(self) -> States:
        """The state of every call that has one, by position."""
        return {index: call.state for index, call in enumerate(self.calls) if call.op.state}

    def with_states(self, states: States) -> Program:
        """The program with other states of some calls, by position."""
        if not states:
            return self
        calls = list(self.calls)
        for index, state in states.items():
            calls[index] = calls[index].with_state(state)
        return replace(self, calls=tuple(calls))

    def gradient_path(self) -> tuple[bool, ...]:
        """For each call: does it require a gradient, and does a differentiable path lead from it to the loss?"""
        reached = [False] * len(self.calls)
        if self.loss is not None and self.calls[self.loss].requires_grad:
            reached[self.loss] = True
        for index in range(len(self.calls) - 1, -1, -1):
            if reached[index]:
                call = self.calls[index]
                for slot, source in enumerate(call.inputs):
                    if call.op.vjp_for(slot) is not None and self.calls[source].requires_grad:
                        reached[source] = True
        return tuple(reached)


def topological_order(inputs: Mapping[int, Sequence[int]]) -> list[int]:
    """Order keys so that each stands after its inputs; among the ready ones, the earliest in ``inputs`` first.

    Iterative, linear in keys and wires. Raises CycleError naming one cycle. Inputs that are no
    keys of the mapping are passed over.
    """
    order: list[int] = []
    state: dict[int, int] = {}  # 1: on the current path, 2: done
    for root in inputs:
        if root in state:
            continue
        stack = [(root, iter(inputs[root]))]
        state[root] = 1
        while stack:
            key, pending = stack[-1]
            for source in pending:
                if source not in inputs or state.get(source) == 2:
                    continue
                if state.get(source) == 1:
                    path = [entry[0] for entry in stack]
                    raise CycleError(tuple(path[: path.index(source) - len(path) - 1 : -1]))
                state[source] = 1
                stack.append((source, iter(inputs[source])))
                break
            else:
                state[key] = 2
                order.append(key)
                stack.pop()
    return order


def assemble(
    specs: Iterable[CallSpec],
    loss: int | None = None,
    dtype: str | np.dtype = "float64",
    training: bool = True,
) -> tuple[Program, dict[int, Fault]]:
    """Build the program of every call that can be computed.

    Returns it with the faults of the rest, by key. ``loss`` is the key of the loss; where that call
    has a fault the program has no loss. ``dtype`` is "float64" or "float32"; ``training`` is the program's mode.
    """
    by_key = {spec.key: spec for spec in specs}
    order, faults = _order_without_cycles(by_key)
    indices = _used_as_indices(by_key.values())
    float_type = np.dtype(dtype)
    calls: list[Call] = []
    leaves: dict[int, Array] = {}
    position: dict[int, int] = {}
    for key in order:
        spec = by_key[key]
        fault = _fault_of_inputs(spec, by_key, faults)
        if fault is None:
            if spec.op.is_source:
                assert spec.value is not None
                leaves[len(calls)] = _leaf(spec.value, float_type, key in indices)
            result = _call(spec, position, calls, leaves, float_type, training)
            if isinstance(result, Call):
                position[key] = len(calls)
                calls.append(result)
                continue
            leaves.pop(len(calls), None)
            fault = result
        faults[key] = fault
    found = position.get(loss) if loss is not None else None
    return Program(tuple(calls), leaves, found, float_type, position, training), faults


def assemble_again(program: Program, values: Mapping[int, Array], training: bool) -> Program:
    """The same calls at the same positions, with other values of some sources, in training or evaluation mode.

    ``values`` are by position; they may have other shapes. Raises EngineError for the first call that this leaves
    with a fault.
    """
    specs = [
        CallSpec(
            index, call.name, call.op, call.inputs, call.settings, values.get(index, program.leaves.get(index)),
            call.state or None,
        )
        for index, call in enumerate(program.calls)
    ]  # fmt: skip
    made, faults = assemble(specs, program.loss, program.dtype, training)
    if faults:
        raise EngineError(next(iter(faults.values())).sentence)
    assert all(made.position[index] == index for index in range(len(program.calls)))
    calls = tuple(replace(call, key=was.key) for call, was in zip(made.calls, program.calls, strict=True))
    leaves = {index: leaf if index in values else program.leaves[index] for index, leaf in made.leaves.items()}
    return replace(made, calls=calls, leaves=leaves, position=program.position)


def size_text(shape: Shape) -> str:
    """How many numbers an array of a shape would hold, in words, also where that is beyond the largest float."""
    size = prod(shape)
    return f"{size:,} numbers" if size < _WRITTEN_OUT else f"{Decimal(size):.3g} numbers"


def stream_of(name: str) -> int:
    """The number that tells a call's random numbers from those of other calls of equal seed.

    It is made from the name: nothing else of a call outlives saving, edits elsewhere and the way through graph code.
    """
    return crc32(name.encode("utf-8", "surrogatepass"))


def _order_without_cycles(by_key: Mapping[int, CallSpec]) -> tuple[list[int], dict[int, Fault]]:
    """Topological order of all calls on no cycle, and a fault for each call on one."""
    faults: dict[int, Fault] = {}
    inputs = {key: [s for s in spec.inputs if s is not None] for key, spec in by_key.items()}
    while True:
        try:
            return topological_order(inputs), faults
        except CycleError as error:
            names = " → ".join(by_key[key].name for key in (*error.keys, error.keys[0]))
            for key in error.keys:
                faults[key] = Fault(FaultKind.CYCLE, f"The wires form a cycle: {names}. Remove one of them.")
                del inputs[key]


def _used_as_indices(specs: Iterable[CallSpec]) -> set[int]:
    """The keys of what is used as class indices alone.

    A source that is also used as numbers becomes float: whole floats serve as class indices as well.
    """
    uses = [
        (source, spec.op.input_for(slot).indices)
        for spec in specs
        for slot, source in enumerate(spec.inputs)
        if source is not None
    ]
    return {source for source, indices in uses if indices} - {source for source, indices in uses if not indices}


def _fault_of_inputs(spec: CallSpec, by_key: Mapping[int, CallSpec], faults: Mapping[int, Fault]) -> Fault | None:
    if spec.op.is_source:
        if spec.value is None:
            return Fault(FaultKind.MISSING_VALUE, f"{spec.name} has no value. Give it one.")
        return None
    for slot in range(max(len(spec.inputs), len(spec.op.inputs))):
        source = spec.inputs[slot] if slot < len(spec.inputs) else None
        if (source is None and not spec.op.input_for(slot).optional) or (source is not None and source not in by_key):
            words = input_words(spec.op, slot)
            return Fault(FaultKind.MISSING_INPUT, f"{spec.name} has nothing wired to its {words}.", slot)
    for slot, source in enumerate(spec.inputs):
        if source is not None and source in faults:
            return Fault(FaultKind.BLOCKED, f"{spec.name} waits for {by_key[source].name}.", slot)
    return None


def _leaf(value: Array, dtype: np.dtype, keep_integers: bool) -> Array:
    """The array of a source: floats of the program's type; integers only where class indices are wanted."""
    array = np.asarray(value)
    with np.errstate(over="ignore"):  # what float32 cannot hold is infinite
        array = array.copy() if keep_integers and array.dtype.kind in "iu" else np.array(array, dtype=dtype)
    array.flags.writeable = False
    return array


def _with_wired_inputs(spec: CallSpec) -> Op:
    """The declaration of a call's operation that holds for the inputs that are wired."""
    op = spec.op
    wired = [slot < len(spec.inputs) and spec.inputs[slot] is not None for slot in range(len(op.inputs))]
    return op if op.variadic or all(wired) else op.with_inputs(wired)


def _too_large(name: str, shape: Shape) -> Fault:
    return Fault(
        FaultKind.TOO_LARGE,
        f"{name} would have shape {shape}, {size_text(shape)}; at most {MAX_ELEMENTS:,} are allowed in one array.",
    )


def _call(
    spec: CallSpec,
    position: Mapping[int, int],
    calls: Sequence[Call],
    leaves: Mapping[int, Array],
    dtype: np.dtype,
    training: bool,
) -> Call | Fault:
    """The finished call, or the fault that its settings or shapes have."""
    op = spec.op
    try:
        settings = op.complete_settings(spec.settings or {})
    except EngineError as error:
        return Fault(FaultKind.SETTING, f"{spec.name}: {error}")
    if op.is_source:
        leaf = leaves[len(calls)]
        differentiable = op.differentiable and leaf.dtype.kind == "f"
        return Call(spec.key, spec.name, op, (), settings, leaf.shape, differentiable, settings)
    inputs = tuple(position[source] for source in spec.inputs if source is not None)
    op = _with_wired_inputs(spec)
    keywords: dict[str, Any] = op.in_mode(settings, training) if op.mode_setting else settings
    try:
        shapes = tuple(calls[index].shape for index in inputs)
        shape = tuple(op.shape(*shapes, **keywords))
        op = op.refined(shapes, keywords)
    except EngineError as error:
        return Fault(FaultKind.SHAPE, f"{spec.name}: {error}")
    if prod(shape) > MAX_ELEMENTS:
        return _too_large(spec.name, shape)
    if op.state:
        keywords = {**keywords, **op.state_for(shapes, dtype, spec.state or {})}
    if op.draws:
        keywords = {**keywords, "stream": stream_of(spec.name)}
    requires_grad = any(
        op.vjp_for(slot) is not None and calls[index].requires_grad for slot, index in enumerate(inputs)
    )
    return Call(spec.key, spec.name, op, inputs, settings, shape, requires_grad, keywords)
