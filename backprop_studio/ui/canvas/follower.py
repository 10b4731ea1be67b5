"""Keeps the canvas's scene up to date with the session, repainting only what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, Slot

from backprop_studio.document.changes import GraphChange
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.document.graph import Graph, Wire
from backprop_studio.engine.trace import Stage
from backprop_studio.session.training_worker import TrainingSnapshot
from backprop_studio.ui.canvas.labels import Labels
from backprop_studio.ui.canvas.ranks import Ranks
from backprop_studio.ui.canvas.spoiling import MOST_PLACES
from backprop_studio.ui.canvas.wire_marks import WireMarks

if TYPE_CHECKING:
    from backprop_studio.ui.canvas.view import CanvasView


class Follower(QObject):
    """Receives the session's signals for one canvas."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        session, scene = canvas.session, canvas.scene
        self._timeline = session.timeline
        self._shown: tuple[bool, int, Stage | None] = (False, 0, None)
        """Of the pass as it was painted last: active, position, stage."""
        self._active_wires: frozenset[Wire] = frozenset()
        self._pass_pixels = QRect()
        scene.take_graph(session.graph)
        scene.labels = Labels(session.graph, session.evaluation, session.timeline)
        scene.marks = WireMarks(session.graph, session.evaluation, session.timeline)
        scene.ranks = Ranks(session.graph, session.evaluation)
        self._take_selection()
        session.graph_changed.connect(self._take_graph)
        session.level_changed.connect(self._take_level)
        session.evaluated.connect(self._take_evaluation)
        session.selection_changed.connect(self._take_selection)
        session.timeline.changed.connect(self._take_pass)
        session.training.progressed.connect(self._take_training)

    @Slot(object, object)
    def _take_graph(self, graph: Graph, change: GraphChange) -> None:
        canvas, scene = self._canvas, self._canvas.scene
        canvas.cancel_gesture()
        count = len(change.added) + len(change.removed) + len(change.changed)
        count += len(change.bends) + len(change.wires_added) + len(change.wires_removed)
        # A name may stand on other nodes too: "waits for x", "∂L/∂w".
        renamed = any(scene.graph.nodes[node].names != graph.nodes[node].names for node in change.changed)
        grouped = scene.level is not None or bool(graph.groups)
        parts = grouped or change.frames or change.comments or change.loss_changed
        small = count <= MOST_PLACES and not parts and not renamed
        if small:
            canvas.spoil_nodes(change.removed | change.changed | change.resized, with_wires=True)
            canvas.spoil_wires(change.wires_removed | change.bends)
        scene.graph = scene.labels.graph = scene.marks.graph = scene.ranks.graph = graph
        if grouped:
            scene.take_graph(graph, self._canvas.session.inside)
            scene.selected_groups = self._groups_chosen()
        else:
            scene.geometry.update(graph, change)
        if small:
            touched = {wire.target for wire in change.wires_added | change.wires_removed if wire.target in graph.nodes}
            canvas.spoil_nodes(change.added | change.changed | change.resized | touched, with_wires=True)
            canvas.spoil_wires(change.wires_added | change.bends)
            scene.labels.forget(change.added | change.removed | change.changed | touched)
            scene.marks.forget(change.wires_added | change.wires_removed)
        else:
            self._forget_all()
        canvas.graph_replaced(change)

    @Slot()
    def _take_level(self) -> None:
        """Another group was entered, or left."""
        canvas = self._canvas
        canvas.cancel_gesture()
        canvas.scene.take_graph(canvas.session.graph, canvas.session.inside)
        canvas.scene.selected_groups = self._groups_chosen()
        self._forget_all()
        canvas.level_entered()

    @Slot(object)
    def _take_evaluation(self, evaluation: Evaluation) -> None:
        scene = self._canvas.scene
        scene.labels.evaluation = scene.marks.evaluation = evaluation
        scene.labels.values = scene.labels.gradients = scene.labels.contributions = None
        scene.ranks = Ranks(scene.graph, evaluation)
        self._forget_all()

    @Slot(object)
    def _take_training(self, snapshot: TrainingSnapshot) -> None:
        labels = self._canvas.scene.labels
        labels.values, labels.gradients = snapshot.values, snapshot.gradients
        labels.contributions = snapshot.contributions
        self._forget_all()

    @Slot()
    def _take_selection(self) -> None:
        canvas, scene = self._canvas, self._canvas.scene
        session = canvas.session
        changed = (scene.selection ^ session.selection) | (scene.selected_groups ^ self._groups_chosen())
        canvas.spoil_outlines()
        wires = [wire for wire in (scene.selected_wire, session.selected_wire) if wire is not None]
        canvas.spoil_notes(scene.selected_notes ^ session.selected_notes)
        scene.selection, scene.selected_wire = session.selection, session.selected_wire
        scene.selected_notes, scene.selected_groups = session.selected_notes, self._groups_chosen()
        if len(changed) > MOST_PLACES:
            canvas.spoil_all()
            return
        canvas.spoil_nodes(changed)
        canvas.spoil_wires(wires)

    def _groups_chosen(self) -> frozenset[int]:
        """The groups that are selected, and those that a selected node is hidden in."""
        session, scene = self._canvas.session, self._canvas.scene
        shown = (scene.item_of(node) for node in session.selection) if scene.level is not None else ()
        return session.selected_groups | {item for item in shown if item is not None and item in scene.graph.groups}

    @Slot()
    def _take_pass(self) -> None:
        """Repaint what the step from the event painted last to the present one touches."""
        timeline, canvas = self._timeline, self._canvas
        now = (timeline.is_active, timeline.position, timeline.stage)
        before, self._shown = self._shown, now
        wires_before, self._active_wires = self._active_wires, timeline.active_wires()
        if now[0] != before[0] or now[2] is not before[2]:
            self._forget_all()
        elif now[0]:
            self._forget_events(before[1], now[1])
            wires = wires_before ^ self._active_wires
            canvas.scene.marks.forget(wires)
            canvas.spoil_wires(wires)
        pixels = canvas.pass_pixels()
        canvas.update_pixels(pixels.united(self._pass_pixels))
        self._pass_pixels = pixels

    def _forget_events(self, start: int, end: int) -> None:
        trace, evaluation = self._timeline.trace, self._timeline.evaluation
        if start == end or trace is None or evaluation is None:
            return
        first, last = min(start, end), max(start, end)
        if last - first > MOST_PLACES:
            self._forget_all()
            return
        nodes: set[int] = set()
        wires: set[Wire] = set()
        for event in trace.events[max(first - 1, 0) : last + 1]:
            nodes.update((evaluation.node_of(event.call), evaluation.node_of(event.source)))
            if event.slot is not None:
                wires.add(evaluation.wire_of((event.call, event.slot)))
        scene = self._canvas.scene
        scene.labels.forget(nodes)
        scene.marks.forget(wires)
        self._canvas.spoil_nodes(scene.showing(nodes))
        self._canvas.spoil_wires(wires)

    def _forget_all(self) -> None:
        self._canvas.scene.labels.forget()
        self._canvas.scene.marks.forget()
        self._canvas.spoil_all()
