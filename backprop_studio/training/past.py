"""What an optimiser knows of the steps behind it, with the parameters that this belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from backprop_studio.engine.op import Shape
from backprop_studio.engine.program import Program
from backprop_studio.training.optimizers import State

Layout = tuple[tuple[int, Shape], ...]
"""Key and shape of every parameter that is trained, in the order in which they make up one vector."""


@dataclass(frozen=True, eq=False)
class Past:
    """The state of the optimiser ``name`` for parameters of one float type."""

    name: str
    layout: Layout
    dtype: str
    state: State

    def fits(self, name: str, program: Program) -> bool:
        """Can training ``program`` with the optimiser ``name`` go on from here?"""
        return (name, layout_of(program), str(program.dtype)) == (self.name, self.layout, self.dtype)

    def of(self, key: int) -> State:
        """The part that belongs to one parameter; a fresh state where it is not among them."""
        start = 0
        for other, shape in self.layout:
            if other == key:
                part = slice(start, start + prod(shape))
                kept = {name: array[part].reshape(shape) for name, array in self.state.kept.items()}
                return State(self.state.steps, kept)
            start += prod(shape)
        return State()


def layout_of(program: Program) -> Layout:
    """The parameters that training changes: those that the loss depends on."""
    reached = program.gradient_path()
    return tuple(
        (call.key, call.shape)
        for call, is_reached in zip(program.calls, reached, strict=True)
        if call.op.name == "parameter" and is_reached
    )
