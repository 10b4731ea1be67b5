"""Fills the window's frame: makes the canvas and the panels, and joins them to the session and to each other."""

from __future__ import annotations

from types import SimpleNamespace

from PySide6.QtCore import QObject, QPoint, QPointF, QRectF, QSizeF, QTimer
from PySide6.QtWidgets import QMenu

from backprop_studio.document.changes import GraphChange
from backprop_studio.document.graph import Graph, Point, Wire, slots_shown
from backprop_studio.document.node_size import NODE_WIDTH, node_height
from backprop_studio.engine.blas_threads import asked_for, limit_blas_threads
from backprop_studio.engine.ops import registry
from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.errands import Errands
from backprop_studio.session.gradient_checker import GradientChecker
from backprop_studio.session.jumping import position_of
from backprop_studio.session.messages import Message
from backprop_studio.session.prediction import Prediction
from backprop_studio.ui.answering import Answering
from backprop_studio.ui.canvas.view import CanvasView
from backprop_studio.ui.commands.arranging import ArrangeCommands
from backprop_studio.ui.commands.checking import CheckCommands
from backprop_studio.ui.commands.clipboard import ClipboardCommands
from backprop_studio.ui.commands.editing import EditCommands, GraphCommands
from backprop_studio.ui.commands.exporting import ExportCommands
from backprop_studio.ui.commands.files import FileCommands
from backprop_studio.ui.commands.grouping import GroupCommands
from backprop_studio.ui.commands.helping import HelpCommands
from backprop_studio.ui.commands.running import RunCommands
from backprop_studio.ui.commands.seeking import SeekCommands
from backprop_studio.ui.commands.training import TrainingCommands
from backprop_studio.ui.commands.view import ViewCommands, known_animate
from backprop_studio.ui.explaining import Explaining
from backprop_studio.ui.fit_keeper import FitKeeper
from backprop_studio.ui.main_window import MainWindow
from backprop_studio.ui.opening_menus import fill_examples, fill_recent
from backprop_studio.ui.overlays import MARGIN, Overlays
from backprop_studio.ui.panels.code import CodePanel
from backprop_studio.ui.panels.explanation import ExplanationPanel
from backprop_studio.ui.panels.inspector import InspectorPanel
from backprop_studio.ui.panels.message_bar import MessageBar
from backprop_studio.ui.panels.palette import PalettePanel
from backprop_studio.ui.panels.prediction_row import PredictionRow
from backprop_studio.ui.panels.start_card import StartCard
from backprop_studio.ui.panels.transport import EVENTS_PER_SECOND, HEIGHT, SPEEDS, TransportBar
from backprop_studio.ui.placing import free_place
from backprop_studio.ui.states import kind_of_selection, states
from backprop_studio.ui.status import StatusRow
from backprop_studio.ui.theme import ThemeManager

PLACE_GAP = 40.0
"""Scene units between the selected node and one that is placed beside it."""
CALM_PACE, QUICK_PACE, MANY_STEPS = 60.0, 200.0, 600
"""Steps a second at which training can be watched; the second for examples that need more than so many steps."""
BUTTON_TEXTS = {"play": ("Play passes", "Pause"), "train": ("Train", "Pause")}
"""What the two buttons say at rest, and while what they began is running."""


