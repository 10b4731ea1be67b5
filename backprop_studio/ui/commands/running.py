"""Playing the passes and training."""

from __future__ import annotations

from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.play_units import Unit
from backprop_studio.session.prediction import Prediction


class RunCommands:
    """The actions of the Run menu."""

    def __init__(self, session: EditorSession, prediction: Prediction) -> None:
        self._prediction = prediction
        self._timeline = session.timeline
        self._training = session.training

    def toggle(self) -> None:
        """Play the passes, or pause."""
        self._timeline.toggle()

    def step(self) -> None:
        """Go on by one event."""
        self._timeline.step_forward()

    def step_back(self) -> None:
        """Take one event back."""
        self._timeline.step_back()

    def to_start(self) -> None:
        """Before the first event."""
        self._timeline.to_start()

    def to_end(self) -> None:
        """After the last event."""
        self._timeline.to_end()

    def next_stage(self) -> None:
        """To the end of the stage."""
        self._timeline.next_stage()

    def previous_stage(self) -> None:
        """To the start of the stage."""
        self._timeline.previous_stage()

    def set_whole_step(self, on: bool) -> None:
        """Let the update and zero_grad follow the passes, or end with the backward pass."""
        self._timeline.set_stages(whole_step=on)

    def set_zero_grad(self, on: bool) -> None:
        """Clear gradients after the update, or leave them for the next backward pass to add to."""
        self._timeline.set_stages(zero_grad=on)

    def set_unit(self, unit: Unit) -> None:
        """Play by event, by node or by layer."""
        self._timeline.unit = unit

    def set_loop(self, on: bool) -> None:
        """Begin a stage anew at its end while playing, or go on to the next."""
        self._timeline.loops = on

    def set_predict(self, on: bool) -> None:
        """Ask for each number before it is shown, or no longer."""
        self._prediction.set_on(on)

    def stop(self) -> None:
        """Leave the passes."""
        self._timeline.stop()

    def train(self) -> None:
        """Train, or pause."""
        self._training.toggle()

    def train_step(self) -> None:
        """Train one step."""
        self._training.step_once()

    def train_reset(self) -> None:
        """Go back to the parameters from before training."""
        self._training.reset()
