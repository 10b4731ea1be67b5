"""The one object the window talks to: the document, its evaluation, the passes and the training."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QSettings, Signal, Slot

from backprop_studio.document.evaluation import Evaluation, evaluate_graph
from backprop_studio.document.examples import Example, all_examples
from backprop_studio.document.file_format import DocumentError
from backprop_studio.document.graph import EMPTY_GRAPH, Graph
from backprop_studio.document.training_settings import TrainingSettings
from backprop_studio.session.change_reach import Reach, reach
from backprop_studio.session.documents import CODE_SUFFIX, read_document, with_suffix, write_document
from backprop_studio.session.evaluation import Evaluator
from backprop_studio.session.garbage_duty import GarbageDuty
from backprop_studio.session.level_editor import LevelEditor
from backprop_studio.session.loss_watch import LossWatch
from backprop_studio.session.recent_files import RecentFiles
from backprop_studio.session.timeline import Timeline
from backprop_studio.session.training_worker import TrainingController

UNTITLED = "Untitled"


class EditorSession(LevelEditor):
    """Owns the document and everything computed from it. Lives on the window's thread."""

    evaluated = Signal(object)
    """Evaluation of the present graph."""
    document_changed = Signal()
    """Path, title or modified mark changed."""
    document_loaded = Signal()
    """Another document is shown: bring it into view."""

    def __init__(self, settings: QSettings | None = None, parent: QObject | None = None) -> None:
        """``settings`` keep the recent files; by default those of the application."""
        super().__init__(parent)
        self._garbage = GarbageDuty(self)
        self._garbage.begin()
        self._evaluation = evaluate_graph(EMPTY_GRAPH)
        self._same_events = True
        """True while no edit since the last evaluation could change the events of the passes."""
        self._loss_watch = LossWatch()
        self._path: Path | None = None
        self._title = UNTITLED
        self._recent = RecentFiles(settings)
        self.undo_stack.cleanChanged.connect(self._take_clean_change)
        self._evaluator = Evaluator(self)
        self._evaluator.evaluated.connect(self._take_evaluation)
        self.timeline = Timeline(self)
        self.timeline.set_evaluation(self._evaluation)
        self.timeline.starting.connect(self._prepare_passes)
        self.training = TrainingController(self, self)
        self.training.changed.connect(self._take_training_change)
        self._saved_settings = self.training_settings
        self.undo_stack.stepping.connect(self.training.pause)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.shutdown)

    # state

    @property
    def evaluation(self) -> Evaluation:
        """The newest evaluation; while one is pending, still that of the graph before (see ``is_evaluated``)."""
        return self._evaluation

    @property
    def is_evaluated(self) -> bool:
        """True where ``evaluation`` is that of ``graph``."""
        return self._evaluation.graph is self._graph

    @property
    def path(self) -> Path | None:
        """Where the document was saved or opened; None where it has no file yet."""
        return self._path

    @property
    def title(self) -> str:
        """What the document is called in the window's title."""
        return self._title

    @property
    def is_modified(self) -> bool:
        """True where there is something that saving would keep."""
        edited = not self.undo_stack.isClean() or self.training.has_uncommitted_steps
        has_content = self._path is not None or bool(self._graph.nodes)
        return edited or (has_content and self.training_settings != self._saved_settings)

    @property
    def training_settings(self) -> TrainingSettings:
        """What is chosen for training, as it is saved with the document."""
        return replace(self.training.settings, dtype=self.dtype)

    @property
    def saved_graph(self) -> Graph:
        """The document as saving would write it: the graph with the settings of training."""
        return replace(self._graph, training_settings=self.training_settings)

    @property
    def dtype(self) -> str:
        """The float type that everything is computed in: "float64" or "float32"."""
        return self._evaluator.dtype

    def set_dtype(self, dtype: str) -> None:
        """Compute in "float64" or "float32" from now on."""
        if dtype not in ("float64", "float32"):
            raise ValueError(f"The float type is float64 or float32, not {dtype}.")
        if dtype != self.dtype:
            self.training.pause()
            self.timeline.stop()
            self._evaluator.dtype = dtype
            self._evaluator.request(self._graph)
            self.document_changed.emit()

    # edits

    # PySide finds a method that hides QObject.connect or disconnect in the most derived class only: they stand here.

    def connect(self, source: int, target: int, slot: int, *, quiet: bool = False) -> bool:  # type: ignore[override]
        """Wire the output of ``source`` to an input of ``target``, in place of what was wired there."""
        return self.wire(source, target, slot, quiet=quiet)

    def disconnect(self, target: int, slot: int, *, quiet: bool = False) -> bool:  # type: ignore[override]
        """Take a wire away."""
        return self.unwire(target, slot, quiet=quiet)

    # undo

    @Slot()
    def undo(self) -> None:
        """Take the last step back. Training that runs is committed first: it is the last step then."""
        self.undo_stack.undo()

    @Slot()
    def redo(self) -> None:
        """Do again what was taken back last."""
        self.undo_stack.redo()

    # documents

    @Slot()
    def new(self) -> None:
        """Begin an empty document. What was not saved is lost."""
        self._load(EMPTY_GRAPH, None, UNTITLED)

    def open(self, path: Path | str) -> bool:
        """Open a document, or a .py file of graph code; False where that fails. What was not saved is lost."""
        path = Path(path)
        try:
            graph = read_document(path)
        except DocumentError as error:
            self._say(str(error), "error")
            return False
        imported = path.suffix.lower() == CODE_SUFFIX
        self._load(graph, None if imported else path, path.stem if imported else path.name)
        self._recent.add(path)
        return True

    def save(self, path: Path | str | None = None) -> bool:
        """Save to ``path``, by default where the document has its file. False where it has none or saving failed."""
        target = with_suffix(Path(path)) if path is not None else self._path
        if target is None:
            return False
        self.training.pause()
        try:
            write_document(self.saved_graph, target)
        except DocumentError as error:
            self._say(str(error), "error")
            return False
        self._path, self._title = target, target.name
        self._saved_settings = self.training_settings
        self.undo_stack.setClean()
        self._recent.add(target)
        self.document_changed.emit()
        return True

    def load_example(self, name: str, pace: float | None = None) -> bool:
        """Open an example as a new document, trained at so many steps a second (None: as other documents)."""
        example = next((example for example in all_examples() if example.name == name), None)
        if example is None:
            known = ", ".join(example.name for example in all_examples())
            self._say(f"There is no example {name}. The examples: {known}.", "error")
            return False
        try:
            graph = read_document(example.path)
        except DocumentError as error:
            self._say(str(error), "error")
            return False
        settings = graph.training_settings or TrainingSettings()
        if example.learning_rate is not None:  # that of plain gradient descent on all rows
            settings = replace(settings, setup=settings.setup.having(lr=example.learning_rate))
        self._load(replace(graph, training_settings=replace(settings, pace=pace)), None, example.title)
        return True

    def examples(self) -> list[Example]:
        """The worked examples that come with the program."""
        return list(all_examples())

    def recent_files(self) -> list[Path]:
        """The files opened or saved last that still exist, newest first."""
        return self._recent.paths()

    # evaluation

    def flush(self) -> Evaluation:
        """The evaluation of the present graph, computed now where it is pending."""
        self._evaluator.flush()
        return self._evaluation

    @Slot()
    def shutdown(self) -> None:
        """End both threads and wait for them. Call it before the session goes; steps not committed are lost."""
        self.training.shutdown()
        self._evaluator.shutdown()
        self._garbage.end()

    # for training

    def begin_training(self) -> None:
        """Leave the passes: the canvas shows training now."""
        self.timeline.stop()

    # inside

    def _load(self, graph: Graph, path: Path | None, title: str) -> None:
        """Show another document in place of this one."""
        settings = graph.training_settings or TrainingSettings()
        self.training.abandon()
        self.training.choose_all(settings)
        self._saved_settings = settings
        self.timeline.stop()
        self.undo_stack.clear()
        self._taken.clear()
        self._loss_watch.begin()
        # Ids mean other nodes now, so everything goes before anything comes.
        self._show(EMPTY_GRAPH)
        self._evaluator.dtype = settings.dtype
        self._show(replace(graph, training_settings=None))
        self._evaluator.request(self._graph)  # also where it equals the one before, as one empty graph another
        self._path, self._title = path, title
        self.document_changed.emit()
        self.document_loaded.emit()

    def _interrupt(self, after: Graph) -> bool:
        """Training goes on while nodes are only moved; before any other edit it is committed."""
        if self.training.state != "running":
            return False
        if reach(self._graph, after, self._change_to(after)) <= Reach.PLACES:
            return False
        self.training.pause()
        return True

    def _before_shown(self, reached: Reach) -> None:
        if reached is not Reach.NUMBERS:
            return
        self._same_events = False
        if self.training.drop_run():
            self._say("Training was stopped and its last steps dropped, because the graph was changed.", "warning")
        if self.timeline.is_active:
            self.timeline.stop()
            self._say("The passes were rewound, because the graph was changed.", "info")

    def _after_shown(self, reached: Reach) -> None:
        self.training.follow(self._graph)
        if reached is Reach.PLACES and not self._evaluator.is_pending:
            self._evaluation = _on_graph(self._evaluation, self._graph)
            self.timeline.set_evaluation(self._evaluation, keep_position=True)
        else:
            self._evaluator.request(self._graph)

    @Slot(object)
    def _take_evaluation(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        self.timeline.set_evaluation(evaluation, keep_position=self._same_events)
        self._same_events = True
        moved = self._loss_watch.told(evaluation)
        if moved is not None:
            self._say(moved, "warning")
        self.evaluated.emit(evaluation)

    @Slot()
    def _prepare_passes(self) -> None:
        """The passes are about to be played: they must be those of the graph as it is."""
        self.training.pause()
        self._evaluator.flush()

    @Slot(bool)
    def _take_clean_change(self, clean: bool) -> None:
        self.document_changed.emit()

    @Slot()
    def _take_training_change(self) -> None:
        self.document_changed.emit()


def _on_graph(evaluation: Evaluation, graph: Graph) -> Evaluation:
    """The same numbers for a graph whose nodes have only moved. Keeps the trace, which ``replace`` would drop."""
    moved = copy.copy(evaluation)
    object.__setattr__(moved, "graph", graph)
    return moved
