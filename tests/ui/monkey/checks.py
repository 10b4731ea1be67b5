"""What must hold whatever was done to the window."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication

from backprop_studio.document.evaluation import evaluate_graph
from backprop_studio.document.file_format import dumps, loads
from backprop_studio.session.undo import HISTORY_BYTES, EditCommand, UndoStack
from backprop_studio.ui.canvas.boxes import level_boxes, level_lines
from backprop_studio.ui.canvas.geometry import Geometry
from backprop_studio.ui.canvas.scene import Scene
from tests.document.support import check_invariants
from tests.ui.canvas.conftest import difference
from tests.ui.window_support import Opened

ROUNDING = 24
"""Shades by which the rims of curves may differ where edges of what was painted anew cut them again and again."""


def same(one: object, other: object) -> bool:
    """Are two values or gradients the same bits, or both absent?"""
    if one is None or other is None:
        return one is other
    return np.array_equal(np.asarray(one), np.asarray(other), equal_nan=True)


class Checks:
    """Looks at one window. ``original`` is the graph that its document began with."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self.session, self.canvas = opened.session, opened.workspace.canvas
        self.original = self.session.graph
        self.session.document_loaded.connect(self._take_document)

    def _take_document(self) -> None:
        self.original = self.session.graph

    def quick(self) -> None:
        """After each deed: nothing half-made, nothing that refers to what is gone, an unbroken history."""
        session, canvas, graph = self.session, self.canvas, self.session.graph
        scene, overlay = canvas.scene, canvas.overlay
        assert session.selection <= graph.nodes.keys(), "something selected does not exist"
        wire = session.selected_wire
        assert wire is None or graph.source_of(wire.target, wire.slot) == wire.source, "the selected wire is gone"
        assert scene.graph is graph, "the canvas shows another graph"
        assert scene.selection == session.selection, "the canvas shows another selection"
        if canvas.pointer.gesture is None and not canvas.keys.wire.is_active:
            assert scene.hidden_wire is None, "a wire stays hidden after the gesture"
            assert overlay.live_curve is None, "a half-made wire stays after the gesture"
            assert not overlay.cut, "wires stay marked as cut after the gesture"
        assert overlay.pending is None or canvas.quick_add.popup is not None, "a wire waits for nothing"
        timeline = session.timeline
        assert 0 <= timeline.position <= timeline.length
        present, stack = stack_top(session.undo_stack), session.undo_stack
        assert present is None or present.after is graph, "the graph is not the one after the last step"
        assert stack.index() > 0 or stack.count() > 0 or graph == self.original, "changed without a step"

    def evaluation(self) -> None:
        """The evaluation belongs to the graph that is shown, and is what evaluating it anew gives."""
        evaluation, graph = self.session.flush(), self.session.graph
        assert evaluation.graph is graph, "the evaluation is of another graph"
        anew = evaluate_graph(graph, dtype=self.session.dtype)
        assert anew.loss == evaluation.loss
        for node in graph.nodes:
            name = graph.nodes[node].name
            assert same(anew.value(node), evaluation.value(node)), f"the value of {name} is stale"
            assert same(anew.gradient(node), evaluation.gradient(node)), f"the gradient of {name} is stale"

    def graph(self) -> None:
        """The graph keeps its promises, is saved whole, and the canvas has it where it stands."""
        graph = self.session.graph
        check_invariants(graph)
        assert loads(dumps(graph)) == graph, "saving and opening gives another graph"
        self.canvas.cancel_gesture()
        check_geometry(self.canvas.scene)

    def painting(self) -> None:
        """What was painted piece by piece is what is painted anew."""
        canvas = self.canvas
        canvas.cancel_gesture()
        self.session.timeline.pause()
        self.session.training.pause()
        self.session.flush()
        QApplication.processEvents()
        if canvas.size().isEmpty():  # panels may leave it no room
            return
        kept = canvas.grab().toImage()
        canvas.scene.labels.forget()
        canvas.scene.marks.forget()
        canvas.layer.forget()
        anew = canvas.grab().toImage()
        if difference(kept, anew) > ROUNDING:
            folder = Path(tempfile.mkdtemp(prefix="backprop-studio-painting-"))
            kept.save(str(folder / "shown.png"))
            anew.save(str(folder / "anew.png"))
            raise AssertionError(f"what is shown is not what is painted anew; both are in {folder}")

    def history(self) -> None:
        """Undo all is the original, redo all is the final graph, and every step between leads on from the last."""
        session, stack = self.session, self.session.undo_stack
        self.canvas.cancel_gesture()
        session.timeline.stop()
        session.training.pause()
        QApplication.processEvents()
        original, final, index = self.original, session.graph, stack.index()
        steps = [stack.command(number) for number in range(stack.count())]
        for one, other in pairwise(steps):
            assert isinstance(one, EditCommand)
            assert isinstance(other, EditCommand)
            assert one.after == other.before, f"“{other.text()}” does not begin where “{one.text()}” ends"
        if steps and isinstance(steps[0], EditCommand) and stack.limit < HISTORY_BYTES:
            original = steps[0].before  # the oldest steps may have been forgotten
        while stack.canUndo():
            stack.undo()
            self._is_sound()
        assert session.graph == original, "undoing all does not lead back to the original"
        while stack.index() < index:
            stack.redo()
            self._is_sound()
        assert session.graph == final, "redoing all does not lead to the final graph"

    def _is_sound(self) -> None:
        drawn = {item for item in self.canvas.scene.geometry.ids if item >= 0}  # below are the edges of a group
        assert drawn <= self.session.graph.nodes.keys() | self.session.graph.groups.keys()


def check_geometry(scene: Scene) -> None:
    """What is drawn stands where it would stand if the level shown were laid out anew."""
    kept, fresh = scene.geometry, Geometry()
    if scene.level is None:
        fresh.reset(scene.graph)
    else:
        fresh.show(level_boxes(scene.graph, scene.level), level_lines(scene.graph, scene.level))
    assert sorted(kept.ids) == sorted(fresh.ids), "other boxes are drawn than there are"
    assert set(kept.wires) == set(fresh.wires), "other lines are drawn than there are"
    assert sorted(kept.all_ports("in")) == sorted(fresh.all_ports("in")), "other inputs are drawn than there are"
    for item in fresh.ids:
        assert kept.node_rect(item) == fresh.node_rect(item), f"{item} is drawn where it does not stand"
    for wire in fresh.wires:
        row, other = kept.wire_row[wire], fresh.wire_row[wire]
        assert np.array_equal(kept.curves[row], fresh.curves[other]), f"{wire} is drawn where it does not run"


def stack_top(stack: UndoStack) -> EditCommand | None:
    """The step that was done last, None where none is."""
    found = stack.command(stack.index() - 1) if stack.index() > 0 else None
    return found if isinstance(found, EditCommand) else None
