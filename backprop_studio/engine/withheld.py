"""Entries to which an operation passes no gradient by definition, such as the row that stands for padding.

The loss moves with them all the same, so a difference of the loss would contradict a gradient that is right. Where
they are held fixed, it tells what the gradient means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from string import Template
from typing import Any

import numpy as np

from backprop_studio.engine.op import Array, Forward
from backprop_studio.engine.program import Call, Program


@dataclass(frozen=True, slots=True)
class WithheldFixed:
    """A program whose withheld entries stay as they are, whatever its sources are given.

    ``masks`` has them by call position and input slot.
    """

    program: Program
    masks: Mapping[tuple[int, int], Array]

    def note(self, leaves: Sequence[int]) -> str:
        """One sentence on what stays fixed on the way from some sources to the loss, empty where nothing does."""
        reached = set(leaves)
        told = []
        for index, call in enumerate(self.program.calls):
            for slot, source in enumerate(call.inputs):
                if source in reached:
                    reached.add(index)
                    if (index, slot) in self.masks:
                        told.append(f"{_words(call)} of {call.name}")
        return f"By definition no gradient passes to {' and '.join(told)}; the check holds this fixed." if told else ""


def fix_withheld(program: Program, values: Sequence[Array | None]) -> WithheldFixed:
    """Hold the withheld entries of all calls at ``values``, those of a forward pass by call position."""
    calls, masks = list(program.calls), dict[tuple[int, int], Array]()
    for index, call in enumerate(calls):
        inputs = [values[source] for source in call.inputs]
        given = [array for array in inputs if array is not None]
        if call.op.withheld is None or len(given) < len(inputs):
            continue
        found = call.op.withheld.entries(*given, **call.keywords)
        own = {slot: mask for name, mask in found.items() if (slot := _slot_named(call, name)) is not None}
        if own:
            masks |= {(index, slot): mask for slot, mask in own.items()}
            forward = _holding(call.op.forward, {slot: (mask, given[slot]) for slot, mask in own.items()})
            calls[index] = replace(call, op=replace(call.op, forward=forward))
    return WithheldFixed(replace(program, calls=tuple(calls)) if masks else program, masks)


def _holding(forward: Forward, held: Mapping[int, tuple[Array, Array]]) -> Forward:
    def run(*inputs: Array, **settings: Any) -> Array:
        mixed = list(inputs)
        for slot, (mask, kept) in held.items():
            mixed[slot] = np.where(mask, kept, mixed[slot])
        return forward(*mixed, **settings)

    return run


def _slot_named(call: Call, name: str) -> int | None:
    return next((slot for slot in range(len(call.inputs)) if call.op.input_for(slot).name == name), None)


def _words(call: Call) -> str:
    assert call.op.withheld is not None
    return Template(call.op.withheld.words).substitute(call.settings)
