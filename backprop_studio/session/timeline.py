"""The timeline: plays, pauses, steps and scrubs over the passes of an evaluation."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal, Slot

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Wire
from backprop_studio.document.narration import Narration
from backprop_studio.document.step_rule import StepRule, narrate_step
from backprop_studio.engine.trace import Stage, Trace
from backprop_studio.session.pass_view import PassView
from backprop_studio.session.play_units import Unit, following
from backprop_studio.session.shown_numbers import ShownNumbers

Animate = Literal["full", "steps", "off"]

SLOWEST, FASTEST = 0.1, 20.0
"""Bounds of the speed, in events per second."""
MOST_EVENTS = 10_000
"""Beyond this many events, playing goes by layers."""
_FRAME_MS = 16
_LONGEST_FRAME = 0.1
"""Seconds that may pass in one frame, so that a stall does not skip events unseen."""
_SLOWEST_STEP = 2.0
"""A step asked for by hand travels at this many events per second at least."""


class Timeline(QObject, ShownNumbers):
    """A position in the trace, and the clock that moves it.

    What is shown is a pure function of ``position`` and, while an event travels, of ``progress``. While
    not active, everything that was computed is known, as at the end.
    """

    changed = Signal()
    """Position, progress, playing, active, speed, animation or trace changed."""
    starting = Signal()
    """About to leave the resting state: whoever owns the evaluation brings it up to date now."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view: PassView | None = None
        self._position = 0
        self._travelled = 0.0
        self._playing = False
        self._stepping = False
        self._active = False
        self._speed = 1.5
        self.whole_step = False
        """Do the update and zero_grad follow the passes?"""
        self.zero_grad = True
        """Are gradients cleared after it? If not, playing again adds to them, as in PyTorch."""
        self._rule = StepRule()
        self._unit: Unit = "event"
        self.loops = False
        """Does playing begin the stage anew at its end?"""
        self._animate: Animate = "full"
        self._since_frame = QElapsedTimer()
        self._clock = QTimer(self)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.setInterval(_FRAME_MS)
        self._clock.timeout.connect(self._tick)

    # state

    @property
    def evaluation(self) -> Evaluation | None:
        """The evaluation whose passes are played."""
        return self._view.evaluation if self._view else None

    @property
    def trace(self) -> Trace | None:
        """The events of the passes."""
        return self._view.trace if self._view else None

    @property
    def length(self) -> int:
        """Number of events."""
        return len(self._view.trace) if self._view else 0

    @property
    def position(self) -> int:
        """Number of events that have happened, 0 … length."""
        return self._position

    @property
    def progress(self) -> float:
        """How far event number ``position`` has travelled, 0 … 1; 0 at rest."""
        return self._travelled if self._animate == "full" and self.unit == "event" else 0.0

    @property
    def is_playing(self) -> bool:
        """True while event follows event by itself."""
        return self._playing

    @property
    def is_active(self) -> bool:
        """True while the passes are shown as far as ``position``; False while all numbers are."""
        return self._active

    @property
    def speed(self) -> float:
        """Events per second while playing."""
        return self._speed

    @property
    def animate(self) -> Animate:
        """ "full": numbers travel; "steps": each event appears at once; "off": playing goes to the end of the pass."""
        return self._animate

    @animate.setter
    def animate(self, animate: Animate) -> None:
        if animate not in ("full", "steps", "off"):
            raise ValueError(f"animate is 'full', 'steps' or 'off', not {animate!r}")
        if animate != self._animate:
            self._finish_step()
            self._animate = animate
            self._travelled = 0.0
            self._settle()

    @property
    def stage(self) -> Stage | None:
        """The stage of the current event, None where there is none."""
        index = self.current_event_index()
        return self.trace.events[index].stage if index is not None and self.trace else None

    def current_event_index(self) -> int | None:
        """The event in flight, else the last one done; None when inactive or at the start."""
        if not self._active:
            return None
        if self.progress > 0.0:
            return self._position
        return self._position - 1 if self._position else None

    def active_wire(self) -> Wire | None:
        """The wire of the current event, None where it is a computation or there is none."""
        index = self.current_event_index()
        return self._view.wire_of_event(index) if self._view and index is not None else None

    def active_node(self) -> int | None:
        """The node where the current event ends: it computes, or receives the number."""
        index = self.current_event_index()
        return self._view.node_of_event(index) if self._view and index is not None else None

    @property
    def unit(self) -> Unit:
        """What happens at once: an event, all of a node, or all of a layer. Many events go by layers of themselves."""
        return "depth" if self._unit == "event" and self.length > MOST_EVENTS else self._unit

    @unit.setter
    def unit(self, unit: Unit) -> None:
        if unit != self._unit:
            self._finish_step()
            self._unit, self._travelled = unit, 0.0
            self._settle()

    # the update

    @property
    def rule(self) -> StepRule:
        """How parameters take their step."""
        return self._rule

    def set_stages(self, *, whole_step: bool | None = None, zero_grad: bool | None = None) -> None:
        """Choose which stages follow the passes."""
        self.whole_step = self.whole_step if whole_step is None else whole_step
        self.zero_grad = self.zero_grad if zero_grad is None else zero_grad
        self._renew(0 if self.zero_grad or not self.whole_step else self._rule.kept)

    def set_rule(self, optimizer: str, learning_rate: float) -> None:
        """Choose how parameters take their step."""
        if (optimizer, learning_rate) != (self._rule.optimizer, self._rule.learning_rate):
            self._rule = replace(self._rule, optimizer=optimizer, learning_rate=learning_rate)
            self._renew(self._rule.kept)

    def narration(self, index: int) -> Narration | None:
        """An event in words, None without an evaluation."""
        view = self._view
        return narrate_step(view.evaluation, view.trace, index, view.rule) if view else None

    def _renew(self, kept: int) -> None:
        """Look at the same evaluation with other stages, another rule, or ``kept`` passes that were never cleared."""
        self._rule = replace(self._rule, kept=kept)
        if self._view is not None:
            self._view = self._view_of(self._view.evaluation)
            self._position = min(self._position, self.length)
        self._settle()

    def _view_of(self, evaluation: Evaluation) -> PassView:
        return PassView(evaluation, evaluation.step_trace(self.zero_grad) if self.whole_step else None, self._rule)

    # moving

    @Slot()
    def play(self) -> None:
        """Play on from here; from the start where nothing is left. With animate "off": go to the end of the pass."""
        self._prepare()
        if not self.length or self._playing:
            return
        if not self._active or self._position == self.length:
            again = self._active and self.whole_step and not self.zero_grad
            self._position, self._travelled = 0, 0.0
            if again:
                self._renew(self._rule.kept + 1)
        self._active = True
        self._stepping = False
        if self._animate == "off":
            self._position = self._stage_end_after(self._position)
        else:
            self._playing = True
        self._settle()

    @Slot()
    def pause(self) -> None:
        """Stand still; an event that travels stays where it is."""
        if self._playing:
            self._playing = False
            if self._animate != "full":
                self._travelled = 0.0
            self._settle()

    @Slot()
    def toggle(self) -> None:
        """Play or pause."""
        if self._playing:
            self.pause()
        else:
            self.play()

    @Slot()
    def step_forward(self) -> None:
        """Let one more event happen: at once, or travelling where animation is full.

        A step while one still travels completes that one first.
        """
        self._prepare()
        if not self.length:
            return
        if not self._active:
            self._active, self._position, self._travelled = True, 0, 0.0
        self._playing = False
        self._finish_step()
        if self._position < self.length:
            if self.unit != "event":
                self._go_on()
            else:
                self._stepping = True
                if self._animate != "full":
                    self._finish_step()
        self._settle()

    @Slot()
    def step_back(self) -> None:
        """Take back the event in flight, else the last one done. When inactive, begin from the end."""
        self._prepare()
        if not self.length:
            return
        if not self._active:
            self._active, self._position = True, self.length
        elif self.progress > 0.0 or self._stepping:
            self._position += 1  # the event in flight counts as the last one
        self._rest_at(self._position - 1)

    @Slot(int)
    def seek(self, position: int) -> None:
        """Show the passes after the first ``position`` events (clipped to 0 … length). Playing goes on from there."""
        self._prepare()
        if not self.length:
            return
        self._active = True
        self._rest_at(position, playing=self._playing)

    @Slot()
    def to_start(self) -> None:
        """Before the first event."""
        self.seek(0)

    @Slot()
    def to_end(self) -> None:
        """After the last event."""
        self.seek(self.length)

    @Slot()
    def next_stage(self) -> None:
        """To the end of this stage, or of the next one where this one has ended."""
        self._prepare()
        self.seek(self._stage_end_after(self._position) if self._active else self._stage_end_after(0))

    @Slot()
    def previous_stage(self) -> None:
        """To the start of this stage, or of the one before where this one has just begun."""
        self._prepare()
        if not self._view:
            return
        here = self._position if self._active else self.length
        reached = here + 1 if self.progress > 0.0 else here
        self.seek(max((edge for edge in (0, *self._view.trace.stage_ends) if edge < reached), default=0))

    @Slot()
    def stop(self) -> None:
        """Leave the passes: all numbers are shown again."""
        if self._active:
            self._active = False
            self._renew(0)
            self._rest_at(0)

    @Slot(float)
    def set_speed(self, speed: float) -> None:
        """Set the events per second, clipped to 0.1 … 20."""
        speed = min(max(float(speed), SLOWEST), FASTEST)
        if speed != self._speed:
            self._speed = speed
            self.changed.emit()

    def advance(self, seconds: float) -> None:
        """Let time pass: the event in flight travels on, and while playing others follow."""
        if not (self._playing or self._stepping):
            return
        rate = self._speed if self._playing else max(self._speed, _SLOWEST_STEP)
        self._travelled += max(seconds, 0.0) * rate
        if self._stepping:
            if self._travelled >= 1.0:
                self._finish_step()
        else:
            self._go_on(int(self._travelled), loops=self.loops)
            self._travelled -= int(self._travelled)
            if self._position == self.length:
                self._playing = False
                self._travelled = 0.0
        self._settle()

    def set_evaluation(self, evaluation: Evaluation | None, *, keep_position: bool = False) -> None:
        """Play the passes of ``evaluation`` from now on.

        The timeline stops, unless ``keep_position`` says that the events are the same as before.
        """
        events = self.length
        self._rule = replace(self._rule, kept=0)
        self._view = self._view_of(evaluation) if evaluation is not None else None
        if not (keep_position and events == self.length):
            self._active = self._playing = self._stepping = False
            self._position, self._travelled = 0, 0.0
        self._settle()

    # inside

    @property
    def _shown(self) -> int:
        if self._active:
            return self._position
        return self._view.trace.passes_end if self._view else 0

    @property
    def _in_flight(self) -> bool:
        return self._active and self.progress > 0.0

    def _prepare(self) -> None:
        if not self._active:
            self.starting.emit()

    def _go_on(self, count: int = 1, *, loops: bool = False) -> None:
        """Let ``count`` units happen."""
        for _ in range(count):
            if self._view:
                self._position = following(self._view, self._position, self.unit, loops)

    def _stage_end_after(self, position: int) -> int:
        ends = self._view.trace.stage_ends if self._view else [0]
        return min((end for end in ends if end > position), default=self.length)

    def _finish_step(self) -> None:
        """Let the event that was stepped to arrive."""
        if self._stepping:
            self._stepping, self._travelled = False, 0.0
            self._position += 1

    def _rest_at(self, position: int, *, playing: bool = False) -> None:
        self._position = min(max(int(position), 0), self.length)
        self._travelled = 0.0
        self._stepping = False
        self._playing = playing and self._position < self.length
        self._settle()

    def _settle(self) -> None:
        """Run the clock exactly while something moves, and tell of the change."""
        moving = self._playing or self._stepping
        if moving and not self._clock.isActive():
            self._since_frame.start()
            self._clock.start()
        elif not moving:
            self._clock.stop()
        self.changed.emit()

    @Slot()
    def _tick(self) -> None:
        self.advance(min(self._since_frame.restart() / 1000.0, _LONGEST_FRAME))
