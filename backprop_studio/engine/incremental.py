"""Both passes again after an edit, computing only what the edit changed. Results equal those of a full run bit by bit.

Calls are matched with those of the program before by their keys. A value is taken over where the call and all its
inputs are as they were; a contribution, where the upstream gradient is as well. Where what is computed again comes out
the same, the change goes no further.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from backprop_studio.engine.errors import EngineError
from backprop_studio.engine.interpreter import Pass, fault_sentence, run, unbroadcast
from backprop_studio.engine.op import Array, Category
from backprop_studio.engine.program import Call, Program

MOST_CHANGED = 0.25
"""Share of changed calls up to which it pays to look for what can be taken over, even where all gradients change."""
PRODUCT_WORK = 50_000
"""Entries times inner axis from which on a product is worth taking over, however much else changed."""
_SMALL = 4096


def run_again(program: Program, before: Program, passed: Pass) -> Pass:
    """What ``run(program)`` returns, given the pass of the program before the edit.

    Arrays that did not change are those of ``passed``. Where that would not pay, this is a full run.
    """
    if program.dtype != before.dtype:
        return run(program)
    rerun = _Rerun(program, before, passed)
    if not _pays(program, rerun.kept):
        return run(program)
    rerun.forward()
    if program.loss is not None and (loss := rerun.values[program.loss]) is not None and loss.size == 1:
        rerun.backward()
    return Pass(rerun.values, rerun.gradients, rerun.contributions, rerun.faults)


def _pays(program: Program, kept: Sequence[bool]) -> bool:
    changed = len(kept) - sum(kept)
    return changed <= MOST_CHANGED * len(kept) or any(
        keep and _is_product(program, call) for keep, call in zip(kept, program.calls, strict=True)
    )


def _is_product(program: Program, call: Call) -> bool:
    if call.op.category not in (Category.LINEAR_ALGEBRA, Category.LAYER) or call.op.elementwise:
        return False
    inner = max((program.calls[source].shape[-1] for source in call.inputs if program.calls[source].shape), default=1)
    return prod(call.shape) * inner >= PRODUCT_WORK


class _Rerun:
    """A pass in the making."""

    def __init__(self, program: Program, before: Program, passed: Pass) -> None:
        self._program, self._before, self._passed = program, before, passed
        count = len(program.calls)
        self.values: list[Array | None] = []
        self.gradients: list[Array | None] = [None] * count
        self.contributions: dict[tuple[int, int], Array] = {}
        self.faults: dict[int, str] = {}
        self._old = [before.position.get(call.key, -1) for call in program.calls]
        """Where each call stood before, −1 where it did not."""
        self._in_place = self._old == list(range(count))
        self._alike = [self._is_alike(index) for index in range(count)]
        """Is the call what it was: operation, settings, wires, and for a source its value?"""
        self.kept = self._unchanged()
        """Does nothing that the call depends on differ?"""
        self._same_value = [False] * count
        self._arrived: list[Array | None] = [None] * count
        """What has arrived of each gradient."""

    def _is_alike(self, index: int) -> bool:
        call, old = self._program.calls[index], self._old[index]
        if old < 0:
            return False
        was = self._before.calls[old]
        if call.op.name != was.op.name or call.shape != was.shape or call.requires_grad != was.requires_grad:
            return False
        value = self._passed.values[old]
        if call.op.is_source or value is None:
            return value is not None and _identical(self._program.leaves[index], value)
        inputs = call.inputs if self._in_place else tuple(self._old[source] for source in call.inputs)
        if inputs != was.inputs:
            return False
        return not call.keywords or _same_keywords(call, was)

    def _unchanged(self) -> list[bool]:
        kept: list[bool] = []
        for alike, call in zip(self._alike, self._program.calls, strict=True):
            kept.append(alike and _all_of(kept, call.inputs))
        return kept

    def forward(self) -> None:
        """Take over or compute every value."""
        program, passed = self._program, self._passed
        with np.errstate(all="ignore"):
            for index, call in enumerate(program.calls):
                old = self._old[index]
                was = passed.values[old] if old >= 0 else None
                if self.kept[index] or (self._alike[index] and _all_of(self._same_value, call.inputs)):
                    self.values.append(was)
                    self._same_value[index] = True
                    continue
                value = self._value(index, call)
                if value is not None and was is not None and _identical(value, was):
                    value, self._same_value[index] = was, True
                self.values.append(value)

    def _value(self, index: int, call: Call) -> Array | None:
        if call.op.is_source:
            return self._program.leaves[index]
        inputs = [self.values[source] for source in call.inputs]
        if any(value is None for value in inputs):
            return None
        try:
            return _read_only(np.asarray(call.op.forward(*inputs, **call.keywords)))
        except (EngineError, MemoryError) as error:
            self.faults[index] = fault_sentence(call, error)
            return None

    def backward(self) -> None:
        """Take over or compute every contribution; add them up in the order in which a full run does."""
        program = self._program
        loss = program.loss
        if loss is None or not program.calls[loss].requires_grad:
            return
        self._arrived[loss] = np.ones_like(self.values[loss])
        with np.errstate(all="ignore"):
            for index in range(loss, -1, -1):
                arrived = self._arrived[index]
                if arrived is None:
                    continue
                self.gradients[index], unchanged = self._known_gradient(index, arrived)
                call = program.calls[index]
                if call.inputs:
                    same = self.kept[index] or (self._alike[index] and self._same_value[index])
                    self._pass_back(index, call, unchanged and same and _all_of(self._same_value, call.inputs))

    def _known_gradient(self, index: int, gradient: Array) -> tuple[Array, bool]:
        """The gradient, as the array of the pass before where it is the same, and whether it is."""
        old = self._old[index]
        was = self._passed.gradients[old] if old >= 0 else None
        if was is not None and (was is gradient or _identical(was, gradient)):
            return was, True
        return _read_only(gradient), False

    def _pass_back(self, index: int, call: Call, unchanged: bool) -> None:
        """The contributions of a call, taken over where ``unchanged``."""
        calls, contributions = self._program.calls, self._passed.contributions
        for slot, source in enumerate(call.inputs):
            if not calls[source].requires_grad:
                continue
            found = contributions.get((self._old[index], slot)) if unchanged else None
            if found is None:
                vjp = call.op.vjp_for(slot)
                if vjp is None:
                    continue
                inputs = [self.values[one] for one in call.inputs]
                full = np.asarray(vjp(self.gradients[index], self.values[index], *inputs, **call.keywords))
                found = _read_only(unbroadcast(full, calls[source].shape))
            self.contributions[index, slot] = found
            so_far = self._arrived[source]
            self._arrived[source] = found if so_far is None else np.asarray(so_far + found)


def _all_of(flags: Sequence[bool], indices: Sequence[int]) -> bool:
    """Are all of these set? Several times as fast as ``all`` of a generator."""
    for index in indices:  # noqa: SIM110
        if not flags[index]:
            return False
    return True


def _same_keywords(call: Call, was: Call) -> bool:
    """Do the functions of two calls of one operation get the same settings, mode and state?"""
    state = call.state
    if not all(_identical(array, was.keywords[name]) for name, array in state.items()):
        return False
    settings = [repr({key: v for key, v in one.keywords.items() if key not in state}) for one in (call, was)]
    return settings[0] == settings[1]  # −0 equals 0, but computes otherwise


def _read_only(array: Array) -> Array:
    array.flags.writeable = False
    return array


def _identical(a: Array, b: Array) -> bool:
    """Are both equal bit by bit, shape and type included?"""
    if a is b:
        return True
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if a.nbytes <= _SMALL:
        return a.tobytes() == b.tobytes()
    bits = f"u{a.dtype.itemsize}"
    return bool(np.array_equal(np.ascontiguousarray(a).view(bits), np.ascontiguousarray(b).view(bits)))
