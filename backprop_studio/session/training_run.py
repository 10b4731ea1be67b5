"""One run of training on a worker thread: results are published under a lock, and read by the window's thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from backprop_studio.engine.op import Array
from backprop_studio.engine.program import Program
from backprop_studio.training.batches import minibatches
from backprop_studio.training.optimizers import Optimizer
from backprop_studio.training.optimizers import optimizer as make_optimizer
from backprop_studio.training.past import Past, layout_of
from backprop_studio.training.trainer import CannotTrain, Diverged, StepResult, train

SNAPSHOTS_PER_SECOND = 30
_BURST, _NAP = 0.002, 0.0001
"""After each burst of work the worker naps (seconds), so that the window's thread gets the interpreter's lock."""
_BUSY_BURST, _BUSY_NAP = 0.0003, 0.002
"""The same while the window takes and paints a snapshot: it comes first."""
_WINDOW_SHARE = 0.5
"""Most of the time that the window may spend on snapshots; where they take long there are fewer."""
_LONGEST_WAIT = 0.05
"""A slow pace is waited for in pieces of this many seconds, so that a new pace counts soon."""


@dataclass(frozen=True)
class TrainingSnapshot:
    """How far a run has come. Arrays are read-only and never change.

    ``step`` counts the steps since the loss curve began. ``losses`` are all since the last snapshot.
    ``values`` and ``gradients`` are those of the last step, before its update, by the key of their call: the
    node's id, see ``call_key`` (a node that has none is missing); ``parameters`` are those after it.
    ``contributions`` are what travelled back along each wire, by the node and slot where it ends. ``states`` is what
    the step has left in nodes, such as running statistics, by node id.
    """

    run_id: int
    step: int
    losses: list[float]
    values: Mapping[int, Array]
    gradients: Mapping[int, Array]
    parameters: Mapping[int, Array]
    contributions: Mapping[tuple[int, int], Array]
    states: Mapping[int, Mapping[str, Array]]


class TrainingRun:
    """A run from its first step until it is closed.

    ``first_step`` is the number of steps on the curve before this run. ``learning_rate`` and ``steps_per_second``
    may be set at any time, from any thread. ``optimizer`` goes on from its state, by default plain gradient descent;
    ``batch`` is the number of rows a step sees, None for all, drawn in an order that ``seed`` and ``first_step`` fix.
    """

    def __init__(
        self,
        run_id: int,
        program: Program,
        *,
        learning_rate: float,
        optimizer: Optimizer | None = None,
        batch: int | None = None,
        steps: int | None = None,
        steps_per_second: float | None = None,
        first_step: int = 0,
        seed: int = 0,
    ) -> None:
        self.run_id = run_id
        self.program = program
        self.learning_rate = learning_rate
        self.optimizer = optimizer if optimizer is not None else make_optimizer("sgd", learning_rate)
        self.batch = batch
        self.steps = steps
        self.steps_per_second = steps_per_second
        self.first_step = first_step
        self.seed = seed
        self.failure: str | None = None
        """Why the run ended by itself before its time, in one sentence."""
        self.crash: Exception | None = None
        """An exception that nobody foresaw."""
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._latest: StepResult | None = None
        self._losses: list[float] = []
        self._ready: tuple[StepResult, int] | None = None
        """The step that was announced, and how many of ``_losses`` lead up to it."""
        self._announced: float | None = None
        """When the snapshot was announced that the window is busy with; None while it is not."""
        self._next = float("-inf")
        """When the next snapshot may be announced."""

    @property
    def is_closed(self) -> bool:
        """True once nothing more will be taken from this run."""
        return self._closed.is_set()

    @property
    def steps_done(self) -> int:
        """Steps finished in this run."""
        latest = self._latest
        return latest.step if latest is not None else 0

    def work(self, announce: Callable[[int], None]) -> None:
        """Train until closed, done or diverged. Calls ``announce(run_id)`` when there is something new to take.

        At most 30 calls a second, and none before the last announcement was ``attended``. Never raises:
        ``failure`` and ``crash`` tell what went wrong.
        """
        try:
            self._work(announce)
        except Diverged as error:
            # The trainer counts from the start of this run, the curve from its own beginning.
            here, there = f"at step {error.step}:", f"at step {self.first_step + error.step}:"
            self.failure = str(error).replace(here, there, 1)
        except CannotTrain as error:
            self.failure = str(error)
        except MemoryError:
            self.failure = "Training stopped: there is not enough memory for a step. Make the arrays smaller."
        except Exception as error:
            self.failure = f"Training stopped because of an error in the program: {error}"
            self.crash = error

    def take(self) -> TrainingSnapshot | None:
        """What was announced since the last call, None where nothing was."""
        with self._lock:
            ready, self._ready = self._ready, None
            if ready is None:
                return None
            latest, count = ready
            losses = self._losses[:count]
            del self._losses[:count]
        calls, passed = self.program.calls, latest.run
        return TrainingSnapshot(
            self.run_id,
            self.first_step + latest.step,
            losses,
            {call.key: value for call, value in zip(calls, passed.values, strict=True) if value is not None},
            {call.key: given for call, given in zip(calls, passed.gradients, strict=True) if given is not None},
            {calls[index].key: array for index, array in latest.parameters.items()},
            {
                (calls[index].key, calls[index].op.declared_slot(slot)): given
                for (index, slot), given in passed.contributions.items()
            },
            {calls[index].key: state for index, state in latest.states.items()},
        )

    def attended(self) -> None:
        """The window has taken and shown what was announced: it may be told again, and the worker may hurry again."""
        announced = self._announced
        if announced is not None:
            took = time.perf_counter() - announced
            self._next = announced + max(1.0 / SNAPSHOTS_PER_SECOND, took / _WINDOW_SHARE)
            self._announced = None

    def close(self) -> TrainingSnapshot | None:
        """Take what is left. A step that is still being computed is dropped when it is done; nobody waits for it."""
        with self._lock:
            self._closed.set()
            if self._latest is not None and self._losses:
                self._ready = self._latest, len(self._losses)
        return self.take()

    def trained(self) -> dict[int, Array]:
        """The arrays of the parameters that training has changed, by node id, after the last step."""
        latest = self._latest
        if latest is None:
            return {}
        before = self.program.leaves
        return {
            self.program.calls[index].key: array
            for index, array in latest.parameters.items()
            if array is not before[index]
        }

    def states(self) -> dict[int, dict[str, Array]]:
        """What training has left in nodes, such as running statistics, by node id, after the last step."""
        latest = self._latest
        if latest is None:
            return {}
        return {self.program.calls[index].key: dict(state) for index, state in latest.states.items()}

    def past(self) -> Past | None:
        """What the optimiser knows after the last step, None before the first."""
        latest = self._latest
        if latest is None:
            return None
        name = self.optimizer.setup.name
        return Past(name, layout_of(self.program), str(self.program.dtype), latest.state)

    def _work(self, announce: Callable[[int], None]) -> None:
        batches = (
            None if self.batch is None else minibatches(self.program, self.batch, seed=self.seed + self.first_step)
        )
        steps = train(
            self.program, learning_rate=lambda: self.learning_rate, optimizer=self.optimizer, steps=self.steps,
            batches=batches,
        )  # fmt: skip
        started = woke = time.perf_counter()
        for result in steps:
            if not self._publish(result):
                return
            now = time.perf_counter()
            if self._announced is None and now >= self._next:
                self._announced = now
                self._make_ready(result)
                announce(self.run_id)
            if self.steps_per_second is not None:
                self._wait_for_pace(started)
                started = woke = time.perf_counter()
                continue
            burst, nap = (_BURST, _NAP) if self._announced is None else (_BUSY_BURST, _BUSY_NAP)
            if now - woke > burst:
                time.sleep(nap)
                woke = time.perf_counter()

    def _publish(self, result: StepResult) -> bool:
        with self._lock:
            if self._closed.is_set():
                return False
            self._latest = result
            self._losses.append(result.loss)
        return True

    def _make_ready(self, result: StepResult) -> None:
        """Let ``take`` find a step, its values computed here, so that the window's thread need not."""
        _ = result.run  # a cached property
        with self._lock:
            self._ready = result, len(self._losses)

    def _wait_for_pace(self, started: float) -> None:
        """Wait until the step begun at ``started`` has taken its share of a second."""
        while (pace := self.steps_per_second) is not None:
            left = started + 1.0 / pace - time.perf_counter()
            if left <= 0.0 or self._closed.wait(min(left, _LONGEST_WAIT)):
                return


def one_step(run: TrainingRun) -> TrainingSnapshot | None:
    """Do all steps of a run that has a number of them on this thread, and close it."""
    run.work(lambda _: None)
    return run.close()
