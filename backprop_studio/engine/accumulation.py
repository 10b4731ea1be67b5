"""Gradients that add up in the leaves from one backward pass to the next, until ``zero_grad``: as in PyTorch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from backprop_studio.engine.interpreter import Pass, run
from backprop_studio.engine.op import Array
from backprop_studio.engine.program import Program


class Accumulation:
    """The ``.grad`` of every source of a program.

    Each backward pass adds its gradients to those of the sources. Values in between have the gradient of the last
    pass alone: nothing is kept for them, hence nothing doubles.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._sums: dict[int, Array] = {}
        self._passes = 0

    @property
    def gradients(self) -> dict[int, Array]:
        """The accumulated gradients, read-only, by call position; a source that has none yet is not among them."""
        return dict(self._sums)

    @property
    def passes(self) -> int:
        """How many backward passes have been added since ``zero_grad``."""
        return self._passes

    def backward(self, leaves: Mapping[int, Array] | None = None) -> Pass:
        """Run both passes and add the sources' gradients to what they have. ``leaves`` override the program's.

        Returns the pass, with the gradients of this pass alone. Raises ValueError where there is no gradient.
        """
        passed = run(self.program, leaves)
        self.add(passed)
        return passed

    def add(self, passed: Pass) -> None:
        """Add the sources' gradients of a pass over the program. Raises ValueError where it has none at all."""
        if all(gradient is None for gradient in passed.gradients):
            raise ValueError("the pass has no gradients: the loss is missing, not a single number, or constant")
        for index in self.program.leaves:
            gradient = passed.gradients[index]
            if gradient is not None:
                so_far = self._sums.get(index)
                total = np.array(gradient) if so_far is None else np.asarray(so_far + gradient)
                total.flags.writeable = False
                self._sums[index] = total
        self._passes += 1

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget what has added up, or with ``set_to_none=False`` set it to 0."""
        self._passes = 0
        if set_to_none:
            self._sums.clear()
            return
        for index, total in self._sums.items():
            zeros = np.zeros_like(total)
            zeros.flags.writeable = False
            self._sums[index] = zeros
