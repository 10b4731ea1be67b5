"""Training in the window: a worker thread steps, the window stays responsive, stopping is one undoable edit."""

from __future__ import annotations

import weakref
from typing import Literal

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from backprop_studio.document.compilation import compile_graph
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Graph
from backprop_studio.document.values import Value
from backprop_studio.engine.program import Program
from backprop_studio.session.divergence_watch import DivergenceWatch
from backprop_studio.session.earlier_runs import EarlierRuns
from backprop_studio.session.evaluation import INLINE_WORK, estimated_work
from backprop_studio.session.messages import Message
from backprop_studio.session.training_choices import TrainingChoices
from backprop_studio.session.training_curve import TrainingCurve, rule_of
from backprop_studio.session.training_host import TrainingHost, TrainingWorker
from backprop_studio.session.training_obstacle import obstacle
from backprop_studio.session.training_run import TrainingRun, TrainingSnapshot, one_step
from backprop_studio.session.worker_thread import WorkerThread
from backprop_studio.training.batches import batch_rows
from backprop_studio.training.optimizers import Optimizer
from backprop_studio.training.past import Past

__all__ = ["TrainingController", "TrainingSnapshot"]

State = Literal["idle", "running", "paused"]

_PAINTED_MS = 8
"""A timer of so many milliseconds runs out after the painting that was asked for when it was started: Qt waits 5."""


