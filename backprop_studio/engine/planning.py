"""Plans: a traced program as one straight-line function over preallocated buffers.

A plan is bound to the shapes and the type of its program. It owns its parameters and gradients as two
flat vectors, so that an optimiser updates everything in a few calls. The program may be given
other feeds (``bind``) without tracing again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan
from types import MappingProxyType

import numpy as np

from backprop_studio.engine.array_code import ArrayStep
from backprop_studio.engine.buffers import aligned
from backprop_studio.engine.interpreter import Pass, advanced, run
from backprop_studio.engine.op import Array
from backprop_studio.engine.program import Program, States
from backprop_studio.engine.scalar_code import ScalarStep, is_scalar
from backprop_studio.engine.symbols import Symbol
from backprop_studio.engine.tracing import Traced, trace_program
from backprop_studio.engine.uncollected import uncollected

_NO_STATES: States = MappingProxyType({})


class Plan:
    """Forward and backward pass of a program, compiled for many steps.

    ``parameters`` and ``gradient`` are flat vectors of the program's float type; ``parameter_views``
    and ``gradient_views`` show them by call position, in their shapes. ``step`` runs both passes and returns
    the loss. With ``keep_everything`` every value, gradient and contribution of the last step can be read: a step keeps
    all that it computes, and what the parameters' gradients do not need is computed when it is first read.

    Call ``step`` under ``np.errstate(all="ignore")``.
    """

    def __init__(self, program: Program, trainable: Sequence[int], *, keep_everything: bool = False) -> None:
        """``trainable`` are the call positions of the parameters. Raises ValueError without a scalar loss."""
        if program.loss is None or np.prod(program.calls[program.loss].shape) != 1:
            raise ValueError("a plan needs a loss that is a single number")
        self.program = program
        self.trainable = tuple(trainable)
        size = sum(program.leaves[index].size for index in self.trainable)
        self.parameters: Array = aligned((size,), program.dtype)
        self.gradient: Array = aligned((size,), program.dtype)
        self.gradient[...] = 0.0
        self.parameter_views = {index: program.leaves[index] for index in self.trainable}
        self.parameter_views, self.gradient_views = self.split(self.parameters), self.split(self.gradient)
        for index, view in self.parameter_views.items():
            view[...] = program.leaves[index]
        with uncollected():
            traced = trace_program(program, self.trainable, self.trainable, keep_everything)
            tier = ScalarStep if is_scalar(traced) else ArrayStep
            self._tier: ScalarStep | ArrayStep = tier(self, traced, keep_everything)
        self._traced = traced if keep_everything else None
        self._compiled = self._tier.step
        self._advanced = traced.advanced
        self._feeds: dict[int, Array] = {}
        self._states: dict[int, Mapping[str, Array]] = {}
        self._exact: Pass | None = None

    def step(self) -> float:
        """Forward and backward pass; returns the loss."""
        try:
            loss = self._compiled()
        except (OverflowError, ZeroDivisionError, ValueError):  # floats raise where NumPy has an infinity or NaN
            return self.step_exactly()
        self._exact = None
        return loss

    def step_exactly(self) -> float:
        """The same, by the interpreter.

        Compiled code masks gradients by multiplying with 0, which is NaN beside an infinity: a step that is not
        finite must be judged by this one.
        """
        program = self.program.with_states(self._states)
        self._exact = passed = run(program, {**self._feeds, **self.split(self.parameters.copy())})
        for index, view in self.gradient_views.items():
            gradient = passed.gradients[index]
            view[...] = 0.0 if gradient is None else gradient
        assert self.program.loss is not None
        loss = passed.values[self.program.loss]
        return nan if loss is None else float(loss.item())

    def bind(self, feeds: Mapping[int, Array], states: States = _NO_STATES) -> None:
        """Give sources other arrays of the same shapes, and calls other states, by call position.

        Raises ValueError for another shape.
        """
        for index, array in feeds.items():
            if np.shape(array) != self.program.calls[index].shape:
                name, shape = self.program.calls[index].name, self.program.calls[index].shape
                raise ValueError(f"{name} has shape {shape}; it cannot be fed an array of shape {np.shape(array)}")
        self._tier.bind(feeds, states)
        self._states |= states
        self._feeds |= {index: np.array(array) for index, array in feeds.items()}

    def advanced(self) -> dict[int, dict[str, Array]]:
        """Copies of the states that the last step leaves, by call position, of all calls that it changes."""
        if self._exact is not None:
            return advanced(self.program.with_states(self._states), self._exact.values)
        after: dict[int, dict[str, Array]] = {}
        for (index, name), symbol in self._advanced.items():
            after.setdefault(index, {})[name] = self._read(symbol)
        return after

    def split(self, vector: Array) -> dict[int, Array]:
        """Views of a vector of all parameters (or gradients), by call position, in their shapes."""
        views, start = {}, 0
        for index, own in self.parameter_views.items():
            views[index] = vector[start : start + own.size].reshape(own.shape)
            start += own.size
        return views

    def values(self) -> dict[int, Array]:
        """Copies of all values of the last step, by call position. Needs ``keep_everything``."""
        traced, exact = self._kept(), self._exact
        if exact is not None:
            return {index: np.array(value) for index, value in enumerate(exact.values) if value is not None}
        return {index: self._read(symbol) for index, symbol in enumerate(traced.values)}

    def gradients(self) -> dict[int, Array]:
        """Copies of all gradients of the last step, by call position. Needs ``keep_everything``."""
        traced, exact = self._kept(), self._exact
        if exact is not None:
            return {index: np.array(given) for index, given in enumerate(exact.gradients) if given is not None}
        return {index: self._read(symbol) for index, symbol in traced.gradients.items()}

    def contributions(self) -> dict[tuple[int, int], Array]:
        """Copies of all contributions of the last step, by call position and slot. Needs ``keep_everything``."""
        traced, exact = self._kept(), self._exact
        if exact is not None:
            return {edge: np.array(given) for edge, given in exact.contributions.items()}
        return {edge: self._read(symbol) for edge, symbol in traced.contributions.items()}

    def _kept(self) -> Traced:
        if self._traced is None:
            raise ValueError("this plan keeps only the loss and the parameters' gradients")
        return self._traced

    def _read(self, symbol: Symbol) -> Array:
        if symbol.literal is not None:
            return np.full(symbol.shape, symbol.literal, symbol.dtype)
        return np.array(self._tier.read(symbol), symbol.dtype).reshape(symbol.shape)
