"""Playing the passes and training."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu

from backprop_studio.document.tangents import Seed, seeds, with_entry_of
from backprop_studio.session.breakpoints import BreakpointMemory
from backprop_studio.session.messages import Message
from backprop_studio.session.play_units import Unit
from backprop_studio.session.prediction import Prediction
from backprop_studio.ui.canvas.breakpoint_marks import BreakpointMarks
from backprop_studio.ui.canvas.event_cards import EventCards
from backprop_studio.ui.canvas.view import CanvasView
from backprop_studio.ui.formula_shelf import FormulaShelf
from backprop_studio.ui.main_window import MainWindow
from backprop_studio.ui.plain_text import plain
from backprop_studio.ui.theme import ThemeManager

ON_OFF = ("on", "off")
NO_SEED = "Forward mode needs a number to differentiate by: add an input or a parameter that can be differentiated."


class RunCommands:
    """The actions of the Run menu."""

    def __init__(
        self,
        window: MainWindow,
        canvas: CanvasView,
        prediction: Prediction,
        shelf: FormulaShelf,
        themes: ThemeManager,
    ) -> None:
        session = canvas.session
        self._window, self._canvas, self._session = window, canvas, session
        self._prediction = prediction
        self._timeline = session.timeline
        self._training = session.training
        self._seed: Seed | None = None
        """The number that forward mode was played for last."""
        self.marks = BreakpointMarks(canvas, themes)
        self.cards = EventCards(canvas, shelf, themes)
        self.memory = BreakpointMemory(session, window.settings)
        self._list = QMenu("&Show Node", window)
        self._list.setObjectName("menu_breakpoint_list")
        actions = window.actions_table
        actions.menus["Run/Breakpoints"].insertMenu(actions["clear_breakpoints"], self._list)
        self._list.aboutToShow.connect(self._fill_list)
        self._timeline.breakpoints.changed.connect(self._fill_list)
        self._timeline.changed.connect(self._follow)
        self._fill_list()
        session.graph_changed.connect(self._follow_mode)
        self._follow_mode()
        on = window.settings.text("cards", "on", ON_OFF) == "on"
        window.actions_table["cards"].setChecked(on)
        self.cards.set_on(on)

    def set_dtype(self, dtype: str) -> None:
        """Compute in "float64" or "float32"."""
        self._session.set_dtype(dtype)

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

    def set_cards(self, on: bool) -> None:
        """Show each event's derivation beside its wire, or do not."""
        self._window.settings.set_text("cards", "on" if on else "off")
        self.cards.set_on(on)

    def set_forward_mode(self, on: bool) -> None:
        """Play forward mode: for the selected source, else for the last one, else for the first; or leave it."""
        if not on:
            self._timeline.set_seed(None)
            return
        known = seeds(self._session.flush())
        chosen = set(self._session.selection)
        selected = [with_entry_of(seed, self._seed) for seed in known if {seed.node} == chosen]
        last = [self._seed] if self._seed is not None else []
        self._seed = next((seed for seed in (*selected, *last, *known) if self._timeline.set_seed(seed)), None)
        if self._seed is None:
            self._follow()
            self._session.message.emit(Message(NO_SEED, "warning"))
        else:
            self._timeline.play()

    def forward_mode_from(self) -> None:
        """Play forward mode for the selected source."""
        self.set_forward_mode(True)

    def toggle_breakpoint(self) -> None:
        """Stop at the events of the selected nodes, or no longer."""
        self._timeline.breakpoints.toggle(self._session.selection)

    def clear_breakpoints(self) -> None:
        """Stop nowhere any more."""
        self._timeline.breakpoints.clear()

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

    def set_evaluation_mode(self, on: bool) -> None:
        """Compute the whole graph in evaluation mode, or in training mode."""
        self._session.set_training(not on)

    def _fill_list(self) -> None:
        """List the nodes with breakpoints; each leads to its node."""
        nodes = self._session.graph.nodes
        self._list.clear()
        for node in sorted(self._timeline.breakpoints.nodes & nodes.keys()):
            action = self._list.addAction(plain(nodes[node].name).replace("&", "&&"))
            action.setObjectName(f"breakpoint_{node}")
            action.triggered.connect(lambda _=False, node=node: self._canvas.reveal(node))
        self._list.setEnabled(not self._list.isEmpty())

    def _follow_mode(self) -> None:
        self._window.actions_table["evaluation_mode"].setChecked(not self._session.graph.training)

    def _follow(self) -> None:
        self._seed = self._timeline.seed or self._seed
        self._window.actions_table["forward_mode"].setChecked(self._timeline.seed is not None)