class TrainingController(TrainingChoices):
    """Runs, pauses, steps and resets the training of the session's graph.

    While it runs the graph stays as it is; pausing or stopping commits the parameters reached as one undoable
    "Train n steps". ``losses`` is the curve since training began or was last reset.
    """

    progressed = Signal(object)
    """A TrainingSnapshot; at most 30 a second."""
    _start = Signal(object)

    def __init__(self, host: TrainingHost, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._host: TrainingHost = weakref.proxy(host)  # owned by the host: a strong reference back would be a cycle
        self._state: State = "idle"
        self._curve = TrainingCurve()
        self._reset_curve: TrainingCurve | None = None
        """The curve that the last reset has cleared, should that be undone."""
        self._earlier = EarlierRuns()
        self._run: TrainingRun | None = None
        self._run_id = 0
        self._watch = DivergenceWatch()
        self.warning: str | None = None
        """What the run at hand was warned of, one sentence; None where all is well, or training has begun anew."""
        self._judged: tuple[Graph, Evaluation, str | None] | None = None
        self._thread: WorkerThread | None = None
        self._shown = QTimer(self)
        self._shown.setSingleShot(True)
        self._shown.setTimerType(Qt.TimerType.PreciseTimer)
        self._shown.setInterval(_PAINTED_MS)
        self._shown.timeout.connect(self._attend)

    # state

    @property
    def state(self) -> State:
        """ "running", "paused" (there is a curve to go on with) or "idle"."""
        return self._state

    @property
    def losses(self) -> list[float]:
        """The loss of every step of the curve, each before its update. Not to be changed by the caller."""
        return self._curve.losses

    @property
    def earlier_curves(self) -> tuple[TrainingCurve, ...]:
        """Curves of before this one, that were reset, or undone and trained anew; the newest last."""
        return self._earlier.besides(self._curve)

    @property
    def curve_title(self) -> str:
        """What the present curve was made with, such as "SGD 0.1"; before the first step, what it will be."""
        return self._curve.title or rule_of(self.setup)

    @Slot()
    def forget_earlier(self) -> None:
        """Compare with no earlier curve any more."""
        self._earlier.clear()
        self.changed.emit()

    @property
    def step_count(self) -> int:
        """Number of steps on the curve."""
        return len(self._curve.losses)

    @property
    def steps_standing(self) -> int:
        """Number of steps of the curve that are not undone: the parameters are those after that many."""
        count = len(self._curve.losses)
        return count if self._run is not None else self._curve.marks.steps_of(self._host.graph, count)

    @property
    def has_uncommitted_steps(self) -> bool:
        """True while a run has made steps that are not part of the document yet."""
        return self._run is not None and self._run.steps_done > 0

    @property
    def rows(self) -> int | None:
        """How many rows batches are drawn from; None where the newest evaluation's graph has none."""
        return batch_rows(self._host.evaluation.program)

    @property
    def past(self) -> Past | None:
        """What the optimiser knows of the steps that are not undone, None where a run would begin anew."""
        past = self._curve.marks.past_at(self.steps_standing)
        return past if past is not None and past.name == self.optimizer else None

    def can_train(self) -> str | None:
        """Why the graph can not be trained and what to do, in one sentence, or None where it can."""
        evaluation, graph = self._host.evaluation, self._host.graph
        if self._judged is not None and self._judged[0] is graph and self._judged[1] is evaluation:
            return self._judged[2]
        if evaluation.graph is graph:
            answer = obstacle(graph, evaluation.program, evaluation.problems, evaluation.loss)
        else:
            compiled = compile_graph(graph, self._host.dtype)
            answer = obstacle(graph, compiled.program, compiled.problems, compiled.loss)
        self._judged = (graph, evaluation, answer)
        return answer

    # commands

    @Slot()
    def run(self, steps: int | None = None) -> bool:
        """Train until paused or for ``steps`` steps, else those chosen. False where it can not; a message says why."""
        if self._state == "running":
            return True
        run = self._new_run(steps)
        if run is None:
            return False
        self._host.begin_training()
        self._watch, self.warning = DivergenceWatch(), None
        self._run = run
        self._state = "running"
        self._start_thread().begin()
        self._start.emit(run)
        self.changed.emit()
        return True

    @Slot()
    def pause(self) -> None:
        """Stop after the last finished step and commit it. Does not wait for a step that is being computed."""
        self._close("paused")

    @Slot()
    def stop(self) -> None:
        """As pause, for good: the curve stays until the next reset."""
        self._close("idle")

    @Slot()
    def toggle(self) -> None:
        """Run or pause."""
        if self._state == "running":
            self.pause()
        else:
            self.run()

    @Slot()
    def step_once(self) -> bool:
        """Train one step: before returning where it is cheap, else on the worker. False where it can not."""
        self.pause()
        run = self._new_run(1)
        if run is None:
            return False
        if estimated_work(run.program) > 10 * INLINE_WORK:
            return self.run(1)
        self._host.begin_training()
        self._finish(run, one_step(run), "paused")
        return True

    @Slot()
    def reset(self) -> None:
        """Put the parameters back to what they were before the first step of the curve, and clear the curve."""
        self.pause()
        before = {
            node: value
            for node, value in self._curve.weights_before.items()
            if node in self._host.graph.nodes and self._host.graph.nodes[node].op_name == "parameter"
        }
        states = {node: state for node, state in self._curve.states_before.items() if self._keeps_state(node)}
        cleared = self._curve
        self._forget()
        self._reset_curve = cleared
        self._earlier.keep(cleared)
        if before:
            self._host.commit_values(before, states, "Reset weights")
        self.changed.emit()

    def follow(self, graph: Graph) -> None:
        """The graph is another one: where a reset was undone, its curve is there again."""
        kept = self._reset_curve
        if self._run is not None or kept is None or not kept.led_to(graph) or self._curve.is_of(graph):
            return
        self._earlier.keep(self._curve)
        self._curve, self._reset_curve = kept, self._curve
        self._state = "paused"
        self.changed.emit()

    def abandon(self) -> None:
        """Drop the run and the curve without a trace: the document they belong to is gone."""
        if self._run is not None:
            self._run.close()
            self._run = None
        self._forget()
        self._earlier.clear()
        self.changed.emit()

    def drop_run(self) -> bool:
        """End the run without committing it, the curve cut back to what is. True where one was running.

        For a graph that has changed beneath the run, which has nothing left to commit to.
        """
        if self._run is None:
            return False
        del self._curve.losses[self._run.first_step :]
        self._run.close()
        self._run = None
        self._state = "paused" if self._curve.losses else "idle"
        self.changed.emit()
        return True

    def shutdown(self) -> None:
        """Drop the run; end the thread and wait for it. Uncommitted steps are lost: pause first to keep them."""
        if self._run is not None:
            self._run.close()
            self._run = None
            self._state = "idle"
        if self._thread is not None:
            self._thread.end()
            self._thread = None

    # inside

    def _new_run(self, steps: int | None) -> TrainingRun | None:
        """A run of the present graph, None (and a message) where it can not be trained."""
        problem = self.can_train()
        if problem is not None:
            self._host.tell(Message(problem, "error"))
            return None
        graph = self._host.graph
        standing = self.steps_standing
        if standing < len(self._curve.losses):  # what was undone is gone once there are steps in its place
            self._earlier.keep(self._curve.as_it_is())
            self._curve.cut(standing)
            self.changed.emit()
        if not self._curve.losses:
            self._curve.begin(graph)
        self._curve.made_with(self.setup)
        self._run_id += 1
        program, past = self._program(graph), self.past
        fits = past is not None and past.fits(self.optimizer, program)
        return TrainingRun(
            self._run_id,
            program,
            learning_rate=self.learning_rate,
            optimizer=Optimizer(self.setup, past.state if past is not None and fits else None),
            batch=self.batch if batch_rows(program) is not None else None,
            steps=self.steps if steps is None else steps,
            steps_per_second=self.steps_per_second,
            first_step=len(self._curve.losses),
            seed=self.seed,
        )

    def _program(self, graph: Graph) -> Program:
        """The graph's program: that of its evaluation where it has one, since compiling takes long for large graphs."""
        evaluation, dtype = self._host.evaluation, self._host.dtype
        if evaluation.graph is graph and evaluation.program.dtype == dtype:
            return evaluation.program
        return compile_graph(graph, dtype).program

    def _start_thread(self) -> WorkerThread:
        if self._thread is None:
            worker = TrainingWorker()
            self._start.connect(worker.start, Qt.ConnectionType.QueuedConnection)
            worker.announced.connect(self._take, Qt.ConnectionType.QueuedConnection)
            worker.ended.connect(self._take_end, Qt.ConnectionType.QueuedConnection)
            self._thread = WorkerThread(self, worker, "training")
        return self._thread

    @Slot(int)
    def _take(self, run_id: int) -> None:
        """Show what is new, unless it is late."""
        if self._run is None or run_id != self._run.run_id:
            return
        snapshot = self._run.take()
        if snapshot is not None:
            first = not self._curve.losses
            self._curve.losses.extend(snapshot.losses)
            self.progressed.emit(snapshot)
            self._warn()
            if first:
                self.changed.emit()  # from the first step on there is something to reset
        self._shown.start()

    def _warn(self) -> None:
        told = self._watch.told(self._curve.losses, self.learning_rate)
        if told is not None:
            self.warning = told
            self._host.tell(Message(told, "warning"))

    @Slot()
    def _attend(self) -> None:
        """The last snapshot has been painted by now."""
        if self._run is not None:
            self._run.attended()

    @Slot(int)
    def _take_end(self, run_id: int) -> None:
        if self._thread is not None:
            self._thread.rest()
        if self._run is not None and run_id == self._run.run_id:
            self._close("paused")

    def _close(self, state: State) -> None:
        run, self._run = self._run, None
        if run is not None:
            self._finish(run, run.close(), state)
        elif state == "idle" and self._state != "idle":
            self._state = "idle"
            self.changed.emit()

    def _finish(self, run: TrainingRun, snapshot: TrainingSnapshot | None, state: State) -> None:
        """Complete the curve, commit the parameters, and say what went wrong if anything did."""
        if snapshot is not None:
            self._curve.losses.extend(snapshot.losses)
        self._state = state if self._curve.losses else "idle"
        if snapshot is not None:
            self.progressed.emit(snapshot)
        count = run.steps_done
        if count:
            values = {node: Value(array) for node, array in run.trained().items()}
            self._curve.marks.add(len(self._curve.losses), values, run.past())
            kept = run.states().items()
            states = {node: {name: Value(array) for name, array in state.items()} for node, state in kept}
            self._host.commit_values(values, states, f"Train {count} step" + ("s" if count != 1 else ""))
        self.changed.emit()
        if run.failure is not None:
            self._host.tell(Message(run.failure, "error"))
        if run.crash is not None:
            raise run.crash

    def _chosen(self) -> None:
        """Learning rate and pace count at once."""
        if self._run is not None:
            self._curve.made_with(self._run.optimizer.setup.having(lr=self.learning_rate))
            self._run.learning_rate = self.learning_rate
            self._run.steps_per_second = self.steps_per_second
        super()._chosen()

    def _keeps_state(self, node: int) -> bool:
        nodes = self._host.graph.nodes
        return node in nodes and bool(nodes[node].op.state)

    def _forget(self) -> None:
        self._curve, self._reset_curve, self.warning = TrainingCurve(), None, None
        self._state = "idle"
