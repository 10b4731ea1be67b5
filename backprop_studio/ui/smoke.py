"""The smoke test: the real window does the main job by itself and checks the numbers."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from PySide6.QtCore import QObject, QTimer

from backprop_studio.session.editor_session import EditorSession
from backprop_studio.ui.workspace import Workspace

TIME_LIMIT_MS = 60_000
LOOK_MS = 20
STEPS = 10
PLAYED = "sum-times-c"
LOSS = 20.0
GRADIENTS = {"a": 4.0, "b": 4.0, "c": 5.0}
TRAINED = "xor"


class Opened(Protocol):
    """A complete window."""

    session: EditorSession | None
    workspace: Workspace | None

    def close(self) -> None:
        """Close it without asking."""


class SmokeTest(QObject):
    """Plays an example to the end, trains another ten steps, and ends with status 0 where all of it was right."""

    def __init__(self, leave: Callable[[int], None]) -> None:
        super().__init__()
        self._leave = leave
        self._opened: Opened | None = None
        self._left = False
        self._clock = QTimer(self)
        self._clock.setInterval(LOOK_MS)
        self._look: Callable[[], None] = lambda: None
        self._clock.timeout.connect(lambda: self._look())
        self._limit = QTimer(self)
        self._limit.setSingleShot(True)
        self._limit.timeout.connect(lambda: self.fail(f"not done after {TIME_LIMIT_MS // 1000} seconds"))

    def start_clock(self) -> None:
        """From now on the test must be done within its time limit."""
        self._limit.start(TIME_LIMIT_MS)

    def begin(self, opened: Opened) -> None:
        """Open the example and play it, as fast as the timeline goes."""
        self._opened = opened
        workspace, session = self._parts()
        workspace.open_example(PLAYED)
        session.timeline.set_speed(20.0)
        session.timeline.play()
        if not session.timeline.is_playing:
            self.fail(f"the passes of {PLAYED} do not play")
            return
        self._look = self._watch_passes
        self._clock.start()

    def take_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """An exception nobody caught: a failure."""
        traceback.print_exception(kind, error, trace)
        self.fail(f"{kind.__name__}: {error}")

    def fail(self, reason: str) -> None:
        """Say what went wrong, and end with status 1."""
        print(f"smoke test failed: {reason}", file=sys.stderr)
        self._end(1)

    def _watch_passes(self) -> None:
        _, session = self._parts()
        timeline = session.timeline
        if timeline.is_playing:
            return
        self._clock.stop()
        if timeline.position != timeline.length or not timeline.length:
            self.fail(f"the passes stopped after {timeline.position} of {timeline.length} events")
            return
        wrong = self._wrong_number()
        if wrong:
            self.fail(wrong)
            return
        timeline.stop()
        self._train()

    def _wrong_number(self) -> str:
        """The first number that is not as published, as a sentence; "" where all are right."""
        _, session = self._parts()
        evaluation = session.evaluation
        loss = evaluation.value(evaluation.loss) if evaluation.loss is not None else None
        if loss is None or float(loss) != LOSS:
            return f"the loss of {PLAYED} is {loss}, not {LOSS}"
        for name, expected in GRADIENTS.items():
            node = evaluation.graph.node_named(name)
            gradient = evaluation.gradient(node.id) if node is not None else None
            if gradient is None or float(gradient) != expected:
                return f"the gradient of {name} is {gradient}, not {expected}"
        return ""

    def _train(self) -> None:
        workspace, session = self._parts()
        workspace.open_example(TRAINED)
        if not session.training.run(STEPS):
            self.fail(f"{TRAINED} does not train")
            return
        self._look = self._watch_training
        self._clock.start()

    def _watch_training(self) -> None:
        workspace, session = self._parts()
        if session.training.state == "running":
            return
        self._clock.stop()
        losses = session.training.losses
        after = session.flush()
        loss = after.value(after.loss) if after.loss is not None else None
        if len(losses) != STEPS:
            self.fail(f"training made {len(losses)} of {STEPS} steps")
        elif loss is None or not float(loss) < losses[0]:
            self.fail(f"training led from a loss of {losses[0]} to {loss}")
        elif workspace.training.curve.count != STEPS:
            self.fail(f"the loss curve shows {workspace.training.curve.count} of {STEPS} steps")
        else:
            print(f"smoke test passed: loss {losses[0]:.6g} → {float(loss):.6g} in {STEPS} steps")
            self._end(0)

    def _parts(self) -> tuple[Workspace, EditorSession]:
        assert self._opened is not None
        assert self._opened.workspace is not None
        assert self._opened.session is not None
        return self._opened.workspace, self._opened.session

    def _end(self, status: int) -> None:
        if self._left:
            return
        self._left = True
        self._clock.stop()
        self._limit.stop()
        if self._opened is not None:
            self._opened.close()
        self._leave(status)
