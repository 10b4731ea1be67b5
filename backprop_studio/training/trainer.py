"""Training: forward → loss → backward → update → zero_grad, one step at a time, as a generator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from backprop_studio.engine.interpreter import Pass, run
from backprop_studio.engine.op import Array
from backprop_studio.engine.program import Program
from backprop_studio.training.optimizers import Optimizer
from backprop_studio.training.optimizers import optimizer as make_optimizer


class CannotTrain(Exception):
    """A program that has nothing to train; ``str(error)`` is one sentence."""


class Diverged(Exception):
    """Training that reached a number that is not finite; ``str(error)`` is one sentence.

    ``call`` is the position of the call where it first appeared, ``step`` the number of the step, from 1.
    """

    def __init__(self, sentence: str, call: int, step: int) -> None:
        super().__init__(sentence)
        self.call = call
        self.step = step


@dataclass(frozen=True)
class StepResult:
    """One finished step.

    ``step`` counts from 1. ``loss`` is the loss before the update. ``parameters`` are the arrays
    after the update, by call position, new in every step. ``run`` holds the values and gradients
    that the update used.
    """

    step: int
    loss: float
    parameters: Mapping[int, Array]
    run: Pass


Batch = tuple[Program, Mapping[int, Array]]
"""A program, and the leaves that stand in for its own (inputs and targets of a minibatch)."""


def trainable(program: Program) -> str | None:
    """Why ``program`` cannot be trained, in one sentence, or None where it can."""
    if program.loss is None:
        return "There is no loss to train on. Compute one, such as L = mse_loss(y, t)."
    loss = program.calls[program.loss]
    if any(size != 1 for size in loss.shape):
        return (
            f"{loss.name} is the loss but has shape {loss.shape}; training needs a single number. "
            "Reduce it with sum or mean."
        )
    parameters = [call.op.name == "parameter" for call in program.calls]
    if not any(parameters):
        return "There is no parameter to train. Make one of the inputs a parameter."
    reached = program.gradient_path()
    if not any(is_parameter and on for is_parameter, on in zip(parameters, reached, strict=True)):
        return f"No parameter leads to the loss {loss.name}. Wire one into it."
    return None


def parameters_of(program: Program) -> dict[int, Array]:
    """The parameters' arrays, by call position."""
    return {index: program.leaves[index] for index, call in enumerate(program.calls) if call.op.name == "parameter"}


def train(
    program: Program,
    *,
    learning_rate: float | Callable[[], float] | None = None,
    optimizer: str = "sgd",
    steps: int | None = None,
    batches: Iterator[Batch] | None = None,
) -> Iterator[StepResult]:
    """Yield one StepResult a step; without ``steps``, for ever.

    ``learning_rate`` may be a function, asked before each update; None takes the optimiser's own.
    ``batches`` gives what each step runs on, by default the whole program; all share its call positions.
    Changes parameters only. Raises CannotTrain, Diverged, and ValueError for an unknown optimiser.
    """
    problem = trainable(program)
    if problem is not None:
        raise CannotTrain(problem)
    rate = learning_rate if callable(learning_rate) else None
    updater = make_optimizer(optimizer, None if callable(learning_rate) else learning_rate)
    parameters = parameters_of(program)
    step = 0
    while steps is None or step < steps:
        step += 1
        part, leaves = (program, {}) if batches is None else next(batches)
        result = run(part, {**leaves, **parameters})
        loss = _checked_loss(part, result, step)
        if rate is not None:
            updater.learning_rate = rate()
        parameters = _updated(part, result, parameters, updater, step)
        yield StepResult(step, loss, parameters, result)


def _checked_loss(program: Program, result: Pass, step: int) -> float:
    """The loss of a pass whose loss and gradients are all finite; else raises."""
    assert program.loss is not None
    loss = result.values[program.loss]
    if loss is None:
        sentence = next(iter(result.faults.values()), "The loss could not be computed.")
        raise CannotTrain(sentence)
    if not np.isfinite(loss).all():
        origin = result.first_nonfinite()
        call = program.loss if origin is None else origin
        value = result.values[call]
        assert value is not None
        cause = f"{program.calls[call].name} became {_kind(value)}"
        through = "" if call == program.loss else f", and with it the loss {program.calls[program.loss].name}"
        raise Diverged(f"Training stopped at step {step}: {cause}{through}. {_remedy(step)}", call, step)
    return float(loss.item())


def _updated(
    program: Program, result: Pass, parameters: Mapping[int, Array], updater: Optimizer, step: int
) -> dict[int, Array]:
    """The parameters after the update; raises Diverged where a gradient or a parameter is not finite."""
    gradients = {index: gradient for index in parameters if (gradient := result.gradients[index]) is not None}
    for index, gradient in gradients.items():
        if not np.isfinite(gradient).all():
            call = _first_nonfinite_gradient(program, result, index)
            name, bad = program.calls[call].name, result.gradients[call]
            assert bad is not None
            raise Diverged(
                f"Training stopped at step {step}: the loss is finite, but the gradient of {name} "
                f"became {_kind(bad)}. {_remedy(step)}",
                call,
                step,
            )
    after = updater.step(parameters, gradients)
    for index, parameter in after.items():
        if index in gradients and not np.isfinite(parameter).all():
            name = program.calls[index].name
            raise Diverged(
                f"Training stopped at step {step}: its update made {name} {_kind(parameter)}. {_remedy(2)}", index, step
            )
        parameter.flags.writeable = False
    return after


def _first_nonfinite_gradient(program: Program, result: Pass, fallback: int) -> int:
    """The call where, on the way back from the loss, a gradient first was not finite."""
    for index in range(len(program.calls) - 1, -1, -1):
        gradient = result.gradients[index]
        if gradient is not None and not np.isfinite(gradient).all():
            return index
    return fallback


def _kind(array: Array) -> str:
    return "NaN" if np.isnan(array).any() else "infinite"


def _remedy(step: int) -> str:
    """What to do: the first step has seen no update yet, so the values themselves are at fault."""
    return "Check the values it is computed from." if step == 1 else "Try a smaller learning rate."