class Workspace(QObject):
    """Everything inside the window, for one session. Lives as long as the window."""

    def __init__(self, window: MainWindow, session: EditorSession, themes: ThemeManager) -> None:
        super().__init__(window)
        self.setObjectName("workspace")
        self.window_, self.session, self.themes = window, session, themes
        self._actions = window.actions_table
        self._recall()
        window.add_docks()
        self.canvas = CanvasView(session, themes)
        self.fitting = FitKeeper(self.canvas, HEIGHT + MARGIN)
        self.messages = MessageBar(themes)
        self.prediction = Prediction(session.timeline, self)
        row = PredictionRow(self.prediction, themes)
        self.answering = Answering(self.prediction, row, self.canvas)
        self.transport = TransportBar(session.timeline, themes, self.canvas, row)
        self.start_card = StartCard(session.examples(), themes, self.canvas)
        self.palette = PalettePanel(themes, self.canvas.blocks.shelf)
        self.inspector = InspectorPanel(session, themes)
        self.explanation = ExplanationPanel(session, themes)
        self.code = CodePanel(session)
        self.status = StatusRow()
        self.checker = GradientChecker(session, self)
        self.explaining = Explaining(window, self.explanation, self.checker, self.prediction, themes)
        self.files = FileCommands(session, themes, window)
        self.errands = Errands(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.refresh)
        self._fill()
        self._command()
        self._connect()
        self.refresh()

    def add_training(self) -> None:
        """Make the training dock. Apart, since it brings the plotting library, which takes a while to load."""
        from backprop_studio.ui.training_dock import TrainingDock

        self.training = TrainingDock(self.session, self.themes)
        self.window_.docks["training"].setWidget(self.training)
        self.training.opened.connect(self.window_.give_training_room)

    def refresh(self) -> None:
        """Bring what the actions and the status bar say up to date."""
        self._timer.stop()
        session, window = self.session, self.window_
        self._actions.enable(states(session))
        self._actions.choose("kind", kind_of_selection(session) or "")
        playing, training = session.timeline.is_playing, session.training.state == "running"
        for name, running in (("play", playing), ("train", training)):
            window.tool_strip.show_as(name, BUTTON_TEXTS[name][running], "pause" if running else name)
        self.status.show_saved(session.is_modified, str(session.path or ""))
        window.show_title(session.title, session.is_modified)
        self._show_start_card()

    def _show_start_card(self) -> None:
        """Say how to begin while there is nothing on the canvas."""
        graph = self.session.graph
        self.start_card.setVisible(not (graph.nodes or graph.frames or graph.comments))

    def place(self, op_name: str) -> int | None:
        """Place an operation to the right of the selected node where that is in view, else in the middle of it."""
        op = registry[op_name]
        size = QSizeF(NODE_WIDTH, node_height(slots_shown(op)))
        beside = self._beside_selection()
        view = self.canvas.camera.rect_to_scene(QRectF(self.canvas.rect()))
        if beside is not None and view.contains(QRectF(QPointF(*beside), size)):
            wanted = beside
        else:
            x, y = self.canvas.centre_of_view()
            wanted = (x - size.width() / 2, y - size.height() / 2)
        self.canvas.quick_add.remember(op_name)
        return self.session.add_node(op_name, free_place(self.session.graph, op, wanted))

    def _beside_selection(self) -> Point | None:
        """Where a node goes that stands to the right of the one selected (the one placed last, mostly)."""
        chosen = [self.session.graph.nodes[node] for node in self.session.selection]
        if len(chosen) != 1:
            return None
        x, y = chosen[0].position
        return x + NODE_WIDTH + PLACE_GAP, y

    def open_example(self, name: str) -> None:
        """Open an example; training is set to what suits it."""
        steps = next((each.steps for each in self.session.examples() if each.name == name), None)
        self.files.open_example(name, QUICK_PACE if steps is not None and steps > MANY_STEPS else None)

    def _recall(self) -> None:
        """Set up the session and the menus as they were left last."""
        settings, timeline = self.window_.settings, self.session.timeline
        timeline.animate = known_animate(settings.text("animate", self._default_animate()))
        timeline.set_speed(settings.number("speed", 1.0, SPEEDS[0], SPEEDS[-1]) * EVENTS_PER_SECOND)
        timeline.set_stages(whole_step=True)
        for name, on in (("whole_step", timeline.whole_step), ("zero_grad", timeline.zero_grad)):
            self._actions[name].setChecked(on)
        self.session.training.set_default_pace(CALM_PACE)
        self._actions.choose("unit", timeline.unit)
        self._actions.choose("dtype", self.session.dtype)
        self._actions.choose("animate", timeline.animate)
        self._actions.choose("theme", self.themes.choice)
        stored = settings.text("blas_threads", "1", ("1", "2", "4"))
        if asked_for() is None and stored != "1":  # the command line goes before what is remembered
            limit_blas_threads(int(stored))
        self._actions.choose("blas", str(asked_for() or stored))

    def _recall_canvas(self) -> None:
        """Set up the canvas as it was left last."""
        settings, quick_add = self.window_.settings, self.canvas.quick_add
        self.canvas.guides = settings.text("guides", "on", ("on", "off")) == "on"
        self._actions["guides"].setChecked(self.canvas.guides)
        quick_add.recent = settings.texts("recent_operations")
        quick_add.used.connect(lambda names: settings.set_texts("recent_operations", names))

    def _default_animate(self) -> str:
        """Steps only where the desktop asks for no animations."""
        style = self.window_.style()
        return "full" if style.styleHint(style.StyleHint.SH_Widget_Animation_Duration) > 0 else "steps"

    def _fill(self) -> None:
        window = self.window_
        window.centre.addWidget(self.messages)
        window.centre.addWidget(self.canvas, 1)
        window.setStatusBar(self.status)
        for name in ("play", "train"):
            window.tool_strip.keep_width(name, BUTTON_TEXTS[name])
        for name, panel in (
            ("palette", self.palette), ("inspector", self.inspector), ("explanation", self.explanation),
            ("code", self.code),
        ):  # fmt: skip
            window.docks[name].setWidget(panel)
        self.overlays = Overlays(self.canvas, self.transport, self.start_card)
        self._actions.bind_canvas(self.canvas)
        self._examples = self._actions.menus["Learn"].addMenu("&Examples")
        self._recent = QMenu("Open &Recent", window)
        self._recent.setObjectName("menu_recent")
        self._actions.menus["File"].insertMenu(self._actions["save"], self._recent)
        self._actions.menus["File"].insertMenu(self._actions["save"], self._examples)

    def _command(self) -> None:
        """Give the actions what they do."""
        window, session = self.window_, self.session
        self._seek = SeekCommands(window, self.canvas, self.fitting, self.themes)
        self.arranging = ArrangeCommands(session, self.canvas)
        window.handlers = SimpleNamespace(
            files=self.files,
            export=ExportCommands(session, window, self.errands, self.files.suggested),
            edit=EditCommands(session, self._find_operation),
            view=ViewCommands(window, self.canvas, self.fitting, window.settings, self.themes, session.timeline),
            graph=GraphCommands(session, self.canvas),
            group=GroupCommands(session, self.canvas),
            arrange=self.arranging,
            clipboard=ClipboardCommands(session, self.canvas, self.fitting),
            run=RunCommands(window, self.canvas, self.prediction, self.explanation.shelf, self.themes),
            check=CheckCommands(session, self.checker, self.explanation, self.explaining.explain),
            training=TrainingCommands(window, session, self.messages),
            help=HelpCommands(window, self.themes),
            seek=self._seek,
        )
        window.may_close = self.files.may_leave
        window.closed = self._shut_down
        window.open_path = self.files.open_path
        self.files.keep_code = self._keep_code
        for name in ("palette", "inspector", "explanation", "training", "code"):
            dock, action = window.docks[name], self._actions[f"show_{name}"]
            action.setChecked(not dock.isHidden())
            dock.visibilityChanged.connect(lambda _, d=dock, a=action: a.setChecked(not d.isHidden()))
        self._recall_canvas()
        fill_examples(self._examples, self.session.examples(), self.open_example)
        self._recent.aboutToShow.connect(self._fill_recent)
        self._fill_recent()

    def _connect(self) -> None:
        session = self.session
        session.message.connect(self._tell)
        session.evaluated.connect(self.status.show_evaluation)
        for signal in (
            session.graph_changed, session.evaluated, session.selection_changed, session.document_changed,
            session.level_changed,
            session.timeline.changed, session.training.changed,
        ):  # fmt: skip
            signal.connect(self._soon)
        session.graph_changed.connect(self._drop_error)
        session.graph_changed.connect(self._show_start_card)  # at once: no frame shows the card over a graph
        session.document_changed.connect(self._fill_recent)
        session.document_loaded.connect(self._document_loaded)
        session.timeline.changed.connect(self._remember_speed)
        session.training.changed.connect(self._follow_rule)
        session.evaluated.connect(self._follow_rule)
        self.prediction.changed.connect(self._follow_prediction)
        self._seek.presentation.changed.connect(self._write_large)
        self.transport.size_changed.connect(self._make_room)
        session.selection_changed.connect(self._jump)
        self._follow_rule()
        self.canvas.context_menu_requested.connect(self._show_menu)
        self.explaining.join(self.canvas, self.status)
        self.canvas.zoom_changed.connect(self.status.show_zoom)
        self.status.problems_asked.connect(self._show_problems)
        self.palette.place_requested.connect(self.place)
        self.palette.block_requested.connect(self.canvas.blocks.place)
        self.code.applied.connect(self.fitting.fit)
        self.start_card.example_chosen.connect(self.open_example)
        self.inspector.node_chosen.connect(self._show_node)
        self.inspector.action_asked.connect(lambda name: self._actions[name].trigger())
        self.inspector.subject_changed.connect(lambda text: self._show_subject("inspector", text))
        self.status.show_evaluation(session.evaluation)
        self.status.show_zoom(self.canvas.zoom)
        self.canvas.show()  # a layout shows its widgets only later, and what is hidden takes no focus
        self.canvas.setFocus()

    def _soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start(0)

    def _tell(self, message: Message) -> None:
        self.messages.show_message(message.text, message.severity)

    def _drop_error(self, graph: Graph, change: GraphChange) -> None:
        """What was wrong with the graph before, or had become of it, says nothing of the one that has been edited."""
        edited = change.changed - change.grouped or change.added or change.removed or change.wires_removed
        if self.messages.severity != "info" and (edited or change.wires_added or change.loss_changed):
            self.messages.clear()

    def _document_loaded(self) -> None:
        self.messages.clear()
        self._actions.choose("dtype", self.session.dtype)
        self.fitting.fit()
        self.canvas.setFocus()

    def _show_subject(self, dock: str, subject: str) -> None:
        self.window_.docks[dock].show_subject(f" — {subject}" if subject else "")

    def _show_menu(self, at: QPoint, item: int | None, wire: Wire | None) -> None:
        """The menu of a node, frame or comment, a wire or the empty canvas."""
        self.refresh()
        kind = "wire" if wire is not None else "canvas"
        if item is not None:
            graph = self.session.graph
            kind = "node" if item in graph.nodes else "group" if item in graph.groups else "note"
        menu = self._actions.context_menu(kind, self.canvas)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def _show_node(self, node: int) -> None:
        """Select a node and bring it into view, through the groups that it lies in."""
        self.canvas.reveal(node)
        self.session.select({node})

    def _show_problems(self) -> None:
        """Bring what is wrong with the graph to the front: the inspector tells it while nothing is selected."""
        self.session.clear_selection()
        self.window_.docks["inspector"].show()
        self.window_.docks["inspector"].raise_()

    def _find_operation(self) -> None:
        self.window_.docks["palette"].show()
        self.palette.focus_search()

    def _keep_code(self) -> bool:
        """Where graph code was typed and not applied: show it rather than lose it, once."""
        if not self.code.has_unapplied_text or self.code.was_warned:
            return True
        self.code.was_warned = True
        self._actions["show_code"].setChecked(True)
        self.window_.docks["code"].show()
        self.messages.show_message(
            "The graph code has changes that were not applied. Apply or revert them, or ask again to drop them.",
            "warning",
        )
        return False

    def _follow_rule(self) -> None:
        """Let the update on the timeline be the one that training would make."""
        training = self.session.training
        self.session.timeline.set_rule(training.setup, training.past)

    def _follow_prediction(self) -> None:
        """Make room for the question; let no other panel tell the answer."""
        on = self.prediction.is_on
        if self._actions["predict"].isChecked() != on:
            self._actions["predict"].setChecked(on)
        self.explanation.hides_ahead = on
        self._make_room()

    def _write_large(self, pixels: int) -> None:
        """Tell what happens in type of so many pixels, for a room full of people; 0 for the usual size."""
        self.answering.set_large(pixels)
        self.transport.set_large(pixels)
        self._make_room()

    def _make_room(self) -> None:
        """Leave as much of the canvas's foot free as the transport bar takes."""
        self.overlays.place()
        foot = self.transport.sizeHint().height() + MARGIN
        if self.transport.isVisible():
            self.canvas.foot = foot
        self.fitting.keep_free(foot)

    def _jump(self) -> None:
        """While the passes are shown, a click on a node or a wire goes to its event."""
        timeline, session = self.session.timeline, self.session
        if not timeline.is_active or self.prediction.is_on:
            return
        found = position_of(timeline, session.selection, session.selected_wire)
        if found is not None:
            timeline.seek(found)

    def _remember_speed(self) -> None:
        speed = self.session.timeline.speed / EVENTS_PER_SECOND
        if speed != self._speed:
            self._speed = speed
            self.window_.settings.set_number("speed", speed)

    _speed = 0.0

    def _fill_recent(self) -> None:
        fill_recent(self._recent, self.session.recent_files(), self.files.open_path)

    def _shut_down(self) -> None:
        self.session.timeline.stop()
        at_work = (
            self.arranging.tidying,
            self.explanation,
            self.checker,
            self.errands,
            self.files.animation,
            self.session,
        )
        for part in at_work:
            part.shutdown()
