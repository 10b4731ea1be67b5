"""Training: forward → loss → backward → update → zero_grad, one step at a time, as a generator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isfinite

import numpy as np

from backprop_studio.engine.errors import EngineError
from backprop_studio.engine.interpreter import Pass, forward_pass, run
from backprop_studio.engine.op import Array
from backprop_studio.engine.planning import Plan
from backprop_studio.engine.program import Program, States, assemble_again
from backprop_studio.training.optimizers import Optimizer, State
from backprop_studio.training.optimizers import optimizer as make_optimizer


class CannotTrain(Exception):
    """A program that has nothing to train; ``str(error)`` is one sentence."""


class Diverged(Exception):
    """Training that reached a number that is not finite; ``str(error)`` is one sentence.

    ``call`` is the position of the call where it first appeared, ``step`` the number of the step, from 1. Whoever
    follows the steps may fill in ``node``, the name of that call, ``losses`` and ``parameters``: what the steps before
    have given, the parameters by name.
    """

    def __init__(self, sentence: str, call: int, step: int) -> None:
        super().__init__(sentence)
        self.call = call
        self.step = step
        self.node = ""
        self.losses: list[float] = []
        self.parameters: dict[str, Array] = {}


@dataclass(frozen=True)
class StepResult:
    """One finished step.

    ``step`` counts from 1. ``loss`` is the loss before the update.
    """

    step: int
    loss: float
    plan: Plan
    feeds: Mapping[int, Array]
    before: Array
    """All parameters before the update, as one vector; never changes."""
    after: Array
    state: State
    """What the optimiser knows after the update."""
    states_before: States
    """What calls kept from the steps before, such as running statistics, by call position."""
    states: States
    """The same after this step, of the calls that training changes."""

    @property
    def parameters(self) -> dict[int, Array]:
        """The parameters after the update by call position, read-only and new in every step."""
        return {**parameters_of(self.plan.program), **self.plan.split(self.after)}

    @cached_property
    def run(self) -> Pass:
        """Values and gradients that the update used; computed on first use, by a pass of its own."""
        program = self.plan.program.with_states(self.states_before)
        return run(program, {**self.feeds, **self.plan.split(self.before)})


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
    optimizer: str | Optimizer = "sgd",
    steps: int | None = None,
    batches: Iterator[Batch] | None = None,
) -> Iterator[StepResult]:
    """Yield one StepResult a step; without ``steps``, for ever.

    ``learning_rate`` may be a function, asked before each update; None takes the optimiser's own. ``optimizer`` is a
    name, or one made before, which then goes on from its state (and has its own learning rate).
    ``batches`` gives what each step runs on, by default the whole program; all share its call positions.
    Training is in training mode, whatever the program's. Changes parameters and what calls keep from step to step,
    such as running statistics, only. Raises CannotTrain, Diverged, and ValueError for an unknown optimiser.
    """
    problem = trainable(program)
    if problem is not None:
        raise CannotTrain(problem)
    updater = _updater(optimizer, learning_rate)
    plans = _Plans(program)
    parameters = plans.of(program).parameters.copy()
    states: States = {i: call.state for i, call in enumerate(plans.of(program).program.calls) if call.advances}
    step = 0
    while steps is None or step < steps:
        step += 1
        part, feeds = (program, {}) if batches is None else next(batches)
        plan = plans.of(part)
        np.copyto(plan.parameters, parameters)
        with np.errstate(all="ignore"):
            loss = _pass(plan, feeds, states)
            if callable(learning_rate):
                updater.learning_rate = learning_rate()
            after = updater.step(parameters, plan.gradient)
        states_after = plan.advanced() if states else states
        result = StepResult(step, loss, plan, feeds, parameters, after, updater.state, states, states_after)
        _require_finite(result)
        after.flags.writeable = False
        parameters, states = after, states_after
        yield result


def _updater(optimizer: str | Optimizer, learning_rate: float | Callable[[], float] | None) -> Optimizer:
    """The optimiser asked for; a learning rate that is a function takes the place of its own in each step."""
    if isinstance(optimizer, Optimizer):
        return optimizer
    return make_optimizer(optimizer, None if callable(learning_rate) else learning_rate)


def _pass(plan: Plan, feeds: Mapping[int, Array], states: States) -> float:
    """Both passes; returns the loss. What is not finite is judged by the interpreter."""
    if feeds or states:
        plan.bind(feeds, states)
    loss = plan.step()
    if isfinite(loss) and all_finite(plan.gradient):
        return loss
    return plan.step_exactly()


class _Plans:
    """One plan for each shape of batch, in training mode; compiled on first use."""

    def __init__(self, program: Program) -> None:
        reached = program.gradient_path()
        self._trained = [index for index in parameters_of(program) if reached[index]]
        self._plans: dict[int, tuple[Program, Plan]] = {}
        """By the identity of the program, which is held so that no other gets the same."""

    def of(self, program: Program) -> Plan:
        """The plan of a program. Raises CannotTrain where an operation refuses its data."""
        if id(program) not in self._plans:
            run_on = program
            try:
                run_on = program if program.training else assemble_again(program, {}, training=True)
                self._plans[id(program)] = program, Plan(run_on, self._trained)
            except EngineError as error:
                faults = forward_pass(run_on)[1]
                raise CannotTrain(next(iter(faults.values()), str(error))) from error
        return self._plans[id(program)][1]


def all_finite(array: Array) -> bool:
    """No NaN and no infinity in ``array``? The sum tells at a third of the cost, unless it overflows itself."""
    return isfinite(np.add.reduce(array)) or bool(np.isfinite(array).all())


def _require_finite(result: StepResult) -> None:
    """Raise Diverged where the loss, the gradient that the plan holds or the updated parameters are not finite."""
    with np.errstate(all="ignore"):
        if isfinite(result.loss) and all_finite(result.plan.gradient) and all_finite(result.after):
            return
    _tell_what_is_not_finite(result)


def _tell_what_is_not_finite(result: StepResult) -> None:
    """Raise Diverged, naming the call where the first number that is not finite arose in a step."""
    calls, passed, step = result.plan.program.calls, result.run, result.step
    loss = result.plan.program.loss
    assert loss is not None
    if not isfinite(result.loss):
        origin = passed.first_nonfinite()
        call = loss if origin is None else origin
        value = passed.values[call]
        assert value is not None
        cause = f"{calls[call].name} became {_kind(value)}"
        through = "" if call == loss else f", and with it the loss {calls[loss].name}"
        raise Diverged(f"Training stopped at step {step}: {cause}{through}. {_remedy(step)}", call, step)
    for call in range(len(calls) - 1, -1, -1):
        gradient = passed.gradients[call]
        if gradient is not None and not np.isfinite(gradient).all():
            raise Diverged(
                f"Training stopped at step {step}: the loss is finite, but the gradient of {calls[call].name} "
                f"became {_kind(gradient)}. {_remedy(step)}",
                call,
                step,
            )
    for call, array in result.plan.split(result.after).items():
        if not np.isfinite(array).all():
            told = f"its update made {calls[call].name} {_kind(array)}"
            raise Diverged(f"Training stopped at step {step}: {told}. {_remedy(2)}", call, step)


def _kind(array: Array) -> str:
    return "NaN" if np.isnan(array).any() else "infinite"


def _remedy(step: int) -> str:
    """What to do: the first step has seen no update yet, so the values themselves are at fault."""
    return "Check the values it is computed from." if step == 1 else "Try a smaller learning rate."
