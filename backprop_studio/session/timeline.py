"""The timeline: plays, pauses, steps and scrubs over the passes of an evaluation."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal, Slot

from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.tangents import Seed
from backprop_studio.session.breakpoints import Breakpoints
from backprop_studio.session.chosen_passes import ChosenPasses, PassChoice
from backprop_studio.session.flight import Flight, flight
from backprop_studio.session.pass_view import PassView
from backprop_studio.session.play_units import Unit, stage_end, stage_start
from backprop_studio.session.shown_numbers import MOST_IN_FLIGHT

Animate = Literal["full", "steps", "off"]

SLOWEST, FASTEST = 0.1, 20.0
"""Bounds of the speed, in events (or nodes, or layers) per second."""
MOST_EVENTS = 10_000
"""From this many events on, playing goes by layers."""
_FRAME_MS = 16
_LONGEST_FRAME = 0.1
"""Seconds that may pass in one frame, and never more than an event takes: a stall skips no event unseen."""
_SLOWEST_STEP = 2.0
"""A step asked for by hand travels at this many events per second at least."""


class Timeline(QObject, ChosenPasses):
    """A position in the trace, and the clock that moves it.

    What is shown is a pure function of ``position`` and, while events travel, of ``progress``. While
    not active, everything that was computed is known, as at the end.
    """

    changed = Signal()
    """Position, progress, playing, active, speed, animation or trace changed."""
    starting = Signal()
    """About to leave the resting state: whoever owns the evaluation brings it up to date now."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view: PassView | None = None
        self._choice = PassChoice()
        self._position = 0
        self._travelled = 0.0
        self._playing = self._stepping = self._active = False
        self._speed = 1.5
        self._unit: Unit = "event"
        self._animate: Animate = "full"
        self._halted_at: int | None = None
        self._moment: tuple[object, Flight] | None = None
        self.loops = False
        """Does playing begin the stage anew at its end?"""
        self.breakpoints = Breakpoints(self)
        self.breakpoints.changed.connect(self._take_breakpoints)
        self._since_frame = QElapsedTimer()
        self._clock = QTimer(self)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.setInterval(_FRAME_MS)
        self._clock.timeout.connect(self._tick)

    # state

    @property
    def position(self) -> int:
        """Number of events that have happened, 0 … length."""
        return self._position

    @property
    def progress(self) -> float:
        """How far the events from ``position`` to ``flight_end`` have travelled, 0 … 1; 0 at rest."""
        return self._flight.progress

    @property
    def flight_end(self) -> int:
        """The position once what happens next has happened: an event, or all of a node or layer up to a breakpoint."""
        return self._flight.end

    @property
    def flight_start(self) -> int:
        """The position before what happened last."""
        return self._flight.start

    @property
    def current_events(self) -> range:
        """The events in flight, else those that happened last; several where a node or layer is played at once."""
        return self._flight.events

    @property
    def is_playing(self) -> bool:
        """True while event follows event by itself."""
        return self._playing

    @property
    def is_active(self) -> bool:
        """True while the passes are shown as far as ``position``; False while all numbers are."""
        return self._active

    @property
    def halted_at(self) -> int | None:
        """The node whose breakpoint playing stopped at just now."""
        return self._halted_at

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

    def current_event_index(self) -> int | None:
        """The event in flight (of several the last), else the last one done; None when inactive or at the start."""
        if not self._active:
            return None
        if self.progress > 0.0:
            return self.flight_end - 1
        return self._position - 1 if self._position else None

    @property
    def unit(self) -> Unit:
        """What happens at once: an event, all of a node, or all of a layer. Many events go by layers of themselves."""
        return "depth" if self._unit == "event" and self.length >= MOST_EVENTS else self._unit

    @unit.setter
    def unit(self, unit: Unit) -> None:
        if unit != self._unit:
            self._finish_step()
            self._unit, self._travelled = unit, 0.0
            self._settle()

    # what is played

    def set_seed(self, seed: Seed | None) -> bool:
        """Stand at the start of forward mode for one number, or leave it and the passes. False where it has no rule."""
        if seed is None:
            if self.seed is not None:
                self.stop()
            return True
        self._prepare()
        evaluation, choice = self.evaluation, replace(self._choice, seed=seed)
        view = choice.view(evaluation) if evaluation is not None else None
        if view is None or view.tangent_caption() is None:
            return False
        self._choice, self._view, self._active = choice, view, True
        self._rest_at(0)
        return True

    # moving

    @Slot()
    def play(self) -> None:
        """Play on from here; from the start where nothing is left. With animate "off": go to the end of the pass."""
        self._prepare()
        if not self.length or self._playing:
            return
        self._halted_at = None
        if not self._active or self._position == self.length:
            again = self._active and self.whole_step and not self.zero_grad and self.seed is None
            self._position, self._travelled = 0, 0.0
            if again:
                self._renew(self.rule.kept + 1)
        self._active = True
        self._stepping = False
        if self._animate == "off":
            self._position = self._until_breakpoint(self._position, self._stage_end_after(self._position))
            self._halted_at = self._breakpoint_before(self._position)
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
        self._playing, self._halted_at = False, None
        self._finish_step()
        if self._position < self.length:
            self._stepping = True
            if self._animate != "full" or self.flight_end - self._position > MOST_IN_FLIGHT:
                self._finish_step()
        self._settle()

    @Slot()
    def step_back(self) -> None:
        """Take back what is in flight, else what happened last. When inactive, begin from the end."""
        self._prepare()
        if not self.length:
            return
        if not self._active:
            self._active, self._position = True, self.length
        elif self.progress > 0.0 or self._stepping:
            self._rest_at(self._position)
            return
        self._rest_at(self.flight_start)

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
        if self._view:
            here = self._position if self._active else self.length
            self.seek(stage_start(self._view.trace, here + 1 if self.progress > 0.0 else here))

    @Slot()
    def stop(self) -> None:
        """Leave the passes, and forward mode: all numbers are shown again."""
        if self._active:
            self._active = False
            self._choice = replace(self._choice, seed=None)
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
        """Let time pass: what is in flight travels on, and while playing other events follow."""
        if not (self._playing or self._stepping):
            return
        rate = self._speed if self._playing else max(self._speed, _SLOWEST_STEP)
        self._travelled += max(seconds, 0.0) * rate
        if self._stepping:
            if self._travelled >= 1.0:
                self._finish_step()
        else:
            while self._playing and self._travelled >= 1.0:
                self._travelled -= 1.0
                self._go_on()
            if not self._playing:
                self._travelled = 0.0
        self._settle()

    def set_evaluation(self, evaluation: Evaluation | None, *, keep_position: bool = False) -> None:
        """Play the passes of ``evaluation`` from now on.

        The timeline stops, unless ``keep_position`` says that the events are the same as before.
        """
        events = self.length
        choice = replace(self._choice, rule=replace(self.rule, kept=0))
        self._view = choice.view(evaluation) if evaluation is not None else None
        if not (keep_position and events == self.length):
            self._active = self._playing = self._stepping = False
            self._position, self._travelled, self._halted_at = 0, 0.0, None
            choice = replace(choice, seed=None)
            self._view = choice.view(evaluation) if evaluation is not None else None
        self._choice = choice
        self._settle()

    # inside

    @property
    def _shown(self) -> int:
        if self._active:
            return self._position
        return self._view.trace.passes_end if self._view else 0

    @property
    def _reached(self) -> int:
        return self._flight.reached if self._active else self._shown

    @property
    def _flight(self) -> Flight:
        """What is under way: asked for many times a frame, reckoned once."""
        travelled = self._travelled if self._animate == "full" else 0.0
        moment = (self._view, self._position, travelled, self.unit, self.breakpoints.nodes, self._active)
        if self._moment is None or self._moment[0] != moment:
            self._moment = (moment, flight(*moment))
        return self._moment[1]

    def _prepare(self) -> None:
        if not self._active:
            self.starting.emit()

    def _go_on(self) -> None:
        """Let one unit happen while playing. At a breakpoint and at the end playing stops."""
        trace = self._view.trace if self._view is not None else None
        if trace is None:
            return
        start, self._position = stage_start(trace, self._position + 1), self.flight_end
        self._halted_at = self._breakpoint_before(self._position)
        if self._halted_at is not None:
            self._playing = False
        elif self.loops and self._position in trace.stage_ends:
            self._position = start
        elif self._position == self.length:
            self._playing = False

    def _until_breakpoint(self, position: int, end: int) -> int:
        return self._view.until_stop(position, end, self.breakpoints.nodes) if self._view else end

    def _breakpoint_before(self, position: int) -> int | None:
        return self._view.stop_before(position, self.breakpoints.nodes) if self._view else None

    def _stage_end_after(self, position: int) -> int:
        return stage_end(self._view.trace, position) if self._view else 0

    def _finish_step(self) -> None:
        """Let what was stepped to arrive."""
        if self._stepping:
            self._stepping, self._travelled = False, 0.0
            self._position = self.flight_end

    def _rest_at(self, position: int, *, playing: bool = False) -> None:
        self._position = min(max(int(position), 0), self.length)
        self._travelled, self._halted_at = 0.0, None
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
    def _take_breakpoints(self) -> None:
        """What is in flight may end elsewhere now."""
        self._halted_at = None
        self._settle()

    @Slot()
    def _tick(self) -> None:
        self.advance(min(self._since_frame.restart() / 1000.0, _LONGEST_FRAME, 1.0 / self._speed))
